"""A published demonstration session, made once, copied by each test that damages it."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from perequation import cli
from perequation.demo import make_session

CCST = "ccst-2023-toulouse"


def run(*arguments: str) -> int:
    """Run the command and return its exit code."""
    try:
        cli.main(list(arguments))
    except SystemExit as fin:
        return int(fin.code or 0)
    return 0


@pytest.fixture(scope="session")
def publie(tmp_path_factory: pytest.TempPathFactory) -> Path:
    racine = make_session(CCST, tmp_path_factory.mktemp("chaine") / CCST)
    for etape in ("importer", "controler", "calculer"):
        assert run(etape, str(racine)) == 0
    return racine


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
