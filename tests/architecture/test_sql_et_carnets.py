"""What import-linter can't see: SQL flows one way, notebooks are thin, the command line light."""

import ast
import json
from collections.abc import Iterator
from pathlib import Path

import duckdb

from perequation.controles import load_regles
from perequation.socle.couches import build_order, relations_named, relations_read, sql_files
from perequation.socle.ressources import PACKAGE, ressource

READABLE = {
    "staging": {"raw", "reference", "staging"},
    "intermediate": {"raw", "reference", "staging", "intermediate"},
    "marts": {"raw", "reference", "staging", "intermediate", "marts"},
}
HEAVY = {"great_expectations", "altair", "papermill", "nbconvert", "scipy", "polars", "pandas"}


def imports_of(path: Path, *, top_level_only: bool = False) -> Iterator[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = tree.body if top_level_only else ast.walk(tree)
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_the_command_line_imports_nothing_heavy() -> None:
    for path in sorted((PACKAGE / "cli").rglob("*.py")):
        names = {name.split(".")[0] for name in imports_of(path, top_level_only=True)}
        assert not names & HEAVY, path.name


def test_sql_never_reads_upward() -> None:
    with duckdb.connect() as con:
        for relation, sql in sql_files().items():
            schema = relation.split(".")[0]
            read = {name.split(".")[0] for name in relations_read(con, sql)}
            assert read <= READABLE[schema], f"{relation} reads {read - READABLE[schema]}"


def test_what_a_file_of_ours_names_is_what_the_parser_says_it_reads() -> None:
    ours = sql_files() | {regle.regle: regle.sql for regle in load_regles()}
    with duckdb.connect() as con:
        for name, sql in ours.items():
            assert relations_named(sql) == relations_read(con, sql), name


def test_every_relation_says_its_grain_and_is_ordered_after_what_it_reads() -> None:
    order = list(build_order())
    with duckdb.connect() as con:
        for relation, sql in sql_files().items():
            assert sql.startswith("-- Grain : "), relation
            for read in relations_read(con, sql) & set(order):
                assert order.index(read) < order.index(relation)


def test_notebooks_hold_no_sql_and_no_function() -> None:
    for path in sorted(ressource("notebooks").glob("*.ipynb")):
        cells = json.loads(path.read_text("utf-8"))["cells"]
        for cell in (c for c in cells if c["cell_type"] == "code"):
            source = "".join(cell["source"])
            assert not cell["outputs"], f"{path.name} has outputs"
            tree = ast.parse(source)
            kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
            assert not [n for n in ast.walk(tree) if isinstance(n, kinds)], path.name
            assert "select " not in source.lower(), path.name
            assert len(source.splitlines()) <= 12, f"{path.name} : cellule trop longue"
