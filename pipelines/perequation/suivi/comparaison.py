"""What changed between two publications: candidates, marks, counts of rejects and anomalies.

Both warehouses are attached read-only and compared as sets (`sql/comparaison/`); candidates are
told by their number, never by their name.
"""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from perequation.socle import entrepot
from perequation.socle.dossier import Dossier
from perequation.socle.erreurs import MissingInputError
from perequation.socle.ressources import ressource

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class Comparaison:
    """The differences between two publications.

    Attributes
    ----------
    candidats
        session, specialite, numero_candidat, champ, avant, apres; a candidate who came or went has
        the single champ «candidat».
    notes
        The same with epreuve and groupe (premier_groupe, controle), for candidates of both.
    qualite
        See `compare_quality`.
    """

    candidats: "pl.DataFrame"
    notes: "pl.DataFrame"
    qualite: "pl.DataFrame"

    @property
    def est_vide(self) -> bool:
        """Whether no candidate and no mark changed."""
        return self.candidats.is_empty() and self.notes.is_empty()


def compare_publications(dossier: Dossier) -> Comparaison | None:
    """Compare the published warehouse of a session with the one it replaced.

    Returns
    -------
    Comparaison or None
        None when the session was published only once.

    Raises
    ------
    MissingInputError
        The session was never published.
    """
    if not dossier.entrepot.is_file():
        raise MissingInputError(
            "Cette session n'a pas encore de résultats. "
            "Lancez d'abord : perequation executer DOSSIER"
        )
    if not dossier.precedent.is_file():
        return None
    with open_pair(dossier.precedent, dossier.entrepot) as con:
        return Comparaison(
            candidats=con.sql(_query("candidat")).pl(),
            notes=con.sql(_query("note")).pl(),
            qualite=_compare_quality(con),
        )


def compare_quality(avant: Path, apres: Path) -> "pl.DataFrame":
    """Count what each rule found in two warehouses, for the trend of the quality report.

    Parameters
    ----------
    avant, apres
        Warehouse files; the later one may be a construction that blocks.

    Returns
    -------
    polars.DataFrame
        nature (import, rejet, critique, avertissement, info), regle, avant, apres (rows). Empty
        when there is no earlier warehouse.
    """
    import polars as pl

    if not avant.is_file():
        schema = {"nature": pl.String, "regle": pl.String, "avant": pl.Int64, "apres": pl.Int64}
        return pl.DataFrame(schema=schema)
    with open_pair(avant, apres) as con:
        return _compare_quality(con)


def _compare_quality(con: duckdb.DuckDBPyConnection) -> "pl.DataFrame":
    import polars as pl

    comptes = [con.sql(_query("qualite_rejet")).pl()]
    # A construction whose import blocks has no anomalies listed yet.
    if all(_has_anomalies(con, cote) for cote in ("avant", "apres")):
        comptes.append(con.sql(_query("qualite_anomalie")).pl())
    return pl.concat(comptes).sort("nature", "regle")


def _has_anomalies(con: duckdb.DuckDBPyConnection, cote: str) -> bool:
    rows = con.execute(
        "select 1 from duckdb_tables() where database_name = ? and schema_name = 'marts' "
        "and table_name = 'anomalie'",
        [cote],
    ).fetchall()
    return bool(rows)


@contextmanager
def open_pair(avant: Path, apres: Path) -> Generator[duckdb.DuckDBPyConnection]:
    """Open two warehouses read-only, as the databases `avant` and `apres`."""
    with entrepot.open_memory() as con:
        entrepot.attach_read_only(con, "avant", avant)
        entrepot.attach_read_only(con, "apres", apres)
        yield con


def _query(nom: str) -> str:
    return ressource("sql", "comparaison", f"{nom}.sql").read_text(encoding="utf-8")
