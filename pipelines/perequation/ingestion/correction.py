"""A decision filed before, said otherwise: the new one is filed, the old line taken out and kept."""

import csv
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Retrait:
    """What an input holds no more.

    Attributes
    ----------
    chemin
        The input.
    nombre
        How many decisions are taken out of it.
    reste
        What it holds then; None when it holds nothing else.
    """

    chemin: Path
    nombre: int
    reste: bytes | None


def plan(dossier: Dossier, filed: pl.DataFrame, superseded: pl.DataFrame) -> tuple[Retrait, ...]:
    """Say what each input would hold without some rows; nothing is written.

    Parameters
    ----------
    dossier
        The session folder.
    filed
        Every row the inputs of this kind hold.
    superseded
        Those that hold no more (`find_superseded`).

    Raises
    ------
    BlockingQualityError
        One of them is in a workbook, or in a text that can't be cut into records.
    """
    removals: list[Retrait] = []
    faults: list[str] = []
    for (name,), rows in superseded.group_by("fichier", maintain_order=True):
        path = dossier.racine / str(name)
        is_alone = filed.filter(fichier=name).height == rows.height
        try:
            left = without_lines(path.read_bytes(), rows["ligne"].to_list())
        except csv.Error:
            faults += [
                f"ligne {row['ligne_lue']} : corrigez {name}, ligne {row['ligne']}, puis redonnez ce "
                "fichier"
                for row in rows.sort("ligne_lue").iter_rows(named=True)
            ]
            continue
        removals.append(Retrait(path, rows.height, None if is_alone else left))
    if faults:
        raise BlockingQualityError(
            "Des décisions déjà classées sont dans un fichier qui n'est pas réécrit.", faults
        )
    return tuple(removals)


def supersede(dossier: Dossier, removals: Iterable[Retrait]) -> Iterator[str]:
    """Take rows out of the inputs that hold them; each file as it was is kept aside, dated.

    Yields
    ------
    str
        What was replaced, and where it is kept.
    """
    for removal in removals:
        path = removal.chemin
        name = within(dossier, path)
        kept = (put_aside if removal.reste is None else keep_copy)(dossier, path)
        if removal.reste is not None:
            with written_whole(path) as hidden:
                hidden.write_bytes(removal.reste)
        several = f"{removal.nombre} décisions remplacées"
        words = "Décision remplacée" if removal.nombre == 1 else several
        yield f"{words} dans {name} ; ce qu'il disait est gardé : {within(dossier, kept)}."


def without_lines(content: bytes, lines: Collection[int]) -> bytes:
    """Return a text file without some records, told by the line each begins at; the rest as it is.

    Raises
    ------
    csv.Error
        It is no text that can be cut into records.
    """
    if b"\0" in content:
        raise csv.Error("a workbook, or a text of two bytes a sign")
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
