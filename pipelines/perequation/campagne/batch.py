"""Run a campaign: sessions in children of one warm server, each whole or not at all, and one page."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, Protocol

from perequation.campagne.bilan import BilanCampagne
from perequation.campagne.cluster import run_on_worker
from perequation.campagne.page import write_index
from perequation.campagne.panorama import write_panorama
from perequation.campagne.session import Demande, SessionFaite, run_session, stopped
from perequation.campagne.sessions import SORTIE, Order, Trouvee, find_sessions
from perequation.edition.cluster import Cluster
from perequation.edition.moteur import process
from perequation.edition.moteur.relay import Pool
from perequation.socle.formats import format_count, format_number
from perequation.socle.journal import Journal, hold_folder

#: Seconds allowed to one session, its reports included.
DELAI = 4 * 3600.0
ESSAIS = 2


class Runners(Protocol):
    """Those who run sessions; `wait` yields (label, kind, value), kinds as `process.wait`."""

    @property
    def free(self) -> int:
        """How many more sessions may start."""
        ...

    def run(self, demande: Demande, timeout: float) -> None:
        """Start a session; its label is its name."""
        ...

    def wait(self) -> Iterator[tuple[Any, str, Any]]:
        """Yield what becomes of the sessions started."""
        ...

    def close(self) -> None:
        """Stop what still runs."""
        ...


def run_campaign(  # noqa: PLR0913 (options of one command, each with its default)
    racine: Path,
    *,
    reprendre: bool = False,
    pret: str | None = None,
    fiches: bool = False,
    jour: date | None = None,
    processus: int | None = None,
    delai: float = DELAI,
    dask: str = "",
) -> BilanCampagne:
    """Run every session folder below a folder, then write the campaign's page.

    Parameters
    ----------
    racine
        The folder of session folders, at any depth.
    reprendre
        Leave the sessions alone of which nothing has changed.
    pret
        A step each session must be ready for (`suivi.calendrier.ETAPES`); those that are not are
        awaited.
    fiches, jour
        As for one session: see `execution.executer`.
    processus
        Children at the same time, sessions and reports together; default: one per core.
    delai
        Seconds allowed to one session.
    dask
        Address of a Dask scheduler whose workers run the sessions, in place of this machine.

    Returns
    -------
    BilanCampagne
        Also written in `racine`/campagne, as `bilan.json`, `bilan.txt` and `index.html`.

    Raises
    ------
    MissingInputError
        There is no session folder.
    FolderBusyError
        Another campaign runs there.
    """
    start = time.perf_counter()
    found = find_sessions(racine)
    sortie = racine.resolve() / SORTIE
    with hold_folder(sortie, "campagne") as journal:
        dits = format_count(len(found), "dossier de session", "dossiers de session")
        journal.say(f"{dits} sous {racine}.")
        demandes = {
            t.nom: Demande(t.nom, t.racine, jour, fiches, not reprendre, pret) for t in found
        }
        batch = _Batch(demandes, _runners(dask, processus), delai, journal)
        batch.run(Order(found))
        faites = tuple(batch.faites[nom] for nom in sorted(batch.faites))
        bilan = BilanCampagne(sortie, faites, time.perf_counter() - start)
        for faute in write_panorama(sortie):
            journal.warn(f"Panorama non produit : {faute}")
        write_index(bilan)
        bilan.write()
        for ligne in bilan.lines():
            journal.say(ligne)
    return bilan


def _runners(dask: str, processus: int | None) -> Runners:
    if dask:
        return OnCluster(dask)
    process.preheat("perequation.campagne.preheat")
    return Here(processus or os.cpu_count() or 1)


class Here(Pool):
    """Sessions in children of this machine."""

    def run(self, demande: Demande, timeout: float) -> None:
        """Start a session."""
        self.start(run_session, (demande,), timeout, demande.nom)


class OnCluster(Cluster):
    """Sessions on the workers of a Dask cluster."""

    def run(self, demande: Demande, timeout: float) -> None:
        """Start a session."""
        self.start(run_on_worker, (demande,), timeout, demande.nom)


class _Batch:
    """Gives the sessions to those who run them, in order, and tells what becomes of each."""

    def __init__(
        self, demandes: dict[str, Demande], runners: Runners, delai: float, journal: Journal
    ) -> None:
        self._demandes, self._runners, self._delai = demandes, runners, delai
        self._journal = journal
        self._under_way: dict[str, int] = {}
        self.faites: dict[str, SessionFaite] = {}

    def run(self, order: Order) -> None:
        try:
            while len(order) or self._under_way:
                self._fill(order)
                for nom, kind, value in self._runners.wait():
                    self._settle(order, nom, kind, value)
        finally:
            self._runners.close()

    def _fill(self, order: Order) -> None:
        while self._runners.free > 0:
            found: Trouvee | None = order.take(stuck=not self._under_way)
            if found is None:
                return
            self._start(found.nom, 1)

    def _start(self, nom: str, essai: int) -> None:
        self._under_way[nom] = essai
        self._runners.run(self._demandes[nom], self._delai)

    def _settle(self, order: Order, nom: str, kind: str, value: Any) -> None:
        if kind == "event":
            return
        essai = self._under_way.pop(nom)
        if kind == "died" and essai < ESSAIS:
            self._journal.log("avertissement", _verdict(kind, value, self._delai), session=nom)
            self._start(nom, essai + 1)
            return
        faite = value if kind == "result" else stopped(nom, _verdict(kind, value, self._delai))
        if kind == "failed":
            self._journal.log("erreur", str(value), session=nom)
        # A process killed before it held its folder left no trace there.
        faite = replace(faite, essais=max(faite.essais, essai))
        self.faites[nom] = faite
        order.finish(nom)
        self._tell(faite)

    def _tell(self, faite: SessionFaite) -> None:
        rang = f"[{len(self.faites):>{len(str(len(self._demandes)))}}/{len(self._demandes)}]"
        secondes = "" if faite.message else f"{format_number(faite.secondes)} s"
        dits = ", ".join(dit for dit in (secondes, faite.reprise) if dit)
        suite = (f" : {faite.message}" if faite.message else "") + (f" ({dits})" if dits else "")
        self._journal.say(
            f"{rang} {_WORDS[faite.statut]} {faite.nom}{suite}",
            session=faite.nom,
            statut=faite.statut,
            code=faite.code,
            secondes=faite.secondes,
            essais=faite.essais,
        )


_WORDS = {
    "faite": "faite     ",
    "inchangee": "inchangée ",
    "echec": "ÉCHEC     ",
    "tenue": "tenue     ",
    "attendue": "en attente",
}


def _verdict(kind: str, value: object, delai: float) -> str:
    if kind == "timeout":
        return f"La session n'était pas finie après {delai:g} s et a été arrêtée."
    if kind == "lost":
        return str(value)
    if kind == "died":
        return f"Le processus de la session s'est arrêté brutalement ({value})."
    return "Faute interne ; la trace est dans le journal de la campagne."
