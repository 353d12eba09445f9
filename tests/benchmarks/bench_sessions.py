"""What whole sessions cost: one command, the same again, a campaign; CPU of the whole process tree.

    python tests/benchmarks/bench_sessions.py [--tours 2] [--petite]

The unit is the import of Great Expectations in the same run, which no session can do without: ratios
to it hold on a machine that does other things. `--petite` leaves MCO out.
"""

import argparse
import ctypes
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from goals import Verdict, spread

from perequation.demo import make_session

CCST, MCO = "ccst-2023-toulouse", "mco-2022-aix-marseille-corse"
COMMANDE = Path(sys.executable).parent / "perequation"
EN_CAMPAGNE = 4
PR_SET_CHILD_SUBREAPER = 36
IMPORT = "import sys; sys.modules['rfc3987_syntax'] = None; import great_expectations"


@dataclass(frozen=True)
class Mesure:
    """CPU seconds of a process and all it starts, and wall seconds."""

    cpu: float
    secondes: float


def measure(*commande: str) -> Mesure:
    """Run a command; wait for all it started, those that outlive it included."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    debut = time.perf_counter()
    subprocess.run(commande, check=True, stdout=subprocess.DEVNULL, env=environment())
    secondes = time.perf_counter() - debut
    while True:
        try:
            os.wait()
        except ChildProcessError:
            break
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Mesure(cpu, secondes)


def environment() -> dict[str, str]:
    # Without compiled files every command would pay for compiling its modules.
    return {
        nom: valeur for nom, valeur in os.environ.items() if nom != "PYTHONDONTWRITEBYTECODE"
    } | {"OPENBLAS_NUM_THREADS": "1"}


def repeated(nombre: int, run: Callable[[], Mesure]) -> list[Mesure]:
    return [run() for _ in range(nombre)]


def one_session(nom: str, tours: int, racine: Path) -> tuple[list[Mesure], list[Mesure]]:
    """Return what a session costs whole, and again with nothing changed."""
    dossier = str(make_session(nom, racine / nom))
    whole = repeated(tours, lambda: measure(str(COMMANDE), "executer", dossier, "--refaire"))
    again = repeated(tours, lambda: measure(str(COMMANDE), "executer", dossier))
    return whole, again


def campaign(racine: Path) -> Mesure:
    """Return what so many sessions cost in one campaign."""
    for rang in range(EN_CAMPAGNE):
        make_session(CCST, racine / f"session-{rang}", graine=rang)
    return measure(str(COMMANDE), "campagne", str(racine))


def show(titre: str, mesures: list[Mesure], unite: float) -> float:
    cpu = median(m.cpu for m in mesures)
    secondes = median(m.secondes for m in mesures)
    print(f"{titre:44}{cpu:8.1f} s CPU{secondes:8.1f} s{cpu / unite:8.2f} unités", flush=True)
    return cpu / unite


def noise(*measured: list[Mesure]) -> float:
    return max(spread([m.cpu for m in mesures]) for mesures in measured)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tours", type=int, default=2)
    parser.add_argument("--petite", action="store_true", help="sans MCO")
    options = parser.parse_args()
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    verdict = Verdict()
    with tempfile.TemporaryDirectory() as temporaire:
        racine = Path(temporaire)
        imports = repeated(options.tours + 1, lambda: measure(sys.executable, "-c", IMPORT))
        unite = median(m.cpu for m in imports)
        show("import de Great Expectations (l'unité)", imports, unite)
        whole, again = one_session(CCST, options.tours, racine)
        cout = show("executer, CCST (170 candidats)", whole, unite)
        verdict.tell("executer-ccst", cout, noise(imports, whole))
        encore = show("executer, CCST, rien n'a changé", again, unite)
        verdict.tell("executer-encore", encore, noise(imports, again))
        if not options.petite:
            grande, _ = one_session(MCO, options.tours, racine)
            cout_mco = show("executer, MCO (1 334 candidats)", grande, unite)
            verdict.tell("executer-mco", cout_mco, noise(imports, grande))
        ensemble = campaign(racine / "campagne")
        part = show(f"campagne de {EN_CAMPAGNE} sessions CCST", [ensemble], unite) / EN_CAMPAGNE
        verdict.tell("campagne-session", part / cout, noise(whole))
    verdict.end()


if __name__ == "__main__":
    main()
