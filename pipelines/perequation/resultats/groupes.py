"""The groups whose sums may be published, and what must not be told of whom.

A family is one quantity (who is admitted, the marks of one épreuve) added up over many groups that
cut the same candidates in several ways. Nothing is told of a few as long as nothing is told of a
target that is small, or so close to all or none that it tells of each of its candidates.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations, pairwise
from typing import Any

import numpy as np
from scipy.sparse import csr_array

# Nobody in particular knows these candidates.
PERSONNE = -1


@dataclass(frozen=True)
class Famille:
    """One quantity over many groups, its candidates gathered in atoms that no group separates.

    Attributes
    ----------
    places
        Rows × atoms: the groups of each atom, one a row (-1: none). The groups of a table are in
        one row, in several when an atom is in several of them.
    effectif, somme
        Candidates of each atom, and the sum of their values (integers).
    unite
        The establishment that knows each atom; -1 when none does.
    table
        Groups of one table share a number: they divide the same candidates.
    valeur
        Rank of each group: those of a lower rank are hidden first.
    plafond
        The largest value of one candidate: 1 for a count, 40 for marks in half points.
    marge
        How far from none and from all a published sum must stay, and how many values wide what is
        left of a hidden one.
    minimum
        Candidates under which nothing is told.
    trop_peu
        Groups hidden whatever their size here (too few présents).
    """

    places: Any
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
    def dans(self) -> Any:
        """Groups × atoms, sparse: 1 where an atom is in a group."""
        row, atom = np.nonzero(self.places >= 0)
        ones = np.ones(len(atom), dtype=np.int64)
        shape = len(self.table), len(self.effectif)
        return csr_array((ones, (self.places[row, atom], atom)), shape=shape)

    def members(self, group: int) -> Any:
        """Return the atoms of a group."""
        ends = self.dans.indptr
        return self.dans.indices[ends[group] : ends[group + 1]]

    @cached_property
    def sizes(self) -> Any:
        """Return the candidates of each group."""
        return self.dans @ self.effectif

    @cached_property
    def twins(self) -> Any:
        """Number shared by the groups made of the same candidates."""
        number: dict[bytes, int] = {}
        names = (self.members(g).tobytes() for g in range(len(self.table)))
        return np.array([number.setdefault(name, len(number)) for name in names])

    @cached_property
    def parts(self) -> list[tuple[int, list[int]]]:
        """Each group, with the groups of one table that are inside it and smaller."""
        common, size = (self.dans @ self.dans.T).tocoo(), self.dans.sum(axis=1)
        inside = (common.data == size[common.col]) & (size[common.col] < size[common.row])
        found: dict[tuple[int, int], list[int]] = {}
        pairs = zip(common.row[inside].tolist(), common.col[inside].tolist(), strict=True)
        for g, part in sorted(pairs):
            found.setdefault((g, int(self.table[part])), []).append(part)
        return [(g, some) for (g, _), some in sorted(found.items())]

    @cached_property
    def cibles(self) -> "list[Cible]":
        """Groups, atoms, and what two groups of different tables have in common."""
        groups, atoms = len(self.table), np.arange(len(self.effectif))
        every = {atoms[[a]].tobytes(): atoms[[a]] for a in atoms}
        shared: dict[bytes, int] = {}
        for g in range(groups):
            some = self.members(g).astype(atoms.dtype)
            if some.size:
                every[some.tobytes()] = some
                shared[some.tobytes()] = shared.get(some.tobytes(), 0) | 1 << g
        for one, other in combinations(self.places, 2):
            inside = np.flatnonzero((one >= 0) & (other >= 0))
            key = one[inside] * groups + other[inside]
            order = np.argsort(key, kind="stable")
            inside, ends = inside[order], np.flatnonzero(np.diff(key[order])) + 1
            parts = (inside[a:b] for a, b in pairwise([0, *ends.tolist(), len(inside)]))
            every |= {some.tobytes(): some for some in parts if some.size}
        glance = self._glance(list(every.values()))
        return [
            Cible(self, some, shared.get(name, 0), seen)
            for (name, some), seen in zip(every.items(), glance, strict=True)
        ]

    def _glance(self, every: list[Any]) -> list[bool | None]:
        """Say which candidates are sensitive, all at once; None of those that must be looked at."""
        size, units = (
            np.array([len(some) for some in every], dtype=int),
            int(self.unite.max(initial=-1)) + 2,
        )
        atoms = np.concatenate([np.empty(0, dtype=int), *every])
        key = np.repeat(np.arange(len(every)) * units, size) + self.unite[atoms] + 1
        key, place = np.unique(key, return_inverse=True)
        whose, unit = np.divmod(key, units)
        n, total = (np.bincount(place, each[atoms]) for each in (self.effectif, self.somme))
        many, sums = (np.bincount(whose, each, len(every)) for each in (n, total))
        told = self.unsafe(many, sums)
        without = self.unsafe(many[whose] - n, sums[whose] - total) & (unit > 0)
        told[whose[without]] = True
        first = np.flatnonzero(np.diff(whose, prepend=-1))
        second = np.minimum(first + 1, np.append(first[1:], len(whose)) - 1)

        def after_two(whole: Any, each: Any) -> Any:
            ranked = each[np.lexsort((-each, whose))]
            return whole - ranked[first] - np.where(second > first, ranked[second], 0)

        missing = self.plafond * n - total
        large = (after_two(many, n) >= self.minimum) & (after_two(sums, total) >= self.marge)
        large &= after_two(self.plafond * many - sums, missing) >= self.marge
        return [True if t else False if c else None for t, c in zip(told, large, strict=True)]


@dataclass(frozen=True)
class Cible:
    """Candidates whose sum somebody may try to work out.

    Attributes
    ----------
    atomes
        What it is made of.
    groupes
        The groups it is exactly, as bits; 0 when it is none.
    seen
        Whether it is sensitive, when that is known already.
    """

    famille: Famille
    atomes: Any
    groupes: int = 0
    seen: bool | None = None

    @cached_property
    def par_unite(self) -> dict[int, tuple[int, int]]:
        """Candidates and sum of each establishment in it."""
        f, found = self.famille, dict[int, tuple[int, int]]()
        every = (each[self.atomes].tolist() for each in (f.unite, f.effectif, f.somme))
        for unit, size, value in zip(*every, strict=True):
            n, total = found.get(unit, (0, 0))
            found[unit] = n + int(size), total + int(value)
        return found

    def outside(self, known: tuple[int, ...] = ()) -> tuple[int, int]:
        """Return the candidates these establishments don't know, and their sum."""
        n, total = self._whole
        for unit in known:
            less, sums = self.par_unite.get(unit, (0, 0))
            n, total = n - less, total - sums
        return n, total

    @cached_property
    def _whole(self) -> tuple[int, int]:
        every = self.par_unite.values()
        return sum(n for n, _ in every), sum(total for _, total in every)

    @cached_property
    def is_sensitive(self) -> bool:
        """Whether knowing its sum would tell of a few to somebody."""
        return self.need(()) > 0 if self.seen is None else self.seen

    @cached_property
    def _needs(self) -> dict[tuple[int, ...], int]:
        return {}

    def need(self, known: tuple[int, ...]) -> int:
        """Return how many values must be left to its sum for those who know these establishments.

        Zero when it would tell of a few neither to them nor, when they are less than two, to them
        with others.
        """
        if known not in self._needs:
            n, _ = self.outside(known)
            far = min(self.famille.marge, self.famille.plafond * n)
            is_told = n and next(self.sensitive(known), None) is not None
            self._needs[known] = far if is_told else 0
        return self._needs[known]

    def sensitive(self, known: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
        """Yield who would be told of a few by its sum: these establishments, and up to two."""
        n, total = self.outside(known)
        if self.famille.unsafe(n, total):
            yield known
        if len(known) == 2 or self.stays_large(n, total):
            return
        others = [unit for unit in self.par_unite if unit not in known and unit != PERSONNE]
        for more in range(1, 3 - len(known)):
            for some in combinations(others, more):
                theirs = [self.par_unite[unit] for unit in some]
                left = n - sum(n for n, _ in theirs), total - sum(total for _, total in theirs)
                if self.famille.unsafe(*left):
                    yield (*known, *some)

    @cached_property
    def _two(self) -> tuple[int, int, int]:
        """Candidates, sum, and what it lacks to be the largest, of the two that have most of each."""
        cap, each = self.famille.plafond, self.par_unite.values()
        every = zip(*((n, total, cap * n - total) for n, total in each), strict=True)
        first, second, third = (sum(sorted(some, reverse=True)[:2]) for some in every)
        return first, second, third

    def stays_large(self, n: int, total: int) -> bool:
        """Say at a glance that `n` of its candidates stay many, and far from none and all.

        Whichever two establishments leave; `total` is the sum of theirs.
        """
        f, (many, most, least) = self.famille, self._two
        return (
            n - many >= f.minimum
            and total - most >= f.marge
            and f.plafond * n - total - least >= f.marge
        )
