"""A rounded figure leaves the sum behind it unknown over the range the families keep."""

from math import ceil

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perequation.resultats.arrondi import MOYENNE, TAUX, Arrondi, hide_rate, rounded


def figure(value: float, n: int, how: Arrondi) -> float | None:
    return pl.select(rounded(pl.lit(value), pl.lit(n), how)).item()


@pytest.mark.parametrize(
    ("n", "shown"), [(19, None), (20, 12.5), (99, 12.5), (100, 12.3), (1000, 12.3)]
)
def test_a_mean_is_rounded_as_its_group_asks(n: int, shown: float | None) -> None:
    assert figure(12.34, n, MOYENNE) == shown


@pytest.mark.parametrize(
    ("n", "shown"), [(39, None), (40, 0.8), (79, 0.8), (80, 0.85), (399, 0.85), (400, 0.83)]
)
def test_a_rate_is_rounded_as_its_group_asks(n: int, shown: float | None) -> None:
    assert figure(0.83, n, TAUX) == shown


def test_a_rate_of_nearly_all_or_none_is_not_given() -> None:
    def rate(admis: int, presents: int) -> float | None:
        return pl.select(
            hide_rate(pl.lit(admis / presents), pl.lit(admis), pl.lit(presents))
        ).item()

    assert (rate(500, 500), rate(499, 500), rate(1, 500), rate(0, 500)) == (None,) * 4
    assert rate(498, 500) == 1.0
    assert rate(400, 500) == 0.8


@given(n=st.integers(20, 2000), total=st.data())
@settings(max_examples=80, deadline=None)
def test_the_sum_may_be_anything_over_the_margin(n: int, total: st.DataObject) -> None:
    """Sums that round alike span at least twice the margin, whatever the figure."""
    halves = total.draw(st.integers(0, 40 * n))
    shown = figure(halves / 2 / n, n, MOYENNE)
    assert shown is not None
    step = 0.1 if n >= 100 else 0.5
    width = 2 * MOYENNE.marge
    assert n * step >= width
    # Every sum of that range, in half points, gives the same figure (save at its two ends).
    low, high = (shown - step / 2) * n, (shown + step / 2) * n
    inside = [s / 2 for s in range(ceil(2 * low) + 1, int(2 * high))]
    assert {figure(s / n, n, MOYENNE) for s in (inside[0], inside[-1])} == {shown}
    assert inside[-1] - inside[0] >= width - 2
