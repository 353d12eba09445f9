"""What happens around a step: no memory, no room, Ctrl-C, another run, a copy, a clock going back."""

import os
import random
import resource
import shutil
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

from tests.epreuve.pannes import kill_after
from tests.epreuve.terrain import IMPORT, Comptes, Terrain, command, in_child, judge_ending, run

_MO = 1 << 20


def try_circumstances(terrain: Terrain, comptes: Comptes, nombre: int, alea: random.Random) -> None:
    """Run steps so many times, each time in the next of the circumstances."""
    for numero in range(nombre):
        essai = _ESSAIS[numero % len(_ESSAIS)]
        etape = alea.choice(IMPORT)
        nom, rate, ou = essai(terrain, etape, alea)
        comptes.note(nom, rate, f"{etape}, {ou}")


def _limited(what: int, low: int, high: int, nom: str) -> "Essai":
    def essai(terrain: Terrain, etape: str, alea: random.Random) -> "tuple[str, str | None, str]":
        racine, value = terrain.fresh(etape), int(low * (high / low) ** alea.random())

        def limited() -> None:
            limit = value + (_address_space() if what == resource.RLIMIT_AS else 0)
            resource.setrlimit(what, (limit, limit))
            run(etape, racine)

        code, texte, _ = in_child(limited)
        return nom, terrain.judge(etape, racine, code, texte), f"{value} : {texte[-200:]}"

    return essai


def _address_space() -> int:
    return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()


def _interrupted(terrain: Terrain, etape: str, alea: random.Random) -> tuple[str, str | None, str]:
    racine, delai = terrain.fresh(etape), 3 * alea.random()
    avec = partial(_interrupt, delai)
    code, texte, _ = in_child(partial(run, etape, racine), avec)
    rate = terrain.judge(etape, racine, code, texte)
    if rate is None and code not in {0, 130}:
        rate = f"code {code} après Ctrl-C : {texte[-200:]}"
    return "Ctrl-C", rate, f"{delai:.2f} s"


def _interrupt(delai: float, process: int) -> None:
    with suppress(ProcessLookupError):
        kill_after(delai, signal.SIGINT, process)


def _two_runs(terrain: Terrain, etape: str, alea: random.Random) -> tuple[str, str | None, str]:
    racine, delai = terrain.fresh(etape), 2 * alea.random()
    seconde: list[tuple[int, str]] = []

    def meanwhile(_: int) -> None:
        time.sleep(delai)
        seconde.append(command(etape, racine))

    code, texte, _ = in_child(partial(run, etape, racine), meanwhile)
    rate = judge_ending(*seconde[0]) or terrain.judge(etape, racine, code, texte)
    if rate is None and 0 not in {code, seconde[0][0]}:
        rate = f"aucune n'aboutit : {code}, {seconde[0][0]}"
    return "deux exécutions", rate, f"{delai:.2f} s"


def _copied(terrain: Terrain, etape: str, alea: random.Random) -> tuple[str, str | None, str]:
    racine, delai = terrain.fresh(etape), 3 * alea.random()
    copie = terrain.place / "copie"
    shutil.rmtree(copie, ignore_errors=True)

    def meanwhile(_: int) -> None:
        time.sleep(delai)
        with suppress(shutil.Error):  # a file that went while it was copied
            shutil.copytree(racine, copie)

    code, texte, _ = in_child(partial(run, etape, racine), meanwhile)
    rate = terrain.judge(etape, racine, code, texte) or _judge_copy(terrain, copie)
    return "dossier copié pendant l'étape", rate, f"{delai:.2f} s"


def _judge_copy(terrain: Terrain, copie: Path) -> str | None:
    """See that each step has an ending of the contract on the copy, and that all publish rightly."""
    for etape in ("calculer", "controler"):
        rate = judge_ending(*command(etape, copie))
        if rate is not None:
            return f"{etape} sur la copie : {rate}"
    return terrain.judge_resumption(copie)


def _clock_back(terrain: Terrain, etape: str, alea: random.Random) -> tuple[str, str | None, str]:
    racine, jours = terrain.fresh(etape), alea.randint(1, 400)
    demain = time.time() + 86_400 * jours
    for path in [racine, *racine.rglob("*")]:
        if alea.random() < 0.7:
            os.utime(path, (demain, demain))
    code, texte = command(etape, racine)
    rate = terrain.judge(etape, racine, code, texte)
    if rate is None and code != 0:
        rate = f"code {code} : {texte[-200:]}"
    return "horloge reculée", rate, f"{jours} jours"


Essai = Callable[[Terrain, str, random.Random], tuple[str, str | None, str]]
_ESSAIS: tuple[Essai, ...] = (
    _limited(resource.RLIMIT_AS, 2 * _MO, 2000 * _MO, "mémoire limitée"),
    _limited(resource.RLIMIT_FSIZE, 1, 8 * _MO, "taille des fichiers limitée"),
    _limited(resource.RLIMIT_NOFILE, 8, 64, "fichiers ouverts limités"),
    _interrupted,
    _two_runs,
    _copied,
    _clock_back,
)
