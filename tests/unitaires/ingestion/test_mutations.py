"""A few seeds of the fuzzing: damaged bytes give no traceback, no hang, no lost line."""

from collections import Counter
from pathlib import Path

import pytest
from benchmarks.fuzz_ingestion import PAR_IMPORT, read_sources, run_once

pytestmark = pytest.mark.lourd


@pytest.mark.parametrize(
    ("graines", "apercus"),
    [
        pytest.param(range(100, 101), 4, id="une graine"),
        pytest.param(range(100, 106), PAR_IMPORT, id="six graines", marks=pytest.mark.slow),
    ],
)
def test_damaged_files_are_read_or_rejected_without_a_traceback(
    tmp_path: Path, graines: range, apercus: int
) -> None:
    sources, total = read_sources(), Counter[str]()
    for graine in graines:
        total += run_once(graine, sources, tmp_path / str(graine), apercus)
    assert total["fichiers"] == len(graines) * PAR_IMPORT
    # Damage was met in the shape of the lines, in their values, and in whole files.
    assert total["nombre_de_champs"]
    assert total["statut_inconnu"]
    assert total["fichier_illisible"]
