"""On random damage, SQL lists exactly as many rows as Great Expectations counts, rule by rule."""

import random
from collections import Counter

import duckdb
import pytest
from sql.controles.degats import damage

from perequation.controles import load_regles
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


def test_random_damage_reached_the_rules(atteintes: Counter[str]) -> None:
    """Agreement on rules that nothing broke would prove nothing."""
    jamais = {regle.regle for regle in load_regles()} - set(atteintes) - HORS_D_ATTEINTE
    assert not jamais, (
        f"no random damage breaks them: add a value that does to degats.py ({jamais})"
    )
