"""A Dask cluster that runs functions of ours: reports, whole sessions.

Workers and the caller see the folders under the same path (a shared disk): only names go through the
network. Nothing is waited for without end: when no worker has been there for a while, or the
scheduler has gone, what was under way is given up, and told.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from importlib import import_module
from queue import Empty, Queue
from typing import Any

from perequation.socle.erreurs import ConfigurationError
from perequation.socle.extras import missing_extra
from perequation.socle.freshness import computing_fingerprint

CONNECTION_TIMEOUT = 15
#: Seconds a cluster may have no worker, or no scheduler, before what it was given is given up.
PATIENCE = 30.0
#: Between two looks at whether the cluster is still there.
GLANCE = 2.0
#: Beyond the time allowed to what it runs, before a worker that says nothing is given up.
MARGIN = 60.0
_NO_DASK = missing_extra("dask")


class Cluster:
    """Runs functions on the workers of a Dask scheduler; Dask gives what a lost worker had to another.

    Connections are made as Dask's own settings say, TLS included (`distributed.comm`).

    Parameters
    ----------
    address
        Of the scheduler: ``tcp://machine:8786`` or ``tls://machine:8786``.

    Raises
    ------
    ConfigurationError
        `distributed` is not installed, or a worker has another version of what computes.
        Or the scheduler doesn't answer, or has no worker.
    """

    def __init__(self, address: str) -> None:
        try:
            dask: Any = import_module("distributed")
        except ImportError as error:
            raise ConfigurationError(_NO_DASK) from error
        try:
            self._client: Any = dask.Client(
                address, timeout=CONNECTION_TIMEOUT, set_as_default=False
            )
        except (OSError, ValueError) as error:
            raise _unanswered(address) from error
        self._address = address
        self._done: Queue[Any] = Queue()
        self._labels: dict[str, Any] = {}
        self._limits: dict[str, float] = {}
        self._futures: dict[str, Any] = {}
        self._seen = time.monotonic()
        self._lost = False
        try:
            self.places: int = sum(self._client.nthreads().values())
            if not self.places:
                raise ConfigurationError(f"Le cluster Dask « {address} » n'a aucun ouvrier.")
            self._require_same_version()
        except OSError as error:  # the scheduler has gone meanwhile
            self.close()
            raise _unanswered(address) from error
        except BaseException:
            self.close()
            raise

    @property
    def free(self) -> int:
        """How many more functions may start."""
        return self.places - len(self._labels)

    def start(
        self,
        function: Callable[..., Any],
        arguments: tuple[Any, ...],
        timeout: float | None = None,
        label: Any = None,
    ) -> None:
        """Send ``function(*arguments, timeout)`` to a worker; it returns (event, kind, value)."""
        if self._lost or self._client.status not in {"running", "connecting"}:
            self._done.put(label)
            return
        future = self._client.submit(function, *arguments, timeout, pure=False, retries=0)
        self._labels[future.key], self._futures[future.key] = label, future
        if timeout:
            # Queued ones wait for their turn: each may wait for all those before it.
            rounds = 1 + len(self._labels) // max(1, self.places)
            self._limits[future.key] = time.monotonic() + rounds * (timeout + MARGIN)
        future.add_done_callback(self._done.put)

    def wait(self) -> Iterator[tuple[Any, str, Any]]:
        """Yield the next function done; the event it stopped after comes first, where there is one."""
        while True:
            try:
                future = self._done.get(timeout=GLANCE)
            except Empty:
                given_up = list(self._give_up())
                if given_up:
                    yield from given_up
                    return
                continue
            self._seen = time.monotonic()
            if not hasattr(future, "key"):  # asked for once the cluster was lost
                yield future, "lost", self._loss()
                return
            if future.key in self._labels:
                yield from self._told(future)
                return

    def close(self) -> None:
        """Give up what still runs; a scheduler that has gone is not waited for."""
        self._client.close(timeout=GLANCE)

    def _told(self, future: Any) -> Iterator[tuple[Any, str, Any]]:
        label = self._forget(future.key)
        if future.status != "finished":
            # Dask cancels what it was given when its scheduler goes.
            name = future.status if future.cancelled() else type(future.exception()).__name__
            yield label, "died", f"ouvrier Dask : {name}"
            return
        event, kind, value = future.result()
        if event is not None:
            yield label, "event", event
        yield label, kind, value

    def _forget(self, key: str) -> Any:
        self._limits.pop(key, None)
        self._futures.pop(key, None)
        return self._labels.pop(key)

    def _give_up(self) -> Iterator[tuple[Any, str, Any]]:
        """Yield what will never come: all of it without workers or scheduler, else what is late."""
        now = time.monotonic()
        if self._has_workers():
            self._seen = now
        elif now - self._seen > PATIENCE:
            self._lost = True
            for key in [*self._labels]:
                yield self._forget(key), "lost", self._loss()
            return
        for key in [key for key, limit in self._limits.items() if limit < now]:
            self._client.cancel([self._futures[key]])
            yield self._forget(key), "timeout", None

    def _has_workers(self) -> bool:
        if self._client.status != "running":
            return False
        try:
            told = self._client.sync(
                self._client.scheduler.identity, callback_timeout=CONNECTION_TIMEOUT
            )
        except (OSError, TimeoutError):  # its class of a closed connection is an OSError
            return False
        return bool(told["workers"])

    def _loss(self) -> str:
        return (
            f"Le cluster Dask « {self._address} » n'a plus d'ouvrier ou ne répond plus depuis "
            f"{PATIENCE:g} s. Relancez avec --reprendre quand il est revenu."
        )

    def _require_same_version(self) -> None:
        """Stop when a worker would give other figures: another version of ours, or of a library."""
        ours = computing_fingerprint()
        theirs: dict[str, str] = self._client.run(_fingerprint, on_error="return")
        others = sorted(worker for worker, found in theirs.items() if found != ours)
        if others:
            raise ConfigurationError(
                "Des ouvriers Dask n'ont pas la même version de Péréquation ou de ses "
                "bibliothèques : installez-y la même, ou arrêtez-les.",
                others,
            )


def _unanswered(address: str) -> ConfigurationError:
    return ConfigurationError(
        f"Le cluster Dask « {address} » ne répond pas : vérifiez l'adresse, et que son ordonnanceur "
        "(dask scheduler) est lancé."
    )


def _fingerprint() -> str:
    return computing_fingerprint()


def allow_children() -> None:
    """Let a worker started by a nanny have children: Dask makes it a daemon, which may not."""
    import multiprocessing

    config: dict[str, Any] = vars(multiprocessing.current_process())["_config"]
    config["daemon"] = False
