"""Gaps of earlier sessions, read from their own folders: the best evidence of persistence."""

from pathlib import Path

import duckdb
import polars as pl

from perequation.socle.correspondance import load_correspondances
from perequation.socle.dossier import Dossier
from perequation.socle.entrepot import read_mart
from perequation.socle.erreurs import PerequationError

_COLONNES: dict[str, type[pl.DataType]] = {
    "session": pl.Int64,
    "specialite": pl.String,
    "epreuve": pl.String,
    "etape": pl.String,
    "type_unite": pl.String,
    "unite": pl.String,
    "n": pl.Int64,
    "ecart_ajuste": pl.Float64,
    "erreur_type": pl.Float64,
    "ecart_retenu": pl.Float64,
    "ic_bas": pl.Float64,
    "ic_haut": pl.Float64,
    "signal": pl.String,
}


def read_earlier_gaps(dossier: Dossier) -> tuple[pl.DataFrame, list[str]]:
    """Read `marts.ecart` of the folders `[donnees] sessions_precedentes` names.

    Parameters
    ----------
    dossier
        A session folder; its own session is left out.

    Returns
    -------
    tuple
        session, specialite, epreuve, etape, type_unite, unite, n, ecart_ajuste, erreur_type,
        ecart_retenu, ic_bas, ic_haut, signal (what `harmonisation.compare_sessions` needs), and the
        names of the folders, or the patterns, that have no results one can read.
    """
    trames = [pl.DataFrame(schema=_COLONNES)]
    absentes: list[str] = []
    for nom, folder in dossier.earlier_folders():
        try:
            ecarts = read_mart((folder or Path(nom)) / "sortie" / "perequation.duckdb", "ecart")
            lus = ecarts.select(pl.col(c).cast(t) for c, t in _COLONNES.items())
            trames.append(_under_todays_codes(dossier, lus))
        except (PerequationError, duckdb.Error, pl.exceptions.PolarsError):
            absentes.append(nom)
    lues = pl.concat(trames).filter(pl.col("session") != dossier.configuration.session.annee)
    return lues.unique().sort(pl.all()), absentes


def _under_todays_codes(dossier: Dossier, ecarts: pl.DataFrame) -> pl.DataFrame:
    """Give each épreuve the code it has today; what a renumbering made another épreuve is left out.

    Without it, a unit's gap in Gestion opérationnelle (E5 until 2025) would speak of its E5 of
    today, which is another épreuve.
    """
    session = dossier.configuration.session.annee
    rangees = [ecarts.clear()]
    for (specialite, annee), lignes in ecarts.group_by("specialite", "session"):
        changements = [
            c
            for c in load_correspondances(str(specialite), dossier.racine)
            if c.separates(int(str(annee)), session)
        ]
        if not changements:
            rangees.append(lignes)
            continue
        aujourd_hui = {
            avant: apres
            for changement in changements
            for apres, avant in changement.origine.items()
        }
        repris = set(aujourd_hui.values())
        codes = pl.col("epreuve")
        rangees.append(
            lignes.filter(codes.is_in(list(aujourd_hui)) | ~codes.is_in(list(repris))).with_columns(
                codes.replace(aujourd_hui)
            )
        )
    return pl.concat(rangees)
