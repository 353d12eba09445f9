"""What each report of a session costs, of 1 334 candidates then of 15 000: CPU, memory, page.

    python tests/benchmarks/bench_rapports.py [--candidats 15000] [--etablissements 870]

Each report is made in a child of the warm server, as `editer` makes it; what the server and the
command cost is not counted. The unit is the import of Great Expectations in the same run.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench_sessions import COMMANDE, IMPORT, MCO, measure
from goals import Verdict, peak_memory
from outils.grande import make_large

from perequation.demo import make_session
from perequation.edition import contexte, rendu
from perequation.edition.moteur import process
from perequation.edition.plan import list_reports
from perequation.socle.dossier import open_dossier

#: CPU seconds, peak of memory (GB), weight of the page (MB).
Cout = tuple[float, float, float]


def render_measured(tell: process.Tell, tache: rendu.Tache) -> tuple[Any, float, float]:
    """Make a report; return what `render` does, the CPU it took and its peak of memory."""
    before = resource.getrusage(resource.RUSAGE_SELF)
    fault = rendu.render(tell, tache)
    after = resource.getrusage(resource.RUSAGE_SELF)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return fault, spent, peak_memory()


def reports_of(racine: Path, sortie: Path) -> dict[str, Cout]:
    """Return what each report of a session whose results are published costs, by its number."""
    dossier = open_dossier(racine)
    fond = contexte.make_background(dossier, "interne", None)
    sortie.mkdir()
    couts: dict[str, Cout] = {}
    for rapport in list_reports(dossier, "interne"):
        numero = rapport.nom[:2]
        if numero not in {"10", "20", "30", "40", "50"}:
            continue
        tache = rendu.Tache(rapport, fond.context_of(rapport), sortie)
        fault, cpu, pic = process.call(render_measured, (tache,), timeout=600)
        if fault is not None:
            raise SystemExit(f"{rapport.nom} : {fault}")
        couts[numero] = cpu, pic, tache.page_provisoire.stat().st_size / 1e6
        print(
            f"  {rapport.nom:28}{cpu:7.1f} s CPU{pic:7.2f} Go{couts[numero][2]:7.2f} Mo", flush=True
        )
    return couts


def publish(racine: Path) -> None:
    """Run a session, whose reports are then made one by one."""
    subprocess.run([COMMANDE, "executer", racine], check=True, stdout=subprocess.DEVNULL)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--candidats", type=int, default=15_000)
    parser.add_argument("--etablissements", type=int, default=870)
    options = parser.parse_args()
    verdict = Verdict()
    with tempfile.TemporaryDirectory() as temporaire:
        racine = Path(temporaire)
        unite = min(measure(sys.executable, "-c", IMPORT).cpu for _ in range(2))
        print(f"import de Great Expectations (l'unité) : {unite:.1f} s CPU")
        couts: list[dict[str, Cout]] = []
        large = racine / "grande"
        make_large(large, options.candidats, options.etablissements)
        for session in (make_session(MCO, racine / MCO), large):
            print(session.name, flush=True)
            publish(session)
            couts.append(reports_of(session, racine / f"pages-{session.name}"))
    petite, grande = couts
    verdict.tell("rapport-30-mco", petite["30"][0] / unite)
    verdict.tell("rapport-30-grande", grande["30"][0] / unite)
    verdict.tell("rapport-30-memoire", grande["30"][1])
    for key, numero in (
        ("rapport-20-croissance", "20"),
        ("rapport-40-croissance", "40"),
        ("rapport-50-croissance", "50"),
    ):
        verdict.tell(key, grande[numero][0] / petite[numero][0])
    verdict.tell("page-40-grande", grande["40"][2])
    verdict.tell("page-50-grande", grande["50"][2])
    verdict.end()


if __name__ == "__main__":
    main()
