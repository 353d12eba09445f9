"""The public pack as one file to hand over: its pages, and nothing else."""

from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from perequation.socle.fichiers import written_whole

_PAGES = frozenset({".html", ".pdf", ".xlsx", ".parquet"})
# No date of its own: the same pages give the same file.
_DATE = (1980, 1, 1, 0, 0, 0)


def write_archive(sortie: Path) -> Path:
    """Write the documents of a pack beside it, as `<pack>.zip`; return its place.

    Neither accounts of the run, nor notices of failure: only what the index leads to.
    """
    archive = sortie.with_name(f"{sortie.name}.zip")
    documents = sorted(
        path
        for path in sortie.rglob("*")
        if path.suffix in _PAGES
        and not any(part == "echecs" or part.startswith(".") for part in path.parts[-2:])
    )
    with written_whole(archive) as hidden, ZipFile(hidden, "w", ZIP_DEFLATED) as packed:
        for path in documents:
            entry = ZipInfo(path.relative_to(sortie).as_posix(), _DATE)
            entry.compress_type = ZIP_DEFLATED
            packed.writestr(entry, path.read_bytes())
    return archive
