"""The rules of decision as data: checked, dated, and the only place of thresholds and words."""

from decimal import Decimal
from pathlib import Path

import pytest

from perequation.socle import regles_decision
from perequation.socle.erreurs import ConfigurationError
from perequation.socle.fautes import read_model
from perequation.socle.regles_decision import band_below, rules_at, rules_of, write_threshold
from perequation.socle.ressources import PACKAGE, ressource

DONNEES = PACKAGE / "regles" / "decision.toml"


@pytest.mark.parametrize(
    ("session", "controle"),
    [(2019, "aucun"), (2020, "aucun"), (2021, "exceptionnel"), (2022, "permanent")],
)
def test_the_regime_changes_at_its_first_session(session: int, controle: str) -> None:
    assert rules_at(session).regime.controle == controle


def test_every_rule_of_the_sql_has_its_words_and_the_reverse() -> None:
    sql = ressource("sql", "intermediate", "decision_calculee.sql").read_text(encoding="utf-8")
    for code in rules_at(2022).long:
        assert f"then '{code}'" in sql or f"else '{code}'" in sql


def test_words_are_written_with_the_thresholds_of_the_session() -> None:
    for session in (2019, 2021, 2026):
        for regle in rules_at(session).regles:
            assert "{" not in regle.court + regle.long + regle.article


@pytest.mark.parametrize(
    ("avant", "apres", "faute"),
    [
        ('appel = "8"', 'appel = "11"', "au-dessus du seuil"),
        ("moyenne < {appel}", "moyenne < {seuil}", "repère inconnu"),
        ('code = "moyenne_10"', 'code = "controle"', "plusieurs fois"),
        ("premiere_session = 2022", "premiere_session = 2021", "avant ou en même temps"),
        ('cause = "Absence', 'cause_ = "Absence', "clé inconnue"),
    ],
)
def test_a_wrong_file_is_refused(tmp_path: Path, avant: str, apres: str, faute: str) -> None:
    texte = DONNEES.read_text(encoding="utf-8")
    assert avant in texte
    chemin = tmp_path / "decision.toml"
    chemin.write_text(texte.replace(avant, apres), encoding="utf-8")
    with pytest.raises(ConfigurationError) as erreur:
        read_model(chemin, regles_decision.FichierRegles, "Règles", "refusées")
    assert any(faute in ligne for ligne in erreur.value.details)


def test_thresholds_are_written_in_french() -> None:
    assert write_threshold(Decimal(10)) == "10"
    assert write_threshold(Decimal("7.50")) == "7,5"
    assert band_below(Decimal(8)) == "7,50 à 7,99"
    assert rules_of([]).session >= 2022
    assert rules_of([2021, 2021]).session == 2021
