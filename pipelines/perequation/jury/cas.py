"""The rows of the jury dossier: each candidate's marks, the proposal, what is left to decide."""

from decimal import Decimal

import polars as pl

from perequation.jury import rattrapage
from perequation.presentation import lexique
from perequation.socle import formats
from perequation.socle.regles_decision import PROCHE, band_below, rules_in_force, write_threshold
from perequation.socle.schema import MOTIFS_NV

_EN_VIGUEUR = rules_in_force()
_SEUILS = _EN_VIGUEUR.regime
LIVRETS = {"O": "oui", "N": "non", "AUCUN": "aucun fourni"}
_PRES_DE_L_ADMISSION = f"Près de {_EN_VIGUEUR.admission} ({band_below(_SEUILS.admission)})"
_PRES_APRES_CONTROLE = (
    f"Près de {_EN_VIGUEUR.admission} après contrôle ({band_below(_SEUILS.admission)})"
)
_PRES_DE_L_APPEL = "Près de l’appel au contrôle (à un demi-point au plus de chaque seuil)"
# The order in which a jury takes candidates inside a centre.
CASES = (
    f"1. {_PRES_DE_L_ADMISSION}",
    "2. Absence ou NV",
    f"3. {_PRES_DE_L_APPEL}",
    "4. Contrôle",
    "5. Refus",
    "6. Incomplet ou en cours",
    "7. Admission",
)
# What is left to the jury, in the order it is taken.
QUESTIONS = (
    _PRES_DE_L_ADMISSION,
    "Absents au contrôle",
    _PRES_APRES_CONTROLE,
    "Autres résultats à vérifier",
    "Notes manquantes",
    _PRES_DE_L_APPEL,
)
PROCHE_ADMISSION, ABSENTS, PROCHE_FINALE, A_VERIFIER, SANS_NOTES, PROCHE_APPEL = QUESTIONS


#: What `dossier` reads of the marks.
NOTES = (
    "numero_candidat",
    "epreuve",
    "note",
    "code",
    "mode",
    "commission",
    "provisoire",
    "rang",
    "motif_nv",
    "est_facultative",
    "est_reserve",
    "est_rejetee",
)


def dossier(
    resultats: pl.DataFrame,
    candidats: pl.DataFrame,
    notes: pl.DataFrame,
    decisions: pl.DataFrame,
    maille: str,
) -> pl.DataFrame:
    """Return one row per candidate in the order a jury takes them: by centre, cases first.

    Parameters
    ----------
    resultats
        `marts.resultat_candidat`.
    candidats
        `staging.candidat` (nom, prenom).
    notes
        `NOTES` of `marts.note_retenue`; becomes one column of text per épreuve.
    decisions
        `staging.decision_jury` (livret).
    maille
        centre_ecrit, etablissement, academie, or commission (then that of `notes`).

    Returns
    -------
    polars.DataFrame
        The columns of `resultats` and of `with_absences` (nobody absent until then), one per
        épreuve, and cas, candidat, raison, livret, decision in words.
    """
    identity = candidats.select("numero_candidat", "nom", "prenom")
    livret = (
        decisions.select("numero_candidat", "livret")
        .sort(
            pl.col("livret").is_in(["O", "AUCUN"]),
            descending=True,
            nulls_last=True,
            maintain_order=True,
        )
        .unique("numero_candidat", keep="first", maintain_order=True)
    )
    rows = (
        resultats.join(identity, on="numero_candidat", how="left")
        .join(_marks(notes), on="numero_candidat", how="left")
        .join(livret, on="numero_candidat", how="left")
        .join(_obstacles(notes), on="numero_candidat", how="left")
    )
    if maille == "commission":
        rows = rows.join(_commission(notes), on="numero_candidat", how="left")
    order = [
        pl.col(c).fill_null("").map_elements(formats.sort_key, pl.String) for c in (maille, "nom")
    ]
    return rows.with_columns(
        pl.col(maille).fill_null("(non renseigné)"),
        cas=_case(),
        candidat=_who(),
        raison=pl.col("regle").replace(_EN_VIGUEUR.court),
        livret=pl.col("livret").replace(LIVRETS).fill_null(""),
        decision=pl.col("decision_jury").replace(lexique.CODES).fill_null(""),
        absences=pl.lit(None, pl.String),
        est_absent_controle=pl.lit(value=False),
    ).sort(
        order[0],
        "cas",
        "moyenne_generale",
        order[1],
        "numero_candidat",
        descending=[False, False, True, False, False],
        nulls_last=True,
    )


def with_absences(rows: pl.DataFrame, controles: pl.DataFrame) -> pl.DataFrame:
    """Tell, in what `dossier` returned, those absent at the contrôle whom the jury must decide.

    Parameters
    ----------
    rows
        What `dossier` returned.
    controles
        `marts.epreuve_controle`.

    Returns
    -------
    polars.DataFrame
        The same rows with absences («E1 : AB, E3 : AB»), est_absent_controle, and raison that
        says so.
    """
    known = rattrapage.absences(controles)
    passed = controles.filter(pl.col("note_controle").is_not_null())["numero_candidat"].implode()
    undecided = pl.col("decision_jury_controle").is_null()
    waiting = pl.col("est_appele") & undecided & ~pl.col("numero_candidat").is_in(passed)
    absent = pl.col("est_absent_controle")
    return (
        rows.drop("absences")
        .join(known, on="numero_candidat", how="left", maintain_order="left")
        .with_columns(est_absent_controle=waiting & pl.col("absences").is_not_null())
        .with_columns(raison=pl.when(absent).then(pl.lit(rattrapage.ABSENT)).otherwise("raison"))
    )


def split(rows: pl.DataFrame) -> pl.DataFrame:
    """Tell what is left to the jury from what is settled.

    Parameters
    ----------
    rows
        What `with_absences` returned.

    Returns
    -------
    polars.DataFrame
        The same rows with `question` (one of `QUESTIONS`, null when nothing is left to decide),
        `pourquoi`, a short reason that names the épreuves, and `manque`: the points to what admits,
        those of the contrôle counted. A decision of the jury is not asked again unless it is to
        verify, nor a result after contrôle unless it is near what admits.
    """
    jury = pl.any_horizontal(pl.col("decision_jury", "decision_jury_controle").is_not_null())
    settled = jury | pl.col("decision_apres_controle").is_not_null()
    case = pl.col("cas")
    question = (
        pl.when((case == CASES[0]) & ~settled)
        .then(pl.lit(PROCHE_ADMISSION))
        .when("est_absent_controle")
        .then(pl.lit(ABSENTS))
        .when(_is_near_after_control())
        .then(pl.lit(PROCHE_FINALE))
        .when("a_verifier")
        .then(pl.lit(A_VERIFIER))
        .when((pl.col("decision_calculee") == "INCOMPLET") & ~jury)
        .then(pl.lit(SANS_NOTES))
        .when((case == CASES[2]) & ~settled)
        .then(pl.lit(PROCHE_APPEL))
    )
    gained = pl.col("points_controle").fill_null(0)
    left = pl.when(case != CASES[2]).then(pl.col("points_manquants") - gained)
    return rows.with_columns(question=question, manque=pl.when(left > 0).then(left)).with_columns(
        pourquoi=_why()
    )


def is_to_examine() -> pl.Expr:
    """Tell the cases a jury examines one by one: near a threshold, AB or NV, absent, to verify."""
    near = pl.col("cas").is_in(CASES[:3]) | _is_near_after_control()
    return near | pl.col("est_absent_controle") | pl.col("a_verifier")


def compulsory(reglement: pl.DataFrame) -> list[str]:
    """Return the codes of the compulsory épreuves, in the order of the règlement."""
    return reglement.filter(~pl.col("est_facultative")).sort("rang")["epreuve"].to_list()


def in_words() -> pl.Expr:
    """Return `motif` with the jury's decisions in words instead of codes."""
    motif = pl.col("motif")
    for code, words in lexique.DANS_UNE_PHRASE.items():
        motif = motif.str.replace_all(rf"({lexique.DECISION_DU_JURY}){code}\b", f"${{1}}{words}")
    return motif


def _marks(notes: pl.DataFrame) -> pl.DataFrame:
    """Return the marks as text, one column per épreuve."""
    suffix = (
        pl.when(pl.col("mode") == "BENEFICE")
        .then(pl.lit("b"))
        .when(pl.col("mode") == "REPORT")
        .then(pl.lit("r"))
        .when("est_reserve")
        .then(pl.lit("s"))
        .when("provisoire")
        .then(pl.lit("p"))
        .otherwise(pl.lit(""))
    )
    # Written once a value: a large session has a million marks, and two thousand different ones.
    values = notes["note"].drop_nulls().unique()
    written = pl.Series([formats.format_mark(value) for value in values], dtype=pl.String)
    mark = pl.col("note").replace_strict(values, written, default=None)
    text = (
        pl.when("est_rejetee")
        .then(pl.lit("rejet"))
        .when(pl.col("note").is_not_null())
        .then(mark + suffix)
        .otherwise(pl.col("code"))
    )
    return notes.select("numero_candidat", "epreuve", texte=text).pivot(
        "epreuve", index="numero_candidat", values="texte"
    )


def _obstacles(notes: pl.DataFrame) -> pl.DataFrame:
    """Return the compulsory épreuves without a mark of each candidate, by code, in words."""
    reason = pl.col("motif_nv").replace({m.code: m.libelle for m in MOTIFS_NV})
    kind = (
        pl.when("est_rejetee")
        .then(pl.lit("note rejetée"))
        .when(pl.col("code") == "FR")
        .then(pl.lit("fraude (FR)"))
        .when(pl.col("code") == "NV")
        .then(pl.lit("NV") + pl.concat_str(pl.lit(" (") + reason + ")").fill_null(""))
        .otherwise(pl.col("code").fill_null("sans note"))
    )
    missing = notes.filter(~pl.col("est_facultative"), pl.col("note").is_null()).with_columns(
        genre=kind
    )
    count = notes.filter(~pl.col("est_facultative")).group_by("numero_candidat").len("attendues")
    return (
        missing.filter(pl.col("genre") != "DI")
        .sort("rang")
        .group_by("numero_candidat", "genre", maintain_order=True)
        .agg(pl.col("epreuve"))
        .join(count, on="numero_candidat")
        .with_columns(
            texte=pl.col("genre")
            + pl.when(pl.col("epreuve").list.len() == pl.col("attendues"))
            .then(pl.lit(" partout"))
            .otherwise(pl.lit(" à ") + pl.col("epreuve").list.join(", "))
        )
        .group_by("numero_candidat", maintain_order=True)
        .agg(empechements=pl.col("texte").str.join(" ; "))
    )


def _commission(notes: pl.DataFrame) -> pl.DataFrame:
    known = notes.filter(pl.col("commission").is_not_null()).sort("numero_candidat", "rang")
    first = known.unique("numero_candidat", keep="first", maintain_order=True)
    return first.select("numero_candidat", "commission")


def _case() -> pl.Expr:
    average, decision = pl.col("moyenne_generale"), pl.col("decision_calculee")
    return (
        # On the exact comparison, not on the rounded average: 10,00 may hide 9,996.
        pl.when((average >= _SEUILS.admission - PROCHE) & (pl.col("points_manquants") > 0))
        .then(pl.lit(CASES[0]))
        .when(decision == "ELIMINE")
        .then(pl.lit(CASES[1]))
        .when(_is_near_the_call())
        .then(pl.lit(CASES[2]))
        .when(decision == "CONTROLE")
        .then(pl.lit(CASES[3]))
        .when(decision == "REFUSE")
        .then(pl.lit(CASES[4]))
        .when(decision == "ADMIS")
        .then(pl.lit(CASES[6]))
        .otherwise(pl.lit(CASES[5]))
    )


def _is_near_the_call() -> pl.Expr:
    """Tell who half a point would have called: what is missing of each average is less than that.

    Near one threshold and far from the other, reaching the first would change nothing.
    """
    # On the rule, not on the rounded averages: 7,997 is shown 8,00.
    refused = pl.col("regle").is_in(["refus_sous_8", "refus_professionnelle"])
    general = pl.col("moyenne_generale") >= _SEUILS.appel - PROCHE
    professional = pl.col("moyenne_professionnelle") >= _SEUILS.professionnelle - PROCHE
    return refused & general & professional


def _is_near_after_control() -> pl.Expr:
    """Tell who is refused after the contrôle near what admits, and the jury has not decided yet."""
    refused = (pl.col("decision_apres_controle") == "REFUSE").fill_null(value=False)
    near = rattrapage.is_near_after_control()
    return refused & near & pl.col("decision_jury_controle").is_null()


def _gap(average: str, seuil: Decimal, words: str) -> pl.Expr:
    """Say by how much an average is under a threshold, nothing when it isn't."""
    left = pl.lit(seuil) - pl.col(average)
    mark = left.map_elements(formats.format_mark, return_dtype=pl.String)
    return pl.when(left > 0).then(mark + pl.lit(f" sous {write_threshold(seuil)}{words}"))


def _why() -> pl.Expr:
    """Return one short reason: the rule, the épreuves it is about, what is to verify."""
    rule = pl.col("regle").replace(_EN_VIGUEUR.court)
    # «< 10» stays in one piece at the end of a line.
    rule = rule.str.replace_all(r"([<≥]) (\d)", f"${{1}}{formats.NBSP}${{2}}")
    where = pl.when(pl.col("decision_calculee").is_in(["ELIMINE", "INCOMPLET"])).then(
        pl.col("empechements")
    )
    absent = pl.lit("absent au contrôle : ") + pl.col("absences").str.replace_all(" : ", " ")
    final = pl.col("moyenne_finale").map_elements(formats.format_mark, return_dtype=pl.String)
    call = pl.concat_str(
        _gap("moyenne_generale", _SEUILS.appel, ""),
        _gap("moyenne_professionnelle", _SEUILS.professionnelle, " en professionnel"),
        separator=", ",
        ignore_nulls=True,
    )
    reason = (
        pl.when("est_absent_controle")
        .then(absent)
        .when(_is_near_after_control())
        .then(final + pl.lit(" après contrôle"))
        .when((pl.col("cas") == CASES[2]) & (call != ""))
        .then(call)
        .otherwise(pl.coalesce(where, rule))
    )
    verify = pl.col("raisons_verification").list.eval(short_reason("")).list.join(" ; ")
    told = pl.col("a_verifier") & ~pl.col("est_absent_controle")
    return pl.when(told).then(verify).otherwise(reason)


def short_reason(column: str) -> pl.Expr:
    """Return a reason to verify in a few words: what it is and at which épreuves, not why.

    Its sentence ends where it explains (« : »), or tells the article or how it is rounded.
    """
    whole = pl.col(column) if column else pl.element()
    parts = whole.str.splitn(" : ", 2).struct
    head = parts.field("field_0").str.replace(r" \((?:arrondie|CE )[^)]*\)", "")
    codes = (
        parts.field("field_1")
        .str.extract_all(r"\b(?:E|U|EF)\d+[A-Z]?\b")
        .list.unique(maintain_order=True)
        .list.join(", ")
        .fill_null("")
    )
    told = (codes == "") | head.str.contains(r"\b(?:E|U|EF)\d")
    return pl.when(told).then(head).otherwise(head + " (" + codes + ")")


def _who() -> pl.Expr:
    name = pl.col("nom").fill_null("") + " " + pl.col("prenom").fill_null("")
    return name.str.strip_chars()
