"""What became of each decision of the meeting, in a sentence."""

import pytest

from perequation.harmonisation.reunion.rapport import outcome
from perequation.socle.configuration import Calendrier

BASE = {
    "decision": "DECALAGE",
    "decalage_decide": 1.0,
    "nb_modifiees": 28,
    "nb_conformes": 28,
    "nb_notes": 28,
    "decalage_constate": 1.0,
}


@pytest.mark.parametrize(
    ("suite", "ligne", "attendu"),
    [
        ("maintenue", {"decision": "MAINTIEN", "nb_modifiees": 0}, "maintien décidé et suivi"),
        ("suivie", {}, "décalage de +1,00 point décidé et suivi"),
        ("a_reporter", {"nb_modifiees": 0}, "pas encore reporté"),
        (
            "suivie_en_partie",
            {"nb_modifiees": 25, "nb_conformes": 25},
            "suivi en partie : 25 sur 28 notes suivent la décision",
        ),
        ("non_suivie", {"nb_modifiees": 0, "nb_conformes": 0}, "non suivi : 0 sur 28 notes"),
        (
            "non_suivie",
            {"decision": "MAINTIEN", "decalage_decide": None, "nb_conformes": 0},
            "maintien décidé, non suivi",
        ),
        ("sans_decision", {"decision": None, "nb_modifiees": 3}, "3 notes changées sans décision"),
        ("aucune", {"decision": None}, "aucune décision"),
    ],
)
def test_each_outcome_has_its_sentence(suite: str, ligne: dict[str, object], attendu: str) -> None:
    assert attendu in outcome({**BASE, **ligne, "suite_donnee": suite}).replace("\u00a0", " ")


def test_the_calendar_is_in_order() -> None:
    dates = {"reunion": "2023-06-07", "second_jury": "2023-07-07"}
    assert Calendrier.model_validate(dates).jury is None
    with pytest.raises(ValueError, match="jury"):
        Calendrier.model_validate({"reunion": "2023-06-07", "jury": "2023-06-06"})
