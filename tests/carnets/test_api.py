"""The lines of docs/api.md, run as written on a demonstration session."""

import re
from pathlib import Path

import polars as pl

from perequation.socle.dossier import Dossier

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "api.md").read_text("utf-8")


def test_the_page_s_lines_run_and_the_public_frames_are_masked(publie: Dossier) -> None:
    faire, *lire = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)
    place = {"open_dossier": lambda _: publie}
    ouvrir = [line for line in faire.splitlines() if line.startswith("dossier =")]

    exec("\n".join([*ouvrir, *lire]), place)

    assert place["ecarts"].height > 0
    assert place["par_decision"].get_column("candidats").sum() == 170
    assert isinstance(place["par_decision"], pl.DataFrame)
    assert place["public"].decision.diffusion == "public"


def test_every_function_of_the_page_exists_and_is_documented() -> None:
    names = re.findall(r"^::: (\S+)$", PAGE, flags=re.MULTILINE)
    assert len(names) > 10
    for name in names:
        module, _, attribute = name.rpartition(".")
        documented = getattr(__import__(module, fromlist=[attribute]), attribute)
        assert documented.__doc__, name
