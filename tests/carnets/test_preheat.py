"""What the warm server imports is what reports need: nothing of ours is imported after the fork."""

import sys

from perequation.edition.moteur import process
from perequation.edition.plan import CATALOGUE


def imported(tell: process.Tell) -> list[str]:
    return sorted(sys.modules)


def test_what_the_notebooks_import_is_there_before_the_fork() -> None:
    from perequation.edition import preheat, rendu

    assert rendu.MOTEUR
    here = set(process.call(imported, ()))
    notebooks = {model.notebook for model in CATALOGUE}
    assert len(notebooks) >= 5
    wanted = set(preheat.notebook_imports())
    modules = {name for name in wanted if name in sys.modules}
    assert {"perequation.presentation.theme", "perequation.socle.lecture"} <= modules
    assert modules <= here
    assert "altair" in here
    assert not {"great_expectations", "sqlalchemy"} & here
