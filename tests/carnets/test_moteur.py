"""The engine leaves notebooks as Papermill's default engine does, and nothing else behind it."""

import ast
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

import nbformat
import papermill
import pytest
from carnets.atelier import Cellule, write_notebook
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from papermill.exceptions import PapermillExecutionError
from voies import first_of

from perequation.edition.moteur import process
from perequation.edition.rendu import register_engine

# The whole list of what may differ: times, identifiers, addresses in memory, pieces of a stream.
TIMES = {"start_time", "end_time", "duration"}


@pytest.fixture(autouse=True)
def engine() -> None:
    register_engine()


def run(path: Path, engine: str, **options: Any) -> tuple[dict[str, Any], str]:
    """Execute a notebook; return what was saved, normalised, and the error raised."""
    sortie = path.with_name(f"{path.stem}-execute.ipynb")
    erreur = ""
    try:
        papermill.execute_notebook(path, sortie, engine_name=engine, progress_bar=False, **options)
    except PapermillExecutionError as error:
        erreur = f"{error.ename} {error.evalue} {error.cell_index} {error.exec_count}"
    return normalise(nbformat.read(sortie, 4)), erreur


def normalise(carnet: nbformat.NotebookNode) -> dict[str, Any]:
    for times in (
        carnet.metadata.papermill,
        *(c.metadata.papermill for c in carnet.cells if "papermill" in c.metadata),
    ):
        for key in TIMES:
            times.pop(key)
    for cell in carnet.cells:
        del cell["id"]
        if "execution" in cell.metadata:
            cell.metadata["execution"] = sorted(cell.metadata["execution"])
        if "outputs" in cell:
            cell["outputs"] = list(merge_streams(cell.outputs))
    return without_addresses(carnet)


def as_lines(carnet: dict[str, Any]) -> list[str]:
    """Return a notebook as text, so that a difference can be read."""
    return json.dumps(carnet, indent=1, ensure_ascii=False, sort_keys=True).splitlines()


def merge_streams(outputs: list[Any]) -> Iterator[Any]:
    """Join what follows on a stream: a kernel cuts it where its clock says."""
    for is_stream, group in groupby(outputs, lambda output: output.output_type == "stream"):
        if not is_stream:
            yield from group
            continue
        texts: dict[str, str] = {}
        for piece in group:
            texts[piece.name] = texts.get(piece.name, "") + piece.text
        yield from sorted(texts.items())


def without_addresses(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: without_addresses(item) for key, item in value.items()}
    if isinstance(value, list):
        return [without_addresses(item) for item in value]
    return re.sub(r"0x[0-9a-f]{6,}", "0x…", value) if isinstance(value, str) else value


PARAMETRES = ("parameters", 'note: float = 1.5  # une note\ncentre: str = ""  # un centre')
REPREND = """
from IPython.display import HTML, Markdown, clear_output, display
prise = display(Markdown("**1**"), display_id="x")
print("entre")
prise.update(Markdown("**2**"))
HTML("<b>h</b>")
"""
# A kernel reads what its subprocesses write in a thread: on a busy machine, later than its cell ends.
SOUS_PROCESSUS = """
import subprocess
import time
print("avant", flush=True)
_ = subprocess.run(["echo", "sous-processus"])
time.sleep(1)
"""
CASSE = """
class C:
    def _repr_html_(self):
        raise ValueError("é")
C()
"""
CARNETS: dict[str, list[Cellule]] = {
    "sorties": [
        ("markdown", "# Titre"),
        PARAMETRES,
        "import sys\nprint('a', note)\nprint('b', file=sys.stderr)\nprint('c')\ncentre",
        REPREND,
        "print('effacé')\nclear_output(wait=True)\nprint('gardé')",
        "%%html\n<i>magie</i>",
        "await __import__('asyncio').sleep(0)\nobject()",
        SOUS_PROCESSUS,
        "",
        "_, __, In[3][:6], sorted(Out)",
        "x = 1;\nx;",
        "__name__, __import__('os').getcwd(), get_ipython().__class__.__name__",
    ],
    "reste_apres_une_faute": [
        PARAMETRES,
        "def f(x):\n    return 1 / x",
        "print('vu')\nf(0)",
        "print('jamais')",
    ],
    "syntaxe": ["x = (", "1"],
    "faute_attendue": [
        ("raises-exception", "1/0"),
        ("skip-execution", "fin = 1"),
        "'fin' in globals()",
    ],
    "affichage_en_faute": [CASSE, "1"],
    "sortie_1": ["raise SystemExit(1)", "2"],
}


# The first two show both ends, a result and a fault; each case starts a kernel.
@pytest.mark.parametrize("nom", first_of(CARNETS, 2))
def test_leaves_what_the_default_engine_leaves(
    tmp_path: Path, nom: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A kernel that sees this variable doesn't capture its subprocesses.
    monkeypatch.delenv("PYTEST_CURRENT_TEST")
    path = write_notebook(tmp_path / f"{nom}.ipynb", *CARNETS[nom])
    parametres = {"note": 12.5, "centre": "Été « 1 »"} if PARAMETRES in CARNETS[nom] else None

    notre, notre_faute = run(path, "perequation", parameters=parametres)
    leur, leur_faute = run(path, "nbclient", parameters=parametres)

    assert as_lines(notre) == as_lines(leur)
    assert notre_faute == leur_faute


def test_asking_the_keyboard_fails_as_in_a_kernel(tmp_path: Path) -> None:
    """Same error; its traceback is shorter by the kernel's own frames."""
    _, faute = run(write_notebook(tmp_path / "c.ipynb", "input('nom ?')"), "perequation")

    assert faute.startswith("StdinNotImplementedError raw_input was called")


def test_saves_after_each_cell_as_papermill_asks(tmp_path: Path) -> None:
    """After a crash, what is on disk says which cell was running."""
    path = write_notebook(
        tmp_path / "c.ipynb", "1", "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)"
    )
    sortie = tmp_path / "sortie.ipynb"

    with pytest.raises(DeadKernelError, match="signal 9"):
        papermill.execute_notebook(path, sortie, engine_name="perequation", progress_bar=False)

    statuts = [cell.metadata.papermill.status for cell in nbformat.read(sortie, 4).cells]
    assert statuts == ["completed", "running"]


def test_gives_a_notebook_up_at_the_time_limit(tmp_path: Path) -> None:
    path = write_notebook(tmp_path / "c.ipynb", "import time\ntime.sleep(60)")
    debut = time.monotonic()

    with pytest.raises(CellTimeoutError):
        papermill.execute_notebook(
            path, None, engine_name="perequation", progress_bar=False, execution_timeout=1
        )

    assert time.monotonic() - debut < 10


SALIT = """
import builtins, os, sys, tempfile, warnings, decimal, polars, altair
os.environ["TRACE"] = "1"; os.chdir("/"); builtins.TRACE = 1; sys.path.insert(0, "/trace")
sys.modules["json"].TRACE = 1; decimal.getcontext().prec = 3; warnings.simplefilter("error")
polars.Config.set_tbl_rows(1); altair.renderers.enable("json"); trace = 1
ouvert = open(tempfile.gettempdir() + "/perequation-trace", "w")
"""
REGARDE = """
import builtins, os, sys, json, decimal, altair
descripteurs = [os.readlink(f"/proc/self/fd/{n}") for n in os.listdir("/proc/self/fd")
                if os.path.exists(f"/proc/self/fd/{n}")] if os.path.isdir("/proc/self/fd") else []
{
    "environnement": "TRACE" in os.environ, "dossier": os.getcwd() == "/",
    "builtins": hasattr(builtins, "TRACE"), "chemins": "/trace" in sys.path,
    "module": hasattr(json, "TRACE"), "decimal": decimal.getcontext().prec == 3,
    "variable": "trace" in globals(), "rendu": altair.renderers.active == "json",
    "fichier": any("perequation-trace" in d for d in descripteurs),
}
"""


def test_nothing_of_a_report_reaches_the_next(tmp_path: Path) -> None:
    salit = write_notebook(tmp_path / "salit.ipynb", SALIT)
    regarde = write_notebook(tmp_path / "regarde.ipynb", REGARDE)
    avant = dict(os.environ), Path.cwd()

    run(salit, "perequation")
    carnet, _ = run(regarde, "perequation")

    vu = eval(carnet["cells"][0]["outputs"][0]["data"]["text/plain"])
    assert not any(vu.values()), vu
    assert (dict(os.environ), Path.cwd()) == avant


def test_never_runs_in_the_process_that_calls(tmp_path: Path) -> None:
    path = write_notebook(tmp_path / "c.ipynb", "import os\nos.getpid()")

    pids = {
        run(path, "perequation")[0]["cells"][0]["outputs"][0]["data"]["text/plain"] for _ in "ab"
    }

    assert len(pids) == 2
    assert str(os.getpid()) not in pids


def test_sees_the_environment_of_the_caller(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The warm server started earlier, with another environment and in another folder."""
    path = write_notebook(tmp_path / "c.ipynb", "import os\nos.environ['SESSION_VUE'], os.getcwd()")
    monkeypatch.setenv("SESSION_VUE", "oui")
    monkeypatch.chdir(tmp_path)

    carnet, _ = run(path, "perequation")

    shown = carnet["cells"][0]["outputs"][0]["data"]["text/plain"]
    assert ast.literal_eval(shown) == ("oui", str(tmp_path))


def _die(tell: process.Tell) -> None:
    os._exit(3)


def _fail(tell: process.Tell) -> None:
    raise ValueError("raison")


def _count(tell: process.Tell, jusqua: int) -> int:
    for n in range(jusqua):
        tell(n)
    return jusqua


def test_a_child_answers_fails_or_dies_and_says_which() -> None:
    vus: list[int] = []

    assert process.call(_count, (3,), on_event=vus.append) == 3
    assert vus == [0, 1, 2]
    with pytest.raises(process.ChildFailedError, match="ValueError: raison"):
        process.call(_fail, ())
    with pytest.raises(process.ChildDiedError, match="code 3"):
        process.call(_die, ())


@pytest.mark.slow
def test_works_where_processes_are_spawned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PEREQUATION_PROCESSUS", "spawn")
    process.context.cache_clear()
    try:
        carnet, _ = run(write_notebook(tmp_path / "c.ipynb", "6 * 7"), "perequation")
    finally:
        process.context.cache_clear()
    assert carnet["cells"][0]["outputs"][0]["data"]["text/plain"] == "42"


def test_a_script_without_a_guard_is_not_run_again_in_each_child(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import operator\n"
        "from perequation.edition.moteur import process\n"
        "print('debut', process.call(operator.truth, ()), flush=True)\n",
        encoding="utf-8",
    )
    fini = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, timeout=60, check=True
    )
    assert fini.stdout == "debut True\n"


def test_a_report_leaves_no_profile_of_ipython_behind(tmp_path: Path) -> None:
    path = write_notebook(tmp_path / "c.ipynb", "assert get_ipython().profile_dir.location == ''")
    assert run(path, "perequation")[1] == ""
