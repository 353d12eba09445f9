from collections.abc import Iterator
from typing import Any

import pytest
from carnets.atelier import carnet, dossier, publie, vega
from outils.captures import open_browser

__all__ = ["browser", "carnet", "dossier", "publie", "vega"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium, with no network; one for the tests of a file."""
    with open_browser() as opened:
        yield opened
