"""The what-if of the harmonisation report: exact at every point, with the keyboard, on paper."""

import itertools
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import polars as pl
import pytest
from statistiques.generation import TOUTES, Plan, open_warehouse, read_frames, simulate_sessions

from perequation.edition.page import Contexte, export_page
from perequation.edition.pdf import print_page
from perequation.harmonisation import compute_ecarts, summarise_analyses
from perequation.harmonisation import simulation as consequences
from perequation.harmonisation.rapport import corrections as presentation
from perequation.harmonisation.rapport import simulateur
from perequation.harmonisation.simulation import decisions as simulation
from perequation.harmonisation.simulation.notes import simulate_marks
from perequation.presentation.theme import style

pytestmark = pytest.mark.navigateur

PLAN = Plan(candidats=400, etablissements=16, centres=8, part_manquante=0.0)
HOSTILES = [
    "</script><script>document.title='PERCÉ'</script>",
    '"><img src=x onerror="document.title=\'PERCÉ\'">',
    "' data-simulateur='[[0],[],[]]",
    "{{7*7}} &amp; </div>",
]


@dataclass(frozen=True)
class Page:
    """A page with one what-if, and what it was made from."""

    chemin: Path
    entrepot: Path
    etude: consequences.Etude
    grille: consequences.Grille
    noms: dict[str, str]

    def unites(self) -> list[tuple[str, str]]:
        """Return name and signal of the units one may choose, in the page's order."""
        mobiles = self.grille.unites.filter(pl.col("ecart_retenu").is_not_null(), kappa=0.0)
        nommees = mobiles.with_columns(nom=pl.col("unite").replace(self.noms)).sort("nom")
        return list(nommees.select("nom", "signal").iter_rows())

    def counts(self, kappa: float, choisies: set[str]) -> dict[str, int]:
        """Decide everybody again, from the marks: what the page must show."""
        codes = [code for code, nom in self.noms.items() if nom in choisies]
        lot = simulate_marks(self.etude.notes, self.etude.ecarts, kappa=kappa).with_columns(
            note_simulee=pl.when(pl.col("unite").is_in(codes))
            .then("note_simulee")
            .otherwise(pl.col("note").cast(pl.Float64)),
            scenario=pl.lit("s"),
        )
        decisions = simulation.decide_scenarios(self.entrepot, lot)
        compte = simulation.count_consequences(decisions).row(0, named=True)
        delta = (lot["note_simulee"] - lot["note"].cast(pl.Float64)).abs()
        return compte | {"nb_modifiees": int((delta > 1e-9).sum())}


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Page:
    dossier = tmp_path_factory.mktemp("essai")
    session = simulate_sessions(PLAN, 21)
    entrepot = dossier / "session.duckdb"
    con = open_warehouse(session, relations=TOUTES, chemin=entrepot)
    ecarts = compute_ecarts(read_frames(session)).filter(pl.col("epreuve") == "E4")
    # Signals of both kinds, and a unit too small to be moved: the page has all of them.
    unites = ecarts["unite"].sort()
    ecarts = ecarts.with_columns(
        signal=pl.when(pl.col("unite").is_in(list(unites[:3])))
        .then(pl.lit("signale"))
        .when(pl.col("unite") == unites[3])
        .then(pl.lit("a_surveiller"))
        .otherwise("signal"),
        ecart_retenu=pl.when(pl.col("unite") != unites[-1]).then("ecart_retenu"),
    )
    con.register("ecarts", ecarts)
    con.execute("create table marts.ecart as select * from ecarts")
    con.close()
    analyses = summarise_analyses(ecarts)
    grille = consequences.study_for_report(entrepot, analyses)
    noms = dict(itertools.zip_longest(unites, HOSTILES, fillvalue="")) if unites.len() else {}
    noms = {code: nom or f"LYCÉE {code}" for code, nom in noms.items()}
    analyse = grille.analyses.row(0, named=True)
    nommees = grille.unites.with_columns(unite=pl.col("unite").replace(noms))
    fragments = [
        presentation.introduction(),
        presentation.comparison(grille.corrections.epreuves, analyse),
        simulateur.what_if(nommees, analyse),
        presentation.by_kappa(grille.par_kappa, analyse),
    ]
    corps = f"<style>{style()}</style>" + "".join(f.html for f in fragments)
    cellule = nbformat.v4.new_code_cell("1")
    cellule.outputs = [nbformat.v4.new_output("display_data", {"text/html": corps})]
    carnet = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# Essai"), cellule])
    chemin = dossier / "essai.html"
    chemin.write_text(export_page(carnet, Contexte("session", "Essai")), "utf-8")
    return Page(chemin, entrepot, consequences.read_study(entrepot, analyses), grille, noms)


@pytest.fixture
def onglet(browser: Any, page: Page) -> Iterator[Any]:
    contexte = browser.new_context(viewport={"width": 1280, "height": 900}, offline=True)
    ouvert = contexte.new_page()
    fautes: list[str] = []
    ouvert.on("pageerror", lambda faute: fautes.append(str(faute)))
    ouvert.on("console", lambda m: fautes.append(m.text) if m.type == "error" else None)
    ouvert.goto(page.chemin.as_uri())
    yield ouvert
    contexte.close()
    assert fautes == []


def shown(onglet: Any) -> dict[str, int]:
    """Return the counts the page shows, by measure."""
    cellules = onglet.eval_on_selector_all(
        "[data-apres]", "cells => cells.map(c => [Number(c.dataset.apres), c.textContent])"
    )
    comptes = {simulateur.MESURES[rang]: _integer(texte) for rang, texte in cellules}
    resume = onglet.inner_text("[role=status]")
    for nom, motif in (
        ("nb_modifiees", r"([\d\s]+) notes? modifiées?"),
        ("nb_decisions_changees", r"([\d\s]+) décisions? changées?"),
    ):
        trouve = re.search(motif, resume)
        comptes[nom] = _integer(trouve[1]) if trouve else 0
    return comptes


def _integer(texte: str) -> int:
    return int(re.sub(r"\s", "", texte).replace("−", "-"))


def set_kappa(onglet: Any, rang: int) -> None:
    onglet.locator("input[type=range]").fill(str(rang))


def test_it_is_exact_at_every_point_of_the_grid(onglet: Any, page: Page) -> None:
    noms = [nom for nom, _ in page.unites()]
    assert onglet.locator("input[type=checkbox]").count() == len(noms)
    choix = [set(noms), {n for n, s in page.unites() if s == "signale"}, set(), set(noms[4::3])]
    onglet.locator("summary").click()
    boxes = onglet.locator("input[type=checkbox]")
    vus = set[tuple[int, ...]]()
    for choisies in choix:
        points = range(11) if len(choisies) == len(noms) else (3, 5, 10)
        for rang, nom in enumerate(noms):
            boxes.nth(rang).set_checked(nom in choisies)
        for point in points:
            kappa = consequences.KAPPAS[point]
            set_kappa(onglet, point)
            affiches, exacts = shown(onglet), page.counts(kappa, choisies)
            assert affiches == {nom: exacts[nom] for nom in affiches}, (kappa, choisies)
            vus.add(tuple(affiches.values()))
    assert len(affiches) == len(simulateur.MESURES) - 1
    assert len(vus) > 5


def test_buttons_choose_units_and_differences_are_signed(onglet: Any, page: Page) -> None:
    set_kappa(onglet, 10)
    for texte, signaux in (
        ("Toutes", {"signale", "a_surveiller", "aucun", "indisponible"}),
        ("À examiner", {"signale"}),
        ("À examiner ou à surveiller", {"signale", "a_surveiller"}),
        ("Aucune", set[str]()),
    ):
        onglet.get_by_role("button", name=texte, exact=True).click()
        choisies = {nom for nom, signal in page.unites() if signal in signaux}
        assert f"{len(choisies)} unité" in onglet.inner_text("[role=status]").replace("\u00a0", " ")
        exacts = page.counts(1.0, choisies)
        ecarts = onglet.eval_on_selector_all("[data-ecart]", "c => c.map(x => x.textContent)")
        attendus = [
            exacts[f"{c}_apres"] - exacts[f"{c}_avant"] for c in ("admis", "controle", "refuse")
        ]
        assert [_integer(texte) for texte in ecarts] == attendus
    assert "aucune note modifiée" in onglet.inner_text("[role=status]")


def test_the_keyboard_moves_it_and_the_value_is_told(onglet: Any) -> None:
    curseur = onglet.locator("input[type=range]")
    assert curseur.get_attribute("aria-valuetext") == "κ = 0,5"
    curseur.focus()
    onglet.keyboard.press("ArrowRight")
    assert curseur.get_attribute("aria-valuetext") == "κ = 0,6"
    onglet.keyboard.press("Home")
    assert onglet.inner_text("output") == "0,0"
    assert "aucune note modifiée" in onglet.inner_text("[role=status]")
    onglet.keyboard.press("Tab")
    assert onglet.evaluate("document.activeElement.textContent") == "À examiner"
    assert onglet.locator("label[for]").first.inner_text().startswith("Part de l’écart")


def test_hostile_names_are_text(onglet: Any, page: Page) -> None:
    onglet.locator("summary").click()
    texte = onglet.inner_text("fieldset")
    for nom in HOSTILES:
        assert nom in texte
    assert onglet.locator("main img").count() == 0
    assert onglet.locator("[data-simulateur]").count() == 1
    assert "PERCÉ" not in onglet.title()


def test_without_scripts_and_on_paper_a_table_remains(
    browser: Any, page: Page, tmp_path: Path
) -> None:
    contexte = browser.new_context(java_script_enabled=False, offline=True)
    onglet = contexte.new_page()
    onglet.goto(page.chemin.as_uri())
    assert onglet.locator(".pq-simulateur").is_hidden()
    table = onglet.locator("[id^=kappa-]")
    assert table.is_visible()
    lignes = table.locator("tbody tr:not(.groupe)")
    assert lignes.count() == 2 * (len(consequences.KAPPAS) - 1)
    cellules = lignes.nth(9).locator("td").all_inner_texts()
    exacts = page.counts(1.0, {n for n, s in page.unites() if s == "signale"})
    assert _integer(cellules[1]) == exacts["nb_modifiees"]
    assert _integer(cellules[7]) == exacts["admis_apres"]
    contexte.close()
    pdf = tmp_path / "essai.pdf"
    print_page(page.chemin, pdf)
    texte = subprocess.run(
        ["pdftotext", "-layout", pdf, "-"], capture_output=True, text=True, check=True
    ).stdout
    assert "décalage de κ × écart retenu" in texte
    assert "Choisir parmi" not in texte


def test_only_our_script_may_run(page: Page) -> None:
    texte = page.chemin.read_text("utf-8")
    politique = re.search(r'Content-Security-Policy" content="([^"]+)"', texte)
    assert politique is not None
    assert re.search(r"script-src (&#39;|')sha256-", politique[1])
    assert "unsafe-eval" not in politique[1]
    assert texte.count("<script>") == 1
