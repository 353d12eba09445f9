"""Whether what a session folder holds is what its files give: nothing is done twice.

A run leaves in `sortie/.a-jour.json` what it was made from (a hash) and what it left (size and date
of each file). Where both are still so there is nothing to do; where only the reports are not, the
results are kept.
"""

import hashlib
import json
import os
import platform
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Literal

import perequation
from perequation.socle.dossier import Dossier
from perequation.socle.fichiers import write_whole
from perequation.socle.ressources import PACKAGE, ressource

Partie = Literal["resultats", "listes", "rapports"]

# What the figures and the pages come out of, besides our own code.
LIBRARIES = (
    "altair",
    "duckdb",
    "fastexcel",
    "great-expectations",
    "jinja2",
    "nbconvert",
    "numpy",
    "papermill",
    "polars",
    "scipy",
    "vl-convert-python",
    "xlsxwriter",
)
_RECORD = ".a-jour.json"
_OURS = ("sql", "notebooks", "expectations", "gabarits")


def session_fingerprint(dossier: Dossier) -> str:
    """Return the hash of all that the results of a session are made from.

    Every file of the folder but what is produced, the published results of the earlier sessions it
    names, our own code, and the libraries.
    """
    lines = [*_inputs(dossier), *_earlier(dossier), computing_fingerprint()]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


@cache
def computing_fingerprint() -> str:
    """Return the hash of what computes: our code, our SQL and notebooks, Python, the libraries."""
    versions = repr(sorted(library_versions().items()))
    return hashlib.sha256(f"{versions} {code_fingerprint(*_OURS)}".encode()).hexdigest()


@cache
def code_fingerprint(*ours: str) -> str:
    """Return the hash of our code and of some of its resources, the same wherever it is installed.

    Parameters
    ----------
    ours
        Folders of resources: ``sql``, ``gabarits``…
    """
    digest = hashlib.sha256()
    # Resources are beside the package in a checkout, in it once installed.
    for folder in (PACKAGE, *(ressource(name) for name in ours)):
        for path in _files(folder, skip=PACKAGE / "_ressources"):
            if path.suffix != ".pyc":
                digest.update(path.relative_to(folder).as_posix().encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()


def library_versions() -> dict[str, str]:
    """Return the version of everything that computes, by name."""
    known = {"perequation": perequation.__version__, "python": platform.python_version()}
    for name in LIBRARIES:
        try:
            known[name] = version(name)
        except PackageNotFoundError:  # pragma: no cover (an optional one)
            known[name] = ""
    return known


def is_current(dossier: Dossier, partie: Partie, fingerprint: str) -> bool:
    """Say whether a part was made from the same things, and is as it was left.

    Parameters
    ----------
    dossier
        The session folder.
    partie
        ``resultats``: warehouse, exports. ``listes``: the workbooks beside. ``rapports``: the pages
        and all that is beside.
    fingerprint
        What it would be made from now.
    """
    record = read_record(dossier).get(partie, {})
    if record.get("empreinte") != fingerprint or dossier.construction.exists():
        return False
    left: dict[str, list[int]] = record["laisse"]
    return bool(left) and all(_stamp(dossier.sortie / name) == left[name] for name in left)


def keep(dossier: Dossier, partie: Partie, fingerprint: str, **said: Any) -> None:
    """Keep what a part was made from and what it left; `said` comes back with `read_record`."""
    folders = [dossier.exports, dossier.rejets]
    folders += [dossier.rapports] if partie == "rapports" else []
    paths = [dossier.entrepot, *(path for folder in folders for path in _files(folder))]
    left = {path.relative_to(dossier.sortie).as_posix(): _stamp(path) for path in paths}
    record = read_record(dossier) | {partie: {"empreinte": fingerprint, "laisse": left, **said}}
    write_whole(dossier.sortie / _RECORD, json.dumps(record, ensure_ascii=False))


def read_record(dossier: Dossier) -> dict[str, Any]:
    """Return what runs kept, by part; nothing when there is none that can be read."""
    try:
        return json.loads((dossier.sortie / _RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def input_files(dossier: Dossier) -> list[Path]:
    """Return every file a session may be made from, sorted: whatever is in its folder but `sortie`.

    Inputs may also be named outside it.
    """
    return sorted({*_files(dossier.racine, skip=dossier.sortie), *dossier.inputs()})


def _inputs(dossier: Dossier) -> Iterator[str]:
    for path in input_files(dossier):
        name = os.path.relpath(path, dossier.racine)
        with path.open("rb") as stream:
            yield f"{Path(name).as_posix()} {hashlib.file_digest(stream, 'sha256').hexdigest()}"


def _earlier(dossier: Dossier) -> Iterator[str]:
    for name, folder in dossier.earlier_folders():
        avant = (folder or Path(name)) / "sortie" / "perequation.duckdb"
        if avant.is_file():
            with avant.open("rb") as stream:
                yield f"{name} {hashlib.file_digest(stream, 'sha256').hexdigest()}"
        else:
            yield f"{name} absent"


def _files(folder: Path, skip: Path | None = None) -> Iterator[Path]:
    """Yield the files below a folder, sorted, but those hidden or put there by Python."""
    for top, folders, names in os.walk(folder):
        folders[:] = sorted(n for n in folders if _is_seen(n) and Path(top, n) != skip)
        yield from (Path(top, name) for name in sorted(names) if _is_seen(name))


def _is_seen(name: str) -> bool:
    return not name.startswith(".") and name != "__pycache__"


def _stamp(path: Path) -> list[int]:
    try:
        found = path.stat()
    except OSError:
        return []
    return [found.st_size, found.st_mtime_ns]


def total_size(paths: Iterable[Path]) -> int:
    """Return the bytes of some files; what is gone counts for nothing."""
    return sum((_stamp(path) or [0])[0] for path in paths)
