"""The page without its server: an application, a root with one session, a browser let in."""

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it would rather have another client than ours
    from starlette.testclient import TestClient

from perequation.bureau.application import make_application
from perequation.bureau.desk import Desk
from perequation.bureau.guard import Secrets
from perequation.bureau.places import Places
from perequation.suivi.initialisation import create_dossier

PORT = 5000
BASE = f"http://127.0.0.1:{PORT}"
SESSION = "ccst-2023-toulouse"


class Browser(TestClient):
    """A browser that was let in; `submit` sends a form of ours."""

    desk: Desk

    def submit(self, path: str, data: dict[str, Any] | None = None, **options: Any) -> Any:
        form = {"formulaire": self.desk.known.formulaire, **(data or {})}
        headers = {"origin": BASE, **options.pop("headers", {})}
        return self.post(path, data=form, headers=headers, **options)


@pytest.fixture
def racine(tmp_path: Path) -> Path:
    racine = tmp_path / "sessions"
    list(create_dossier(racine / SESSION, ["CCST"], 2023, "TOULOUSE"))
    return racine


@pytest.fixture
def desk(racine: Path) -> Desk:
    return Desk(Places(racine), Secrets(PORT))


@pytest.fixture
def stranger(desk: Desk) -> Iterator[Browser]:
    """A browser of this machine that doesn't have the address."""
    with Browser(make_application(desk), base_url=BASE, follow_redirects=False) as client:
        client.desk = desk
        yield client


@pytest.fixture
def browser(desk: Desk) -> Iterator[Browser]:
    with Browser(make_application(desk), base_url=BASE) as client:
        client.desk = desk
        assert client.get(desk.known.adresse, follow_redirects=False).status_code == 303
        yield client
