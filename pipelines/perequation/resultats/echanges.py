"""Short moves, found without a programme: a few candidates trade so that no published sum changes.

What some atoms give, as many others take: both sides are in the same published groups, counted
together. Each atom gets the sum of random numbers of its groups, so that two sides are compared as
two numbers; what is found is verified by whoever keeps it.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import combinations_with_replacement
from typing import Any

import numpy as np

# How many atoms give and as many take, among how many of the nearest on each side.
TAILLES = ((1, 400, 400), (2, 200, 40), (2, 400, 120), (3, 40, 24))
# Atoms of a target that trade, and those that say who is near.
_CIBLE = 8
_VOISINS = 32
# More than any atom can move.
_LOIN = 10**9
# How many equal sides are looked at.
_PAIRES = 4000
# How many of them may be added up in one move.
_ESSAIS = 100


@dataclass(frozen=True)
class Marche:
    """Who may trade, and what must not change.

    Attributes
    ----------
    places
        Rows × atoms: the published groups of each atom (-1: none).
    low, high
        How far each atom's sum may go down and up.
    unite
        The establishment of each atom.
    """

    places: Any
    low: Any
    high: Any
    unite: Any

    @cached_property
    def signature(self) -> Any:
        """A number for each atom: the same for atoms of the same published groups."""
        rng = np.random.default_rng(13)
        # The last one is that of no group.
        names = rng.integers(1, 2**62, size=self.places.max(initial=-1) + 2, dtype=np.uint64)
        names[-1] = 0
        return names[self.places].sum(axis=0, dtype=np.uint64)

    @cached_property
    def size(self) -> Any:
        """How many published groups each atom is in."""
        return (self.places >= 0).sum(axis=0)

    def trade(
        self, start: Any, near: Any, inside: Any, sizes: tuple[int, int, int], need: int
    ) -> Any:
        """Return a move by which a target goes up farther, `need` at most.

        Parameters
        ----------
        start
            The move to add to.
        near
            The atoms that may change, the nearest first.
        inside
            1 for the atoms of the target, -1 to look for how it goes down.
        sizes
            One of `TAILLES`.
        need
            How far at most.
        """
        up = bool(inside.max() > 0)
        rooms = (self.high - start, self.low + start)
        above, below = rooms if up else rooms[::-1]
        many, wide, narrow = sizes
        whose = near[inside[near] != 0]
        given = self._sides(whose, near[:wide], above, many)
        taken = self._sides(None, near[:narrow], below, many)
        move = self._match((given, taken), np.abs(inside), (above, below), need)
        return start + (move if up else -move)

    def nearest(self, cible: Any, free: Any) -> Any:
        """Return the free atoms, those that share most published groups with the target first.

        Parameters
        ----------
        cible, free
            Atoms of the target; which atoms may change.
        """
        whose = cible[free[cible]][:_VOISINS]
        some = self.places[:, whose]
        common = (some[:, :, None] == self.places[:, None, :]) & (some >= 0)[:, :, None]
        away = (self.size[whose][:, None] + self.size - 2 * common.sum(axis=0)).min(
            axis=0, initial=_LOIN
        )
        atoms = np.flatnonzero(free)
        return atoms[np.argsort(away[atoms], kind="stable")]

    def _sides(self, first: Any, near: Any, room: Any, many: int) -> Any:
        """Return ways for `many` atoms (one may count several times) to move by one."""
        able = near[room[near] > 0]
        if first is None:
            sides = able[_picks(len(able), many)]
        else:
            first = first[room[first] > 0][:_CIBLE]
            others = able[_picks(len(able), many - 1)]
            each = np.repeat(first, len(others))[:, None]
            sides = np.hstack([each, np.tile(others, (len(first), 1))])
        # An atom taken several times may lack room for it: `_add_up` sees to that.
        return sides, room[sides].min(axis=1, initial=_LOIN)

    def _match(self, sides: Any, inside: Any, rooms: Any, need: int) -> Any:
        """Return the move that goes farthest with the fewest establishments."""
        (some, ahead), (others, behind) = sides
        if not len(some) or not len(others):
            return np.zeros_like(inside)
        key, lock = (self.signature[side].sum(axis=1, dtype=np.uint64) for side in (some, others))
        way, back = (inside[side].sum(axis=1) for side in (some, others))
        order = np.argsort(lock, kind="stable")
        first = np.searchsorted(lock[order], key, side="left")
        last = np.searchsorted(lock[order], key, side="right")
        count = np.where(way > 0, last - first, 0)
        i = np.repeat(np.arange(len(some)), count)[:_PAIRES]
        step = np.arange(count.sum())[:_PAIRES] - np.repeat(count.cumsum() - count, count)[:_PAIRES]
        j = order[first[i] + step]
        gain = way[i] - back[j]
        far = np.minimum(ahead[i], behind[j])
        units = self._units(some[i], others[j])
        order = np.lexsort((units, -np.minimum(gain * far, need)))[:_ESSAIS]
        order = order[gain[order] > 0]
        trades = ((some[i[k]], others[j[k]], int(gain[k])) for k in order)
        return self._add_up(trades, rooms, need)

    def _add_up(self, trades: Iterator[Any], rooms: Any, need: int) -> Any:
        """Add trades, each as often as all have room for it, until they go far enough."""
        above, below = rooms
        move = np.zeros(len(above), dtype=int)
        got = 0
        for some, others, gain in trades:
            step = Counter(some.tolist())
            step.subtract(others.tolist())
            times = min(
                (above[a] - move[a]) // k if k > 0 else (below[a] + move[a]) // -k
                for a, k in step.items()
                if k
            )
            times = min(int(times), -(-(need - got) // gain))
            if times <= 0:
                continue
            for a, k in step.items():
                move[a] += k * times
            got += gain * times
            if got >= need:
                break
        return move

    def _units(self, some: Any, others: Any) -> Any:
        both = np.sort(self.unite[np.hstack([some, others])], axis=1)
        return (np.diff(both, axis=1) > 0).sum(axis=1)


@lru_cache(maxsize=512)
def _picks(size: int, many: int) -> Any:
    picks = list(combinations_with_replacement(range(size), many))
    return np.array(picks, dtype=int).reshape(len(picks), many)
