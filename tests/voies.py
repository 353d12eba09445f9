"""Which lane runs: the usual one shows each behaviour, the complete one tries it many times."""

import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

_USUAL = "PEREQUATION_VOIE_COURANTE"
_OF_THE_FILE = re.compile(r"^pytestmark = .*$", re.MULTILINE)


def declare_lane(config: pytest.Config) -> bool:
    """Keep for the modules to come which lane runs, and return whether it is the usual one."""
    usual = "not slow" in config.getoption("markexpr")
    os.environ[_USUAL] = "1" if usual else ""
    return usual


def is_usual() -> bool:
    """Tell whether slow tests are left out."""
    return bool(os.environ.get(_USUAL))


def draws(usual: int, complete: int) -> int:
    """Return how many random cases a test draws in this lane."""
    return usual if is_usual() else complete


def first_of(cases: Iterable[Any], usual: int) -> list[Any]:
    """Return the cases of a test: the first ones in every lane, the others in the complete one."""
    return [
        case if rank < usual else pytest.param(case, marks=pytest.mark.slow)
        for rank, case in enumerate(cases)
    ]


def is_left_out(path: Path, config: pytest.Config) -> bool:
    """Tell whether a lane has no test of a file: it is not read, nor what it imports.

    A third of the fast lane's files are so, with Dask, a browser's driver or spreadsheets behind.
    """
    expression = config.getoption("markexpr")
    if path.suffix != ".py" or not re.fullmatch(r"not \w+( and not \w+)*", expression):
        return False
    marks = _OF_THE_FILE.search(path.read_text("utf-8"))
    left_out = re.findall(r"not (\w+)", expression)
    return bool(marks and set(left_out) & set(re.findall(r"mark\.(\w+)", marks[0])))
