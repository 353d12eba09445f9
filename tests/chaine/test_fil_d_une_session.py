"""A whole session rehearsed as an exam office does: eight commands, no file copied, no mark retyped.

What senders send (roster, CCF workbooks, written papers) is laid in `donnees/`; every file of the
office's own is filled in where it was prepared.
"""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from chaine.accord import agree, mart
from chaine.conftest import run
from chaine.tableur import Tableur, letters, open_spreadsheet, rows

from perequation import execution
from perequation.socle import entrepot
from perequation.socle.dossier import open_dossier
from perequation.suivi.calendrier import read_step

ROSTER = ("candidats_scolaires.csv", "candidats_apprentis.csv", "candidats_autres.csv")
RECEIVED = ("notes_ecrits.csv", "notes_oraux.csv", "notes_facultatives.csv")
_ENTETE_MODELE = 4


@pytest.fixture
def tableur(tmp_path: Path) -> Iterator[Tableur]:
    with open_spreadsheet(tmp_path / "bureautique") as ouvert:
        yield ouvert


class Commandes:
    """The commands an office runs on its session, in order."""

    def __init__(self, racine: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.racine, self.capsys = racine, capsys
        self.faites: list[str] = []

    def __call__(self, *mots: str) -> str:
        """Run one and return what it said."""
        self.faites.append(mots[0])
        self.capsys.readouterr()
        assert run(mots[0], str(self.racine), *mots[1:]) == 0, self.capsys.readouterr().err
        return self.capsys.readouterr().out


@pytest.fixture
def commande(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Commandes:
    """Return the commands of a session; no report is rendered."""
    monkeypatch.setattr(execution, "editer", lambda *_, **__: None)
    return Commandes(tmp_path / "session", capsys)


def guide_commands() -> list[str]:
    """Return the commands of the guide's chapter, in order."""
    guide = (Path(__file__).parents[2] / "docs" / "guide.md").read_text("utf-8")
    chapitre = guide.split("### Le fil d'une session")[1].split("\n### ")[0]
    return re.findall(r"^perequation ([a-z-]+)", chapitre, flags=re.MULTILINE)


def staging(racine: Path, table: str) -> pl.DataFrame:
    with entrepot.open_read_only(racine / "sortie" / "perequation.duckdb") as con:
        return entrepot.read_relation(con, f"staging.{table}")


def receive(source: Path, racine: Path, *noms: str) -> None:
    for nom in noms:
        shutil.copy(source / "donnees" / nom, racine / "donnees" / nom)


def marks_by_hand(publie: Path, etape: str) -> dict[tuple[str, str], str]:
    """Return what establishments or examiners would write: by candidate and épreuve."""
    notes = staging(publie, "note").filter(etape=etape)
    texte = pl.coalesce("code", pl.col("note").cast(pl.String).str.replace(".", ",", literal=True))
    lignes = notes.select("numero_candidat", "epreuve", texte).rows()
    return {(numero, epreuve): valeur for numero, epreuve, valeur in lignes}


def fill_template(
    tableur: Tableur, modele: Path, notes: dict[tuple[str, str], str], vers: Path | None = None
) -> int:
    """Fill the cells a template opens; the establishment sends it back where `vers` says."""
    colonnes = letters(modele, "Notes", _ENTETE_MODELE)
    cellules: dict[str, str] = {}
    for numero, ligne in rows(modele, "Notes", _ENTETE_MODELE):
        for titre, lettre in list(colonnes.items())[4:]:
            code = re.match(r"\w+", titre)
            assert code is not None
            if valeur := notes.get((str(ligne["N° candidat"]), code[0])):
                cellules[f"{lettre}{numero}"] = valeur
    if vers is not None:
        modele = Path(shutil.copy(modele, vers))
    tableur.fill(modele, "Notes", cellules)
    return len(cellules)


def decide(tableur: Tableur, classeur: Path, decalees: set[tuple[str, str]]) -> None:
    """Fill the meeting's workbook: a point off for some units, the others kept."""
    colonne = letters(classeur, "Décisions")
    cellules: dict[str, str] = {}
    for numero, ligne in rows(classeur, "Décisions"):
        est_decalee = (ligne["Épreuve"], ligne["Unité"]) in decalees
        for nom, texte in {
            "decision": "DECALAGE" if est_decalee else "MAINTIEN",
            "decalage": "-1" if est_decalee else "",
            "motif": "Grilles examinées",
            "auteur": "Réunion",
            "date": "7 juin 2023",
            "accord": "8 juin 2023",
        }.items():
            if texte:
                cellules[f"{colonne[nom]}{numero}"] = texte
    tableur.fill(classeur, "Décisions", cellules)


@pytest.mark.slow
@pytest.mark.lourd
def test_a_session_closes_in_eight_commands(  # noqa: PLR0915 (a session has that many steps)
    publie: Path, tmp_path: Path, tableur: Tableur, commande: Commandes
) -> None:
    racine = tmp_path / "session"
    donnees, sortie = racine / "donnees", racine / "sortie"
    donnees.mkdir(parents=True)
    receive(publie, racine, *ROSTER, "etablissements.csv", "notes_conservees.csv")

    # 1. The folder, and the templates of its roster.
    dit = commande(
        "init",
        "--specialite",
        "CCST",
        "--session",
        "2023",
        "--academie",
        "TOULOUSE",
        "--coefficients-confirmes",
    )
    assert "modèles dans sortie/modeles_ccf" in dit
    (donnees / "ccf").mkdir(exist_ok=True)
    transmises = marks_by_hand(publie, "transmise")
    modeles = sorted((sortie / "modeles_ccf").glob("*.xlsx"))
    assert sum(fill_template(tableur, m, transmises, donnees / "ccf") for m in modeles) > 300
    receive(publie, racine, *RECEIVED)

    # 2. The meeting's workbook is prepared.
    dit = commande("executer")
    assert "Prochaine étape : réunion d'harmonisation" in dit
    classeur = sortie / "reunion" / "decisions_harmonisation.xlsx"
    assert agree(racine).nb_signales > 0
    avant = mart(racine, "ecart_en_vigueur").filter(signal="signale", type_unite="etablissement")
    decalees = set(
        avant.filter(pl.col("ecart_retenu") > 0).select("epreuve", "unite").head(2).rows()
    )
    assert decalees
    decide(tableur, classeur, decalees)

    # 3. What the meeting's own workbook would change; 4. it is taken back, marks are proposed.
    assert commande("simuler", "--decalages", str(classeur))
    dit = commande("executer")
    assert "aucune faute" in dit
    assert (sortie / "reunion" / "compte_rendu.html").is_file()
    agree(racine)
    proposees = sortie / "reunion" / "notes_harmonisees_proposees.xlsx"
    tableur.fill(proposees, "Signature", {"A2": "Mme Dupond", "B2": "9 juin 2023"})

    # 5. The marks signed for are taken in: nobody is provisional, what was corrected is explained.
    dit = commande("executer")
    assert not mart(racine, "resultat_candidat")["est_provisoire"].any()
    assert mart(racine, "note_hors_decision").is_empty()
    agree(racine)
    vigueur = mart(racine, "ecart_en_vigueur").filter(pl.col("decision") == "DECALAGE")
    assert set(vigueur["suite_donnee"]) == {"suivie"}
    assert vigueur.filter(signal="signale").is_empty()
    assert "Prochaine étape : jury" in dit
    papier = sortie / "jury" / "decisions_jury_CCST.xlsx"
    proche = next(
        numero
        for numero, ligne in rows(papier, "Décisions")
        if str(ligne["À examiner"]).startswith("1.")
    )
    colonne = letters(papier, "Décisions")
    jury = {"decision": "ADMIS", "livret_examine": "O", "motif": "Livret favorable"}
    tableur.fill(papier, "Décisions", {f"{colonne[n]}{proche}": t for n, t in jury.items()})

    # 6. The jury's decisions are taken in; the templates of the contrôle are there.
    dit = commande("executer")
    assert (sortie / "jury" / "proces_verbal.html").is_file()
    (modele,) = (sortie / "modeles_controle").glob("*.xlsx")
    appeles = mart(racine, "rattrapage")
    agree(racine)
    notes = dict(marks_by_hand(publie, "controle"))
    for numero in appeles["numero_candidat"]:
        notes.setdefault((numero, "E1"), "12")
    assert fill_template(tableur, modele, notes) >= appeles.height

    # 7. Their marks are taken in; the second jury has those called, and only them.
    dit = commande("executer")
    assert mart(racine, "rattrapage")["decision_finale"].null_count() == 0
    second = sortie / "jury" / "decisions_jury_CCST_controle.xlsx"
    lignes = list(rows(second, "Décisions"))
    assert {str(ligne["N° candidat"]) for _, ligne in lignes} == set(appeles["numero_candidat"])
    colonne = letters(second, "Décisions")
    refuse = next((n, x) for n, x in lignes if x["Proposition après contrôle"] == "Refusé")
    tableur.fill(
        second, "Décisions", {f"{colonne[n]}{refuse[0]}": texte for n, texte in jury.items()}
    )

    # 8. Final results.
    dit = commande("executer")
    assert "Toutes les étapes de la session sont passées" in dit
    resultats = mart(racine, "resultat_candidat")
    assert resultats["decision_finale"].null_count() == 0
    incomplets = resultats.filter(decision_finale="INCOMPLET")
    assert len(read_step(open_dossier(racine), "jury").manques) == incomplets.height
    assert not resultats["est_provisoire"].any()
    repeche = resultats.filter(numero_candidat=str(refuse[1]["N° candidat"])).row(0, named=True)
    assert repeche["decision_finale"] == "ADMIS"
    agree(racine)
    page = (sortie / "jury" / "proces_verbal.html").read_text("utf-8")
    assert str(refuse[1]["N° candidat"]) in page
    assert commande.faites == guide_commands()
    assert len(commande.faites) == 8
