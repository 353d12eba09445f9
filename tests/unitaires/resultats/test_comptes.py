"""Counts, correlations and slices of the whole session: enough candidates, whoever takes theirs away."""

import polars as pl
import pytest

from perequation.resultats.comptes import decide_counts
from perequation.resultats.familles import SCHEMA

CLE = {"session": 2023, "specialite": "CCST"}
REUSSITE = {
    "maille": "total",
    "inscrits": 40,
    "presents": 40,
    "admis": 30,
    "admis_controle": 10,
    "appeles": 12,
    "controle": 0,
    "refuses": 7,
    "elimines": 3,
    "incomplets": 0,
}


def decide(sizes: list[int], absents: list[int], hidden: str = "") -> pl.DataFrame:
    """Decide about establishments of these sizes, whose first candidates are absent at E1.

    `hidden` is the épreuve whose spread is hidden.
    """
    people = [(f"{u}-{i}", f"U{u}", i < absents[u]) for u, n in enumerate(sizes) for i in range(n)]
    candidats = pl.DataFrame(
        [
            CLE | {"numero_candidat": c, "uai": u, "etablissement": u, "moyenne_generale": 11.0}
            for c, u, _ in people
        ]
    )
    notes = pl.DataFrame(
        [
            CLE
            | {
                "numero_candidat": c,
                "epreuve": epreuve,
                "rang": rang,
                "note": None if absent and rang == 1 else 10.0,
                "code": "AB" if absent and rang == 1 else None,
                "est_facultative": False,
                "est_dispensee": False,
                "est_conservee": False,
            }
            for c, _, absent in people
            for rang, epreuve in enumerate(("E1", "E2"), start=1)
        ],
        schema_overrides={"code": pl.String, "note": pl.Float64},
    )
    whole = CLE | {"mesure": "dispersion", "epreuve": hidden, "mode": "ENSEMBLE"}
    whole |= {"maille": "total", "modalite": "total", "n": 40, "est_masque": True}
    masquage = pl.DataFrame([whole | {"raison": "petit_effectif", "effectif_minimal": 5}], SCHEMA)
    tables = {
        "reussite": pl.DataFrame([CLE | REUSSITE]),
        "elimination": pl.DataFrame(
            [
                CLE | {"cause": "non_valide", "epreuve": "toutes", "nb_candidats": 2},
                CLE | {"cause": "non_valide", "epreuve": "E1", "nb_candidats": 6},
            ]
        ),
    }
    return decide_counts(candidats, notes, tables, masquage, 5)


def reason(rows: pl.DataFrame, mesure: str, **places: str) -> str | None:
    return rows.filter(mesure=mesure, **places)["raison"].item()


@pytest.mark.parametrize(
    ("sizes", "why"),
    [
        ([29], "petit_effectif"),
        ([30], None),
        # What two don't know: ten, nine.
        ([15, 15, 10], None),
        ([15, 15, 9], "deductible"),
        ([20, 10], None),
        ([21, 9], "deductible"),
    ],
)
def test_a_correlation_is_of_enough_candidates_whoever_knows_some(
    sizes: list[int], why: str | None
) -> None:
    rows = decide(sizes, [0] * len(sizes))
    assert reason(rows, "correlation", epreuve="E1", modalite="E2") == why
    assert reason(rows, "fidelite") == why


def test_a_correlation_of_a_hidden_spread_is_hidden() -> None:
    for hidden in ("E1", "E2"):
        assert reason(decide([40], [0], hidden), "correlation", epreuve="E1") == "complement"
    assert reason(decide([40], [0], "E3"), "correlation", epreuve="E1") is None


@pytest.mark.parametrize(
    ("absents", "why"),
    [
        ([0, 0, 0], None),
        ([4, 0, 0], "petit_effectif"),
        ([5, 0, 0], None),
        # Two establishments find the one absent elsewhere.
        ([3, 2, 1], "deductible"),
        ([3, 2, 2], None),
    ],
)
def test_absences_tell_of_nobody_alone(absents: list[int], why: str | None) -> None:
    assert reason(decide([20, 10, 10], absents), "absence", epreuve="E1") == why


def test_decisions_and_causes_have_their_reason() -> None:
    rows = decide([40], [0])
    # Three eliminated: hidden with another of the same sum.
    hidden = rows.filter("est_masque", mesure="decision")["modalite"].to_list()
    assert {"elimines", "refuses"} <= set(hidden)
    assert reason(rows, "elimination", epreuve="toutes") == "petit_effectif"
    assert reason(rows, "elimination", epreuve="E1") is None
