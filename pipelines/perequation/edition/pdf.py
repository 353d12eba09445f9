"""Pages printed to PDF by the Chromium (or Chrome, or Edge) that is there, with no network."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Generator, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from perequation.socle.erreurs import ConfigurationError, PerequationError
from perequation.socle.fichiers import written_whole

# Where one is told to look, what it is called on the path, where Windows puts it.
VARIABLE = "PEREQUATION_CHROMIUM"
_NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome", "microsoft-edge", "msedge")
_WINDOWS = (
    "Google/Chrome/Application/chrome.exe",
    "Microsoft/Edge/Application/msedge.exe",
    "Chromium/Application/chrome.exe",
)

# Nothing is looked up and nothing is fetched, whatever a page asks for.
OFFLINE = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-extensions",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--proxy-server=127.0.0.1:9",
)

DELAI = 60.0


def find_chromium() -> str:
    """Return the browser that prints.

    Raises
    ------
    ConfigurationError
        There is none.
    """
    if indique := os.environ.get(VARIABLE):
        candidats = [indique]
    else:
        racines = [
            os.environ.get(nom) for nom in ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA")
        ]
        candidats = [*_NAMES, *(str(Path(r) / suite) for r in racines if r for suite in _WINDOWS)]
    for candidat in candidats:
        if found := shutil.which(candidat):
            return found
    raise ConfigurationError(
        "Impossible de faire des PDF : ni Chromium, ni Chrome, ni Edge sur cette machine. "
        f"Installez-en un, indiquez-le par la variable {VARIABLE}, ou ouvrez le rapport dans un "
        "navigateur et imprimez-le."
    )


def print_page(page: Path, pdf: Path, *, delai: float = DELAI) -> None:
    """Print one page as PDF, whole or not at all.

    Raises
    ------
    ConfigurationError
        There is no browser.
    PerequationError
        The browser failed or took too long.
    """
    with written_whole(pdf) as provisoire, browser_profile() as profil:
        _run(page, provisoire, profil, delai)


def print_pages(pages: Iterable[Path], *, processus: int = 2) -> None:
    """Print each page as a PDF beside it, a few at a time.

    Raises
    ------
    PerequationError
        At the first page that could not be printed.
    """
    find_chromium()
    with ThreadPoolExecutor(processus) as pool:
        list(pool.map(_print_beside, pages))


def _print_beside(page: Path) -> None:
    print_page(page, page.with_suffix(".pdf"))


@contextmanager
def browser_profile() -> Generator[str]:
    """Yield an empty profile folder; the browser may still be writing there when it ends."""
    with tempfile.TemporaryDirectory(prefix="perequation-", ignore_cleanup_errors=True) as profil:
        yield profil


def sandbox_flags() -> tuple[str, ...]:
    """Return what root needs: Chromium refuses its sandbox there."""
    return ("--no-sandbox",) if getattr(os, "geteuid", lambda: 1)() == 0 else ()


def _run(page: Path, pdf: Path, profil: str, delai: float) -> None:
    commande = [
        find_chromium(),
        "--headless",
        *sandbox_flags(),
        *OFFLINE,
        f"--user-data-dir={profil}",
        "--no-pdf-header-footer",
        "--generate-pdf-document-outline",
        # Charts are drawn after the page has loaded: time runs on until nothing is left to do.
        "--virtual-time-budget=30000",
        f"--print-to-pdf={pdf}",
        page.resolve().as_uri(),
    ]
    try:
        fini = subprocess.run(commande, capture_output=True, timeout=delai, check=False)
    except subprocess.TimeoutExpired as error:
        raise PerequationError(
            f"{page.name} : le PDF n'était pas fini après {delai:g} s."
        ) from error
    if fini.returncode or not pdf.stat().st_size:
        raise PerequationError(f"{page.name} : le navigateur n'a pas pu faire le PDF.")
