"""A rounded figure leaves the sum behind it unknown over the range the families keep."""

from math import ceil

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perequation.resultats.arrondi import MOYENNE, TAUX, Arrondi, has_spread, round_parts, rounded


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


@pytest.mark.parametrize(
    ("admis", "presents", "given_"),
    [
        ([498, 300], [500, 400], True),
        ([499, 300], [500, 400], False),
        ([500, 300], [500, 400], False),
        ([2, 300], [500, 400], True),
        ([1, 300], [500, 400], False),
        ([0, 300], [500, 400], False),
        # Too few for a rate in any case: no rate tells nothing of them.
        ([39, 300], [39, 400], True),
        ([40, 300], [40, 400], False),
    ],
)
def test_one_group_of_nearly_all_or_none_takes_the_rates_of_the_others_away(
    admis: list[int], presents: list[int], given_: bool
) -> None:
    frame = pl.DataFrame({"admis": admis, "presents": presents, "maille": "bac"})
    told = frame.select(has_spread(pl.col("admis"), pl.col("presents"), "maille")).to_series()
    assert told.to_list() == [given_, given_]


def parts(groups: list[tuple[int, int]]) -> list[float | None]:
    """Round the means of the groups of one whole: candidates, and their sum in half points."""
    frame = pl.DataFrame(
        {"n": [n for n, _ in groups], "v": [h / 2 / n for n, h in groups], "tout": "tout"}
    )
    return (
        frame.select(round_parts(pl.col("v"), pl.col("n"), MOYENNE, "tout")).to_series().to_list()
    )


def sums(n: int, shown: float | None, steps: tuple[float, ...]) -> tuple[float, float]:
    """Return the least and the largest sum of `n` marks that a figure may stand for."""
    if shown is None:
        return 0, 20 * n
    step = next(s for s in steps if n * s >= 10)
    return (shown - step / 2) * n, (shown + step / 2) * n


def test_two_rounded_halves_of_a_known_whole_do_not_tell_each_other() -> None:
    """To a tenth, the sums 1195.5 and 1185.5 would each be known within a point."""
    groups = [(100, 2391), (100, 2371)]

    assert [figure(h / 2 / n, n, MOYENNE) for n, h in groups] == [12.0, 11.9]
    assert parts(groups) == [12.0, 12.0]


@given(
    st.lists(
        st.integers(1, 300).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, 40 * n))),
        min_size=1,
        max_size=5,
    )
)
@settings(max_examples=150, deadline=None)
def test_no_group_of_a_known_whole_is_known_closer_than_the_margin(
    groups: list[tuple[int, int]],
) -> None:
    shown = parts(groups)
    if all(figure is None for figure in shown):
        return
    whole = sum(h for _, h in groups) / 2
    # Whoever reads the page supposes the finest rounding that its figures allow.
    tenth = [
        f is None or n < 100 or round(f * 10) % 5 == 0
        for (n, _), f in zip(groups, shown, strict=True)
    ]
    steps = (0.5,) if all(tenth) else (0.1, 0.5)
    ranges = [sums(n, f, steps) for (n, _), f in zip(groups, shown, strict=True)]
    for i, (n, _) in enumerate(groups):
        others = [r for j, r in enumerate(ranges) if j != i]
        least = max(ranges[i][0], whole - sum(high for _, high in others))
        largest = min(ranges[i][1], whole - sum(low for low, _ in others))
        assert largest - least >= min(10, 20 * n) - 0.02


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
