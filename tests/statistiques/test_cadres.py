"""One's own tables of marks give the figures a session folder gives, or a sentence."""

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal
from statistiques.generation import ANCRES, Plan, Simulees, read_frames, simulate_sessions

from perequation.harmonisation import compute_ecarts, sum_marks
from perequation.socle.erreurs import PerequationError

CARNET = Path(__file__).parents[2] / "docs" / "exemples" / "ecarts.ipynb"


@pytest.fixture(scope="module")
def session() -> Simulees:
    return simulate_sessions(Plan(candidats=300, etablissements=9), 5)


@pytest.fixture(scope="module")
def notes(session: Simulees) -> pl.DataFrame:
    return session.notes.filter(pl.col("epreuve").is_in([*ANCRES, "E4"])).select(
        "session", "specialite", "epreuve", "note", candidat="numero_candidat", unite="centre"
    )


def test_the_published_figures_come_out(session: Simulees, notes: pl.DataFrame) -> None:
    attendu = compute_ecarts(read_frames(session)).filter(epreuve="E4")
    obtenu = compute_ecarts(sum_marks(notes.sample(fraction=1, shuffle=True, seed=1), ANCRES))
    assert obtenu["ecart_retenu"].count() > 5
    assert_frame_equal(obtenu, attendu, check_dtypes=False)


def test_four_columns_are_enough(notes: pl.DataFrame) -> None:
    nues = notes.select("candidat", "epreuve", "unite", "note")
    avec, sans = (compute_ecarts(sum_marks(n, ANCRES)) for n in (notes, nues))
    assert_frame_equal(avec.select("unite", "ecart_retenu"), sans.select("unite", "ecart_retenu"))


@pytest.mark.parametrize(
    ("change", "mot"),
    [
        (lambda n: n.drop("unite"), "Colonnes absentes du tableau de notes : unite"),
        (lambda n: n.with_columns(note=pl.col("note") * 2), "hors de 0 à 20"),
        (lambda n: n.with_columns(note=pl.col("note").cast(pl.String)), "faite de nombres"),
        (lambda n: pl.concat([n, n.head(1)]), "notés deux fois à une épreuve : 2"),
        (lambda n: n.with_columns(unite=pl.lit(None, pl.String)), "sans unité : 300"),
        (lambda n: n.filter(epreuve="E4"), "Aucune note aux épreuves d'ancrage"),
    ],
)
def test_what_is_wrong_is_a_sentence(notes: pl.DataFrame, change, mot: str) -> None:
    with pytest.raises(PerequationError, match=mot):
        sum_marks(change(notes), ANCRES)


def test_the_worked_notebook_says_what_it_tells() -> None:
    """Every cell runs, in order, and the planted unit, alone, comes out."""
    carnet = json.loads(CARNET.read_text("utf-8"))
    espace: dict[str, Any] = {}
    for cellule in carnet["cells"]:
        if cellule["cell_type"] == "code":
            exec("".join(cellule["source"]), espace)
    assert espace["bilan"]["unites_signalees"].to_list() == [["U00"]]
    assert espace["a_un_point"].filter(signal="signale")["unite"].to_list() == ["U00"]
    assert all(not cellule.get("outputs") for cellule in carnet["cells"])
