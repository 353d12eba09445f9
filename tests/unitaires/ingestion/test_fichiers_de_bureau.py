"""Files drawn as offices send them: no wrong mark published, no filled cell lost, in silence."""

from collections import Counter
from pathlib import Path

import pytest
from benchmarks.fuzz_bureau import PAR_IMPORT, run_once

pytestmark = pytest.mark.lourd


@pytest.mark.parametrize("graines", [range(2), pytest.param(range(1, 40), marks=pytest.mark.slow)])
def test_no_mark_is_wrong_nor_lost(tmp_path: Path, graines: range) -> None:
    total = Counter[str]()
    for graine in graines:
        total += run_once(graine, tmp_path / str(graine))
    assert total["notes"] > 10 * PAR_IMPORT * len(graines)
    # Most of what is drawn can be read for sure.
    assert total["chargées"] > total["notes"] / 2
