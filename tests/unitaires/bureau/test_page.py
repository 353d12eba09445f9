"""What the page is made of, how it says things, what it launches."""

import hashlib
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from perequation.bureau import words
from perequation.bureau.desk import static_folder
from perequation.bureau.launcher import write_launcher
from perequation.socle.ressources import PACKAGE, ressource

pytestmark = pytest.mark.entier

HTMX = "71ea67185bfa8c98c39d31717c6fce5d852370fcdfd129db4543774d3145c0de"


def test_htmx_is_as_published_and_its_licence_goes_with_it() -> None:
    content = (static_folder() / "htmx.min.js").read_bytes()
    assert hashlib.sha256(content).hexdigest() == HTMX
    assert "Zero-Clause BSD" in (static_folder() / "htmx.LICENSE.txt").read_text("utf-8")


def test_no_page_asks_for_anything_outside() -> None:
    folder = PACKAGE / "bureau"
    ours = [*(folder / "gabarits").glob("*"), folder / "statique" / "bureau.css"]
    assert len(ours) > 12
    for path in ours:
        text = path.read_text("utf-8")
        assert not re.search(r"(https?:)?//\w", text), path
        assert "| safe" not in text.replace("'</fieldset>' | safe", "").replace(
            "'</div>' | safe", ""
        ), path
        assert not re.search(r"<[^>]* (on\w+|style)=", text), path


def test_commands_are_said_as_buttons() -> None:
    """Every command that a message of ours names is said otherwise on the page."""
    said: set[str] = set()
    for path in PACKAGE.rglob("*.py"):
        if not {"bureau", "cli", "demo"} & set(path.relative_to(PACKAGE).parts):
            said |= set(
                re.findall(
                    r"perequation (?:decisions |jury )?[a-z-]+ DOSSIER", path.read_text("utf-8")
                )
            )
    assert len(said) > 5
    for command in said - {"perequation labo DOSSIER", "perequation archiver DOSSIER"}:
        told = words.tell_one(f"Lancez d'abord : {command}")
        assert "perequation" not in told, command
        assert "«" in told or "onglet" in told or "liste" in told
    assert list(words.tell(["Classées.", "Ensuite : perequation executer DOSSIER"])) == [
        "Classées."
    ]


def test_what_only_a_command_or_a_rule_is_called_is_not_said() -> None:
    for named in ("les nomme", "le nomme"):
        line = f"Jury ; il manque x (perequation executer DOSSIER --pret jury {named})."
        assert words.tell_one(line) == "Jury ; il manque x."
    assert words.tell_one("E22 : trop grand (règle decalage_invalide)") == "E22 : trop grand"
    sql = ressource("sql", "jury", "constat.sql").read_text("utf-8")
    fault = "livret_examine = O (ou AUCUN, pas de livret fourni)"
    assert fault in sql
    assert "livret_examine" not in words.tell_one(f"refusé sans {fault} : pas de refus")
    for option in ("(--type)", "jury verifier --corriger", "decisions verifier --corriger"):
        assert "--" not in words.tell_one(f"Dites-le {option}")


@pytest.mark.parametrize("system", ["linux", "darwin", "win32"])
def test_a_launcher_names_this_python_and_this_root(tmp_path: Path, system: str) -> None:
    racine = tmp_path / "mes sessions à 100% $HOME `x`"
    racine.mkdir()
    path = write_launcher(racine, tmp_path, system)
    text = path.read_text("utf-8")
    assert path.suffix == {"linux": ".desktop", "darwin": ".command", "win32": ".bat"}[system]
    assert path.stat().st_mode & 0o700 == 0o700
    if system == "darwin":
        command = shlex.split(text.splitlines()[1])
        assert command[1:] == [sys.executable, "-m", "perequation", "bureau", str(racine)]
    elif system == "win32":
        assert str(racine).replace("%", "%%") in text
        assert "\r\n" in path.read_bytes().decode()
    else:
        assert "Type=Application" in text
        assert "100%%" in text
        assert "\\\\$HOME" in text


def test_the_first_page_needs_no_heavy_library() -> None:
    """Start to page in two seconds: what reads tables is loaded once it is asked for."""
    code = (
        "import sys, perequation.bureau.command, perequation.bureau.views.sessions;"
        "print([m for m in ('polars','duckdb','numpy','altair','nbformat') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
