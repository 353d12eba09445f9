"""What is added up over which groups: every sum of results that a document of a session prints.

The public page, the fiches and the sessions that come after print sums of the same candidates.
This is the one list of them: a sum printed elsewhere is not protected until it is here.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import polars as pl

ENSEMBLE = "ENSEMBLE"
NON_RENSEIGNE = "NON RENSEIGNE"
CLE = ("session", "specialite")
MAILLES = ("total", "academie", "etablissement", "centre_ecrit", "statut", "sexe", "forme")
# Optional columns of the roster (`marts.reussite_profil`).
PROFILS = ("bac_origine", "annee_naissance")
# By épreuve and mode: the public page has the session's, the fiches the other two.
MAILLES_D_EPREUVE = ("total", "etablissement", "centre_ecrit")
MODES = ("CCF", "PONCTUEL")
# By épreuve, all modes together: means alone.
GROUPES_D_EPREUVE = ("statut", "sexe")
# Beyond so many candidates, deciding about finer groups takes minutes: they aren't published.
CANDIDATS_DES_GROUPES = 2_000
# The spread of averages: on the fiches.
_MAILLES_DE_DISPERSION = ("total", "etablissement", "centre_ecrit")


@dataclass(frozen=True)
class Mesure:
    """Candidates, the tables that divide them (one column each), and the value added up."""

    nom: str
    epreuve: str
    candidats: pl.DataFrame
    tables: Mapping[str, tuple[str, str]]  # column: (mode, maille)
    presents: pl.Expr


@dataclass(frozen=True)
class Notes:
    """The sums made of some marks: they are hidden from the mean to the spread."""

    moyenne: Mesure
    part: Mesure | None
    dispersion: Mesure


def read_candidates(read: Callable[[str], pl.DataFrame]) -> pl.DataFrame:
    """Return `marts.resultat_candidat` with bac_origine and annee_naissance of the roster.

    Parameters
    ----------
    read
        Reads a relation.
    """
    roster = read("staging.candidat").select(
        *CLE,
        "numero_candidat",
        "bac_origine",
        annee_naissance=pl.col("date_naissance").dt.year().cast(pl.String),
    )
    return read("marts.resultat_candidat").join(
        roster, on=[*CLE, "numero_candidat"], how="left", maintain_order="left"
    )


def count_admis(candidats: pl.DataFrame) -> Mesure:
    """Return who is admitted, among the présents and those admitted without sitting."""
    people = _people(candidats)
    is_admis = pl.col("decision_finale") == "ADMIS"
    counted = people.filter(pl.col("est_present") | is_admis)
    admis = counted.with_columns(valeur=is_admis.cast(pl.Int64))
    return Mesure("admis", "", admis, _whole(people), pl.col("est_present").sum())


def sum_averages(candidats: pl.DataFrame) -> Notes:
    """Return the moyennes générales and their spread."""
    people = _people(candidats)
    known = people.drop_nulls("moyenne_generale").with_columns(note="moyenne_generale")
    tables = _whole(people)
    few = {name: tables[name] for name in _MAILLES_DE_DISPERSION}
    return Notes(_means("", known, tables), None, _squares("", known, few))


def sum_marks(candidats: pl.DataFrame, notes: pl.DataFrame) -> Iterator[Notes]:
    """Yield, for each épreuve, its marks, which are at least ten, and their spread; kept ones apart.

    Parameters
    ----------
    candidats, notes
        `read_candidates` and `marts.note_retenue` of one session and spécialité.
    """
    tables = {"ensemble": (ENSEMBLE, "total")}
    columns = [pl.lit("total").alias("ensemble")]
    for mode in MODES:
        for maille in MAILLES_D_EPREUVE:
            name = f"{mode} {maille}"
            tables[name] = (mode, maille)
            columns.append(pl.when(pl.col("mode") == mode).then(maille).alias(name))
    groups = {maille: (ENSEMBLE, maille) for maille in GROUPES_D_EPREUVE}
    if candidats.height > CANDIDATS_DES_GROUPES:
        groups.clear()
    people = _people(candidats).select(
        "numero_candidat", "unite", *MAILLES_D_EPREUVE, *GROUPES_D_EPREUVE
    )
    marks = notes.filter(pl.col("note").is_not_null(), ~pl.col("est_conservee"))
    placed = marks.join(people, on="numero_candidat").with_columns(columns)
    for (epreuve,), theirs in placed.group_by("epreuve", maintain_order=True):
        shares = theirs.with_columns(valeur=(pl.col("note") >= 10).cast(pl.Int64))
        yield Notes(
            _means(str(epreuve), theirs, tables | groups),
            Mesure("part_sup_10", str(epreuve), shares, tables, pl.len()),
            _squares(str(epreuve), theirs, tables),
        )


def memberships(candidats: pl.DataFrame, notes: pl.DataFrame) -> pl.DataFrame:
    """Return who is behind each figure of one session and spécialité, and with which value.

    Parameters
    ----------
    candidats, notes
        `read_candidates` and `marts.note_retenue`.

    Returns
    -------
    polars.DataFrame
        mesure (admis, moyenne), epreuve, mode, maille, modalite, numero_candidat, valeur,
        unite (the establishment that knows it). Shares and spreads are of the same candidates as means.
    """
    means = (each.moyenne for each in (sum_averages(candidats), *sum_marks(candidats, notes)))
    return pl.concat(
        mesure.candidats.drop_nulls(column).select(
            pl.lit(mesure.nom).alias("mesure"),
            pl.lit(mesure.epreuve).alias("epreuve"),
            pl.lit(mode).alias("mode"),
            pl.lit(maille).alias("maille"),
            pl.col(column).alias("modalite"),
            "numero_candidat",
            "valeur",
            "unite",
        )
        for mesure in (count_admis(candidats), *means)
        for column, (mode, maille) in mesure.tables.items()
    )


def _whole(people: pl.DataFrame) -> dict[str, tuple[str, str]]:
    """Return the tables of results: a column of the roster empty for all was not given."""
    few = people.height <= CANDIDATS_DES_GROUPES
    given = [name for name in PROFILS if few and name in people.columns]
    kept = [name for name in given if (people[name] != NON_RENSEIGNE).any()]
    return {maille: (ENSEMBLE, maille) for maille in (*MAILLES, *kept)}


def _means(epreuve: str, marks: pl.DataFrame, tables: Mapping[str, tuple[str, str]]) -> Mesure:
    values = marks.with_columns(valeur=_hundredths("note"))
    return Mesure("moyenne", epreuve, values, tables, pl.len())


def _squares(epreuve: str, marks: pl.DataFrame, tables: Mapping[str, tuple[str, str]]) -> Mesure:
    """Return what a spread adds up, beside the marks: their squares."""
    values = marks.with_columns(valeur=_hundredths("note").pow(2))
    return Mesure("dispersion", epreuve, values, tables, pl.len())


def _people(candidats: pl.DataFrame) -> pl.DataFrame:
    """Name the group of each candidate in every maille, and the establishment that knows it."""
    unit = pl.coalesce("uai", "etablissement")
    named = {"total": pl.lit("total"), "etablissement": unit}
    mailles = (*MAILLES, *(name for name in PROFILS if name in candidats.columns))
    return candidats.with_columns(
        unite=unit,
        **{
            maille: named.get(maille, pl.col(maille)).fill_null(NON_RENSEIGNE) for maille in mailles
        },
    )


def _hundredths(column: str) -> pl.Expr:
    return (pl.col(column).cast(pl.Float64) * 100).round().cast(pl.Int64)
