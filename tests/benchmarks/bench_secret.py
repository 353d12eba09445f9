"""Decide what is hidden of a session, then of one four times as large: CPU seconds and their ratio.

Académies of some 1 300 candidates and 70 establishments, drawn with a seed: a country is so many
of them.

Usage: python tests/benchmarks/bench_secret.py [académies]
"""

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np
import polars as pl
from benchmarks.goals import Verdict, spread
from statistiques.attaque import MINIMUM, marks_of, session_of

from perequation.resultats.familles import decide_masking

ETABLISSEMENTS = 70
FOIS = 4


def draw_academie(name: str, rng: np.random.Generator) -> pl.DataFrame:
    """Draw the candidates of an académie; small establishments, centres of two or three."""
    atoms = [
        (f"{name}-E{e}", f"{name}-C{e // 3 if e % 7 else 99}", statut, sexe, n, int(n * share))
        for e in range(ETABLISSEMENTS)
        for statut in ("S0", "S1") + ("S2",) * (e % 6 == 0)
        for sexe in "FM"
        if (n := int(rng.poisson((2, 4, 9)[e % 3]))) and (share := rng.uniform(0.4, 1))
    ]
    return session_of(*atoms).with_columns(
        numero_candidat=name + pl.col("numero_candidat"), academie=pl.lit(name)
    )


def seconds(session: pl.DataFrame) -> float:
    """Return the CPU seconds of a decision about everything a session publishes."""
    start = time.process_time()
    decide_masking(session, marks_of(session), MINIMUM)
    return time.process_time() - start


def main(academies: int = 2) -> None:
    """Print candidates and seconds, then how they grow."""
    rng = np.random.default_rng(13)
    every = [draw_academie(f"A{i}", rng) for i in range(FOIS * academies)]
    small, large = pl.concat(every[:academies]), pl.concat(every)
    first = [seconds(small) for _ in range(2)]
    whole = seconds(large)
    print(f"secret : {small.height} candidats : {min(first):.1f} s de processeur")
    print(f"secret : {large.height} candidats : {whole:.1f} s de processeur")
    verdict = Verdict()
    verdict.tell("secret-croissance", whole / min(first), spread(first))
    verdict.end()


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
