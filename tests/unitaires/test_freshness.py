"""What was made from the same things, and is as it was left, is not made again; anything else is."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from perequation.socle import freshness
from perequation.socle.dossier import Dossier, open_dossier
from perequation.socle.ressources import PACKAGE, ressource

pytestmark = pytest.mark.entier

SESSION = """
[session]
annee = 2023
titre = "t"
academie_pilote = "TOULOUSE"
specialites = ["CCST"]

[donnees]
candidats = ["donnees/c*.csv"]
notes = ["donnees/n*.csv"]
sessions_precedentes = ["../avant"]
"""


@pytest.fixture
def dossier(tmp_path: Path) -> Dossier:
    racine = tmp_path / "session"
    (racine / "donnees").mkdir(parents=True)
    (racine / "session.toml").write_text(SESSION, encoding="utf-8")
    (racine / "donnees" / "c.csv").write_text("a", encoding="utf-8")
    made = open_dossier(racine)
    for path in (made.entrepot, made.exports / "t.parquet", made.rejets / "rejet.csv"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"resultat")
    made.rapports.mkdir()
    (made.rapports / "index.html").write_bytes(b"page")
    return made


def _write(name: str, text: str = "autre") -> Callable[[Path], None]:
    def change(racine: Path) -> None:
        path = racine / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    return change


@pytest.mark.parametrize(
    "change",
    [
        _write("donnees/c.csv"),
        _write("donnees/N_de_plus.CSV"),
        _write("session.toml", SESSION + "\n"),
        _write("reglements/CCST.toml"),
        _write("profils/base.toml"),
        _write("carnets/60_x.ipynb"),
        _write("gabarits/style.css"),
        _write("../avant/sortie/perequation.duckdb"),
        lambda racine: (racine / "donnees" / "c.csv").unlink(),
        lambda racine: (racine / "donnees" / "c.csv").rename(racine / "donnees" / "cc.csv"),
    ],
)
def test_whatever_is_read_changes_the_fingerprint(
    dossier: Dossier, change: Callable[[Path], object]
) -> None:
    before = freshness.session_fingerprint(dossier)
    change(dossier.racine)
    assert freshness.session_fingerprint(open_dossier(dossier.racine)) != before


def test_what_is_produced_or_merely_copied_does_not(dossier: Dossier, tmp_path: Path) -> None:
    before = freshness.session_fingerprint(dossier)
    _write("sortie/rapports/index.html")(dossier.racine)
    _write(".~lock.c.csv#")(dossier.racine)
    os.utime(dossier.racine / "donnees" / "c.csv", (1, 1))
    assert freshness.session_fingerprint(dossier) == before
    moved = dossier.racine.rename(tmp_path / "ailleurs")
    assert freshness.session_fingerprint(open_dossier(moved)) == before


def test_another_version_of_what_computes_changes_the_fingerprint(
    dossier: Dossier, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = freshness.session_fingerprint(dossier)
    freshness.computing_fingerprint.cache_clear()
    monkeypatch.setattr(freshness, "library_versions", lambda: {"numpy": "0"})
    assert freshness.session_fingerprint(dossier) != before
    freshness.computing_fingerprint.cache_clear()


def test_an_installed_package_has_the_fingerprint_of_its_checkout(tmp_path: Path) -> None:
    """Else an archive made here would be said made by other code there."""
    installed = tmp_path / "perequation"
    shutil.copytree(PACKAGE, installed, ignore=shutil.ignore_patterns("__pycache__"))
    folders = ("sql", "notebooks", "expectations", "gabarits")
    for name in folders:
        shutil.copytree(ressource(name), installed / "_ressources" / name, dirs_exist_ok=True)
    asked = f"from perequation.socle import freshness as f; print(f.code_fingerprint(*{folders}))"

    def ask() -> str:
        run = subprocess.run(
            [sys.executable, "-c", asked],
            env=os.environ | {"PYTHONPATH": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"},
            cwd=tmp_path,
            check=True,
            capture_output=True,
            text=True,
        )
        return run.stdout.strip()

    assert ask() == freshness.code_fingerprint(*folders)
    (installed / "_ressources" / "gabarits" / "page" / "page.css").write_text("", "utf-8")
    assert ask() != freshness.code_fingerprint(*folders)


def test_a_part_is_current_only_as_it_was_left(dossier: Dossier) -> None:
    assert not freshness.is_current(dossier, "resultats", "f")  # nothing was ever kept
    freshness.keep(dossier, "resultats", "f")
    freshness.keep(dossier, "rapports", "g")
    assert freshness.is_current(dossier, "resultats", "f")
    assert not freshness.is_current(dossier, "resultats", "autre")
    (dossier.rapports / "index.html").write_bytes(b"page changee")
    assert freshness.is_current(dossier, "resultats", "f")
    assert not freshness.is_current(dossier, "rapports", "g")
    (dossier.rejets / "rejet.csv").unlink()
    assert not freshness.is_current(dossier, "resultats", "f")


def test_an_import_that_was_not_published_is_gone_through_again(dossier: Dossier) -> None:
    freshness.keep(dossier, "resultats", "f")
    dossier.construction.write_bytes(b"")
    assert not freshness.is_current(dossier, "resultats", "f")


def test_a_record_that_cannot_be_read_is_none(dossier: Dossier) -> None:
    freshness.keep(dossier, "resultats", "f")
    (dossier.sortie / ".a-jour.json").write_text("{", encoding="utf-8")
    assert not freshness.is_current(dossier, "resultats", "f")
