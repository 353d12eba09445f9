"""The batch on a local Dask cluster gives the same pages as on this machine."""

from collections.abc import Iterator
from typing import Any

import nbformat
import pytest
from carnets.atelier import Ecrire

from perequation.edition import publish_reports
from perequation.socle.dossier import Dossier
from perequation.socle.erreurs import PerequationError, ReportsFailedError

distributed: Any = pytest.importorskip("distributed", reason="extra « dask » non installé")
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def adresse() -> Iterator[str]:
    """A cluster of two workers, each with a nanny, as Dask starts them by default."""
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
    ) as cluster:
        yield cluster.scheduler_address


def test_makes_the_same_pages_as_here(dossier: Dossier, carnet: Ecrire, adresse: str) -> None:
    for code in ("20_resultats", "30_harmonisation", "40_jury", "50_rattrapage"):
        carnet(code, "specialite", "import os\n_ = os.getpid()")
    publish_reports(dossier)
    ici = {p.name: p.read_bytes() for p in dossier.rapports.glob("*.html")}

    bilan = publish_reports(dossier, dask=adresse)

    assert {r.statut for r in bilan.rapports} == {"publie"}
    assert {p.name: p.read_bytes() for p in dossier.rapports.glob("*.html")} == ici
    assert not list(dossier.rapports.glob(".*"))


def test_failures_and_crashes_are_told_as_here(
    dossier: Dossier, carnet: Ecrire, adresse: str
) -> None:
    carnet("20_resultats", "1/0")
    carnet("30_harmonisation", "1", "import os\nos.kill(os.getpid(), 9)")
    carnet("40_jury", "import time\ntime.sleep(60)")
    carnet("50_rattrapage", "1")

    with pytest.raises(ReportsFailedError) as error:
        publish_reports(dossier, dask=adresse, delai=4)

    assert [detail.split(" : ")[0] for detail in error.value.details] == [
        "20_resultats_CCST",
        "30_harmonisation_CCST",
        "40_jury_CCST",
    ]
    assert (dossier.rapports / "50_rattrapage_CCST.html").is_file()
    notice = (dossier.rapports / "echecs" / "30_harmonisation_CCST.html").read_text("utf-8")
    assert "cellule 5 du carnet" in notice
    arrete = nbformat.read(dossier.rapports / "echecs" / "40_jury_CCST.ipynb", 4)
    assert any(c.metadata.get("papermill", {}).get("exception") for c in arrete.cells)


def test_a_cluster_that_does_not_answer_is_told(dossier: Dossier, carnet: Ecrire) -> None:
    carnet("20_resultats", "1")

    with pytest.raises(PerequationError, match="ne répond pas"):
        publish_reports(dossier, dask="tcp://127.0.0.1:1")
