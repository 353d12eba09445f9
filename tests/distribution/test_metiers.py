"""The pages by trade: their commands, run as written on a demonstration session, all end well."""

import re
import shlex
import shutil
from pathlib import Path

import pytest
from carnets.atelier import publie as publie  # noqa: PLC0414 (a fixture, used by its name)

from perequation import cli
from perequation.socle.dossier import Dossier

pytestmark = pytest.mark.slow

PAGES = sorted((Path(__file__).resolve().parents[2] / "docs" / "metiers").glob("*.md"))


def commands(page: Path) -> list[list[str]]:
    """Return the commands of a page's console blocks, in words."""
    blocks = re.findall(r"```console\n(.*?)```", page.read_text("utf-8"), flags=re.DOTALL)
    return [shlex.split(line[2:]) for block in blocks for line in block.strip().splitlines()]


@pytest.mark.parametrize("page", [p for p in PAGES if commands(p)], ids=lambda p: p.stem)
def test_the_commands_of_a_page_end_well(
    page: Path,
    publie: Dossier,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    shutil.copytree(publie.racine, tmp_path / "session")
    monkeypatch.chdir(tmp_path)
    for program, *words in commands(page):
        assert program == "perequation"
        assert not cli.main(words), words
        printed = capsys.readouterr()
        assert printed.out.strip(), words
        assert "Aucune ligne." not in printed.out, words
