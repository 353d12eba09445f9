"""Which gaps a report is about, and the words of its units."""

from collections import Counter
from collections.abc import Collection, Mapping
from typing import Any
from zlib import crc32

import polars as pl

from perequation.socle.en_vigueur import keep_in_force
from perequation.socle.erreurs import ConfigurationError
from perequation.socle.formats import format_count
from perequation.socle.schema import ETAPES, TYPES_UNITE
from perequation.socle.unites import labels

CLE = ("epreuve", "etape", "type_unite")
UNIT = ("epreuve", "type_unite", "unite")
Unit = tuple[str, str, str]
NOUNS = {code: one for code, (one, _) in TYPES_UNITE.items()}
PLURALS = {code: several for code, (_, several) in TYPES_UNITE.items()}


def trial_id(row: Mapping[str, Any]) -> str:
    """Return where in the page points are tried at a unit, however it is named."""
    return f"essai-{crc32(chr(31).join(str(row[name]) for name in (*CLE, 'unite')).encode()):08x}"


def count_units(n: int, type_unite: str) -> str:
    """Write a number of units: ``"3 lots de copies"``."""
    return format_count(n, NOUNS[type_unite], PLURALS[type_unite])


def check_choice(
    connues: Collection[str], *, epreuves: str = "", type_unite: str = "", etape: str = ""
) -> None:
    """Check a report's choices: a word misspelt would give an empty, reassuring report.

    Parameters
    ----------
    connues
        Codes of the épreuves of the règlement.
    epreuves, type_unite, etape
        See `choose`.

    Raises
    ------
    ConfigurationError
        With each unknown word and those known.
    """
    choices = (
        ("Épreuve", [code.strip() for code in epreuves.split(",")] if epreuves else [], connues),
        ("Type d’unité", [type_unite] if type_unite else [], NOUNS),
        ("Étape", [etape] if etape else [], ETAPES),
    )
    faults = [
        f"{what} « {word} » : valeur inconnue, au choix {', '.join(known)}."
        for what, words, known in choices
        for word in words
        if word not in known
    ]
    if faults:
        raise ConfigurationError(" ".join(faults))


def choose(
    ecarts: pl.DataFrame,
    noms: Mapping[str, str],
    *,
    epreuves: str = "",
    type_unite: str = "",
    etape: str = "",
) -> pl.DataFrame:
    """Return the gaps a report is about, units named in words.

    Parameters
    ----------
    ecarts
        `marts.ecart`, or any table with epreuve, etape, type_unite and unite.
    noms
        Names of the establishments by UAI.
    epreuves
        Codes separated by commas; empty for all.
    type_unite
        One of `schema.TYPES_UNITE`; empty for all.
    etape
        Stage of the marks; empty for the marks in force (`socle.en_vigueur`).
    """
    kept = ecarts
    if epreuves:
        kept = kept.filter(pl.col("epreuve").is_in([code.strip() for code in epreuves.split(",")]))
    if type_unite:
        kept = kept.filter(pl.col("type_unite") == type_unite)
    kept = kept.filter(pl.col("etape") == etape) if etape else keep_in_force(kept)
    return named_units(kept, noms)


def named_units(frame: pl.DataFrame, noms: Mapping[str, str]) -> pl.DataFrame:
    """Return a frame with its units in words: establishments by name, « correcteur 12 »."""
    return frame.with_columns(unite=labels(frame, _school_labels(noms)))


def rows_of(frame: pl.DataFrame, row: Mapping[str, Any]) -> pl.DataFrame:
    """Return the rows of one analysis."""
    return frame.filter(*(pl.col(name) == row[name] for name in CLE))


def by_unit(frame: pl.DataFrame, rows: pl.DataFrame) -> dict[Unit, list[dict[str, Any]]]:
    """Return the rows of a frame by unit, in their order, for the units of `rows` only.

    Thousands of units are then found, where each would have the whole frame looked through.
    """
    found: dict[Unit, list[dict[str, Any]]] = {}
    if frame.is_empty():
        return found
    kept = frame.join(rows.select(UNIT), on=UNIT, how="semi", maintain_order="left")
    for row in kept.iter_rows(named=True):
        found.setdefault(unit_of(row), []).append(row)
    return found


def unit_of(row: Mapping[str, Any]) -> Unit:
    """Return what names the unit of a row in `by_unit`."""
    return row["epreuve"], row["type_unite"], row["unite"]


def flagged(rows: pl.DataFrame) -> list[str]:
    """Return the names of the units to examine or to watch."""
    return rows.filter(pl.col("signal").is_in(["signale", "a_surveiller"]))["unite"].to_list()


def _school_labels(noms: Mapping[str, str]) -> dict[str, str]:
    """Return one name per UAI; two establishments of one name keep their UAI beside it."""
    seen = Counter(noms.values())
    return {uai: nom if seen[nom] == 1 else f"{nom} ({uai})" for uai, nom in noms.items()}
