"""A page of a session with thousands of units lists some, says how many and where the rest is."""

from pathlib import Path

import polars as pl
import pytest

from perequation import harmonisation as calcul
from perequation.harmonisation import rapport
from perequation.harmonisation import simulation as consequences
from perequation.harmonisation.rapport import cartes, restants, simulateur
from perequation.harmonisation.simulation import essai as essais
from perequation.socle.dossier import open_dossier
from perequation.socle.lecture import Lecture, open_lecture

FLAGGED = ("signale", "a_surveiller")


@pytest.fixture(scope="module")
def lecture(publie: Path) -> Lecture:
    known = open_dossier(publie).configuration.session
    return open_lecture(str(publie), known.annee, known.specialites[0])


def test_only_units_to_discuss_are_tried_and_the_page_says_how_many_are_left(
    lecture: Lecture, monkeypatch: pytest.MonkeyPatch
) -> None:
    ecarts = rapport.choose(lecture.table("ecart"), lecture.noms)
    analyses = calcul.summarise_analyses(ecarts)
    whole = consequences.study_points(lecture.entrepot, analyses)
    monkeypatch.setattr(essais, "NOMINATIVES", 2)
    some = consequences.study_points(lecture.entrepot, analyses)
    large = pl.col("code").n_unique().over(calcul.CLE) > 2
    expected = whole.unites.filter(pl.col("signal").is_in(FLAGGED) | ~large)
    assert 0 < some.unites.height < whole.unites.height
    assert some.unites.equals(expected)
    resultats = lecture.table("resultat_candidat")

    def page(essai: consequences.EssaiDePoints) -> str:
        named = rapport.named_units(essai.unites, lecture.noms)
        return simulateur.what_if(essai, named, {}, ecarts, resultats).html

    said = "sans rien à examiner ni à surveiller ne sont pas sur cette page"
    assert said in page(some)
    assert said not in page(whole)


def test_gaps_beyond_the_first_have_no_card_and_the_page_says_where_they_are(
    lecture: Lecture, monkeypatch: pytest.MonkeyPatch
) -> None:
    ecarts = rapport.choose(lecture.table("ecart"), lecture.noms)
    vigueur = rapport.named_units(lecture.table("ecart_en_vigueur"), lecture.noms)
    rows = rapport.list_remaining(
        ecarts, vigueur, rapport.places(lecture.table("note_retenue", rapport.LIEU))
    )
    assert rows.height > 2
    nothing = pl.DataFrame()
    for module in (cartes, restants):
        monkeypatch.setattr(module, "NOMINATIVES", rows.height)
    assert "ont une carte" not in rapport.cards(rows, ecarts, nothing, nothing, nothing).html
    for module in (cartes, restants):
        monkeypatch.setattr(module, "NOMINATIVES", 2)
    made = rapport.cards(rows, ecarts, nothing, nothing, nothing).html
    assert made.count('class="pq-carte"') == 2
    assert f"2 écarts sur {rows.height} ont une carte" in made
    listed = rapport.discussion(rows, ecarts, nothing, nothing).html.replace("\u00a0", " ")
    assert f"2 lignes sur {rows.height} ; {restants.ELSEWHERE}." in listed
    # What the table leads to is there.
    for row in rows.head(2).iter_rows(named=True):
        assert f'href="#u{row["ancre"]}"' in listed
        assert f'id="u{row["ancre"]}"' in made
