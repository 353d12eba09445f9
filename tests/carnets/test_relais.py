"""Children of a pool have children of their own, of the same warm server."""

import os
import time
from typing import Any

from perequation.edition.moteur import process
from perequation.edition.moteur.relay import Pool


def _square(tell: process.Tell, n: int) -> tuple[int, int, int]:
    tell(n)
    return n * n, os.getpid(), os.getppid()


def _die(tell: process.Tell) -> None:
    os.kill(os.getpid(), 9)


def _sleep(tell: process.Tell, seconds: float) -> None:
    time.sleep(seconds)


def _fail(tell: process.Tell) -> None:
    raise ValueError("grandchild")


def _ask(tell: process.Tell, numbers: list[int]) -> Any:
    """Ask for children all at once, and one by one with events."""
    children = [process.start(_square, (n,), label=n) for n in numbers]
    found: dict[int, Any] = {}
    while len(found) < len(children):
        for child, kind, value in process.wait(children):
            if kind == "result":
                found[child.label] = value
    events: list[Any] = []
    alone = process.call(_square, (7,), on_event=events.append)
    return found, alone[0], events, os.getppid()


def _ask_badly(tell: process.Tell) -> list[str]:
    endings: list[str] = []
    for function, arguments, timeout in (
        (_die, (), None),
        (_fail, (), None),
        (_sleep, (60.0,), 0.5),
    ):
        try:
            process.call(function, arguments, timeout=timeout)
        except (
            process.ChildDiedError,
            process.ChildFailedError,
            process.ChildTimeoutError,
        ) as error:
            endings.append(type(error).__name__)
    return endings


def _ask_then_die(tell: process.Tell) -> None:
    child = process.start(_sleep, (60.0,))
    process.start(_square, (1,))
    for _ in process.wait([child]):
        break
    os.kill(os.getpid(), 9)


def _run(pool: Pool) -> list[tuple[Any, str, Any]]:
    ended: list[tuple[Any, str, Any]] = []
    wanted = len(pool._owners)
    while len(ended) < wanted:
        ended += [told for told in pool.wait() if told[1] != "event"]
    pool.close()
    return ended


def test_a_child_has_its_children_forked_from_the_server_it_comes_from() -> None:
    pool = Pool(2)
    pool.start(_ask, ([1, 2, 3, 4],), label="a")
    ((label, kind, value),) = _run(pool)
    assert (label, kind) == ("a", "result")
    found, alone, events, server = value
    assert {n: square for n, (square, _, _) in found.items()} == {1: 1, 2: 4, 3: 9, 4: 16}
    assert len({pid for _, pid, _ in found.values()}) == 4
    assert {parent for _, _, parent in found.values()} == {server}
    assert (alone, events) == (49, [7])


def test_one_place_is_enough_for_children_that_ask() -> None:
    pool = Pool(1)
    pool.start(_ask, ([1, 2],), label="a")
    assert pool.free == 0
    assert _run(pool)[0][1] == "result"


def test_the_ends_of_children_are_told_to_who_asked() -> None:
    pool = Pool(2)
    pool.start(_ask_badly, (), label="a")
    ((_, _, value),) = _run(pool)
    assert value == ["ChildDiedError", "ChildFailedError", "ChildTimeoutError"]


def test_children_of_one_that_dies_end_with_it_and_free_their_places() -> None:
    pool = Pool(2)
    pool.start(_ask_then_die, (), label="dies")
    pool.start(_ask, ([5],), label="lives")
    ended = {label: kind for label, kind, _ in _run(pool)}
    assert ended == {"dies": "died", "lives": "result"}
    assert pool.free == 2
