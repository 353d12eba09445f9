"""The moves that no group shows: two establishments trade between two kinds of candidates of theirs.

They are known of every family before anything is looked for. All are found at once, and what they
do to each target is one product of sparse matrices.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from perequation.resultats.groupes import Famille

# How many establishments each one trades with.
_PARTNERS = 3


@dataclass(frozen=True)
class Swaps:
    """What the swaps of a family do to some targets.

    Attributes
    ----------
    unites
        The two establishments of each swap, as bits.
    ends
        Where the swaps of each target begin, among all of them; then where the last end.
    swap, way
        Those that change each target, in their order, and how far.
    """

    unites: list[int]
    ends: list[int]
    swap: list[int]
    way: list[int]

    @classmethod
    def of(cls, famille: Famille, low: Any, high: Any, targets: list[Any]) -> "Swaps":
        """Find the swaps of a family.

        Parameters
        ----------
        famille
            The groups.
        low, high
            How far the sum of each atom may go down and up.
        targets
            The atoms of each target.
        """
        atoms, fars = _find(famille, low, high)
        shape = len(low), len(atoms)
        swap = np.repeat(np.arange(len(atoms)), atoms.shape[1])
        changes = csr_array((fars.ravel(), (atoms.ravel(), swap)), shape=shape)
        sizes = np.array([0, *(len(some) for some in targets)])
        inside = np.concatenate([np.empty(0, dtype=int), *targets])
        ones = np.ones(len(inside), dtype=np.int64)
        whose = csr_array((ones, inside, sizes.cumsum()), shape=(len(targets), len(low)))
        ways: Any = whose @ changes
        ways.eliminate_zeros()
        ways.sort_indices()
        units = famille.unite[atoms].tolist()
        unites = [1 << here | 1 << there for here, _, there, _ in units]
        return cls(unites, ways.indptr.tolist(), ways.indices.tolist(), ways.data.tolist())

    def of_target(self, target: int) -> list[tuple[int, int, int]]:
        """Return how far each swap carries a target, who makes it and the groups it changes: none."""
        if target not in self._seen:
            mine = slice(self.ends[target], self.ends[target + 1])
            pairs = zip(self.way[mine], self.swap[mine], strict=True)
            self._seen[target] = [(way, self.unites[swap], 0) for way, swap in pairs]
        return self._seen[target]

    @cached_property
    def _seen(self) -> dict[int, list[tuple[int, int, int]]]:
        return {}


def _find(famille: Famille, low: Any, high: Any) -> tuple[Any, Any]:
    """Return the four atoms of each swap, one row a swap, and how far each of these moves."""
    a, b, kind = _kinds(famille)
    # From b to a here, from c to d there.
    ends, back = np.minimum(high[a], low[b]), np.minimum(low[a], high[b])
    order = np.argsort(kind, kind="stable")
    many = np.bincount(kind, minlength=1)
    first = many.cumsum() - many
    size, start = many[kind[order]][:, None], first[kind[order]][:, None]
    after = np.arange(1, _PARTNERS + 1)
    other = order[start + (np.arange(len(order))[:, None] - start + after) % size]
    here = np.broadcast_to(order[:, None], other.shape)
    far = np.minimum(np.minimum(ends[here], back[other]), famille.marge)
    kept = (after < size) & (far > 0)
    here, other, far = here[kept], other[kept], far[kept]
    atoms = np.stack([a[here], b[here], a[other], b[other]], axis=1)
    return atoms, far[:, None] * np.array([1, -1, -1, 1])


def _kinds(famille: Famille) -> tuple[Any, Any, Any]:
    """Return each two atoms of an establishment, and what differs between them, as a number.

    Pairs of one number go from the same groups to the same others; numbers are in the order they
    come.
    """
    order = np.argsort(famille.unite, kind="stable")
    order = order[famille.unite[order] >= 0]
    _, first, many = np.unique(famille.unite[order], return_index=True, return_counts=True)
    size = np.repeat(many, many)
    a = np.repeat(np.arange(len(order)), size)
    b = np.arange(len(a)) - np.repeat(size.cumsum() - size, size) + np.repeat(first, many)[a]
    a, b = order[a[a != b]], order[b[a != b]]
    ends = np.concatenate([famille.places[:, a], famille.places[:, b]]).T
    here, there = np.split(ends, 2, axis=1)
    change = np.where(np.tile(here == there, 2), -1, ends)
    size = change.shape[1] * change.itemsize
    rows = np.ascontiguousarray(change).view(np.dtype((np.void, size))).ravel().tolist()
    number: dict[bytes, int] = {}
    return a, b, np.array([number.setdefault(row, len(number)) for row in rows], dtype=int)
