"""Make one report, in a disposable child: check, execute by Papermill, export, leave whole files.

Nothing is written under a final name here: `lot` puts the files in place once they are whole.
"""

from __future__ import annotations

import errno
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from perequation.edition import page
from perequation.edition.moteur import process
from perequation.edition.moteur.entry import LazyEngine
from perequation.edition.plan import Rapport, check_parameters, read_notebook
from perequation.presentation.publie import NIVEAU
from perequation.socle import erreurs
from perequation.socle.erreurs import PerequationError, describe_refusal
from perequation.socle.lecture import Lecture
from perequation.socle.ressources import ressource

if TYPE_CHECKING:
    from nbformat import NotebookNode

MOTEUR = "perequation"
# Set, every chart is checked against Vega-Lite's schema.
VERIFIER = "PEREQUATION_VERIFIER_GRAPHIQUES"
process.preheat("perequation.edition.preheat")


@dataclass(frozen=True)
class Tache:
    """A report to make, and where its two files are to be left.

    `garde_carnet` says whether the executed notebook stays in the pack: it holds paths of this
    machine, so it never goes outside.
    """

    rapport: Rapport
    contexte: page.Contexte
    dossier: Path
    moteur: str = MOTEUR
    garde_carnet: bool = True

    @property
    def page(self) -> Path:
        """Where the page is published."""
        return self.dossier / self.rapport.fichier

    @property
    def page_provisoire(self) -> Path:
        """The page until it is put in place."""
        return self.dossier / f".{self.rapport.nom}.tmp.html"

    @property
    def carnet_provisoire(self) -> Path:
        """The executed notebook until it is put in place."""
        return self.dossier / f".{self.rapport.nom}.tmp.ipynb"


@dataclass(frozen=True)
class Echec:
    """Why a report could not be made: a French sentence, and where."""

    message: str
    etape: str = ""


def render(tell: process.Tell, tache: Tache) -> Echec | None:
    """Make the report of a task; return None, or why it failed.

    A cell's error leaves the executed notebook, with Papermill's error marker.
    """
    from papermill.exceptions import PapermillExecutionError

    if process.is_child():
        Lecture.garde_ouvert = True
        # What the tables and charts of this report may show; a kernel of its own inherits it.
        os.environ[NIVEAU] = tache.rapport.niveau
        if tache.rapport.notebook.parent == ressource("notebooks"):
            _trust_charts()
    try:
        check_parameters(tache.rapport.notebook, tache.rapport.parametres)
        notebook = execute(tache)
        tell("page")
        text = page.export_page(notebook, tache.contexte)
        tache.page_provisoire.write_text(text, "utf-8")
    except PapermillExecutionError as error:
        return Echec(_cell_fault(error.ename, error.evalue), _place(error.cell_index))
    except PerequationError as error:
        return Echec(error.message)
    except OSError as error:
        return Echec(_explain(error))
    return None


def _trust_charts() -> None:
    """Have this process check no chart against Vega-Lite's schema: a tenth of a report of figures.

    Charts of our own notebooks are checked by the tests; those of a session's own always are.
    """
    if os.environ.get(VERIFIER):
        return
    from altair.utils import schemapi

    schemapi.DEBUG_MODE = False

    def trust(cls: Any, instance: Any, schema: Any = None) -> None:
        """Take the chart as it is."""

    schemapi.SchemaBase.validate = classmethod(trust)  # pyright: ignore[reportAttributeAccessIssue]


def execute(tache: Tache, *, prepare_only: bool = False) -> NotebookNode:
    """Run the notebook of a task by Papermill and write it, executed, beside the reports."""
    from papermill import execute_notebook

    register_engine()
    source = read_notebook(tache.rapport.notebook)
    sortie = str(tache.carnet_provisoire)
    return execute_notebook(
        source,
        # Papermill formats its paths: a brace in the folder's name has to be doubled.
        sortie.replace("{", "{{").replace("}", "}}"),
        parameters=dict(tache.rapport.parametres),
        engine_name=tache.moteur,
        kernel_name="python3",
        progress_bar=False,
        request_save_on_cell_execute=False,
        prepare_only=prepare_only,
    )


def save_interrupted(_: process.Tell, tache: Tache, cellule: int | None) -> None:
    """Write the notebook of a report whose process died, marked at the cell it was running."""
    from papermill.exceptions import PapermillExecutionError
    from papermill.execute import raise_for_execution_errors

    notebook = execute(tache, prepare_only=True)
    if cellule is not None:
        notebook.cells[cellule].metadata["papermill"]["exception"] = True
        notebook.cells[cellule].metadata["papermill"]["status"] = "failed"
    try:
        raise_for_execution_errors(notebook, str(tache.carnet_provisoire))
    except PapermillExecutionError:
        return


def register_engine() -> None:
    """Make the engine known to Papermill even where entry points are not installed."""
    from papermill.engines import papermill_engines

    papermill_engines.register(MOTEUR, LazyEngine)


def place_of(cellule: int | None) -> str:
    """Say at which cell a process stopped."""
    return "" if cellule is None else _place(cellule)


def _cell_fault(ename: str, evalue: str) -> str:
    """Say what a cell's error is: our own errors are sentences already."""
    if issubclass(getattr(erreurs, ename, object), PerequationError):
        return _first_line(evalue)
    return f"Une cellule du carnet a échoué ({ename} : {_first_line(evalue)})."


def _place(index: int) -> str:
    return f"cellule {index + 1} du carnet"


def _first_line(text: Any) -> str:
    lignes = str(text).strip().splitlines()
    return lignes[0][:300] if lignes else "sans message"


def _explain(error: OSError) -> str:
    if error.errno in {errno.ENOSPC, errno.EFBIG, errno.EDQUOT}:
        return "Plus de place sur le disque : libérez-en, puis relancez avec --reprendre."
    if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
        return f"Écriture refusée dans le dossier des rapports ({describe_refusal(error)})."
    return f"Lecture ou écriture impossible ({describe_refusal(error)})."
