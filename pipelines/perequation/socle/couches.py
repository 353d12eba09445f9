"""The SQL layers, built in the order they read each other.

Each file of `sql/<couche>/` is one SELECT that becomes the table `<couche>.<fichier>`. Its text tells
which relations it reads, so no order is written down anywhere.
"""

import json
import re
from collections.abc import Iterable
from functools import cache
from graphlib import CycleError, TopologicalSorter
from typing import Any

import duckdb

from perequation.socle.entrepot import (
    COUCHES,
    SCHEMAS,
    give_back_memory,
    list_every_table,
    transaction,
)
from perequation.socle.erreurs import PerequationError
from perequation.socle.ressources import ressource

# What names no relation in a SELECT, and what does.
_ASIDE = re.compile(r"'(?:[^']|'')*'|--[^\n]*|/\*.*?\*/", re.DOTALL)
_RELATION = re.compile(rf"\b(?:{'|'.join(SCHEMAS)})\.[a-z_]\w*")


def build_layer(con: duckdb.DuckDBPyConnection, *couches: str) -> None:
    """Build what is missing of one or more layers, each relation after what it reads."""
    build_missing(con, (name for name in sql_files() if name.split(".")[0] in couches))


def build_missing(con: duckdb.DuckDBPyConnection, relations: Iterable[str]) -> None:
    """Build, of the named relations and all they read, those a construction doesn't have yet.

    A construction starts empty at each import, so that a relation that is there is up to date.
    """
    present = {f"{couche}.{nom}" for couche, nom in list_every_table(con) if couche in COUCHES}
    build_relations(con, upstream_of(relations) - present)
    give_back_memory(con)


def build_relations(con: duckdb.DuckDBPyConnection, relations: Iterable[str]) -> None:
    """Build the named relations (`schema.table`) in the order they read each other.

    What they read beyond the named ones must be there already.
    """
    wanted = set(relations)
    with transaction(con):
        for relation in (name for name in build_order() if name in wanted):
            con.execute(f"create or replace table {relation} as {sql_files()[relation]}").fetchall()


def drop_relations(con: duckdb.DuckDBPyConnection, relations: Iterable[str]) -> None:
    """Remove relations that nothing to come reads."""
    for relation in relations:
        con.execute(f"drop table if exists {relation}")


def upstream_of(relations: Iterable[str]) -> set[str]:
    """Return the named relations and, among those made by SQL, all that they read, and so on."""
    files, graph = sql_files(), _graph()
    found: set[str] = set()
    waiting = [name for name in relations if name in files]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend(graph[name])
    return found


@cache
def sql_files() -> dict[str, str]:
    """Return the SELECT of every relation, by `schema.table`."""
    return {
        f"{couche}.{path.stem}": path.read_text(encoding="utf-8")
        for couche in COUCHES
        for path in sorted(ressource("sql", couche).glob("*.sql"))
    }


@cache
def build_order() -> tuple[str, ...]:
    """Return every relation, each after those it reads.

    Raises
    ------
    PerequationError
        A file can't be parsed, or two relations read each other.
    """
    try:
        return tuple(TopologicalSorter(_graph()).static_order())
    except CycleError as error:
        raise PerequationError(f"Des relations SQL se lisent en rond : {error.args[1]}.") from error


@cache
def _graph() -> dict[str, list[str]]:
    """Return, for every relation made by SQL, those it reads that are made by SQL too."""
    files = sql_files()
    return {name: sorted(relations_named(sql) & set(files)) for name, sql in files.items()}


def relations_named(sql: str) -> set[str]:
    """Return the schema-qualified relations a SELECT of ours reads, as our files are written.

    A hundredth of what DuckDB's parser costs (`relations_read`), whose answer it is: a test has them
    agree on every file.
    """
    return set(_RELATION.findall(_ASIDE.sub(" ", sql)))


def relations_read(con: duckdb.DuckDBPyConnection, sql: str) -> set[str]:
    """Return the schema-qualified relations any SELECT reads, as DuckDB parses it."""
    found: set[str] = set()

    def note(node: dict[str, Any]) -> dict[str, Any]:
        if node.get("type") == "BASE_TABLE" and node["schema_name"]:
            found.add(f"{node['schema_name']}.{node['table_name']}")
        return node

    row = con.execute("select json_serialize_sql(?)", [sql]).fetchone()
    tree: dict[str, Any] = json.loads(row[0], object_hook=note) if row else {"error": True}
    if tree["error"]:
        raise PerequationError(f"SQL illisible : {tree.get('error_message')}\n{sql[:200]}")
    return found
