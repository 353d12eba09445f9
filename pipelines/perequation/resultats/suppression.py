"""Which sums of a family of groups may be published, so that nothing of a few can be worked out.

A family is one quantity (who is admitted, the marks of one épreuve) added up over many groups that
cut the same candidates in several ways. Whoever holds every published sum can add and subtract
them; an establishment also knows its own candidates, two of them together know theirs. What such
sums tell is linear algebra: a target is told when its indicator is a combination of the published
ones, outside the candidates known. Nothing is told of a few as long as no such target is small, nor
so close to all or none that it tells of each.

Complementary suppression: M. Fischetti and J. J. Salazar, *Models and algorithms for optimizing
cell suppression in tabular data with linear constraints*, JASA 95, 2000; here greedily, then
undone as far as it can be.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

_TINY = 1e-7
# Pairs of establishments looked at together, and targets, in one batch.
_BATCH = 512

PETIT = "petit_effectif"
HOMOGENE = "groupe_homogene"
COMPLEMENT = "complement"
DEDUIT = "deductible"


@dataclass(frozen=True)
class Famille:
    """One quantity over many groups, its candidates gathered in atoms that no group separates.

    Attributes
    ----------
    dans
        Groups × atoms: which atoms a group is made of.
    effectif, somme
        Candidates of each atom, and the sum of their values (integers).
    unite
        The establishment that knows each atom; -1 when none does.
    table
        Groups of one table share a number: they divide the same candidates.
    valeur
        Rank of each group: those of a lower rank are hidden first.
    plafond
        The largest value of one candidate: 1 for a count, 2000 for marks in hundredths.
    marge
        How far from none and from all a published sum must stay.
    minimum
        Candidates under which nothing is told.
    trop_peu
        Groups hidden whatever their size here (too few présents).
    """

    dans: Any
    effectif: Any
    somme: Any
    unite: Any
    table: Any
    valeur: Any
    plafond: int
    marge: int
    minimum: int
    trop_peu: Any

    def unsafe(self, n: Any, total: Any) -> Any:
        """Say which groups of `n` candidates adding up to `total` can't be told of."""
        few = n < self.minimum
        close = (total < self.marge) | (self.plafond * n - total < self.marge)
        return (n > 0) & (few | close)

    @cached_property
    def known(self) -> Any:
        """Establishments × atoms: what each one knows."""
        units = np.unique(self.unite[self.unite >= 0])
        return (self.unite[None, :] == units[:, None]).astype(float)

    @cached_property
    def contains(self) -> Any:
        """Groups × groups: whether the second is inside the first, and smaller."""
        inside = (self.dans @ (1 - self.dans).T).T == 0
        smaller = self.dans.sum(axis=1)[None, :] < self.dans.sum(axis=1)[:, None]
        return inside & smaller

    @cached_property
    def targets(self) -> Any:
        """Targets × atoms: groups, atoms, and what two groups have in common."""
        atoms = np.eye(self.dans.shape[1])
        crossed = [self.dans[i] * self.dans[i + 1 :] for i in range(len(self.dans) - 1)]
        every = np.vstack([self.dans, atoms, *crossed])
        return np.unique(every[every.any(axis=1)], axis=0)

    @cached_property
    def twins(self) -> Any:
        """Groups × groups: whether both are made of the same candidates."""
        return (self.dans[:, None, :] == self.dans[None, :, :]).all(axis=2)


@dataclass
class Suppression:
    """What is hidden of a family, and why."""

    famille: Famille
    cache: Any = field(init=False)
    raison: list[str] = field(init=False)
    fixe: set[int] = field(init=False)

    def __post_init__(self) -> None:
        """Hide what is hidden of itself."""
        f = self.famille
        n, total = f.dans @ f.effectif, f.dans @ f.somme
        few = ((n < f.minimum) | f.trop_peu) & (n > 0)
        close = f.unsafe(n, total) & ~few
        self.cache = few | close
        self.raison = [
            PETIT if p else HOMOGENE if c else "" for p, c in zip(few, close, strict=True)
        ]
        self.fixe = {int(i) for i in np.flatnonzero(self.cache)}

    def hide(self, group: int, raison: str) -> None:
        """Hide a group for a reason found elsewhere: it is not shown again."""
        self.cache[group] = True
        self.raison[group] = raison
        self.fixe.add(group)

    def run(self) -> None:
        """Hide more groups until nothing is told of a few, as few more as two orders find.

        The small ones first, which hides little; the large ones first, as one group of several
        establishments may stand for all of them. Then show again what needn't be hidden.
        """
        start = self.cache.copy(), list(self.raison)
        found: list[tuple[tuple[int, ...], Any, list[str]]] = []
        for sign in (1, -1):
            self.cache, self.raison = start[0].copy(), list(start[1])
            self._protect(sign)
            found.append((self._cost(), self.cache, self.raison))
            if self.cache.sum() - start[0].sum() < 2:
                break
        _, self.cache, self.raison = min(found, key=lambda each: each[0])

    def _cost(self) -> tuple[int, ...]:
        """Count what is hidden, what is worth most first."""
        worth = self.famille.valeur[self.cache]
        return (*(int((worth >= rank).sum()) for rank in (2, 1)), int(self.cache.sum()))

    def _protect(self, sign: int) -> None:
        while fault := next(self.faults(), None):
            self._hide(fault, sign)
        added = {int(i) for i in np.flatnonzero(self.cache)} - self.fixe
        done: set[int] = set()
        for i in sorted(added, key=lambda i: (-self.famille.valeur[i], -self._size(i), i)):
            if i not in done:
                done |= self._show_again(i)

    def _size(self, group: int) -> int:
        return int(self.famille.dans[group] @ self.famille.effectif)

    def _hide(self, proof: list[int], sign: int) -> None:
        """Hide the group of a proof that is worth least, with those of the same candidates."""
        f = self.famille

        def worth(i: int) -> tuple[Any, ...]:
            same = f.twins[i]
            return (f.valeur[same].max(), int(same.sum()), sign * self._size(i), i)

        least = min(proof, key=worth)
        for i in np.flatnonzero(f.twins[least] & ~self.cache):
            self.cache[i] = True
            self.raison[i] = DEDUIT if len(proof) == 1 else COMPLEMENT

    def _show_again(self, group: int) -> set[int]:
        """Show a group again, with those of the same candidates, when nothing is told by it."""
        same = {int(i) for i in np.flatnonzero(self.famille.twins[group])}
        if not self.fixe & same:
            before = self.cache.copy()
            self.cache[list(same)] = False
            if next(self.faults(), None):
                self.cache = before
            else:
                self.raison = ["" if i in same else r for i, r in enumerate(self.raison)]
        return same

    def faults(self) -> Iterator[list[int]]:
        """Yield the published groups that together tell of a few, proof by proof."""
        yield from self._remainders()
        yield from _Attack(self.famille, np.flatnonzero(~self.cache)).proofs()

    def _remainders(self) -> Iterator[list[int]]:
        """Yield each published group with the published parts of it that leave a few."""
        f = self.famille
        shown = ~self.cache
        for table in np.unique(f.table):
            parts = f.contains & (shown & (f.table == table))[None, :]
            rest = np.clip(f.dans - parts.astype(float) @ f.dans, 0, 1)
            for group in np.flatnonzero(shown):
                if self._told(rest[group]):
                    yield [int(group), *(int(i) for i in np.flatnonzero(parts[group]))]

    def _told(self, target: Any) -> bool:
        """Say whether a target known to everybody tells of a few to one or two establishments."""
        f = self.famille
        n, total = target * f.effectif, target * f.somme
        mine_n, mine = f.known @ n, f.known @ total
        near = np.flatnonzero(mine_n)
        left_n = n.sum() - mine_n[near, None] - mine_n[None, near]
        left = total.sum() - mine[near, None] - mine[None, near]
        # One alone, instead of twice itself.
        np.fill_diagonal(left_n, n.sum() - mine_n[near])
        np.fill_diagonal(left, total.sum() - mine[near])
        return bool(f.unsafe(n.sum(), total.sum()) or f.unsafe(left_n, left).any())


class _Attack:
    """The linear algebra of those who hold the published groups."""

    def __init__(self, famille: Famille, shown: Any) -> None:
        self.famille, self.shown = famille, shown
        self.matrix = famille.dans[shown]
        # The projector on what the published sums leave free.
        _, values, rows = np.linalg.svd(self.matrix, full_matrices=False)
        kept = rows[values > _TINY] if values.size else rows[:0]
        self.free = np.eye(famille.dans.shape[1]) - kept.T @ kept

    def proofs(self) -> Iterator[list[int]]:
        """Yield, for each target told to somebody, the published groups that tell it."""
        for known in self._coalitions():
            for target, atoms in self._told(known):
                yield self._proof(target, atoms)

    def _coalitions(self) -> Iterator[Any]:
        """Yield batches of what nobody, one establishment, two together know (rows of atoms)."""
        f = self.famille
        yield np.zeros((1, len(f.effectif)))
        # One whose candidates are all told to everybody knows nothing more.
        active = f.known[(np.abs(f.known @ self.free) > _TINY).any(axis=1)]
        yield active
        first, second = np.triu_indices(len(active), 1)
        for start in range(0, len(first), _BATCH):
            cut = slice(start, start + _BATCH)
            yield active[first[cut]] + active[second[cut]]

    def _told(self, known: Any) -> Iterator[tuple[Any, Any]]:
        """Yield the targets told to one of these coalitions, outside what it knows, with it."""
        f = self.famille
        if not len(known):
            return
        n = f.targets @ f.effectif - known @ (f.targets * f.effectif).T
        total = f.targets @ f.somme - known @ (f.targets * f.somme).T
        open_ = f.unsafe(n, total)
        useful = open_.any(axis=0)
        targets = f.targets[useful]
        beyond = self.free @ targets.T
        left = self._left(known, targets, beyond)
        for k, t in zip(*np.nonzero((left < _TINY) & open_[:, useful]), strict=True):
            yield targets[t], known[k]

    def _left(self, known: Any, targets: Any, beyond: Any) -> Any:
        """Return how far each target is from told to each coalition (0: told)."""
        alone = np.einsum("ta,at->t", targets, beyond)
        if not known.any():
            return np.tile(alone, (len(known), 1))
        width = int(known.sum(axis=1).max())
        # The atoms each coalition knows, those of a smaller one filled up with a null row.
        order = np.argsort(-known, axis=1, kind="stable")[:, :width]
        real = np.take_along_axis(known, order, axis=1)
        gram = self.free[order[:, :, None], order[:, None, :]]
        gram = gram * real[:, :, None] * real[:, None, :]
        seen = beyond[order] * real[:, :, None]
        inverse = np.linalg.pinv(gram, rcond=_TINY, hermitian=True)
        explained = np.einsum("kmt,kml,klt->kt", seen, inverse, seen, optimize=True)
        return alone[None, :] - explained

    def _proof(self, target: Any, known: Any) -> list[int]:
        """Return the fewest published groups, near enough, that tell a target."""
        from scipy.optimize import linprog

        outside = known == 0
        aim = target[outside]
        rows = self.matrix[:, outside]
        both = np.hstack([rows.T, -rows.T])
        found = linprog(np.ones(both.shape[1]), A_eq=both, b_eq=aim, method="highs")
        if found.x is None:  # numerically out of reach: anything published may be part of it
            return [int(i) for i in self.shown]
        weights = found.x[: len(rows)] + found.x[len(rows) :]
        return [int(i) for i in self.shown[weights > _TINY]]
