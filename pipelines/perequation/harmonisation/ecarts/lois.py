"""Tails and limits of the usual laws, by the very functions that ``scipy.stats`` calls.

Importing ``scipy.stats`` costs more than all that a session asks of it: a test compares each of these
with it, value by value.
"""

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc, fdtrc, gammaincinv, ndtr, ndtri, stdtr, stdtrit

#: Values a unit of `normal_below`'s table.
_FINESSE = 256
#: Beyond this, a normal is 1e-15 of the time.
_FIN = 8


def normal_tail(x: Any) -> Any:
    """Return P(X > x), X normal."""
    return ndtr(-x)


def normal_below(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return P(X < x), X normal, to 1e-9: of many values, in half the time of the exact one.

    From the nearest value of a table, by Taylor's series to the second order.
    """
    valeurs, densites = _normal_table()
    reste = x * _FINESSE
    proche = np.rint(reste)
    reste -= proche
    rangs = proche.astype(np.intp)
    rangs += _FIN * _FINESSE
    # Φ(a + d) = Φ(a) + φ(a) d (1 - a d / 2), a and d in steps of the table.
    proche *= reste
    proche *= -0.5 / _FINESSE**2
    proche += 1
    proche *= reste
    proche *= densites.take(rangs, mode="clip")
    proche += valeurs.take(rangs, mode="clip")
    return proche


@cache
def _normal_table() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return Φ, and φ times a step, at each step from -`_FIN` to `_FIN`."""
    x = np.arange(-_FIN * _FINESSE, _FIN * _FINESSE + 1) / _FINESSE
    densites = np.exp(-(x**2) / 2) / (np.sqrt(2 * np.pi) * _FINESSE)
    densites[[0, -1]] = 0  # of what is further too
    return ndtr(x), densites


def normal_limit(p: float) -> float:
    """Return what a normal X exceeds with probability p."""
    return float(-ndtri(p))


def t_tail(x: Any, degrees: Any) -> Any:
    """Return P(X > x) for Student's law."""
    return stdtr(degrees, -x)


def t_limit(p: float, degrees: float) -> float:
    """Return what Student's X exceeds with probability p."""
    return float(-stdtrit(degrees, p))


def chi2_tail(x: Any, degrees: Any) -> Any:
    """Return P(X > x) for χ²; 1 below zero."""
    return chdtrc(degrees, np.maximum(x, 0.0))


def chi2_quantile(p: float, degrees: Any) -> Any:
    """Return what χ² is under with probability p."""
    return 2 * gammaincinv(degrees / 2, p)


def f_tail(x: float, above: float, below: float) -> float:
    """Return P(X > x) for Fisher's law, x ≥ 0, of so many degrees above and below."""
    return float(fdtrc(above, below, x))


def false_discovery(p: Any) -> Any:
    """Return the q-values of p-values, by Benjamini & Hochberg (1995), JRSS B 57."""
    order = np.argsort(p)
    q = p[order] * (p.size / np.arange(1, p.size + 1))
    np.minimum.accumulate(q[::-1], out=q[::-1])
    found = np.empty_like(q)
    found[order] = q
    return np.clip(found, 0.0, 1.0)
