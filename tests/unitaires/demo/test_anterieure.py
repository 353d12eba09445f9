"""The invented session of the year before, that the demonstration compares with."""

from pathlib import Path

import pytest

from perequation.demo import load_faits, write_faits
from perequation.socle.dossier import open_dossier

pytestmark = pytest.mark.entier

NDRC = "ndrc-2022-toulouse"


def test_the_year_before_has_fewer_apprentices_and_says_it_is_invented(tmp_path: Path) -> None:
    faits = load_faits(NDRC).year_before()
    assert faits is not None
    assert (faits.session, faits.nom) == (2021, "ndrc-2021-toulouse")
    assert sum(e.inscrits for e in faits.etablissements) < load_faits(NDRC).inscrits
    dossier = open_dossier(write_faits(faits, tmp_path / faits.nom))
    assert dossier.configuration.session.annee == 2021
    # No circular announces its numbers.
    assert not dossier.configuration.effectif_attendu
    assert "Tout est inventé" in (tmp_path / faits.nom / "LISEZMOI.md").read_text("utf-8")


def test_a_session_before_the_first_reglement_has_none_before() -> None:
    assert load_faits("ccst-2023-toulouse").year_before() is None
