"""What earlier sessions said of a gap, in a few words."""

import polars as pl
import pytest

from perequation.harmonisation.rapport.choix import by_unit, unit_of
from perequation.harmonisation.rapport.mots import past

UNIT = {"epreuve": "E4", "type_unite": "etablissement", "unite": "0960016W"}


def said_of(unit: dict[str, str], historique: pl.DataFrame) -> str:
    return past(by_unit(historique, pl.DataFrame([unit])).get(unit_of(unit), ()))


@pytest.mark.parametrize(
    ("signal", "meme_sens", "said"),
    [
        ("signale", True, "2021 : à examiner, même sens"),
        ("a_surveiller", False, "2021 : à surveiller, sens contraire"),
        # The direction of a gap that was nothing is chance: it isn't told.
        ("aucun", True, "2021 : rien à signaler"),
        ("aucun", False, "2021 : rien à signaler"),
        ("indisponible", True, "2021 : non analysé"),
    ],
)
def test_an_earlier_session_is_said_in_a_few_words(signal: str, meme_sens: bool, said: str) -> None:
    earlier = {"session_anterieure": 2021, "signal_anterieur": signal, "meme_sens": meme_sens}
    assert said_of(UNIT, pl.DataFrame([UNIT | earlier])) == said


def test_a_unit_without_an_earlier_session_says_so() -> None:
    other = UNIT | {"unite": "x", "session_anterieure": 2021, "signal_anterieur": "signale"}
    assert said_of(UNIT, pl.DataFrame([other | {"meme_sens": True}])) == "–"
