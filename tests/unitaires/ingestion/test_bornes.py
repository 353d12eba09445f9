"""A file that asks for too much is one reject with its cause; the others load."""

import os
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from tests.unitaires.ingestion.montage import NOTES, imported, make_dossier, rows

from perequation.ingestion.bilan import BilanImport, count_import
from perequation.ingestion.lecture.bornes import reading_within
from perequation.ingestion.lecture.feuille import ClasseurIllisibleError
from perequation.ingestion.lecture.ouvrier import worker
from perequation.ingestion.lecture.tableur import Classeur
from perequation.socle.configuration import Bornes
from perequation.socle.dossier import open_dossier

pytestmark = pytest.mark.lourd

ENTETE = ["numero_candidat", "specialite", "session", "epreuve", "note", "mode"]
MARQUE = ["0002", "CCST", "2023", "E1", "11", "PONCTUEL"]


def _stray(cellule: str) -> Callable[[Path], None]:
    """One cell typed by mistake, far from the table."""

    def write(chemin: Path) -> None:
        classeur = openpyxl.Workbook()
        feuille = classeur.active
        assert feuille is not None
        feuille.append(ENTETE)
        feuille.append(MARQUE)
        feuille[cellule] = "x"
        classeur.save(chemin)

    return write


def _sheet(contenu: bytes) -> Callable[[Path], None]:
    """A workbook whose sheet is written by hand."""

    def write(chemin: Path) -> None:
        modele = chemin.with_name("modele.zip")
        _stray("A4")(modele)
        with zipfile.ZipFile(modele) as source, zipfile.ZipFile(chemin, "w", 8) as cible:
            for membre in source.infolist():
                octets = source.read(membre)
                if membre.filename == "xl/worksheets/sheet1.xml":
                    octets = (
                        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/'
                        b'main"><sheetData>' + contenu + b"</sheetData></worksheet>"
                    )
                cible.writestr(membre.filename, octets)
        modele.unlink()

    return write


def _cell(longueur: int) -> bytes:
    texte = b"z" * longueur
    return b'<row r="1"><c r="A1" t="inlineStr"><is><t>' + texte + b"</t></is></c></row>"


def _text(contenu: str) -> Callable[[Path], None]:
    return lambda chemin: (chemin.write_text(contenu, encoding="utf-8"), None)[1]


@pytest.mark.parametrize(
    ("nom", "ecrire", "bornes", "cause"),
    [
        ("notes_x.xlsx", _stray("XFD1048576"), "", "plus de mémoire"),
        ("notes_x.xlsx", _stray("A2000"), "cellules = 1000", "plus de 1000 cellules"),
        ("notes_x.xlsx", _sheet(_cell(1_000_000)), "", "plus de 100000 caractères"),
        ("notes_x.xlsx", _sheet(_cell(3_000_000)), "decompresse_mo = 2", "une fois décompressé"),
        ("notes_x.csv", _text("x" * 1_100_000), "taille_mo = 1", "taille_mo"),
    ],
)
def test_what_exceeds_a_bound_is_one_reject_with_its_cause(
    tmp_path: Path, nom: str, ecrire: Callable[[Path], None], bornes: str, cause: str
) -> None:
    ecrire(tmp_path / nom)
    dossier = make_dossier(tmp_path / "s", {"notes.csv": NOTES, nom: tmp_path / nom})
    toml = dossier.racine / "session.toml"
    toml.write_text(toml.read_text("utf-8") + f"\n[bornes]\n{bornes}\n", encoding="utf-8")
    dossier = open_dossier(dossier.racine)
    with imported(dossier, staging=True) as con:
        assert rows(con, "select count(*) from raw.notes") == [(1,)]
        ((regle, message),) = rows(
            con, "select regle, message from raw.rejet where fichier = ?", f"donnees/{nom}"
        )
        bilan = count_import(con)
    assert regle == "fichier_illisible"
    assert cause in str(message)
    assert [ligne.split(" : ")[0] for ligne in bilan.illisibles] == [f"donnees/{nom}"]
    assert "(dont 1 illisible)" in str(bilan)


def test_a_stray_cell_at_the_bottom_costs_memory_not_the_marks(tmp_path: Path) -> None:
    _stray("B200000")(tmp_path / "notes_x.xlsx")
    dossier = make_dossier(tmp_path / "s", {"notes_x.xlsx": tmp_path / "notes_x.xlsx"})
    with imported(dossier) as con:
        assert rows(con, "select numero_candidat, note from raw.notes where note is not null") == [
            ("0002", "11")
        ]


def test_the_child_that_died_of_one_workbook_opens_the_next(tmp_path: Path) -> None:
    _stray("XFD1048576")(tmp_path / "a.xlsx")
    _stray("A4")(tmp_path / "b.xlsx")
    for _ in range(2):
        with pytest.raises(ClasseurIllisibleError):
            list(Classeur(tmp_path / "a.xlsx").rows("Sheet"))
        assert len(list(Classeur(tmp_path / "b.xlsx").rows("Sheet"))) == 4


@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_a_child_that_takes_too_long_is_given_up(tmp_path: Path) -> None:
    _stray("A4")(tmp_path / "b.xlsx")
    classeur = Classeur(tmp_path / "b.xlsx")
    enfant = worker()._enfant  # pyright: ignore[reportPrivateUsage]
    assert enfant is not None
    os.kill(enfant.pid, 19)  # SIGSTOP: alive, and silent
    debut = time.monotonic()
    with (
        reading_within(Bornes(secondes=1), tmp_path),
        pytest.raises(ClasseurIllisibleError, match="dépasse 1 s"),
    ):
        list(classeur.rows("Sheet"))
    assert time.monotonic() - debut < 10
    assert len(list(Classeur(tmp_path / "b.xlsx").rows("Sheet"))) == 4


@pytest.mark.parametrize(
    "remplissage", ["x" * 80 + "\n", "x" * 81, 'x;""y' * 13 + "\n", 'a"";b' * 13]
)
def test_a_quoted_field_of_megabytes_does_not_hold_the_night_up(
    tmp_path: Path, remplissage: str
) -> None:
    champ = remplissage * (4_000_000 // len(remplissage))
    dossier = make_dossier(tmp_path, {"notes.csv": NOTES + f'0001;CCST;2023;E2;"{champ}"\n'})
    debut = time.monotonic()
    with imported(dossier) as con:
        assert rows(con, "select count(*) from raw.notes where epreuve = 'E1'") == [(1,)]
    assert time.monotonic() - debut < 60


def test_what_is_read_is_said_in_one_line() -> None:
    assert str(BilanImport(2, 3, 3, 0)) == "2 fichiers, 3 lignes lues = 3 chargées + 0 rejetée"
    assert str(BilanImport(1, 1300, 1299, 1)) == (
        "1 fichier, 1 300 lignes lues = 1 299 chargées + 1 rejetée"
    )
