"""The child that opens workbooks: what one of them does to it, it does to nobody else.

A workbook of a few kilobytes may have its reader ask for all the memory there is, or end the whole
process. So one child, with bounds on memory and time, opens them all, one after the other; when it
dies of one, the next has a new child. It says what it read in lines of JSON, rows in a file of
their own: nothing of the workbook is ever loaded as code.

Its two ends are here: `Ouvrier`, and `main`, what runs in the child.
"""

import atexit
import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import IO, Any

from perequation.ingestion.lecture.bornes import bounds, too_long, work_place
from perequation.ingestion.lecture.classeur_ouvert import ClasseurOuvert
from perequation.ingestion.lecture.feuille import ClasseurIllisibleError
from perequation.socle.processus import die_with_parent

_ICI = "perequation.ingestion.lecture.ouvrier"
# The child imports our code, and nothing from where the command was run.
_COMMANDE = (sys.executable, "-P", "-c", f"from {_ICI} import main; main()")
_DEBORDE = (
    "sa lecture demande plus de mémoire que permis ({} Mo, [bornes] memoire_mo) : effacez les "
    "lignes et les colonnes vides au bout de ses feuilles, puis réenregistrez-le"
)


class Ouvrier:
    """Asks the child, and starts another when it has died."""

    def __init__(self) -> None:
        self._dossier: tempfile.TemporaryDirectory[str] | None = None
        self._enfant: subprocess.Popen[bytes] | None = None
        self._reponses: queue.Queue[bytes] = queue.Queue()
        self._numero = 0
        self._verrou = threading.Lock()

    def ask(self, **demande: Any) -> Any:
        """Have the child do something with a workbook; return what it answers.

        Raises
        ------
        ClasseurIllisibleError
            It can't be read, or asks for more than the bounds allow.
        """
        with self._verrou:
            reponse = self._exchange(demande | {"bornes": bounds().model_dump()})
        if "illisible" in reponse:
            raise ClasseurIllisibleError(reponse["illisible"])
        return reponse["lu"]

    def rows_file(self) -> Path:
        """Return the name of a new file for the rows of a sheet."""
        self._numero += 1
        return self._place() / f"{os.getpid()}-{self._numero}.jsonl"

    def _place(self) -> Path:
        """Return where rows are written: in the session folder, elsewhere when none is worked on."""
        place = work_place()
        if place is None:
            if self._dossier is None:
                self._dossier = tempfile.TemporaryDirectory(prefix="perequation-")
            place = Path(self._dossier.name)
        return place

    def _exchange(self, demande: dict[str, Any]) -> dict[str, Any]:
        child = self._running()
        assert child.stdin is not None
        try:
            child.stdin.write(json.dumps(demande).encode() + b"\n")
            child.stdin.flush()
            ligne = self._reponses.get(timeout=bounds().secondes)
        except queue.Empty:
            self.stop()
            return {"illisible": too_long()}
        except OSError:
            ligne = b""
        if not ligne:
            self.stop()
            return {"illisible": _DEBORDE.format(bounds().memoire_mo)}
        return json.loads(ligne)

    def _running(self) -> subprocess.Popen[bytes]:
        if self._enfant is None or self._enfant.poll() is not None:
            self._enfant = subprocess.Popen(
                _COMMANDE,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                # A reader that fails describes itself in English, at length.
                stderr=subprocess.DEVNULL,
            )
            self._reponses = queue.Queue()
            assert self._enfant.stdout is not None
            arguments = (self._enfant.stdout, self._reponses)
            threading.Thread(target=_listen, args=arguments, daemon=True).start()
        return self._enfant

    def stop(self) -> None:
        """End the child, whatever it is doing."""
        if self._enfant is not None:
            self._enfant.kill()
            self._enfant.wait()
            for flux in (self._enfant.stdin, self._enfant.stdout):
                with suppress(OSError):
                    if flux is not None:
                        flux.close()
            self._enfant = None

    def close(self) -> None:
        """End the child and remove what it wrote."""
        self.stop()
        if self._dossier is not None:
            self._dossier.cleanup()


def _listen(flux: IO[bytes], reponses: queue.Queue[bytes]) -> None:
    """Pass on what the child says; an empty line when it has ended."""
    with suppress(OSError, ValueError):
        for ligne in flux:
            reponses.put(ligne)
    reponses.put(b"")


@cache
def worker() -> Ouvrier:
    """Return the one who opens the workbooks of this process."""
    ouvrier = Ouvrier()
    atexit.register(ouvrier.close)
    return ouvrier


def release() -> None:
    """End the one who opens workbooks, where there is one: for a process that has no exit hooks."""
    if worker.cache_info().currsize:
        worker().close()


def main() -> None:
    """Serve until nobody asks any more: the parent is done, or dead."""
    _limit_cores()
    die_with_parent()
    sorties = os.dup(1)
    os.dup2(2, 1)
    ouvert: tuple[str, ClasseurOuvert] | None = None
    borne = False
    for ligne in sys.stdin.buffer:
        demande = json.loads(ligne)
        if not borne:
            _limit_memory(demande["bornes"]["memoire_mo"])
            borne = True
        try:
            # Opened anew each time its sheets are asked for: the file may have changed.
            if ouvert is None or demande["feuille"] is None or ouvert[0] != demande["chemin"]:
                ouvert = None
                _require_declared_size(demande)
                ouvert = demande["chemin"], ClasseurOuvert(Path(demande["chemin"]))
            reponse = {"lu": _serve(ouvert[1], demande)}
        except ClasseurIllisibleError as erreur:
            reponse = {"illisible": str(erreur)}
        except MemoryError:
            ouvert = None
            reponse = {"illisible": _DEBORDE.format(demande["bornes"]["memoire_mo"])}
        os.write(sorties, json.dumps(reponse).encode() + b"\n")
    os._exit(0)


def _serve(classeur: ClasseurOuvert, demande: dict[str, Any]) -> Any:
    if demande["feuille"] is None:
        return [asdict(feuille) for feuille in classeur.feuilles]
    nom, bornes = demande["feuille"], demande["bornes"]
    with Path(demande["vers"]).open("x", encoding="ascii") as flux:
        flux.writelines(
            json.dumps(ligne) + "\n" for ligne in _bounded(classeur.rows(nom), nom, bornes)
        )
    return {"premiere": classeur.first_column(nom), "masquees": classeur.hidden_rows(nom)}


def _bounded(
    lignes: Iterator[tuple[int, list[str]]], nom: str, bornes: dict[str, Any]
) -> Iterator[tuple[int, list[str]]]:
    """Yield rows; give the sheet up when it has too many cells, or one too long."""
    cellules = 0
    for numero, champs in lignes:
        cellules += len(champs)
        if cellules > bornes["cellules"]:
            raise ClasseurIllisibleError(
                f"sa feuille « {nom} » a plus de {bornes['cellules']} cellules ([bornes] cellules) "
                ": effacez les lignes et les colonnes vides au bout, puis réenregistrez-le"
            )
        if max(map(len, champs), default=0) > bornes["caracteres"]:
            raise ClasseurIllisibleError(
                f"une cellule de la ligne {numero} de sa feuille « {nom} » a plus de "
                f"{bornes['caracteres']} caractères ([bornes] caracteres)"
            )
        yield numero, champs


def _require_declared_size(demande: dict[str, Any]) -> None:
    """Refuse an archive that says itself that it would fill the memory."""
    limite = demande["bornes"]["decompresse_mo"]
    try:
        with zipfile.ZipFile(demande["chemin"]) as archive:
            size = sum(membre.file_size for membre in archive.infolist()) / 1e6
    except (OSError, zipfile.BadZipFile, ValueError, RuntimeError):
        return
    if size > limite:
        raise ClasseurIllisibleError(
            f"il fait {size:.0f} Mo une fois décompressé, plus que la limite ({limite} Mo, "
            "[bornes] decompresse_mo)"
        )


def _limit_memory(megaoctets: int) -> None:
    """Bound what the child may still ask for, where the system can."""
    with suppress(ImportError, ValueError, OSError):
        import resource

        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        wanted = pages * resource.getpagesize() + megaoctets * 1_000_000
        _, plafond = resource.getrlimit(resource.RLIMIT_AS)
        if plafond != resource.RLIM_INFINITY:
            wanted = min(wanted, plafond)
        resource.setrlimit(resource.RLIMIT_AS, (wanted, plafond))


def _limit_cores() -> None:
    """Leave no image of the memory behind: it holds names and marks."""
    with suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
