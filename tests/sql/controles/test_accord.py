"""On random damage, SQL lists exactly as many rows as Great Expectations counts, rule by rule."""

import json
import random
import re
from collections import Counter
from contextlib import nullcontext
from importlib import import_module
from typing import Any

import duckdb
import pytest
from sql.controles.degats import damage

from perequation.controles import dialecte, load_regles, validation
from perequation.controles.suites import REQUETE
from perequation.controles.validation import count_anomalies

pytestmark = pytest.mark.lourd

# Draws that between them reach every rule; each value of the damage has its own.
GRAINES = (0, 2, 8, 10)
# Rules that random damage of single cells can't reach: they need the table itself to be empty.
HORS_D_ATTEINTE = {"candidats_presents"}


@pytest.mark.parametrize("graine", GRAINES)
def test_counts_agree_on_random_damage(
    con: duckdb.DuckDBPyConnection, graine: int, atteintes: Counter[str]
) -> None:
    damage(con, random.Random(graine))
    regles = load_regles()
    en_sql = {regle.regle: len(con.execute(regle.sql).fetchall()) for regle in regles}
    assert count_anomalies(con, regles) == en_sql
    atteintes.update(nom for nom, nombre in en_sql.items() if nombre)


@pytest.mark.slow
def test_expectations_configured_once_report_the_same(
    con: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    damage(con, random.Random(GRAINES[0]))
    reports: tuple[dict[str, dict[str, Any]], ...] = ({}, {})
    count_anomalies(con, load_regles(), reports=reports[0])
    monkeypatch.setattr(validation, "_configured_once", nullcontext)
    count_anomalies(con, load_regles(), reports=reports[1])
    assert _without_identifiers(reports[0]) == _without_identifiers(reports[1])


def _without_identifiers(report: dict[str, dict[str, Any]]) -> str:
    return re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "", json.dumps(report))


@pytest.mark.slow
@pytest.mark.parametrize("result_format", ["SUMMARY", "COMPLETE"])
def test_rows_asked_for_only_where_shown_report_the_same(
    con: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch, result_format: str
) -> None:
    damage(con, random.Random(GRAINES[0]))
    con.execute("set threads = 1")  # rows come in the same order each time
    monkeypatch.setitem(validation._COUNTS, "result_format", result_format)
    asked: list[str] = []
    execute = dialecte._Cursor.execute

    def noted(self: Any, query: str, *parameters: Any) -> None:
        asked.append(query)
        execute(self, query, *parameters)

    monkeypatch.setattr(dialecte._Cursor, "execute", noted)
    ours: dict[str, dict[str, Any]] = {}
    theirs: dict[str, dict[str, Any]] = {}
    count_anomalies(con, load_regles(), reports=ours)
    nombre = len(asked)
    registry = import_module("great_expectations.expectations.registry")
    rows = import_module("perequation.controles.rows")
    registry.register_expectation(rows.EveryRow)
    try:
        count_anomalies(con, load_regles(), reports=theirs)
    finally:
        registry.register_expectation(rows.UnexpectedRowsExpectation)
    assert _without_identifiers(ours) == _without_identifiers(theirs)
    rules = sum(regle.type == REQUETE for regle in load_regles())
    spared = rules if result_format == "SUMMARY" else 0
    assert len(asked) - nombre == nombre + spared


def test_random_damage_reached_the_rules(atteintes: Counter[str]) -> None:
    """Agreement on rules that nothing broke would prove nothing."""
    jamais = {regle.regle for regle in load_regles()} - set(atteintes) - HORS_D_ATTEINTE
    assert not jamais, (
        f"no random damage breaks them: add a value that does to degats.py ({jamais})"
    )
