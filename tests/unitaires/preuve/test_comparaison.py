"""Two makings of a table: equal, or each cell that differs, named."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perequation.preuve.comparaison import compare_frames, compare_tables

AVANT = pl.DataFrame(
    {"numero": ["1", "2", None], "session": [2023] * 3, "moyenne": [10.0, None, 12.5]}
)


def test_equal_tables_have_no_difference() -> None:
    assert list(compare_frames(AVANT, AVANT.clone())) == []


def test_a_cell_is_named_by_its_row_and_both_values() -> None:
    apres = AVANT.with_columns(moyenne=pl.Series([10.0, 8.0, 12.5]))
    assert list(compare_frames(AVANT, apres)) == ["moyenne de numero 2 : vide puis 8,00"]


def test_rows_that_come_or_go_are_named() -> None:
    apres = AVANT.with_columns(numero=pl.Series(["1", "3", None]))
    assert list(compare_frames(AVANT, apres)) == [
        "ligne disparue : numero 2",
        "ligne nouvelle : numero 3",
    ]


def test_columns_and_types_are_named() -> None:
    apres = AVANT.rename({"moyenne": "note"}).with_columns(pl.col("session").cast(pl.Int32))
    assert list(compare_frames(AVANT, apres)) == [
        "colonne session : Int64 puis Int32",
        "colonne moyenne : Float64 puis absente",
        "colonne note : absente puis Float64",
    ]


def test_rows_that_nothing_tells_apart_are_compared_in_order() -> None:
    avant = pl.DataFrame({"x": ["a", "a"], "y": [1.0, 2.0]})
    apres = pl.DataFrame({"x": ["a", "a"], "y": [1.0, 3.0]})
    assert list(compare_frames(avant, apres)) == ["y de ligne 1 : 2,00 puis 3,00"]


@pytest.mark.parametrize(
    ("avant", "apres", "dit"),
    [
        (True, False, "vrai puis faux"),
        (None, False, "vide puis faux"),
        (11.999999999999998, 12.000000000000002, "11,999999999999998 puis 12,000000000000002"),
        (10.4166666666666667, 10.25, "10,42 puis 10,25"),
        (10.124, 10.1235, "10,1240 puis 10,1235"),
        (Decimal("9.50"), Decimal("1234.50"), "9,50 puis 1 234,50"),
        (1e-30, 2e-30, "1e-30 puis 2e-30"),
        (date(2023, 6, 7), None, "07/06/2023 puis vide"),
        ([True, False], [True], "[vrai, faux] puis [vrai]"),
        ("ADMIS", "REFUSE", "ADMIS puis REFUSE"),
        (12, 1300, "12 puis 1300"),
    ],
)
def test_values_are_written_in_french_as_far_as_they_differ(
    avant: object, apres: object, dit: str
) -> None:
    frames = (pl.DataFrame({"n": ["1", "2"], "v": [value] * 2}) for value in (avant, apres))
    left, right = frames
    right = right.cast(left.schema) if avant is not None else right
    left = left.cast(right.schema)
    assert next(compare_frames(left, right)) == f"v de n 1 : {dit}"


def test_a_table_of_one_side_only_is_said(tmp_path: Path) -> None:
    for nom in ("avant", "apres"):
        (tmp_path / nom).mkdir()
    AVANT.write_parquet(tmp_path / "avant" / "a.parquet")
    AVANT.write_parquet(tmp_path / "apres" / "b.parquet")
    found = {d.nom: d.exemples[0] for d in compare_tables(tmp_path / "avant", tmp_path / "apres")}
    assert found == {"a": "la table n'est que dans l'archive", "b": "la table est nouvelle"}


@settings(max_examples=60)
@given(st.data())
def test_every_changed_cell_is_told_and_no_other(data: st.DataObject) -> None:
    n = data.draw(st.integers(1, 6))
    values = st.one_of(st.none(), st.integers(0, 3))
    frame = pl.DataFrame(
        {
            "cle": [str(i) for i in range(n)],
            "v": data.draw(st.lists(values, min_size=n, max_size=n)),
        },
        schema={"cle": pl.String, "v": pl.Float64},
        strict=False,
    )
    other = frame.with_columns(
        v=pl.Series(
            data.draw(st.lists(values, min_size=n, max_size=n)), dtype=pl.Float64, strict=False
        )
    )
    changed = [i for i, (a, b) in enumerate(zip(frame["v"], other["v"], strict=True)) if a != b]
    assert [t.split(" :")[0] for t in compare_frames(frame, other)] == [
        f"v de cle {i}" for i in changed
    ]
