"""One run on a session folder: its lock, its log file, what it says on the way.

The log (`sortie/journal/*.jsonl`) has one JSON object a line and never a candidate's name.
"""

import getpass
import json
import os
import socket
import sys
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO

import click
from filelock import FileLock, Timeout

from perequation.socle.dossier import Dossier
from perequation.socle.erreurs import (
    ConfigurationError,
    FolderBusyError,
    PerequationError,
    describe_refusal,
)
from perequation.socle.fichiers import (
    make_all_private,
    make_folder,
    make_private,
    share_with,
    sweep,
    write_whole,
)
from perequation.socle.formats import format_moment
from perequation.socle.monde import find_shortage

SECONDES_ENTRE_DEUX_LIGNES = 10.0


class Journal:
    """Says what a run does: French lines on the terminal, JSON lines in the log file.

    Parameters
    ----------
    commande
        The command that runs.
    fichier
        Open log file, or None to write none.
    silencieux
        Say nothing on the terminal.
    """

    def __init__(
        self, commande: str, fichier: TextIO | None = None, *, silencieux: bool = False
    ) -> None:
        self.commande = commande
        self._fichier = fichier
        self._silencieux = silencieux

    def say(self, message: str, **champs: Any) -> None:
        """Tell the user, and log the message with its figures."""
        self.log("info", message, **champs)
        if not self._silencieux:
            self._echo(message)

    def show(self, message: str) -> None:
        """Tell the user what no log keeps: it names candidates."""
        if not self._silencieux:
            self._echo(message)

    def warn(self, message: str, **champs: Any) -> None:
        """Tell the user on standard error, and log."""
        self.log("avertissement", message, **champs)
        if not self._silencieux:
            self._echo(message, err=True)

    def _echo(self, message: str, *, err: bool = False) -> None:
        """Write on the terminal; when who was reading has gone, the run goes on in silence."""
        try:
            click.echo(message, err=err)
        except BrokenPipeError:
            self._silencieux = True

    def log(self, niveau: str, message: str, **champs: Any) -> None:
        """Write one line of the log file."""
        if self._fichier is None:
            return
        ligne = {"date": _now(), "niveau": niveau, "commande": self.commande, "message": message}
        self._fichier.write(json.dumps(ligne | champs, ensure_ascii=False, default=str) + "\n")
        self._fichier.flush()

    @contextmanager
    def step(self, titre: str) -> Generator[None]:
        """Log how long a step took."""
        start = time.perf_counter()
        yield
        self.log("debug", titre, secondes=round(time.perf_counter() - start, 3))

    @contextmanager
    def follow(self, titre: str) -> Generator[Callable[[str, int, int, int], None]]:
        """Give what tells how a long read goes: file, rows read in it, files done, files in all.

        A bar when there is a terminal; otherwise a plain line now and then.
        """
        if self._silencieux:
            yield _say_nothing
        elif sys.stderr.isatty():
            with _bar(titre) as tell:
                yield tell
        else:
            yield self._now_and_then(titre)

    def _now_and_then(self, titre: str) -> Callable[[str, int, int, int], None]:
        dernier = time.monotonic()

        def tell(fichier: str, lues: int, faits: int, total: int) -> None:
            nonlocal dernier
            if time.monotonic() - dernier >= SECONDES_ENTRE_DEUX_LIGNES:
                dernier = time.monotonic()
                self.say(f"  {titre} : {fichier}, {lues} lignes ({faits + 1}/{total} fichiers)")

        return tell


def _say_nothing(_fichier: str, _lues: int, _faits: int, _total: int) -> None:
    """Tell nobody."""


@contextmanager
def _bar(titre: str) -> Generator[Callable[[str, int, int, int], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    colonnes = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*colonnes, console=Console(stderr=True), transient=True) as progress:
        tache = progress.add_task(titre)

        def tell(fichier: str, lues: int, faits: int, total: int) -> None:
            text = f"{titre} : {fichier}, {lues} lignes"
            progress.update(tache, description=text, completed=faits, total=total)

        yield tell


@contextmanager
def open_run(dossier: Dossier, commande: str, *, silencieux: bool = False) -> Generator[Journal]:
    """Hold the session folder for one run, and log it.

    Raises
    ------
    FolderBusyError
        Another run holds the folder; the message names it.
    """
    share_with(dossier.configuration.acces.groupe)
    with hold_folder(dossier.sortie, commande, silencieux=silencieux) as journal:
        yield journal


@contextmanager
def hold_folder(sortie: Path, commande: str, *, silencieux: bool = False) -> Generator[Journal]:
    """Hold a folder where a run writes, and log it there; see `open_run`."""
    shortage = find_shortage()
    if shortage is not None:
        raise shortage
    try:
        make_folder(sortie / "journal")
        # Closed before anything is written in it, whatever made it.
        make_private(sortie)
    except OSError as error:
        raise ConfigurationError(
            f"Impossible d'écrire dans « {sortie} » : {describe_refusal(error)}."
        ) from error
    with _hold(sortie, commande):
        sweep(sortie)
        nom = f"{datetime.now().astimezone():%Y%m%d-%H%M%S-%f}-{commande}.jsonl"
        path = sortie / "journal" / nom
        with path.open("x", encoding="utf-8", errors="backslashreplace") as fichier:
            make_private(path)
            journal = Journal(commande, fichier, silencieux=silencieux)
            try:
                yield from _logged(journal)
            finally:
                make_all_private(sortie)


def _logged(journal: Journal) -> Iterator[Journal]:
    start = time.perf_counter()
    journal.log("info", "début", processus=os.getpid())
    try:
        yield journal
    except PerequationError as error:
        journal.log("erreur", error.message, code=error.code, details=error.details)
        raise
    except BaseException as error:
        journal.log("erreur", f"faute interne : {type(error).__name__}", code=1)
        raise
    journal.log("info", "fin", code=0, secondes=round(time.perf_counter() - start, 3))


@contextmanager
def _hold(sortie: Path, commande: str) -> Generator[None]:
    """Lock a folder; beside the lock, a file says who holds it."""
    verrou = FileLock(sortie / ".verrou", timeout=0)
    detenteur = sortie / ".verrou.json"
    try:
        verrou.acquire()
    except Timeout as error:
        raise FolderBusyError(
            f"Une autre exécution tient ce dossier ({_holder(detenteur)}). "
            "Attendez qu'elle finisse, puis relancez."
        ) from error
    try:
        holder = {
            "commande": commande,
            "processus": os.getpid(),
            "machine": socket.gethostname(),
            "compte": _account(),
            "debut": _now(),
        }
        write_whole(detenteur, json.dumps(holder))
        yield
    finally:
        detenteur.unlink(missing_ok=True)
        verrou.release()


def who_holds(sortie: Path) -> str | None:
    """Say which run holds the output folder of a session; None when none does."""
    detenteur = sortie / ".verrou.json"
    if not detenteur.is_file():
        return None
    verrou = FileLock(sortie / ".verrou", timeout=0)
    try:
        with verrou:
            return None  # left behind by a run that was killed
    except (Timeout, OSError):
        return _holder(detenteur)


def _account() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return ""


def _holder(path: Path) -> str:
    try:
        qui = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return "commande inconnue"
    compte = f" par {qui['compte']}" if qui.get("compte") else ""
    return (
        f"perequation {qui['commande']}, lancé{compte} sur {qui['machine']} "
        f"(processus {qui['processus']}), depuis le {format_moment(qui['debut'])}"
    )


def _now() -> str:
    return datetime.now().astimezone().isoformat(timespec="seconds")
