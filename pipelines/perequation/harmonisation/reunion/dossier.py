"""Where the papers of the meeting are, and what they are about."""

from collections.abc import Collection
from pathlib import Path

import polars as pl

from perequation.harmonisation.simulation import choose_study
from perequation.socle import entrepot
from perequation.socle.dossier import Dossier

SIGNAUX = ("signale", "a_surveiller")
#: The key of a decision.
CLE = ("epreuve", "unite", "type_unite")
NOM = "decisions_harmonisation"
# What stands for the units of an épreuve that have no line of their own.
AUTRES = "*"


def meeting_folder(dossier: Dossier) -> Path:
    """Return the folder of the meeting's papers."""
    return dossier.sortie / "reunion"


def prepared_files(dossier: Dossier) -> tuple[Path, ...]:
    """Return the two files to fill in, of which one is enough: workbook and CSV."""
    return tuple(meeting_folder(dossier) / f"{NOM}{suffix}" for suffix in (".xlsx", ".csv"))


def read_evidence(
    dossier: Dossier, specialites: Collection[str] = (), etape: str | None = None
) -> pl.DataFrame:
    """Return the gaps a meeting discusses, one row per unit: `marts.ecart` and the unit's name.

    Parameters
    ----------
    dossier
        A session folder whose results are published.
    specialites, etape
        See `consequences.choose_study`.
    """
    ecarts = choose_study(dossier.entrepot, specialites=specialites, etape=etape).ecarts
    est_ecole = pl.col("type_unite") == "etablissement"
    noms = pl.col("unite").replace_strict(unit_names(dossier), default="", return_dtype=pl.String)
    return ecarts.with_columns(nom=pl.when(est_ecole).then(noms).otherwise(pl.lit("")))


def unit_names(dossier: Dossier) -> dict[str, str]:
    """Return the name of each establishment by UAI."""
    with entrepot.open_read_only(dossier.entrepot) as con:
        candidats = entrepot.read_relation(con, "staging.candidat")
    lus = candidats.select("uai", "etablissement").drop_nulls()
    return dict(lus.unique("uai", keep="first", maintain_order=True).iter_rows())


def titles(dossier: Dossier) -> dict[str, str]:
    """Return the title of each épreuve by code."""
    with entrepot.open_read_only(dossier.entrepot) as con:
        epreuves = entrepot.read_relation(con, "reference.epreuve")
    return dict(epreuves.select("epreuve", "titre").iter_rows())
