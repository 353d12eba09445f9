"""A cluster that loses its workers or its scheduler gives up what it had, and says so."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from perequation.edition import cluster
from perequation.socle.erreurs import ConfigurationError

pytestmark = pytest.mark.entier

distributed: Any = pytest.importorskip("distributed", reason="extra « dask » non installé")


def _answer(timeout: float) -> tuple[int, str, int]:
    return 1, "result", 42


def _linger(timeout: float) -> tuple[None, str, int]:
    time.sleep(3)
    return None, "result", 1


@pytest.fixture
def grappe(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Two workers in this process."""
    monkeypatch.setattr(cluster, "PATIENCE", 1.0)
    monkeypatch.setattr(cluster, "GLANCE", 0.3)
    with distributed.LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        processes=False,
        dashboard_address=None,
        protocol="tcp",
        host="127.0.0.1",
    ) as made:
        yield made


def test_what_a_worker_made_comes_with_its_label(grappe: Any) -> None:
    workers = cluster.Cluster(grappe.scheduler_address)
    workers.start(_answer, (), 5, "a")
    assert (workers.places, workers.free) == (2, 1)
    assert list(workers.wait()) == [("a", "event", 1), ("a", "result", 42)]
    workers.close()


def test_without_workers_all_is_given_up_and_nothing_more_is_waited_for(grappe: Any) -> None:
    workers = cluster.Cluster(grappe.scheduler_address)
    for label in "ab":
        workers.start(_linger, (), 50, label)
    grappe.scale(0)
    told = list(workers.wait())
    assert {(label, kind) for label, kind, _ in told} == {("a", "lost"), ("b", "lost")}
    assert "--reprendre" in told[0][2]
    workers.start(_answer, (), 5, "c")
    ((label, kind, _),) = workers.wait()
    assert (label, kind) == ("c", "lost")
    workers.close()


def test_another_version_on_a_worker_is_refused(
    grappe: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "_fingerprint", lambda: "autre")
    with pytest.raises(ConfigurationError, match="même version") as error:
        cluster.Cluster(grappe.scheduler_address)
    assert len(error.value.details) == 2
