"""What leaves a construction: lists of what is wrong, Parquet exports, the published warehouse.

A published thing is complete or absent: each is written beside its final place, then moved there.
"""

import json
import os
import shutil
from datetime import datetime
from pathlib import Path

import duckdb

from perequation.socle import entrepot
from perequation.socle.dictionnaire import comment_tables, parquet_metadata
from perequation.socle.dossier import Dossier
from perequation.socle.erreurs import FolderBusyError
from perequation.socle.fichiers import (
    make_folder,
    remove,
    sync,
    write_csv,
    write_whole,
    written_whole,
)
from perequation.socle.manifeste import read_manifeste, sha256_of, write_manifeste

# Lists the offices correct from, in the order they read them.
LISTES = ("rejet", "anomalie", "controle_qualite", "bilan_import")
# What an import that blocks leaves beside them, out of date once one is published.
BLOCAGE = ("10_qualite.html", "a_corriger.xlsx")
# Beside the exports: the SHA-256 of the warehouse they come from.
EMPREINTE = "entrepot.sha256"
# Windows moves no file that a program has open.
HELD_FILES_STAY = os.name == "nt"


def write_rejets(con: duckdb.DuckDBPyConnection, dossier: Dossier) -> None:
    """Write the lists of what is wrong as CSV (UTF-8 with BOM, `;`) that a spreadsheet opens.

    A list the construction doesn't have yet is removed, so that none is left from an earlier run.
    """
    presentes = entrepot.list_tables(con, "marts")
    for nom in LISTES:
        path = dossier.rejets / f"{nom}.csv"
        if nom not in presentes:
            path.unlink(missing_ok=True)
            continue
        write_csv(path, entrepot.read_relation(con, f"marts.{nom}"))


def prepare(con: duckdb.DuckDBPyConnection, dossier: Dossier) -> None:
    """Describe the tables where they are; write the manifest and the Parquet exports beside their place."""
    futur = _pending(dossier)
    remove(futur)
    make_folder(futur)
    entrepot.give_back_memory(con)
    for table in entrepot.list_tables(con, "marts"):
        with written_whole(futur / f"{table}.parquet") as hidden:
            described = parquet_metadata(table, dossier.configuration.session.annee)
            entrepot.export_relation(con, f"marts.{table}", hidden, described)
    _write_validations(con, futur / "validations")
    comment_tables(con)
    write_whole(futur / "manifeste.json", write_manifeste(con, dossier))
    # From then on the one file holds all of it: its journal stays behind when it is moved.
    con.execute("checkpoint")


def _write_validations(con: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Write what Great Expectations said of each suite, one JSON file a suite."""
    if not entrepot.has_relation(con, "raw.validation"):
        return
    for suite, result in con.execute("select suite, resultat from raw.validation").fetchall():
        write_whole(folder / f"{suite}.json", result)


def publish(dossier: Dossier) -> None:
    """Replace the published warehouse by the construction, then the exports by those prepared.

    The warehouse replaced becomes `Dossier.precedent`; at no moment is there none published.

    Raises
    ------
    FolderBusyError
        A program holds what would be replaced; nothing has been.
    """
    write_whole(_pending(dossier) / EMPREINTE, sha256_of(dossier.construction) + "\n")
    _require_free(dossier)
    _set_aside(dossier)
    entrepot.publish(dossier.construction, dossier.entrepot)
    for nom in BLOCAGE:
        (dossier.rejets / nom).unlink(missing_ok=True)
    finish(dossier)


def finish(dossier: Dossier) -> None:
    """Put what belongs to the published warehouse in place: the one before it, the exports.

    Called again before editing: a run killed between two moves is completed here.
    """
    _keep_previous(dossier)
    _finish_exports(dossier)


def is_as_published(dossier: Dossier) -> bool:
    """Say whether the published warehouse is, byte for byte, what was published.

    Where no fingerprint was kept nothing can be said, and nothing is.
    """
    try:
        written = (dossier.exports / EMPREINTE).read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return True
    return written == sha256_of(dossier.entrepot)


def _require_free(dossier: Dossier) -> None:
    """Stop when Windows would refuse a move because a program has the file open.

    Moving a file, or the folder of one, and moving it back is the only way to know.
    """
    if not HELD_FILES_STAY:
        return
    probes = ((dossier.entrepot, _replaced(dossier)), (dossier.exports, _former(dossier)))
    for path, ailleurs in probes:
        if not path.exists():
            continue
        remove(ailleurs)
        try:
            path.rename(ailleurs)
        except OSError as error:
            raise FolderBusyError(
                f"« {path.relative_to(dossier.racine)} » est ouvert dans un autre programme "
                "(tableur, carnet, explorateur). Fermez-le, puis relancez : rien n'a été remplacé."
            ) from error
        ailleurs.rename(path)


def _set_aside(dossier: Dossier) -> None:
    """Give the published warehouse a second name, under which it outlives its replacement.

    One that can't be read is set aside under its date: it may be damaged, or merely of a later
    version, and is nobody's to destroy.
    """
    if not dossier.entrepot.exists():
        return
    lisible = entrepot.is_readable(dossier.entrepot)
    _name_again(dossier, _replaced(dossier) if lisible else _dated(dossier, dossier.entrepot))


def keep_diffused(dossier: Dossier) -> None:
    """Keep the published warehouse as what was last given outside the office."""
    if entrepot.is_readable(dossier.entrepot):
        _name_again(dossier, dossier.diffuse)


def _name_again(dossier: Dossier, second: Path) -> None:
    second.unlink(missing_ok=True)
    try:
        second.hardlink_to(dossier.entrepot)
    except OSError:  # a disk without hard links
        with written_whole(second) as hidden:
            shutil.copyfile(dossier.entrepot, hidden)


def _keep_previous(dossier: Dossier) -> None:
    """Make the warehouse set aside the previous one, unless it is still the published one."""
    ancien = _replaced(dossier)
    if not ancien.is_file():
        return
    if not dossier.entrepot.is_file():
        ancien.rename(dossier.entrepot)
    elif ancien.samefile(dossier.entrepot):
        ancien.unlink()
    else:
        if dossier.precedent.exists() and not entrepot.is_readable(dossier.precedent):
            dossier.precedent.rename(_dated(dossier, dossier.precedent))
        ancien.replace(dossier.precedent)
    sync(dossier.sortie)


def _finish_exports(dossier: Dossier) -> None:
    futur, ancien = _pending(dossier), _former(dossier)
    if not _is_pending(dossier):
        # Killed while a folder was moved to see whether it is free.
        if ancien.is_dir() and not dossier.exports.exists():
            ancien.rename(dossier.exports)
        return
    remove(ancien)
    if os.path.lexists(dossier.exports):  # a link too, even to nowhere
        dossier.exports.rename(ancien)
    futur.rename(dossier.exports)
    sync(dossier.sortie)
    remove(ancien)


def _is_pending(dossier: Dossier) -> bool:
    """Say whether prepared exports wait, and are those of the published warehouse."""
    manifeste = _pending(dossier) / "manifeste.json"
    if not manifeste.is_file():
        return False
    return json.loads(manifeste.read_text(encoding="utf-8")) == read_manifeste(dossier.entrepot)


def _pending(dossier: Dossier) -> Path:
    return dossier.sortie / ".exports-a-publier"


def _former(dossier: Dossier) -> Path:
    return dossier.sortie / ".exports-remplaces"


def _replaced(dossier: Dossier) -> Path:
    return dossier.sortie / ".precedent-a-garder.duckdb"


def _dated(dossier: Dossier, path: Path) -> Path:
    """Return the name under which what can't be read is kept."""
    return (
        dossier.sortie / f"{path.stem}-illisible-{datetime.now().astimezone():%Y%m%d-%H%M%S}.duckdb"
    )
