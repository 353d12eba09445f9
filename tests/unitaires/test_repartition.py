"""Counts of the whole session: decisions hidden with others, averages grouped in slices."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perequation.resultats import confidentialite as secret

MINIMUM = 5

TOTAL = {
    "inscrits": 170,
    "admis": 134,
    "admis_controle": 10,
    "appeles": 16,
    "controle": 0,
    "refuses": 31,
    "elimines": 5,
    "incomplets": 0,
}


@pytest.mark.parametrize(
    ("changes", "hidden"),
    [
        ({}, set()),
        ({"elimines": 4}, {"elimines", "refuses"}),  # alone, it would follow from the others
        ({"elimines": 1, "controle": 1}, {"elimines", "controle", "refuses"}),
        ({"admis_controle": 3}, {"admis_controle", "admis_premier_groupe"}),
        (
            {"refuses": 2, "elimines": 1},
            {"refuses", "elimines", "controle", "incomplets"},
        ),  # nothing left to hide with them
    ],
)
def test_few_decisions_are_hidden_with_others(changes: dict[str, int], hidden: set[str]) -> None:
    rows = secret.hide_few_decisions(pl.DataFrame([TOTAL | changes]), MINIMUM)
    assert set(rows.filter(pl.col("nb_candidats").is_null())["decision"]) == hidden


def test_without_anyone_called_the_controle_has_no_row() -> None:
    total = TOTAL | {"appeles": 0, "admis_controle": 0}
    rows = secret.hide_few_decisions(pl.DataFrame([total]), MINIMUM)
    assert not {"admis_controle", "controle"} & set(rows["decision"])


def bins(counts: dict[float, int]) -> pl.DataFrame:
    return pl.DataFrame({"tranche": list(counts), "n": list(counts.values())})


def test_slices_hold_enough_candidates_and_lose_none() -> None:
    counts = {4.5: 1, 6.0: 1, 7.5: 4, 8.0: 6, 8.5: 2, 9.5: 7, 10.0: 9, 15.0: 3, 20.0: 2}
    rows = secret.group_averages(bins(counts), MINIMUM)
    assert (rows["n"] >= MINIMUM).all()
    assert rows["n"].sum() == sum(counts.values())
    assert rows.row(0)[:3] == (0.0, 8.0, 6)
    assert rows["fin"].to_list() == [*rows["tranche"].to_list()[1:], 20.0]
    assert {8.0, 10.0} <= set(rows["tranche"])
    assert (rows["hauteur"] * 2 * (rows["fin"] - rows["tranche"])).round(9).to_list() == [
        *rows["n"]
    ]


def test_a_threshold_goes_rather_than_a_small_slice_is_shown() -> None:
    rows = secret.group_averages(bins({7.0: 2, 9.0: 9, 12.0: 9}), MINIMUM)
    assert rows.select("tranche", "fin", "n").rows() == [(0.0, 10.0, 11), (10.0, 20.0, 9)]
    assert secret.group_averages(bins({7.0: 2}), MINIMUM).is_empty()


@given(st.dictionaries(st.integers(0, 40).map(lambda i: i / 2), st.integers(1, 9), min_size=1))
def test_any_distribution_is_grouped(counts: dict[float, int]) -> None:
    rows = secret.group_averages(bins(counts), MINIMUM)
    total = sum(counts.values())
    assert rows["n"].sum() == (total if total >= MINIMUM else 0)
    assert (rows["n"] >= MINIMUM).all()
