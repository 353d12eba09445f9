"""From the files of a session folder to the decisions, by the normal way."""

import re
from pathlib import Path
from typing import Any

import pytest
from scenarios import montage

from perequation.ingestion import import_files
from perequation.jury.explication import explain, render_text
from perequation.presentation.lexique import DANS_UNE_PHRASE
from perequation.socle import couches, entrepot
from perequation.socle.dossier import load_reglements, open_dossier
from perequation.socle.erreurs import MissingInputError
from perequation.socle.referentiel import create_reference
from perequation.socle.regles_decision import rules_in_force

pytestmark = pytest.mark.entier

SESSION = """
[session]
annee = 2023
titre = "BTS CCST, session 2023"
academie_pilote = "TOULOUSE"
specialites = ["CCST"]
coefficients_confirmes = true

[donnees]
candidats = ["donnees/candidats*.csv"]
notes = ["donnees/notes*.csv"]
decisions_jury = ["donnees/decisions_jury*.csv"]
"""
EN_TETE = (
    "numero_candidat;ine;nom;prenom;date_naissance;sexe;specialite;session;academie;uai;"
    "etablissement;statut;forme;centre_ecrit\n"
)
CODES = ("E1", "E21", "E22", "E3", "E4", "E5", "E61", "E62")


def write_folder(racine: Path) -> None:
    """Write the files of six candidates."""
    (racine / "donnees").mkdir()
    (racine / "session.toml").write_text(SESSION, encoding="utf-8")
    lignes = "\n".join(
        f"0000000000{i};;Nom{i};Prénom{i};01/02/2003;F;CCST;2023;TOULOUSE;9990001C;Lycée fictif;"
        "SCOLAIRE;GLOBALE;Centre fictif"
        for i in range(1, 7)
    )
    (racine / "donnees/candidats.csv").write_text(EN_TETE + lignes, encoding="utf-8")
    notes = ["numero_candidat;specialite;session;epreuve;note;mode;centre;commission;etape"]
    for numero in range(1, 7):
        notes += [f"0000000000{numero};CCST;2023;{c};10,00;PONCTUEL;C;;" for c in CODES]
    remplacees = {
        "2;CCST;2023;E1;10,00": "2;CCST;2023;E1;9,5",
        "3;CCST;2023;E1;10,00": "3;CCST;2023;E1;21,5",
        "4;CCST;2023;E1;10,00": "4;CCST;2023;E1;AB",
        "5;CCST;2023;E1;10,00": "5;CCST;2023;E1;7",
    }
    texte = "\n".join(notes) + "\n"
    for avant, apres in remplacees.items():
        texte = texte.replace(avant, apres)
    texte += "00000000003;CCST;2023;E1;12;PONCTUEL;C;;transmise\n"
    texte += "00000000005;CCST;2023;E1;11.5;PONCTUEL;C;;controle\n"
    texte += "00000000006;CCST;2023;E1;10,00;PONCTUEL;C;;\n"
    (racine / "donnees/notes.csv").write_text(texte, encoding="utf-8")
    (racine / "donnees/decisions_jury.csv").write_text(
        "numero_candidat;specialite;session;etape;decision;livret_examine;motif\n"
        "00000000002;CCST;2023;;ADMIS;O;rachat\n",
        encoding="utf-8",
    )


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    racine = tmp_path_factory.mktemp("session")
    write_folder(racine)
    dossier = open_dossier(racine)
    with entrepot.open_construction(dossier.construction, fresh=True) as con:
        create_reference(con, dossier, load_reglements(dossier))
        import_files(con, dossier)
        couches.build_layer(con, "staging")
        couches.build_relations(con, montage.decision_relations())
    return dossier.construction


@pytest.fixture(scope="module")
def resultats(base: Path) -> dict[str, dict[str, Any]]:
    lignes = entrepot.read_mart(base, "resultat_candidat").to_dicts()
    return {r["numero_candidat"]: r for r in lignes}


def test_decisions(resultats: dict[str, dict[str, Any]]) -> None:
    assert {
        n[-1]: (r["decision_calculee"], r["decision_finale"]) for n, r in resultats.items()
    } == {
        "1": ("ADMIS", "ADMIS"),
        "2": ("CONTROLE", "ADMIS"),
        "3": ("INCOMPLET", "INCOMPLET"),
        "4": ("ELIMINE", "ELIMINE"),
        "5": ("CONTROLE", "ADMIS"),
        "6": ("ADMIS", "ADMIS"),
    }
    assert [n[-1] for n, r in resultats.items() if r["a_verifier"]] == ["3"]


def test_a_rejected_mark_is_not_replaced_by_the_transmitted_one(
    resultats: dict[str, dict[str, Any]],
) -> None:
    motif = resultats["00000000003"]["motif"]
    assert "note rejetée à E1 (donnees/notes.csv, ligne 18, « 21,5 » : règle note_bornes)" in motif


def test_explanation_of_a_controle(base: Path) -> None:
    texte = render_text(explain(base, "00000000005")[0])
    assert "Résultat : ADMIS (proposition au jury, après contrôle)" in texte
    assert "201 / 21 = 67/7, soit 9,57" in texte
    assert "Il manque pour 10       : 9 points (coefficient × note)" in texte
    assert "Gagnés au contrôle      : 13,5 points" in texte
    assert "Moyenne après contrôle  : 214,5 / 21 = 143/14, soit 10,21" in texte
    assert "Règle appliquée         : moyenne générale de 8 à moins de 10" in texte
    assert "(CE D643-15 et D643-22)" in texte
    marks, _, origin = (ligne for ligne in texte.splitlines() if ligne.startswith("E1   "))
    assert marks.split()[:4] == ["E1", "3", "7", "21"]
    assert origin.endswith("donnees/notes.csv, ligne 34")
    total = next(ligne for ligne in texte.splitlines() if ligne.startswith("Total"))
    assert total.split() == ["Total", "21", "201"]
    assert max(map(len, texte.splitlines())) <= 110


def test_explanation_of_a_rejected_mark(base: Path) -> None:
    texte = render_text(explain(base, "00000000003")[0])
    assert (
        "note rejetée (« 21,5 », règle note_bornes), aucune autre étape ne la remplace "
        "(transmise : 12)"
    ) in texte
    assert "Moyennes                : non calculées (dossier incomplet)" in texte
    assert "Règle appliquée         : note manquante à une épreuve obligatoire" in texte
    assert "donnees/notes.csv, ligne 18" in texte


def test_explanation_of_a_jury_decision(base: Path) -> None:
    texte = render_text(explain(base, "00000000002")[0])
    assert "Résultat : ADMIS (décision du jury au premier groupe)" in texte
    assert "Décision du jury au premier groupe : admis (rachat)" in texte
    assert "Proposition calculée    : appelé au contrôle" in texte
    assert "Décision du jury        : admis au premier groupe (CE D643-26)" in texte


def test_every_rule_and_decision_has_its_words() -> None:
    sql = couches.sql_files()["intermediate.decision_calculee"]
    regles = set(re.findall(r"(?:then|else) '([a-z_0-9]+)'", sql))
    assert regles == set(rules_in_force().long)
    assert {rule.decision for rule in rules_in_force().regles} == set(DANS_UNE_PHRASE)


def test_an_unknown_number_says_what_to_check(base: Path) -> None:
    with pytest.raises(MissingInputError, match=r"Aucun candidat « 42 » .*zéros de tête"):
        explain(base, "42")
