"""Counts of the quality report: how many, by file, by rule, by establishment.

They are made here and not in SQL because the report must also exist when nothing was computed,
after an import that blocks.
"""

import polars as pl


def count_rows(frame: pl.DataFrame, *by: str) -> pl.DataFrame:
    """Count rows and files by the values of columns.

    Parameters
    ----------
    frame
        Rows of `marts.rejet` or `marts.anomalie`.
    by
        Columns that make a group.

    Returns
    -------
    polars.DataFrame
        The columns, nb (distinct rows of files), nb_constats (rows of the frame) and exemple (first
        message), most numerous first.
    """
    if frame.is_empty():
        return (
            frame.clear()
            .select(*by)
            .with_columns(nb=pl.lit(0), nb_constats=pl.lit(0), exemple=pl.lit(""))
        )
    # A finding about no line in particular stands for itself.
    places = pl.struct("fichier", "ligne").filter(pl.col("ligne").is_not_null()).n_unique()
    return (
        frame.group_by(*by)
        .agg(
            nb=places + pl.col("ligne").null_count(),
            nb_constats=pl.len(),
            exemple=pl.col("message").sort_by("fichier", "ligne").first(),
        )
        .sort("nb", *by, descending=[True, *([False] * len(by))])
    )


def sum_completude(completude: pl.DataFrame, *by: str) -> pl.DataFrame:
    """Add up expected, received, missing and provisional marks by the values of columns.

    Parameters
    ----------
    completude
        Rows of `marts.completude`.
    by
        Columns that make a group (`etablissement`, `epreuve`, or none for the whole).
    """
    counts = ("attendues", "recues", "manquantes", "rejetees", "provisoires")
    sums = [pl.col(name).sum() for name in counts]
    if not by:
        return completude.select(sums)
    missing = pl.col("epreuve").filter(pl.col("manquantes") > 0).unique(maintain_order=True)
    rows = completude.sort("rang").group_by(*by, maintain_order=True).agg(*sums, epreuves=missing)
    return rows.sort(*by)
