"""A batch publishes whole reports only, says what failed, and can be taken up again."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import nbformat
import pytest
from carnets.atelier import SESSION, Ecrire

from perequation.edition import plan, publish_reports
from perequation.edition.contexte import make_background
from perequation.socle.dossier import Dossier, open_dossier
from perequation.socle.erreurs import (
    ConfigurationError,
    MissingInputError,
    PerequationError,
    ReportsFailedError,
)

GRAPHIQUE = """
import altair as alt
from perequation.presentation import theme
theme.activate()
alt.Chart(alt.InlineData([{"n": 1}])).mark_bar().encode(x=alt.X("n:Q", title="Nombre")).properties(
    description="Un nombre.")
"""


class Temoin:
    """Keeps what a batch says."""

    def __init__(self) -> None:
        self.lignes: list[str] = []
        self.journal: list[tuple[str, str]] = []

    def say(self, message: str, **_: object) -> None:
        self.lignes.append(message)

    def log(self, niveau: str, message: str, **_: object) -> None:
        self.journal.append((niveau, message))


def test_publishes_the_pack(dossier: Dossier, carnet: Ecrire) -> None:
    carnet("20_resultats", ("markdown", "LYCÉE DES ESSAIS"), "specialite, session", GRAPHIQUE)
    carnet("10_qualite", "session", parametres='dossier: str = ""\nsession: int = 0')
    temoin = Temoin()

    bilan = publish_reports(dossier, journal=temoin, processus=2)

    assert [r.nom for r in bilan.rapports] == ["10_qualite", "20_resultats_CCST"]
    assert {r.statut for r in bilan.rapports} == {"publie"}
    page = (dossier.rapports / "20_resultats_CCST.html").read_text("utf-8")
    assert page.startswith('<!doctype html>\n<html lang="fr">')
    assert page.rstrip().endswith("</html>")
    assert "(&#39;CCST&#39;, 2023)" in page or "('CCST', 2023)" in page
    execute = nbformat.read(dossier.rapports / "carnets" / "20_resultats_CCST.ipynb", 4)
    assert execute.metadata.papermill.parameters["specialite"] == "CCST"
    assert len(temoin.lignes) == 2
    index = (dossier.rapports / "index.html").read_text("utf-8")
    for attendu in ("20_resultats_CCST.html", "10_qualite.html", "LYCÉE DES ESSAIS", "à jour"):
        assert attendu in index
    assert not list(dossier.rapports.glob(".*"))


def test_the_account_is_for_programs_and_for_people(dossier: Dossier, carnet: Ecrire) -> None:
    carnet("20_resultats", "1/0")
    carnet("50_rattrapage", "1")

    with pytest.raises(ReportsFailedError):
        publish_reports(dossier)

    compte = json.loads((dossier.rapports / "bilan.json").read_text("utf-8"))
    assert (compte["publies"], compte["echecs"]) == (1, 1)
    texte = (dossier.rapports / "bilan.txt").read_text("utf-8")
    assert "Produits : 1\u00a0rapport." in texte
    assert "Résultats : BTS CCST : Une cellule du carnet a échoué (ZeroDivisionError" in texte


def test_a_failed_report_is_put_aside_and_the_others_are_published(
    dossier: Dossier, carnet: Ecrire
) -> None:
    carnet("20_resultats", "print('vu')", "raise ValueError('<b>gras</b>')")
    carnet("30_harmonisation", "1")
    (dossier.rapports).mkdir()

    with pytest.raises(ReportsFailedError) as error:
        publish_reports(dossier)

    assert error.value.code == 4
    assert "20_resultats_CCST" in error.value.details[0]
    assert (dossier.rapports / "30_harmonisation_CCST.html").is_file()
    assert not (dossier.rapports / "20_resultats_CCST.html").exists()
    notice = (dossier.rapports / "echecs" / "20_resultats_CCST.html").read_text("utf-8")
    assert "cellule 5 du carnet" in notice
    assert "&lt;b&gt;gras" in notice
    arrete = nbformat.read(dossier.rapports / "echecs" / "20_resultats_CCST.ipynb", 4)
    assert "papermill-error-cell-tag" in arrete.cells[0].metadata.tags
    index = (dossier.rapports / "index.html").read_text("utf-8")
    assert "1 rapport non produit" in index


def test_a_report_that_works_again_leaves_no_trace_of_its_failure(
    dossier: Dossier, carnet: Ecrire
) -> None:
    carnet("20_resultats", "1/0")
    with pytest.raises(ReportsFailedError):
        publish_reports(dossier)
    carnet("20_resultats", "1")

    publish_reports(dossier, reprendre=True)

    assert not list((dossier.rapports / "echecs").iterdir())
    assert "non produit" not in (dossier.rapports / "index.html").read_text("utf-8")


@pytest.mark.parametrize(
    ("parametres", "attendu"),
    [
        ('dossier: str = ""\nsession: int = 0', "« specialite » inconnu"),
        ('dossier: str = ""\nsession: str = ""\nspecialite: str = ""', "« session » : str attendu"),
    ],
)
def test_a_parameter_the_notebook_does_not_know_fails(
    dossier: Dossier, carnet: Ecrire, parametres: str, attendu: str
) -> None:
    carnet("20_resultats", "1", parametres=parametres)

    with pytest.raises(ReportsFailedError) as error:
        publish_reports(dossier)

    assert attendu in error.value.details[0]


def test_a_parameter_the_notebook_waits_for_fails(tmp_path: Path, carnet: Ecrire) -> None:
    notebook = carnet("20_resultats", "1")

    with pytest.raises(plan.ParameterError, match="« specialite » attendu"):
        plan.check_parameters(notebook, {"dossier": "x", "session": 2023})


def test_takes_up_only_what_is_missing_or_changed(dossier: Dossier, carnet: Ecrire) -> None:
    carnet("20_resultats", "1")
    carnet("30_harmonisation", "1")
    carnet("50_rattrapage", "1")
    publish_reports(dossier)
    (dossier.rapports / "30_harmonisation_CCST.html").unlink()
    carnet("50_rattrapage", "2")

    bilan = publish_reports(dossier, reprendre=True)

    assert {r.nom: r.statut for r in bilan.rapports} == {
        "20_resultats_CCST": "inchange",
        "30_harmonisation_CCST": "publie",
        "50_rattrapage_CCST": "publie",
    }


def test_new_data_make_every_report_again(dossier: Dossier, carnet: Ecrire) -> None:
    carnet("20_resultats", "1")
    publish_reports(dossier)
    with duckdb.connect(str(dossier.entrepot)) as con:
        con.execute("create schema if not exists reference")
        con.execute("""create table reference.manifeste as select '{"entrees": []}' as contenu""")

    assert publish_reports(dossier, reprendre=True).rapports[0].statut == "publie"


def earlier(dossier: Dossier, contenu: str) -> None:
    """Give the session an earlier one, with results made from something."""
    avant = dossier.racine.parent / "avant" / "sortie"
    avant.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(avant / "perequation.duckdb")) as con:
        con.execute("create schema if not exists reference")
        con.execute("create or replace table reference.manifeste as select ? as contenu", [contenu])


def set_thresholds(dossier: Dossier, texte: str) -> Dossier:
    (dossier.racine / "session.toml").write_text(SESSION + texte, "utf-8")
    return open_dossier(dossier.racine)


def status(dossier: Dossier) -> str:
    return publish_reports(dossier, reprendre=True).rapports[0].statut


def test_a_report_is_made_again_when_an_earlier_session_changes(
    dossier: Dossier, carnet: Ecrire
) -> None:
    carnet("20_resultats", "1")
    dossier = set_thresholds(dossier, 'sessions_precedentes = ["../avant"]\n')
    assert status(dossier) == "publie"

    earlier(dossier, '{"entrees": [1]}')
    assert [status(dossier), status(dossier)] == ["publie", "inchange"]
    earlier(dossier, '{"entrees": [2]}')
    assert [status(dossier), status(dossier)] == ["publie", "inchange"]


def test_a_report_is_made_again_when_settings_or_renumberings_change(
    dossier: Dossier, carnet: Ecrire
) -> None:
    """Both are read when the report is made, whatever the results were computed with."""
    carnet("20_resultats", "1")
    publish_reports(dossier)

    commente = set_thresholds(dossier, "# un mot\n")
    assert status(commente) == "inchange"
    seuil = set_thresholds(dossier, "[seuils]\neffectif_minimal = 9\n")
    assert [status(seuil), status(seuil)] == ["publie", "inchange"]
    correspondances = dossier.racine / "reglements" / "correspondances"
    correspondances.mkdir(parents=True)
    (correspondances / "ccst.toml").write_text("# une", "utf-8")
    assert [status(seuil), status(seuil)] == ["publie", "inchange"]


def test_the_index_says_what_the_lists_hold_and_folds_the_tables(
    dossier: Dossier, carnet: Ecrire
) -> None:
    carnet("20_resultats", "1")
    for path in (dossier.rejets / "rejet.csv", dossier.exports / "reussite.parquet"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()

    publish_reports(dossier)

    listes, tables = (
        (dossier.rapports / "index.html").read_text("utf-8").split("1 fichier de données")
    )
    assert 'href="../rejets/rejet.csv"' in listes
    assert "lignes écartées et leurs motifs" in listes
    assert "reussite.parquet" not in listes
    assert 'href="../exports/reussite.parquet"' in tables


def test_a_page_without_charts_asks_for_no_chart_engine(dossier: Dossier, carnet: Ecrire) -> None:
    notebook = carnet("20_resultats", "1")
    shutil.rmtree(dossier.sortie / ".cache")
    fond = make_background(dossier, "interne", None)

    fond.plain_context("Compte rendu")
    assert not (dossier.sortie / ".cache").exists()
    rapport = next(r for r in plan.plan_reports(dossier) if r.notebook == notebook)
    moteur = fond.context_of(rapport).vega
    assert moteur is not None
    assert moteur.is_file()


def test_only_the_quality_report_depends_on_the_publication_before(
    dossier: Dossier, carnet: Ecrire
) -> None:
    carnet("10_qualite", "1", parametres='dossier: str = ""\nsession: int = 0')
    carnet("20_resultats", "1")
    publish_reports(dossier)
    shutil.copy(dossier.entrepot, dossier.precedent)

    bilan = publish_reports(dossier, reprendre=True)

    assert [r.statut for r in bilan.rapports] == ["publie", "inchange"]


def test_the_same_inputs_give_the_same_bytes(dossier: Dossier, carnet: Ecrire) -> None:
    carnet("20_resultats", GRAPHIQUE)
    publish_reports(dossier)
    page, index = (
        (dossier.rapports / nom).read_bytes() for nom in ("20_resultats_CCST.html", "index.html")
    )
    shutil.rmtree(dossier.rapports)

    publish_reports(dossier)

    assert (dossier.rapports / "20_resultats_CCST.html").read_bytes() == page
    assert (dossier.rapports / "index.html").read_bytes() == index


def test_a_crash_is_tried_again_and_a_cell_error_is_not(
    dossier: Dossier, carnet: Ecrire, tmp_path: Path
) -> None:
    compte = "open({!r}, 'a').write('x')"
    meurt, echoue = tmp_path / "meurt", tmp_path / "echoue"
    carnet(
        "20_resultats",
        compte.format(str(meurt)),
        f"import os\nif len(open({str(meurt)!r}).read()) < 2: os.abort()",
    )
    carnet("30_harmonisation", compte.format(str(echoue)), "1/0")
    temoin = Temoin()

    with pytest.raises(ReportsFailedError) as error:
        publish_reports(dossier, journal=temoin)

    assert meurt.read_text() == "xx"
    assert echoue.read_text() == "x"
    assert len(error.value.details) == 1
    assert any("signal 6" in message for _, message in temoin.journal)


def test_a_report_that_always_crashes_keeps_its_notebook(dossier: Dossier, carnet: Ecrire) -> None:
    carnet("20_resultats", "1", "import os\nos.kill(os.getpid(), 9)")

    with pytest.raises(ReportsFailedError, match="non produit"):
        publish_reports(dossier)

    arrete = nbformat.read(dossier.rapports / "echecs" / "20_resultats_CCST.ipynb", 4)
    statuts = [c.metadata.get("papermill", {}).get("status") for c in arrete.cells]
    assert "failed" in statuts
    notice = (dossier.rapports / "echecs" / "20_resultats_CCST.html").read_text("utf-8")
    assert "cellule 5 du carnet" in notice
    assert "signal 9" in notice


def test_a_report_that_never_ends_is_stopped(dossier: Dossier, carnet: Ecrire) -> None:
    carnet("20_resultats", "import time\ntime.sleep(600)")
    carnet("30_harmonisation", "1")
    debut = time.monotonic()

    with pytest.raises(ReportsFailedError) as error:
        publish_reports(dossier, delai=4, processus=2)

    assert "pas fini après 4 s" in error.value.details[0]
    assert (dossier.rapports / "30_harmonisation_CCST.html").is_file()
    assert time.monotonic() - debut < 40


def test_nothing_is_planned_for_a_notebook_that_is_not_there(
    dossier: Dossier, carnet: Ecrire
) -> None:
    carnet("20_resultats", "1")

    assert [r.nom for r in plan.plan_reports(dossier)] == ["20_resultats_CCST"]
    with pytest.raises(ConfigurationError, match="40_jury"):
        plan.plan_reports(dossier, seulement=["40_jury"])


def test_a_report_no_longer_planned_leaves_the_pack(dossier: Dossier, carnet: Ecrire) -> None:
    carnet("20_resultats", "1")
    publish_reports(dossier)
    (dossier.rapports / "notes.html").write_text("une page d'ailleurs", "utf-8")
    texte = (dossier.racine / "session.toml").read_text("utf-8").replace('["CCST"]', '["NDRC"]')
    (dossier.racine / "session.toml").write_text(texte, "utf-8")

    publish_reports(open_dossier(dossier.racine))

    presents = sorted(path.name for path in dossier.rapports.glob("*.html"))
    assert presents == ["20_resultats_NDRC.html", "index.html", "notes.html"]


def test_a_public_pack_has_its_own_folder_and_public_reports_only(
    dossier: Dossier, carnet: Ecrire
) -> None:
    carnet("20_resultats", "1")
    carnet("30_harmonisation", "1")

    bilan = publish_reports(dossier, diffusion="public")

    assert bilan.dossier == dossier.sortie / "rapports-public"
    assert [r.nom for r in bilan.rapports] == ["20_resultats_CCST"]
    index = (bilan.dossier / "index.html").read_text("utf-8")
    assert "10_qualite" not in index
    assert "../rejets" not in index


def test_results_are_needed(dossier: Dossier, carnet: Ecrire) -> None:
    carnet("20_resultats", "1")
    dossier.entrepot.unlink()

    with pytest.raises(MissingInputError):
        publish_reports(dossier)


def test_a_warehouse_open_for_writing_elsewhere_is_told(dossier: Dossier, carnet: Ecrire) -> None:
    carnet("20_resultats", "1")
    ecrit = (
        "import duckdb, sys, time; c = duckdb.connect(sys.argv[1]); "
        "print('ouvert', flush=True); time.sleep(60)"
    )
    autre = subprocess.Popen(
        [sys.executable, "-c", ecrit, str(dossier.entrepot)], stdout=subprocess.PIPE
    )
    try:
        assert autre.stdout is not None
        autre.stdout.readline()
        with pytest.raises(PerequationError, match="ouverts en écriture par un autre programme"):
            publish_reports(dossier)
    finally:
        autre.kill()
        autre.wait()


def test_a_file_in_the_place_of_the_folder_is_told(dossier: Dossier, carnet: Ecrire) -> None:
    carnet("20_resultats", "1")
    dossier.rapports.write_text("un fichier à la place du dossier")

    with pytest.raises(ConfigurationError, match="Impossible d'écrire"):
        publish_reports(dossier)


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Forbid writing in a folder, to root too: its rights don't stop it, its attribute does."""
    verrou, libere = (["chmod", "555"], ["chmod", "755"])
    if os.geteuid() == 0:
        verrou, libere = (["chattr", "+i"], ["chattr", "-i"])
    if not shutil.which(verrou[0]) or subprocess.run([*verrou, folder], check=False).returncode:
        pytest.skip("rien n'empêche root d'écrire sur ce disque")
    try:
        yield
    finally:
        subprocess.run([*libere, folder], check=True)


@pytest.mark.skipif(os.name == "nt", reason="droits d'un système Unix")
@pytest.mark.parametrize("place", [".", "carnets", "echecs"])
def test_a_folder_that_refuses_writing_is_told_and_keeps_its_pages(
    dossier: Dossier, carnet: Ecrire, place: str
) -> None:
    carnet("20_resultats", "1")
    publish_reports(dossier)
    avant = {p.name: p.read_bytes() for p in dossier.rapports.rglob("*.*")}
    carnet("20_resultats", "2")

    with (
        read_only(dossier.rapports / place),
        pytest.raises(ConfigurationError, match=r"Impossible d'écrire .*rapports"),
    ):
        publish_reports(dossier)

    assert {p.name: p.read_bytes() for p in dossier.rapports.rglob("*.*")} == avant
    assert publish_reports(dossier, reprendre=True).rapports[0].statut == "publie"


@pytest.mark.skipif(os.name == "nt", reason="droits d'un système Unix")
@pytest.mark.slow
def test_a_folder_that_refuses_writing_in_the_middle_is_told(
    dossier: Dossier, carnet: Ecrire, tmp_path: Path
) -> None:
    """A share may turn read-only during the night: what is published stays, a sentence says so."""
    ici = tmp_path / "ici"
    carnet(
        "20_resultats",
        f"from pathlib import Path\nPath({str(ici)!r}).touch()",
        "import time\ntime.sleep(3)",
    )
    carnet("10_qualite", "session", parametres='dossier: str = ""\nsession: int = 0')
    publish_reports(dossier, ["10_qualite"])
    avant = (dossier.rapports / "10_qualite.html").read_bytes()

    edition = start_edition(tmp_path, dossier)
    wait_for(ici)
    with read_only(dossier.rapports):
        sortie, _ = edition.communicate(timeout=60)

    assert edition.returncode == 2, sortie
    assert "Impossible d'écrire" in sortie
    assert "Traceback" not in sortie
    assert (dossier.rapports / "10_qualite.html").read_bytes() == avant


def wait_for(path: Path) -> None:
    limite = time.monotonic() + 30
    while not path.exists() and time.monotonic() < limite:
        time.sleep(0.05)


EDITE = """
import sys
from pathlib import Path
from perequation.socle.dossier import open_dossier
from perequation.edition import plan, publish_reports
from perequation.socle.erreurs import PerequationError
plan.ressource = lambda _, nom: Path(sys.argv[2]) / nom
if __name__ == "__main__":
    {avant}
    try:
        publish_reports(open_dossier(sys.argv[1]), reprendre=True, processus=2)
    except PerequationError as error:
        print(*error.lines(), sep="\\n")
        sys.exit(error.code)
"""


def start_edition(tmp_path: Path, dossier: Dossier, avant: str = "pass") -> "subprocess.Popen[str]":
    script = tmp_path / "edite.py"
    script.write_text(EDITE.format(avant=avant), "utf-8")
    return subprocess.Popen(
        [sys.executable, str(script), str(dossier.racine), str(tmp_path / "carnets")],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def test_a_full_disk_is_told_and_leaves_no_half_page(
    dossier: Dossier, carnet: Ecrire, tmp_path: Path
) -> None:
    """The limit lets small pages through and stops the one with charts."""
    carnet("20_resultats", GRAPHIQUE)
    carnet("50_rattrapage", "1")
    limite = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))"

    edition = start_edition(tmp_path, dossier, limite)
    sortie, _ = edition.communicate(timeout=60)

    assert edition.returncode == 4, sortie
    assert "Plus de place sur le disque" in sortie
    assert (dossier.rapports / "50_rattrapage_CCST.html").is_file()
    assert not list(dossier.rapports.glob("*20_resultats*"))


@pytest.mark.slow
@pytest.mark.parametrize("attente", [0.5, 2.0, 3.0, 4.0])
def test_killed_at_any_moment_it_is_completed_to_the_same_pages(
    dossier: Dossier, carnet: Ecrire, tmp_path: Path, attente: float
) -> None:
    for code in ("20_resultats", "30_harmonisation", "40_jury", "50_rattrapage"):
        carnet(code, GRAPHIQUE, "import time\ntime.sleep(0.4)")
    temoin = tmp_path / "temoin"
    shutil.copytree(dossier.racine, temoin)
    publish_reports(open_dossier(temoin))
    attendu = {p.name: p.read_bytes() for p in (temoin / "sortie/rapports").glob("*.html")}

    edition = start_edition(tmp_path, dossier)
    time.sleep(attente)
    os.kill(edition.pid, signal.SIGKILL)
    edition.wait()
    time.sleep(0.5)
    for page in dossier.rapports.glob("[!.]*.html"):
        assert page.name == "index.html" or page.read_bytes() == attendu[page.name]
    publish_reports(dossier, reprendre=True)

    assert {p.name: p.read_bytes() for p in dossier.rapports.glob("*.html")} == attendu


@pytest.mark.slow
def test_children_do_not_outlive_a_killed_batch(
    dossier: Dossier, carnet: Ecrire, tmp_path: Path
) -> None:
    trace = tmp_path / "trace"
    ecrit = f"from pathlib import Path\ntrace = Path({str(trace)!r})\ntrace.write_text('ici')"
    carnet("20_resultats", ecrit, "import time\ntime.sleep(3)", "trace.write_text('encore là')")
    edition = start_edition(tmp_path, dossier)
    wait_for(trace)

    os.kill(edition.pid, signal.SIGKILL)
    edition.wait()
    time.sleep(4)

    assert trace.read_text() == "ici"
