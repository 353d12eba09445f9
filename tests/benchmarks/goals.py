"""What is aimed at, as docs/dev/performance.md says, and whether a measure misses it.

A goal is a ratio within one run, so that it holds on any machine. It is missed only beyond the noise:
how much the same thing, measured again in the same run, differed.
"""

import re
import sys
from dataclasses import dataclass
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs" / "dev" / "performance.md"
_ROW = re.compile(r"^\| `(?P<key>[^`]+)` \|[^|]*\| (?P<sign>≤|≥) (?P<goal>[\d,]+) \|", re.MULTILINE)


@dataclass(frozen=True)
class Goal:
    """At most, or at least, so many times something else."""

    key: str
    is_least: bool
    value: float

    def is_missed(self, measured: float, noise: float = 0.0) -> bool:
        """Say whether a measure misses it by more than the noise (a share of the measure)."""
        if self.is_least:
            return measured * (1 + noise) < self.value
        return measured / (1 + noise) > self.value


def read_goals(page: Path = PAGE) -> dict[str, Goal]:
    """Return the goals of the page, by key."""
    return {
        row["key"]: Goal(row["key"], row["sign"] == "≥", float(row["goal"].replace(",", ".")))
        for row in _ROW.finditer(page.read_text(encoding="utf-8"))
    }


def spread(values: list[float]) -> float:
    """Return how much measures of the same thing differ: the largest over the smallest, less one."""
    return max(values) / min(values) - 1 if values and min(values) > 0 else 0.0


def peak_memory() -> float:
    """Return the peak of memory of this process, in gigabytes.

    `ru_maxrss` keeps, across the start of a program, that of the process that started it: a session
    drawn in gigabytes, then computed in a process of its own, would count for what it was drawn in.
    """
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
    except OSError:  # no such file but on Linux
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e9
    return int(status.partition("VmHWM:")[2].split()[0]) / 1e6


class Verdict:
    """Tells each measure against its goal; `end` leaves with 1 when one is missed."""

    def __init__(self) -> None:
        self._goals = read_goals()
        self._missed: list[str] = []

    def tell(self, key: str, measured: float, noise: float = 0.0) -> None:
        """Print a measure and its goal."""
        goal = self._goals[key]
        sign = "≥" if goal.is_least else "≤"
        missed = goal.is_missed(measured, noise)
        if missed:
            self._missed.append(key)
        said = "MANQUÉ" if missed else "tenu"
        print(f"{key} : {measured:.2f} (visé {sign} {goal.value:g}, bruit {noise:.0%}) {said}")

    def end(self) -> None:
        """Leave with 1 when a goal was missed."""
        if self._missed:
            print(f"Manqués : {', '.join(self._missed)}")
            sys.exit(1)
