"""The CCF template: made, filled, sent back, replaced, followed."""

import shutil
import subprocess
from datetime import date
from pathlib import Path

import duckdb
import openpyxl
import pytest
from unitaires.ingestion.montage import imported, make_dossier, rows

from perequation.erreurs import MissingInputError
from perequation.ingestion.modele_ccf import write_templates
from perequation.ingestion.suivi_ccf import follow_templates

C = (
    "numero_candidat;nom;prenom;date_naissance;specialite;session;academie;uai;etablissement;"
    "statut;forme"
)
CANDIDATS = "\n".join([
    C,
    "01234;ÉLUARD;Zoé;12/05/2003;CCST;2023;TOULOUSE;0990001W;LYCEE A;SCOLAIRE;GLOBALE",
    "01235;=1+1;Éloi;;CCST;2023;TOULOUSE;0990001W;LYCEE A;SCOLAIRE;GLOBALE",
    "01236;MARTIN;Ana;;CCST;2023;TOULOUSE;0990002X;LYCEE B;SCOLAIRE;GLOBALE",
    "01237;SEUL;Ida;;CCST;2023;TOULOUSE;;;INDIVIDUEL;GLOBALE",
])  # fmt: skip
EPREUVES = ["E22", "E4", "E61", "E62"]


@pytest.fixture
def modeles(tmp_path: Path) -> tuple[Path, ...]:
    dossier = make_dossier(tmp_path / "avant", {"candidats.csv": CANDIDATS})
    with imported(dossier, staging=True) as con:
        return write_templates(con, tmp_path / "modeles", date_limite=date(2023, 5, 31))


def fill(modele: Path, cible: Path, notes: dict[tuple[int, int], object]) -> Path:
    """Fill cells (candidate, épreuve), both from 0, of a copy of a template."""
    classeur = openpyxl.load_workbook(modele)
    feuille = classeur["Notes"]
    for (candidat, epreuve), note in notes.items():
        feuille.cell(5 + candidat, 5 + epreuve, note)
    cible.parent.mkdir(parents=True, exist_ok=True)
    classeur.save(cible)
    return cible


def marks(con: duckdb.DuckDBPyConnection) -> list[tuple[object, ...]]:
    return rows(
        con,
        "select numero_candidat, epreuve, coalesce(note::varchar, code), mode, etape, centre, "
        "ligne from staging.note order by all",
    )


def test_one_workbook_per_establishment(modeles: tuple[Path, ...]) -> None:
    assert [m.name for m in modeles] == ["ccf_CCST_0990001W_v1.xlsx", "ccf_CCST_0990002X_v1.xlsx"]
    classeur = openpyxl.load_workbook(modeles[0])
    feuille = classeur["Notes"]
    entete = [c.value for c in feuille[4]]
    assert entete[:4] == ["N° candidat", "Nom", "Prénom", "Date de naissance"]
    assert [str(e).split(" - ")[0] for e in entete[4:]] == EPREUVES
    lignes = [[c.value for c in feuille[r][:4]] for r in (5, 6)]
    # Text stays text: leading zero kept, no formula made of a name.
    assert lignes == [["01235", "=1+1", "Éloi", ""], ["01234", "ÉLUARD", "Zoé", "12/05/2003"]]
    assert feuille["B5"].data_type == "s"
    assert feuille.protection.sheet
    assert feuille["A5"].protection.locked
    assert not feuille["E5"].protection.locked
    (regle,) = feuille.data_validations.dataValidation
    assert str(regle.sqref) == "E5:H6"
    assert classeur["_perequation"].sheet_state == "veryHidden"
    assert "31/05/2023" in str(classeur["Consignes"]["A2"].value)


def test_a_filled_template_comes_back_cell_by_cell(
    modeles: tuple[Path, ...], tmp_path: Path
) -> None:
    retour = fill(
        modeles[0], tmp_path / "r.xlsx", {(0, 0): 12.5, (0, 1): "nv", (1, 0): "14,25", (1, 3): 21}
    )
    dossier = make_dossier(tmp_path / "s", {"candidats.csv": CANDIDATS, "ccf/lycee a.xlsx": retour})
    with imported(dossier, staging=True) as con:
        assert marks(con) == [
            ("01234", "E22", "14.25", "CCF", "transmise", "0990001W", 6),
            ("01235", "E22", "12.50", "CCF", "transmise", "0990001W", 5),
            ("01235", "E4", "NV", "CCF", "transmise", "0990001W", 5),
        ]
        assert rows(
            con,
            "select lignes_lues, lignes_chargees, lignes_rejetees, unite_compte "
            "from marts.bilan_import where type_fichier = 'notes'",
        ) == [(4, 3, 1, "cellule")]
        assert rows(
            con, "select modele_conforme from raw.fichier where type_fichier = 'notes'"
        ) == [(True,)]


def test_a_later_version_replaces_the_earlier_one(
    modeles: tuple[Path, ...], tmp_path: Path
) -> None:
    import time

    premier = fill(modeles[0], tmp_path / "1.xlsx", {(0, 0): 12, (0, 1): 9})
    time.sleep(1.1)  # a workbook says when it was saved to the second
    second = fill(modeles[0], tmp_path / "2.xlsx", {(0, 0): 13})
    dossier = make_dossier(
        tmp_path / "s",
        {"candidats.csv": CANDIDATS, "ccf/z premier.xlsx": premier, "ccf/a second.xlsx": second},
    )
    with imported(dossier, staging=True) as con:
        assert [m[:3] for m in marks(con)] == [("01235", "E22", "13.00")]
        assert rows(con, "select fichier, ligne, valeur, regle from marts.rejet order by all") == [
            ("donnees/ccf/z premier.xlsx", 5, "12", "remplace"),
            ("donnees/ccf/z premier.xlsx", 5, "9", "remplace"),
        ]
        assert rows(
            con,
            "select count(*) from marts.bilan_import "
            "where lignes_lues <> lignes_chargees + lignes_rejetees",
        ) == [(0,)]


def test_follow_up(modeles: tuple[Path, ...], tmp_path: Path) -> None:
    complet = fill(modeles[1], tmp_path / "b.xlsx", {(0, e): 10 + e for e in range(4)})
    classeur = openpyxl.load_workbook(complet)
    classeur["Notes"]["B5"] = "MARTINE"
    classeur.save(complet)
    dossier = make_dossier(tmp_path / "s", {"candidats.csv": CANDIDATS, "ccf/b.xlsx": complet})
    with imported(dossier, staging=True) as con:
        limite = date(2023, 5, 31)
        a, b = follow_templates(con, date(2023, 6, 1), limite)
        assert (a.uai, a.etat, a.nb_attendues, a.nb_saisies) == ("0990001W", "en_retard", 8, 0)
        assert (b.uai, b.etat, b.nb_attendues, b.nb_saisies) == ("0990002X", "complet", 4, 4)
        # Saved when the test runs, years after the deadline.
        assert b.est_hors_delai
        assert b.est_conforme is False
        assert follow_templates(con, date(2023, 5, 1), limite)[0].etat == "attendu"


def test_nothing_to_send(tmp_path: Path) -> None:
    dossier = make_dossier(tmp_path, {"candidats.csv": "\n".join(CANDIDATS.split("\n")[::4])})
    with (
        imported(dossier, staging=True) as con,
        pytest.raises(MissingInputError, match="Aucun modèle à faire"),
    ):
        write_templates(con, tmp_path / "modeles")


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice absent")
@pytest.mark.parametrize("forme", ["xlsx", "ods"])
def test_a_template_saved_by_libreoffice_gives_the_same_marks(
    modeles: tuple[Path, ...], tmp_path: Path, forme: str
) -> None:
    rempli = fill(modeles[0], tmp_path / "r.xlsx", {(0, 0): 12.5, (0, 1): "AB", (1, 2): 8})
    subprocess.run(
        ["soffice", f"-env:UserInstallation=file://{tmp_path}/profil", "--headless",
         "--convert-to", forme, "--outdir", tmp_path / "lo", rempli],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    dossier = make_dossier(
        tmp_path / "s",
        {"candidats.csv": CANDIDATS, f"ccf/a.{forme}": tmp_path / "lo" / f"r.{forme}"},
    )
    with imported(dossier, staging=True) as con:
        assert [m[:3] for m in marks(con)] == [
            ("01234", "E61", "8.00"), ("01235", "E22", "12.50"), ("01235", "E4", "AB"),
        ]  # fmt: skip
        assert rows(
            con, "select modele_conforme from raw.fichier where type_fichier = 'notes'"
        ) == [(True,)]
