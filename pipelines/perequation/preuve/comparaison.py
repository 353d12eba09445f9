"""Two makings of the same table, compared cell by cell."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl

from perequation.socle.formats import format_date, format_number, free_spaces

#: Cells told one by one, of a table.
EXEMPLES = 20
# Decimals a number is written with, and those beyond which two are not told apart.
_DECIMALS, _MOST = 2, 17


@dataclass(frozen=True)
class Difference:
    """How a table or a page differs: a count of what, and the first of them in words."""

    nom: str
    nombre: int
    exemples: tuple[str, ...]


def compare_tables(avant: Path, apres: Path) -> Iterator[Difference]:
    """Yield how each published table of `avant` differs from that of `apres`; equal ones are left out."""
    noms = {path.name for folder in (avant, apres) for path in folder.glob("*.parquet")}
    for nom in sorted(noms):
        table = nom.removesuffix(".parquet")
        if not (avant / nom).is_file() or not (apres / nom).is_file():
            where = "n'est que dans l'archive" if (avant / nom).is_file() else "est nouvelle"
            yield Difference(table, 1, (f"la table {where}",))
            continue
        found = list(compare_frames(pl.read_parquet(avant / nom), pl.read_parquet(apres / nom)))
        if found:
            yield Difference(table, len(found), tuple(found[:EXEMPLES]))


def compare_frames(avant: pl.DataFrame, apres: pl.DataFrame) -> Iterator[str]:
    """Yield, in French, each cell, row or column that differs.

    Rows are those of the same key: the columns that are no measure and tell rows apart in both;
    where none do, the rows are compared in their order.
    """
    if avant.columns != apres.columns or avant.dtypes != apres.dtypes:
        yield from _columns(avant, apres)
    communes = [c for c in avant.columns if c in apres.columns]
    left, right = avant.select(communes), apres.select(communes)
    if left.equals(right):
        return
    key = _key(left, right)
    if not key:
        left, right = (frame.with_row_index("ligne") for frame in (left, right))
        key = ["ligne"]
    yield from _rows(left, right, key)


def _columns(avant: pl.DataFrame, apres: pl.DataFrame) -> Iterator[str]:
    before, after = dict(avant.schema), dict(apres.schema)
    for nom in dict.fromkeys((*before, *after)):
        if before.get(nom) != after.get(nom):
            yield f"colonne {nom} : {before.get(nom, 'absente')} puis {after.get(nom, 'absente')}"


def _key(left: pl.DataFrame, right: pl.DataFrame) -> list[str]:
    """Return the fewest leading columns, measures apart, that tell the rows of both apart."""
    key: list[str] = []
    for nom, dtype in left.schema.items():
        if dtype.is_float() or dtype.is_decimal() or dtype.is_nested():
            continue
        key.append(nom)
        if all(frame.select(key).is_unique().all() for frame in (left, right)):
            return key
    return []


def _rows(left: pl.DataFrame, right: pl.DataFrame, key: list[str]) -> Iterator[str]:
    for rows, words in (
        (left.join(right, on=key, how="anti", nulls_equal=True), "ligne disparue"),
        (right.join(left, on=key, how="anti", nulls_equal=True), "ligne nouvelle"),
    ):
        for row in rows.select(key).iter_rows(named=True):
            yield f"{words} : {_name(row)}"
    both = left.join(right, on=key, how="inner", suffix="\0", nulls_equal=True)
    for nom in (c for c in left.columns if c not in key):
        other = f"{nom}\0"
        differ = both.filter(pl.col(nom).ne_missing(pl.col(other)))
        for row in differ.select(*key, nom, other).iter_rows(named=True):
            values = _both(row.pop(nom), row.pop(other))
            yield f"{nom} de {_name(row)} : {values}"


def _name(row: dict[str, object]) -> str:
    return ", ".join(f"{nom} {_word(value)}" for nom, value in row.items())


def _both(before: object, after: object) -> str:
    """Write two values that differ; numbers with the fewest decimals at which they are seen to."""
    words: list[str] = []
    for decimals in range(_DECIMALS, _MOST + 1):
        words = [_word(value, decimals) for value in (before, after)]
        if words[0] != words[1]:
            break
    else:
        words = [str(value).replace(".", ",") for value in (before, after)]
    return " puis ".join(words)


def _word(value: object, decimals: int = _DECIMALS) -> str:
    """Write a value in French."""
    match value:
        case None:
            return "vide"
        case bool():
            return "vrai" if value else "faux"
        case float() | Decimal():
            return free_spaces(format_number(value, decimals))
        case date():
            return format_date(value)
        case list():
            return f"[{', '.join(_word(each, decimals) for each in value)}]"
        case _:
            return str(value)
