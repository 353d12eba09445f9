"""A column headed by a code and its title is one of marks, whatever words the title holds."""

import pytest

from perequation.ingestion.lecture.echelle import fold
from perequation.ingestion.lecture.entete import _says_something_else
from perequation.socle.reglement import available_reglements

TITRES = sorted({e.titre for r in available_reglements() for e in r.epreuves})


def words(label: str) -> list[str]:
    return fold(label).split("_")


@pytest.mark.parametrize("titre", TITRES)
def test_no_title_of_a_shipped_reglement_hides_its_marks(titre: str) -> None:
    assert not _says_something_else(words(titre))


@pytest.mark.parametrize(
    "label", ["date", "langue", "la langue", "date de l'oral", "heure", "centre", "rang du jury"]
)
def test_a_word_of_another_column_is_no_column_of_marks(label: str) -> None:
    assert _says_something_else(words(label))
