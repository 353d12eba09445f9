"""Step 9 (part). Spread inside units: marks too close together, or too far apart."""

import numpy as np
import polars as pl

#: Two-sided level of the limits of s_j / s.
NIVEAU = 0.99


def compare_spread(unites: pl.DataFrame) -> pl.DataFrame:
    """Compare the spread of marks inside each unit with that inside all of them.

    Marks themselves, not residuals: a unit that gives everyone the same mark has residuals as
    spread as its candidates' anchors.

    Parameters
    ----------
    unites
        One row per analyse and unite: n, y and yy, sums of marks and of squared marks.

    Returns
    -------
    pl.DataFrame
        analyse, unite, ecart_type_unite (s_j, points), rapport_dispersion (s_j / s, s pooled
        within units), dispersion_atypique (outside its 99 % limits under normal marks,
        (n-1) s_j²/s² ~ χ²). Units of one candidate, and analyses where all marks are equal, have
        no row.
    """
    from perequation.harmonisation.ecarts.lois import chi2_quantile

    carres = (pl.col("yy") - pl.col("y") ** 2 / pl.col("n")).clip(lower_bound=0)
    ddl = pl.col("n") - 1
    mesurables = (
        unites.with_columns(carres=carres, ddl=ddl)
        .with_columns(
            s2=pl.col("carres").sum().over("analyse") / pl.col("ddl").sum().over("analyse")
        )
        .filter((pl.col("ddl") > 0) & (pl.col("s2") > 1e-9))
        .with_columns(ecart_type_unite=(pl.col("carres") / pl.col("ddl")).sqrt())
        .with_columns(rapport_dispersion=pl.col("ecart_type_unite") / pl.col("s2").sqrt())
    )
    degres, rapport = (mesurables[c].to_numpy() for c in ("ddl", "rapport_dispersion"))
    bas, haut = (
        np.sqrt(chi2_quantile(p, degres) / degres) for p in ((1 - NIVEAU) / 2, (1 + NIVEAU) / 2)
    )
    return mesurables.select(
        "analyse", "unite", "ecart_type_unite", "rapport_dispersion"
    ).with_columns(
        dispersion_atypique=pl.Series((rapport < bas) | (rapport > haut), dtype=pl.Boolean)
    )
