"""One clean session, made once, copied for each test that damages it."""

import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from sql.controles.session_saine import create_session


@pytest.fixture(scope="session")
def modele(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("controles") / "saine.duckdb"
    with duckdb.connect(str(path)) as con:
        create_session(con)
    return path


@pytest.fixture
def con(modele: Path, tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    copie = tmp_path / "session.duckdb"
    shutil.copy(modele, copie)
    with duckdb.connect(str(copie)) as connexion:
        yield connexion


@pytest.fixture(scope="module")
def atteintes() -> Counter[str]:
    """Rules broken so far by random damage."""
    return Counter()
