"""Every command that the product tells its users to run exists, with its options."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from perequation import cli

PACKAGE = Path(cli.__file__).parents[1]
# « perequation jury verifier DOSSIER FICHIER » : lower-case words are commands, --words options.
COMMAND = re.compile(
    r"(?<![\w/.'\[])perequation((?: (?:[a-z][a-z-]+|--[a-z-]+|[A-Z«{…][^ ,;.»]*))+)"
)


def said() -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield where, and the words of each command named in a text of the product."""
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.JoinedStr):
                parts = [v.value if isinstance(v, ast.Constant) else "X" for v in node.values]
                text = "".join(str(part) for part in parts)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                text = node.value
            else:
                continue
            for found in COMMAND.finditer(" ".join(text.split())):
                yield path.name, tuple(found[1].split())


def resolve(words: tuple[str, ...]) -> tuple[click.Command, list[str]]:
    """Return the command that words begin with, and the words left."""
    command: click.Command = cli.cli
    left = list(words)
    while isinstance(command, click.Group) and left and left[0] in command.commands:
        command = command.commands[left.pop(0)]
    return command, left


SAID = sorted({(place, words) for place, words in said() if words[0] in cli.cli.commands})


def test_commands_are_told() -> None:
    assert len(SAID) > 20


@pytest.mark.parametrize(("place", "words"), SAID)
def test_a_command_told_exists_with_its_options(place: str, words: tuple[str, ...]) -> None:
    command, left = resolve(words)
    assert not isinstance(command, click.Group) or not left or left[0].startswith("--"), place
    known = {name for parameter in command.params for name in parameter.opts}
    assert {word for word in left if word.startswith("--")} <= known | {"--help"}, place


def test_no_text_names_a_command_that_does_not_exist() -> None:
    # A sentence may go on in lower case after the name of the product.
    verbs = {"a", "à", "est", "dans", "sur", "pour", "import"}
    unknown = {(place, words) for place, words in said() if words[0] not in cli.cli.commands}
    assert {(p, w) for p, w in unknown if w[0][0].islower() and w[0] not in verbs} == set()
