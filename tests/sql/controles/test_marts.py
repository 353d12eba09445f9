"""The two marts of the quality report: against the circular, and what is missing from whom."""

from collections.abc import Callable
from typing import Any

import duckdb
import pytest
from sql.controles.session_saine import CFA, LYCEE

from perequation.socle.couches import build_relations, upstream_of

Reconcile = Callable[[str, str, int], tuple[Any, ...]]
RAPPROCHEMENT = "marts.rapprochement_effectif"


@pytest.fixture
def attendre(con: duckdb.DuckDBPyConnection) -> Reconcile:
    """Replace what the circular announces, and give the reconciliation of one line."""
    con.execute("delete from reference.effectif_attendu")

    def reconcile(maille: str, code: str, inscrits: int) -> tuple[Any, ...]:
        ligne = [maille, code, inscrits]
        con.execute("insert into reference.effectif_attendu values (?, ?, ?)", ligne)
        build_relations(con, [RAPPROCHEMENT])
        rows = con.execute(
            f"select attendus, constates, ecart, message from {RAPPROCHEMENT} "
            "where maille = ? and attendus is not null",
            [maille],
        ).fetchall()
        assert len(rows) == 1
        return rows[0]

    return reconcile


@pytest.mark.parametrize(
    ("maille", "code", "inscrits"),
    [
        ("total", "", 15),
        ("academie", "Utopie", 15),
        ("etablissement", LYCEE, 6),
        ("etablissement", "CFA DES SONGES", 4),
        ("centre_ecrit", "LYCEE IMAGINAIRE", 15),
    ],
)
def test_counts_that_agree(attendre: Reconcile, maille: str, code: str, inscrits: int) -> None:
    assert attendre(maille, code, inscrits) == (inscrits, inscrits, 0, "Conforme à la circulaire")


def test_candidate_taken_out_is_missed(con: duckdb.DuckDBPyConnection, attendre: Reconcile) -> None:
    con.execute("delete from staging.candidat where numero_candidat = '01230000002'")
    assert attendre("etablissement", LYCEE, 6) == (6, 5, -1, "Il manque 1 sur 6 attendus")


def test_candidate_too_many(attendre: Reconcile) -> None:
    assert attendre("etablissement", CFA, 3) == (3, 4, 1, "1 de plus que les 3 attendus")


def test_alias_finds_the_establishment_and_says_how_it_is_written(
    con: duckdb.DuckDBPyConnection, attendre: Reconcile
) -> None:
    """The circular's EAD of one table are its individuels of another."""
    con.execute(
        "insert into staging.etablissement by name select '0990009X' as uai, "
        "'ENSEIGN.DISTANCE DEPT 32' as nom, ['Individuels 32'] as alias"
    )
    con.execute("update staging.candidat set etablissement = 'Individuels 32' where uai is null")
    assert attendre("etablissement", "Enseign.distance dept 32", 2) == (
        2,
        2,
        0,
        "Conforme à la circulaire ; écrit « Individuels 32 » dans la liste",
    )


def test_uai_wins_over_a_shared_name(con: duckdb.DuckDBPyConnection, attendre: Reconcile) -> None:
    con.execute("update staging.candidat set etablissement = 'LGT HESSEL' where uai is not null")
    con.execute("update staging.etablissement set nom = 'LGT HESSEL', alias = null")
    assert attendre("etablissement", LYCEE, 6)[:3] == (6, 6, 0)


def test_name_that_nobody_has(attendre: Reconcile) -> None:
    assert attendre("etablissement", "Lycée Ailleurs", 4)[:3] == (4, 0, -4)


def test_other_name_of_the_same_place_is_hinted_at(
    con: duckdb.DuckDBPyConnection, attendre: Reconcile
) -> None:
    con.execute("update staging.candidat set etablissement = 'Individuels 32' where uai is null")
    message = "Il manque 2 sur 2 attendus ; la liste a ce nombre sous « Individuels 32 »"
    assert attendre("etablissement", "Enseign.distance dept 32", 2) == (2, 0, -2, message)


def test_groups_the_circular_does_not_have(
    con: duckdb.DuckDBPyConnection, attendre: Reconcile
) -> None:
    attendre("etablissement", LYCEE, 6)
    rows = con.execute(
        f"select libelle, constates, ecart from {RAPPROCHEMENT} where attendus is null order by 1"
    ).fetchall()
    assert rows == [
        ("CFA des Songes", 4, None),
        ("EAD 99", 2, None),
        ("Greta du Lointain", 3, None),
    ]


def test_completeness_counts_what_is_due_and_what_came(con: duckdb.DuckDBPyConnection) -> None:
    con.execute(
        "delete from staging.note where epreuve = 'E1' and etape = 'definitive' "
        "and numero_candidat in ('01230000002', '01230000010')"
    )
    build_relations(
        con, (n for n in upstream_of(["marts.completude"]) if not n.startswith("staging."))
    )
    rows = con.execute(
        "select etablissement, attendues, recues, manquantes from marts.completude "
        "where epreuve = 'E1' order by 1"
    ).fetchall()
    assert rows == [
        ("CFA des Songes", 4, 4, 0),
        ("EAD 99", 2, 2, 0),
        # forme progressive: only what is sat this year is due
        ("Greta du Lointain", 2, 2, 0),
        ("Lycée Imaginaire", 6, 5, 1),
    ]
