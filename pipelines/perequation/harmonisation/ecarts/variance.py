"""Step 4. Between-unit variance τ² by Paule and Mandel."""

from collections.abc import Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]


def paule_mandel(groupes: Sequence[tuple[Vector, Vector]]) -> float:
    """Solve Σ (G - μ̂)² / (SE² + τ²) = Σ (J - 1) for τ².

    Parameters
    ----------
    groupes
        Gaps G (points out of 20) and their variances SE² (> 0), one pair of vectors of length J
        per analysis; several analyses share one τ² and keep each its own mean μ̂.

    Returns
    -------
    float
        τ² in squared points; 0 when the gaps vary no more than their errors explain.

    Raises
    ------
    ValueError
        When no group has two units.

    Notes
    -----
    Paule & Mandel (1982); DerSimonian & Kacker (2007). Same value as statsmodels'
    ``combine_effects(method_re="pm")`` with a tight tolerance.
    """
    from scipy.optimize import brentq

    if _degrees(groupes) < 1:
        message = "τ² needs at least one analysis of two units"
        raise ValueError(message)

    excess = partial(_excess, groupes)
    if excess(0.0) <= 0:
        return 0.0
    haut = max(float(np.ptp(ecarts)) for ecarts, _ in groupes) ** 2
    while excess(haut) > 0:
        haut *= 2
    return brentq(excess, 0.0, haut, xtol=1e-14, rtol=np.float64(1e-14))  # pyright: ignore[reportReturnType]


def varies_less(groupes: Sequence[tuple[Vector, Vector]], tau2: float) -> bool:
    """Say whether the variance that `paule_mandel` finds is under a given one, without solving for it.

    Parameters
    ----------
    groupes
        As `paule_mandel` takes them.
    tau2
        Squared points.
    """
    return tau2 > 0 and _excess(groupes, tau2) < 0


def _degrees(groupes: Sequence[tuple[Vector, Vector]]) -> int:
    return sum(len(ecarts) - 1 for ecarts, _ in groupes)


def _excess(groupes: Sequence[tuple[Vector, Vector]], tau2: float) -> float:
    """Return what the gaps vary more than their errors and τ² explain: it falls as τ² grows."""
    explained = (_dispersion(ecarts, variances + tau2) for ecarts, variances in groupes)
    return sum(explained) - _degrees(groupes)


def _dispersion(ecarts: Vector, variances: Vector) -> float:
    poids = 1 / variances
    centre = float(poids @ ecarts) / float(poids.sum())
    return float(poids @ (ecarts - centre) ** 2)
