"""A session in two known states, the steps that lead from one to the other, and what must hold."""

import contextlib
import importlib
import json
import os
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.unitaires.ingestion.montage import NOTES, make_dossier

from perequation import cli
from perequation.socle import entrepot, etapes, publication
from perequation.socle.dossier import open_dossier
from perequation.socle.manifeste import read_manifeste

CODES = {0, 2, 3, 4, 5, 6, 130}
IMPORT = ("importer", "controler", "calculer")
ETAPES = (*IMPORT, "editer", "executer")
# What a program that a step starts has in its environment: none of them outlives the step.
MARQUE = "PEREQUATION_EPREUVE"
RAPPORTS = '\n[rapports]\nproduire = ["20_resultats"]\n'


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


def in_child(
    action: Callable[[], Any], meanwhile: Callable[[int], Any] = lambda _: None
) -> tuple[int, str, Any]:
    """Run something in a forked child; return its exit code, what it wrote, what it returned.

    `meanwhile` is given the child's number as soon as it runs: to kill it, or to do something beside.
    """
    with tempfile.TemporaryFile() as ecrit, tempfile.NamedTemporaryFile() as rendu:
        enfant = os.fork()
        if not enfant:
            _be_the_child(action, ecrit.fileno(), Path(rendu.name))
        meanwhile(enfant)
        _, etat = os.waitpid(enfant, 0)
        ecrit.seek(0)
        texte = ecrit.read().decode("utf-8", "replace")
        valeur = Path(rendu.name).read_text(encoding="utf-8")
    return os.waitstatus_to_exitcode(etat), texte, json.loads(valeur) if valeur else None


def _be_the_child(action: Callable[[], Any], ecrit: int, rendu: Path) -> None:
    # A campaign in the background of a shell is started deaf to Ctrl-C.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.dup2(ecrit, 1)
    os.dup2(ecrit, 2)
    code = 0
    try:
        rendu.write_text(json.dumps(action()), encoding="utf-8")
    except SystemExit as fin:
        code = int(fin.code or 0)
    except BaseException as erreur:  # noqa: BLE001 (told, whatever it is)
        print("Traceback (épreuve)", repr(erreur))
        code = 99
    with contextlib.suppress(Exception):
        sys.stdout.flush()
    os._exit(code)


def run(etape: str, racine: Path) -> None:
    """Run a step, in this process."""
    cli.main([etape, str(racine), *(["--refaire"] if etape == "executer" else [])])


def command(etape: str, racine: Path) -> tuple[int, str]:
    """Run a step in a child; return its exit code and what it wrote."""
    code, texte, _ = in_child(lambda: run(etape, racine))
    return code, texte


def state(racine: Path) -> str:
    """Return what is published, read in a child."""
    code, texte, valeur = in_child(lambda: _read_state(racine))
    return valeur if code == 0 else f"illisible ({code}) : {texte[-300:]}"


def _read_state(racine: Path) -> str:
    """Return what is published: the marks and results, and whether the exports are theirs."""
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


class Terrain:
    """A session published from its first files, and a copy of it before each step on the next."""

    def __init__(self, place: Path, *, reports: bool = True) -> None:
        self.place = place
        etapes_faites = ETAPES[:4] if reports else IMPORT
        os.environ[MARQUE] = place.name
        racine = place / "depart d'é&tape#1 %20"
        make_dossier(racine, {"notes.csv": NOTES})
        with (racine / "session.toml").open("a", encoding="utf-8") as reglages:
            reglages.write(RAPPORTS)
        for etape in etapes_faites:
            self._do(etape, racine)
        self.avant = state(racine)
        notes = racine / "donnees" / "notes.csv"
        notes.write_text(NOTES.replace("12,5", "13") + "0002;CCST;2023;E1;7;PONCTUEL\n", "utf-8")
        (racine / "donnees" / "notes_2.csv").write_text(
            NOTES.splitlines()[0] + "\n0002;CCST;2023;E3;9;PONCTUEL\n", "utf-8"
        )
        self.copies = {"executer": Path(shutil.copytree(racine, place / "avant executer"))}
        for etape in etapes_faites:
            self.copies[etape] = Path(shutil.copytree(racine, place / f"avant {etape}"))
            self._do(etape, racine)
        self.apres = state(racine)
        assert self.avant != self.apres
        assert "illisible" not in self.avant + self.apres

    def _do(self, etape: str, racine: Path) -> None:
        def run_and_list() -> list[str]:
            run(etape, racine)
            return sorted(sys.modules)

        code, texte, modules = in_child(run_and_list)
        assert code == 0, texte
        # What a step loads is loaded once, before any fork: a campaign is made of what steps do.
        for nom in modules:
            if nom not in sys.modules:
                with contextlib.suppress(Exception):
                    importlib.import_module(nom)

    def fresh(self, etape: str, nom: str = "essai é#%20&") -> Path:
        """Return a folder as it is before a step."""
        essai = self.place / nom
        shutil.rmtree(essai, ignore_errors=True)
        return Path(shutil.copytree(self.copies[etape], essai))

    def judge(self, etape: str, racine: Path, code: int, texte: str) -> str | None:
        """Return what did not hold after a fault, None when all did."""
        rate = judge_ending(code, texte) or self._judge_publication(etape, racine, code)
        if rate is None and etape == "importer" and code != 0:
            rate = _judge_half_import(racine)
        return rate or _judge_pages(racine) or _judge_processes()

    def judge_killed(self, etape: str, racine: Path) -> str | None:
        """Return what does not hold in the copy of a folder left by a kill, in this process."""
        if etape == "importer" and (suite := _take_up(racine)) not in {0, 2, 5, 6}:
            return f"controler après un import tué : {suite}"
        try:
            etat = _read_state(racine)
        except Exception as erreur:  # noqa: BLE001 (told, whatever it is)
            return f"illisible : {erreur!r}"
        if etat not in {self.avant, self.apres}:
            return f"publication : {etat[:300]}"
        return _judge_pages(racine)

    def judge_resumption(self, racine: Path) -> str | None:
        """See that the same steps, run again without a fault, publish what they should."""
        for etape in IMPORT:
            code, texte = command(etape, racine)
            if code != 0:
                return f"reprise : {etape} rend {code} : {texte[-300:]}"
        return None if state(racine) == self.apres else "reprise : autre publication"

    def _judge_publication(self, etape: str, racine: Path, code: int) -> str | None:
        etat = state(racine)
        if etat not in {self.avant, self.apres}:
            return f"publication : {etat[:300]}"
        if code == 0 and etape in {"calculer", "executer"} and etat != self.apres:
            return "dit avoir publié, n'a pas publié"
        return None


def judge_ending(code: int, texte: str) -> str | None:
    """See that a command ended with a code of the contract, or killed by us, and without a trace."""
    if code not in CODES | {-signal.SIGKILL}:
        return f"code {code} : {texte[-300:]}"
    if "Traceback" in texte or "panicked" in texte:
        return f"trace : {texte[-300:]}"
    return None


def _judge_half_import(racine: Path) -> str | None:
    """See that no later step takes an import that did not end, short of one that is whole."""
    construction = racine / "sortie" / "construction.duckdb"
    if in_child(lambda: etapes.is_imported(construction))[2]:
        return None
    suite, texte = command("controler", racine)
    if suite in {2, 5, 6}:
        return None
    return f"controler après un import interrompu : {suite} {texte}"


def _take_up(racine: Path) -> int:
    """Return the code of `controler` where the import did not end; 0 where it did."""
    construction = racine / "sortie" / "construction.duckdb"
    try:
        if etapes.is_imported(construction):
            return 0
    except Exception as erreur:  # noqa: BLE001 (a construction in pieces: the command says so)
        print(repr(erreur))
    try:
        run("controler", racine)
    except SystemExit as fin:
        return int(fin.code or 0) or 99
    return 99


def _judge_pages(racine: Path) -> str | None:
    """See that no page is there in part."""
    pages = (racine / "sortie" / "rapports").rglob("[!.]*.html")
    coupees = [p.name for p in pages if not p.read_bytes().rstrip().endswith(b"</html>")]
    return f"pages coupées : {coupees}" if coupees else None


def _judge_processes() -> str | None:
    """See that no program started by a step outlives it, but for what it takes to notice."""
    # On a busy machine an orphan waits for the processor before it can.
    fin = time.monotonic() + 20
    while left := _started_by_us():
        if time.monotonic() > fin:
            return f"processus restés : {left}"
        time.sleep(0.1)
    return None


def _started_by_us() -> list[int]:
    marque = f"{MARQUE}={os.environ[MARQUE]}".encode()
    found: list[int] = []
    for environ in Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):
            if marque in environ.read_bytes().split(b"\0"):
                found.append(int(environ.parent.name))
    return found
