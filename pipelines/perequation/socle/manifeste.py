"""What a publication was made from: inputs with their hashes, règlements, versions.

The manifest is a table of the warehouse itself and a copy beside the exports, so that either says
what it comes from, and whether the two belong together.
"""

import hashlib
import json
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

import duckdb

import perequation
from perequation.socle.dossier import Dossier
from perequation.socle.entrepot import list_tables, open_read_only

_BIBLIOTHEQUES = ("duckdb", "polars", "great-expectations", "papermill", "altair")


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def write_manifeste(con: duckdb.DuckDBPyConnection, dossier: Dossier) -> str:
    """Describe a construction in its table `reference.manifeste`.

    Enough to know whether a report can be rebuilt to the same figures: `perequation`, `python`,
    `bibliotheques`, `session_toml` and `reglements` (SHA-256), `entrees` (file, SHA-256, rows).

    Returns
    -------
    str
        The manifest, as JSON with a fixed order.
    """
    entrees = con.execute(
        "select fichier, sha256, type_fichier, lignes_lues from raw.fichier order by all"
    ).fetchall()
    reglements = sorted((dossier.racine / "reglements").glob("*.toml"))
    contenu = {
        "perequation": perequation.__version__,
        "python": platform.python_version(),
        "bibliotheques": {nom: version(nom) for nom in _BIBLIOTHEQUES},
        "session_toml": sha256_of(dossier.racine / "session.toml"),
        "reglements": {path.name: sha256_of(path) for path in reglements},
        "entrees": [
            {"fichier": f, "sha256": h, "type_fichier": t, "lignes_lues": n}
            for f, h, t, n in entrees
        ],
    }
    texte = json.dumps(contenu, ensure_ascii=False, indent=2) + "\n"
    con.execute("create or replace table reference.manifeste as select ? as contenu", [texte])
    return texte


def read_manifeste(path: Path) -> dict[str, Any] | None:
    """Return the manifest of a warehouse, None when there is no warehouse or no manifest."""
    if not path.is_file():
        return None
    with open_read_only(path) as con:
        if "manifeste" not in list_tables(con, "reference"):
            return None
        return json.loads(con.execute("select contenu from reference.manifeste").fetchall()[0][0])
