"""A cluster that loses its workers, or its scheduler, is told of, never waited for without end."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from carnets.atelier import Ecrire

from perequation.edition import cluster, publish_reports
from perequation.socle.dossier import Dossier
from perequation.socle.erreurs import ConfigurationError, ReportsFailedError
from perequation.socle.journal import open_run

distributed: Any = pytest.importorskip("distributed", reason="extra « dask » non installé")
pytestmark = pytest.mark.slow
SLEEP = "import time\ntime.sleep(900)"


@pytest.fixture
def grappe() -> Iterator[Any]:
    """A cluster of two workers without nannies: one that is killed stays dead."""
    import dask

    with (
        dask.config.set({"distributed.worker.daemon": False}),
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
        ) as made,
    ):
        yield made


@pytest.fixture(autouse=True)
def impatience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "PATIENCE", 3.0)
    monkeypatch.setattr(cluster, "GLANCE", 0.5)


def _pids(grappe: Any) -> list[int]:
    with distributed.Client(grappe.scheduler_address, set_as_default=False) as client:
        return list(client.run(os.getpid).values())


def _when(there: Callable[[], bool], what: Callable[[], None]) -> list[float]:
    """Do something beside once something is there, ten minutes later at most; give when."""
    done: list[float] = []

    def act() -> None:
        limit = time.monotonic() + 600
        while not there() and time.monotonic() < limit:
            time.sleep(0.2)
        what()
        done.append(time.monotonic())

    threading.Thread(target=act, daemon=True).start()
    return done


def _is_busy(address: str) -> bool:
    with distributed.Client(address, set_as_default=False) as client:
        return any(client.processing().values())


def _kill_all_workers(grappe: Any) -> None:
    pids = _pids(grappe)
    for nanny in grappe.workers.values():
        nanny.auto_restart = False
    for pid in pids:
        os.kill(pid, signal.SIGKILL)


def test_both_workers_killed_is_told_the_rest_is_published_and_the_lock_is_free(
    dossier: Dossier, carnet: Ecrire, grappe: Any
) -> None:
    # Whatever the order, one worker is left to the two that end at once.
    carnet("30_harmonisation", SLEEP)
    for code in ("20_resultats", "40_jury"):
        carnet(code, "1")
    pages = [dossier.rapports / f"{code}_CCST.html" for code in ("20_resultats", "40_jury")]
    killed = _when(lambda: all(page.is_file() for page in pages), lambda: _kill_all_workers(grappe))

    with pytest.raises(ReportsFailedError) as error, open_run(dossier, "editer") as journal:
        publish_reports(dossier, dask=grappe.scheduler_address, journal=journal)

    assert time.monotonic() - killed[0] < 60
    assert error.value.code == 4
    assert len(error.value.details) == 1
    assert all("--reprendre" in detail for detail in error.value.details)
    assert all(page.is_file() for page in pages)

    carnet("30_harmonisation", "1")
    with open_run(dossier, "editer") as journal:
        bilan = publish_reports(dossier, reprendre=True, journal=journal)
    assert not bilan.echecs


def test_a_scheduler_that_goes_is_told(dossier: Dossier, carnet: Ecrire) -> None:
    import subprocess
    import sys

    carnet("20_resultats", SLEEP)
    scheduler = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "distributed.cli.dask_scheduler",
            "--port",
            "0",
            "--no-dashboard",
            "--host",
            "127.0.0.1",
            "--scheduler-file",
            str(dossier.racine / ".grappe.json"),
        ],
        stderr=subprocess.DEVNULL,
    )
    worker = None
    try:
        fichier = dossier.racine / ".grappe.json"
        while not fichier.is_file():
            time.sleep(0.2)
        import json

        adresse = json.loads(fichier.read_text(encoding="utf-8"))["address"]
        worker = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "distributed.cli.dask_worker",
                adresse,
                "--no-nanny",
                "--nthreads",
                "1",
                "--no-dashboard",
            ],
            stderr=subprocess.DEVNULL,
        )
        with distributed.Client(adresse, set_as_default=False) as client:
            client.wait_for_workers(1, timeout=60)
        killed = _when(lambda: _is_busy(adresse), scheduler.kill)
        with pytest.raises(ReportsFailedError) as error:
            publish_reports(dossier, ["20_resultats"], dask=adresse)
        assert time.monotonic() - killed[0] < 60
        assert all("Dask" in detail for detail in error.value.details)
    finally:
        scheduler.kill()
        if worker is not None:
            worker.kill()


def test_workers_of_another_version_are_refused(
    dossier: Dossier, carnet: Ecrire, grappe: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    carnet("20_resultats", "1")
    monkeypatch.setattr(cluster, "computing_fingerprint", lambda: "autre")
    with pytest.raises(ConfigurationError, match="même version") as error:
        publish_reports(dossier, ["20_resultats"], dask=grappe.scheduler_address)
    assert len(error.value.details) == 2


def test_a_scheduler_that_goes_while_it_is_asked_is_told(
    dossier: Dossier, carnet: Ecrire, grappe: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def leave(*_: object, **__: object) -> None:
        raise distributed.comm.CommClosedError("Stream is closed")

    carnet("20_resultats", "1")
    monkeypatch.setattr(distributed.Client, "run", leave)
    with pytest.raises(ConfigurationError, match="ne répond pas"):
        publish_reports(dossier, ["20_resultats"], dask=grappe.scheduler_address)
