"""The marks and gaps a simulation is about: one stage, one unit a mark."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import duckdb
import polars as pl

from perequation.harmonisation.ecarts.trames import CLE
from perequation.socle import entrepot
from perequation.socle.en_vigueur import keep_in_force
from perequation.socle.erreurs import ConfigurationError


@dataclass(frozen=True)
class Etude:
    """Marks one may simulate on (``intermediate.harmonisation_note``) and their gaps."""

    notes: pl.DataFrame
    ecarts: pl.DataFrame


def choose_study(
    path: Path,
    *,
    specialites: Collection[str] = (),
    epreuves: Collection[str] = (),
    type_unite: str | None = None,
    etape: str | None = None,
) -> Etude:
    """Read the marks and gaps a simulation is about.

    Parameters
    ----------
    path
        A published warehouse.
    specialites, epreuves
        Codes wanted; none for all.
    type_unite
        By default establishments, and centres or, where their gaps are not known, commissions: a
        mark then has one unit.
    etape
        Stage of the marks; by default those in force, as in the report.

    Raises
    ------
    ConfigurationError
        A code is not one of the session, or no mark is left.
    """
    with entrepot.open_read_only(path) as con:
        notes = entrepot.read_relation(con, "intermediate.harmonisation_note")
        ecarts = entrepot.read_relation(con, "marts.ecart")
        known = entrepot.read_relation(con, "reference.epreuve")
        others = read_other_codes(con)
    epreuves = [others.get(code, code) for code in epreuves]
    _require_known("spécialité", specialites, known["specialite"])
    _require_known("épreuve", epreuves, known["epreuve"])
    wanted = pl.lit(value=True)
    for colonne, codes in (("specialite", specialites), ("epreuve", epreuves)):
        wanted &= pl.col(colonne).is_in(list(codes)) if codes else wanted
    wanted &= pl.col("type_unite") == type_unite if type_unite else wanted
    wanted &= pl.col("etape") == etape if etape else wanted
    analyses = ecarts.filter(wanted)
    if etape is None:
        analyses = keep_in_force(analyses)
    if type_unite is None:
        analyses = _one_unit_per_mark(analyses)
    if analyses.is_empty():
        raise ConfigurationError(
            "Aucune note à simuler pour ce choix : un écrit anonyme n'a pas d'unité de notation, "
            "et toutes les épreuves n'ont pas toutes les étapes ni tous les types d'unité."
        )
    return Etude(notes.join(analyses.select(CLE).unique(), on=CLE, how="semi"), analyses)


def read_other_codes(con: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Return the épreuve of each code that files write in the place of its own."""
    alias = entrepot.read_relation(con, "reference.alias_epreuve")
    return dict(alias.select("alias", "epreuve").iter_rows())


def read_study(path: Path, analyses: pl.DataFrame) -> Etude:
    """Read the marks and gaps of some analyses.

    Parameters
    ----------
    path
        A published warehouse.
    analyses
        Rows with `CLE`.
    """
    return Etude(
        read_those(path, "intermediate.harmonisation_note", analyses.select(CLE)),
        read_those(path, "marts.ecart", analyses.select(CLE)),
    )


def read_those(path: Path, relation: str, wanted: pl.DataFrame) -> pl.DataFrame:
    """Read the rows of a relation that have the values of a row of `wanted`, sorted.

    They are filtered where they are: the marks of a whole country don't all come here.
    """
    with entrepot.open_read_only(path) as con:
        con.register("voulues", wanted)
        key = ", ".join(wanted.columns)
        return con.sql(f"from {relation} semi join voulues using ({key}) order by all").pl()


def _require_known(nom: str, codes: Collection[str], known: pl.Series) -> None:
    inconnus = sorted(set(codes) - set(known))
    if inconnus:
        raise ConfigurationError(
            f"{nom.capitalize()} inconnue de cette session : {', '.join(inconnus)}. "
            f"Connues : {', '.join(known.unique().sort())}."
        )


def _one_unit_per_mark(ecarts: pl.DataFrame) -> pl.DataFrame:
    """Keep, of centres and commissions, which share out the same marks, one per épreuve."""
    epreuve = ["session", "specialite", "epreuve"]
    est_centre = pl.col("type_unite") == "centre"
    centre_known = (est_centre & pl.col("ecart_retenu").is_not_null()).any().over(epreuve)
    commission = (pl.col("type_unite") == "commission").any().over(epreuve)
    ecartee = (
        pl.when(centre_known | ~commission).then(pl.lit("commission")).otherwise(pl.lit("centre"))
    )
    return ecarts.filter(pl.col("type_unite") != ecartee)
