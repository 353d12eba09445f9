"""XLSX lists: typed cells, text that stays text, a page ready to print."""

import zipfile
from datetime import date
from decimal import Decimal
from pathlib import Path

import openpyxl
import polars as pl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from perequation.presentation.classeur import Feuille, write_workbook

HOSTILE = ["=cmd|'/c calc'!A1", "+1", "-2", "@x", "https://exemple.fr", "<script>", "a\x00b\x1bc"]
LIGNES = pl.DataFrame(
    {
        "numero_candidat": [f"0{i}" for i in range(7)],
        "nom": HOSTILE,
        "date_naissance": [date(2003, 2, 1)] * 7,
        "moyenne_generale": [Decimal("9.99")] * 6 + [None],
        "taux_reussite": [0.5] * 7,
        "inscrits": [12] * 7,
        "epreuves_possibles": [["E1", "E2"]] * 7,
        "statut": ["SCOLAIRE"] * 7,
        "atteignable": [True] * 7,
    }
)


@pytest.fixture
def classeur(tmp_path: Path) -> Path:
    path = tmp_path / "liste.xlsx"
    liste = Feuille(
        "Appelés", LIGNES, LIGNES.columns, "Session 2023 & contrôle", vides=("Émargement",)
    )
    write_workbook(path, [liste], "")
    return path


@pytest.fixture
def feuille(classeur: Path) -> Worksheet:
    return openpyxl.load_workbook(classeur)["Appelés"]


def test_numbers_of_candidates_stay_text_with_their_zeros(feuille: Worksheet) -> None:
    cell = feuille["A2"]
    assert (cell.value, cell.data_type, cell.number_format) == ("00", "s", "@")


def test_no_formula_and_no_link_is_made_of_data(classeur: Path, feuille: Worksheet) -> None:
    names = [feuille.cell(row, 2) for row in range(2, 9)]
    assert [cell.data_type for cell in names] == ["s"] * 7
    assert [cell.value for cell in names] == [*HOSTILE[:-1], "abc"]
    with zipfile.ZipFile(classeur) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert "<hyperlink" not in sheet


def test_cells_are_typed(feuille: Worksheet) -> None:
    day, average, rate, count, choices, statut, reach = (feuille.cell(2, c) for c in range(3, 10))
    assert day.is_date
    assert (average.value, average.number_format) == (9.99, "0.00")
    assert rate.number_format == "0.0%"
    assert count.value == 12
    assert (choices.value, statut.value, reach.value) == ("E1, E2", "Scolaire", "oui")
    assert feuille.cell(8, 4).value is None


def test_it_prints_on_a4_landscape_with_its_header(feuille: Worksheet) -> None:
    assert feuille.freeze_panes == "A2"
    assert feuille.auto_filter.ref == "A1:J8"
    assert feuille.page_setup.orientation == "landscape"
    assert int(feuille.page_setup.paperSize or 0) == 9
    assert feuille.print_title_rows == "$1:$1"
    assert feuille.print_area.replace("'", "").endswith("$A$1:$J$8")
    assert feuille["J1"].value == "Émargement"
    assert "Session 2023 && contrôle" in (feuille.oddHeader.left.text or "")


def test_the_same_rows_give_the_same_file(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("a.xlsx", "b.xlsx")]
    for path in paths:
        write_workbook(path, [Feuille("L", LIGNES, LIGNES.columns, "T")], "")
    one, two = (zipfile.ZipFile(path) for path in paths)
    assert one.namelist() == two.namelist()
    assert all(one.read(name) == two.read(name) for name in one.namelist())


def test_an_empty_list_is_a_header(tmp_path: Path) -> None:
    path = tmp_path / "vide.xlsx"
    write_workbook(path, [Feuille("Vide", LIGNES.clear(), ["nom"], "T")], "")
    sheet = openpyxl.load_workbook(path)["Vide"]
    assert [[cell.value for cell in row] for row in sheet.rows] == [["Nom"]]
