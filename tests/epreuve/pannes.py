"""A kill, then a refusal, at each operation that a step asks of the files, one after the other."""

import errno
import os
import random
import shutil
import signal
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

from tests.epreuve.terrain import ETAPES, Comptes, Terrain, in_child, run

# What the interpreter announces of each thing asked of the disk, before it is done.
OPERATIONS = {
    "open",
    "os.rename",
    "os.remove",
    "os.mkdir",
    "os.rmdir",
    "os.link",
    "os.chmod",
    "os.truncate",
    "tempfile.mkstemp",
    "tempfile.mkdtemp",
}
REFUS = {
    "disque plein": errno.ENOSPC,
    "accès refusé": errno.EACCES,
    "erreur d'entrée-sortie": errno.EIO,
    "mémoire refusée": errno.ENOMEM,
}
TUE = "tué à un instant tiré au sort"
# Of a hundred faults drawn, how many fall in each step: making reports takes ten times longer.
PARTS = {"importer": 32, "controler": 22, "calculer": 37, "editer": 6, "executer": 3}


class Panne:
    """Refuses the n-th operation on the files of a session, or copies them before each; counts them."""

    def __init__(
        self, racine: Path, rang: int = -1, refus: int = 0, copies: Path | None = None
    ) -> None:
        self.vues, self._rang, self._refus, self._copies = 0, rang, refus, copies
        self._racine = str(racine)
        self._deaf = False
        sys.addaudithook(self._hear)

    def stop(self) -> None:
        """Hear nothing any more: a hook can't be taken back."""
        self._deaf = True

    def _hear(self, evenement: str, arguments: tuple[Any, ...]) -> None:
        if self._deaf or evenement not in OPERATIONS or not self._concerns(arguments):
            return
        self.vues += 1
        if self._copies is not None:
            self._copy(self._copies / str(self.vues))
        elif self.vues == self._rang:
            self._refuse(str(arguments[0]))

    def _copy(self, ailleurs: Path) -> None:
        self._deaf = True
        try:
            shutil.copytree(self._racine, ailleurs, symlinks=True)
        finally:
            self._deaf = False

    def _refuse(self, nom: str) -> None:
        if self._refus == errno.ENOMEM:
            raise MemoryError
        raise OSError(self._refus, os.strerror(self._refus), nom)

    def _concerns(self, arguments: tuple[Any, ...]) -> bool:
        return any(isinstance(a, str | Path) and str(a).startswith(self._racine) for a in arguments)


def try_kills(terrain: Terrain, comptes: Comptes) -> None:
    """Look at the folder as a kill would leave it, before each operation of each step.

    A kill leaves what was written: a copy of the folder, taken at that moment, is what it leaves.
    """
    for etape in ETAPES:
        racine = terrain.fresh(etape)
        instants = terrain.place / "instants"
        code, texte, vues = in_child(partial(_run_and_copy, racine, etape, instants))
        assert code == 0, texte
        print(f"{etape} : {vues} opérations sur les fichiers", flush=True)
        code, texte, rates = in_child(partial(_judge_all, terrain, etape, instants))
        assert code == 0, texte
        for rang, rate in enumerate(rates):
            comptes.note(f"{etape} : tué à l'opération", rate, f"rang {rang + 1}")
        shutil.rmtree(instants)


def _run_and_copy(racine: Path, etape: str, instants: Path) -> int:
    panne = Panne(racine, copies=instants)
    run(etape, racine)
    panne.stop()
    return panne.vues


def _judge_all(terrain: Terrain, etape: str, instants: Path) -> list[str | None]:
    """Judge every copy, in one process: none of them stops it."""
    copies = sorted(instants.iterdir(), key=lambda path: int(path.name))
    return [terrain.judge_killed(etape, copie) for copie in copies]


def try_faults(terrain: Terrain, comptes: Comptes, nombre: int | None, alea: random.Random) -> None:
    """Refuse each operation of each step, or `nombre` of them at random, and kill at random moments."""
    a_faire: list[tuple[str, int, str]] = []
    for etape in ETAPES:
        vues, duree = _count(terrain, etape)
        fautes = [(etape, rang, f) for rang in range(1, vues + 1) for f in REFUS]
        fautes += [(etape, int(1000 * alea.random() * duree), TUE) for _ in range(vues)]
        part = len(fautes) if nombre is None else -(-nombre * PARTS[etape] // 100)
        a_faire += alea.sample(fautes, min(part, len(fautes)))
    alea.shuffle(a_faire)
    for numero, (etape, rang, faute) in enumerate(a_faire):
        racine = terrain.fresh(etape)
        if faute == TUE:
            code, texte, _ = in_child(
                partial(run, etape, racine), partial(kill_after, rang / 1000, signal.SIGKILL)
            )
        else:
            code, texte, _ = in_child(partial(_run_with_fault, racine, etape, rang, faute))
        rate = terrain.judge(etape, racine, code, texte)
        if rate is None and numero % 10 == 0:
            rate = terrain.judge_resumption(racine)
        comptes.note(f"{etape} : {faute}", rate, f"rang {rang}")
        if numero % 20 == 19:
            print(f"  {numero + 1} fautes sur {len(a_faire)}", flush=True)


def kill_after(seconds: float, number: int, process: int) -> None:
    """Send a signal to a process after a while."""
    time.sleep(seconds)
    os.kill(process, number)


def _count(terrain: Terrain, etape: str) -> tuple[int, float]:
    """Return how many operations a step asks of the disk, and how long it takes."""
    racine = terrain.fresh(etape)

    def count() -> int:
        panne = Panne(racine)
        run(etape, racine)
        return panne.vues

    debut = time.monotonic()
    code, texte, vues = in_child(count)
    assert code == 0, texte
    return int(vues), time.monotonic() - debut


def _run_with_fault(racine: Path, etape: str, rang: int, faute: str) -> None:
    Panne(racine, rang, REFUS[faute])
    run(etape, racine)
