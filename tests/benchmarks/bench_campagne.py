"""Forty sessions of unequal sizes: one by one, then in a campaign killed twice, whose bytes are the same.

    python tests/benchmarks/bench_campagne.py [--sessions 40] [--candidats 100]

CPU of the whole process tree, what was lost when it was killed included. 1 as well when a page, a
table or a workbook differs.
"""

import argparse
import ctypes
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench_sessions import COMMANDE, IMPORT, PR_SET_CHILD_SUBREAPER, environment, measure
from goals import Verdict
from outils.pays import make_country

#: What a session publishes; the other files tell how long it took, where, and of which bytes a database is.
PUBLIE = ("rapports", "exports")
SORTES = {".html", ".csv", ".parquet", ".xlsx"}


def children_cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def published(racine: Path) -> set[Path]:
    """Return the sessions of a campaign whose pages are there."""
    return {path.parents[2] for path in racine.glob("**/sortie/rapports/index.html")}


def kill_at(racine: Path, nombre: int) -> None:
    """Run the campaign until so many sessions are published; kill it and all it started."""
    commande = (COMMANDE, "campagne", racine, "--reprendre")
    running = subprocess.Popen(
        commande, stdout=subprocess.DEVNULL, env=environment(), start_new_session=True
    )
    while running.poll() is None and len(published(racine)) < nombre:
        time.sleep(0.1)
    if running.returncode is not None:
        raise SystemExit(f"La campagne a fini ({running.returncode}) avant d'être tuée.")
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()
    # What the killed processes used counts once they are waited for.
    while True:
        try:
            os.wait()
        except ChildProcessError:
            return


def differing(une: Path, autre: Path) -> tuple[int, list[str]]:
    """Return how many published files were compared, and the names of those that differ."""
    names: set[Path] = set()
    for racine in (une, autre):
        for part in PUBLIE:
            found = racine.glob(f"**/sortie/{part}/**/*")
            names |= {path.relative_to(racine) for path in found if path.suffix in SORTES}
    unlike = [
        str(name)
        for name in sorted(names)
        if not (une / name).is_file()
        or not (autre / name).is_file()
        or (une / name).read_bytes() != (autre / name).read_bytes()
    ]
    return len(names), unlike


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, default=40)
    parser.add_argument("--candidats", type=int, default=100)
    options = parser.parse_args()
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    verdict = Verdict()
    with tempfile.TemporaryDirectory() as temporaire:
        une, autre = Path(temporaire) / "une-a-une", Path(temporaire) / "campagne"
        sessions = list(make_country(une, 1, options.sessions, options.candidats))
        shutil.copytree(une, autre)
        unite = min(measure(sys.executable, "-c", IMPORT).cpu for _ in range(2))
        print(f"import de Great Expectations (l'unité) : {unite:.1f} s CPU", flush=True)
        alone = [measure(str(COMMANDE), "executer", str(session)).cpu for session in sessions]
        print(f"{len(alone)} sessions une à une : {sum(alone):.0f} s CPU", flush=True)
        before = children_cpu()
        for nombre in (len(sessions) // 3, 2 * len(sessions) // 3):
            kill_at(autre, nombre)
        measure(str(COMMANDE), "campagne", str(autre), "--reprendre")
        together = children_cpu() - before
        print(f"en campagne tuée deux fois : {together:.0f} s CPU", flush=True)
        number, unlike = differing(une, autre)
        print(f"{number} fichiers publiés comparés, {len(unlike)} différents")
        print(*unlike[:20], sep="\n")
    verdict.tell("campagne-quarante", together / sum(alone))
    if unlike:
        sys.exit(1)
    verdict.end()


if __name__ == "__main__":
    main()
