"""A fiche opened, printed and found, in Chromium with no network."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from outils.captures import observe

from perequation.edition import publish_reports
from perequation.edition.pdf import print_page
from perequation.edition.plan import plan_reports
from perequation.socle.dossier import Dossier, open_dossier

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
