"""Tails and limits of the usual laws, by the very functions that ``scipy.stats`` calls.

Importing ``scipy.stats`` costs more than all that a session asks of it: a test compares each of these
with it, value by value.
"""

from typing import Any

import numpy as np
from scipy.special import chdtrc, fdtrc, gammaincinv, ndtr, ndtri, stdtr, stdtrit


def normal_tail(x: Any) -> Any:
    """Return P(X > x), X normal."""
    return ndtr(-x)


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
