"""`perequation expliquer`: what a jury member reads, for each kind of candidate."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from chaine.conftest import run

from perequation.presentation.lexique import DANS_UNE_PHRASE
from perequation.socle.entrepot import read_mart


def one(publie: Path, **equalities: Any) -> str:
    table = read_mart(publie / "sortie" / "perequation.duckdb", "resultat_candidat", **equalities)
    return str(table["numero_candidat"][0])


def explained(publie: Path, numero: str, capsys: pytest.CaptureFixture[str]) -> str:
    assert run("expliquer", str(publie), numero) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize(
    ("cas", "attendus"),
    [
        (
            {"decision_finale": "ADMIS", "decision_calculee": "ADMIS"},
            ["Résultat : ADMIS (proposition au jury)", "moyenne générale d'au moins 10 (CE D643"],
        ),
        (
            {"decision_calculee": "CONTROLE", "decision_apres_controle": "ADMIS"},
            ["(proposition au jury, après contrôle)", "Gagnés au contrôle", "Il manque pour 10"],
        ),
        (
            {"decision_calculee": "ELIMINE"},
            ["Résultat : ÉLIMINÉ", "non calculées (candidat éliminé)", "Règle appliquée"],
        ),
        (
            {"forme": "PROGRESSIVE", "decision_calculee": "ADMIS"},
            ["forme progressive", "Résultat : ADMIS"],
        ),
        (
            {"decision_jury": "ADMIS"},
            ["décision du jury au premier groupe", "admis au premier groupe (CE D643-26)"],
        ),
    ],
)
def test_each_kind_of_candidate_is_explained(
    publie: Path, capsys: pytest.CaptureFixture[str], cas: dict[str, Any], attendus: list[str]
) -> None:
    texte = explained(publie, one(publie, **cas), capsys)
    assert all(attendu in texte for attendu in attendus), texte
    assert "donnees/notes_ecrits.csv, ligne " in texte


def test_a_dispensed_epreuve_is_out_of_both_sums(
    publie: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    notes = read_mart(publie / "sortie" / "perequation.duckdb", "note_retenue", code="DI")
    texte = explained(publie, notes["numero_candidat"][0], capsys)
    assert "dispensé, hors des deux sommes" in texte
    total = next(ligne for ligne in texte.splitlines() if ligne.startswith("Total")).split()
    assert float(total[1].replace(",", ".")) < 21


def test_nobody_is_named_and_an_unknown_number_is_code_6(
    publie: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("expliquer", str(publie), "42") == 6
    assert "zéros de tête" in capsys.readouterr().err
    assert run("expliquer", str(publie / "donnees"), "42") == 6


def test_a_session_without_results_is_code_6(tmp_path: Path) -> None:
    arguments = ("--specialite", "MCO", "--session", "2022", "--academie", "TOULOUSE")
    assert run("init", str(tmp_path / "s"), *arguments) == 0
    assert run("expliquer", str(tmp_path / "s"), "42") == 6


def test_a_number_that_lost_its_leading_zero_is_given_back(
    publie: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    numero = one(publie, decision_finale="ADMIS")
    assert run("expliquer", str(publie), numero.lstrip("0")) == 6
    assert f"Vouliez-vous {numero} ?" in capsys.readouterr().err


def test_the_jury_s_decision_is_in_words(publie: Path, capsys: pytest.CaptureFixture[str]) -> None:
    texte = explained(publie, one(publie, decision_jury="ADMIS"), capsys)
    assert "Décision du jury au premier groupe : admis (" in texte
    assert not [code for code in DANS_UNE_PHRASE if f"groupe : {code}" in texte]


def test_a_damaged_warehouse_is_said_and_made_again(
    session: Path, relancer: Callable[[], int], capsys: pytest.CaptureFixture[str]
) -> None:
    (session / "sortie" / "perequation.duckdb").write_bytes(b"abime" * 1000)
    assert run("expliquer", str(session), "42") == 6
    assert "fichier abîmé" in capsys.readouterr().err
    assert relancer() == 0
    assert run("comparer", str(session)) == 0
    assert "publiée qu'une fois" in capsys.readouterr().out
