"""The README's commands, run as written, print what the README says; so do the guide's tables."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from perequation import cli
from perequation.socle.schema import TABLES

RACINE = Path(__file__).resolve().parents[2]
README = (RACINE / "README.md").read_text(encoding="utf-8")
GUIDE = (RACINE / "docs" / "guide.md").read_text(encoding="utf-8")


def blocks() -> Iterator[tuple[str, str]]:
    """Yield each command of the README that is followed by its output."""
    pattern = r"```console\n\$ ([^\n]+)\n```\n(?:(?!```).)*?<!-- sortie -->\n```text\n(.*?)```"
    yield from re.findall(pattern, README, flags=re.DOTALL)


def lines(texte: str) -> list[str]:
    """Return the lines of an output, without what varies: times, order of parallel reports."""
    stable = re.sub(r"\(\d+,\d s\)", "(… s)", texte)
    stable = re.sub(r"le \d\d/\d\d/\d{4} à \d\d:\d\d", "le …", stable)
    return sorted(line.rstrip() for line in stable.splitlines() if line.strip())


def test_the_readme_s_commands_print_what_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    commands = dict(blocks())
    assert next(iter(commands)) == "make demo"
    assert len(commands) >= 3
    for command, expected in commands.items():
        # `make demo` is the command below after the set-up, which the test's own run stands for.
        words = shlex.split(command.replace("make demo", "perequation demo reports/demo"))
        assert words[0] == "perequation", command
        cli.main(words[1:])
        printed = capsys.readouterr().out.replace(f"{tmp_path.resolve()}/", "")
        assert lines(printed) == lines(expected), command
    pages = sorted(tmp_path.glob("reports/demo/*/sortie/rapports/*.html"))
    assert len(pages) == 3 * 6
    for page in pages:
        shown = re.sub(r"<(script|style).*?</\1>", "", page.read_text("utf-8"), flags=re.DOTALL)
        assert not re.search(r"\b(None|nan|NaN|null)\b", shown), page.name


@pytest.mark.parametrize("commande", sorted(cli.cli.commands))
def test_every_command_is_in_the_readme_and_the_guide(commande: str) -> None:
    assert f"perequation {commande}" in README, f"README : {commande} manque"
    assert f"perequation {commande}" in GUIDE, f"guide : {commande} manque"


def test_no_document_names_a_command_that_does_not_exist() -> None:
    named = set(re.findall(r"`perequation ([a-z-]+)", README + GUIDE))
    assert named <= set(cli.cli.commands)


def columns_in_french() -> str:
    """Write the guide's tables of columns from the schema."""
    parts: list[str] = []
    for nom, table in TABLES.items():
        parts += [f"\n**{nom}** (clé : {', '.join(f'`{c}`' for c in table.cle)})\n"]
        parts += ["| colonne | sens | valeurs | |", "|---|---|---|---|"]
        for c in table.colonnes:
            valeurs = ", ".join(c.codes) if c.codes else c.type
            notes = ["obligatoire"] if c.obligatoire else []
            notes += ["nominative"] if c.nominative else []
            parts.append(f"| `{c.nom}` | {c.sens} | {valeurs} | {', '.join(notes)} |")
    return "\n".join(parts) + "\n"


def test_the_guide_s_tables_of_columns_are_the_schema_s() -> None:
    debut, fin = "<!-- colonnes : début (contrôlé par un test) -->\n", "\n<!-- colonnes : fin -->"
    written = GUIDE.split(debut)[1].split(fin)[0]
    assert written.strip() == columns_in_french().strip()


def test_the_guide_s_summary_leads_to_its_headings() -> None:
    headings = re.findall(r"^## (.+)$", GUIDE, flags=re.MULTILINE)
    anchors = [re.sub(r"[^\w -]", "", h.lower()).replace(" ", "-") for h in headings]
    summary = GUIDE.split("\n## ")[0]
    assert re.findall(r"\(#([^)]+)\)", summary) == anchors
