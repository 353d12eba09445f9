"""A library that nothing is asked of is not imported; asked, it is the library itself."""

import subprocess
import sys
from pathlib import Path

import pytest

from perequation.controles.deferred import Deferred, defer

RULES = """
import sys
from perequation.controles.validation import import_library
gx = import_library()
assert "scipy.stats._stats_py" not in sys.modules and "altair.vegalite" not in sys.modules
from scipy import stats
import scipy.stats as again
import altair as alt
assert stats.norm.cdf(0) == 0.5 and again.norm is stats.norm
assert sys.modules["scipy.stats"].norm is stats.norm
assert alt.Chart is sys.modules["altair"].Chart
from altair.vegalite.v6 import api
assert api.Chart is alt.Chart
assert gx.__version__
"""


@pytest.mark.slow
def test_great_expectations_leaves_out_what_no_rule_asks_for() -> None:
    subprocess.run([sys.executable, "-c", RULES], check=True, timeout=120)


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    (tmp_path / "put_off.py").write_text("VALUE = 3\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "put_off", raising=False)
    return "put_off"


def test_what_is_deferred_is_imported_once_asked_for(library: str) -> None:
    defer(library)
    stands = sys.modules[library]
    assert isinstance(stands, Deferred)
    import put_off  # pyright: ignore[reportMissingImports]

    assert put_off is stands
    assert put_off.VALUE == 3
    assert type(sys.modules[library]) is not Deferred
    assert "VALUE" in vars(stands)
    with pytest.raises(AttributeError, match="other"):
        _ = stands.other


def test_what_is_imported_already_is_left_alone(library: str) -> None:
    import put_off  # pyright: ignore[reportMissingImports]

    defer(library)
    assert sys.modules[library] is put_off


def test_a_missing_library_is_told_when_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "nowhere_to_be_found", raising=False)
    defer("nowhere_to_be_found")
    with pytest.raises(ModuleNotFoundError):
        _ = sys.modules["nowhere_to_be_found"].something
