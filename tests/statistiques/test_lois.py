"""Tails and limits are those of ``scipy.stats``, to the last bit."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from perequation.harmonisation.ecarts import lois

VALUES = arrays(float, st.integers(1, 6), elements=st.floats(-40, 40))
DEGREES = st.integers(1, 400) | st.floats(0.1, 400)
CHANCES = st.floats(1e-9, 1 - 1e-9)
P_VALUES = arrays(float, st.integers(1, 12), elements=st.floats(0, 1))


def same(ours: object, theirs: object) -> None:
    np.testing.assert_array_equal(ours, theirs)


@given(VALUES, DEGREES)
def test_tails(x: np.ndarray, degrees: float) -> None:
    same(lois.normal_tail(x), stats.norm.sf(x))
    same(lois.normal_tail(x), stats.norm.cdf(-x))
    same(lois.t_tail(x, degrees), stats.t.sf(x, degrees))
    same(lois.chi2_tail(x, degrees), stats.chi2.sf(x, degrees))


@given(CHANCES, DEGREES)
def test_limits(p: float, degrees: float) -> None:
    same(lois.normal_limit(p), stats.norm.isf(p))
    same(lois.t_limit(p, degrees), stats.t.isf(p, degrees))
    same(lois.chi2_quantile(p, np.array([degrees])), stats.chi2.ppf(p, np.array([degrees])))


@given(st.floats(0, 60), DEGREES, DEGREES)
def test_fisher(x: float, above: float, below: float) -> None:
    same(lois.f_tail(x, above, below), stats.f.sf(x, above, below))


@given(P_VALUES)
def test_false_discovery(p: np.ndarray) -> None:
    kept = p.copy()
    same(lois.false_discovery(p), stats.false_discovery_control(p))
    same(p, kept)
