"""What is said at a glance to protect nothing is what a programme would look for in vain."""

from typing import Any
from unittest.mock import patch

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array, issparse

from perequation.resultats import echanges
from perequation.resultats.alike import Alike, Atomes
from perequation.resultats.echanges import TAILLES, Marche, _pairs
from perequation.resultats.groupes import Famille
from perequation.resultats.moves import Moves, _Programme, bits
from perequation.resultats.swaps import Swaps

MARGE = 2


@st.composite
def familles(draw: st.DrawFn) -> Famille:
    """Draw a few atoms in the groups of three tables, and what they add up to."""
    size = draw(st.integers(3, 9))
    tables = [draw(st.lists(st.integers(-1, 2), min_size=size, max_size=size)) for _ in range(3)]
    places = np.array(
        [[-1 if g < 0 else 3 * t + g for g in row] for t, row in enumerate(tables)], dtype=int
    )
    effectif = np.array(draw(st.lists(st.integers(1, 6), min_size=size, max_size=size)), float)
    shares = draw(st.lists(st.floats(0, 1), min_size=size, max_size=size))
    return Famille(
        places=places,
        effectif=effectif,
        somme=np.floor(effectif * shares),
        unite=np.array(draw(st.lists(st.integers(-1, 2), min_size=size, max_size=size))),
        table=np.repeat(np.arange(3), 3),
        valeur=np.zeros(9, dtype=int),
        plafond=1,
        marge=MARGE,
        minimum=3,
        trop_peu=np.zeros(9, dtype=bool),
    )


@settings(max_examples=40, deadline=None)
@given(familles(), st.integers(0, 2**9 - 1), st.integers(0, 2**3 - 1))
def test_what_is_held_has_no_move(famille: Famille, shown: int, known: int) -> None:
    moves = Moves(famille)
    every = np.arange(len(famille.effectif))
    for i, target in enumerate(moves.cibles):
        programme = _Programme(moves, target, known, shown, every)
        if moves._is_held(target, known, shown):
            assert programme.solve(1, MARGE) is None
            assert programme.solve(-1, MARGE) is None
            assert moves._trades(target, known, shown, MARGE)
            # Once it is no longer asked, it costs more to find none.
            moves._asked = 10**6
            assert not moves._trades(target, known, shown, MARGE)
            moves.search(i, known, shown, MARGE)
            assert moves.widest(i, known, shown, MARGE) == (0, [])
            moves._asked = 0


def test_a_group_published_whole_is_held_and_its_parts_are_not() -> None:
    famille = Famille(
        places=np.array([[0, 0, 1, 1]]),
        effectif=np.full(4, 4.0),
        somme=np.full(4, 2.0),
        unite=np.arange(4),
        table=np.zeros(2, dtype=int),
        valeur=np.zeros(2, dtype=int),
        plafond=1,
        marge=MARGE,
        minimum=3,
        trop_peu=np.zeros(2, dtype=bool),
    )
    moves = Moves(famille)
    whole, part = (
        next(c for c in famille.cibles if c.atomes.tolist() == atoms) for atoms in ([0, 1], [0])
    )
    assert moves._is_held(whole, 0, 0b01)
    assert not moves._is_held(whole, 0, 0b10)
    assert not moves._is_held(part, 0, 0b11)
    # Who knows the other atom knows this one from the sum of both.
    assert moves._is_held(part, 0b10, 0b11)


@given(
    st.lists(st.sampled_from([0, 1, 5, 2**16, 2**16 + 1, 2**61]), max_size=12),
    st.lists(st.sampled_from([0, 1, 5, 7, 2**16, 2**61]), max_size=12),
)
def test_sides_that_are_equal_are_found_in_order(keys: list[int], locks: list[int]) -> None:
    key, lock = (np.array(some, dtype=np.uint64) for some in (keys, locks))
    i, j = (found.tolist() for found in _pairs(key, lock))
    expected: list[Any] = [
        (a, b) for a, one in enumerate(keys) for b, other in enumerate(locks) if one == other
    ]
    assert list(zip(i, j, strict=True)) == expected


@settings(max_examples=60, deadline=None)
@given(
    st.integers(2, 4),
    st.integers(2, 60),
    st.lists(st.integers(-2, 2), min_size=24, max_size=24),
    st.integers(0, 2**32 - 1),
    st.sampled_from([(0, False), (echanges._DENSE, False), (0, True)]),
)
def test_sums_that_give_a_target_are_recognised_and_no_others(
    tables: int, atoms: int, weights: list[int], seed: int, kind: tuple[int, bool]
) -> None:
    """Groups of several tables depend on one another: their totals are the same."""
    dense, sparse = kind
    rng = np.random.default_rng(seed)
    places = np.array([6 * t + rng.integers(0, 6, atoms) for t in range(tables)])
    high = rng.integers(0, 3, atoms)
    none = np.zeros(atoms, dtype=int)
    inside = csr_array((high > 0) * (places[:, None] == np.arange(24)[:, None]).sum(axis=0) * 1.0)
    market = Marche(places, none, high, none, inside @ inside.T if sparse else None)
    free = (high > 0) & (rng.random(atoms) > 0.2)
    with patch.object(echanges, "_DENSE", dense), patch.object(echanges, "MANY_GROUPS", 0):
        rows = market.rows.toarray() if issparse(market.rows) else market.rows
        assert issparse(market._products) == sparse
    given_by_sums = np.array(weights[: len(rows)]) @ rows
    assert market.gives(given_by_sums, free)
    away = np.where(free, rng.normal(size=atoms), 0)
    outside = away - np.linalg.lstsq((rows * free).T, away)[0] @ (rows * free)
    if np.abs(outside).max() > 1e-3:
        assert not market.gives(given_by_sums + outside / np.abs(outside).max(), free)


@settings(max_examples=60, deadline=None)
@given(familles(), st.integers(0, 2**9 - 1), st.integers(0, 2**3 - 1), st.sampled_from([1, -1]))
def test_one_for_one_is_traded_as_among_all_the_near(
    famille: Famille, shown: int, known: int, sign: int
) -> None:
    moves = Moves(famille)
    market, free = moves.market(shown), moves.unknown(known)
    alike = Alike(market.signature, Atomes.of(moves.low, moves.high, famille.unite))
    for target in famille.cibles:
        aim = np.zeros(len(free), dtype=int)
        aim[target.atomes] = sign
        near = market.nearest(target.atomes, free)
        whose = target.atomes[free[target.atomes]].tolist()
        assert alike.are_few(whose)
        found = alike.trade(whose, known, sign, MARGE)
        assert (found == market.trade(np.zeros_like(aim), near, aim, TAILLES[0], MARGE)).all()


@settings(max_examples=60, deadline=None)
@given(familles())
def test_swaps_change_no_group_and_stay_within_bounds(famille: Famille) -> None:
    kinds = np.vstack([famille.places, famille.unite])
    assume(np.unique(kinds, axis=1).shape == kinds.shape)
    low, high = famille.somme.astype(int), (famille.effectif - famille.somme).astype(int)
    size = len(low)
    swaps = Swaps.of(famille, low, high, [np.array([a]) for a in range(size)])
    found = np.zeros((len(swaps.unites), size), dtype=int)
    for a in range(size):
        for k in range(swaps.ends[a], swaps.ends[a + 1]):
            found[swaps.swap[k], a] = swaps.way[k]
    assert not (found @ famille.dans.T).any()
    assert ((-low <= found) & (found <= high)).all()
    for move, unites in zip(found, swaps.unites, strict=True):
        assert move.any()
        assert bits(set(famille.unite[np.flatnonzero(move)].tolist())) == unites


@settings(max_examples=60, deadline=None)
@given(familles())
def test_what_is_sensitive_at_a_glance_is_so_one_by_one(famille: Famille) -> None:
    for target in famille.cibles:
        assert target.seen is not False or not target.need(())
        assert target.seen is not True or target.need(())
