"""Publish the reports of a session: in parallel, each whole or not at all, and account for them."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Collection, Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Protocol

from perequation.edition import contexte as contextes
from perequation.edition import index, rendu
from perequation.edition import pdf as printing
from perequation.edition.archive import write_archive
from perequation.edition.bilan import BilanEdition, RapportEdite
from perequation.edition.moteur import process
from perequation.edition.plan import Niveau, Rapport, choose_reports, list_reports, plan_quality
from perequation.edition.rendu import Echec, Tache
from perequation.edition.workers import DaskWorkers, LocalWorkers, Workers
from perequation.socle.dossier import Dossier
from perequation.socle.erreurs import (
    REFUS_DU_DISQUE,
    ConfigurationError,
    ReportsFailedError,
    describe_refusal,
)

DELAI = 600.0
ESSAIS = 2


class Progress(Protocol):
    """What tells the user how the batch goes (`journal.Journal`)."""

    def say(self, message: str, **champs: object) -> None:
        """Tell the user a line, and log it."""
        ...

    def log(self, niveau: str, message: str, **champs: object) -> None:
        """Log a line."""
        ...


def publish_reports(  # noqa: PLR0913 (options of one command, each with its default)
    dossier: Dossier,
    reports: Collection[str] | None = None,
    *,
    diffusion: Niveau = "interne",
    fiches: bool = False,
    annexe: bool = False,
    reunion: bool = False,
    reprendre: bool = False,
    processus: int | None = None,
    moteur: str = rendu.MOTEUR,
    pdf: bool = False,
    jour: date | None = None,
    delai: float = DELAI,
    dask: str = "",
    journal: Progress | None = None,
) -> BilanEdition:
    """Make the report pack of a session and its index.

    Parameters
    ----------
    dossier
        A session folder whose results are computed.
    reports
        Codes or names of the reports wanted; None for all.
    diffusion
        Circle the pack is for; each has its own folder.
    fiches
        Also one fiche per establishment and centre, under ``fiches/``.
    annexe, reunion
        Also the statistical annex; also the sheets of the meeting, one page per épreuve.
    reprendre
        Leave the reports alone whose notebook, parameters, data and version have not changed.
    processus
        Reports made at the same time; default: one per core.
    moteur
        Papermill engine: ``perequation`` or ``nbclient`` (one kernel per report).
    pdf
        Also print each report as a PDF beside its page.
    jour
        Production date printed on the pages; default: see `contexte.page_date`.
    delai
        Seconds allowed to one report.
    dask
        Address of a Dask scheduler whose workers make the reports, in place of this machine.
    journal
        Told one line per report.

    Returns
    -------
    BilanEdition
        Also written as ``bilan.json`` and ``bilan.txt``.

    Raises
    ------
    ConfigurationError
        A report or a level does not exist, or PDF are wanted and there is no browser.
    ReportsFailedError
        Some reports failed, the others are published; its `bilan` says which.
    PerequationError
        The folder can't be written to.
    """
    start = time.perf_counter()
    plan = list_reports(dossier, diffusion)
    wanted = choose_reports(
        plan,
        seulement=reports,
        fiches=fiches or (diffusion == "etablissement" and not reports),
        demandes=[word for word, asked in (("annexe", annexe), ("reunion", reunion)) if asked],
    )
    if pdf:
        printing.find_chromium()
    sortie = pack_folder(dossier, diffusion)
    _prepare(sortie)
    fond = contextes.make_background(dossier, diffusion, jour)
    taches = [
        Tache(r, fond.context_of(r), sortie, moteur, garde_carnet=diffusion == "interne")
        for r in wanted
    ]
    if journal is not None:
        journal.log("info", "rapports à éditer", rapports=len(taches))
    lot, workers = _Lot(sortie, delai, journal), _workers(dask, processus, delai)
    with _writing(sortie):
        lot.run(taches, workers, reprendre=reprendre)
        edites = tuple(lot.edites[rapport.nom] for rapport in wanted)
        if pdf:
            _print_missing(tache.page for tache in taches)
        index.remove_strangers(sortie, plan)
        index.write_index(dossier, sortie, plan, fond)
        bilan = BilanEdition(
            fond.session, sortie, edites, time.perf_counter() - start, fond.restants
        )
        bilan.write()
        if diffusion == "public":
            write_archive(sortie)
        if diffusion != "interne":
            _drop_empty(sortie)
    if bilan.echecs:
        raise failed(bilan)
    return bilan


def _workers(dask: str, processus: int | None, delai: float) -> Workers:
    if not dask:
        return LocalWorkers(processus or os.cpu_count() or 1, delai)
    return DaskWorkers(dask, delai)


def _print_missing(pages: Iterable[Path]) -> None:
    """Print the pages that have no PDF; one that was made again has lost its own."""
    printing.print_pages(
        page for page in pages if page.is_file() and not page.with_suffix(".pdf").is_file()
    )


def publish_quality(
    dossier: Dossier, entrepot: Path, *, jour: date | None = None, journal: Progress | None = None
) -> Path:
    """Make the quality report of a construction that blocks, under `rejets/`.

    Returns
    -------
    pathlib.Path
        The page, or the notice of its failure under `echecs/`.
    """
    _prepare(dossier.rejets)
    fond = contextes.make_background(dossier, "interne", jour, entrepot)
    rapport = plan_quality(dossier, entrepot)
    lot = _Lot(dossier.rejets, DELAI, journal)
    tache = Tache(rapport, fond.context_of(rapport), dossier.rejets)
    lot.run([tache], LocalWorkers(1, DELAI), reprendre=False)
    return dossier.rejets / lot.edites[rapport.nom].fichier


def failed(bilan: BilanEdition) -> ReportsFailedError:
    """Return the error that tells which reports failed."""
    total = len(bilan.rapports)
    error = ReportsFailedError(
        f"{len(bilan.echecs)} rapport(s) sur {total} non produit(s) ; "
        f"les autres sont publiés (voir {bilan.index}).",
        (f"{echec.nom} : {echec.message}" for echec in bilan.echecs),
    )
    error.bilan = bilan  # type: ignore[attr-defined]
    return error


def pack_folder(dossier: Dossier, diffusion: Niveau) -> Path:
    """Return the folder of a pack: what may leave the exam office is never mixed with the rest."""
    if diffusion == "interne":
        return dossier.rapports
    return dossier.rapports.with_name(f"{dossier.rapports.name}-{diffusion}")


def _prepare(sortie: Path) -> None:
    """Make the folders of a pack, clear what a killed run left, and make sure of writing there."""
    with _writing(sortie):
        for nom in ("carnets", "echecs"):
            (sortie / nom).mkdir(parents=True, exist_ok=True)
        for rest in sortie.glob(".*.tmp*"):
            rest.unlink(missing_ok=True)
        # Better told at once than by each report: nothing published has been touched yet.
        for folder in (sortie, *(d for d in sortie.iterdir() if d.is_dir())):
            essai = folder / ".essai.tmp"
            essai.touch()
            essai.unlink()


def _drop_empty(sortie: Path) -> None:
    """Remove the folders of the office's own documents from a pack that leaves it."""
    for nom in ("carnets", "echecs"):
        with suppress(OSError):  # a notice of failure is kept
            (sortie / nom).rmdir()


@contextmanager
def _writing(sortie: Path) -> Generator[None]:
    """Say in French that the disk refuses: full, read-only, share gone."""
    try:
        yield
    except OSError as error:
        if error.errno not in REFUS_DU_DISQUE:
            raise
        raise ConfigurationError(
            f"Impossible d'écrire dans « {sortie} » : {describe_refusal(error)}."
        ) from error


@dataclass
class _Essai:
    """A task under way: how often it was tried, which cell it was last seen in."""

    tache: Tache
    numero: int = 1
    cellule: int | None = None
    debut: float = 0.0


class _Lot:
    """Gives tasks to those who make reports and puts the files of each in place."""

    def __init__(self, sortie: Path, delai: float, suivi: Progress | None) -> None:
        self.sortie, self.delai, self.suivi = sortie, delai, suivi
        self.edites: dict[str, RapportEdite] = {}

    def run(self, taches: list[Tache], workers: Workers, *, reprendre: bool) -> None:
        attente = deque(self._to_do(taches, reprendre))
        en_cours = 0
        try:
            while attente or en_cours:
                while attente and en_cours < workers.places:
                    essai = attente.popleft()
                    essai.debut = time.perf_counter()
                    workers.start(essai.tache, essai)
                    en_cours += 1
                for essai, kind, value in workers.wait():
                    en_cours -= kind != "event"
                    attente.extend(self._settle(essai, kind, value))
        finally:
            workers.close()

    def _to_do(self, taches: list[Tache], reprendre: bool) -> Iterator[_Essai]:
        for tache in taches:
            if reprendre and index.is_current(self.sortie, tache):
                self._record(tache.rapport, statut="inchange")
            else:
                yield _Essai(tache)

    def _settle(self, essai: _Essai, kind: str, value: object) -> Iterator[_Essai]:
        """Follow, publish or give up; yield the attempt to make again."""
        if kind == "event":
            essai.cellule = value if isinstance(value, int) else None
        elif kind in {"died", "timeout"} and essai.numero < ESSAIS:
            self._log("avertissement", essai, _verdict(kind, value, self.delai))
            yield _Essai(essai.tache, essai.numero + 1)
        elif kind == "result" and value is None:
            self._publish(essai)
        elif kind == "result" and isinstance(value, Echec):
            self._give_up(essai, value)
        else:
            echec = Echec(_verdict(kind, value, self.delai), rendu.place_of(essai.cellule))
            if kind == "failed":
                self._log("erreur", essai, str(value))
            elif kind != "lost":
                self._save_interrupted(essai)
            self._give_up(essai, echec)

    def _publish(self, essai: _Essai) -> None:
        tache, nom = essai.tache, essai.tache.rapport.nom
        if tache.garde_carnet:
            tache.carnet_provisoire.replace(self.sortie / "carnets" / f"{nom}.ipynb")
        else:
            tache.carnet_provisoire.unlink()
        for trace in (f"echecs/{nom}.html", f"echecs/{nom}.ipynb"):
            (self.sortie / trace).unlink(missing_ok=True)
        tache.page.parent.mkdir(exist_ok=True)
        tache.page.with_suffix(".pdf").unlink(missing_ok=True)
        tache.page_provisoire.replace(tache.page)
        self._record(tache.rapport, essai, statut="publie", fichier=tache.rapport.fichier)

    def _give_up(self, essai: _Essai, echec: Echec) -> None:
        """Put the notebook and a notice aside; the page of earlier data goes."""
        tache, nom = essai.tache, essai.tache.rapport.nom
        tache.page_provisoire.unlink(missing_ok=True)
        carnet = self.sortie / "echecs" / f"{nom}.ipynb"
        carnet.unlink(missing_ok=True)
        if tache.carnet_provisoire.is_file() and tache.garde_carnet:
            tache.carnet_provisoire.replace(carnet)
        tache.carnet_provisoire.unlink(missing_ok=True)
        for depasse in (tache.page, tache.page.with_suffix(".pdf")):
            depasse.unlink(missing_ok=True)
        (self.sortie / "carnets" / f"{nom}.ipynb").unlink(missing_ok=True)
        index.write_notice(self.sortie, tache, echec, has_notebook=carnet.is_file())
        self._record(
            tache.rapport,
            essai,
            statut="echec",
            fichier=f"echecs/{nom}.html",
            message=echec.message,
            etape=echec.etape,
        )

    def _save_interrupted(self, essai: _Essai) -> None:
        try:
            arguments = (essai.tache, essai.cellule)
            process.call(rendu.save_interrupted, arguments, timeout=self.delai)
        except (
            process.ChildDiedError,
            process.ChildFailedError,
            process.ChildTimeoutError,
        ) as error:
            self._log("erreur", essai, f"carnet interrompu non enregistré : {error}")

    def _record(self, rapport: Rapport, essai: _Essai | None = None, **champs: str) -> None:
        edite = RapportEdite(rapport.nom, rapport.titre, **champs)  # type: ignore[arg-type]
        if essai is not None:
            duree = round(time.perf_counter() - essai.debut, 2)
            edite = replace(edite, secondes=duree, essais=essai.numero)
        self.edites[rapport.nom] = edite
        if self.suivi is not None:
            self.suivi.say(
                f"  {_WORDS[edite.statut]} {rapport.nom}{_tail(edite)}",
                rapport=edite.nom,
                statut=edite.statut,
                secondes=edite.secondes,
            )

    def _log(self, niveau: str, essai: _Essai, message: str) -> None:
        if self.suivi is not None:
            nom = essai.tache.rapport.nom
            self.suivi.log(niveau, message, rapport=nom, essai=essai.numero, cellule=essai.cellule)


_WORDS: Mapping[str, str] = {"publie": "produit ", "inchange": "à jour  ", "echec": "ÉCHEC   "}


def _tail(edite: RapportEdite) -> str:
    if edite.statut == "publie":
        return f" ({edite.secondes:.1f} s)".replace(".", ",")
    return f" : {edite.message}" if edite.message else ""


def _verdict(kind: str, value: object, delai: float) -> str:
    if kind == "timeout":
        return f"Le rapport n'était pas fini après {delai:g} s et a été arrêté."
    if kind == "lost":
        return str(value)
    if kind == "died":
        return f"Le processus du rapport s'est arrêté brutalement ({value})."
    return "Faute interne pendant l'édition ; la trace est dans le journal."
