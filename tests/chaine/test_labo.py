"""The notebooks a statistician gets: set to the session, theirs to change, run by a kernel."""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from perequation.socle.dossier import open_dossier
from perequation.socle.erreurs import ConfigurationError, MissingInputError
from perequation.suivi import labo
from perequation.suivi.labo import prepare_labo


def test_the_notebooks_are_set_to_the_session_and_run(session: Path) -> None:
    atelier = prepare_labo(open_dossier(session))
    notebook = nbformat.read(atelier / "50_rattrapage.ipynb", as_version=4)
    NotebookClient(notebook, timeout=120, kernel_name="python3").execute(cwd=str(atelier))
    assert any(cell.get("outputs") for cell in notebook.cells)


def test_a_changed_notebook_is_never_overwritten(session: Path) -> None:
    atelier = prepare_labo(open_dossier(session))
    carnet = atelier / "10_qualite.ipynb"
    carnet.write_text("à moi", encoding="utf-8")
    prepare_labo(open_dossier(session))
    assert carnet.read_text(encoding="utf-8") == "à moi"


def test_without_results_it_says_what_to_run(session: Path) -> None:
    (session / "sortie" / "perequation.duckdb").unlink()
    with pytest.raises(MissingInputError, match="perequation executer"):
        prepare_labo(open_dossier(session))


def test_without_jupyterlab_the_command_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(labo, "find_spec", lambda _: None)
    with pytest.raises(ConfigurationError, match=r"perequation\[labo\]"):
        labo.open_labo(tmp_path, port=0, navigateur=False)
