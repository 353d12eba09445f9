"""Every kind of report, and the index, for those who don't see well, don't use a mouse, or search."""

import re
import shutil
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from outils.captures import wait_drawn
from voies import first_of

from perequation.edition import publish_reports
from perequation.edition.description import Description, words
from perequation.edition.plan import plan_reports
from perequation.socle.dossier import Dossier, open_dossier
from perequation.socle.entrepot import open_read_only

pytestmark = pytest.mark.navigateur

# The reports that list who is called.
LISTING = ["Dossier de jury", "Épreuves de contrôle"]
KINDS = (
    "index",
    "30_harmonisation",
    "40_jury",
    "60_fiche_CCST_0",
    "10_qualite",
    "20_resultats",
    "50_rattrapage",
    "60_fiche_CCST_centre",
)

# WCAG 2.1, 1.4.3: each piece of text that is seen, against the colour behind it.
CONTRASTS = """() => {
  const numbers = (text) => (text.match(/[\\d.]+/g) ?? []).map(Number);
  const channel = (c) => (c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const behind = (element) => {
    for (let e = element; e; e = e.parentElement) {
      const [r, g, b, a = 1] = numbers(getComputedStyle(e).backgroundColor);
      if (a > 0.99) return [r, g, b];
    }
    return [255, 255, 255];
  };
  const seen = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode.textContent.trim(), element = walker.currentNode.parentElement;
    if (!text || ["SCRIPT", "STYLE"].includes(element.tagName)) continue;
    if (!element.checkVisibility()) continue;
    const style = getComputedStyle(element), drawn = element.closest("svg");
    const size = parseFloat(style.fontSize), bold = Number(style.fontWeight) >= 700;
    const [a, b] = [light(numbers(drawn ? style.fill : style.color)), light(behind(element))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const enough = size >= 24 || (bold && size >= 18.66) ? 3 : 4.5;
    seen.push([ratio >= enough, ratio.toFixed(2), text.slice(0, 40)]);
  }
  return seen;
}"""
# What a chart says to who doesn't see it: its words, and a table, its own or the one that follows.
FIGURES = """() => [...document.querySelectorAll("figure[data-graphique]")].map((figure) => {
  const view = figure.querySelector(".vue");
  const tables = [...document.querySelectorAll("table")];
  const follows = Node.DOCUMENT_POSITION_FOLLOWING;
  return {
    role: view.getAttribute("role"), words: view.getAttribute("aria-label"),
    kind: view.getAttribute("aria-roledescription"),
    hidden: view.querySelector("svg").getAttribute("aria-hidden"),
    table: tables.some((table) => figure.compareDocumentPosition(table) & follows),
  };
})"""
HEADINGS = "[...document.querySelectorAll('h1,h2,h3,h4,h5')].map(t => Number(t.tagName[1]))"
FIELDS = "[...document.querySelectorAll('input,select,textarea')].map(f => f.labels.length)"
TABLES = "[...document.querySelectorAll('table')].map(t => t.querySelectorAll('th').length)"


@pytest.fixture(scope="module")
def pack(publie: Dossier, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Reports of every kind of a demonstration session."""
    racine = tmp_path_factory.mktemp("accessible") / "session"
    copie = open_dossier(shutil.copytree(publie.racine, racine))
    plan = plan_reports(copie, fiches=True)
    noms = [next(r.nom for r in plan if r.nom.startswith(kind)) for kind in KINDS[1:]]
    publish_reports(copie, noms)
    return copie.rapports


@pytest.fixture(scope="module", params=first_of(KINDS, 4))
def page(request: pytest.FixtureRequest, browser: Any, pack: Path) -> Iterator[Any]:
    """One page of the pack, drawn."""
    path = next(p for p in sorted(pack.rglob("*.html")) if p.name.startswith(request.param))
    contexte = browser.new_context(viewport={"width": 1280, "height": 900}, offline=True)
    onglet = contexte.new_page()
    onglet.goto(path.as_uri())
    wait_drawn(onglet)
    yield onglet
    contexte.close()


def test_axe_finds_nothing_serious(page: Any) -> None:
    found = Axe().run(page).response["violations"]

    assert [
        (each["id"], node["html"][:120])
        for each in found
        if each["impact"] in {"serious", "critical"}
        for node in each["nodes"]
    ] == []


def test_text_stands_out_from_what_is_behind_it(page: Any) -> None:
    seen = page.evaluate(CONTRASTS)

    assert len(seen) > 30
    assert sorted({(ratio, text) for enough, ratio, text in seen if not enough}) == []


def test_headings_follow_one_another(page: Any) -> None:
    levels = page.evaluate(HEADINGS)

    assert levels[0] == 1
    assert levels.count(1) == 1
    assert [(a, b) for a, b in pairwise(levels) if b > a + 1] == []
    assert page.evaluate("document.documentElement.lang") == "fr"


def test_charts_are_told_in_words_and_tables_have_headings(page: Any) -> None:
    for figure in page.evaluate(FIGURES):
        assert (figure["role"], figure["kind"], figure["hidden"]) == ("img", None, "true")
        assert figure["table"]
        assert len(figure["words"]) > 20
    assert all(page.evaluate(TABLES))


def test_fields_have_labels_and_the_keyboard_goes_everywhere(page: Any) -> None:
    assert all(page.evaluate(FIELDS))
    assert page.locator("[tabindex]:not([tabindex='0'])").count() == 0
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Aller au contenu"
    folded = page.locator("details:not([open]) > summary").first
    if folded.count() and folded.is_visible():
        folded.focus()
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.parentElement.open")


def test_a_search_arrives_at_the_row_it_looked_for(browser: Any, pack: Path) -> None:
    """Unfolded, framed and on the screen, wherever it is among hundreds; a typing error too."""
    page = browser.new_context(viewport={"width": 1280, "height": 900}, offline=True).new_page()
    page.goto((pack / "40_jury_CCST.html").as_uri())
    rows = page.locator("main details:not([open]) tbody tr td:first-child")
    numero, last = rows.first.text_content(), rows.last.text_content()
    assert numero != last
    for asked in (numero, last):
        page.goto((pack / "index.html").as_uri())
        page.fill("#recherche", asked)
        page.locator(".rapports > li:visible h3 a", has_text="Dossier de jury").click()
        found = page.locator(".trouve")
        found.wait_for()
        assert asked in found.inner_text()
        top = found.bounding_box()["y"]
        assert 0 <= top < 900
        page.wait_for_timeout(300)
        assert abs(found.bounding_box()["y"] - top) < 1

    # A letter left out of a name: the row all the same. What no row holds is said, not passed over.
    page.goto((pack / "40_jury_CCST.html").as_uri())
    cells = " ".join(page.locator("main tbody td").all_text_contents())
    name = max(re.findall(r"\b[A-Z]{8,}\b", cells), key=len)
    page.goto((pack / "40_jury_CCST.html").as_uri() + f"#cherche={name[:3]}{name[4:]}")
    page.reload()
    assert name in page.locator("tr.trouve").text_content()
    assert "le plus proche est encadré" in page.locator("#arrivee").inner_text()
    page.goto((pack / "40_jury_CCST.html").as_uri() + "#cherche=xyzzyplugh")
    page.reload()
    assert "« xyzzyplugh »" in page.locator("#arrivee").inner_text().replace("\u00a0", " ")
    assert page.locator(".trouve").count() == 0

    # A campaign's page hands the search on to the index of a session.
    page.goto((pack / "index.html").as_uri() + f"#cherche={numero}")
    assert page.input_value("#recherche") == numero


def test_a_report_is_found_by_epreuve_candidate_or_with_a_typing_error(
    browser: Any, pack: Path
) -> None:
    page = browser.new_context(offline=True).new_page()
    page.goto((pack / "index.html").as_uri())
    found = page.locator(".rapports > li:visible h3")
    every = found.count()
    # Counts stand before the question; the executed notebook is behind « pour vérifier ».
    assert "134 admis sur 168 présents" in page.inner_text("main").replace("\u00a0", " ")

    page.fill("#recherche", "E62")
    assert 0 < found.count() < every
    page.fill("#recherche", "relation client")
    assert found.count() > 0
    with open_read_only(pack.parent / "perequation.duckdb") as con:
        ((numero, nom),) = con.execute(
            "select numero_candidat, etablissement from marts.rattrapage "
            "where length(etablissement) > 12 order by all limit 1"
        ).fetchall()
        ((admis,),) = con.execute(
            "select max_by(numero_candidat, moyenne_generale) from marts.resultat_candidat "
            "where decision_finale = 'ADMIS'"
        ).fetchall()
    page.fill("#recherche", numero)
    assert [text.split("\u00a0")[0] for text in found.all_inner_texts()] == LISTING
    page.fill("#recherche", admis)
    assert [text.split("\u00a0")[0] for text in found.all_inner_texts()] == LISTING[:1]
    page.fill("#recherche", f"{numero}9")
    assert found.count() == 0
    assert "cherchez dans les listes" in page.inner_text("#compte")
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


def test_a_report_is_found_by_what_it_says(pack: Path) -> None:
    dossier = open_dossier(pack.parents[1])
    plan = plan_reports(dossier)
    with open_read_only(dossier.entrepot) as con:
        called = con.execute(
            "select numero_candidat, nom from marts.rattrapage join staging.candidat "
            "using (numero_candidat, specialite) order by 1 limit 1"
        ).fetchall()[0]
    said = {r.notebook.stem: words(dossier.rapports / r.fichier).split() for r in plan}
    # Who is called is found, by number or name, in each report that lists him, and in no other.
    for asked in called:
        asked_words = re.findall(r"\w+", asked)
        found = {report for report, each in said.items() if {*asked_words} <= {*each}}
        assert found == {"40_jury", "50_rattrapage"}
    assert all(len(each) == len(set(each)) for each in said.values())
    # Outside the office, the index counts nothing.
    outside = Description.of(dossier, plan, interne=False)
    assert not any(outside.count(r, dossier.rapports) for r in plan)
