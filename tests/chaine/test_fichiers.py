"""Files: what is understood of one, CCF templates out and back, sheets to send back."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import openpyxl
import polars as pl
import pytest
from chaine.conftest import run

from perequation.ingestion.retours.rapport import CORRECTIONS
from perequation.socle import entrepot
from perequation.socle.dossier import open_dossier
from perequation.socle.regles_qualite import REGLES_REJET

CANDIDATS = (
    "numero_candidat;nom;prenom;specialite;session;academie;uai;etablissement;statut;forme\n"
    "01;ABEL;Ana;MCO;2022;CORSE;0990001W;LYCEE A;SCOLAIRE;GLOBALE\n"
    "02;BRUN;Bob;MCO;2022;CORSE;0990001W;LYCEE A;SCOLAIRE;GLOBALE\n"
    "03;COTE;Cid;MCO;2022;CORSE;0990002X;LYCEE B;SCOLAIRE;GLOBALE\n"
)


@pytest.fixture
def avant_les_notes(tmp_path: Path) -> Path:
    """A session folder with its roster and no mark yet."""
    racine = tmp_path / "mco"
    arguments = ("--specialite", "MCO", "--session", "2022", "--academie", "CORSE")
    assert run("init", str(racine), *arguments) == 0
    (racine / "donnees" / "candidats.csv").write_text(CANDIDATS, encoding="utf-8")
    return racine


def with_deadline(racine: Path, limite: date) -> None:
    path = racine / "session.toml"
    texte = path.read_text(encoding="utf-8")
    assert "\n[ccf]" not in texte
    path.write_text(f"{texte}\n[ccf]\ndate_limite = {limite}\n", encoding="utf-8")


def fill(modele: Path, cible: Path, notes: int) -> None:
    """Fill the first cells of a template."""
    classeur = openpyxl.load_workbook(modele)
    feuille = classeur["Notes"]
    cases = [c for rangee in feuille.iter_rows(min_row=5, min_col=5) for c in rangee]
    for case in cases[:notes]:
        case.value = 12
    cible.parent.mkdir(parents=True, exist_ok=True)
    classeur.save(cible)


def test_a_preview_says_how_a_file_is_understood(
    publie: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("apercu", str(publie / "donnees" / "notes_ecrits.csv")) == 0
    dit = capsys.readouterr().out
    assert "notes_ecrits.csv : notes, profil d'import « perequation »" in dit
    assert "séparateur point-virgule" in dit
    assert "PONCTUEL" in dit
    assert "Tel quel, ce fichier s'importe en entier." in dit


def test_a_preview_of_a_file_that_would_block_proposes_a_profile(
    publie: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "x.csv"
    path.write_text("N° candidat;Épr.;note\n01;E1;12\n", encoding="utf-8")
    assert run("apercu", str(path), "--dossier", str(publie), "--type", "notes") == 0
    dit = capsys.readouterr().out
    assert "Colonnes obligatoires absentes : " in dit
    assert "bloquerait l'import" in dit
    assert "[notes.colonnes]" in dit
    path.write_bytes(b"")
    assert run("apercu", str(path)) == 0
    assert "x.csv : le fichier est vide." in capsys.readouterr().out
    assert run("apercu", str(tmp_path / "absent.csv")) == 6


def test_templates_go_out_before_any_mark_and_are_followed_until_they_are_back(
    avant_les_notes: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    racine = avant_les_notes
    with_deadline(racine, date(2022, 5, 31))
    assert run("modele-ccf", str(racine)) == 0
    modeles = sorted((racine / "sortie" / "modeles_ccf").glob("*.xlsx"))
    assert [m.name for m in modeles] == ["ccf_MCO_0990001W_v1.xlsx", "ccf_MCO_0990002X_v1.xlsx"]
    assert run("modele-ccf", str(racine)) == 0  # nobody has filled them in: made again
    blank = modeles[0].read_bytes()
    fill(modeles[0], modeles[0], notes=1)
    assert run("modele-ccf", str(racine)) == 2
    assert "--version 2" in capsys.readouterr().err
    modeles[0].write_bytes(blank)
    assert run("modele-ccf", str(racine), "--version", "2") == 0
    fill(modeles[0], racine / "donnees" / "ccf" / "retour.xlsx", notes=1)
    capsys.readouterr()
    assert run("suivi-ccf", str(racine), "--date", "2022-05-01") == 0
    dit = capsys.readouterr().out.replace("\xa0", " ")
    assert "2 envois attendus, date limite 31/05/2022 : 1 incomplet, 1 attendu." in dit
    assert "incomplet  MCO  0990001W  LYCEE A : 1 note sur 8, hors délai" in dit
    assert run("suivi-ccf", str(racine), "--date", "2022-06-01") == 0
    assert "en retard  MCO  0990002X  LYCEE B : rien de reçu" in capsys.readouterr().out
    suivi = pl.read_csv(racine / "sortie" / "exports" / "suivi_ccf.csv", separator=";")
    assert suivi.select("uai", "etat").rows() == [
        ("0990002X", "en_retard"),
        ("0990001W", "incomplet"),
    ]


def test_templates_say_who_gets_none_and_where_they_come_back(
    avant_les_notes: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    racine = avant_les_notes
    assert run("modele-ccf", str(racine), "--vers", str(racine / "a")) == 0
    dit = capsys.readouterr().out
    assert "faute de liste des établissements" in dit
    assert "déposez-les dans donnees/ccf/ : ils y seront lus" in dit
    etablissements = "uai;nom;ccf\n0990001W;LYCEE A;N\n"
    (racine / "donnees" / "etablissements.csv").write_text(etablissements, "utf-8")
    session = racine / "session.toml"
    toml = session.read_text("utf-8")
    lignes = [
        'notes = ["donnees/notes*.csv"]' if ligne.startswith("notes = ") else ligne
        for ligne in toml.splitlines()
    ]
    session.write_text("\n".join(lignes), "utf-8")
    assert run("modele-ccf", str(racine), "--vers", str(racine / "b")) == 0
    dit = capsys.readouterr().out.replace("\xa0", " ")
    assert "1 établissement sans modèle :\n  0990001W  LYCEE A : non habilité au CCF" in dit
    assert "1 habilitation au CCF absente" in dit
    assert '  notes = ["donnees/notes*.csv", "donnees/ccf/*.xlsx"]' in dit
    # The line it gives is the one that works.
    (racine / "donnees" / "candidats.csv").write_text(
        "\n".join(CANDIDATS.splitlines()[:3]), encoding="utf-8"
    )
    assert run("modele-ccf", str(racine), "--vers", str(racine / "c")) == 6
    assert "0990001W  LYCEE A : non habilité au CCF" in capsys.readouterr().err


def test_a_corrected_template_replaces_the_first_without_blocking(
    avant_les_notes: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    racine = avant_les_notes
    for version in ("1", "2"):
        assert run("modele-ccf", str(racine), "--version", version) == 0
        modele = racine / "sortie" / "modeles_ccf" / f"ccf_MCO_0990001W_v{version}.xlsx"
        fill(modele, racine / "donnees" / "ccf" / f"envoi {version}.xlsx", notes=8)
    assert run("importer", str(racine)) == 0
    assert run("controler", str(racine)) == 0
    dit = capsys.readouterr().out
    assert "0 bloquante" in dit
    with entrepot.open_read_only(open_dossier(racine).construction) as con:
        assert con.execute("select regle, count(*) from marts.rejet group by all").fetchall() == [
            ("remplace", 8)
        ]
        fichiers = con.execute(
            "select regle from marts.anomalie where fichier like '%envoi 1.xlsx'"
        ).fetchall()
        assert fichiers == []


def test_templates_need_a_roster(avant_les_notes: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (avant_les_notes / "donnees" / "candidats.csv").unlink()
    assert run("modele-ccf", str(avant_les_notes)) == 6
    assert run("suivi-ccf", str(avant_les_notes)) == 6
    assert "Aucun fichier de candidats" in capsys.readouterr().err


def test_a_sheet_goes_back_for_each_file_with_rejected_rows(
    session: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("retour", str(session)) == 0
    assert "aucune fiche de retour" in capsys.readouterr().out
    ecrits = (session / "donnees" / "notes_ecrits.csv").read_text("utf-8-sig")
    numero = ecrits.splitlines()[1].split(";")[0]
    entete = "numero_candidat;specialite;session;epreuve;note;mode;centre;commission;etape"
    mauvaises = [
        f"{numero};CCST;2023;E1;<b>21</b>;PONCTUEL;;;transmise",
        "=1+1;CCST;2023;E1;12;PONCTUEL;;;",
    ]
    (session / "donnees" / "notes_x.csv").write_text("\n".join([entete, *mauvaises]), "utf-8")
    # The last import counts, even before it is published.
    assert run("importer", str(session)) == 0
    capsys.readouterr()
    assert run("retour", str(session)) == 0
    assert "donnees/notes_x.csv : 2 lignes" in capsys.readouterr().out.replace("\xa0", " ")
    retours = session / "sortie" / "retours"
    assert {p.name for p in retours.iterdir()} == {"retour_notes_x.html", "retour_notes_x.xlsx"}
    page = (retours / "retour_notes_x.html").read_text("utf-8")
    assert "&lt;b&gt;21&lt;/b&gt;" in page
    assert "<b>21</b>" not in page
    assert "Rien du fichier notes_x.csv n’est chargé" in page
    feuille = openpyxl.load_workbook(retours / "retour_notes_x.xlsx").worksheets[0]
    lignes = [[c.value for c in rangee] for rangee in feuille.iter_rows(min_row=2)]
    assert [ligne[0] for ligne in lignes] == [2, 3]
    assert lignes[0][4] == CORRECTIONS["code_inconnu"]
    assert all(c.data_type != "f" for rangee in feuille.iter_rows() for c in rangee)
    # Corrected: nothing is left to send back.
    (session / "donnees" / "notes_x.csv").unlink()
    assert run("importer", str(session)) == 0
    assert run("retour", str(session)) == 0
    assert list(retours.iterdir()) == []


def test_what_blocks_leaves_a_workbook_to_correct_until_it_is_mended(
    session: Path, relancer: Callable[[], int]
) -> None:
    faux = session / "donnees" / "notes_faux.csv"
    faux.write_text("numero_candidat;epreuve\n01;E1\n", "utf-8")
    assert relancer() == 3
    classeur = session / "sortie" / "rejets" / "a_corriger.xlsx"
    livre = openpyxl.load_workbook(classeur)
    assert livre.sheetnames == ["Rejets", "À vérifier", "Notes manquantes", "Réserve"]
    rejets = [[c.value for c in rangee][:3] for rangee in livre["Rejets"].iter_rows(min_row=2)]
    assert ["donnees/notes_faux.csv", 1, "note"] in rejets
    faux.unlink()
    assert relancer() == 0
    assert not classeur.exists()


def test_every_reject_rule_has_its_correction() -> None:
    assert set(CORRECTIONS) == REGLES_REJET
