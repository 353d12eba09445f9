"""CCF templates, made once for each test that fills them."""

from datetime import date
from pathlib import Path

import pytest
from unitaires.ingestion.montage import imported, make_dossier
from unitaires.ingestion.montage_ccf import CANDIDATS, recipients

from perequation.ingestion.ccf.modele_ccf import write_templates


@pytest.fixture
def modeles(tmp_path: Path) -> tuple[Path, ...]:
    dossier = make_dossier(tmp_path / "avant", {"candidats.csv": CANDIDATS})
    with imported(dossier, staging=True) as con:
        return write_templates(recipients(con), tmp_path / "modeles", date_limite=date(2023, 5, 31))
