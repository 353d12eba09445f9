"""A published demonstration session, made once, copied by each test that damages it."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from partage import CCST, published, steps_at_a_lower_cost

from perequation import cli

__all__ = ["CCST", "steps_at_a_lower_cost"]


def run(*arguments: str) -> int:
    """Run the command and return its exit code."""
    try:
        cli.main(list(arguments))
    except SystemExit as fin:
        return int(fin.code or 0)
    return 0


@pytest.fixture(scope="session")
def publie(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return published(tmp_path_factory)


@pytest.fixture
def session(publie: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(publie, tmp_path / "session"))


@pytest.fixture
def relancer(session: Path) -> Callable[[], int]:
    """Run the three steps up to publication, stop at the first that fails."""

    def relance() -> int:
        for etape in ("importer", "controler", "calculer"):
            code = run(etape, str(session))
            if code:
                return code
        return 0

    return relance
