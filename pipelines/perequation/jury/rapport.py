"""What the jury dossier shows: each candidate's marks, the proposal and its reason, cases first."""

from collections.abc import Sequence

import polars as pl

from perequation.jury import rattrapage
from perequation.presentation import lexique
from perequation.presentation.lexique import Nature
from perequation.presentation.tableaux import table
from perequation.presentation.textes import Fragment, box, key_figures, paragraph, stack
from perequation.socle import formats

# The order in which a jury takes candidates inside a centre.
_CASES = (
    "1. Près de 10 (9,50 à 9,99)",
    "2. Absence ou NV",
    "3. Près de 8 (7,50 à 7,99)",
    "4. Contrôle",
    "5. Refus",
    "6. Incomplet ou en cours",
    "7. Admission",
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
        `marts.note_retenue`; becomes one column of text per épreuve.
    decisions
        `staging.decision_jury` (est_livret_examine).
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
        decisions.filter(pl.col("etape") != "controle")
        .select("numero_candidat", "est_livret_examine")
        .unique("numero_candidat", keep="first")
    )
    rows = (
        resultats.join(identity, on="numero_candidat", how="left")
        .join(_marks(notes), on="numero_candidat", how="left")
        .join(livret, on="numero_candidat", how="left")
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
        raison=pl.col("regle").replace(lexique.REGLES),
        livret=pl.col("est_livret_examine").replace_strict({True: "oui", False: "non"}, default=""),
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
    waiting = pl.col("est_appele") & (pl.col("decision_finale") == "CONTROLE")
    absent = pl.col("est_absent_controle")
    return (
        rows.drop("absences")
        .join(known, on="numero_candidat", how="left", maintain_order="left")
        .with_columns(est_absent_controle=waiting & pl.col("absences").is_not_null())
        .with_columns(raison=pl.when(absent).then(pl.lit(rattrapage.ABSENT)).otherwise("raison"))
    )


def is_to_examine() -> pl.Expr:
    """Tell the cases a jury examines one by one: near a threshold, AB or NV, absent, to verify."""
    near = pl.col("cas").is_in(_CASES[:3])
    return near | pl.col("est_absent_controle") | pl.col("a_verifier")


def compulsory(reglement: pl.DataFrame) -> list[str]:
    """Return the codes of the compulsory épreuves, in the order of the règlement."""
    return reglement.filter(~pl.col("est_facultative")).sort("rang")["epreuve"].to_list()


def headline(rows: pl.DataFrame) -> Fragment:
    """Return how many candidates there are and how many cases to examine first."""
    if rows.is_empty():
        return box("information", paragraph("Aucun candidat dans cette spécialité."))
    counts = dict(rows["cas"].value_counts().iter_rows())
    integer = formats.format_integer
    whole = f"sur {integer(rows.height)} inscrits"
    figures = [(integer(counts.get(case, 0)), case[3:], whole) for case in _CASES[:3]]
    verify = rows.filter("a_verifier").height
    absent = rows.filter("est_absent_controle").height
    after = [(integer(absent), "Absents au contrôle, à décider", whole)] if absent else []
    return key_figures([*figures, *after, (integer(verify), "Résultats à vérifier", whole)])


def cases_table(rows: pl.DataFrame, maille: str, which: int) -> Fragment:
    """Return the candidates of one kind of case (1 to 7) with the full reason, by centre."""
    case = _CASES[which - 1]
    return table(
        rows.filter(pl.col("cas") == case).with_columns(motif=in_words()),
        [
            "numero_candidat",
            "candidat",
            "etablissement",
            "moyenne_generale",
            "moyenne_professionnelle",
            "points_manquants",
            "decision_calculee",
            "motif",
            "livret",
            "decision",
        ],
        identifier=f"cas-{which}",
        caption=case[3:],
        labels=LABELS,
        natures={"livret": "code"},
        group=maille,
        empty="Aucun candidat.",
        dense=True,
    )


def absent_table(rows: pl.DataFrame, maille: str) -> Fragment:
    """Return those who were absent at the contrôle, whom the jury has yet to decide."""
    return table(
        rows.filter("est_absent_controle"),
        [
            "numero_candidat",
            "candidat",
            "etablissement",
            "moyenne_generale",
            "moyenne_professionnelle",
            "points_manquants",
            "absences",
            "raison",
            "livret",
            "decision",
        ],
        identifier="absents-controle",
        caption="Absents au contrôle : décision à prendre par le jury",
        labels=LABELS | {"absences": "Codes au contrôle"},
        natures={"livret": "code"},
        group=maille,
        note="Sans aucune note de contrôle, rien n’est calculé : la décision reste « Contrôle » "
        "tant que le jury n’a pas conclu.",
        empty="Aucun candidat.",
        dense=True,
    )


def to_verify(rows: pl.DataFrame, maille: str) -> Fragment:
    """Return the results to verify before deciding, each with what to verify."""
    return table(
        rows.filter("a_verifier").with_columns(
            raisons=pl.col("raisons_verification").list.join(" ; ")
        ),
        ["numero_candidat", "candidat", "moyenne_generale", "decision_calculee", "raisons"],
        identifier="a-verifier",
        caption="Résultats à vérifier avant la décision",
        labels=LABELS | {"raisons": "À vérifier"},
        group=maille,
        empty="Aucun résultat à vérifier.",
        dense=True,
    )


def full_list(rows: pl.DataFrame, maille: str, epreuves: Sequence[str]) -> Fragment:
    """Return every candidate with marks, points, averages, proposal, and room for the decision."""
    shown = [code for code in epreuves if code in rows.columns]
    natures: dict[str, Nature] = dict.fromkeys(shown, "note")
    natures["livret"] = "code"
    return stack(
        table(
            rows,
            [
                "numero_candidat",
                "candidat",
                *shown,
                "points_facultatifs",
                "points",
                "moyenne_generale",
                "moyenne_professionnelle",
                "points_manquants",
                "decision_calculee",
                "raison",
                "livret",
                "decision",
            ],
            identifier="candidats",
            caption="Tous les candidats, cas à examiner d’abord",
            labels=LABELS | {code: code for code in shown},
            natures=natures,
            group=maille,
            marked=(pl.col("cas") == _CASES[0]) | pl.col("est_absent_controle"),
            muted=pl.col("cas") == _CASES[6],
            note=_NOTE,
            empty="Aucun candidat.",
            dense=True,
        )
    )


LABELS = {
    "numero_candidat": "N° candidat",
    "moyenne_generale": "Moy.",
    "moyenne_professionnelle": "Moy. prof.",
    "points_manquants": "Manque",
    "decision_calculee": "Proposition",
    "raison": "Motif",
    "livret": "Livret",
    "points": "Points",
    "decision": "Décision du jury",
    "points_facultatifs": "Fac.",
}

_NOTE = (
    "b : bénéfice ; r : report ; p : note provisoire ; s : NV sous réserve ; rejet : ligne "
    "rejetée ; AB absence non justifiée, AJ absence justifiée, NV non valide, DI dispense. "
    "Points : coefficients × notes, points facultatifs (Fac.) compris. Livret : examiné ou non. "
    "Manque : points jusqu’à 10, multipliés par les coefficients. Fond "
    "coloré : de 9,50 à 9,99, ou absent au contrôle. En gris : admission proposée."
)


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
    mark = pl.col("note").map_elements(formats.format_mark, return_dtype=pl.String)
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


def _who() -> pl.Expr:
    name = pl.col("nom").fill_null("") + " " + pl.col("prenom").fill_null("")
    return name.str.strip_chars()


def _commission(notes: pl.DataFrame) -> pl.DataFrame:
    known = notes.filter(pl.col("commission").is_not_null()).sort("numero_candidat", "rang")
    first = known.unique("numero_candidat", keep="first", maintain_order=True)
    return first.select("numero_candidat", "commission")


def _case() -> pl.Expr:
    average, decision = pl.col("moyenne_generale"), pl.col("decision_calculee")
    return (
        # On the exact comparison, not on the rounded average: 10,00 may hide 9,996.
        pl.when((average >= 9.5) & (pl.col("points_manquants") > 0))
        .then(pl.lit(_CASES[0]))
        .when(decision == "ELIMINE")
        .then(pl.lit(_CASES[1]))
        # On the rule for the same reason: 7,997 is shown 8,00.
        .when((average >= 7.5) & (pl.col("regle") == "refus_sous_8"))
        .then(pl.lit(_CASES[2]))
        .when(decision == "CONTROLE")
        .then(pl.lit(_CASES[3]))
        .when(decision == "REFUSE")
        .then(pl.lit(_CASES[4]))
        .when(decision == "ADMIS")
        .then(pl.lit(_CASES[6]))
        .otherwise(pl.lit(_CASES[5]))
    )
