"""Step 6. From a shrunken gap and its uncertainty to a signal; never a rank."""

import numpy as np
import polars as pl

from .motifs import EFFECTIF_SIGNAL
from .variance import Vector

#: Probabilities of a material gap from which a unit is signalled, or to be watched.
SEUIL_SIGNALE = 0.90
SEUIL_SURVEILLE = 0.80


def material_probability(ecart: Vector, ecart_type: Vector, alerte: float) -> Vector:
    """Return P(|δ| > Δ) for δ ~ N(shrunken gap, sd²).

    Parameters
    ----------
    ecart, ecart_type
        Shrunken gaps and their standard deviations, points out of 20.
    alerte
        Δ, points out of 20.
    """
    from scipy.stats import norm

    haut = norm.sf((alerte - ecart) / ecart_type)
    bas = norm.cdf((-alerte - ecart) / ecart_type)
    return np.asarray(haut + bas)


def minimum_effect_q(ecart: Vector, erreur_type: Vector, alerte: float) -> Vector:
    """Return Benjamini–Hochberg q-values of the tests of H0: |gap| ≤ Δ.

    The p-value is the largest under H0, reached at |gap| = Δ:
    P(|X| ≥ |G|) for X ~ N(Δ, SE²). Gaps and errors are the unshrunken ones.

    Notes
    -----
    ``scipy.stats.false_discovery_control``.
    """
    from scipy.stats import false_discovery_control, norm

    if ecart.size == 0:
        return ecart
    taille = np.abs(ecart)
    p = norm.sf((taille - alerte) / erreur_type) + norm.cdf((-taille - alerte) / erreur_type)
    return np.asarray(false_discovery_control(np.clip(p, 0.0, 1.0)))


def name_signal() -> pl.Expr:
    """Name the signal from probabilite_materielle, n_ancre and fragile.

    ``signale`` from P ≥ 0.90, ``a_surveiller`` from P ≥ 0.80, never under ten candidates. A
    fragile gap, whose sign hangs on λ, is at most ``a_surveiller``: prudence beyond the method,
    which no unit of the simulation study meets.
    """
    p = pl.col("probabilite_materielle")
    return (
        pl.when(p.is_null() | (pl.col("n_ancre") < EFFECTIF_SIGNAL))
        .then(pl.lit("indisponible"))
        .when((p >= SEUIL_SIGNALE) & ~pl.col("fragile").fill_null(value=False))
        .then(pl.lit("signale"))
        .when(p >= SEUIL_SURVEILLE)
        .then(pl.lit("a_surveiller"))
        .otherwise(pl.lit("aucun"))
    )
