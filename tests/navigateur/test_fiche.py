"""A fiche opened, printed and found, in Chromium with no network."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from outils.captures import observe

from perequation.edition import publish_reports
from perequation.edition.description import Description
from perequation.edition.pdf import print_page
from perequation.edition.plan import plan_reports
from perequation.socle.dossier import Dossier, open_dossier
from perequation.socle.entrepot import open_read_only

pytestmark = pytest.mark.navigateur
CODE = "0960016W"


@pytest.fixture(scope="module")
def fiche(publie: Dossier, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fiche published in a pack of its own."""
    racine = tmp_path_factory.mktemp("fiche") / "session"
    copie = open_dossier(shutil.copytree(publie.racine, racine))
    rapport = next(r for r in plan_reports(copie, fiches=True) if CODE in r.nom)
    publish_reports(copie, [rapport.nom])
    return copie.rapports / rapport.fichier


@pytest.mark.parametrize("largeur", [1280, 390])
def test_it_draws_alone(browser: Any, fiche: Path, largeur: int) -> None:
    vue = observe(browser, fiche, largeur)

    assert (vue.non_dessines, vue.fautes, vue.requetes) == (0, (), ())
    assert vue.largeur_reelle <= largeur


def test_it_prints_on_two_sheets_at_most(fiche: Path, tmp_path: Path) -> None:
    pdf = tmp_path / "fiche.pdf"
    print_page(fiche, pdf)

    infos = subprocess.run(["pdfinfo", pdf], capture_output=True, text=True, check=True).stdout
    assert "(A4)" in infos
    pages = next(line.split()[1] for line in infos.splitlines() if line.startswith("Pages"))
    assert int(pages) <= 2


def test_who_searches_an_establishment_finds_its_fiche_first(browser: Any, fiche: Path) -> None:
    page = browser.new_context(offline=True).new_page()
    page.goto((fiche.parents[1] / "index.html").as_uri())
    link = page.locator("#fiches li a").first
    assert not link.is_visible()
    assert page.locator("main section").first.get_attribute("id") != "fiches"

    page.fill("#recherche", "lyc opheline")
    assert link.is_visible()
    assert page.locator("main section").first.get_attribute("id") == "fiches"
    page.fill("#recherche", "")
    assert page.locator("main section").first.get_attribute("id") != "fiches"
    assert not link.is_visible()

    page.fill("#recherche", CODE)
    link.click()
    assert page.url.split("#")[0].endswith(f"fiches/{fiche.name}")


def test_a_report_is_found_by_epreuve_candidate_or_with_a_typing_error(
    browser: Any, fiche: Path
) -> None:
    index = fiche.parents[1] / "index.html"
    page = browser.new_context(offline=True).new_page()
    page.goto(index.as_uri())
    found = page.locator(".rapports > li:visible h3")
    every = found.count()
    # Counts stand before the question; the executed notebook is behind « pour vérifier ».
    assert "134 admis sur 168 présents" in page.inner_text("main").replace("\u00a0", " ")

    page.fill("#recherche", "E62")
    assert 0 < found.count() < every
    page.fill("#recherche", "relation client")
    assert found.count() > 0
    with open_read_only(fiche.parents[2] / "perequation.duckdb") as con:
        ((numero, nom),) = con.execute(
            "select numero_candidat, etablissement from marts.resultat_candidat "
            "where length(etablissement) > 12 order by all limit 1"
        ).fetchall()
    page.fill("#recherche", numero)
    assert found.all_inner_texts() == ["Dossier de jury\u00a0: BTS CCST"]
    page.fill("#recherche", f"{numero}9")
    assert found.count() == 0
    longest = max(re.findall(r"[^\W\d]+", nom), key=len)
    exact = page.locator(".rapports > li:visible")
    page.fill("#recherche", longest)
    expected = exact.count()
    # Two letters exchanged, one left out.
    for wrong in (longest[0] + longest[2] + longest[1] + longest[3:], longest[:3] + longest[4:]):
        page.fill("#recherche", wrong)
        assert exact.count() >= expected > 0, wrong
    page.fill("#recherche", "xyzzyplugh")
    assert exact.count() == 0


def test_a_public_pack_has_no_number_to_look_for(publie: Dossier, tmp_path: Path) -> None:
    dossier = open_dossier(shutil.copytree(publie.racine, tmp_path / "session"))
    plan = plan_reports(dossier)
    with open_read_only(dossier.entrepot) as con:
        ((numero,),) = con.execute(
            "select min(numero_candidat) from marts.resultat_candidat"
        ).fetchall()
        called = con.execute(
            "select numero_candidat, nom from marts.rattrapage join staging.candidat "
            "using (numero_candidat, specialite) order by 1 limit 1"
        ).fetchall()[0]
    inside, outside = (Description.of(dossier, plan, interne=i) for i in (True, False))
    assert any(numero in inside.words(r, dossier.rapports) for r in plan)
    # Who is called is found, by number or name, in each report that lists him.
    for asked in called:
        found = {r.notebook.stem for r in plan if asked in inside.words(r, dossier.rapports)}
        assert found == {"40_jury", "50_rattrapage"}
    for asked in (numero, *called):
        assert not any(asked in outside.words(r, dossier.rapports) for r in plan)
    assert not any(outside.count(r, dossier.rapports) for r in plan)
