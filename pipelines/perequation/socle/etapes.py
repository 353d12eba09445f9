"""Which steps of a construction were done to their end: nobody takes up what another left half done.

A construction exists from the first moment of an import. What says that it is whole is the last
thing a step writes in it, so that a step that was killed, whenever it was, has not happened.
"""

import hashlib
from collections.abc import Collection
from pathlib import Path
from typing import Literal

import duckdb

import perequation
from perequation.socle import entrepot
from perequation.socle.dossier import Dossier
from perequation.socle.erreurs import BlockingQualityError, MissingInputError

Etape = Literal["importer", "controler"]

_INTERROMPU = {
    "importer": "L'import de ce dossier n'a pas été mené à son terme : rien n'en est repris. "
    "Relancez : perequation importer DOSSIER",
    "controler": "Les données importées n'ont pas été contrôlées jusqu'au bout. "
    "Lancez d'abord : perequation controler DOSSIER",
}
_CHANGE = (
    "session.toml, un règlement ou la version de perequation a changé depuis l'import : ce qui a "
    "été importé ne vaut plus. Relancez : perequation importer DOSSIER"
)


def start_step(con: duckdb.DuckDBPyConnection, etape: Etape) -> None:
    """Say that a step is not done, before it writes anything."""
    con.execute(
        "create table if not exists reference.passage (etape varchar, contexte varchar, jour date)"
    )
    con.execute("delete from reference.passage where etape = ?", [etape])


def end_step(con: duckdb.DuckDBPyConnection, etape: Etape, dossier: Dossier) -> None:
    """Say that a step is done: the last thing it writes."""
    con.execute("insert into reference.passage values (?, ?, today())", [etape, _context(dossier)])


def require_step(con: duckdb.DuckDBPyConnection, etape: Etape, dossier: Dossier) -> None:
    """Stop when a step was not done to its end, or was done under other rules.

    Raises
    ------
    MissingInputError
        With what to run again.
    """
    contextes = _contexts(con, etape)
    if not contextes:
        raise MissingInputError(_INTERROMPU[etape])
    if contextes != [_context(dossier)]:
        raise MissingInputError(_CHANGE)


def require_controls(con: duckdb.DuckDBPyConnection, dossier: Dossier) -> None:
    """Stop when the construction was not validated to the end, or when a critical rule failed.

    Raises
    ------
    BlockingQualityError
        A critical rule failed.
    MissingInputError
        A step is to be run again.
    """
    require_step(con, "importer", dossier)
    if critiques := _failed_controls(con):
        raise BlockingQualityError(
            "Les données importées ont des anomalies bloquantes : rien n'est publié.", critiques
        )
    require_step(con, "controler", dossier)


def _failed_controls(con: duckdb.DuckDBPyConnection) -> list[str]:
    if not entrepot.has_relation(con, "marts.controle_qualite"):
        return []
    rows = con.execute(
        "select libelle from marts.controle_qualite "
        "where gravite = 'critique' and not reussi order by all"
    ).fetchall()
    return [libelle for (libelle,) in rows]


def require_every_file(
    con: duckdb.DuckDBPyConnection, trouves: Collection[tuple[str, str]]
) -> None:
    """Stop when the files accounted for are not those found, by name and fingerprint.

    Parameters
    ----------
    con
        The construction.
    trouves
        Name and SHA-256 of each input file, looked at again after the last one was read.

    Raises
    ------
    MissingInputError
        A file came, went or changed while they were read.
    """
    comptes = set(
        con.execute("select fichier, sha256 from raw.fichier where classeur is null").fetchall()
    )
    differents = sorted({nom for nom, _ in comptes.symmetric_difference(trouves)})
    if differents:
        raise MissingInputError(
            "Des fichiers ont changé pendant leur lecture : attendez qu'ils soient tous en place, "
            "puis relancez.",
            differents,
        )


def is_imported(path: Path) -> bool:
    """Say whether a construction is there with its import done to its end."""
    return imported_on(path) is not None


def imported_on(path: Path) -> str | None:
    """Return the day (ISO) the import of a warehouse ended, None when it didn't."""
    if not path.is_file():
        return None
    with entrepot.open_read_only(path) as con:
        if not _contexts(con, "importer"):
            return None
        rows = con.execute("select jour from reference.passage where etape = 'importer'").fetchall()
        return rows[0][0].isoformat()


def _contexts(con: duckdb.DuckDBPyConnection, etape: Etape) -> list[str]:
    if not entrepot.has_relation(con, "reference.passage"):
        return []
    rows = con.execute("select contexte from reference.passage where etape = ?", [etape]).fetchall()
    return [contexte for (contexte,) in rows]


def _context(dossier: Dossier) -> str:
    """Return the fingerprint of what a construction is built under: settings, règlements, us."""
    paths = [dossier.racine / "session.toml", *(dossier.racine / "reglements").glob("*.toml")]
    lines = [f"{path.name} {hashlib.sha256(path.read_bytes()).hexdigest()}" for path in paths]
    return "\n".join([perequation.__version__, *sorted(lines)])
