"""Intervals of rates shown in the reports."""

import polars as pl

# 97.5 % quantile of the normal law: two-sided 95 %.
Z_95 = 1.959963984540054


def with_wilson(reussite: pl.DataFrame) -> pl.DataFrame:
    """Add the 95 % Wilson interval of each success rate.

    Parameters
    ----------
    reussite
        Rows with admis (successes) and presents (trials), counts of candidates.

    Returns
    -------
    polars.DataFrame
        The same rows with taux_bas and taux_haut, ratios in [0, 1]; null when presents = 0 or when
        more are admis than presents (admitted on kept marks alone).

    Notes
    -----
    With p = admis / n and z = 1,96: (p + z²/2n ± z √(p(1−p)/n + z²/4n²)) / (1 + z²/n).
    E. B. Wilson, *Probable inference*, JASA 22, 1927.
    """
    n = pl.col("presents").cast(pl.Float64)
    p = pl.col("admis") / n
    center = p + Z_95**2 / (2 * n)
    half = Z_95 * (p * (1 - p) / n + Z_95**2 / (4 * n**2)).sqrt()
    scale = 1 + Z_95**2 / n
    usable = (n > 0) & (p <= 1)
    return reussite.with_columns(
        pl.when(usable).then((center - half) / scale).clip(0, 1).alias("taux_bas"),
        pl.when(usable).then((center + half) / scale).clip(0, 1).alias("taux_haut"),
    )
