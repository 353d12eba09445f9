"""The what-if of the harmonisation report: exact at every point, with the keyboard, on paper."""

import json
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
from perequation.harmonisation.rapport import simulateur
from perequation.harmonisation.simulation import decisions as simulation
from perequation.harmonisation.simulation.comptes import count_consequences
from perequation.presentation.theme import style
from perequation.socle.schema import TABLES

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
    essai: consequences.EssaiDePoints
    noms: dict[str, str]

    def counts(self, points: dict[str, float]) -> dict[str, int]:
        """Decide everybody again, from the marks: what the page must show."""
        added = pl.col("unite").replace_strict(points, default=0.0, return_dtype=pl.Float64)
        note = pl.col("note").cast(pl.Float64)
        lot = self.etude.notes.with_columns(
            note=note, note_simulee=(note + added).clip(0, 20), scenario=pl.lit("s")
        )
        decisions = simulation.decide_scenarios(self.entrepot, lot)
        compte = count_consequences(decisions).row(0, named=True)
        moved = int(lot.filter((pl.col("note_simulee") - pl.col("note")).abs() > 1e-9).height)
        return compte | {"nb_modifiees": moved}


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Page:
    dossier = tmp_path_factory.mktemp("essai")
    session = simulate_sessions(PLAN, 21)
    entrepot = dossier / "session.duckdb"
    con = open_warehouse(session, relations=TOUTES, chemin=entrepot)
    ecarts = compute_ecarts(read_frames(session)).filter(pl.col("epreuve") == "E4")
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
    con.execute(
        "create table if not exists marts.resultat_candidat as select * from "
        "intermediate.decision_calculee"
    )
    con.close()
    analyses = summarise_analyses(ecarts)
    essai = consequences.study_points(entrepot, analyses)
    noms = {code: f"LYCÉE {code}" for code in unites} | dict(zip(unites, HOSTILES, strict=False))
    nommees = essai.unites.with_columns(unite=pl.col("unite").replace(noms))
    personne = pl.DataFrame(
        schema=dict.fromkeys(("decision_calculee", "decision_finale"), pl.String)
        | {"est_appele": pl.Boolean}
    )
    essais = simulateur.what_if(essai, nommees, {}, nommees, personne)
    corps = f"<style>{style()}</style>{essais.html}"
    cellule = nbformat.v4.new_code_cell("1")
    cellule.outputs = [nbformat.v4.new_output("display_data", {"text/html": corps})]
    carnet = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# Essai"), cellule])
    chemin = dossier / "essai.html"
    chemin.write_text(export_page(carnet, Contexte("session", "Essai")), "utf-8")
    return Page(chemin, entrepot, consequences.read_study(entrepot, analyses), essai, noms)


@pytest.fixture
def onglet(browser: Any, page: Page) -> Iterator[Any]:
    contexte = browser.new_context(
        viewport={"width": 1280, "height": 900}, offline=True, accept_downloads=True
    )
    ouvert = contexte.new_page()
    fautes: list[str] = []
    ouvert.on("pageerror", lambda faute: fautes.append(str(faute)))
    ouvert.on("console", lambda m: fautes.append(m.text) if m.type == "error" else None)
    ouvert.goto(page.chemin.as_uri())
    ouvert.locator("details summary").click()
    yield ouvert
    contexte.close()
    assert fautes == []


def fill(onglet: Any, code: str, points: float) -> None:
    onglet.locator(f'input[data-unite="{code}"]').fill(f"{points:g}")


def shown(onglet: Any) -> dict[str, int]:
    """Return the counts the page shows."""
    after = onglet.eval_on_selector_all("[data-apres]", "cells => cells.map(c => c.textContent)")
    before = onglet.eval_on_selector_all("[data-avant]", "cells => cells.map(c => c.textContent)")
    names = ("admis", "controle", "refuse")
    counts = {f"{n}_apres": _integer(t) for n, t in zip(names, after, strict=True)}
    counts |= {f"{n}_avant": _integer(t) for n, t in zip(names, before, strict=True)}
    resume = onglet.inner_text(".pq-resume")
    for nom, motif in (
        ("nb_modifiees", r"([\d\s]+) notes? modifiées?"),
        ("gagnent_admission", r"([\d\s]+) candidats? gagne(?:nt)? l’admission"),
        ("perdent_admission", r"([\d\s]+) la perd(?:ent)?"),
    ):
        trouve = re.search(motif, resume)
        counts[nom] = _integer(trouve[1]) if trouve else 0
    return counts


def _integer(texte: str) -> int:
    return int(re.sub(r"\s", "", texte).replace("−", "-"))


def test_points_by_place_several_at_once_are_exact(onglet: Any, page: Page) -> None:
    codes = page.essai.unites["code"].unique().sort().to_list()
    assert onglet.locator("input[type=number]").count() == len(codes)
    points = dict.fromkeys(codes, 0.0)
    seen = set[tuple[int, ...]]()
    for rank, value in ((0, -1.0), (1, 2.5), (2, -3.0), (5, 0.5), (0, 3.0), (1, 0.0)):
        points[codes[rank]] = value
        fill(onglet, codes[rank], value)
        found, exact = shown(onglet), page.counts(points)
        assert found == {name: exact[name] for name in found}, points
        seen.add(tuple(found.values()))
    assert len(seen) > 4


def test_what_was_before_is_the_session_s_proposals(onglet: Any, page: Page) -> None:
    found = shown(onglet)
    assert [found[f"{n}_avant"] for n in ("admis", "controle", "refuse")] == list(page.essai.avant)
    assert found["nb_modifiees"] == 0
    assert "Aucun point essayé" in onglet.inner_text(".pq-resume")


def test_it_is_saved_as_the_meeting_s_file(onglet: Any, page: Page) -> None:
    code = page.essai.unites["code"].sort()[0]
    fill(onglet, code, -1.5)
    with onglet.expect_download() as waited:
        onglet.get_by_role("button", name="Enregistrer").click()
    lines = Path(waited.value.path()).read_text("utf-8-sig").splitlines()
    assert waited.value.suggested_filename == "decisions_harmonisation.csv"
    assert lines[0].split(";") == list(TABLES["decisions_harmonisation"].noms)
    row = dict(zip(lines[0].split(";"), lines[1].split(";"), strict=True))
    assert (row["unite"], row["decision"], row["decalage"]) == (code, "DECALAGE", "-1,5")
    assert len(lines) == 2


def test_the_keyboard_moves_it_and_the_value_is_told(onglet: Any) -> None:
    champ = onglet.locator("input[type=number]").first
    champ.focus()
    onglet.keyboard.press("ArrowDown")
    assert champ.input_value() == "-0.5"
    assert "note" in onglet.inner_text(".pq-resume")


def test_a_link_leads_to_the_place_to_try_even_folded(browser: Any, page: Page) -> None:
    code = page.essai.unites["code"].unique().sort()[-1]
    onglet = browser.new_context(viewport={"width": 1280, "height": 900}, offline=True).new_page()
    onglet.goto(page.chemin.as_uri())
    champ = onglet.locator(f'input[data-unite="{code}"]')
    assert champ.is_hidden()
    onglet.evaluate("hash => { location.hash = hash; }", champ.get_attribute("id"))
    champ.wait_for(state="visible")
    assert champ.evaluate("each => each === document.activeElement")
    identifiants = onglet.eval_on_selector_all("input", "all => all.map(each => each.id)")
    assert len(set(identifiants)) == len(identifiants) > 1
    onglet.context.close()


def test_another_value_comes_back_to_the_nearest_computed(onglet: Any) -> None:
    champ = onglet.locator("input[type=number]").first
    champ.fill("-9.2")
    champ.blur()
    assert champ.input_value() == "-3"


def test_hostile_names_are_text(onglet: Any) -> None:
    texte = onglet.inner_text(".pq-simulateur")
    for nom in HOSTILES:
        assert nom in texte
    assert onglet.locator("main img").count() == 0
    assert onglet.locator("[data-simulateur]").count() == 1
    assert "PERCÉ" not in onglet.title()


def test_without_scripts_and_on_paper_it_is_not_there(
    browser: Any, page: Page, tmp_path: Path
) -> None:
    contexte = browser.new_context(java_script_enabled=False, offline=True)
    onglet = contexte.new_page()
    onglet.goto(page.chemin.as_uri())
    assert onglet.locator(".pq-essai").is_hidden()
    contexte.close()
    pdf = tmp_path / "essai.pdf"
    print_page(page.chemin, pdf)
    texte = subprocess.run(
        ["pdftotext", "-layout", pdf, "-"], capture_output=True, text=True, check=True
    ).stdout
    # Nothing to try on paper, neither the fields nor what is said of them: a line says where.
    assert "À l’écran seulement" in texte
    assert "Essai" in texte
    assert "aucune note n’est changée" not in texte
    assert "Enregistrer" not in texte


def test_only_our_script_may_run(page: Page) -> None:
    texte = page.chemin.read_text("utf-8")
    politique = re.search(r'Content-Security-Policy" content="([^"]+)"', texte)
    assert politique is not None
    assert re.search(r"script-src (&#39;|')sha256-", politique[1])
    assert "unsafe-eval" not in politique[1]
    # The what-if's, and the one that arrives where a search looked.
    assert texte.count("<script>") == politique[1].count("sha256-") == 2


def test_no_candidate_is_in_the_page(page: Page) -> None:
    numbers = page.etude.notes["numero_candidat"].unique()
    texte = page.chemin.read_text("utf-8")
    assert not [number for number in numbers if f'"{number}"' in json.dumps(texte)]
