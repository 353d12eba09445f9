"""Where reports are made: children of this machine, or the workers of a Dask cluster.

Workers and the caller see the session folder under the same path (a shared disk): only the names
of files go through the network, and whole files are put in place by the caller as always. Each
worker makes its reports with its own warm server.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from queue import Queue
from typing import Any, Protocol

from perequation.edition import rendu
from perequation.edition.moteur import process
from perequation.edition.rendu import Tache
from perequation.socle.erreurs import ConfigurationError, PerequationError
from perequation.socle.extras import missing_extra

CONNECTION_TIMEOUT = 15
_NO_DASK = missing_extra("dask")
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

    Raises
    ------
    ConfigurationError
        `distributed` is not installed.
    PerequationError
        The scheduler doesn't answer, or has no worker.
    """

    def __init__(self, address: str, timeout: float) -> None:
        try:
            dask: Any = import_module("distributed")
        except ImportError as error:
            raise ConfigurationError(_NO_DASK) from error
        self._timeout = timeout
        try:
            self._client: Any = dask.Client(
                address, timeout=CONNECTION_TIMEOUT, set_as_default=False
            )
        except (OSError, ValueError) as error:
            raise PerequationError(
                f"Le cluster Dask « {address} » ne répond pas ({error})."
            ) from error
        self.places: int = sum(self._client.nthreads().values())
        if not self.places:
            self._client.close()
            raise PerequationError(f"Le cluster Dask « {address} » n'a aucun ouvrier.")
        self._done: Queue[Any] = Queue()
        self._labels: dict[str, Any] = {}

    def start(self, tache: Tache, label: Any) -> None:
        """Send a report to a worker."""
        future = self._client.submit(make_report, tache, self._timeout, pure=False, retries=0)
        self._labels[future.key] = label
        future.add_done_callback(self._done.put)

    def wait(self) -> Iterator[tuple[Any, str, Any]]:
        """Yield the next report done; the cell it stopped in comes first, where there is one."""
        future = self._done.get()
        label = self._labels.pop(future.key)
        if (error := future.exception()) is not None:
            yield label, "died", f"ouvrier Dask : {type(error).__name__}"
            return
        cell, kind, value = future.result()
        if cell is not None:
            yield label, "event", cell
        yield label, kind, value

    def close(self) -> None:
        """Give up what still runs."""
        self._client.close()


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


def allow_children() -> None:
    """Let a worker started by a nanny have children: Dask makes it a daemon, which may not."""
    import multiprocessing

    config: dict[str, Any] = vars(multiprocessing.current_process())["_config"]
    config["daemon"] = False
