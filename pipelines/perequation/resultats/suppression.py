"""Which sums of a family of groups may be published, so that nothing of a few can be worked out.

Whoever holds every published sum can add and subtract them, and knows that none is below nothing
nor above all; an establishment also knows its own candidates, two of them together know theirs. A
sum is told when too few values are left to it (`perequation.resultats.attaque`).

Complementary suppression: M. Fischetti and J. J. Salazar, *Models and algorithms for optimizing
cell suppression in tabular data with linear constraints*, JASA 95, 2000; here greedily, then
undone as far as it can be.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from perequation.resultats.attaque import Attaque
from perequation.resultats.confidentialite import COMPLEMENT, DEDUIT, HOMOGENE, PETIT
from perequation.resultats.groupes import Famille
from perequation.resultats.moves import bits

# Beyond, one order only: the other has never hidden 2 % less there, and doubles what it costs.
ATOMES_DES_DEUX_ORDRES = 150


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
        n, total = f.sizes, f.dans @ f.somme
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
        for sign in (-1, 1) if len(self.famille.effectif) <= ATOMES_DES_DEUX_ORDRES else (-1,):
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
        return int(self.famille.sizes[group])

    def _hide(self, proof: list[int], sign: int) -> None:
        """Hide the group of a proof that is worth least, with those of the same candidates."""
        f = self.famille

        def worth(i: int) -> tuple[Any, ...]:
            same = f.twins == f.twins[i]
            return (f.valeur[same].max(), int(same.sum()), sign * self._size(i), i)

        least = min(proof, key=worth)
        for i in np.flatnonzero((f.twins == f.twins[least]) & ~self.cache):
            self.cache[i] = True
            self.raison[i] = DEDUIT if len(proof) == 1 else COMPLEMENT

    def _show_again(self, group: int) -> set[int]:
        """Show a group again, with those of the same candidates, when nothing is told by it."""
        twins = self.famille.twins
        same = {int(i) for i in np.flatnonzero(twins == twins[group])}
        if not self.fixe & same:
            before = self.cache.copy()
            self.cache[list(same)] = False
            if self._attaque.is_told(self._shown):
                self.cache = before
            else:
                self.raison = ["" if i in same else r for i, r in enumerate(self.raison)]
        return same

    @cached_property
    def _attaque(self) -> Attaque:
        return Attaque(self.famille)

    @property
    def _shown(self) -> int:
        return bits(np.flatnonzero(~self.cache))

    def faults(self) -> Iterator[list[int]]:
        """Yield the published groups that together tell of a few, proof by proof."""
        yield from self._attaque.proofs(self._shown)
