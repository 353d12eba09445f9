"""The marks of the contrôle: a template for those called, read back among the marks."""

from pathlib import Path

import duckdb
import openpyxl
import pytest
from chaine.conftest import run

from perequation.avancement import take_back
from perequation.ingestion.ccf.controle import file_control_template, make_control_templates
from perequation.ingestion.hors_dossier import import_one_file
from perequation.socle import entrepot
from perequation.socle.dossier import open_dossier
from perequation.socle.erreurs import BlockingQualityError, MissingInputError
from perequation.suivi.calendrier import require_ready


@pytest.fixture
def modele(session: Path) -> Path:
    """Return the template of a session where no mark of the contrôle has come in yet."""
    with duckdb.connect(str(session / "sortie" / "perequation.duckdb")) as con:
        con.execute("update marts.rattrapage set decision_finale = null")
    reglages = session / "session.toml"
    texte = reglages.read_text("utf-8")
    reglages.write_text(
        texte.replace('"donnees/notes*.csv"', '"donnees/notes*.csv", "donnees/notes*.xlsx"'),
        "utf-8",
    )
    assert run("modele-controle", str(session)) == 0
    (chemin,) = (session / "sortie" / "modeles_controle").glob("*.xlsx")
    return chemin


def fill(modele: Path, *notes: object) -> str:
    """Fill the first candidate's open cells; return its number."""
    livre = openpyxl.load_workbook(modele)
    rangee = livre["Notes"][5]
    ouvertes = [cellule for cellule in rangee[4:] if not cellule.protection.locked]
    for cellule, note in zip(ouvertes, notes, strict=False):
        cellule.value = note
    livre.save(modele)
    return str(rangee[0].value)


def test_the_template_has_those_called_and_the_epreuves_open_to_them(
    session: Path, modele: Path
) -> None:
    with entrepot.open_read_only(session / "sortie" / "perequation.duckdb") as con:
        possibles = dict(
            con.execute(
                "select numero_candidat, list(epreuve order by epreuve) from marts.epreuve_controle "
                "where est_possible group by all"
            ).fetchall()
        )
    feuille = openpyxl.load_workbook(modele)["Notes"]
    codes = [str(cellule.value).split(" - ")[0] for cellule in feuille[4][4:]]
    assert codes == ["E1", "E2", "E3"]
    lues = {
        str(rangee[0].value): [
            code
            for code, cellule in zip(codes, rangee[4:], strict=True)
            if not cellule.protection.locked
        ]
        for rangee in feuille.iter_rows(min_row=5)
    }
    assert lues == possibles


def test_its_marks_come_back_at_the_step_of_the_controle(session: Path, modele: Path) -> None:
    dossier = open_dossier(session)
    # Saved with nothing in it, it is not taken back, and may be made again.
    fill(modele)
    assert take_back(dossier) == ()
    assert make_control_templates(dossier).nombre > 0
    numero = fill(modele, 12.5, "AB")
    (reprise,) = take_back(dossier)
    assert reprise.depot is not None
    assert reprise.depot.nombre == 2
    assert reprise.depot.classe is not None
    assert reprise.depot.classe.parent == session / "donnees"
    # Filed, it holds nothing new.
    assert take_back(dossier) == ()
    with entrepot.open_scratch() as con:
        import_one_file(con, dossier, reprise.depot.classe, "notes")
        lues = con.execute(
            "select numero_candidat, epreuve, note, mode, etape, specialite from raw.notes order by 2"
        ).fetchall()
    assert lues == [
        (numero, "E1", "12.5", "PONCTUEL", "controle", "CCST"),
        (numero, "E2", "AB", "PONCTUEL", "controle", "CCST"),
    ]


def test_a_template_whose_candidates_were_changed_is_not_filed(session: Path, modele: Path) -> None:
    fill(modele, 12)
    livre = openpyxl.load_workbook(modele)
    livre["Notes"]["A5"] = "99999999999"
    livre.save(modele)
    with pytest.raises(BlockingQualityError, match="identité des candidats"):
        file_control_template(open_dossier(session), modele)
    assert not list((session / "donnees").glob("notes_controle*.xlsx"))


def test_the_step_is_not_ready_while_a_mark_is_awaited(session: Path, modele: Path) -> None:
    assert modele.is_file()
    with pytest.raises(MissingInputError) as faute:
        require_ready(open_dossier(session), "controle")
    with entrepot.open_read_only(session / "sortie" / "perequation.duckdb") as con:
        (appeles,) = con.execute("select count(*) from marts.rattrapage").fetchall()[0]
    assert len(faute.value.details) == appeles
    assert faute.value.code == 6
