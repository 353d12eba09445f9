"""The wheel, built once."""

import subprocess
import sys
from pathlib import Path

import pytest

RACINE = Path(__file__).resolve().parents[2]
UV = Path(sys.executable).with_name("uv")


@pytest.fixture(scope="session")
def roue(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel, with a file of data left in the checkout that must not be in it."""
    folder = tmp_path_factory.mktemp("roue")
    leurre = RACINE / "sql" / "oubli.csv"
    leurre.write_text("une;donnee;oubliee\n", encoding="utf-8")
    try:
        subprocess.run([UV, "build", "--quiet", "--wheel", "--out-dir", folder, RACINE], check=True)
    finally:
        leurre.unlink()
    (wheel,) = folder.glob("*.whl")
    return wheel
