"""Trades of one for one, between atoms that are in the same published groups.

Most targets need no more: few atoms are compared, one by one, which arrays would only slow down.
What is found is what `Marche.trade` would find, in the same order.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

# What a target may give, and among how many: those that are nearest to all of these are they.
CIBLE = 8
VOISINS = 32
PARMI = 400
# How many trades may be added up in one move.
ESSAIS = 100


@dataclass(frozen=True)
class Atomes:
    """How far the sum of each atom may go down and up, and who knows it (as a bit)."""

    low: list[int]
    high: list[int]
    unite: list[int]

    @classmethod
    def of(cls, low: Any, high: Any, unite: Any) -> "Atomes":
        """Read them from arrays; -1 for nobody in particular."""
        known = [0 if u < 0 else 1 << u for u in unite.tolist()]
        return cls(low.tolist(), high.tolist(), known)


class Alike:
    """The atoms of each published groups.

    Parameters
    ----------
    signature
        A number for each atom: the same for atoms of the same published groups.
    atomes
        What each may do.
    """

    def __init__(self, signature: Any, atomes: Atomes) -> None:
        self._signature: list[int] = signature.tolist()
        self._atomes = atomes
        self._same: dict[int, list[int]] = {}
        for a, name in enumerate(self._signature):
            self._same.setdefault(name, []).append(a)

    def are_few(self, whose: list[int]) -> bool:
        """Say whether no other atom is near enough to come between these and their likes."""
        names = {self._signature[a] for a in whose}
        return len(whose) <= VOISINS and sum(len(self._same[name]) for name in names) <= PARMI

    def trade(self, whose: list[int], known: int, sign: int, need: int) -> Any:
        """Return a move by which a target goes farther up (`sign` 1) or down, `need` at most.

        Parameters
        ----------
        whose
            Atoms of the target that may change.
        known
            The establishments whose atoms can't (bits).
        sign, need
            1 to look for how it goes up, -1 down; how far at most.
        """
        move = np.zeros(len(self._signature), dtype=int)
        atomes = self._atomes
        above, below = (atomes.high, atomes.low)[::sign]
        trades = [
            (-min(above[a], below[b], need), atomes.unite[a] != atomes.unite[b], a, b)
            for a, b in self._pairs(whose, known, above, below)
        ]
        # Those of a same rank stay in the order of the atoms.
        trades.sort()
        got, gone = 0, dict[int, int]()
        for _, _, a, b in trades[:ESSAIS]:
            times = min(above[a] - gone.get(a, 0), below[b] - gone.get(b, 0), need - got)
            if times > 0:
                gone[a], gone[b] = gone.get(a, 0) + times, gone.get(b, 0) + times
                move[a] += sign * times
                move[b] -= sign * times
                got += times
                if got >= need:
                    break
        return move

    def _pairs(
        self, whose: list[int], known: int, above: list[int], below: list[int]
    ) -> Iterator[tuple[int, int]]:
        for a in sorted(a for a in whose if above[a])[:CIBLE]:
            for b in self._same[self._signature[a]]:
                if below[b] and not self._atomes.unite[b] & known and b not in whose:
                    yield a, b
