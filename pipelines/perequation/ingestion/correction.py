"""A decision filed before, said otherwise: the new one is filed, the old line taken out and kept."""

import csv
import re
from collections.abc import Collection, Iterator
from pathlib import Path

import polars as pl

from perequation.ingestion.hors_dossier import contradictions
from perequation.socle.dossier import Dossier
from perequation.socle.erreurs import BlockingQualityError
from perequation.socle.fichiers import within, written_whole
from perequation.socle.filled_file import keep_copy, put_aside

_PHYSICAL = re.compile(r"[^\n]*\n|[^\n]+")


def find_superseded(
    read: pl.DataFrame, filed: pl.DataFrame, key: Collection[str], compared: Collection[str]
) -> pl.DataFrame:
    """Return the filed rows that a file says otherwise, with the line of the file (`ligne_lue`).

    Parameters
    ----------
    read, filed, key, compared
        As for `contradictions`.
    """
    rows = [
        {"fichier": row["fichier_filed"], "ligne": row["ligne_filed"], "ligne_lue": row["ligne"]}
        for row in contradictions(read, filed, key, compared)
    ]
    schema = {"fichier": pl.String, "ligne": filed.schema["ligne"], "ligne_lue": pl.Int64}
    return filed.join(pl.DataFrame(rows, schema=schema), on=["fichier", "ligne"])


def require_lines(superseded: pl.DataFrame) -> None:
    """Stop when a line to take out is in a workbook, which is not rewritten.

    Raises
    ------
    BlockingQualityError
        With one line per decision, each with the line of the file that corrects it.
    """
    elsewhere = superseded.filter(
        ~pl.col("fichier").str.to_lowercase().str.contains(r"\.(csv|tsv|txt)$")
    )
    if not elsewhere.is_empty():
        raise BlockingQualityError(
            "Des décisions déjà classées sont dans un classeur, qui n'est pas réécrit.",
            [
                f"ligne {row['ligne_lue']} : corrigez {row['fichier']}, ligne {row['ligne']}, "
                "puis redonnez ce classeur"
                for row in elsewhere.sort("ligne_lue").iter_rows(named=True)
            ],
        )


def supersede(dossier: Dossier, filed: pl.DataFrame, superseded: pl.DataFrame) -> Iterator[str]:
    """Take lines out of the inputs that hold them; each file as it was is kept aside, dated.

    Parameters
    ----------
    dossier
        The session folder.
    filed
        Every row the inputs of this kind hold.
    superseded
        Those that hold no more.

    Yields
    ------
    str
        What was replaced, and where it is kept.
    """
    for (name,), rows in superseded.group_by("fichier", maintain_order=True):
        path = dossier.racine / str(name)
        lines = rows["ligne"].to_list()
        is_alone = filed.filter(fichier=name).height == len(lines)
        kept = put_aside(dossier, path) if is_alone else keep_copy(dossier, path)
        if not is_alone:
            _rewrite(path, lines)
        words = "Décision remplacée" if len(lines) == 1 else f"{len(lines)} décisions remplacées"
        yield f"{words} dans {name} ; ce qu'il disait est gardé : {within(dossier, kept)}."


def _rewrite(path: Path, lines: Collection[int]) -> None:
    content = without_lines(path.read_bytes(), lines)
    with written_whole(path) as hidden:
        hidden.write_bytes(content)


def without_lines(content: bytes, lines: Collection[int]) -> bytes:
    """Return a text file without some records, told by the line each begins at; the rest as it is."""
    # One character a byte, whatever the encoding: only quotes and ends of line are looked at.
    physical = _PHYSICAL.findall(content.decode("latin-1"))
    first = next((line for line in physical if line.strip()), "")
    separator = max(";,\t", key=first.count)
    reader = csv.reader(physical, delimiter=separator)
    kept: list[str] = []
    before = 0
    for _ in reader:
        if before + 1 not in lines:
            kept += physical[before : reader.line_num]
        before = reader.line_num
    return "".join(kept).encode("latin-1")
