"""What pages say of one figure is said of every figure alike."""

import polars as pl
import pytest

from perequation.controles.comptes import count_rows
from perequation.harmonisation.rapport.mots import gap_in_words, kept_points
from perequation.resultats.rapport_fiche import _place
from perequation.socle.formats import NBSP


@pytest.mark.parametrize(
    ("gap", "low", "high", "shown"),
    [
        (0.0, -1.2, 1.2, 0.0),
        (0.05, -1.2, 1.3, 0.0),
        (-0.05, -0.2, 0.1, 0.0),
        (-1.4, -2.6, -0.2, -1.5),
        (0.26, -0.9, 1.4, 0.5),
        (0.24, -0.9, 1.4, 0.0),
        (0.14, -0.2, 0.5, 0.1),
    ],
)
def test_no_gap_is_shown_as_none(gap: float, low: float, high: float, shown: float) -> None:
    row = {"ecart_retenu": gap, "ic_bas": low, "ic_haut": high}
    assert kept_points(row) == pytest.approx(shown)


def test_a_gap_told_in_words_is_never_nothing() -> None:
    row = {"ecart_retenu": -0.2, "ic_bas": -1.4, "ic_haut": 1.0}
    assert gap_in_words(row).startswith("environ −0,5 point, ")


@pytest.mark.parametrize(
    ("gap", "low", "high", "said"),
    [
        (1.6, 0.7, 2.5, "environ +1,6 point, de +0,7 à +2,5"),
        (-1.6, -2.5, -0.7, "environ −1,6 point, de −2,5 à −0,7"),
        (1.0, -0.1, 1.8, "environ +1,0 point, de −0,1 à +1,8"),
        (2.0, 0.04, 2.04, "environ +2,0 points, de 0,0 à +2,0"),
        (-1.0, -1.9, -0.04, "environ −1,0 point, de −1,9 à 0,0"),
    ],
)
def test_a_gap_and_its_interval_have_the_same_signs(
    gap: float, low: float, high: float, said: str
) -> None:
    row = {"ecart_retenu": gap, "ic_bas": low, "ic_haut": high}
    assert gap_in_words(row).replace(NBSP, " ") == said


def test_findings_about_no_line_stand_each_for_itself() -> None:
    rows = pl.DataFrame(
        {
            "fichier": ["a", "a", "a", None, None],
            "ligne": [1, 1, 2, None, None],
            "message": ["x", "y", "z", "u", "v"],
            "uai": ["U"] * 5,
        }
    )
    assert count_rows(rows, "uai").select("nb", "nb_constats").rows() == [(4, 5)]


def test_a_mean_without_interval_is_not_placed() -> None:
    assert not _place(11.9, None, None)
    assert _place(11.9, 11.0, 12.0) == " (dans l’intervalle)"
    assert _place(11.9, 12.0, 13.0) == " (hors de l’intervalle)"
