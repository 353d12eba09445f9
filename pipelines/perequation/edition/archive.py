"""The public pack as one file to hand over: its pages, and nothing else."""

import zlib
from pathlib import Path
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile, ZipInfo

from perequation.socle.fichiers import written_whole

_PAGES = frozenset({".html", ".pdf", ".xlsx", ".parquet"})
# No date of its own: the same pages give the same file.
_DATE = (1980, 1, 1, 0, 0, 0)


def write_archive(sortie: Path) -> Path:
    """Write the documents of a pack beside it, as `<pack>.zip`; return its place.

    Neither accounts of the run, nor notices of failure: only what the index leads to.
    """
    archive = archive_of(sortie)
    with written_whole(archive) as hidden, ZipFile(hidden, "w", ZIP_DEFLATED) as packed:
        for name, path in _documents(sortie).items():
            entry = ZipInfo(name, _DATE)
            entry.compress_type = ZIP_DEFLATED
            packed.writestr(entry, path.read_bytes())
    return archive


def archive_of(sortie: Path) -> Path:
    """Return the place of the archive of a pack."""
    return sortie.with_name(f"{sortie.name}.zip")


def is_current(sortie: Path) -> bool:
    """Say whether the archive of a pack holds its documents as they are: by content, not by dates."""
    try:
        with ZipFile(archive_of(sortie)) as packed:
            held = {entry.filename: entry.CRC for entry in packed.infolist()}
    except (OSError, BadZipFile):
        return False
    documents = _documents(sortie)
    return held.keys() == documents.keys() and all(
        zlib.crc32(path.read_bytes()) == held[name] for name, path in documents.items()
    )


def _documents(sortie: Path) -> dict[str, Path]:
    """Return what the index leads to, by its place in the archive."""
    return {
        path.relative_to(sortie).as_posix(): path
        for path in sorted(sortie.rglob("*"))
        if path.suffix in _PAGES
        and not any(part == "echecs" or part.startswith(".") for part in path.parts[-2:])
    }
