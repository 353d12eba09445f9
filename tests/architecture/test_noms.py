"""One name, one class; a module short enough to be read; technical names in English."""

import ast
from collections import defaultdict
from collections.abc import Iterator

import pytest

from perequation.socle.ressources import PACKAGE

pytestmark = pytest.mark.entier

# Words of programming that no office uses of its own subjects, and how many names still hold one:
# a ceiling to lower as modules are gone through, never to raise.
FRENCH = frozenset(
    """
    chemin chemins texte textes nombre nombres contenu mot mots taille largeur longueur
    octets debut fin racine tampon liste listes enfant verrou pied tete cle cles vide
    vides reste trouve trouves trouvee trouvees voulu voulus voulue voulues connu connus
    connue connues autres
    """.split()  # noqa: SIM905
)
CEILING = 190


def test_no_two_classes_share_a_name() -> None:
    places: dict[str, list[str]] = defaultdict(list)
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                places[node.name].append(str(path.relative_to(PACKAGE)))
    shared = {name: files for name, files in places.items() if len(files) > 1}
    assert not shared


def test_rows_that_tie_keep_one_order() -> None:
    """Polars leaves ties to its threads: a page would change from one run to the next."""
    found = [
        f"{path.relative_to(PACKAGE)}:{node.lineno}"
        for path in sorted(PACKAGE.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "sort"
        and len(node.args) == 1
        and not isinstance(node.args[0], ast.Starred | ast.List)
        and "maintain_order" not in (given := {k.arg for k in node.keywords})
        and "descending" in given
    ]
    assert not found, "one key, and ties: name a second one, or maintain_order=True"


def test_no_module_is_over_four_hundred_lines() -> None:
    sizes = {
        str(path.relative_to(PACKAGE)): len(path.read_text(encoding="utf-8").splitlines())
        for path in PACKAGE.rglob("*.py")
    }
    assert not {name: size for name, size in sizes.items() if size > 400}


def technical_names(tree: ast.AST) -> Iterator[str]:
    """Yield each argument of a function and each name it assigns, once a function."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            arguments = (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)
            stored = {
                name.id
                for name in ast.walk(node)
                if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store)
            }
            yield from {argument.arg for argument in arguments} | stored


def test_no_more_technical_names_are_french() -> None:
    french = [
        name
        for path in PACKAGE.rglob("*.py")
        for name in technical_names(ast.parse(path.read_text(encoding="utf-8")))
        if FRENCH & set(name.split("_"))
    ]
    assert len(french) <= CEILING
