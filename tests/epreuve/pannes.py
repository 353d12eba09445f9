"""Kills and refusals at every file operation, then hostile inputs: what is published stays whole.

As SQLite's tests do: a step is run once to count what it asks of the disk, then again with the
first operation killed or refused, then the second, and so on. After each, the publication is one
of two known states, whole; the exit code is one of the contract; nothing half done is taken up.

    python -m tests.epreuve                 # every operation, then ten minutes of hostile inputs
    python -m tests.epreuve 60 120          # 60 faults, 120 seconds of hostile inputs
"""

import errno
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from tests.unitaires.ingestion.montage import NOTES, make_dossier

from perequation import cli, execution
from perequation.controles import validation
from perequation.ingestion import import_files
from perequation.socle import entrepot, etapes, publication
from perequation.socle.dossier import open_dossier
from perequation.socle.manifeste import read_manifeste

# Imported before any fork: a child has nothing left to load.
_CHAUDS = (execution, validation, import_files)
CODES = {0, 2, 3, 4, 5, 6, 130}
ETAPES = ("importer", "controler", "calculer")
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
}


@dataclass
class Comptes:
    """What was tried and what held, fault by fault."""

    essais: Counter[str] = field(default_factory=Counter[str])
    tenus: Counter[str] = field(default_factory=Counter[str])
    rates: list[str] = field(default_factory=list[str])

    def note(self, faute: str, rate: str | None, ou: str = "") -> None:
        """Count one try; `rate` says what did not hold."""
        self.essais[faute] += 1
        self.tenus[faute] += rate is None
        if rate is not None:
            self.rates.append(f"{faute}, {ou} : {rate}")
            print(f"  NON TENU {self.rates[-1]}", flush=True)

    def __str__(self) -> str:
        """Return the table: fault, tried, held."""
        lignes = [(f, n, self.tenus[f]) for f, n in sorted(self.essais.items())]
        lignes.append(("total", self.essais.total(), self.tenus.total()))
        return "\n".join(
            f"{f:<40} {n:>7} {t:>7}" for f, n, t in [("faute", "essais", "tenus"), *lignes]
        )


class Panne:
    """Kills, or refuses, the n-th operation on the files of a session; counts them all."""

    def __init__(self, racine: Path, rang: int = -1, refus: int | None = None) -> None:
        self.vues, self._rang, self._refus = 0, rang, refus
        self._racine = str(racine)
        sys.addaudithook(self._hear)

    def _hear(self, evenement: str, arguments: tuple[Any, ...]) -> None:
        if evenement not in OPERATIONS or not self._concerns(arguments):
            return
        self.vues += 1
        if self.vues != self._rang:
            return
        if self._refus is None:
            os.kill(os.getpid(), signal.SIGKILL)
        raise OSError(self._refus, os.strerror(self._refus or 0), str(arguments[0]))

    def _concerns(self, arguments: tuple[Any, ...]) -> bool:
        return any(isinstance(a, str | Path) and str(a).startswith(self._racine) for a in arguments)


def in_child(action: Callable[[], Any], delai: float | None = None) -> tuple[int, str, Any]:
    """Run something in a forked child; return its exit code, what it wrote, what it returned.

    After `delai` seconds it is killed, where one is given.
    """
    with tempfile.TemporaryFile() as ecrit, tempfile.NamedTemporaryFile() as rendu:
        enfant = os.fork()
        if not enfant:
            os.dup2(ecrit.fileno(), 1)
            os.dup2(ecrit.fileno(), 2)
            code = 0
            try:
                Path(rendu.name).write_text(json.dumps(action()), encoding="utf-8")
            except SystemExit as fin:
                code = int(fin.code or 0)
            except BaseException as erreur:  # noqa: BLE001 (told, whatever it is)
                print("Traceback (épreuve)", repr(erreur))
                code = 99
            sys.stdout.flush()
            os._exit(code)
        if delai is not None:
            time.sleep(delai)
            os.kill(enfant, signal.SIGKILL)
        _, etat = os.waitpid(enfant, 0)
        ecrit.seek(0)
        texte = ecrit.read().decode("utf-8", "replace")
        valeur = Path(rendu.name).read_text(encoding="utf-8")
    return os.waitstatus_to_exitcode(etat), texte, json.loads(valeur) if valeur else None


def command(*arguments: str) -> tuple[int, str]:
    """Run a command in a child; return its exit code and what it wrote."""
    code, texte, _ = in_child(lambda: cli.main(list(arguments)))
    return code, texte


def state(racine: Path) -> str:
    """Return what is published: the marks and results, and whether the exports are theirs."""

    def read() -> str:
        dossier = open_dossier(racine)
        publication.finish(dossier)
        with entrepot.open_read_only(dossier.entrepot) as con:
            lignes = (
                con.execute("select * from marts.note_retenue order by all").fetchall(),
                con.execute("select * from marts.resultat_candidat order by all").fetchall(),
            )
        manifeste = json.loads((dossier.exports / "manifeste.json").read_text("utf-8"))
        assert manifeste == read_manifeste(dossier.entrepot), "exports d'un autre entrepôt"
        assert publication.is_as_published(dossier), "empreinte d'un autre entrepôt"
        return repr(lignes)

    code, texte, valeur = in_child(read)
    return valeur if code == 0 else f"illisible ({code}) : {texte[-300:]}"


class Terrain:
    """A session published from its first files, and a copy of it before each step on the next."""

    def __init__(self, place: Path) -> None:
        self.place = place
        racine = place / "depart d'é&tape#1 %20"
        make_dossier(racine, {"notes.csv": NOTES})
        for etape in ETAPES:
            self._do(etape, racine)
        self.avant = state(racine)
        notes = racine / "donnees" / "notes.csv"
        notes.write_text(NOTES.replace("12,5", "13") + "0002;CCST;2023;E1;7;PONCTUEL\n", "utf-8")
        (racine / "donnees" / "notes_2.csv").write_text(
            NOTES.splitlines()[0] + "\n0002;CCST;2023;E3;9;PONCTUEL\n", "utf-8"
        )
        self.copies: dict[str, Path] = {}
        for etape in ETAPES:
            self.copies[etape] = Path(shutil.copytree(racine, place / f"avant {etape}"))
            self._do(etape, racine)
        self.apres = state(racine)
        assert self.avant != self.apres
        assert "illisible" not in self.avant + self.apres

    def _do(self, etape: str, racine: Path) -> None:
        code, texte = command(etape, str(racine))
        assert code == 0, texte

    def fresh(self, etape: str) -> Path:
        """Return a folder as it is before a step."""
        essai = self.place / "essai é#%20&"
        shutil.rmtree(essai, ignore_errors=True)
        return Path(shutil.copytree(self.copies[etape], essai))

    def count(self, etape: str) -> tuple[int, float]:
        """Return how many operations a step asks of the disk, and how long it takes."""
        racine = self.fresh(etape)

        def run() -> int:
            panne = Panne(racine)
            cli.main([etape, str(racine)])
            return panne.vues

        debut = time.monotonic()
        code, texte, vues = in_child(run)
        assert code == 0, texte
        return int(vues), time.monotonic() - debut

    def judge(self, etape: str, racine: Path, code: int, texte: str) -> str | None:
        """Return what did not hold after a fault, None when all did."""
        if code not in CODES | {-signal.SIGKILL}:
            return f"code {code} : {texte[-300:]}"
        if "Traceback" in texte or "panicked" in texte:
            return f"trace : {texte[-300:]}"
        etat = state(racine)
        if etat not in {self.avant, self.apres}:
            return f"publication : {etat[:300]}"
        if code == 0 and etape == "calculer" and etat != self.apres:
            return "dit avoir publié, n'a pas publié"
        if etape == "importer" and code != 0:
            return self._judge_half_import(racine)
        return None

    def _judge_half_import(self, racine: Path) -> str | None:
        """See that no later step takes an import that did not end, short of one that is whole."""
        construction = racine / "sortie" / "construction.duckdb"
        if in_child(lambda: etapes.is_imported(construction))[2]:
            return None
        suite, texte = command("controler", str(racine))
        return (
            None
            if suite in {2, 5, 6}
            else f"controler après un import interrompu : {suite} {texte}"
        )


def try_faults(terrain: Terrain, comptes: Comptes, nombre: int | None, alea: random.Random) -> None:
    """Kill and refuse each operation of each step, or `nombre` of them at random."""
    a_faire: list[tuple[str, int, str]] = []
    for etape in ETAPES:
        vues, duree = terrain.count(etape)
        print(f"{etape} : {vues} opérations sur les fichiers, {duree:.1f} s", flush=True)
        fautes = ("tué", *REFUS)
        a_faire += [(etape, rang, faute) for rang in range(1, vues + 1) for faute in fautes]
        a_faire += [
            (etape, int(1000 * alea.random() * duree), "tué au hasard") for _ in range(vues)
        ]
    if nombre is not None:
        a_faire = alea.sample(a_faire, min(nombre, len(a_faire)))
    for etape, rang, faute in a_faire:
        racine = terrain.fresh(etape)
        if faute == "tué au hasard":
            code, texte, _ = in_child(partial(cli.main, [etape, str(racine)]), rang / 1000)
        else:
            code, texte, _ = in_child(partial(_run_with_fault, racine, etape, rang, faute))
        comptes.note(
            f"{etape} : {faute}", terrain.judge(etape, racine, code, texte), f"rang {rang}"
        )


def _run_with_fault(racine: Path, etape: str, rang: int, faute: str) -> None:
    Panne(racine, rang, REFUS.get(faute))
    cli.main([etape, str(racine)])
