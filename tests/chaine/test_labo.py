"""The notebooks a statistician gets: set to the session, theirs to change, run by a kernel."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from perequation.socle import extras
from perequation.socle.dossier import open_dossier
from perequation.socle.erreurs import ConfigurationError, MissingInputError
from perequation.suivi import labo
from perequation.suivi.labo import prepare_labo


@pytest.mark.slow
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
    monkeypatch.setattr(extras, "find_spec", lambda _: None)
    with pytest.raises(ConfigurationError, match=r"perequation\[labo\]"):
        labo.open_labo(tmp_path, port=0, navigateur=False)


def test_a_copied_folder_reads_its_own_results(session: Path, tmp_path: Path) -> None:
    prepare_labo(open_dossier(session))
    ailleurs = shutil.copytree(session, tmp_path / "ailleurs")
    shutil.rmtree(session)
    atelier = prepare_labo(open_dossier(ailleurs))
    notebook = nbformat.read(atelier / "50_rattrapage.ipynb", as_version=4)
    (said,) = (n for n, cell in enumerate(notebook.cells) if cell.get("id") == "publication-lue")
    del notebook.cells[said + 1 :]
    NotebookClient(notebook, timeout=120, kernel_name="python3").execute(cwd=str(atelier))
    assert "ailleurs/sortie" in notebook.cells[said].outputs[0].text


def test_a_copy_nobody_changed_is_made_again(session: Path) -> None:
    atelier = prepare_labo(open_dossier(session))
    carnet = atelier / "50_rattrapage.ipynb"
    notebook = nbformat.read(carnet, as_version=4)
    notebook.cells[0].source = "autrefois"
    notebook.metadata["perequation"]["sources"] = labo._hash_sources(notebook)
    nbformat.write(notebook, carnet)
    prepare_labo(open_dossier(session))
    assert "autrefois" not in carnet.read_text("utf-8")


def test_a_changed_notebook_of_another_folder_is_refused(session: Path, tmp_path: Path) -> None:
    atelier = prepare_labo(open_dossier(session))
    autre = nbformat.v4.new_notebook()
    autre.cells = [nbformat.v4.new_code_cell(f'dossier = "{tmp_path / "autre"}"')]
    nbformat.write(autre, atelier / "le_mien.ipynb")
    with pytest.raises(ConfigurationError, match="autre dossier"):
        prepare_labo(open_dossier(session))


def answer_of(port: int) -> int:
    """Ask for the files without a token: the code of the answer, 0 without one."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/contents") as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


def pause() -> bool:
    time.sleep(0.5)
    return True


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="les signaux ne sont pas ceux de Windows")
@pytest.mark.parametrize("told", ["SIGTERM", "SIGKILL"])
def test_the_server_dies_with_the_command_and_keeps_its_token(session: Path, told: str) -> None:
    if told == "SIGKILL" and sys.platform != "linux":
        pytest.skip("seul Linux arrête l’enfant d’une commande tuée")
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    arguments = ["labo", str(session), "--sans-navigateur", "--port", str(port)]
    command = "import sys; from perequation.cli import main; main(sys.argv[1:])"
    run = subprocess.Popen(
        [sys.executable, "-c", command, *arguments], stdout=subprocess.PIPE, text=True
    )
    try:
        assert run.stdout
        address = run.stdout.readline().removeprefix("JupyterLab : ").strip()
        assert address.startswith(f"http://127.0.0.1:{port}/lab?token=")
        codes = (answer_of(port) for _ in range(240) if pause())
        assert next((code for code in codes if code), 0) == 403
        settings = address.replace("/lab?", "/lab/api/settings?")
        with urllib.request.urlopen(settings) as answer:
            assert '"locale": "fr_FR"' in answer.read().decode().replace('\\"', '"')
        words = address.replace("/lab?", "/lab/api/translations/fr_FR?")
        with urllib.request.urlopen(words) as answer:
            assert "Nouveau" in answer.read().decode()
    finally:
        run.send_signal(getattr(signal, told))
        run.wait(60)
    # A command told to stop waits for its server; one that is killed leaves it to the system.
    left = (answer_of(port) for _ in range(60 if told == "SIGKILL" else 1) if pause())
    assert 0 in left
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", port), timeout=2)
