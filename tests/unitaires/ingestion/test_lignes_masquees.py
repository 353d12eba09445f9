"""Rows that a spreadsheet hides are read like the others, and said; shown scales are seen in an ODS."""

import io
import itertools
import tempfile
import zipfile
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unitaires.ingestion.fichiers_de_bureau import Cellule, write_ods
from unitaires.ingestion.montage import imported, make_dossier, rows

from perequation.ingestion.bilan import count_import
from perequation.ingestion.lecture.classeur_ouvert import ClasseurOuvert
from perequation.ingestion.lecture.lignes_masquees import is_hidden, read_hidden_rows, say_rows

ENTETE: list[Cellule] = ["numero_candidat", "specialite", "session", "epreuve", "note", "mode"]
LIGNES: list[list[Cellule]] = [
    ENTETE,
    *(["0001", "CCST", "2023", f"E{i}", 12.5, "PONCTUEL"] for i in range(1, 9)),
]


def xlsx(chemin: Path, cachees: set[int], *, filtre: bool = False) -> Path:
    classeur = openpyxl.Workbook()
    feuille = classeur.active
    assert feuille is not None
    feuille.title = "Feuille 1"
    for ligne in LIGNES:
        feuille.append(ligne)
    if filtre:
        feuille.auto_filter.ref = "A1:F9"
        feuille.auto_filter.add_filter_column(3, ["E1"])
    for rang in cachees:
        feuille.row_dimensions[rang].hidden = True
    classeur.save(chemin)
    return chemin


def ods(chemin: Path, cachees: set[int], *, filtre: bool = False) -> Path:
    sens = "filter" if filtre else "collapse"
    avec = io.BytesIO(write_ods([LIGNES]))
    with zipfile.ZipFile(avec) as lue, zipfile.ZipFile(chemin, "w") as ecrite:
        for membre in lue.namelist():
            texte = lue.read(membre).decode()
            if membre == "content.xml":
                tete, *rangees = texte.split("<table:table-row>")
                texte = tete + "".join(
                    f'<table:table-row table:visibility="{sens}">{rangee}'
                    if rang in cachees
                    else f"<table:table-row>{rangee}"
                    for rang, rangee in enumerate(rangees, start=1)
                )
            ecrite.writestr(membre, texte)
    return chemin


@given(st.sets(st.integers(2, 30)), st.booleans())
@settings(max_examples=20, deadline=None)
def test_every_hidden_row_is_found_and_no_other(cachees: set[int], filtre: bool) -> None:
    for ecrire, nom in ((xlsx, "x.xlsx"), (ods, "x.ods")):
        known = cachees if nom == "x.xlsx" else {rang for rang in cachees if rang <= len(LIGNES)}
        with tempfile.TemporaryDirectory() as place:
            chemin = ecrire(Path(place) / nom, cachees, filtre=filtre)
            found = read_hidden_rows(chemin, "Feuille 1")
        assert {rang for rang in range(1, 40) if is_hidden(found, rang)} == known
        assert all(a[1] + 1 < b[0] for a, b in itertools.pairwise(found))


@pytest.mark.parametrize(
    ("lignes", "dit"),
    [
        ([], ""),
        ([7], "1 (ligne 7)"),
        ([3, 5, 6, 7], "4 (lignes 3, 5 à 7)"),
        (list(range(2, 60, 2)), "29 (lignes 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, …)"),
    ],
)
def test_hidden_rows_are_said_in_few_words(lignes: list[int], dit: str) -> None:
    assert say_rows(lignes) == dit


@pytest.mark.parametrize("ecrire", [xlsx, ods])
@pytest.mark.parametrize("filtre", [False, True])
@pytest.mark.parametrize(
    ("cachees", "dit"), [({3, 4, 8}, "3 (lignes 3 à 4, 8)"), ({20, 21}, None), (set[int](), None)]
)
def test_hidden_rows_with_marks_are_loaded_and_said(
    tmp_path: Path, ecrire: object, filtre: bool, cachees: set[int], dit: str | None
) -> None:
    assert callable(ecrire)
    suffixe = ecrire.__name__
    chemin = tmp_path / f"n.{suffixe}"
    ecrire(chemin, cachees, filtre=filtre)
    dossier = make_dossier(tmp_path / "s", {f"notes.{suffixe}": chemin})
    with imported(dossier, staging=True) as con:
        assert rows(
            con, "select lignes_lues, lignes_masquees from raw.fichier where type_fichier = 'notes'"
        ) == [(8, dit)]
        assert rows(con, "select count(*) from raw.notes") == [(8,)]
        said = count_import(con).masquees
        assert [line.rpartition(" : ")[2] for line in said] == ([dit] if dit else [])


@pytest.mark.parametrize(
    ("valeur", "montre", "lu"),
    [
        ("5.5", "5,5 / 10", "5,5 / 10"),
        ("5.48", "5,5/10", "5,48 /10"),
        ("12.5", "12,5 sur 40", "12,5 sur 40"),
        # Twenty is what marks are out of; a fraction is no scale; another number isn't this one.
        ("5.5", "5,5 / 20", "5.5"),
        ("5.5", "5 1/2", "5.5"),
        ("0.5", "1/2", "0.5"),
        ("5.5", "5,5", "5.5"),
    ],
)
def test_a_scale_shown_by_the_format_of_an_ods_is_seen(
    tmp_path: Path, valeur: str, montre: str, lu: str
) -> None:
    chemin = tmp_path / "n.ods"
    avec = io.BytesIO(write_ods([[["note", "x"], [float(valeur), "y"]]]))
    with zipfile.ZipFile(avec) as lue, zipfile.ZipFile(chemin, "w") as ecrite:
        for membre in lue.namelist():
            texte = lue.read(membre).decode()
            texte = texte.replace(f"<text:p>{float(valeur)}<", f"<text:p>{montre}<")
            ecrite.writestr(membre, texte)
    assert [cellules[0] for _, cellules in ClasseurOuvert(chemin).rows("Feuille 1")] == ["note", lu]
