"""What a publication was made from: inputs with their hashes, règlements, versions.

The manifest is a table of the warehouse itself and a copy beside the exports, so that either says
what it comes from, and whether the two belong together.
"""

import hashlib
import json
import platform
from contextlib import suppress
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import duckdb

import perequation
from perequation.socle.dossier import Dossier
from perequation.socle.entrepot import has_relation, open_read_only
from perequation.socle.erreurs import PerequationError
from perequation.socle.formats import format_moment

_BIBLIOTHEQUES = (
    *("duckdb", "polars", "numpy", "scipy", "pyarrow", "fastexcel", "great-expectations"),
    # Not part of every installation.
    *("papermill", "altair"),
)


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def write_manifeste(con: duckdb.DuckDBPyConnection, dossier: Dossier) -> str:
    """Describe a construction in its table `reference.manifeste`.

    Enough to know whether a report can be rebuilt to the same figures: `perequation`, `python`,
    `bibliotheques`, `session_toml` and `reglements` (SHA-256), `entrees` (file, SHA-256, rows).
    And two dates, which no copy of the folder changes: `calcule_le`, `donnees_du`.

    Returns
    -------
    str
        The manifest, as JSON with a fixed order.
    """
    entrees = con.execute(
        "select fichier, sha256, type_fichier, lignes_lues from raw.fichier order by all"
    ).fetchall()
    maintenant = datetime.now().astimezone()
    reglements = sorted((dossier.racine / "reglements").glob("*.toml"))
    contenu = {
        "calcule_le": maintenant.isoformat(timespec="seconds"),
        "donnees_du": _data_date(con, dossier) or maintenant.date().isoformat(),
        "perequation": perequation.__version__,
        "python": platform.python_version(),
        "bibliotheques": _versions(),
        "session_toml": sha256_of(dossier.racine / "session.toml"),
        "reglements": {path.name: sha256_of(path) for path in reglements},
        "entrees": [
            {"fichier": f, "sha256": h, "type_fichier": t, "lignes_lues": n}
            for f, h, t, n in entrees
        ],
    }
    text = json.dumps(contenu, ensure_ascii=False, indent=2) + "\n"
    con.execute("create or replace table reference.manifeste as select ? as contenu", [text])
    return text


def _versions() -> dict[str, str]:
    """Return the version of each library that computes or renders, of those installed."""
    versions = dict[str, str]()
    for nom in _BIBLIOTHEQUES:
        with suppress(PackageNotFoundError):
            versions[nom] = version(nom)
    return versions


def _data_date(con: duckdb.DuckDBPyConnection, dossier: Dossier) -> str | None:
    """Return the day these very files were first published here, None when they never were."""
    try:
        avant = read_manifeste(dossier.entrepot) or _copy_beside_exports(dossier)
    except PerequationError:
        return None
    if avant is None:
        return None
    known = {(entree["fichier"], entree["sha256"]) for entree in avant["entrees"]}
    lus = set(con.execute("select fichier, sha256 from raw.fichier").fetchall())
    return avant.get("donnees_du") if known == lus else None


def _copy_beside_exports(dossier: Dossier) -> dict[str, Any] | None:
    """Return the copy of the manifest: an archive has it, and no warehouse yet."""
    path = dossier.exports / "manifeste.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None


def moment(path: Path) -> str:
    """Say when a warehouse was computed, as its manifest has it."""
    calcule_le = (read_manifeste(path) or {}).get("calcule_le")
    if calcule_le is None:
        return "date inconnue"
    return format_moment(calcule_le)


def read_manifeste(path: Path) -> dict[str, Any] | None:
    """Return the manifest of a warehouse, None when there is no warehouse or no manifest."""
    if not path.is_file():
        return None
    with open_read_only(path) as con:
        if not has_relation(con, "reference.manifeste"):
            return None
        return json.loads(con.execute("select contenu from reference.manifeste").fetchall()[0][0])
