"""What may still be true once the published sums are known.

A move changes the values of some candidates and none of the published sums: whoever holds these
can't tell what it leads to from what is true. A target is protected from somebody when moves that
leave alone what he knows carry its sum far enough.

Moves are found by linear programming (the shortest one that goes far enough), verified in
integers, and kept: one protects many targets from many people.
"""

from collections.abc import Iterator
from functools import cached_property
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import csr_array, hstack, vstack

from perequation.resultats.alike import Alike, Atomes
from perequation.resultats.echanges import MANY_GROUPS, TAILLES, Marche
from perequation.resultats.groupes import Cible, Famille
from perequation.resultats.swaps import Swaps

_TINY = 1e-6
# A proof of the fewest groups: each of them may move this little, which makes idle ones idle.
_SLACK = 1e-4
# Where a move is looked for, and then again: the atoms that have most groups in common with the
# target. What is found farther is not worth what it costs; without a move, more is hidden.
_NEAR = (150, 450)
# How often it is asked in vain whether published sums give a target; a programme finds it too.
_ESSAIS = 20
# Nodes an integer programme may open: never seconds, which would publish what the machine allows.
_PATIENCE = 200


def bits(numbers: Any) -> int:
    """Return a set of small numbers as bits."""
    return sum(1 << int(i) for i in numbers)


def numbers(some: int) -> Iterator[int]:
    """Yield the numbers of a set written as bits."""
    while some:
        low = some & -some
        yield low.bit_length() - 1
        some ^= low


class Move(NamedTuple):
    """How far a move carries one target.

    Attributes
    ----------
    way
        The change of the target's sum, never zero.
    unites, groupes
        The establishments whose candidates it changes, and the groups whose sum it does (bits).
    """

    way: int
    unites: int
    groupes: int


class Moves:
    """The moves known of a family, and how more are found."""

    def __init__(self, famille: Famille) -> None:
        self.famille = famille
        self.cibles = [each for each in famille.cibles if each.groupes or each.is_sensitive]
        self.of_group = {g: i for i, c in enumerate(self.cibles) for g in numbers(c.groupes)}
        self._of_atom: list[list[int]] = [[] for _ in famille.effectif]
        for i, cible in enumerate(self.cibles):
            for a in cible.atomes.tolist():
                self._of_atom[a].append(i)
        # How far each carries a target, the establishments and the groups (bits): few are looked at.
        self._through: list[list[tuple[int, int, int]]] = [[] for _ in self.cibles]
        self._seen: set[bytes] = set()
        self._last: tuple[int, Marche] | None = None
        self._pairs: tuple[int, Alike] | None = None
        self._asked = self._answered = 0
        self.low = famille.somme.astype(int)
        self.high = (famille.plafond * famille.effectif - famille.somme).astype(int)
        self._swaps = Swaps.of(famille, self.low, self.high, [c.atomes for c in self.cibles])

    def widest(self, cible: int, known: int, shown: int, need: int) -> tuple[int, list[Move]]:
        """Return how many values the moves leave a target, `need` at most, and these moves.

        Parameters
        ----------
        cible
            The number of the target.
        known, shown
            The establishments whose candidates can't change and the groups whose sum can't (bits).
        need
            Where to stop.
        """
        up = down = Move(0, 0, 0)
        width = 0
        # Those that no group shows, then those looked for.
        for way, unites, groupes in chain(self._swaps.of_target(cible), self._through[cible]):
            if unites & known or groupes & shown:
                continue
            if way > up.way:
                up = Move(way, unites, groupes)
            elif way < down.way:
                down = Move(way, unites, groupes)
            else:
                continue
            width = up.way - down.way
            if width >= need:
                # One is enough, when it goes far enough by itself.
                both = [move for move in (up, down) if move.way]
                return need, [move for move in both if move.way == way and abs(way) >= need] or both
        return width, [move for move in (up, down) if move.way]

    def search(self, cible: int, known: int, shown: int, need: int) -> None:
        """Look for moves of a target, the shortest first, until `need` values are left to it."""
        target = self.cibles[cible]
        if self._trades(target, known, shown, need):
            return
        for near in self._neighbourhoods(target):
            programme = _Programme(self, target, known, shown, near)
            width = 0
            for sign in (1, -1):
                move = programme.solve(sign, need - width)
                if move is not None:
                    self._add(move)
                    width += abs(int(move[target.atomes].sum()))
                    if width >= need:
                        return

    def _trades(self, cible: Cible, known: int, shown: int, need: int) -> bool:
        """Look for a target's moves without a programme.

        Say whether there is nothing more to look for: they go far enough, or nothing can move it.
        """
        market, free = self.market(shown), self.unknown(known)
        whose = cible.atomes[free[cible.atomes]].tolist()
        alike = self._alike(shown) if self._alike(shown).are_few(whose) else None
        near = None
        inside = np.zeros(len(self.low), dtype=int)
        inside[cible.atomes] = 1
        moves = {sign: np.zeros(len(self.low), dtype=int) for sign in (1, -1)}
        far = dict.fromkeys(moves, 0)
        for rank, sizes in enumerate(TAILLES):
            # Once the cheap sizes have found nothing: a proof costs less than the dear ones.
            if rank == 2 and not any(far.values()) and self._is_seen_held(cible, known, shown):
                return True
            for sign, move in moves.items():
                left = need - sum(far.values())
                if alike and not rank:
                    moves[sign] = alike.trade(whose, known, sign, left)
                else:
                    near = market.nearest(cible.atomes, free) if near is None else near
                    moves[sign] = market.trade(move, near, sign * inside, sizes, left)
                gone = abs(int(moves[sign] @ inside))
                if gone > far[sign]:
                    self._add(moves[sign])
                    far[sign] = gone
                if sum(far.values()) >= need:
                    return True
        return False

    def _is_seen_held(self, cible: Cible, known: int, shown: int) -> bool:
        """Say whether a target is seen to be held: no more is asked once it is not worth asking."""
        if self._asked > _ESSAIS + 4 * self._answered:
            return False
        held = self._is_held(cible, known, shown)
        self._asked, self._answered = self._asked + 1, self._answered + held
        return held

    def _is_held(self, cible: Cible, known: int, shown: int) -> bool:
        """Say whether published sums, added and subtracted, give the target's: no move to look for.

        An atom of the target that another one stands for, in the same groups, is seen at once.
        """
        market, free = self.market(shown), self.unknown(known) & (self.low + self.high > 0)
        inside = np.zeros(len(free), dtype=bool)
        inside[cible.atomes] = True
        ours, theirs = (market.signature[free & some] for some in (inside, ~inside))
        if np.isin(ours, theirs).any():
            return False
        return market.gives(inside, free)

    def market(self, shown: int) -> Marche:
        """Return who may trade when these groups (bits) are published."""
        if self._last is None or self._last[0] != shown:
            f = self.famille
            # The last one is that of no group.
            written = shown.to_bytes(len(f.table) // 8 + 1, "little")
            is_shown = np.unpackbits(np.frombuffer(written, np.uint8), bitorder="little")
            is_shown[-1] = 0
            places = np.where(is_shown[f.places] > 0, f.places, -1)
            self._last = shown, Marche(places, self.low, self.high, f.unite, self._common)
        return self._last[1]

    def _alike(self, shown: int) -> Alike:
        """Return which atoms are in the same published groups (bits)."""
        if self._pairs is None or self._pairs[0] != shown:
            self._pairs = shown, Alike(self.market(shown).signature, self._atomes)
        return self._pairs[1]

    @cached_property
    def _atomes(self) -> Atomes:
        return Atomes.of(self.low, self.high, self.famille.unite)

    @cached_property
    def _common(self) -> Any:
        """Atoms that may move and are in both, for each two groups; sparse when they are many."""
        rows = self.famille.dans[:, np.flatnonzero(self.low + self.high > 0)].astype(float)
        products = rows @ rows.T
        return products if rows.shape[0] > MANY_GROUPS else products.toarray()

    def unknown(self, known: int) -> Any:
        """Say which atoms these establishments (bits) don't know."""
        whose = self.famille.unite
        free = np.ones(len(whose), dtype=bool)
        for unit in numbers(known):
            free &= whose != unit
        return free

    def _neighbourhoods(self, cible: Cible) -> Iterator[Any]:
        """Yield where a move is looked for: among the nearest candidates, then farther."""
        f = self.famille
        size = len(f.effectif)
        if size > 2 * _NEAR[0]:
            theirs = np.zeros(len(f.table) + 1, dtype=np.int8)
            theirs[f.places[:, cible.atomes]] = 1
            theirs[-1] = 0
            shared = theirs[f.places].sum(axis=0)
            order = np.argsort(-shared, kind="stable")
            yield from (np.sort(order[:wide]) for wide in _NEAR)
        else:
            yield np.arange(size)

    def prove(self, cible: int, known: int, shown: int) -> list[int]:
        """Return published groups that tell so much of a target, as few as come to hand."""
        near = next(self._neighbourhoods(self.cibles[cible]))
        programme = _Programme(self, self.cibles[cible], known, shown, near)
        held = {g for sign in (1, -1) for g in programme.binding(sign)}
        # Held back by whole numbers alone: anything published may be part of it.
        return sorted(held) or [int(g) for g in programme.groups]

    def _add(self, move: Any) -> None:
        """Keep a move and the opposite, if they respect every bound."""
        atoms = np.flatnonzero(move)
        far = move[atoms]
        bounds = self.low[atoms], self.high[atoms]
        found: tuple[int, int, dict[int, int]] | None = None
        for sign in (1, -1):
            each, (low, high) = sign * far, bounds
            key = atoms.tobytes() + each.tobytes()
            if key not in self._seen and ((each <= high) & (-each <= low)).all():
                self._seen.add(key)
                found = found or self._changes(atoms.tolist(), far.tolist())
                unites, groupes, ways = found
                for cible, way in ways.items():
                    if way:
                        self._through[cible].append((sign * way, unites, groupes))

    def _changes(self, atoms: list[int], far: list[int]) -> tuple[int, int, dict[int, int]]:
        """Return the establishments and the groups (bits) that a move changes, and each target's way."""
        f = self.famille
        changes, ways = dict[int, int](), dict[int, int]()
        for a, much, groups in zip(atoms, far, f.places.T[atoms].tolist(), strict=True):
            for group in groups:
                changes[group] = changes.get(group, 0) + much
            for cible in self._of_atom[a]:
                ways[cible] = ways.get(cible, 0) + much
        groupes = bits(g for g, change in changes.items() if change and g >= 0)
        return bits({u for u in f.unite[atoms].tolist() if u >= 0}), groupes, ways


class _Programme:
    """The linear programme of the moves of one target that somebody can't exclude."""

    def __init__(self, moves: Moves, cible: Cible, known: int, shown: int, near: Any) -> None:
        famille = moves.famille
        unknown = moves.unknown(known)[near]
        low, high = moves.low, moves.high
        self.size = len(famille.effectif)
        free = near[unknown]
        # What is added, where something can be, then what is taken away.
        every = [free[high[free] > 0], free[low[free] > 0]]
        self.atoms = np.concatenate(every)
        self.sign = np.repeat([1, -1], [len(each) for each in every])
        self.ends = np.where(self.sign > 0, high[self.atoms], low[self.atoms]).astype(float)
        self.way = np.where(np.isin(self.atoms, cible.atomes), self.sign, 0).astype(float)
        places = moves.market(shown).places[:, self.atoms]
        inside = places >= 0
        self.groups, row = np.unique(places[inside], return_inverse=True)
        column = np.nonzero(inside)[1]
        shape = len(self.groups), len(self.atoms)
        self.both = csr_array((self.sign[column].astype(float), (row, column)), shape=shape)
        # Worth more than any number of candidates.
        self.worth = 4.0 * int((low[free] + high[free] > 0).sum())

    def reach(self, sign: int, need: int) -> float:
        """Return how far the bounds of the target alone let it go, `need` at most."""
        return min(float(self.ends[sign * self.way > 0].sum()), float(need))

    def solve(self, sign: int, need: int) -> Any:
        """Return the shortest of the moves that go as far as `need`, or else the farthest.

        None when the target can't move this way.
        """
        reach = self.reach(sign, need)
        if not reach:
            return None
        size = len(self.ends)
        # The last variable is how far it goes.
        cost = np.append(np.ones(size), -self.worth)
        aim = np.append(sign * self.way, -1.0)
        still = hstack([self.both, csr_array((len(self.groups), 1))])
        matrix = vstack([still, csr_array(aim[None, :])], format="csr")
        ends: Any = np.append(self.ends, reach)
        for whole in (0, 1):
            found = milp(
                cost,
                integrality=np.full(size + 1, whole),
                bounds=Bounds(0, ends),
                constraints=LinearConstraint(matrix, 0, 0),
                # Simplified first, a programme this small costs more, unless in whole numbers.
                options={"node_limit": _PATIENCE, "presolve": bool(whole)},
            )
            if found.x is None:
                return None
            if np.abs(found.x - found.x.round()).max() < _TINY:
                return self._whole(found.x.round().astype(int)[:-1])
        return None

    def _whole(self, found: Any) -> Any:
        """Return a solution over all the atoms, once verified in integers."""
        if not found.any() or (self.both.astype(int) @ found).any():
            return None
        move = np.zeros(self.size, dtype=int)
        np.add.at(move, self.atoms, self.sign * found)
        return move

    def binding(self, sign: int) -> Iterator[int]:
        """Yield the published groups that hold the target back upwards or downwards."""
        if not self.reach(sign, 1) or not len(self.groups):
            return
        found = linprog(
            -sign * self.way,
            A_ub=vstack([self.both, -self.both], format="csr"),
            b_ub=np.full(2 * len(self.groups), _SLACK),
            bounds=np.column_stack([np.zeros(len(self.ends)), self.ends]),
            method="highs",
            options={"presolve": False},
        )
        if found.x is None:
            yield from (int(g) for g in self.groups)
            return
        weights = np.abs(found.ineqlin.marginals).reshape(2, -1).sum(axis=0)
        yield from (int(g) for g in self.groups[weights > _TINY])
