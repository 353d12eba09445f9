"""Where reports are made: children of this machine, or the workers of a Dask cluster.

Workers and the caller see the session folder under the same path (a shared disk): only the names
of files go through the network, and whole files are put in place by the caller as always. Each
worker makes its reports with its own warm server.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

from perequation.edition import rendu
from perequation.edition.cluster import Cluster, allow_children
from perequation.edition.moteur import process
from perequation.edition.rendu import Tache

_NO_SHARED_DISK = "Il faut un disque partagé : l'ouvrier Dask ne voit pas le dossier"


class Workers(Protocol):
    """Makes the reports it is given and tells what becomes of them.

    `places` is how many it takes at the same time. `wait` yields (label, kind, value), kinds being
    those of `process.wait`: ``event``, ``result``, ``failed``, ``died``, ``timeout``.
    """

    places: int

    def start(self, tache: Tache, label: Any) -> None:
        """Start a report; the label comes back with what becomes of it."""
        ...

    def wait(self) -> Iterator[tuple[Any, str, Any]]:
        """Wait until something happens and yield it."""
        ...

    def close(self) -> None:
        """Stop what still runs."""
        ...


class LocalWorkers:
    """One disposable child a report, on this machine."""

    def __init__(self, places: int, timeout: float) -> None:
        self.places, self._timeout = places, timeout
        self._running: list[process.Child] = []

    def start(self, tache: Tache, label: Any) -> None:
        """Start a report in a child."""
        self._running.append(process.start(rendu.render, (tache,), self._timeout, label))

    def wait(self) -> Iterator[tuple[Any, str, Any]]:
        """Yield what the children tell."""
        for child, kind, value in process.wait(self._running):
            if kind != "event":
                self._running.remove(child)
            yield child.label, kind, value

    def close(self) -> None:
        """Kill the children still there."""
        for child in self._running:
            child.kill()


class DaskWorkers:
    """Gives the reports to the workers of a Dask scheduler.

    Parameters
    ----------
    address
        Of the scheduler: ``tcp://machine:8786``.
    timeout
        Seconds allowed to one report.
    """

    def __init__(self, address: str, timeout: float) -> None:
        self._timeout = timeout
        self._cluster = Cluster(address)
        self.places = self._cluster.places

    def start(self, tache: Tache, label: Any) -> None:
        """Send a report to a worker."""
        self._cluster.start(make_report, (tache,), self._timeout, label)

    def wait(self) -> Iterator[tuple[Any, str, Any]]:
        """Yield the next report done."""
        return self._cluster.wait()

    def close(self) -> None:
        """Give up what still runs."""
        self._cluster.close()


def make_report(tache: Tache, timeout: float) -> tuple[int | None, str, Any]:
    """Make a report on a worker, in a child of its own; return the last cell, kind and value."""
    allow_children()
    cell: int | None = None

    def follow(event: Any) -> None:
        nonlocal cell
        cell = event if isinstance(event, int) else None

    if not tache.dossier.is_dir():
        return None, "result", rendu.Echec(f"{_NO_SHARED_DISK} « {tache.dossier} ».")
    try:
        return (
            None,
            "result",
            process.call(rendu.render, (tache,), timeout=timeout, on_event=follow),
        )
    except process.ChildTimeoutError as error:
        return cell, "timeout", str(error)
    except process.ChildDiedError as error:
        return cell, "died", str(error)
    except process.ChildFailedError as error:
        return cell, "failed", str(error)
