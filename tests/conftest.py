"""What every lane needs."""

import gc
import os
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import settings
from voies import declare_lane, is_left_out

# Charts are checked against Vega-Lite's schema here, so that reports need not do it.
os.environ["PEREQUATION_VERIFIER_GRAPHIQUES"] = "1"

# Speed is measured by the benchmarks: an example that takes long is a busy machine, not a fault.
settings.register_profile("perequation", deadline=None)
settings.load_profile("perequation")


_connect = duckdb.connect


def connect_on_one_thread(
    database: Any = ":memory:", read_only: bool = False, config: dict[str, Any] | None = None
) -> duckdb.DuckDBPyConnection:
    """Open a database whose queries keep to one thread.

    The sessions of the tests are small: a second thread costs a quarter of the processor's time and
    saves none, each of the run's processes having a core of its own.
    """
    return _connect(database, read_only, {"threads": 1, **(config or {})})


def pytest_configure(config: pytest.Config) -> None:
    """In the usual lane, DuckDB keeps to one thread; the complete lane runs it as users do."""
    if declare_lane(config):
        duckdb.connect = connect_on_one_thread


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave alone the files none of whose tests the lane runs."""
    return is_left_out(collection_path, config) or None


def pytest_unconfigure(config: pytest.Config) -> None:
    """Let go of what hypothesis leaves behind, so that the summary is the last line printed.

    Hypothesis (6.170) leaves a timing function in `gc.callbacks`. The interpreter empties that list
    after the modules are gone, so whatever the function reaches (the tests' modules, hence duckdb's)
    outlives them, and duckdb's binding layer then prints some forty "nanobind: leaked" lines.
    """
    duckdb.connect = _connect
    gc.callbacks[:] = [f for f in gc.callbacks if "hypothesis" not in getattr(f, "__module__", "")]
