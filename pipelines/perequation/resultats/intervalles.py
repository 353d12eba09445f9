"""Intervals of rates shown in the reports."""

import polars as pl

# 97.5 % quantile of the normal law: two-sided 95 %.
Z_95 = 1.959963984540054
# Under so many marks spreads and quantiles are rounded: written whole, they tell the marks.
EFFECTIF_ARRONDI = 30
_QUANTILES = ("mediane", "q1", "q3")


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


def with_mean_interval(frame: pl.DataFrame, mean: str) -> pl.DataFrame:
    """Add the 95 % interval of each mean.

    Parameters
    ----------
    frame
        Rows with n (counts), ecart_type (sample standard deviation) and the column `mean`.
    mean
        Name of the column of means, in points out of 20.

    Returns
    -------
    polars.DataFrame
        The same rows with moyenne_basse and moyenne_haute; null under two marks.

    Notes
    -----
    mean ± t(0,975 ; n − 1) × s / √n, Student's law: Gosset, *The probable error of a mean*,
    Biometrika 6, 1908.
    """
    from scipy.special import stdtrit

    n = frame["n"].cast(pl.Float64)
    quantiles = pl.Series([float(stdtrit(k - 1, 0.975)) if k and k > 1 else None for k in n])
    half = quantiles.cast(pl.Float64) * frame["ecart_type"].cast(pl.Float64) / n.sqrt()
    center = frame[mean].cast(pl.Float64)
    return frame.with_columns(
        (center - half).alias("moyenne_basse"), (center + half).alias("moyenne_haute")
    )


def round_spread(frame: pl.DataFrame) -> pl.DataFrame:
    """Round ecart_type and quartiles of few marks.

    Parameters
    ----------
    frame
        Rows with n and ecart_type.
    """
    few = pl.col("n") < EFFECTIF_ARRONDI
    halves = [name for name in _QUANTILES if name in frame.columns]
    return frame.with_columns(
        *(
            pl.when(few)
            .then((pl.col(name).cast(pl.Float64) * 2).round() / 2)
            .otherwise(name)
            .alias(name)
            for name in halves
        ),
        pl.when(few)
        .then(pl.col("ecart_type").cast(pl.Float64).round(1))
        .otherwise("ecart_type")
        .alias("ecart_type"),
    )
