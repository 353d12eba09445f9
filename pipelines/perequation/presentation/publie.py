"""Frames that came through the door: the only ones a document that leaves the office may show.

Which figures are hidden is decided elsewhere, once. Here a table or a chart of a public or
establishment report refuses any frame that was not given out by that decision.
"""

import os
from collections.abc import Iterator
from typing import Any

import polars as pl

from perequation.socle.erreurs import PerequationError

# Set in the process that makes a report: the widest circle the report may go to.
NIVEAU = "PEREQUATION_NIVEAU"
INTERNE = "interne"


class UnpublishedError(PerequationError):
    """A figure of a public document did not come through the door."""


class Publie:
    """A frame whose figures may be shown, hidden as a circle asks; rows stay so when chosen.

    Parameters
    ----------
    frame
        The rows, already hidden.
    diffusion
        The circle they were hidden for.
    """

    __slots__ = ("diffusion", "frame")

    def __init__(self, frame: pl.DataFrame, diffusion: str) -> None:
        self.frame, self.diffusion = frame, diffusion

    @property
    def height(self) -> int:
        """Number of rows."""
        return self.frame.height

    @property
    def columns(self) -> list[str]:
        """Names of the columns."""
        return self.frame.columns

    def __getitem__(self, name: str) -> pl.Series:
        """Return a column."""
        return self.frame[name]

    def is_empty(self) -> bool:
        """Say whether there is no row."""
        return self.frame.is_empty()

    def filter(self, *predicates: Any, **equalities: Any) -> "Publie":
        """Keep some rows."""
        return Publie(self.frame.filter(*predicates, **equalities), self.diffusion)

    def with_columns(self, *columns: Any, **named: Any) -> "Publie":
        """Add columns made of its own."""
        return Publie(self.frame.with_columns(*columns, **named), self.diffusion)

    def select(self, *columns: Any, **named: Any) -> "Publie":
        """Keep some columns."""
        return Publie(self.frame.select(*columns, **named), self.diffusion)

    def sort(self, *by: Any, **options: Any) -> "Publie":
        """Put the rows in another order."""
        return Publie(self.frame.sort(*by, **options), self.diffusion)

    def head(self, n: int) -> "Publie":
        """Keep the first rows."""
        return Publie(self.frame.head(n), self.diffusion)

    def drop_nulls(self, *columns: Any) -> "Publie":
        """Keep the rows that say something."""
        return Publie(self.frame.drop_nulls(*columns), self.diffusion)

    def iter_slices(self, n: int) -> Iterator["Publie"]:
        """Cut the rows in pieces."""
        return (Publie(part, self.diffusion) for part in self.frame.iter_slices(n))

    def pivot(self, on: Any, **options: Any) -> "Publie":
        """Make columns of the values of one."""
        return Publie(self.frame.pivot(on, **options), self.diffusion)

    def row(self, index: int, *, named: bool = False) -> Any:
        """Return one row."""
        return self.frame.row(index, named=named)

    def iter_rows(self) -> Iterator[tuple[Any, ...]]:
        """Return the rows one after the other."""
        return self.frame.iter_rows()

    def to_dicts(self) -> list[dict[str, Any]]:
        """Return the rows."""
        return self.frame.to_dicts()


Frame = pl.DataFrame | Publie


def opened(frame: Frame) -> pl.DataFrame:
    """Return the rows to show, if this document may show them.

    Raises
    ------
    UnpublishedError
        The document leaves the office and these rows did not come through the door.
    """
    niveau = os.environ.get(NIVEAU, INTERNE)
    hidden = isinstance(frame, Publie) and frame.diffusion != INTERNE
    if niveau != INTERNE and not hidden:
        raise UnpublishedError(
            "Un tableau ou un graphique de ce document n'est pas passé par la porte des chiffres "
            "publiés (perequation.resultats.porte) : le rapport n'est pas produit."
        )
    return frame.frame if isinstance(frame, Publie) else frame
