"""Where reports are made: children of this machine here, workers of a cluster in `grappe`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

from perequation.edition import rendu
from perequation.edition.moteur import process
from perequation.edition.rendu import Tache


class Atelier(Protocol):
    """Makes the reports it is given and tells what becomes of them.

    `places` is how many it takes at the same time. `wait` yields (label, kind, value), kinds being
    those of `process.wait`: ``event``, ``result``, ``failed``, ``died``, ``timeout``.
    """

    places: int

    def start(self, tache: Tache, etiquette: Any) -> None:
        """Start a report; the label comes back with what becomes of it."""
        ...

    def wait(self) -> Iterator[tuple[Any, str, Any]]:
        """Wait until something happens and yield it."""
        ...

    def close(self) -> None:
        """Stop what still runs."""
        ...


class AtelierLocal:
    """One disposable child a report, on this machine."""

    def __init__(self, places: int, delai: float) -> None:
        self.places, self._delai = places, delai
        self._en_cours: list[process.Child] = []

    def start(self, tache: Tache, etiquette: Any) -> None:
        """Start a report in a child."""
        self._en_cours.append(process.start(rendu.render, (tache,), self._delai, etiquette))

    def wait(self) -> Iterator[tuple[Any, str, Any]]:
        """Yield what the children tell."""
        for child, kind, value in process.wait(self._en_cours):
            if kind != "event":
                self._en_cours.remove(child)
            yield child.etiquette, kind, value

    def close(self) -> None:
        """Kill the children still there."""
        for child in self._en_cours:
            child.kill()
