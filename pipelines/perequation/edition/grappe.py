"""The batch on a Dask cluster: each worker makes its reports with its own warm server.

Workers and the caller see the session folder under the same path (a shared disk): only the names
of files go through the network, and whole files are put in place by the caller as always.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from queue import Queue
from typing import Any

from perequation.edition import rendu
from perequation.edition.moteur import process
from perequation.edition.rendu import Tache
from perequation.socle.erreurs import ConfigurationError, PerequationError

DELAI_CONNEXION = 15
_SANS_DASK = (
    "La commande --dask demande le paquet « distributed » : pip install 'perequation[dask]'."
)
_SANS_DISQUE = "Il faut un disque partagé : l'ouvrier Dask ne voit pas le dossier"


class AtelierGrappe:
    """Gives the reports to the workers of a Dask scheduler.

    Parameters
    ----------
    adresse
        Of the scheduler: ``tcp://machine:8786``.
    delai
        Seconds allowed to one report.

    Raises
    ------
    ConfigurationError
        `distributed` is not installed.
    PerequationError
        The scheduler doesn't answer, or has no worker.
    """

    def __init__(self, adresse: str, delai: float) -> None:
        try:
            dask: Any = import_module("distributed")
        except ImportError as error:
            raise ConfigurationError(_SANS_DASK) from error
        self._delai = delai
        try:
            self._client: Any = dask.Client(adresse, timeout=DELAI_CONNEXION, set_as_default=False)
        except (OSError, ValueError) as error:
            raise PerequationError(
                f"Le cluster Dask « {adresse} » ne répond pas ({error})."
            ) from error
        self.places: int = sum(self._client.nthreads().values())
        if not self.places:
            self._client.close()
            raise PerequationError(f"Le cluster Dask « {adresse} » n'a aucun ouvrier.")
        self._finis: Queue[Any] = Queue()
        self._etiquettes: dict[str, Any] = {}

    def start(self, tache: Tache, etiquette: Any) -> None:
        """Send a report to a worker."""
        futur = self._client.submit(make_report, tache, self._delai, pure=False, retries=0)
        self._etiquettes[futur.key] = etiquette
        futur.add_done_callback(self._finis.put)

    def wait(self) -> Iterator[tuple[Any, str, Any]]:
        """Yield the next report done; the cell it stopped in comes first, where there is one."""
        futur = self._finis.get()
        etiquette = self._etiquettes.pop(futur.key)
        if (error := futur.exception()) is not None:
            yield etiquette, "died", f"ouvrier Dask : {type(error).__name__}"
            return
        cellule, kind, value = futur.result()
        if cellule is not None:
            yield etiquette, "event", cellule
        yield etiquette, kind, value

    def close(self) -> None:
        """Give up what still runs."""
        self._client.close()


def make_report(tache: Tache, delai: float) -> tuple[int | None, str, Any]:
    """Make a report on a worker, in a child of its own; return the last cell, kind and value."""
    allow_children()
    cellule: int | None = None

    def follow(event: Any) -> None:
        nonlocal cellule
        cellule = event if isinstance(event, int) else None

    if not tache.dossier.is_dir():
        return None, "result", rendu.Echec(f"{_SANS_DISQUE} « {tache.dossier} ».")
    try:
        return None, "result", process.call(rendu.render, (tache,), timeout=delai, on_event=follow)
    except process.ChildTimeoutError as error:
        return cellule, "timeout", str(error)
    except process.ChildDiedError as error:
        return cellule, "died", str(error)
    except process.ChildFailedError as error:
        return cellule, "failed", str(error)


def allow_children() -> None:
    """Let a worker started by a nanny have children: Dask makes it a daemon, which may not."""
    import multiprocessing

    configuration: dict[str, Any] = vars(multiprocessing.current_process())["_config"]
    configuration["daemon"] = False
