"""A run followed by the page: one at a time, and its end is asked for once."""

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from unitaires.bureau.conftest import SESSION, Browser

from perequation.bureau import work
from perequation.bureau.desk import Desk


@pytest.fixture
def under_way(
    browser: Browser, desk: Desk, racine: Path, monkeypatch: pytest.MonkeyPatch
) -> "subprocess.Popen[str]":
    """A run that lasts until it is killed."""
    started: list[subprocess.Popen[str]] = []

    def spawn(*_: str) -> "subprocess.Popen[str]":
        code = "import sys; sys.stdin.read()"
        pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        started.append(subprocess.Popen([sys.executable, "-c", code], **pipes))
        return started[0]

    monkeypatch.setattr(work, "_spawn", spawn)
    desk.works.start(SESSION, racine / SESSION, "Calcul de la session", "executer")
    del browser
    return started[0]


def wait_for_the_end(desk: Desk, process: "subprocess.Popen[str]") -> None:
    assert process.stdin is not None
    process.stdin.close()
    for _ in range(200):
        if not desk.works.busy:
            return
        time.sleep(0.05)
    raise AssertionError("still busy")


def test_the_end_of_a_run_stops_the_asking(
    browser: Browser, desk: Desk, under_way: "subprocess.Popen[str]"
) -> None:
    """A page that takes longer to come than the time between two questions must come all the same."""
    during = browser.get(f"/s/{SESSION}/execution")
    assert "hx-get" in during.text
    assert "HX-Trigger-After-Swap" not in during.headers
    wait_for_the_end(desk, under_way)
    ended = browser.get(f"/s/{SESSION}/execution")
    assert "hx-" not in ended.text
    assert "HX-Refresh" not in ended.headers
    assert ended.headers["HX-Trigger-After-Swap"] == "bureau:fini"
    assert f'href="/s/{SESSION}"' in ended.text


def test_a_second_run_is_refused_in_words(
    browser: Browser, desk: Desk, under_way: "subprocess.Popen[str]"
) -> None:
    first = desk.works.last(SESSION)
    for path, data in (
        ("executer", {"onglet": "fichiers"}),
        ("resultats/editer", {"diffusion": "public"}),
    ):
        answer = browser.submit(f"/s/{SESSION}/{path}", data)
        assert "« Calcul de la session » est en cours" in answer.text.replace("\xa0", " ")
    assert desk.works.last(SESSION) is first
    wait_for_the_end(desk, under_way)
