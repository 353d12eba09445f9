"""Kills and refusals at every file operation, limits, hostile inputs: what is published stays whole.

As SQLite's tests do: a step is run once to count what it asks of the disk, then again with the
first operation killed or refused, then the second, and so on. After each, the publication is one
of two known states, whole; the exit code is one of the contract; nothing half done is taken up.

    python -m tests.epreuve                 # every operation, then ten minutes of hostile inputs
    python -m tests.epreuve 60 120          # 60 faults, 120 seconds of hostile inputs
    python -m tests.epreuve 60 120 7 14     # drawn with the seed 7; 14 circumstances
    python -m tests.epreuve 0 600           # the hostile inputs alone
"""

import random
import sys
import tempfile
import time
from pathlib import Path

from tests.epreuve.circonstances import try_circumstances
from tests.epreuve.entrees import try_inputs
from tests.epreuve.pannes import try_faults, try_kills
from tests.epreuve.terrain import Comptes, Terrain


def main() -> None:
    """Run the whole campaign and print fault, number tried, held."""
    nombre = int(sys.argv[1]) if len(sys.argv) > 1 else None
    secondes = float(sys.argv[2]) if len(sys.argv) > 2 else 600.0
    graine = int(sys.argv[3]) if len(sys.argv) > 3 else 2023
    autour = int(sys.argv[4]) if len(sys.argv) > 4 else (140 if nombre is None else nombre // 4)
    alea, comptes = random.Random(graine), Comptes()
    debut = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="epreuve-") as place:
        try:
            if nombre != 0 or autour:
                terrain = Terrain(Path(place), reports=nombre != 0)
                if nombre != 0:
                    try_kills(terrain, comptes)
                    try_faults(terrain, comptes, nombre, alea)
                try_circumstances(terrain, comptes, autour, alea)
            try_inputs(Path(place), comptes, secondes, alea)
        finally:  # interrupted, it says all the same what was tried
            print(f"\n{comptes}\n{time.monotonic() - debut:.0f} s, graine {graine}", flush=True)
    sys.exit(bool(comptes.rates))


if __name__ == "__main__":
    main()
