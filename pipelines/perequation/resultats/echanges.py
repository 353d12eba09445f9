"""Short moves, found without a programme: a few candidates trade so that no published sum changes.

What some atoms give, as many others take: both sides are in the same published groups, counted
together. Each atom gets the sum of random numbers of its groups, so that two sides are compared as
two numbers; what is found is verified by whoever keeps it. Where published sums, added and
subtracted, give the target's, there is no move to find.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from itertools import combinations_with_replacement
from typing import Any

import numpy as np
from scipy.linalg import LinAlgError, cho_factor, cho_solve
from scipy.sparse import csr_array, eye_array, issparse
from scipy.sparse.linalg import splu

from perequation.resultats.alike import CIBLE, ESSAIS, PARMI, VOISINS

# How many atoms give and as many take, among how many of the nearest on each side.
TAILLES = ((1, PARMI, PARMI), (2, 200, 40), (2, 400, 120), (3, 40, 24))
# Farther than any atom; a group that none is in.
_LOIN = 2**15 - 1
_AUCUN = -2
# Last bits of what names a side: sorting is for those that some other side shares.
_BITS = 2**16 - 1
# How many equal sides are looked at.
_PAIRES = 4000
# Beyond so many groups × atoms, those that are not in one another are worth leaving out.
_DENSE = 50_000
#: Beyond so many groups, nearly no two of which have an atom in common, products are sparse: of a
#: country, a gigabyte and half a minute for each factor otherwise.
MANY_GROUPS = 500
# Of the largest product of two rows, what makes rows that depend on one another solvable; and what
# is left of a vector that they give.
_RIDGE = 1e-9
_TINY = 1e-6


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
    common
        Atoms that may move and are in both, for each two groups, published or not; None to count
        them.
    """

    places: Any
    low: Any
    high: Any
    unite: Any
    common: Any = None

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
        return (self.places >= 0).sum(axis=0, dtype=np.int16)

    @cached_property
    def groups(self) -> Any:
        """The published groups some atom is in, in order."""
        return np.unique(self.places[self.places >= 0])

    @cached_property
    def rows(self) -> Any:
        """Published groups × atoms: 1 where an atom is in a group; sparse when they are many."""
        inside = self.places >= 0
        row, atom = np.searchsorted(self.groups, self.places[inside]), np.nonzero(inside)[1]
        shape = len(self.groups), self.places.shape[1]
        if shape[0] * shape[1] > _DENSE:
            return csr_array((np.ones(len(row)), (row, atom)), shape=shape)
        dense = np.zeros(shape)
        dense[row, atom] = 1
        return dense

    @cached_property
    def _products(self) -> Any:
        """Atoms that may move and are in both, for each two published groups; sparse when they are many."""
        if issparse(self.common):
            some = self.common[self.groups][:, self.groups]
            return some if len(self.groups) > MANY_GROUPS else some.toarray()
        if self.common is not None:
            return self.common[np.ix_(self.groups, self.groups)]
        return _products(self.rows[:, np.flatnonzero(self.low + self.high > 0)])

    @cached_property
    def _solver_of_all(self) -> Any:
        return _solver(self._products)

    def gives(self, aim: Any, free: Any) -> bool:
        """Say whether published sums, added and subtracted, give that of some atoms among the free.

        Least squares among some groups rather than thousands of atoms, then verified. Groups depend
        on one another, as those of two tables have the same total: a little is added to the diagonal,
        and what that leaves is solved for again.

        Parameters
        ----------
        aim, free
            Whether each atom is one of them; whether it may change, of those that may move.
        """
        solve = self._solver_among(free)
        if solve is None:
            return False
        left, size = np.where(free, aim, 0.0), np.inf
        while True:
            sums = solve(self.rows @ left)
            left = np.where(free, left - sums @ self.rows, 0.0)
            before, size = size, np.abs(left).max(initial=0.0)
            if size < _TINY:
                return True
            if size > before / 2:
                return False

    def _solver_among(self, free: Any) -> Any:
        """Return what solves for the products among the free atoms: few of those that may move are not."""
        gone = np.flatnonzero((self.low + self.high > 0) & ~free)
        if not gone.size:
            return self._solver_of_all
        if issparse(self._products):
            away = self.rows[:, gone]
            return _solver(self._products - away @ away.T)
        theirs = self.places[:, gone]
        groups = np.searchsorted(self.groups, np.unique(theirs[theirs >= 0]))
        products = self._products.copy()
        products[np.ix_(groups, groups)] -= _products(self.rows[groups][:, gone])
        return _solver(products)

    def trade(self, start: Any, near: Any, aim: Any, sizes: tuple[int, int, int], need: int) -> Any:
        """Return a move by which a target goes farther up or down, `need` at most.

        Parameters
        ----------
        start
            The move to add to.
        near
            The atoms that may change, the nearest first.
        aim
            1 for the atoms of the target, -1 to look for how it goes down.
        sizes
            One of `TAILLES`.
        need
            How far at most.
        """
        sign = 1 if aim.max() > 0 else -1
        inside = sign * aim
        rooms = above, below = (self.high - start, self.low + start)[::sign]
        many, wide, narrow = sizes
        # An atom taken several times may lack room for it: `_add_up` sees to that.
        able, some = near[above[near] > 0], near[:narrow]
        first, taken = able[inside[able] > 0][:CIBLE], some[below[some] > 0]
        if not first.size or not taken.size:
            return start
        others = _some(near[:wide], above, many - 1)
        trades = self._match(first, others, _sides(taken, many))
        move = self._add_up(self._best(trades, inside, rooms, need), rooms, need)
        return start + sign * move

    def nearest(self, cible: Any, free: Any) -> Any:
        """Return the free atoms, those that share most published groups with the target first.

        Parameters
        ----------
        cible, free
            Atoms of the target; which atoms may change.
        """
        whose = cible[free[cible]][:VOISINS]
        some = self.places[:, whose]
        # No group is no group in common.
        same = np.where(some < 0, _AUCUN, some)[:, :, None] == self.places[:, None, :]
        common = same.sum(axis=0, dtype=np.int16)
        away = (self.size[whose][:, None] + self.size - 2 * common).min(axis=0, initial=_LOIN)
        atoms = np.flatnonzero(free)
        return atoms[np.argsort(away[atoms], kind="stable")]

    def _match(self, first: Any, others: Any, taken: Any) -> tuple[Any, Any]:
        """Return the sides that are equal, one trade a column: who gives, who takes."""
        key = np.add.outer(self.signature[first], self._named(others)).ravel()
        i, j = _pairs(key, self._named(taken))
        of_first, of_others = np.divmod(i, others.shape[1])
        return np.vstack([first[of_first], others[:, of_others]]), taken[:, j]

    def _best(self, trades: tuple[Any, Any], inside: Any, rooms: Any, need: int) -> Iterator[Any]:
        """Yield the trades that go farthest with the fewest establishments, and how far at once."""
        some, against = trades
        gain = inside[some].sum(axis=0) - inside[against].sum(axis=0)
        kept = np.flatnonzero(gain > 0)
        some, against, gain = some[:, kept], against[:, kept], gain[kept]
        above, below = rooms
        room = np.minimum(above[some].min(axis=0), below[against].min(axis=0))
        both = np.sort(self.unite[np.vstack([some, against])], axis=0)
        units = (both[1:] > both[:-1]).sum(axis=0)
        order = np.lexsort((units, -np.minimum(gain * room, need)))[:ESSAIS]
        every = (some.T[order], against.T[order], gain[order])
        yield from zip(*(each.tolist() for each in every), strict=True)

    def _named(self, sides: Any) -> Any:
        return self.signature[sides].sum(axis=0, dtype=np.uint64)

    def _add_up(self, trades: Iterator[Any], rooms: Any, need: int) -> Any:
        """Add trades, each as often as all have room for it, until they go far enough."""
        above, below = rooms
        move = np.zeros(len(above), dtype=int)
        got = 0
        for some, others, gain in trades:
            step = Counter(some)
            step.subtract(others)
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


def _products(rows: Any) -> Any:
    products = rows @ rows.T
    return products.toarray() if issparse(products) else products


def _solver(products: Any) -> Any:
    """Return what solves for products, the diagonal raised a little; None when they can't be."""
    ridge = _RIDGE * products.diagonal().max(initial=1.0)
    try:
        if issparse(products):
            # Groups are in one another: hardly a product more once factored, in this order.
            raised = products + ridge * eye_array(products.shape[0])
            options: Any = {"SymmetricMode": True}
            order = "MMD_AT_PLUS_A"
            return splu(raised.tocsc(), order, diag_pivot_thresh=0.0, options=options).solve
        raised = np.array(products, order="F")
        raised[np.diag_indices_from(raised)] += ridge
        factor = cho_factor(raised, overwrite_a=True, check_finite=False)
    except (LinAlgError, RuntimeError):
        return None
    return partial(cho_solve, factor, check_finite=False)


def _some(near: Any, room: Any, many: int) -> Any:
    """Return ways for `many` of the near atoms that can (one may count several times) to move by one."""
    return _sides(near[room[near] > 0], many)


def _sides(able: Any, many: int) -> Any:
    """Return the ways to take `many` of some atoms, one a column."""
    return able[_picks(len(able), many)]


def _pairs(key: Any, lock: Any) -> Any:
    """Return where they are equal, those of the first keys first; not all, when they are many."""
    opens = _alike(key, lock)
    keys = _alike(lock[opens], key)
    order = opens[np.argsort(lock[opens], kind="stable")]
    ends = (np.searchsorted(lock[order], key[keys], side=side) for side in ("left", "right"))
    first, last = ends
    count = last - first
    i = np.repeat(np.arange(len(keys)), count)[:_PAIRES]
    step = np.arange(len(i)) - np.repeat(count.cumsum() - count, count)[:_PAIRES]
    return keys[i], order[first[i] + step]


def _alike(some: Any, others: Any) -> Any:
    """Return the places of those that may be equal to some: their last bits are those of one."""
    seen = np.zeros(_BITS + 1, dtype=bool)
    seen[some.view(np.int64) & _BITS] = True
    return np.flatnonzero(seen[others.view(np.int64) & _BITS])


@lru_cache(maxsize=512)
def _picks(size: int, many: int) -> Any:
    picks = list(combinations_with_replacement(range(size), many))
    return np.array(picks, dtype=int).reshape(len(picks), many).T.copy()
