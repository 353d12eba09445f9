"""Marks heaped at 10: the table, and what is said without one."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from perequation.harmonisation.rapport.colonnes import identify
from perequation.presentation.tableaux import table
from perequation.presentation.textes import Fragment, fill, paragraph


def nothing_heaped(analyses: pl.DataFrame) -> Fragment:
    """Say that no épreuve has enough marks for the study, when it is so."""
    words = "Aucune épreuve n’a 300 notes : l’accumulation à 10 n’est pas étudiée."
    return paragraph("{x}", x=words) if analyses.is_empty() else fill("")


def heaping_table(frame: pl.DataFrame, row: Mapping[str, Any]) -> Fragment:
    """Return the counts around 10 beside the fit."""
    return table(
        frame.filter(pl.col("demi_point").is_between(8, 12)),
        ["demi_point", "n", "attendu", "exces"],
        identifier=identify("accumulation", row),
        caption=f"{row['epreuve']} : notes de 8 à 12",
        labels={"demi_point": "Note", "n": "Notes", "attendu": "Courbe", "exces": "Différence"},
        natures={"demi_point": "note", "attendu": "note", "exces": "ecart"},
    )
