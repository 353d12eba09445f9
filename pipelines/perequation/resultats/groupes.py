"""The groups whose sums may be published, and what must not be told of whom.

A family is one quantity (who is admitted, the marks of one épreuve) added up over many groups that
cut the same candidates in several ways. Nothing is told of a few as long as nothing is told of a
target that is small, or so close to all or none that it tells of each of its candidates.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
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
            parts = np.split(inside[order], np.flatnonzero(np.diff(key[order])) + 1)
            every |= {some.tobytes(): some for some in parts if some.size}
        return [Cible.of(self, some, shared.get(name, 0)) for name, some in every.items()]


@dataclass(frozen=True)
class Cible:
    """Candidates whose sum somebody may try to work out.

    Attributes
    ----------
    atomes
        What it is made of.
    groupes
        The groups it is exactly, as bits; 0 when it is none.
    par_unite
        Candidates and sum of each establishment in it.
    """

    famille: Famille
    atomes: Any
    groupes: int
    par_unite: dict[int, tuple[int, int]]

    @classmethod
    def of(cls, famille: Famille, atomes: Any, groupes: int) -> "Cible":
        """Add up the candidates of each establishment."""
        found: dict[int, tuple[int, int]] = {}
        for a in atomes:
            unit = int(famille.unite[a])
            n, total = found.get(unit, (0, 0))
            found[unit] = n + int(famille.effectif[a]), total + int(famille.somme[a])
        return cls(famille, atomes, groupes, found)

    def outside(self, known: Any = ()) -> tuple[int, int]:
        """Return the candidates these establishments don't know, and their sum."""
        left = [each for unit, each in self.par_unite.items() if unit not in known]
        return sum(n for n, _ in left), sum(total for _, total in left)

    @cached_property
    def is_sensitive(self) -> bool:
        """Whether knowing its sum would tell of a few to somebody."""
        return next(self.sensitive(()), None) is not None

    def sensitive(self, known: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
        """Yield who would be told of a few by its sum: these establishments, and up to two."""
        n, total = self.outside(known)
        if self.famille.unsafe(n, total):
            yield known
        others = [unit for unit in self.par_unite if unit not in known and unit != PERSONNE]
        room = 2 - len(known)
        if not others or not room or self._stays_large(n, total, known, room):
            return
        for more in range(1, room + 1):
            for some in combinations(others, more):
                theirs = [self.par_unite[unit] for unit in some]
                left = n - sum(n for n, _ in theirs), total - sum(total for _, total in theirs)
                if self.famille.unsafe(*left):
                    yield (*known, *some)

    def _stays_large(self, n: int, total: int, known: tuple[int, ...], room: int) -> bool:
        """Say at a glance that nobody's leaving makes it small nor close to none or all."""
        f = self.famille
        rest = [each for unit, each in self.par_unite.items() if unit not in known]
        missing = f.plafond * n - total

        def largest(values: Iterator[int]) -> int:
            return sum(sorted(values, reverse=True)[:room])

        return (
            n - largest(n for n, _ in rest) >= f.minimum
            and total - largest(total for _, total in rest) >= f.marge
            and missing - largest(f.plafond * n - total for n, total in rest) >= f.marge
        )
