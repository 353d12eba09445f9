"""What each step of a session costs, of 170 candidates then of 150 000: CPU, and peak of memory.

    python tests/benchmarks/bench_etapes.py [--candidats 150000] [--etablissements 8700]

A session runs in a process of its own, whose imports are made first. The unit is the import of Great
Expectations in the same run. Of the large session, what the secret costs is left out: `bench_secret.py`
measures that.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench_sessions import CCST, IMPORT, measure
from goals import Verdict, peak_memory
from outils.grande import make_large

from perequation.demo import make_session

ETAPES = ("importer", "controler", "calculer")


def spent() -> float:
    """Return the CPU seconds of this process so far."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def run(racine: Path, *, with_secret: bool) -> None:
    """Run the steps of a session; print what each of them cost, and what the parts of each did."""
    from perequation import execution
    from perequation.controles.validation import import_library
    from perequation.harmonisation import compute_ecarts
    from perequation.resultats.porte import mask_tables
    from perequation.socle.dossier import open_dossier
    from perequation.socle.journal import Journal, open_run

    assert callable(compute_ecarts)
    assert callable(mask_tables)
    import_library()
    if not with_secret:
        execution.decide_confidentiality = lambda *_: None
    couts: dict[str, float] = {}
    step = Journal.step

    @contextmanager
    def measured(self: Journal, titre: str) -> Generator[None]:
        before = spent()
        with step(self, titre):
            yield
        couts[f"  {titre}"] = spent() - before

    Journal.step = measured
    dossier = open_dossier(racine)
    with open_run(dossier, "banc", silencieux=True) as journal:
        for nom in ETAPES:
            before = spent()
            getattr(execution, nom)(dossier, journal)
            couts[nom] = spent() - before
    pic = peak_memory()
    print(json.dumps({"couts": couts, "pic": pic}))


def cost(racine: Path, *options: str) -> tuple[dict[str, float], float]:
    """Return what the steps of a session cost, by name, and the peak of memory (GB)."""
    done = subprocess.run(
        [sys.executable, __file__, "--racine", racine, *options],
        check=True,
        capture_output=True,
        text=True,
    )
    said = json.loads(done.stdout.splitlines()[-1])
    for nom, cpu in said["couts"].items():
        print(f"  {nom:48}{cpu:7.1f} s CPU", flush=True)
    print(f"  {'pic de mémoire':48}{said['pic']:7.2f} Go", flush=True)
    return said["couts"], said["pic"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--candidats", type=int, default=150_000)
    parser.add_argument("--etablissements", type=int, default=8_700)
    parser.add_argument("--racine", type=Path)
    parser.add_argument("--sans-secret", action="store_true")
    options = parser.parse_args()
    if options.racine:
        run(options.racine, with_secret=not options.sans_secret)
        return
    verdict = Verdict()
    with tempfile.TemporaryDirectory() as temporaire:
        racine = Path(temporaire)
        unite = min(measure(sys.executable, "-c", IMPORT).cpu for _ in range(2))
        print(f"import de Great Expectations (l'unité) : {unite:.1f} s CPU")
        print("CCST (170 candidats)")
        petite, _ = cost(make_session(CCST, racine / CCST))
        print(f"{options.candidats} candidats, le secret mis à part")
        large = make_large(racine / "grande", options.candidats, options.etablissements)
        grande, pic = cost(large, "--sans-secret")
    verdict.tell("controler-fixe", petite["controler"] / unite)
    verdict.tell("calculer-fixe", petite["calculer"] / unite)
    verdict.tell("calculer-grande", grande["calculer"] / unite)
    verdict.tell("etapes-memoire", pic)
    verdict.end()


if __name__ == "__main__":
    main()
