"""The grid of the posterior, beside one so fine that nothing is left to gain."""

from unittest.mock import Mock, patch

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from voies import draws

from perequation.harmonisation.ecarts import posterieur
from perequation.harmonisation.ecarts.posterieur import integrate_gaps

Vector = NDArray[np.float64]
FINE, FIXED = np.linspace(-20, 20, 501), np.linspace(-4.5, 4.5, 25)


def _read(*mesures: Vector | None) -> Vector:
    """Return the three figures published of each gap."""
    found = integrate_gaps(*mesures)  # pyright: ignore[reportArgumentType]
    return np.stack([found.mean(), found.sd(), found.probability_beyond(0.5)])


def _read_at(nodes: Vector, neglected: float, *mesures: Vector | None) -> Vector:
    with (
        patch.object(posterieur, "_common_nodes", Mock(return_value=nodes)),
        patch.object(posterieur, "_NEGLIGES", neglected),
    ):
        return _read(*mesures)


@settings(max_examples=draws(4, 40), deadline=None)
@given(
    seed=st.integers(0, 10_000),
    units=st.integers(8, 24),
    tau=st.floats(0.1, 1.5),
    common=st.floats(0.02, 0.8),
    epsilon=st.floats(-4, 4),
    extreme=st.sampled_from([0.0, 3.0, -6.0]),
    known=st.booleans(),
)
@example(seed=222, units=14, tau=0.25, common=0.4, epsilon=1.0, extreme=0.0, known=True)
@example(seed=3, units=24, tau=0.3, common=0.8, epsilon=4.0, extreme=0.0, known=True)
@example(seed=5, units=24, tau=0.7, common=0.05, epsilon=0.5, extreme=0.0, known=False)
def test_the_common_error_has_as_many_nodes_as_it_asks(
    *, seed: int, units: int, tau: float, common: float, epsilon: float, extreme: float, known: bool
) -> None:
    """As near the finest grid as 25 nodes wherever they are, and near it where they are not."""
    rng = np.random.default_rng(seed)
    own, p = rng.uniform(0.05, 0.3, units), rng.normal(0, common, units)
    gaps = rng.normal(0, np.sqrt(tau**2 + own)) + epsilon * p
    gaps[0] += extreme
    degrees = None if known else rng.uniform(5, 100, units)
    measured = gaps, own + p**2, p, degrees
    finest, fixed = (_read_at(nodes, 1e-9, *measured) for nodes in (FINE, FIXED))
    with patch.object(posterieur, "_NEGLIGES", 1e-9):
        chosen = _read(*measured)
    error, theirs = (np.abs(found - finest).max(axis=1) for found in (chosen, fixed))
    assert (error <= theirs + 2e-6).all()
    # With what is left out as it weighs nothing.
    assert np.abs(_read(*measured) - finest).max() < 2e-3


@given(st.lists(st.floats(-40, 0), min_size=1, max_size=400))
def test_what_is_not_counted_weighs_nothing(logs: list[float]) -> None:
    weights = np.exp(np.array(logs))
    weights /= weights.sum()
    kept = posterieur._count(weights)
    assert weights[~kept].sum() <= 1e-5
    assert (weights[~kept] <= 1e-7).all()
