"""What two publications of a session tell together of the few who changed between them."""

import polars as pl
import pytest

from perequation.resultats.republication import list_telling


def moved(hidden: str, **changes: int) -> pl.DataFrame:
    """Who changed, establishment by establishment, behind the total and each of their figures."""
    people = [f"{unit}{i}" for unit, n in changes.items() for i in range(n)]
    figures = [("total", "total", who) for who in people]
    figures += [("etablissement", who[0], who) for who in people if who[0] not in hidden]
    return pl.DataFrame(
        [
            {
                "mesure": "moyenne",
                "epreuve": "E3",
                "mode": "ENSEMBLE",
                "maille": maille,
                "modalite": modalite,
                "numero_candidat": who,
                "unite": who[0],
            }
            for maille, modalite, who in figures
        ]
    )


@pytest.mark.parametrize(
    ("hidden", "changes", "told"),
    [
        ("", {"A": 1}, {"total", "A"}),
        ("", {"A": 5}, set()),
        ("", {"A": 4}, {"total", "A"}),
        # One that is hidden, found by subtraction though each figure changes for enough.
        ("A", {"A": 1, "B": 6}, {"total", "B"}),
        # Found by B alone, who knows what changed for its own.
        ("AB", {"A": 1, "B": 6}, {"total"}),
        # By B and C together.
        ("ABC", {"A": 1, "B": 6, "C": 6}, {"total"}),
        ("ABC", {"A": 5, "B": 6, "C": 6}, set()),
    ],
)
def test_differences_tell_of_a_few(hidden: str, changes: dict[str, int], told: set[str]) -> None:
    assert set(list_telling(moved(hidden, **changes), 5)["modalite"]) == told
