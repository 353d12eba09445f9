"""What is dear to make and the same for every test: made once a run, for all its processes."""

import hashlib
import os
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

import duckdb
import polars as pl
import pytest
from filelock import FileLock
from voies import is_usual

from perequation import execution
from perequation.controles import validation
from perequation.controles.suites import Regle
from perequation.demo import make_session
from perequation.resultats import familles
from perequation.resultats.mesures import Mesure
from perequation.socle.dossier import open_dossier
from perequation.socle.journal import open_run

CCST = "ccst-2023-toulouse"


def once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """Return a folder made once a run: the first process makes it, the others wait for it.

    It is read by all: who changes it works on a copy.
    """
    base = factory.getbasetemp()
    shared = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "partage"
    shared.mkdir(exist_ok=True)
    folder, done = shared / name, shared / f"{name}.fait"
    with FileLock(shared / f"{name}.lock"):
        if not done.exists():
            shutil.rmtree(folder, ignore_errors=True)
            make(folder)
            done.touch()
    return folder


def publish_session(folder: Path, nom: str = CCST) -> None:
    """Make a demonstration session and its results, without reports."""
    dossier = open_dossier(make_session(nom, folder))
    with open_run(dossier, "executer", silencieux=True) as journal:
        execution.importer(dossier, journal)
        execution.controler(dossier, journal)
        execution.calculer(dossier, journal)


def published(factory: pytest.TempPathFactory, nom: str = CCST) -> Path:
    """Return a copy, of this process alone, of a published demonstration session."""
    made = once(factory, nom, lambda folder: publish_session(folder, nom))
    return Path(shutil.copytree(made, factory.mktemp("publie") / nom))


def _memory_key(mesure: Mesure, minimum: int, already: pl.DataFrame | None) -> bytes:
    digest = hashlib.sha256(str(minimum).encode())
    for part in (*vars(mesure).values(), already):
        written = part.write_ipc(None).getvalue() if isinstance(part, pl.DataFrame) else str(part)
        digest.update(written if isinstance(written, bytes) else written.encode())
    return digest.digest()


_hide = familles._hide
_hidden: dict[bytes, pl.DataFrame] = {}


def hide_once(mesure: Mesure, minimum: int, already: pl.DataFrame | None = None) -> pl.DataFrame:
    """Decide about one quantity; the same candidates and values are decided about once."""
    key = _memory_key(mesure, minimum, already)
    if key not in _hidden:
        _hidden[key] = _hide(mesure, minimum, already)
    return _hidden[key]


def count_again(
    con: duckdb.DuckDBPyConnection, regles: Iterable[Regle], *_: object
) -> dict[str, int]:
    """Stand for Great Expectations' counts: how many rows each rule's own SELECT gives."""
    return {r.regle: len(con.sql(f"select 1 from (\n{r.sql}\n)").fetchall()) for r in regles}


@pytest.fixture(autouse=True)
def steps_at_a_lower_cost(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the usual lane, run a session's steps without what other tests hold and half the time takes.

    Great Expectations counts in `tests/sql/controles`, in the session all copy, and where a test is
    marked `validation`; hiding is decided once for the same data. `make test-complet` does it all.
    """
    if not is_usual():
        return
    monkeypatch.setattr(familles, "_hide", hide_once)
    if request.node.get_closest_marker("validation") is None:
        monkeypatch.setattr(validation, "count_anomalies", count_again)
        monkeypatch.setattr(validation, "warm_up", lambda: None)
