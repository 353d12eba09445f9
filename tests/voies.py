"""Which lane runs: the usual one shows each behaviour, the complete one tries it many times."""

import os
from collections.abc import Iterable
from typing import Any

import pytest

_USUAL = "PEREQUATION_VOIE_COURANTE"


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
