"""Workbooks: typed cells, lost zeros, title rows, several and hidden sheets, ODS."""

import datetime as dt
import shutil
import subprocess
from pathlib import Path

import openpyxl
import pytest
from unitaires.ingestion.montage import CANDIDATS, imported, make_dossier, rows

from perequation.ingestion.lecture.feuille import ClasseurIllisibleError
from perequation.ingestion.lecture.tableur import Classeur

pytestmark = pytest.mark.entier

ENTETE = ["numero_candidat", "specialite", "session", "epreuve", "note", "mode"]


def workbook(chemin: Path) -> openpyxl.Workbook:
    """A marks workbook as people make them, saved at `chemin`."""
    classeur = openpyxl.Workbook()
    feuille = classeur.active
    assert feuille is not None
    feuille.title = "Notes E1"
    feuille["A1"] = "Notes de l'épreuve E1"
    feuille.merge_cells("A1:F1")
    for i, ligne in enumerate(
        [
            ENTETE,
            [1, "CCST", 2023, "E1", 12.5, "PONCTUEL"],
            ["0002", "CCST", "2023", "E1", "8", "PONCTUEL"],
            [None] * 6,
            [3, "CCST", 2023, "E1", dt.date(2023, 5, 12), "PONCTUEL"],
        ],
        start=3,
    ):
        for j, cellule in enumerate(ligne, start=1):
            feuille.cell(i, j, cellule)
    cachee = classeur.create_sheet("Brouillon")
    cachee.sheet_state = "hidden"
    cachee.append(ENTETE)
    cachee.append(["0009", "CCST", 2023, "E1", 20, "PONCTUEL"])
    autre = classeur.create_sheet("Remarques")
    autre.append(["rien à signaler"])
    classeur.save(chemin)
    return classeur


def check_workbook(dossier) -> None:
    with imported(dossier, staging=True) as con:
        ((lues, feuille, ignorees, ligne_entete, encodage),) = rows(
            con,
            "select lignes_lues, feuille, feuilles_ignorees, ligne_entete, encodage "
            "from raw.fichier where type_fichier = 'notes'",
        )
        assert (lues, feuille, ligne_entete, encodage) == (3, "Notes E1", 3, "classeur")
        # The second is hidden, with the columns of the marks.
        assert ignorees == "Remarques, Brouillon"
        # Row numbers are the sheet's own.
        assert rows(
            con, "select ligne, numero_candidat, left(note, 10) from raw.notes order by 1"
        ) == [(4, "1", "12.5"), (5, "0002", "8"), (7, "3", "2023-05-12")]
        assert rows(con, "select numero_candidat, note from staging.note order by all") == [
            ("0001", 12.5),
            ("0002", 8),
        ]
        assert rows(con, "select ligne, regle from staging.rejet_note order by all") == [
            (7, "code_inconnu")
        ]
        ((message,),) = rows(con, "select message from staging.reparation where ligne = 4")
        assert "« 1 » lu comme « 0001 »" in message


def test_xlsx_typed_cells_title_rows_and_other_sheets(tmp_path: Path) -> None:
    workbook(tmp_path / "n.xlsx")
    trois = CANDIDATS + "0003;DURAND;Ana;CCST;2023;TOULOUSE;;EAD;GLOBALE\n"
    dossier = make_dossier(
        tmp_path / "s", {"notes.xlsx": tmp_path / "n.xlsx", "candidats.csv": trois}
    )
    check_workbook(dossier)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice absent")
def test_ods_written_by_libreoffice(tmp_path: Path) -> None:
    workbook(tmp_path / "n.xlsx")
    subprocess.run(
        [
            "soffice",
            f"-env:UserInstallation=file://{tmp_path}/profil",
            "--headless",
            "--convert-to",
            "ods",
            "--outdir",
            tmp_path,
            tmp_path / "n.xlsx",
        ],
        check=True,
        capture_output=True,
        timeout=120,
    )
    trois = CANDIDATS + "0003;DURAND;Ana;CCST;2023;TOULOUSE;;EAD;GLOBALE\n"
    dossier = make_dossier(
        tmp_path / "s", {"notes.ods": tmp_path / "n.ods", "candidats.csv": trois}
    )
    check_workbook(dossier)


def test_a_workbook_named_csv_is_still_a_workbook(tmp_path: Path) -> None:
    workbook(tmp_path / "n.xlsx")
    dossier = make_dossier(tmp_path / "s", {"notes.csv": tmp_path / "n.xlsx"})
    with imported(dossier) as con:
        assert rows(con, "select count(*) from raw.notes") == [(3,)]


def test_a_workbook_that_makes_the_reader_panic_is_told_in_french_alone(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    octets = bytearray((Path(__file__).parent / "corpus" / "ancien_classeur.xls").read_bytes())
    octets[64] = 0
    chemin = tmp_path / "abime.xls"
    chemin.write_bytes(octets)

    with pytest.raises(ClasseurIllisibleError, match="endommagé"):
        list(Classeur(chemin).rows("Feuille1"))
    assert capfd.readouterr().err == ""
