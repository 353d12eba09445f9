"""Numbers, dates and words as French readers write them."""

from datetime import date
from decimal import Decimal

import pytest

from perequation.socle import formats

N = "\u00a0"


@pytest.mark.parametrize(
    ("value", "decimals", "written"),
    [
        (12.5, 2, "12,50"),
        (Decimal("9.995"), 2, "10,00"),
        (2.675, 2, "2,68"),  # its binary neighbour is below: half up all the same
        (1334, 0, f"1{N}334"),
        (1234567.5, 1, f"1{N}234{N}567,5"),
        (-0.004, 2, "0,00"),
        (-0.45, 2, "−0,45"),
        (None, 2, "–"),
        (float("nan"), 2, "–"),
        (float("inf"), 0, "–"),
    ],
)
def test_numbers(value: float | None, decimals: int, written: str) -> None:
    assert formats.format_number(value, decimals) == written


def test_a_count_as_a_complement_and_a_moment() -> None:
    assert formats.format_of(1, "candidat") == "d'un candidat"
    assert formats.format_of(1, "note", one="une") == "d'une note"
    assert formats.format_of(1334, "candidat") == f"de 1{N}334{N}candidats"
    assert formats.format_of(0, "note", one="une") == f"de 0{N}note"
    assert formats.format_moment("2026-11-27T03:36:43+00:00") == "27/11/2026 à 03:36"


def test_gaps_carry_their_sign() -> None:
    assert formats.format_gap(0.75) == "+0,75"
    assert formats.format_gap(-0.75) == "−0,75"
    assert formats.format_gap(0) == "0,00"
    assert formats.format_gap_interval(-0.1, 0.9) == f"[−0,10{N}; +0,90]"
    assert formats.format_gap_interval(None, 0.9) == "–"


def test_percentages() -> None:
    assert formats.format_percent(0.8345) == f"83,5{N}%"
    assert formats.format_percent(1, 0) == f"100{N}%"
    assert formats.format_percent(None) == "–"
    assert formats.format_percent_interval(0.782, 0.881) == f"78,2{N}–{N}88,1{N}%"


def test_dates() -> None:
    assert formats.format_date(date(2023, 6, 7)) == "07/06/2023"
    assert formats.format_date("2023-08-01", long=True) == f"1er{N}août{N}2023"
    assert formats.format_date(None) == "–"


def test_zero_and_one_are_singular() -> None:
    written = [formats.format_count(n, "centre") for n in (0, 1, 2)]
    assert written == [f"0{N}centre", f"1{N}centre", f"2{N}centres"]
    assert formats.format_count(2, "signal", "signaux") == f"2{N}signaux"


def test_lists_in_words() -> None:
    assert formats.join_words([]) == ""
    assert formats.join_words(["A"]) == "A"
    assert formats.join_words(["A", "B", "C"]) == "A, B et C"
    assert formats.join_words("ABCDE", 2) == f"A, B et 3{N}autres"


def test_lines_never_break_before_double_punctuation() -> None:
    assert formats.hold_spaces("Prête ? « oui » : 5 %") == f"Prête{N}? «{N}oui{N}»{N}: 5{N}%"
