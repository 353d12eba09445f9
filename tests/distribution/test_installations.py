"""The wheel on every Python at hand, with the oldest versions declared and the newest: same tables."""

import json
import os
import subprocess
from functools import cache
from pathlib import Path

import polars as pl
import polars.selectors as cs
import pytest
from distribution.conftest import UV
from polars.testing import assert_frame_equal

from perequation import cli
from perequation.demo import make_session

CCST = "ccst-2023-toulouse"
pytestmark = pytest.mark.slow


@cache
def pythons() -> tuple[str, ...]:
    """Return the interpreters of this machine that the package takes, one a minor version."""
    said = subprocess.run(
        [UV, "python", "list", "--only-installed", "--output-format", "json", ">=3.11"],
        capture_output=True,
        text=True,
        check=False,
    )
    if said.returncode:
        return ("python3",)
    found: dict[tuple[int, int], str] = {}
    for line in json.loads(said.stdout):
        version = line["version_parts"]
        # The first is the interpreter itself, the others lead to it.
        found.setdefault((version["major"], version["minor"]), line["path"])
    return tuple(found[version] for version in sorted(found))


@pytest.fixture(scope="module")
def attendues(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the exports of the small demonstration made here, with the lock's versions."""
    racine = make_session(CCST, tmp_path_factory.mktemp("ici") / CCST)
    for etape in ("importer", "controler", "calculer"):
        cli.main([etape, str(racine)])
    return racine / "sortie" / "exports"


def _rows(path: Path) -> pl.DataFrame:
    return pl.read_parquet(path).sort(~cs.list())


@pytest.mark.parametrize("resolution", ["lowest-direct", "highest"])
@pytest.mark.parametrize("python", pythons())
def test_the_oldest_and_the_newest_versions_give_the_same_tables(
    roue: Path, attendues: Path, tmp_path: Path, python: str, resolution: str
) -> None:
    environment, demo = tmp_path / "env", tmp_path / "demo"
    wheel = f"perequation[rapports] @ {roue.as_uri()}"
    subprocess.run([UV, "venv", "--quiet", environment, "--python", python], check=True)
    subprocess.run(
        [UV, "pip", "install", "--quiet", "--resolution", resolution, wheel],
        env=os.environ | {"VIRTUAL_ENV": str(environment)},
        check=True,
    )
    fini = subprocess.run(
        [environment / "bin" / "perequation", "demo", demo, "--session", CCST],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert fini.returncode == 0, fini.stdout + fini.stderr
    assert "170 inscrits" in fini.stdout
    faites = demo / CCST / "sortie" / "exports"
    tables = sorted(path.name for path in attendues.glob("*.parquet"))
    assert tables == sorted(path.name for path in faites.glob("*.parquet"))
    for table in tables:
        assert_frame_equal(_rows(faites / table), _rows(attendues / table), rel_tol=1e-9)
    assert (demo / CCST / "sortie" / "rapports" / "index.html").is_file()
