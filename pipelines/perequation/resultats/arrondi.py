"""Figures rounded so far that nothing of a few can be worked out from them.

What is published exactly is decided together, family by family (`perequation.resultats.familles`).
These groups cut the candidates in yet other ways; instead of entering that decision, their figures
are rounded until the sum behind one may be anything over a range as wide as what the families keep
away from: two candidates, or five points of marks. A subtraction then leaves that range unknown.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import polars as pl

from perequation.resultats.familles import BORNES


@dataclass(frozen=True)
class Arrondi:
    """How a figure is rounded.

    Attributes
    ----------
    pas
        Steps, by order of choice.
    plafond
        The largest value of one candidate: 20 points, or 1.
    marge
        What is left unknown on each side of the sum behind a figure.
    """

    pas: Sequence[float]
    plafond: float
    marge: float

    def smallest(self) -> int:
        """Return the fewest candidates a figure is given for."""
        return round(2 * self.marge / max(self.pas))


# Rates to 1, 5 or 10 points of percentage: from 400, 80, 40 candidates.
TAUX = Arrondi((0.01, 0.05, 0.1), *BORNES["admis"])
# Means to a tenth or half a point: from 100, 20 marks.
MOYENNE = Arrondi((0.1, 0.5), *(hundredths / 100 for hundredths in BORNES["moyenne"]))


def rounded(value: pl.Expr, n: pl.Expr, how: Arrondi) -> pl.Expr:
    """Return a mean or a rate rounded as its group asks, null when the group is too small.

    Parameters
    ----------
    value, n
        The figure (points out of 20, or a ratio) and the candidates it is the mean of.
    how
        `TAUX` or `MOYENNE`.
    """
    step = _step(n, how)
    # The nearest multiple, written without the noise of a division.
    return ((value.cast(pl.Float64) / step).round() * step).round(4)


def _step(n: pl.Expr, how: Arrondi) -> pl.Expr:
    """Return to what the figure of `n` candidates is rounded, null when they are too few."""
    found: pl.Expr = pl.lit(None, pl.Float64)
    for step in reversed(how.pas):
        found = pl.when(n * step / 2 >= how.marge).then(pl.lit(step)).otherwise(found)
    return found


def round_parts(value: pl.Expr, n: pl.Expr, how: Arrondi, parts: str | Sequence[str]) -> pl.Expr:
    """Return the figures of the groups that make up one whole, rounded so that none tells another.

    The whole is published exactly: two complementary groups, each rounded, may leave only one sum
    possible for each. Where that would be, every group of the whole is rounded as far as can be;
    where it still would, none has a figure.

    Parameters
    ----------
    value, n
        The figure of each group and the candidates it is the mean of; every group of the whole has
        a row.
    how
        `TAUX` or `MOYENNE`.
    parts
        Columns that say which groups make up a whole.
    """
    found: pl.Expr = pl.lit(None, pl.Float64)
    for steps in (how.pas[-1:], how.pas):
        each = replace(how, pas=steps)
        told = _is_told(value, n, each, parts)
        found = pl.when(told).then(found).otherwise(rounded(value, n, each))
    return found


def _is_told(value: pl.Expr, n: pl.Expr, how: Arrondi, parts: str | Sequence[str]) -> pl.Expr:
    """Say whether the sum of a group of the whole, shown or not, is known closer than the margin.

    A small group may be anything it can be: all its range is then the margin.
    """
    shown, step = rounded(value, n, how), _step(n, how)
    low = ((shown - step / 2) * n).fill_null(0)
    high = ((shown + step / 2) * n).fill_null(n * how.plafond)
    whole = (value * n).sum().over(parts)
    least = pl.max_horizontal(low, whole - (high.sum().over(parts) - high))
    largest = pl.min_horizontal(high, whole - (low.sum().over(parts) - low))
    # A float sum of marks is right to far less than half a mark.
    asked = pl.min_horizontal(pl.lit(2.0 * how.marge), n * how.plafond) - 0.01
    return ((n > 0) & (largest - least < asked)).any().over(parts)


def has_spread(admis: pl.Expr, presents: pl.Expr, parts: str | Sequence[str]) -> pl.Expr:
    """Say whether no group large enough for a rate has nearly all or nearly none admitted.

    One alone without a rate would be told by that: the whole has none then.
    """
    apart = (admis >= TAUX.marge) & (presents - admis >= TAUX.marge)
    return (apart | (presents < TAUX.smallest())).all().over(parts)
