"""Small session folders with a hand-made warehouse, and notebooks written for each test."""

import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import nbformat
import pytest
from partage import published

from perequation.edition import plan
from perequation.edition.contexte import chart_engine
from perequation.socle.dossier import Dossier, open_dossier

SESSION = """
[session]
annee = 2023
titre = "BTS CCST, session 2023"
academie_pilote = "TOULOUSE"
specialites = ["CCST"]
[donnees]
candidats = ["donnees/candidats*.csv"]
notes = ["donnees/notes*.csv"]
"""

TABLES = """
create schema marts; create schema reference;
create table reference.passage as
    select 'importer' as etape, 'essai' as contexte, date '2023-06-01' as jour;
create table marts.bilan_import as
    select 'candidats.csv' as fichier, 170 as lignes_lues, 168 as lignes_chargees,
           2 as lignes_rejetees;
create table marts.anomalie as select 'note_pas' as regle, 'avertissement' as gravite;
create table marts.reussite as
    select 2023 as session, 'CCST' as specialite, 'etablissement' as maille,
           'LYCÉE DES ESSAIS' as modalite, 'LYCÉE DES ESSAIS' as libelle, 12 as presents;
"""

Cellule = str | tuple[str, str]
PARAMETRES = (
    'dossier: str = ""  # dossier de session\n'
    "session: int = 0  # année\n"
    'specialite: str = ""  # code'
)


@pytest.fixture(scope="session")
def vega(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The chart engine, made once for all the session folders of the tests."""
    return chart_engine(tmp_path_factory.mktemp("vega"))


@pytest.fixture
def dossier(tmp_path: Path, vega: Path) -> Dossier:
    """A session folder with results of its own."""
    return make_dossier(tmp_path, vega)


def make_dossier(place: Path, vega: Path) -> Dossier:
    """Make a session folder with results of its own."""
    racine = place / "session {1} d'été"
    (racine / "donnees").mkdir(parents=True)
    (racine / "session.toml").write_text(SESSION, "utf-8")
    (racine / "donnees" / "candidats.csv").write_text("numero_candidat\n", "utf-8")
    ouvert = open_dossier(racine)
    (ouvert.sortie / ".cache").mkdir(parents=True)
    shutil.copy(vega, ouvert.sortie / ".cache")
    with duckdb.connect(str(ouvert.entrepot)) as con:
        con.execute(TABLES)
    return ouvert


@pytest.fixture(scope="session")
def publie(tmp_path_factory: pytest.TempPathFactory) -> Dossier:
    """A demonstration session with its results, made once for all the tests."""
    return open_dossier(published(tmp_path_factory))


def write_notebook(path: Path, *cellules: Cellule) -> Path:
    """Write a notebook: text is code, ("markdown", text) a text, ("parameters", code) a tag."""
    carnet = nbformat.v4.new_notebook()
    carnet.metadata["kernelspec"] = {
        "name": "python3",
        "display_name": "Python 3",
        "language": "python",
    }
    for rang, cellule in enumerate(cellules):
        genre, source = cellule if isinstance(cellule, tuple) else ("code", cellule)
        nouvelle = (
            nbformat.v4.new_markdown_cell(source)
            if genre == "markdown"
            else nbformat.v4.new_code_cell(source)
        )
        nouvelle.id = f"cellule-{rang}"
        if genre not in {"markdown", "code"}:
            nouvelle.metadata["tags"] = [genre]
        carnet.cells.append(nouvelle)
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(carnet, path)
    return path


Ecrire = Callable[..., Path]


@pytest.fixture
def carnet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ecrire:
    """Write a notebook that takes the place of a report's: ``carnet("20_resultats", cells…)``."""
    return replace_notebooks(tmp_path / "carnets", monkeypatch)


def replace_notebooks(racine: Path, monkeypatch: pytest.MonkeyPatch) -> Ecrire:
    """Have the reports' notebooks read from a folder, and return what writes them there."""
    monkeypatch.setattr(plan, "ressource", lambda _, nom: racine / nom)

    def write(code: str, *cellules: Cellule, parametres: str = PARAMETRES) -> Path:
        debut = (("markdown", f"# Rapport {code}"), ("parameters", parametres))
        return write_notebook(racine / f"{code}.ipynb", *debut, *cellules)

    return write
