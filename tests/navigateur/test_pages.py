"""The pages, opened from their files by Chromium with no network."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
from carnets.atelier import Ecrire, make_dossier, replace_notebooks
from outils.captures import capture_pack, observe, wait_drawn

from perequation.campagne import BilanCampagne
from perequation.campagne.page import write_index
from perequation.campagne.session import SessionFaite
from perequation.edition import publish_reports
from perequation.edition.pdf import VARIABLE, print_page
from perequation.presentation.tableaux import table
from perequation.presentation.theme import style
from perequation.socle.dossier import Dossier
from perequation.socle.erreurs import ConfigurationError

pytestmark = pytest.mark.navigateur

HOSTILES = [
    "<script>document.title='PERCÉ'</script>",
    '"><img src=x onerror="document.title=\'PERCÉ\'">',
    "=cmd|' /C calc'!A0",
    "\u202eÉCYL\u202c",
    "L" * 200,
    "</script><script>document.title='PERCÉ'</script>",
    "${7*7} {{7*7}} </style>",
]

CARNET = """
import altair as alt
import polars as pl
from perequation.presentation import theme
from perequation.presentation.textes import paragraph
from IPython.display import Markdown, display
theme.activate()
noms = {noms!r}
frame = pl.DataFrame({{"nom": noms, "taux": [0.1234 * n for n in range(len(noms))]}})
display(paragraph("Établissements : {{x}}", x=" ; ".join(noms)))
display(Markdown(f"**{{noms[0]}}** {{noms[1]}}"))
alt.Chart(frame).mark_bar().encode(
    x=alt.X("taux:Q", title="Taux", axis=alt.Axis(format=".1%")),
    y=alt.Y("nom:N", title="Établissement"),
    tooltip=[
        alt.Tooltip("nom:N", title="Établissement"),
        alt.Tooltip("taux:Q", title="Taux", format=".1%"),
    ],
).properties(width=690, description="Taux de " + noms[0])
"""

GRILLE = """
bars = alt.Chart(frame).mark_bar().encode(x="taux:Q", y="nom:N").properties(width=300)
alt.hconcat(bars, bars, bars).properties(description="Trois fois la même chose.")
"""


@pytest.fixture(scope="module")
def pack(vega: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A pack whose data are out to break pages, made once: the tests only open it."""
    place = tmp_path_factory.mktemp("hostile")
    dossier = make_dossier(place, vega)
    with pytest.MonkeyPatch.context() as patch:
        publish_hostile(dossier, replace_notebooks(place / "carnets", patch))
    return dossier.rapports


def publish_hostile(dossier: Dossier, carnet: Ecrire) -> None:
    with duckdb.connect(str(dossier.entrepot)) as con:
        con.executemany(
            "insert into marts.reussite values (2023, 'CCST', 'etablissement', ?, ?, 9)",
            [[nom, nom] for nom in HOSTILES],
        )
    carnet(
        "20_resultats",
        ("markdown", "## Un\n\nLYCÉE DES ESSAIS"),
        CARNET.format(noms=HOSTILES),
        ("markdown", "## Deux"),
        GRILLE,
        ("markdown", "## Trois"),
        "print('fin')",
    )
    carnet("30_harmonisation", ("markdown", "Lycée des Essais"), "1")
    publish_reports(dossier)


def open_page(browser: Any, path: Path, width: int = 1280, **options: Any) -> Any:
    page = browser.new_context(
        viewport={"width": width, "height": 900}, offline=True, **options
    ).new_page()
    page.goto(path.as_uri())
    return page


def drawn(page: Any) -> Any:
    wait_drawn(page)
    return page


@pytest.mark.parametrize("largeur", [1280, 390])
def test_every_page_draws_alone_without_fault_or_request(
    browser: Any, pack: Path, largeur: int
) -> None:
    for path in sorted(pack.glob("*.html")):
        vue = observe(browser, path, largeur)
        assert (vue.non_dessines, vue.fautes, vue.requetes) == (0, (), ()), path.name
        assert vue.largeur_reelle <= largeur, path.name


@pytest.mark.parametrize("stacked", [True, False])
def test_a_wide_table_is_cards_on_a_telephone(browser: Any, tmp_path: Path, stacked: bool) -> None:
    """Every cell is on the screen and says its heading; on a wide screen it stays a table."""
    frame = pl.DataFrame({f"c{i}": [f"case {i} " * 3, f"autre {i}"] for i in range(8)})
    labels = {name: f"Titre {name}" for name in frame.columns}
    made = table(
        frame,
        frame.columns,
        identifier="t",
        caption="T",
        labels=labels,
        dense=True,
        stacked=stacked,
    )
    path = tmp_path / "page.html"
    path.write_text(f"<meta charset=utf-8><style>{style()}</style>{made.html}", "utf-8")
    hidden, told = {}, {}
    for width in (1280, 390):
        page = open_page(browser, path, width)
        hidden[width] = page.eval_on_selector("#t", "t => t.scrollWidth - t.clientWidth")
        told[width] = page.eval_on_selector_all(
            "#t td", "all => all.map(c => getComputedStyle(c, '::before').content)"
        )
        page.context.close()
    assert (hidden[1280], hidden[390] > 0) == (0, not stacked)
    assert any(t != "none" for t in told[390]) is stacked
    assert all(t == "none" for t in told[1280])
    if stacked:
        assert [t.strip('"').split("\u00a0")[0] for t in told[390][1:8]] == list(labels.values())[
            1:
        ]


def test_hostile_names_are_text(browser: Any, pack: Path) -> None:
    page = drawn(open_page(browser, pack / "20_resultats_CCST.html"))

    texte = page.inner_text("main")
    dessins = page.locator("figure svg").first.inner_html()

    assert "PERCÉ" not in page.title()
    assert page.locator("main img, main .vue script").count() == 0
    for nom in HOSTILES[:3]:
        assert nom in texte
    assert "&lt;script&gt;document" in dessins


def test_figures_are_told_in_words_and_in_a_table(browser: Any, pack: Path) -> None:
    page = drawn(open_page(browser, pack / "20_resultats_CCST.html"))

    assert page.locator("figure .vue").first.get_attribute("aria-label") == f"Taux de {HOSTILES[0]}"
    page.locator("figure summary").first.click()
    lignes = page.locator("figure table").first.locator("tbody tr")
    assert lignes.count() == len(HOSTILES)
    lignes.nth(1).wait_for(state="visible")
    assert lignes.nth(1).inner_text().split("\t") == [HOSTILES[1], "12,3\u00a0%"]
    assert "20,0 %" in page.locator("figure svg").first.text_content().replace("\u00a0", " ")


def test_without_scripts_the_tables_remain(browser: Any, pack: Path) -> None:
    page = open_page(browser, pack / "20_resultats_CCST.html", java_script_enabled=False)

    assert page.locator("figure table").first.is_visible()
    assert page.locator("figure .vue").first.is_hidden()


def test_headings_are_in_order_and_the_language_is_said(browser: Any, pack: Path) -> None:
    for path in pack.glob("*.html"):
        page = open_page(browser, path)
        niveaux = page.evaluate(
            "[...document.querySelectorAll('h1,h2,h3,h4')].map(t => Number(t.tagName[1]))"
        )
        assert niveaux[0] == 1
        assert niveaux.count(1) == 1
        assert all(b <= a + 1 for a, b in pairwise(niveaux)), path.name
        assert page.evaluate("document.documentElement.lang") == "fr"


def test_the_keyboard_reaches_the_content(browser: Any, pack: Path) -> None:
    page = open_page(browser, pack / "20_resultats_CCST.html")

    page.keyboard.press("Tab")

    assert page.evaluate("document.activeElement.textContent") == "Aller au contenu"
    assert page.locator(".evitement").is_visible()


def test_the_index_searches_without_accents_or_case(browser: Any, pack: Path) -> None:
    page = open_page(browser, pack / "index.html")
    visibles = page.locator(".rapports > li:visible")
    assert visibles.count() == 2

    page.fill("#recherche", "harmonisation")
    assert visibles.count() == 1
    page.fill("#recherche", "lycee des ESSAIS")
    assert visibles.count() == 2
    assert page.inner_text("#compte") == "2 rapports sur 2"
    page.fill("#recherche", "xyzzyplugh")
    assert visibles.count() == 0
    page.press("#recherche", "Enter")
    assert page.url.endswith("index.html")
    page.fill("#recherche", "")
    page.press("#recherche", "Enter")
    assert page.url.endswith("index.html")
    # What is written with one fault only wins over what is two faults away.
    texts = ["Jolandeluze", "Jolindeluzi", "Lycée"]
    found = page.evaluate(
        """([asked, texts]) => {
          const made = texts.map((text) => ({ textContent: text }));
          return recherche.find(asked, made.map((each) => recherche.place(each)))
            .map(({ element }) => element.textContent);
        }""",
        ["jolondeluze", texts],
    )
    assert found == ["Jolandeluze"]
    page.click("text=Résultats : BTS CCST")
    assert page.url.endswith("20_resultats_CCST.html")
    page.go_back()
    page.fill("#recherche", "lycee des essais")
    page.press("#recherche", "Enter")
    page.wait_for_url("**/20_resultats_CCST.html#cherche=*")
    assert page.locator(".trouve").count() == 1


def test_a_campaign_hides_the_headings_nothing_is_found_under(browser: Any, tmp_path: Path) -> None:
    attendus = ("CCST  0310001A  Lycée Vert : 0 note sur 12",)
    sessions = tuple(
        SessionFaite(nom, "faite", titre=nom, academie=nom, attendus=attendus)
        for nom in ("LILLE", "TOULOUSE")
    )
    bilan = BilanCampagne(tmp_path, sessions)
    write_index(bilan)
    page = open_page(browser, bilan.index)
    titres = page.locator(".groupe > h2:visible")
    assert titres.all_inner_texts() == ["LILLE", "TOULOUSE"]
    page.fill("#recherche", "toulouse")
    assert titres.all_inner_texts() == ["TOULOUSE"]
    page.fill("#recherche", "xyzzyplugh")
    assert titres.count() == 0


def test_nothing_may_be_fetched_and_no_other_script_runs(
    browser: Any, pack: Path, tmp_path: Path
) -> None:
    """The policy holds even where a template would let something through."""
    path = pack / "20_resultats_CCST.html"
    texte = path.read_text("utf-8")
    perce = texte.replace(
        "<main",
        "<script>document.title = 'PERCÉ'</script>"
        "<img src=x onerror=\"document.title='PERCÉ'\"><main",
    )
    (tmp_path / "perce.html").write_text(perce, "utf-8")

    page = drawn(open_page(browser, tmp_path / "perce.html"))

    assert "PERCÉ" not in page.title()


def test_prints_a4_sheets_with_session_date_and_page_numbers(pack: Path, tmp_path: Path) -> None:
    import subprocess

    pdf = tmp_path / "rapport.pdf"
    print_page(pack / "20_resultats_CCST.html", pdf)

    infos = subprocess.run(["pdfinfo", pdf], capture_output=True, text=True, check=True).stdout
    texte = subprocess.run(
        ["pdftotext", "-layout", pdf, "-"], capture_output=True, text=True, check=True
    ).stdout
    assert "(A4)" in infos
    assert "Tagged:          yes" in infos
    assert "BTS CCST, session 2023 · données du 1er juin 2023" in texte
    assert "1/" in texte.replace(" ", "")
    assert "Taux" in texte
    assert HOSTILES[0] in texte
    assert "Données du graphique" not in texte


@pytest.mark.slow
def test_pictures_are_made_of_every_page(browser: Any, pack: Path, tmp_path: Path) -> None:
    images = capture_pack(pack, tmp_path / "images", browser)

    noms = {image.name for image in images}
    assert {"index-1280.png", "index-390.png", "20_resultats_CCST-1280.png"} <= noms
    assert any(nom.startswith("20_resultats_CCST-p") for nom in noms)


def test_no_browser_is_told(pack: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "/nulle/part")

    with pytest.raises(ConfigurationError, match="ni Chromium, ni Chrome, ni Edge"):
        print_page(pack / "index.html", pack / "index.pdf")
