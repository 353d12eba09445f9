"""A goal is missed only beyond the noise, on its own side; each one measured is on the page."""

import re
from pathlib import Path

import pytest
from benchmarks.goals import PAGE, Goal, read_goals, spread


@pytest.mark.parametrize(
    ("is_least", "measured", "noise", "missed"),
    [
        (True, 2.0, 0.0, False),
        (True, 1.9, 0.0, True),
        (True, 1.9, 0.1, False),
        (False, 2.0, 0.0, False),
        (False, 2.1, 0.0, True),
        (False, 2.1, 0.1, False),
        (False, 2.3, 0.1, True),
    ],
)
def test_a_goal_is_missed_only_beyond_the_noise(
    is_least: bool, measured: float, noise: float, missed: bool
) -> None:
    assert Goal("x", is_least, 2.0).is_missed(measured, noise) is missed


def test_the_noise_is_how_much_the_same_thing_differs() -> None:
    assert spread([10.0, 12.0, 11.0]) == pytest.approx(0.2)
    assert spread([]) == 0.0


def test_every_goal_measured_is_on_the_page_and_every_one_of_the_page_is_measured() -> None:
    sources = "".join(
        p.read_text("utf-8") for p in Path(PAGE.parents[2], "tests").glob("benchmarks/bench_*.py")
    )
    kinds = "bureau|calculer|campagne|controler|ecarts|edition|etapes|executer|importer|page|rapport|secret"
    measured = set(re.findall(rf'"((?:{kinds})-[a-z0-9]+(?:-[a-z]+)?)"', sources))
    assert measured == set(read_goals())
