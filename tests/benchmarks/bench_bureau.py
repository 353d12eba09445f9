"""What the page of the offices costs from its command to its first page: CPU, and wall.

    python tests/benchmarks/bench_bureau.py [--tours 3]

The unit is the import of Great Expectations in the same run, as for whole sessions.
"""

import argparse
import http.cookiejar
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from statistics import median

from bench_sessions import COMMANDE, IMPORT, Mesure, measure
from goals import Verdict, spread

from perequation.suivi.initialisation import create_dossier


def opening(racine: Path) -> Mesure:
    """Return what it takes from the command to the first page, an answer 200."""
    debut = time.perf_counter()
    command = [str(COMMANDE), "bureau", str(racine), "--sans-navigateur"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            said = process.stdout.readline() if process.stdout else ""
            address = said[said.index("http") :].strip()
            cookies = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
            with urllib.request.build_opener(cookies).open(address) as answer:
                assert answer.status == 200
                assert "Sessions" in answer.read().decode()
            return Mesure(_cpu(process.pid), time.perf_counter() - debut)
        finally:
            process.terminate()


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Measure, tell, compare with the goal."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tours", type=int, default=3)
    tours: int = parser.parse_args().tours
    with tempfile.TemporaryDirectory() as folder:
        racine = Path(folder)
        list(create_dossier(racine / "ccst-2023", ["CCST"], 2023, "TOULOUSE"))
        opening(racine)  # compiled files, and the disk's cache
        opened = [opening(racine) for _ in range(tours)]
    unit = [measure(sys.executable, "-c", IMPORT).cpu for _ in range(tours)]
    cpu = [each.cpu for each in opened]
    print(
        f"Bureau : {median(cpu):.2f} s de calcul, {median(m.secondes for m in opened):.2f} s "
        f"jusqu’à la première page ; import de Great Expectations {median(unit):.2f} s."
    )
    verdict = Verdict()
    verdict.tell("bureau-ouverture", median(cpu) / median(unit), spread(cpu) + spread(unit))
    verdict.end()


if __name__ == "__main__":
    main()
