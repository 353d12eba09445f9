"""Correlations, reliability and absences, beside numpy and hand counts."""

from collections.abc import Iterator
from decimal import Decimal

import duckdb
import numpy as np
import pytest
from scenarios import montage
from scenarios.modele import Candidat, Note, reglement_de

REGLEMENT = reglement_de("MCO", 2022)
CODES = [e.code for e in REGLEMENT.obligatoires]
GENERATOR = np.random.default_rng(16)
# Half points, an aptitude per candidate behind all of them.
MARKS = np.clip(
    np.round(
        2 * (11 + 2 * GENERATOR.normal(size=(40, 1)) + GENERATOR.normal(size=(40, len(CODES))))
    )
    / 2,
    0,
    20,
)


def candidates() -> list[Candidat]:
    """Forty with every mark; one absent twice, one not valid, one who kept a mark."""
    whole = [
        Candidat(
            numero=str(i),
            notes=tuple(Note(c, Decimal(str(m))) for c, m in zip(CODES, row, strict=True)),
        )
        for i, row in enumerate(MARKS.tolist())
    ]
    others: dict[str, Decimal | str] = {"E1": "AB", "E3": "AJ", "E41": "NV"}
    partly = Candidat(numero="100", notes=tuple(Note(c, others.get(c, Decimal(10))) for c in CODES))
    kept = Candidat(
        numero="101",
        notes=tuple(
            Note(c, Decimal(15), mode="BENEFICE" if c == "E1" else "PONCTUEL") for c in CODES
        ),
    )
    return [*whole, partly, kept]


@pytest.fixture(scope="module")
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    marts = ("resultat_candidat", "correlation_epreuve", "fidelite", "absence")
    with montage.decide_session(REGLEMENT, 2022, candidates(), marts=marts) as opened:
        yield opened


def test_correlations_are_those_of_the_candidates_with_both(con: duckdb.DuckDBPyConnection) -> None:
    rows = con.execute(
        "select epreuve, autre_epreuve, n, correlation from marts.correlation_epreuve"
    ).fetchall()
    assert len(rows) == len(CODES) * (len(CODES) - 1) // 2
    both = {(a, b): (n, r) for a, b, n, r in rows}
    # Neither the absent one nor the kept mark are in E1.
    n, correlation = both["E1", "E21"]
    assert n == 40
    assert correlation == pytest.approx(np.corrcoef(MARKS[:, 0], MARKS[:, 1])[0, 1])


def test_alpha_is_that_of_the_weighted_sum(con: duckdb.DuckDBPyConnection) -> None:
    ((n, k, alpha, error),) = con.execute(
        "select n, nb_epreuves, alpha, erreur_mesure from marts.fidelite"
    ).fetchall()
    weights = np.array([float(e.coefficient) for e in REGLEMENT.obligatoires])
    weighted = MARKS * weights
    totals = weighted.sum(axis=1)
    expected = k / (k - 1) * (1 - weighted.var(axis=0, ddof=1).sum() / totals.var(ddof=1))
    assert (n, k) == (40, len(CODES))
    assert alpha == pytest.approx(expected)
    spread = (totals / weights.sum()).std(ddof=1)
    assert error == pytest.approx(spread * np.sqrt(1 - expected))


def test_absences_are_counted_among_those_expected(con: duckdb.DuckDBPyConnection) -> None:
    rows = con.execute(
        "select epreuve, attendus, n, absents_non_justifies, absents_justifies, absents "
        "from marts.absence"
    ).fetchall()
    counts = {code: tuple(figures) for code, *figures in rows}
    assert counts["E1"] == (41, 40, 1, 0, 1)  # the kept mark is of another session
    assert counts["E3"] == (42, 41, 0, 1, 1)
    assert counts["E41"] == (42, 41, 0, 0, 0)  # not valid is not absent
    assert counts["E6"] == (42, 42, 0, 0, 0)
