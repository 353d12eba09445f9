"""The CCF template: who gets one, what is in it, how it comes back."""

import time
from pathlib import Path

import duckdb
import openpyxl
import pytest
from unitaires.ingestion.montage import imported, make_dossier, rows
from unitaires.ingestion.montage_ccf import CANDIDATS, ENTETE, fill, recipients

from perequation.ingestion.ccf.destinataires import list_left_out
from perequation.ingestion.ccf.modele_ccf import write_templates

pytestmark = pytest.mark.lourd

EPREUVES = ["E22", "E4", "E61", "E62"]


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
        message = (
            "cellule H6 (E62) : note « 21 » hors de [0 ; 20] (règle note_bornes). "
            "Ligne écartée ; corrigez le fichier puis relancez."
        )
        # The reject says the cell: four marks of a candidate are on one line.
        assert rows(con, "select ligne, colonne, valeur, message from marts.rejet") == [
            (6, "E62 - Mise en œuvre de l'expertise technico-commerciale", "21", message)
        ]
        assert rows(
            con, "select modele_conforme from raw.fichier where type_fichier = 'notes'"
        ) == [(True,)]


def test_a_later_version_replaces_the_earlier_one(
    modeles: tuple[Path, ...], tmp_path: Path
) -> None:
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


def test_a_wide_file_that_is_no_template_names_its_column_too(tmp_path: Path) -> None:
    """A wide sheet that starts in column B, then a wide CSV, which has no cells."""
    classeur = openpyxl.Workbook()
    feuille = classeur.active
    assert feuille is not None
    for colonne, (titre, valeur) in enumerate(
        [("numero_candidat", "01234"), ("E4", 22), ("E61", 9)], start=2
    ):
        feuille.cell(3, colonne, titre)
        feuille.cell(4, colonne, valeur)
    classeur.save(tmp_path / "large.xlsx")
    large = (
        '[notes]\nlarge = ["*"]\n[notes.constantes]\nspecialite = "CCST"\nsession = "2023"\n'
        'mode = "CCF"\n'
    )
    dossier = make_dossier(
        tmp_path / "s",
        {
            "candidats.csv": CANDIDATS,
            "notes.xlsx": tmp_path / "large.xlsx",
            "notes.csv": "numero_candidat;E22;E62\n01235;;-1\n",
        },
        profil="large",
    )
    profils = dossier.racine / "profils"
    profils.mkdir()
    (profils / "large.toml").write_text(large, encoding="utf-8")
    with imported(dossier, staging=True) as con:
        assert rows(
            con,
            "select ligne, colonne, split_part(message, ' : ', 1) from marts.rejet "
            "order by fichier",
        ) == [(2, "E62", "colonne E62"), (4, "E4", "cellule C4 (E4)")]


HABILITATIONS = """uai;nom;type;ccf
0990001W;LYCEE A;PUBLIC;N
0990002X;LYCEE B;GRETA;ETENDU
"""


def test_habilitation_statut_and_mode_say_what_is_to_fill_in(tmp_path: Path) -> None:
    ligne = "{};NOM;P;;CCST;2023;TOULOUSE;{};LYCEE {};{};GLOBALE"
    candidats = [
        ("1", "0990001W", "A", "SCOLAIRE"),
        ("2", "0990002X", "B", "SCOLAIRE"),
        ("3", "0990002X", "B", "FORMATION CONTINUE"),
        ("4", "0990002X", "B", "EAD"),
        ("5", "0990003Y", "C", "APPRENTI"),
        ("6", "0990004Z", "D", "INDIVIDUEL"),
    ]
    notes = [
        "numero_candidat;specialite;session;epreuve;note;mode;etape",
        "2;CCST;2023;E4;14;BENEFICE;",
        "5;CCST;2023;E61;12;CCF;transmise",
    ]
    dossier = make_dossier(
        tmp_path,
        {
            "candidats.csv": "\n".join([ENTETE, *(ligne.format(*c) for c in candidats)]),
            "etablissements.csv": HABILITATIONS,
            "notes.csv": "\n".join(notes),
        },
    )
    with imported(dossier, staging=True) as con:
        etendu, inconnu = recipients(con)
        assert [(s.uai, s.raison) for s in list_left_out(con)] == [
            ("0990001W", "non habilité au CCF"),
            ("0990004Z", "individuels ou EAD seulement"),
        ]
    # CCF étendu puts the written general épreuves in, for the formation continue alone.
    assert (etendu.uai, etendu.est_habilitation_connue) == ("0990002X", True)
    assert [e for e, _ in etendu.epreuves] == ["E1", "E21", "E22", "E3", "E4", "E61", "E62"]
    assert [c[0] for c in etendu.candidats] == ["2", "3"]
    # A kept mark leaves nothing to assess.
    assert {e for n, e in etendu.cases if n == "2"} == {"E22", "E61", "E62"}
    assert {e for n, e in etendu.cases if n == "3"} == {e for e, _ in etendu.epreuves}
    # Unknown habilitation: made. A CCF mark already in is not another mode.
    assert (inconnu.uai, inconnu.est_habilitation_connue) == ("0990003Y", False)
    assert {e for _, e in inconnu.cases} == set(EPREUVES)
    modele = write_templates([etendu], tmp_path / "modeles")[0]
    feuille = openpyxl.load_workbook(modele)["Notes"]
    fermees = [c.coordinate for r in feuille["E5:K6"] for c in r if c.protection.locked]
    assert fermees == ["E5", "F5", "H5", "I5"]
