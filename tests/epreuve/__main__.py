"""Kills and refusals at every file operation, then hostile inputs: what is published stays whole.

As SQLite's tests do: a step is run once to count what it asks of the disk, then again with the
first operation killed or refused, then the second, and so on. After each, the publication is one
of two known states, whole; the exit code is one of the contract; nothing half done is taken up.

    python -m tests.epreuve                 # every operation, then ten minutes of hostile inputs
    python -m tests.epreuve 60 120          # 60 faults, 120 seconds of hostile inputs
"""

import random
import sys
import tempfile
import time
from pathlib import Path

from tests.epreuve.entrees import try_inputs
from tests.epreuve.pannes import Comptes, Terrain, try_faults


def main() -> None:
    """Run the whole campaign and print fault, number tried, held."""
    nombre = int(sys.argv[1]) if len(sys.argv) > 1 else None
    secondes = float(sys.argv[2]) if len(sys.argv) > 2 else 600.0
    graine = int(sys.argv[3]) if len(sys.argv) > 3 else 2023
    alea, comptes = random.Random(graine), Comptes()
    debut = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="epreuve-") as place:
        terrain = Terrain(Path(place))
        try_faults(terrain, comptes, nombre, alea)
        try_inputs(Path(place), comptes, secondes, alea)
    print(f"\n{comptes}\n{time.monotonic() - debut:.0f} s, graine {graine}")
    sys.exit(bool(comptes.rates))


if __name__ == "__main__":
    main()
