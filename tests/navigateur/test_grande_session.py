"""The largest demonstration session: weight of its pages, and every fiche on two sheets."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from outils.captures import open_browser, wait_drawn
from partage import published

from perequation.edition import publish_reports
from perequation.edition.plan import plan_reports
from perequation.socle.dossier import Dossier, open_dossier

pytestmark = [pytest.mark.slow, pytest.mark.navigateur]

LIMITE = 800_000
# Sheets a report may take for 1 334 candidates.
SHEETS = {"30_harmonisation_MCO": 12, "40_jury_MCO": 25, "50_rattrapage_MCO": 8}
# The longest a page may hold a machine four times slower than this one, in seconds of its CPU.
FREEZE = 0.3
# Candidates of an establishment that break every rule there is.
FAUTES = """
insert into marts.anomalie by name
select regle, 'avertissement' as gravite, 'essai' as message, 'notes.csv' as fichier, 1 as ligne,
       'MCO' as specialite, numero_candidat, 'E1' as epreuve, uai
from (select distinct regle from marts.controle_qualite), staging.candidat
where uai = ?
"""


@pytest.fixture(scope="module")
def mco(tmp_path_factory: pytest.TempPathFactory) -> Dossier:
    """The session, computed."""
    return open_dossier(published(tmp_path_factory, "mco-2022-aix-marseille-corse"))


@pytest.fixture(scope="module")
def onglet() -> Iterator[Any]:
    with open_browser() as browser:
        yield browser.new_context(offline=True).new_page()


def sheets(onglet: Any, page: Path, pdf: Path) -> int:
    """Print a page; return how many sheets it takes."""
    onglet.goto(page.as_uri())
    wait_drawn(onglet)
    onglet.pdf(path=pdf, prefer_css_page_size=True)
    infos = subprocess.run(["pdfinfo", pdf], capture_output=True, text=True, check=True).stdout
    assert "(A4)" in infos
    return int(next(line.split()[1] for line in infos.splitlines() if line.startswith("Pages")))


@pytest.fixture(scope="module")
def rapports(mco: Dossier) -> Path:
    """Return where its reports are."""
    publish_reports(mco)
    return mco.rapports


def test_no_page_is_heavy(rapports: Path) -> None:
    weights = {page.name: page.stat().st_size for page in rapports.glob("*.html")}
    assert len(weights) == 6
    assert {name: weight for name, weight in weights.items() if weight >= LIMITE} == {}


def test_a_report_prints_on_few_sheets(rapports: Path, onglet: Any, tmp_path: Path) -> None:
    printed = {nom: sheets(onglet, rapports / f"{nom}.html", tmp_path / "r.pdf") for nom in SHEETS}
    assert {nom: n for nom, n in printed.items() if n > SHEETS[nom]} == {}


def tasks_of(browser: Any, address: str) -> list[float]:
    """Open a page to its last chart; return the CPU of each task of its thread, in seconds."""
    page = browser.new_context(offline=True, viewport={"width": 1280, "height": 900}).new_page()
    browser.start_tracing(page=page, categories=["toplevel", "devtools.timeline"])
    page.goto(address)
    wait_drawn(page, 120_000)
    events = json.loads(browser.stop_tracing())["traceEvents"]
    page.context.close()
    threads = {
        (event["pid"], event["tid"])
        for event in events
        if event.get("name") == "ParseHTML" and address in json.dumps(event.get("args", {}))
    }
    return [
        event.get("tdur", 0) / 1e6
        for event in events
        if "RunTask" in event.get("name", "") and (event["pid"], event["tid"]) in threads
    ]


@pytest.mark.parametrize("nom", ["index", "20_resultats_MCO", *SHEETS])
def test_no_page_freezes_a_slow_machine(rapports: Path, onglet: Any, nom: str) -> None:
    """The CPU of a task depends little on what else runs; the least of three openings, less yet."""
    address = (rapports / f"{nom}.html").as_uri()

    longest = [max(tasks_of(onglet.context.browser, address)) for _ in range(3)]

    assert 4 * min(longest) < FREEZE, longest


def test_every_fiche_takes_two_sheets_at_most(mco: Dossier, onglet: Any, tmp_path: Path) -> None:
    """One where there are too few candidates for any figure, or where most are withheld."""
    publish_reports(mco, ["60_fiche"])

    fiches = sorted((mco.rapports / "fiches").glob("*.html"))
    short = {p for p in fiches if "Moins de 5 présents" in p.read_text().replace("\u00a0", " ")}
    printed = {page: sheets(onglet, page, tmp_path / "f.pdf") for page in fiches}

    assert len(fiches) > 60
    assert {page.name for page in fiches if printed[page] > (1 if page in short else 2)} == set()
    assert sum(sheets == 1 for sheets in printed.values()) <= len(short) + 2
    assert 0 < len(short) < 12


def test_a_fiche_with_every_fault_takes_two_sheets(
    mco: Dossier, onglet: Any, tmp_path: Path
) -> None:
    copie = open_dossier(shutil.copytree(mco.racine, tmp_path / "copie"))
    with duckdb.connect(str(copie.entrepot)) as con:
        uai = con.sql(
            "select uai from staging.candidat where uai is not null "
            "group by uai order by count(*) desc, uai limit 1"
        ).fetchall()[0][0]
        con.execute(FAUTES, [uai])
    rapport = next(r for r in plan_reports(copie, fiches=True) if r.parametres.get("code") == uai)

    publish_reports(copie, [rapport.nom])

    page = copie.rapports / rapport.fichier
    assert "demandez la suite au service des examens" in page.read_text("utf-8")
    assert sheets(onglet, page, tmp_path / "f.pdf") == 2
