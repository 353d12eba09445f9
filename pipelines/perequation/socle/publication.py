"""What leaves a construction: lists of what is wrong, Parquet exports, the published warehouse.

A published thing is complete or absent: each is written beside its final place, then moved there.
"""

import json
import shutil
from pathlib import Path

import duckdb

from perequation.socle import entrepot
from perequation.socle.dossier import Dossier
from perequation.socle.fichiers import make_folder, write_csv, write_whole, written_whole
from perequation.socle.manifeste import read_manifeste, write_manifeste

# Lists the offices correct from, in the order they read them.
LISTES = ("rejet", "anomalie", "controle_qualite", "bilan_import")
# What an import that blocks leaves beside them, out of date once one is published.
BLOCAGE = ("10_qualite.html", "a_corriger.xlsx")


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
    """Write the manifest and the Parquet exports of a construction beside their final place."""
    futur = _pending(dossier)
    shutil.rmtree(futur, ignore_errors=True)
    make_folder(futur)
    for table in entrepot.list_tables(con, "marts"):
        with written_whole(futur / f"{table}.parquet") as hidden:
            entrepot.read_relation(con, f"marts.{table}").write_parquet(hidden)
    write_whole(futur / "manifeste.json", write_manifeste(con, dossier))


def publish(dossier: Dossier) -> None:
    """Replace the published warehouse by the construction, then the exports by those prepared.

    The warehouse replaced becomes `Dossier.precedent`; at no moment is there none published.
    """
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


def _set_aside(dossier: Dossier) -> None:
    """Give the published warehouse a second name, under which it outlives its replacement.

    A damaged one is not worth keeping: nothing could be compared with it.
    """
    ancien = _replaced(dossier)
    ancien.unlink(missing_ok=True)
    if not entrepot.is_readable(dossier.entrepot):
        return
    try:
        ancien.hardlink_to(dossier.entrepot)
    except OSError:  # a disk without hard links
        shutil.copyfile(dossier.entrepot, ancien)


def _keep_previous(dossier: Dossier) -> None:
    """Make the warehouse set aside the previous one, unless it is still the published one."""
    ancien = _replaced(dossier)
    if not (ancien.is_file() and dossier.entrepot.is_file()):
        return
    if ancien.samefile(dossier.entrepot):
        ancien.unlink()
    else:
        ancien.replace(dossier.precedent)


def _finish_exports(dossier: Dossier) -> None:
    futur = _pending(dossier)
    manifeste = futur / "manifeste.json"
    if not manifeste.is_file():
        return
    if json.loads(manifeste.read_text(encoding="utf-8")) != read_manifeste(dossier.entrepot):
        return
    ancien = futur.with_name(".exports-remplaces")
    shutil.rmtree(ancien, ignore_errors=True)
    if dossier.exports.exists():
        dossier.exports.rename(ancien)
    futur.rename(dossier.exports)
    shutil.rmtree(ancien, ignore_errors=True)


def _pending(dossier: Dossier) -> Path:
    return dossier.sortie / ".exports-a-publier"


def _replaced(dossier: Dossier) -> Path:
    return dossier.sortie / ".precedent-a-garder.duckdb"
