"""What those who hold the published sums of a family work out, alone or by two."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

from perequation.resultats.groupes import Cible, Famille
from perequation.resultats.moves import Moves, bits, numbers

# Looks for the published groups that tell: what this costs is not worth it where none is asked.
_Proof = Callable[[], list[int]]


class Attaque:
    """Looks for what is told; what can't be told is kept as proved.

    Parameters
    ----------
    famille
        The groups and their true sums.
    """

    def __init__(self, famille: Famille) -> None:
        self.famille, self.moves = famille, Moves(famille)
        self._order = [i for i, cible in enumerate(self.moves.cibles) if cible.is_sensitive]
        # By target: groups that must stay hidden for what protects it to hold (bits).
        self._held: dict[int, int] = {}
        # By target, who knows and need: the groups under which the moves left less (bits).
        self._stuck: dict[tuple[int, int, int], int] = {}
        self._parts = [(group, bits(parts)) for group, parts in famille.parts]
        self._rests: dict[tuple[int, int], bool] = {}

    def proofs(self, shown: int) -> Iterator[list[int]]:
        """Yield, for each target told to somebody, the published groups that tell it.

        Parameters
        ----------
        shown
            The published groups (bits).
        """
        yield from (proof() for proof in self._faults(shown))

    def is_told(self, shown: int) -> bool:
        """Say whether these published groups (bits) tell of a target, without looking for which."""
        return next(self._faults(shown), None) is not None

    def _faults(self, shown: int) -> Iterator[_Proof]:
        """Yield, for each target told to somebody, how to find what tells it."""
        yield from self._remainders(shown, 0)
        for i in list(self._order):
            if (proof := self._told(i, shown)) is not None:
                # What was told once is looked at first, the next time.
                self._order.remove(i)
                self._order.insert(0, i)
                yield proof
        # A hidden group that everybody finds is as if it were published.
        if found := self._found(shown):
            yield from self._remainders(shown, found)

    def _told(self, i: int, shown: int) -> _Proof | None:
        """Return how to find what tells a target to somebody; None when nothing does."""
        cible = self.moves.cibles[i]
        if not self._held.get(i, shown) & shown:
            return None
        if published := cible.groupes & shown:
            return partial(list[int], [next(numbers(published))])
        walk = _Walk(self, i, shown)
        known = walk.first_told(())
        if known is None:
            self._held[i] = walk.groupes
            return None
        return partial(self.moves.prove, i, bits(known), shown)

    def left(self, i: int, known: int, shown: int, need: int) -> tuple[int, list[Any]]:
        """Return how many values are left to a target, `need` at most, and the moves that say so."""
        width, used = self.moves.widest(i, known, shown, need)
        key = (i, known, need)
        if width < need and (key not in self._stuck or self._stuck[key] & ~shown):
            self.moves.search(i, known, shown, need)
            width, used = self.moves.widest(i, known, shown, need)
            if width < need:
                self._stuck[key] = shown
        return width, used

    def _found(self, shown: int) -> int:
        """Return the hidden groups to which one value only is left (bits)."""
        hidden = (
            (i, cible.groupes)
            for i, cible in enumerate(self.moves.cibles)
            if cible.groupes and not cible.groupes & shown
        )
        found = 0
        for i, groupes in hidden:
            if not self.left(i, 0, shown, 1)[0]:
                found |= groupes
        return found

    def _remainders(self, shown: int, found: int) -> Iterator[_Proof]:
        """Yield, for each known group with the known parts of it that leave a few, how to find which tell."""
        every = shown | found
        for k, (group, parts) in enumerate(self._parts):
            if every >> group & 1 and self._leave_few(k, group, every & parts):
                yield partial(self._published, [group, *numbers(every & parts)], shown)

    def _leave_few(self, k: int, group: int, known: int) -> bool:
        key = (k, known)
        if key not in self._rests:
            self._rests[key] = self._tells_rest(group, list(numbers(known)))
        return self._rests[key]

    def _tells_rest(self, group: int, parts: list[int]) -> bool:
        """Say whether what some parts of a group leave of it is sensitive."""
        f = self.famille
        inside = np.zeros(len(f.effectif), dtype=bool)
        inside[f.members(group)] = True
        for part in parts:
            inside[f.members(part)] = False
        left = np.flatnonzero(inside)
        n, total = int(f.effectif[left].sum()), int(f.somme[left].sum())
        if not n or self.moves.cibles[self.moves.of_group[group]].stays_large(n, total):
            return False
        return bool(f.unsafe(n, total)) or Cible(f, left).is_sensitive

    def _published(self, groups: list[int], shown: int) -> list[int]:
        """Return the published groups that tell these: themselves, or what they are found by."""
        proof = {g for g in groups if shown >> g & 1}
        for g in set(groups) - proof:
            proof |= set(self.moves.prove(self.moves.of_group[g], 0, shown))
        return sorted(proof)


class _Walk:
    """The check of one target: who could exclude the moves that protect it from the others."""

    def __init__(self, attaque: Attaque, i: int, shown: int) -> None:
        self.attaque, self.i, self.shown = attaque, i, shown
        self.cible = attaque.moves.cibles[i]
        self.groupes = 0
        self.seen: set[tuple[int, ...]] = set()

    def first_told(self, known: tuple[int, ...]) -> tuple[int, ...] | None:
        """Return who is told of the target, among these establishments with up to two."""
        need = self.cible.need(known)
        if not need or known in self.seen:
            return None
        self.seen.add(known)
        width, used = self.attaque.left(self.i, bits(known), self.shown, need)
        if width < need:
            return self._among(self.cible.sensitive(known), known)
        unites = 0
        for move in used:
            self.groupes |= move.groupes
            unites |= move.unites
        if len(known) == 2:
            return None
        # Whoever doesn't know these candidates can't exclude these moves.
        return self._among((tuple(sorted((*known, u))) for u in numbers(unites)), None)

    def _among(
        self, every: Iterator[tuple[int, ...]], stuck: tuple[int, ...] | None
    ) -> tuple[int, ...] | None:
        for known in every:
            told = known if known == stuck else self.first_told(known)
            if told is not None:
                return told
        return None
