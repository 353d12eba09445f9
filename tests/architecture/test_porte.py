"""A frame is made publishable by the doors alone, and nothing else is shown outside the office."""

from pathlib import Path

import polars as pl
import pytest

import perequation
from perequation.presentation import graphiques
from perequation.presentation.publie import NIVEAU, Publie, UnpublishedError
from perequation.presentation.tableaux import table

pytestmark = pytest.mark.entier

# Who may say that a frame is hidden as it must be; `publie` hands on the rows of such a frame.
DOORS = {
    "presentation/publie.py",
    "resultats/anterieures.py",
    "resultats/fiche.py",
    "resultats/panorama.py",
    "resultats/porte.py",
}
FEW = pl.DataFrame(
    {
        "modalite": ["LYCÉE"],
        "inscrits": [1],
        "presents": [1],
        "admis": [1],
        "taux_reussite": [1.0],
        "taux_bas": [0.2],
        "taux_haut": [1.0],
    }
)


def test_only_the_doors_make_a_published_frame() -> None:
    racine = Path(perequation.__file__).parent
    makers = {
        path.relative_to(racine).as_posix()
        for path in racine.rglob("*.py")
        if " Publie(" in path.read_text("utf-8") or "=Publie(" in path.read_text("utf-8")
    }
    assert makers == DOORS


@pytest.mark.parametrize("niveau", ["public", "etablissement"])
def test_a_small_group_does_not_get_past_the_door(
    niveau: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither raw rows, nor rows read through the door for the office itself."""
    monkeypatch.setenv(NIVEAU, niveau)
    for frame in (FEW, Publie(FEW, "interne")):
        with pytest.raises(UnpublishedError):
            graphiques.rates(frame, "établissement")
        with pytest.raises(UnpublishedError):
            table(frame, ["modalite", "admis"], identifier="x", caption="X")


def test_the_office_reads_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(NIVEAU, raising=False)
    graphiques.rates(FEW, "établissement")
    monkeypatch.setenv(NIVEAU, "public")
    graphiques.rates(Publie(FEW, "public"), "établissement")
