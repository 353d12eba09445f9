"""Columns that several tables of the report share, and the order of their units."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from perequation.harmonisation.rapport.choix import CLE
from perequation.socle import formats

GREY_BELOW = 10
# Lines of a chart that fit on a printed page.
PAGE_ROWS = 42
INTERVAL = f"Intervalle à 95{formats.NBSP}%"


def identify(prefix: str, row: Mapping[str, Any]) -> str:
    """Return the name a table of an analysis has in the page."""
    return "-".join([prefix, *(str(row[name]).lower() for name in CLE)])


def interval(low: str, high: str) -> pl.Expr:
    """Write an interval of gaps from the columns of its two ends."""
    return pl.struct(low, high).map_elements(
        lambda row: formats.format_gap_interval(row[low], row[high]), return_dtype=pl.String
    )


def band() -> pl.Expr:
    """Write the gap at the two ends of what λ may be; not an interval."""
    return pl.struct("ecart_lambda_bas", "ecart_lambda_un").map_elements(
        lambda row: f"{formats.NBSP}/{formats.NBSP}".join(map(formats.format_gap, row.values())),
        return_dtype=pl.String,
    )


def in_order(rows: pl.DataFrame) -> pl.DataFrame:
    """Sort units by name as people do: C9 before C10."""
    key = pl.col("unite").map_elements(formats.sort_key, return_dtype=pl.String)
    return rows.sort(key, "unite")
