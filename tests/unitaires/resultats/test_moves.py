"""What is said at a glance to protect nothing is what a programme would look for in vain."""

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from perequation.resultats.echanges import _pairs
from perequation.resultats.groupes import Famille
from perequation.resultats.moves import Moves, _Programme

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
    for target in moves.cibles:
        programme = _Programme(moves, target, known, shown, every)
        if moves._is_held(target, known, shown):
            assert programme.solve(1, MARGE) is None
            assert programme.solve(-1, MARGE) is None
            assert moves._trades(target, known, shown, MARGE)


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
