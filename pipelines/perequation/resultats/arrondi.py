"""Figures rounded so far that nothing of a few can be worked out from them.

What is published exactly is decided together, family by family (`perequation.resultats.familles`).
These groups cut the candidates in yet other ways; instead of entering that decision, their figures
are rounded until the sum behind one may be anything over a range as wide as what the families keep
away from: two candidates, or five points of marks. A subtraction then leaves that range unknown.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True)
class Arrondi:
    """How a figure is rounded: `pas` by order of choice, `marge` on each side of the sum behind it."""

    pas: Sequence[float]
    marge: float

    def smallest(self) -> int:
        """Return the fewest candidates a figure is given for."""
        return round(2 * self.marge / max(self.pas))


# Rates to 1, 5 or 10 points of percentage: from 400, 80, 40 candidates.
TAUX = Arrondi((0.01, 0.05, 0.1), 2)
# Means to a tenth or half a point: from 100, 20 marks.
MOYENNE = Arrondi((0.1, 0.5), 5)


def rounded(value: pl.Expr, n: pl.Expr, how: Arrondi) -> pl.Expr:
    """Return a mean or a rate rounded as its group asks, null when the group is too small.

    Parameters
    ----------
    value, n
        The figure (points out of 20, or a ratio) and the candidates it is the mean of.
    how
        `TAUX` or `MOYENNE`.
    """
    real = value.cast(pl.Float64)
    found: pl.Expr = pl.lit(None, pl.Float64)
    for step in reversed(how.pas):
        enough = n * step / 2 >= how.marge
        # The nearest multiple, written without the noise of a division.
        nearest = ((real / step).round() * step).round(4)
        found = pl.when(enough).then(nearest).otherwise(found)
    return found


def hide_rate(taux: pl.Expr, admis: pl.Expr, presents: pl.Expr) -> pl.Expr:
    """Return a success rate rounded; null also when nearly all or nearly none are admitted."""
    apart = (admis >= TAUX.marge) & (presents - admis >= TAUX.marge)
    return pl.when(apart).then(rounded(taux, presents, TAUX))
