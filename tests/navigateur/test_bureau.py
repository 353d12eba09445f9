"""The page in a browser: a whole session from an empty root, and every tab for everyone."""

import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from navigateur.test_accessibilite import CONTRASTS, HEADINGS
from outils.captures import open_browser, open_desk
from voies import is_usual

from perequation import execution
from perequation.bureau import state, work
from perequation.bureau.desk import Desk
from perequation.demo import make_session
from perequation.socle import entrepot
from perequation.socle.dossier import Dossier, open_dossier
from perequation.socle.journal import open_run
from perequation.suivi.initialisation import create_dossier

pytestmark = pytest.mark.navigateur

CCST = "ccst-2023-toulouse"
NOM = "Mme Zoé d’Essai"
#: A machine that does eight things at once takes minutes where it takes one alone.
LONG = 900_000
WIDTHS = (1280, 390)
PLUS_TARD = (
    "decisions_harmonisation.csv",
    "notes_ccf_harmonisees.csv",
    "notes_controle.csv",
    "decisions_jury.csv",
)
# What is behind an element that can be pressed or filled in, for who doesn't see it.
NAMELESS = """() => [...document.querySelectorAll("a, button, input, select, textarea, summary")]
  .filter((e) => e.type !== "hidden" && e.checkVisibility())
  .filter((e) => !(e.labels?.length || e.ariaLabel || (e.innerText ?? "").trim()))
  .map((e) => e.outerHTML)"""
# Grids to fill in that go beyond what holds them.
CUT = """() => [...document.querySelectorAll(".grille")]
  .filter((e) => e.offsetWidth > e.parentElement.clientWidth).map((e) => e.innerText.slice(0, 80))"""
TWICE = """() => { const seen = {}; for (const e of document.querySelectorAll("[id]"))
  seen[e.id] = (seen[e.id] ?? 0) + 1; return Object.keys(seen).filter((k) => seen[k] > 1); }"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium, with this machine alone for a network."""
    with open_browser(local=True) as opened:
        yield opened


@pytest.fixture
def serve() -> Iterator[Callable[[Path], Desk]]:
    """Serve the page on a root, until the test ends."""
    with ExitStack() as running:
        yield lambda racine: running.enter_context(open_desk(racine))


@pytest.fixture
def visit(browser: Any) -> Iterator[Callable[[Desk, int], Any]]:
    """Open the page; whatever it asks for elsewhere, or says in the console, is a fault."""
    opened: list[Any] = []
    faults: list[str] = []

    def go(desk: Desk, width: int = 1280) -> Any:
        contexte = browser.new_context(viewport={"width": width, "height": 900})
        opened.append(contexte)
        onglet = contexte.new_page()
        # A machine that does eight things at once answers late: no speed is judged here.
        onglet.set_default_timeout(120_000)
        base = f"http://127.0.0.1:{desk.known.port}/"
        onglet.on("request", lambda r: None if r.url.startswith(base) else faults.append(r.url))
        onglet.on("pageerror", lambda error: faults.append(str(error)))
        onglet.goto(desk.known.adresse)
        return onglet

    yield go
    for contexte in opened:
        contexte.close()
    assert faults == []


@pytest.fixture(scope="session")
def received(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files an office receives for the CCST session."""
    return make_session(CCST, tmp_path_factory.mktemp("recus") / CCST) / "donnees"


def serious(page: Any) -> list[tuple[str, str]]:
    """Return what axe-core finds serious in a page, folded parts opened."""
    page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    return [
        (each["id"], node["html"][:120])
        for each in Axe().run(page).response["violations"]
        if each["impact"] in {"serious", "critical"}
        for node in each["nodes"]
    ]


def test_every_tab_is_for_everyone(
    publie: Dossier, tmp_path: Path, serve: Callable[[Path], Desk], visit: Callable[..., Any]
) -> None:
    """Labels, headings, contrasts, no page wider than a telephone, everything by keyboard."""
    racine = tmp_path / "sessions"
    shutil.copytree(publie.racine, racine / CCST)
    desk = serve(racine)
    page = visit(desk)
    onglets = ("reglages", "fichiers", "ccf", "reunion", "jury", "controle", "resultats")
    for rank, path in enumerate(("/", *(f"/s/{CCST}/{onglet}" for onglet in onglets))):
        page.goto(f"http://127.0.0.1:{desk.known.port}{path}")
        # In the usual lane, each at one of the two widths by turns.
        for width in WIDTHS[rank % 2 :][:1] if is_usual() else WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            where = f"{path} à {width} px"
            assert page.evaluate("document.documentElement.scrollWidth") <= width, where
            assert page.evaluate(NAMELESS) == [], where
            cut = page.evaluate(CUT) if width > 1000 else []
            assert cut == [], where
            assert page.evaluate(TWICE) == [], where
            assert page.evaluate("document.documentElement.lang") == "fr"
            levels = page.evaluate(HEADINGS)
            assert levels[0] == 1, where
            assert levels.count(1) == 1, where
            jumps = [(a, b) for a, b in pairwise(levels) if b > a + 1]
            assert jumps == [], where
            assert serious(page) == [], where
            dim = {text for enough, _, text in page.evaluate(CONTRASTS) if not enough}
            assert dim == set(), where
            assert page.locator("[tabindex]:not([tabindex='0']):not([tabindex='-1'])").count() == 0
    page.goto(f"http://127.0.0.1:{desk.known.port}/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Aller au contenu"
    for _ in range(10):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.closest('h2') !== null"):
            break
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/s/{CCST}/*")
    assert page.locator("nav.onglets [aria-current=page]").count() == 1


def test_a_session_is_made_and_a_faulty_file_seen(
    received: Path, tmp_path: Path, serve: Callable[[Path], Desk], visit: Callable[..., Any]
) -> None:
    """From an empty root to a file filed, on a telephone, the faulty one refused in words."""
    racine = tmp_path / "sessions"
    desk = serve(racine)
    page = visit(desk, 390)
    _create(page)
    _tab(page, "Fichiers")
    _drop_faulty(page, received, tmp_path)
    _drop(page, [received / "etablissements.csv"])
    page.get_by_role("button", name="Ranger", exact=False).first.click()
    page.get_by_text("est rangé.").wait_for()
    # The focus goes there once the page has settled. A script asked again and again (`wait_for_function`)
    # would be refused by the page's own policy as soon as its first answer is no.
    page.locator("[data-nouveau]:focus").wait_for()
    filed = racine / CCST / "donnees" / "etablissements.csv"
    assert filed.read_bytes() == (received / "etablissements.csv").read_bytes()
    page.get_by_role("button", name="Fermer le bureau").click()
    page.get_by_role("heading", name="Le bureau est fermé").wait_for()


def _create(page: Any) -> None:
    page.get_by_text("Aucune session encore").wait_for()
    page.get_by_label("CCST :").check()
    page.get_by_label("Année de la session").select_option("2023")
    page.get_by_label("Académie pilote").select_option("TOULOUSE")
    page.get_by_label("Effectifs de la circulaire").fill("TOTAL 170\nTOULOUSE 170\n")
    page.get_by_role("button", name="Créer une session").click()
    page.wait_for_url(f"**/s/{CCST}/reglages")
    page.get_by_text("le règlement CCST n'est pas confirmé").first.wait_for()


def _drop(page: Any, files: list[Path], timeout: float | None = None) -> None:
    page.get_by_label("Votre nom").first.fill(NOM)
    page.get_by_label("Listes de candidats, notes").set_input_files(files)
    page.get_by_role("button", name="Regarder ces fichiers").click()
    page.locator("article.carte .message").nth(len(files) - 1).wait_for(timeout=timeout)


def _drop_faulty(page: Any, received: Path, folder: Path) -> None:
    faulty = folder / "notes_ecrits.csv"
    text = (received / "notes_ecrits.csv").read_bytes()
    faulty.write_bytes(text.replace(b"epreuve", b"xyz").replace(b"EPREUVE", b"XYZ"))
    _drop(page, [faulty])
    card = page.locator("article.carte")
    card.get_by_text("Tel quel, ce fichier bloquerait l’import").first.wait_for()
    card.get_by_role("button", name="Ne pas garder").click()
    page.get_by_text("il est oublié").wait_for()


def _run(page: Any, words: str = "Terminé en") -> None:
    page.get_by_role("button", name="Calculer la session").click()
    page.locator(".execution").get_by_text(words).wait_for(timeout=LONG)
    _acknowledge(page)


def _acknowledge(page: Any) -> None:
    """Say that the end of a run was read, and wait for the page without it."""
    read = page.get_by_role("button", name="J’ai lu")
    read.click()
    read.wait_for(state="detached")


def _tab(page: Any, name: str) -> None:
    page.locator("nav.onglets").get_by_role("link", name=name).click()
    page.get_by_role("heading", level=1, name=name).wait_for()


def test_the_end_of_a_run_is_shown_however_slow_the_page(
    tmp_path: Path,
    serve: Callable[[Path], Desk],
    visit: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The page comes in more time than passes between two questions: it used to be asked for again."""
    racine = tmp_path / "sessions"
    list(create_dossier(racine / CCST, ["CCST"], 2023, "TOULOUSE", coefficients_confirmes=True))
    (racine / CCST / "donnees" / "candidats.csv").write_text("a;b\n", "utf-8")
    read = state.read_situation

    def slowly(folder: Path) -> state.Situation:
        time.sleep(2.5)
        return read(folder)

    # The run lasts until the page has shown it, however late that is on a busy machine.
    seen = tmp_path / "vu"
    until_seen = (
        f"import pathlib, time\nwhile not pathlib.Path({str(seen)!r}).exists(): time.sleep(0.1)"
    )

    def spawn(*_: str) -> Any:
        pipes: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE}
        return subprocess.Popen([sys.executable, "-c", until_seen], text=True, **pipes)

    monkeypatch.setattr(state.Situations, "read", lambda _, folder: slowly(folder))
    monkeypatch.setattr(work, "_spawn", spawn)
    page = visit(serve(racine))
    page.get_by_role("link", name="BTS CCST").click()
    page.get_by_role("button", name="Calculer la session").click()
    page.get_by_text("Démarrage").first.wait_for()
    seen.touch()
    page.get_by_text("Terminé en").wait_for()


@pytest.mark.slow
def test_a_whole_session_from_an_empty_root(
    received: Path, tmp_path: Path, serve: Callable[[Path], Desk], visit: Callable[..., Any]
) -> None:
    """Everything an office does, and the tables it ends with are those of the commands."""
    racine = tmp_path / "sessions"
    page = visit(serve(racine))
    page.set_default_timeout(240_000)
    _create(page)
    session = racine / CCST
    _settings(page)
    _tab(page, "Fichiers")
    _drop_faulty(page, received, tmp_path)
    everything = sorted(p for p in received.glob("*.csv") if p.name not in PLUS_TARD)
    _drop(page, everything, LONG)
    page.get_by_role("button", name="Tout ranger").click()
    page.get_by_text("fichiers rangés.").first.wait_for(timeout=LONG)
    _ccf(page, received)
    _locked(page, session)
    _cancelled(page, session)
    _run(page)
    decided = _meeting(page, session)
    _jury(page, session)
    _control(page, received)
    _results(page, session)

    # The same files, by command.
    there = tmp_path / "commande"
    there.mkdir()
    shutil.copytree(session / "donnees", there / "donnees")
    shutil.copy(session / "session.toml", there)
    dossier = open_dossier(there)
    with open_run(dossier, "essai", silencieux=True) as journal:
        execution.importer(dossier, journal)
        execution.controler(dossier, journal)
        execution.calculer(dossier, journal)
    published = session / "sortie" / "perequation.duckdb"
    with entrepot.open_read_only(published) as con:
        tables = entrepot.list_tables(con, "marts")
    assert len(tables) > 15
    for table in tables:
        ours = entrepot.read_mart(published, table)
        theirs = entrepot.read_mart(dossier.entrepot, table)
        assert ours.equals(theirs, null_equal=True), table
    vigueur = entrepot.read_mart(published, "ecart_en_vigueur")
    unite = vigueur.filter(epreuve=decided[0], unite=decided[1]).row(0, named=True)
    assert unite["suite_donnee"] == "suivie"
    resultats = entrepot.read_mart(published, "resultat_candidat")
    assert not resultats["est_provisoire"].any()
    assert resultats.filter(decision_jury="ADMIS").height == 1


def _settings(page: Any) -> None:
    _tab(page, "Réglages")
    page.get_by_label("J’ai vérifié les coefficients").check()
    page.get_by_label("Épreuves du modèle").fill("E22\nE4\nE61\nE62\nEF2\nEF3")
    page.get_by_text("Rapports", exact=True).click()
    page.get_by_label("Rapports à faire").fill("20_resultats\n50_rattrapage")
    page.get_by_text("Seuils", exact=True).click()
    page.get_by_label("Pas des notes").fill("0,3")
    page.get_by_role("button", name="Enregistrer les réglages").click()
    page.locator("#c-seuils-pas_note-faute").wait_for()
    assert page.get_by_label("Pas des notes").get_attribute("aria-invalid") == "true"
    assert page.get_by_label("Rapports à faire").input_value() == "20_resultats\n50_rattrapage"
    page.get_by_label("Pas des notes").fill("0,5")
    page.get_by_role("button", name="Enregistrer les réglages").click()
    page.get_by_text("Réglages enregistrés").wait_for()


def _ccf(page: Any, received: Path) -> None:
    _tab(page, "CCF")
    page.get_by_role("button", name="Fabriquer les modèles").click()
    page.get_by_role("link", name="Tous les modèles (ZIP)").wait_for(timeout=LONG)
    assert page.get_by_text("11 envois attendus").count() == 1
    page.get_by_label("Classeurs de CCF remplis").set_input_files(
        sorted((received / "ccf").glob("*.csv"))
    )
    page.get_by_role("button", name="Envoyer").click()
    page.get_by_text("11 complets").wait_for(timeout=LONG)


def _locked(page: Any, session: Path) -> None:
    with open_run(open_dossier(session), "ailleurs", silencieux=True):
        page.get_by_role("button", name="Calculer la session").click()
        message = page.locator(".execution .faute")
        message.wait_for(timeout=LONG)
        assert "Une autre exécution tient ce dossier (perequation ailleurs" in message.inner_text()
        assert page.get_by_text("Ce dossier est occupé").count() == 1
        _acknowledge(page)


def _cancelled(page: Any, session: Path) -> None:
    page.get_by_role("button", name="Calculer la session").click()
    page.get_by_role("button", name="Annuler").click()
    page.get_by_text("Annulé : rien n’est publié à moitié").wait_for(timeout=LONG)
    assert not (session / "sortie" / "perequation.duckdb").exists()
    _acknowledge(page)


def _meeting(page: Any, session: Path) -> tuple[str, str]:
    """Decide a shift for the unit furthest above, keep the others; return the unit."""
    _tab(page, "Réunion")
    rows = page.locator("form[action$='/reunion/decider'] tbody tr")
    count = rows.count()
    assert count > 3
    vigueur = entrepot.read_mart(session / "sortie" / "perequation.duckdb", "ecart_en_vigueur")
    shifted = vigueur.filter(signal="signale", type_unite="etablissement").sort(
        "ecart_retenu", descending=True
    )
    epreuve, unite = shifted.select("epreuve", "unite").row(0)
    for place in range(count):
        page.locator(f"[name=decision_{place}]").select_option("MAINTIEN")
        page.locator(f"[name=motif_{place}]").fill("Grilles examinées")
    page.get_by_label(f"Décision, {epreuve}, {unite}").select_option("DECALAGE")
    form = page.locator("form[action$='/reunion/decider']")
    form.get_by_label("Votre nom").fill(NOM)
    form.get_by_label("Date de la réunion").fill("2023-06-07")
    page.get_by_role("button", name="Enregistrer les décisions").click()
    page.get_by_text("dit de combien de points").wait_for()
    assert (
        page.get_by_label(f"Décision, {epreuve}, {unite}").get_attribute("aria-invalid") == "true"
    )
    page.get_by_label(f"Décalage en points, {epreuve}, {unite}").fill("-1")
    page.keyboard.press("Tab")
    page.get_by_role("heading", name="Ce que ces décalages changeraient").wait_for()
    page.get_by_role("button", name="Enregistrer les décisions").click()
    page.get_by_text("Décisions enregistrées.").wait_for()
    written = (session / "donnees" / "decisions_harmonisation.csv").read_text("utf-8-sig")
    assert f"{epreuve};{unite};etablissement;DECALAGE;-1.00;Grilles examinées;{NOM}" in written
    _run(page)
    # What is missing is signed here: the page says so, and where.
    page.get_by_text("« Signer et classer » (onglet Réunion)").wait_for()
    _tab(page, "Réunion")
    page.get_by_role("button", name="Proposer les notes").click()
    page.get_by_label("J’ai relu ces notes").check()
    page.get_by_role("button", name="Signer et classer").click()
    page.get_by_text("classées dans donnees/notes_harmonisees.csv").wait_for()
    page.get_by_role("button", name="Éditer le compte rendu").click()
    page.get_by_role("link", name="Compte rendu à imprimer").wait_for()
    _run(page)
    return epreuve, unite


def _jury(page: Any, session: Path) -> None:
    """A refusal without the booklet is refused; an admission is filed, with who typed it."""
    _tab(page, "Jury")
    numero = page.locator("tbody th[scope=row]").first.inner_text().split()[0]
    page.get_by_label(f"Décision, {numero}").select_option("REFUSE")
    page.get_by_role("button", name="Enregistrer les décisions").click()
    page.locator("tr.fautive .erreur").wait_for()
    assert "livret" in page.locator("tr.fautive .erreur").inner_text()
    assert not list((session / "donnees").glob("decisions_jury*"))
    page.get_by_label(f"Décision, {numero}").select_option("ADMIS")
    page.get_by_label(f"Livret examiné, {numero}").select_option("O")
    page.get_by_label(f"Motif, {numero}").fill("Livret favorable")
    page.get_by_role("button", name="Enregistrer les décisions").click()
    page.get_by_text("Décisions enregistrées.").wait_for()
    written = (session / "donnees" / "decisions_jury.csv").read_text("utf-8-sig").splitlines()
    assert written[0].endswith(";saisi_par;saisi_le")
    assert written[1].startswith(f"{numero};CCST;2023;premier_groupe;ADMIS;O;Livret favorable;")
    assert f";{NOM};" in written[1]
    # What was recorded is shown, and corrected there.
    motif = page.get_by_label(f"Motif, {numero}")
    assert motif.input_value() == "Livret favorable"
    motif.fill("Livret très favorable")
    page.get_by_role("button", name="Enregistrer les décisions").click()
    page.get_by_text("Décision remplacée").wait_for()
    [corrected] = (session / "donnees").glob("decisions_jury*.csv")
    assert ";ADMIS;O;Livret très favorable;" in corrected.read_text("utf-8-sig")
    [kept] = (session / "donnees" / "retires").glob("*decisions_jury*.csv")
    assert ";ADMIS;O;Livret favorable;" in kept.read_text("utf-8-sig")
    page.get_by_role("button", name="Éditer le procès-verbal").click()
    page.get_by_role("link", name="Procès-verbal à imprimer").wait_for()


def _control(page: Any, received: Path) -> None:
    _run(page)
    _tab(page, "Contrôle")
    page.get_by_text("attendus").first.wait_for()
    page.get_by_role("link", name="Déposer les notes de contrôle").click()
    _drop(page, [received / "notes_controle.csv"])
    page.get_by_role("button", name="Ranger", exact=False).first.click()
    page.get_by_text("est rangé.").wait_for()
    _run(page)
    # Marks are no decision: the second jury meets.
    assert page.get_by_text("Toutes les étapes sont passées").count() == 0
    _tab(page, "Contrôle")
    page.get_by_role("link", name="Décider après contrôle").click()
    numero = page.locator("tbody th[scope=row]").first.inner_text().split()[0]
    decision = page.get_by_label(f"Décision, {numero}")
    assert decision.locator("option").all_inner_texts() == ["", "admis", "refusé"]
    decision.select_option("ADMIS")
    page.get_by_label(f"Livret examiné, {numero}").select_option("O")
    page.get_by_role("button", name="Enregistrer les décisions").click()
    page.get_by_text("Décisions enregistrées.").wait_for()
    assert page.get_by_label("Étape", exact=True).input_value() == "controle"
    _run(page)


def _results(page: Any, session: Path) -> None:
    _tab(page, "Résultats")
    public = page.locator("section", has=page.get_by_role("heading", name="Pour le public"))
    public.get_by_role("button", name="Éditer").click()
    page.locator(".execution").get_by_text("Terminé en").wait_for(timeout=LONG)
    public.get_by_role("link", name="Fichier à remettre (ZIP)").wait_for()
    assert (session / "sortie" / "rapports-public.zip").is_file()
    with page.expect_popup() as popup:
        public.get_by_role("link", name="Ouvrir les documents").click()
    opened = popup.value
    opened.wait_for_load_state()
    opened.locator("a[href*='20_resultats']").first.click()
    opened.get_by_role("heading", level=1).wait_for()
    assert "20_resultats" in opened.url
