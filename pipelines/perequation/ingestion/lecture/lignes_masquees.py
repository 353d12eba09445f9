"""Rows that a spreadsheet hides, by hand or by a filter: read like the others, and said."""

import re
import zipfile
from bisect import bisect_right
from collections.abc import Iterable
from math import inf
from pathlib import Path

from perequation.ingestion.lecture.cellules_xlsx import sheet_data
from perequation.ingestion.lecture.erreurs_cellule import ARCHIVE_ABIMEE, TABLE, read_ods_rows

# First and last row of each run of hidden rows, from 1, in order.
Masquees = list[tuple[int, int]]

_CACHEE = re.compile(rb"""\bhidden=["'](?:1|true)["']|\bht=["']0(?:\.0*)?["']""")
_RANGEE = re.compile(rb"<(?:\w+:)?row\b([^>]*)>")
_NUMERO = re.compile(rb"""\br=["'](\d+)["']""")
_MARQUES_ODS = re.compile(rb'visibility="(?:collapse|filter)"')
_ANNONCEES = 10


def read_hidden_rows(chemin: Path, feuille: str) -> Masquees:
    """Find the rows of a sheet that its file hides; none where the file doesn't tell (an XLS)."""
    try:
        with zipfile.ZipFile(chemin) as archive:
            data = sheet_data(archive, feuille)
    except (*ARCHIVE_ABIMEE, KeyError):
        return []
    if data is not None:
        return _in_runs(_hidden_in_xlsx(data)) if _CACHEE.search(data) else []
    ranges = read_ods_rows(chemin, feuille, _MARQUES_ODS)
    hidden = (
        (first + 1, first + times)
        for first, times, row in ranges
        if row.get(f"{TABLE}visibility") in {"collapse", "filter"}
    )
    return _in_runs(hidden)


def _hidden_in_xlsx(data: bytes) -> Iterable[tuple[int, int]]:
    number = 0
    for found in _RANGEE.finditer(data):
        told = _NUMERO.search(found[1])
        number = int(told[1]) if told else number + 1
        if _CACHEE.search(found[1]):
            yield number, number


def _in_runs(ranges: Iterable[tuple[int, int]]) -> Masquees:
    runs: Masquees = []
    for first, last in ranges:
        if runs and runs[-1][1] == first - 1:
            runs[-1] = (runs[-1][0], last)
        else:
            runs.append((first, last))
    return runs


def is_hidden(masquees: Masquees, ligne: int) -> bool:
    """Tell whether a row is in one of the runs."""
    place = bisect_right(masquees, (ligne, inf)) - 1
    return place >= 0 and ligne <= masquees[place][1]


def say_rows(lignes: Iterable[int]) -> str:
    """Say which rows these are and how many: «3 (lignes 5, 8 à 9)»; nothing when there is none."""
    runs = _in_runs((ligne, ligne) for ligne in lignes)
    count = sum(last - first + 1 for first, last in runs)
    if not count:
        return ""
    said = [f"{a}" if a == b else f"{a} à {b}" for a, b in runs[:_ANNONCEES]]
    more = ", …" if len(runs) > _ANNONCEES else ""
    return f"{count} (ligne{'s' if count > 1 else ''} {', '.join(said)}{more})"
