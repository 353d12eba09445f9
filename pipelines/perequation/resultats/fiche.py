"""What a fiche reads: one establishment or centre beside the session, through the same door.

Nothing of another establishment comes out of here: neither its name, nor its candidates, nor a
figure it could be computed from, whatever other documents are held (`resultats.porte`).
"""

from dataclasses import dataclass
from typing import Any

import polars as pl

from perequation.presentation.publie import Publie
from perequation.resultats.intervalles import round_spread, with_mean_interval, with_wilson
from perequation.resultats.mesures import ENSEMBLE, MODES
from perequation.resultats.porte import ETABLISSEMENT, Decision
from perequation.socle.en_vigueur import keep_in_force
from perequation.socle.erreurs import ConfigurationError
from perequation.socle.lecture import Lecture

#: What a fiche says of the meeting, beside the gap on the marks in force.
_DECIDE = (
    "ecart_retenu_avant",
    "signal_avant",
    "decision",
    "decalage_decide",
    "est_commune",
    "suite_donnee",
)
_COLONNES = ("moyenne", "ecart_type", "q1", "q3", "part_sup_10")
# Rules about the decisions of a jury.
_DU_SERVICE = ("jury_", "harmonisation_")
_MANQUE = "Note obligatoire attendue et non reçue."
_TRANSMETTRE = "Transmettez la note, ou le code d’absence ou de dispense."


@dataclass(frozen=True)
class Fiche:
    """The frames of a fiche; `assez` says whether there are enough présents for figures.

    Attributes
    ----------
    reussite
        Two rows, `groupe` unite then session: inscrits, presents, admis, taux_reussite, taux_bas,
        taux_haut, moyenne_generale, moyenne_basse, moyenne_haute; the session's are null when they
        would tell those of a few other candidates.
    composition
        colonne (statut, forme, sexe), valeur, n.
    epreuves
        One row per épreuve and mode, the unit's figures beside the session's.
    ecarts
        Rows of `marts.ecart` of the unit, on the earliest stage of each épreuve.
    effectifs
        attendus, constates, ecart: the circular's counts of the unit.
    problemes
        probleme, remede, gravite, nb, candidats (numbers), epreuves.
    """

    maille: str
    code: str
    libelle: str
    minimum: int
    assez: bool
    provisoires: int
    reglement_confirme: bool
    reserves_reglement: tuple[str, ...]
    origines: int
    reussite: Publie
    composition: Publie
    epreuves: Publie
    ecarts: Publie
    effectifs: Publie
    problemes: Publie


def read_fiche(lecture: Lecture, maille: str, code: str) -> Fiche:
    """Read what a fiche is about.

    Parameters
    ----------
    lecture
        The session and spécialité.
    maille
        etablissement or centre_ecrit.
    code
        UAI, or name where there is none (`marts.reussite.modalite`).

    Raises
    ------
    ConfigurationError
        There is no such establishment or centre in the results.
    """
    unite = lecture.table("reussite", maille=maille, modalite=code)
    if maille not in {"etablissement", "centre_ecrit"} or unite.is_empty():
        raise ConfigurationError(f"Pas de {maille} « {code} » dans les résultats.")
    resultats = lecture.table("resultat_candidat")
    siens = resultats.filter(_belongs(maille, code))
    minimum = lecture.effectif_minimal
    decision = Decision.of(lecture, ETABLISSEMENT)
    epreuves = _epreuves(lecture, decision, maille, code)
    row = unite.row(0, named=True)
    return Fiche(
        maille=maille,
        code=code,
        libelle=row["libelle"],
        minimum=minimum,
        assez=row["presents"] >= minimum,
        provisoires=siens.filter("est_provisoire").height,
        reglement_confirme=all(regle["est_confirme"] for regle in lecture.reglements),
        reserves_reglement=lecture.reserves_reglement,
        origines=siens.select(pl.coalesce("uai", "etablissement")).n_unique(),
        reussite=_given(_reussite(lecture, decision, unite, resultats, siens)),
        composition=_given(_composition(siens)),
        epreuves=_given(epreuves),
        ecarts=_given(_ecarts(lecture, maille, code, epreuves)),
        effectifs=_given(_effectifs(lecture, maille, code)),
        problemes=_given(_problemes(lecture, maille, code, siens)),
    )


def _belongs(maille: str, code: str) -> pl.Expr:
    if maille == "centre_ecrit":
        return pl.col("centre_ecrit") == code
    return pl.coalesce("uai", "etablissement") == code


def _given(frame: pl.DataFrame) -> Publie:
    return Publie(frame, ETABLISSEMENT)


def _reussite(
    lecture: Lecture,
    decision: Decision,
    unite: pl.DataFrame,
    resultats: pl.DataFrame,
    siens: pl.DataFrame,
) -> pl.DataFrame:
    """Return the unit and the session, hidden as they are in every document."""
    session = lecture.table("reussite", maille="total")
    rows = pl.concat([unite, session]).with_columns(groupe=pl.Series(["unite", "session"]))
    spread = [_spread(frame["moyenne_generale"]) for frame in (siens, resultats)]
    rows = decision.hide_rates(with_wilson(rows)).with_columns(
        n=pl.Series([n for n, _ in spread]),
        ecart_type=pl.Series([s for _, s in spread], dtype=pl.Float64),
    )
    places = {"epreuve": "", "mode": ENSEMBLE}
    rows = round_spread(decision.hide(rows, "dispersion", ["ecart_type"], **places))
    rows = with_mean_interval(rows, "moyenne_generale")
    few = unite["presents"][0] > session["presents"][0] - lecture.effectif_minimal
    others = (pl.col("groupe") == "unite") | pl.lit(not few)
    figures = ("admis", "taux_reussite", "taux_bas", "taux_haut", "moyenne_generale")
    return rows.with_columns(pl.when(others).then(name).alias(name) for name in figures)


def _spread(means: pl.Series) -> tuple[int, float | None]:
    """Return how many averages there are, and their spread."""
    known = means.drop_nulls().cast(pl.Float64)
    spread = known.std()
    return known.len(), spread if isinstance(spread, float) else None


def _composition(siens: pl.DataFrame) -> pl.DataFrame:
    """Count the candidates by statut, forme and sexe."""
    columns = ("statut", "forme", "sexe")
    long = siens.select(columns).unpivot(variable_name="colonne", value_name="valeur").drop_nulls()
    counts = long.group_by("colonne", "valeur").agg(n=pl.len())
    order = pl.col("colonne").replace_strict(dict(zip(columns, range(3), strict=True)))
    return counts.sort(order, "n", "valeur", descending=[False, True, False])


def _epreuves(lecture: Lecture, decision: Decision, maille: str, code: str) -> pl.DataFrame:
    """Return the unit's marks beside the session's, épreuve by épreuve and mode by mode.

    Where the session's figures of a mode are hidden, those of all modes stand in.
    """
    titres = lecture.epreuves.select("epreuve", "titre", "rang")
    own = lecture.table("statistique_epreuve", maille=maille, modalite=code)
    own = decision.hide_marks(own.filter(pl.col("mode").is_in(MODES))).drop("masque")
    rows = own.join(_session_marks(lecture, decision), on=["epreuve", "mode"], how="left")
    # A unit that is nearly the whole session is not compared with it.
    others = pl.col("n_session") - pl.col("n") >= lecture.effectif_minimal
    compared = [f"{name}_session" for name in _COLONNES]
    rows = rows.with_columns(pl.when(others).then(name).alias(name) for name in compared)
    rows = with_mean_interval(rows, "moyenne").join(titres, on="epreuve", how="left")
    return rows.sort("rang", "epreuve", "mode")


def _session_marks(lecture: Lecture, decision: Decision) -> pl.DataFrame:
    """Return the session's marks by épreuve and mode: the columns of a unit, `_session` added."""
    by_mode = decision.hide_marks(lecture.table("statistique_epreuve", maille="total"))
    places = {"mode": ENSEMBLE, "maille": "total", "modalite": "total"}
    whole = decision.hide_marks(lecture.table("statistique_epreuve_ensemble"), **places)
    rows = by_mode.join(whole, on="epreuve", suffix="_ensemble")
    hidden = pl.col("masque")
    return rows.select(
        "epreuve",
        "mode",
        *(
            pl.when(hidden).then(f"{name}_ensemble").otherwise(name).alias(f"{name}_session")
            for name in ("n", *_COLONNES)
        ),
    )


def _ecarts(lecture: Lecture, maille: str, code: str, epreuves: pl.DataFrame) -> pl.DataFrame:
    """Return the unit's gaps on the marks in force, and what was decided of them (`_DECIDE`).

    A centre d'écrit has some when it is also a centre of orals. Not the mean they start from: it
    is that of the candidates analysed, and would tell the mark of the few who are not. The
    expected one goes with the mean of the épreuve.
    """
    kind = "etablissement" if maille == "etablissement" else "centre"
    rows = lecture.table("ecart", type_unite=kind, unite=code).drop("moyenne")
    decided = lecture.table("ecart_en_vigueur", type_unite=kind, unite=code)
    titres = lecture.epreuves.select("epreuve", "titre", "rang")
    shown = pl.col("epreuve").is_in(epreuves.drop_nulls("moyenne")["epreuve"].implode())
    return (
        keep_in_force(rows)
        .filter(pl.col("n") >= lecture.effectif_minimal)
        .with_columns(moyenne_attendue=pl.when(shown).then("moyenne_attendue"))
        .join(titres, on="epreuve", how="left")
        .join(decided.select("epreuve", *_DECIDE), on="epreuve", how="left")
        .sort("rang", "epreuve")
    )


def _effectifs(lecture: Lecture, maille: str, code: str) -> pl.DataFrame:
    rows = lecture.table("rapprochement_effectif", maille=maille)
    same = pl.col("modalites").list.contains(code) | (pl.col("code") == code)
    return rows.filter(same.fill_null(value=False)).select("attendus", "constates", "ecart")


def _problemes(lecture: Lecture, maille: str, code: str, siens: pl.DataFrame) -> pl.DataFrame:
    """Return what is wrong with the unit's data, rule by rule, without quoting any value.

    A quoted value or message may name someone else; what the rule says never does. A centre is
    told of the papers sat there only: candidates' data are their establishments' business.
    """
    notes = lecture.table("note_retenue").join(
        siens.select("numero_candidat", "forme"), on="numero_candidat"
    )
    parts = [_missing(lecture, notes, maille)]
    if maille == "etablissement":
        parts += [_anomalies(lecture, siens, code), _rejected(lecture, siens, code)]
    every = pl.concat(parts)
    numbers = pl.col("numero_candidat").drop_nulls().unique().sort()
    grouped = every.group_by("probleme", "remede", "gravite").agg(
        nb=pl.len(),
        candidats=numbers if maille == "etablissement" else numbers.head(0),
        epreuves=pl.col("epreuve").drop_nulls().unique().sort(),
    )
    rank = pl.col("gravite").replace_strict(
        {"critique": 0, "avertissement": 1}, default=2, return_dtype=pl.Int8
    )
    return grouped.sort(rank, "nb", "probleme", descending=[False, True, False])


def _missing(lecture: Lecture, notes: pl.DataFrame, maille: str) -> pl.DataFrame:
    """Return the compulsory marks that are not there; for a centre, the written papers' only."""
    empty = pl.col("note").is_null() & pl.col("code").is_null()
    awaited = ~pl.col("est_facultative") & (pl.col("forme") == "GLOBALE")
    rows = notes.filter(empty, awaited)
    if maille == "centre_ecrit":
        written = lecture.epreuves.filter((pl.col("forme") == "ecrit") & ~pl.col("est_ccf"))
        rows = rows.filter(pl.col("epreuve").is_in(written["epreuve"].implode()))
    return _problem_rows(rows, _MANQUE, _TRANSMETTRE)


def _anomalies(lecture: Lecture, siens: pl.DataFrame, code: str) -> pl.DataFrame:
    columns = ("regle", "gravite", "numero_candidat", "epreuve", "uai")
    anomalies = lecture.table("anomalie").select(columns)
    theirs = pl.col("numero_candidat").is_in(siens["numero_candidat"].implode())
    whole = pl.col("numero_candidat").is_null() & (pl.col("uai") == code)
    rules = lecture.table("controle_qualite").select("regle", "libelle", "remede").unique("regle")
    rows = anomalies.filter((theirs | whole).fill_null(value=False)).join(rules, on="regle")
    # What a jury or the meeting decided is not told to an establishment, which could correct
    # nothing of it.
    decided = pl.any_horizontal(pl.col("regle").str.starts_with(start) for start in _DU_SERVICE)
    rows = rows.filter(~decided)
    return rows.select(
        pl.concat_str(pl.lit("Vérification en échec : "), "libelle").alias("probleme"),
        "remede",
        "gravite",
        "numero_candidat",
        "epreuve",
    )


def _rejected(lecture: Lecture, siens: pl.DataFrame, code: str) -> pl.DataFrame:
    """Return the rejected rows: marks of the unit's candidates, and candidates of the unit."""
    remedy = "Demandez le motif au service des examens, qui a le fichier, puis corrigez."
    marks = lecture.table("staging.rejet_note").filter(
        pl.col("numero_candidat").is_in(siens["numero_candidat"].implode()),
        pl.col("regle") != "remplace",
    )
    people = lecture.table("staging.rejet_candidat").join(
        lecture.table("staging.candidat_lu").filter(pl.coalesce("uai", "etablissement") == code),
        on="rang",
        how="semi",
    )
    people = people.with_columns(epreuve=pl.lit(None, pl.String))
    columns = ("colonne", "regle", "numero_candidat", "epreuve")
    rows = pl.concat([marks.select(columns), people.select(columns)])
    return rows.select(
        pl.format("Ligne écartée ({}, règle {}).", pl.col("colonne"), pl.col("regle")).alias(
            "probleme"
        ),
        pl.lit(remedy).alias("remede"),
        pl.lit("avertissement").alias("gravite"),
        "numero_candidat",
        "epreuve",
    )


def _problem_rows(rows: pl.DataFrame, problem: str, remedy: str) -> pl.DataFrame:
    texts: dict[str, Any] = {"probleme": problem, "remede": remedy, "gravite": "avertissement"}
    return rows.select(
        *(pl.lit(text).alias(name) for name, text in texts.items()), "numero_candidat", "epreuve"
    )
