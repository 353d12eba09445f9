"""Pictures of every page of a pack, on screen and printed, and of the offices' page; no network.

    python tests/outils/captures.py [DOSSIER] [DESTINATION]

Needs Playwright (development dependency), a Chromium and `pdftoppm`.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from perequation.edition.pdf import OFFLINE, find_chromium, sandbox_flags
from perequation.socle.erreurs import MissingInputError, PerequationError

if TYPE_CHECKING:
    from perequation.bureau.desk import Desk

WIDTHS = (1280, 390)
_UNDRAWN = "document.querySelectorAll('figure[data-graphique]:not(.dessine)').length"


@dataclass(frozen=True)
class Observation:
    """What opening a page at a width showed: figures not drawn, faults, requests that went out."""

    page: Path
    largeur: int
    non_dessines: int
    fautes: tuple[str, ...]
    requetes: tuple[str, ...]
    largeur_reelle: int


def find_packs(folder: Path) -> list[Path]:
    """Return the report packs of a session folder, or of the session folders in a folder.

    Raises
    ------
    MissingInputError
        There is none.
    """
    packs = [
        pack
        for motif in ("sortie/rapports", "*/sortie/rapports")
        for pack in sorted(folder.resolve().glob(motif))
    ]
    if not packs:
        raise MissingInputError(
            f"Aucun rapport sous « {folder} ». Donnez un dossier de session déjà édité, ou celui "
            "qui en contient."
        )
    return packs


def capture_pack(rapports: Path, destination: Path, navigateur: Any = None) -> list[Path]:
    """Make pictures of every page of a pack.

    Parameters
    ----------
    rapports
        Folder of a pack (`index.html` and the reports).
    destination
        Folder of the pictures: ``<page>-1280.png``, ``<page>-390.png``, ``<page>-p1.png``…
    navigateur
        An open browser (see `open_browser`); default: one of its own.

    Returns
    -------
    list of Path
        The pictures, in order.

    Raises
    ------
    PerequationError
        A chart was not drawn, a script failed, a page asked for something or is wider than the
        screen; the pictures are made all the same.
    """
    destination.mkdir(parents=True, exist_ok=True)
    fautes: list[str] = []
    with nullcontext(navigateur) if navigateur else open_browser() as browser:
        for page in sorted(rapports.glob("*.html")):
            for largeur in WIDTHS:
                vue = observe(browser, page, largeur, destination / f"{page.stem}-{largeur}.png")
                fautes += _faults(vue)
            print_pictures(browser, page, destination)
    if fautes:
        raise PerequationError(f"{len(fautes)} défaut(s) vus en ouvrant les rapports.", fautes)
    return sorted(destination.glob("*.png"))


@contextmanager
def open_browser(*, local: bool = False) -> Generator[Any]:
    """Open one headless browser without network; `local` lets it ask this machine alone."""
    from playwright.sync_api import sync_playwright

    offline = [f"{a}, EXCLUDE 127.0.0.1" if local and "MAP *" in a else a for a in OFFLINE]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find_chromium(), args=[*sandbox_flags(), *offline]
        )
        try:
            yield browser
        finally:
            browser.close()


def observe(browser: Any, page: Path, largeur: int, image: Path | None = None) -> Observation:
    """Open a page from its file, wait for its charts, and say what happened."""
    from playwright.sync_api import TimeoutError as PlaywrightTimeoutError

    fautes: list[str] = []
    requetes: list[str] = []
    contexte = browser.new_context(viewport={"width": largeur, "height": 900}, offline=True)
    try:
        onglet = contexte.new_page()
        adresse = page.resolve().as_uri()

        def note_message(message: Any) -> None:
            if message.type == "error":
                fautes.append(str(message.text))

        def note_error(error: Any) -> None:
            fautes.append(str(error))

        def note_request(request: Any) -> None:
            if request.url != adresse:
                requetes.append(str(request.url))

        onglet.on("console", note_message)
        onglet.on("pageerror", note_error)
        onglet.on("request", note_request)
        onglet.goto(adresse)
        try:
            wait_drawn(onglet)
        except PlaywrightTimeoutError:
            fautes.append("les graphiques ne sont pas dessinés")
        if image is not None:
            # A picture of the whole page shows what a screen would only lay out once near.
            onglet.add_style_tag(content=".pq-tranche { content-visibility: visible !important; }")
            onglet.screenshot(path=image, full_page=True)
        return Observation(
            page,
            largeur,
            onglet.evaluate(_UNDRAWN),
            tuple(fautes),
            tuple(requetes),
            onglet.evaluate("document.documentElement.scrollWidth"),
        )
    finally:
        contexte.close()


def wait_drawn(onglet: Any, delai: float = 30_000) -> None:
    """Wait until the page has drawn its charts, where it has some.

    By a selector: a condition in JavaScript is an `eval`, that the pages' policy refuses as soon as
    it is not true at once.
    """
    if onglet.locator("figure[data-graphique]").count():
        onglet.wait_for_selector("html[data-dessine]", state="attached", timeout=delai)


def print_pictures(browser: Any, page: Path, destination: Path) -> None:
    """Print a page as a browser does, and make one picture a sheet."""
    contexte = browser.new_context(offline=True)
    pdf = destination / f"{page.stem}.pdf"
    try:
        onglet = contexte.new_page()
        onglet.goto(page.resolve().as_uri())
        wait_drawn(onglet)
        onglet.pdf(path=pdf, prefer_css_page_size=True)
    finally:
        contexte.close()
    if shutil.which("pdftoppm"):
        for ancienne in destination.glob(f"{page.stem}-p*.png"):
            ancienne.unlink()
        subprocess.run(
            ["pdftoppm", "-r", "70", "-png", str(pdf), str(destination / f"{page.stem}-p")],
            check=True,
        )


@contextmanager
def open_desk(racine: Path) -> Generator[Desk]:
    """Serve the offices' page on a root, until what is done with it ends."""
    from perequation.bureau.command import open_bureau

    opened = threading.Event()
    known: list[Desk] = []

    def ready(desk: Desk) -> None:
        known.append(desk)
        opened.set()

    options = {"browser": False, "ready": ready}
    serving = threading.Thread(target=open_bureau, args=(racine,), kwargs=options, daemon=True)
    serving.start()
    if not opened.wait(120):
        raise PerequationError("Le bureau ne s’ouvre pas.")
    try:
        yield known[0]
    finally:
        known[0].stop()
        serving.join(60)


def capture_bureau(racine: Path, destination: Path) -> list[Path]:
    """Make pictures of the offices' page: the list of sessions, and every tab of the first one."""
    from perequation.bureau.state import ONGLETS

    destination.mkdir(parents=True, exist_ok=True)
    with open_desk(racine) as desk, open_browser(local=True) as browser:
        base = f"http://127.0.0.1:{desk.known.port}"
        nom = next(desk.places.names())
        pages = {"sessions": "/"} | {code: f"/s/{nom}/{code}" for code, _ in ONGLETS}
        for largeur in WIDTHS:
            contexte = browser.new_context(viewport={"width": largeur, "height": 900})
            onglet = contexte.new_page()
            onglet.goto(desk.known.adresse)
            for code, path in pages.items():
                onglet.goto(f"{base}{path}")
                image = destination / f"bureau-{code}-{largeur}.png"
                onglet.screenshot(path=image, full_page=largeur < 1000)
            contexte.close()
    return sorted(destination.glob("bureau-*.png"))


def _faults(vue: Observation) -> Iterator[str]:
    ou = f"{vue.page.name} à {vue.largeur} px"
    if vue.non_dessines:
        yield f"{ou} : {vue.non_dessines} graphique(s) non dessiné(s)"
    yield from (f"{ou} : {faute}" for faute in vue.fautes)
    yield from (f"{ou} demande {url}" for url in vue.requetes)
    if vue.largeur_reelle > vue.largeur:
        yield f"{ou} : la page déborde ({vue.largeur_reelle} px)"


def main(folder: str = "reports/demo", destination: str = "reports/captures") -> None:
    """Make the pictures of every pack of a folder, a folder for each, and of the offices' page."""
    packs = find_packs(Path(folder))
    with open_browser() as browser:
        for pack in packs:
            pictures = Path(destination) / pack.parts[-3]
            print(f"{pictures} : {len(capture_pack(pack, pictures, browser))} images")
    if not (Path(folder) / "session.toml").is_file():
        pictures = Path(destination) / "bureau"
        print(f"{pictures} : {len(capture_bureau(Path(folder), pictures))} images")


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except PerequationError as error:
        sys.exit("\n".join(error.lines()))
