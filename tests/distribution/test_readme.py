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


def session_of(texte: str, name: str) -> str:
    """Return, of the output of `make demo`, what is said of one session, head and tail included."""
    head, *sessions = texte.split("\n── ")
    tail = texte[texte.index("Ouvrez les rapports") :]
    (own,) = [part for part in sessions if part.startswith(name)]
    return "\n".join([head, f"── {own}", *([] if tail in own else [tail])])


def check_commands(
    commands: dict[str, str], capsys: pytest.CaptureFixture[str], folder: Path
) -> None:
    """Run commands in a folder: each prints what is expected, and no page shows a missing value."""
    for command, expected in commands.items():
        words = shlex.split(command)
        assert words[0] == "perequation", command
        cli.main(words[1:])
        printed = capsys.readouterr().out.replace(f"{folder.resolve()}/", "")
        assert lines(printed) == lines(expected), command
    for page in folder.glob("reports/demo/*/sortie/rapports/*.html"):
        shown = re.sub(r"<(script|style).*?</\1>", "", page.read_text("utf-8"), flags=re.DOTALL)
        assert not re.search(r"\b(None|nan|NaN|null)\b", shown), page.name


def test_the_readme_s_commands_print_what_it_says_of_the_smallest_session(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (demo, expected), *others = blocks()
    assert demo == "make demo"
    assert len(others) >= 2
    small = "perequation demo reports/demo --session ccst-2023-toulouse"
    check_commands({small: session_of(expected, "BTS CCST"), **dict(others)}, capsys, tmp_path)
    assert len([*tmp_path.glob("reports/demo/*/sortie/rapports/*.html")]) == 6


@pytest.mark.slow
def test_the_readme_s_demonstration_prints_what_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    # `make demo` is the command below after the set-up, which the test's own run stands for.
    demo = {"perequation demo reports/demo": dict(blocks())["make demo"]}
    check_commands(demo, capsys, tmp_path)
    assert len([*tmp_path.glob("reports/demo/*/sortie/rapports/*.html")]) == 3 * 6


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
