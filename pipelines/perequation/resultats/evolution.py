"""From one session to the next: how much a rate or a mean moved, and how much who sat explains."""

from dataclasses import dataclass
from math import sqrt

import polars as pl


@dataclass(frozen=True)
class Structure:
    """A change of rate in two parts that add up to it (ratios, signed).

    Attributes
    ----------
    composition
        What comes from who sat the exam: the shares of the groups moved, at unchanged rates.
    reussite
        What comes from the rates of the groups, at unchanged shares.
    """

    composition: float
    reussite: float


def decompose_change(avant: pl.DataFrame, apres: pl.DataFrame) -> Structure | None:
    """Split the change of a success rate between composition and success.

    Parameters
    ----------
    avant, apres
        One row per group of one maille: modalite, presents, admis (counts of candidates).

    Returns
    -------
    Structure or None
        None when a session has no présent, or a count is missing.

    Notes
    -----
    With w the share of a group among the présents and r its rate, averaged over the two sessions:
    Σ Δw × r̄ + Σ Δr × w̄ (E. M. Kitagawa, *Components of a difference between two rates*, JASA 50,
    1955). A group of one session only has the same rate in both: it moved the composition alone.
    """
    both = (
        avant.select("modalite", "presents", "admis")
        .join(
            apres.select("modalite", "presents", "admis"), on="modalite", how="full", coalesce=True
        )
        .select(pl.exclude("modalite"))
        .with_columns(pl.all().cast(pl.Float64))
    )
    known = both.with_columns(
        presents=pl.col("presents").fill_null(0.0),
        presents_right=pl.col("presents_right").fill_null(0.0),
    ).filter((pl.col("presents") > 0) | (pl.col("presents_right") > 0))
    sat = [known["presents"].sum(), known["presents_right"].sum()]
    missing = ((pl.col("presents") > 0) & pl.col("admis").is_null()) | (
        (pl.col("presents_right") > 0) & pl.col("admis_right").is_null()
    )
    if not all(sat) or known.select(missing.any()).item():
        return None
    share = [pl.col("presents") / sat[0], pl.col("presents_right") / sat[1]]
    alone = [
        pl.when(pl.col(f"presents{s}") > 0).then(pl.col(f"admis{s}") / pl.col(f"presents{s}"))
        for s in ("", "_right")
    ]
    rate = [pl.coalesce(alone), pl.coalesce(alone[::-1])]
    parts = known.select(
        composition=((share[1] - share[0]) * (rate[0] + rate[1]) / 2).sum(),
        reussite=((rate[1] - rate[0]) * (share[0] + share[1]) / 2).sum(),
    )
    return Structure(**parts.row(0, named=True))


def with_rate_change(reussite: pl.DataFrame, session: int) -> pl.DataFrame:
    """Add, to each session, how much the rate moved from it to `session`, with its interval.

    Parameters
    ----------
    reussite
        One row per session: taux_reussite, taux_bas, taux_haut (Wilson); ratios, null when hidden.
    session
        The session all are compared with.

    Returns
    -------
    polars.DataFrame
        The same rows with ecart_taux, ecart_bas, ecart_haut (ratios); null for `session` itself.

    Notes
    -----
    Newcombe's interval, from the two Wilson intervals: R. G. Newcombe, *Interval estimation for the
    difference between independent proportions*, Statistics in Medicine 17, 1998, method 10.
    """
    names = ("taux_reussite", "taux_bas", "taux_haut")
    now = {name: pl.col(name).filter(pl.col("session") == session).first() for name in names}
    earlier = pl.col("session") != session
    change = now["taux_reussite"] - pl.col("taux_reussite")
    below = (
        (now["taux_reussite"] - now["taux_bas"]).pow(2)
        + (pl.col("taux_haut") - pl.col("taux_reussite")).pow(2)
    ).sqrt()
    above = (
        (now["taux_haut"] - now["taux_reussite"]).pow(2)
        + (pl.col("taux_reussite") - pl.col("taux_bas")).pow(2)
    ).sqrt()
    return reussite.with_columns(
        ecart_taux=pl.when(earlier).then(change),
        ecart_bas=pl.when(earlier).then(change - below),
        ecart_haut=pl.when(earlier).then(change + above),
    )


def mean_change(
    avant: tuple[int, float, float], apres: tuple[int, float, float]
) -> tuple[float, float, float] | None:
    """Return the change of a mean with its 95 % interval: (change, low, high), in points.

    Parameters
    ----------
    avant, apres
        Marks, mean and sample standard deviation of each session.

    Returns
    -------
    tuple or None
        None under two marks, or without any spread.

    Notes
    -----
    Welch's interval: B. L. Welch, Biometrika 34, 1947. The sessions are different candidates.
    """
    from scipy.special import stdtrit

    (n, mean, spread), (m, then, other) = apres, avant
    if min(n, m) < 2:
        return None
    parts = spread**2 / n, other**2 / m
    if not sum(parts):
        return None
    freedom = sum(parts) ** 2 / (parts[0] ** 2 / (n - 1) + parts[1] ** 2 / (m - 1))
    half = float(stdtrit(freedom, 0.975)) * sqrt(sum(parts))
    return mean - then, mean - then - half, mean - then + half
