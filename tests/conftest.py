"""What every lane needs."""

import gc
import os

import pytest

# Charts are checked against Vega-Lite's schema here, so that reports need not do it.
os.environ["PEREQUATION_VERIFIER_GRAPHIQUES"] = "1"


def pytest_unconfigure(config: pytest.Config) -> None:
    """Let go of what hypothesis leaves behind, so that the summary is the last line printed.

    Hypothesis (6.170) leaves a timing function in `gc.callbacks`. The interpreter empties that list
    after the modules are gone, so whatever the function reaches (the tests' modules, hence duckdb's)
    outlives them, and duckdb's binding layer then prints some forty "nanobind: leaked" lines.
    """
    gc.callbacks[:] = [f for f in gc.callbacks if "hypothesis" not in getattr(f, "__module__", "")]
