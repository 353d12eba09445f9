"""The panorama of a campaign: one notebook over all its sessions, for the office and for the public."""

from __future__ import annotations

from pathlib import Path

from perequation.edition import rendu
from perequation.edition.contexte import chart_engine
from perequation.edition.moteur import process
from perequation.edition.page import Contexte
from perequation.edition.plan import Niveau, Rapport
from perequation.edition.rendu import Echec, Tache
from perequation.socle.fichiers import put_in_place
from perequation.socle.ressources import ressource

NOM = "70_panorama"
TITRE = "Panorama de la campagne"
_QUESTION = "Que disent toutes les sessions ensemble, et qu’est-ce qui a changé ?"
_MENTIONS: dict[Niveau, str] = {
    "interne": "Document interne : il compare des établissements entre eux.",
    "public": "Document agrégé : il n’additionne que ce que chaque session publie.",
}
DELAI = 600.0
_FAILURES = (process.ChildDiedError, process.ChildFailedError, process.ChildTimeoutError)


def write_panorama(sortie: Path) -> list[str]:
    """Write the pages and the office's lists, whole; return why those missing are.

    `70_panorama.html`, `70_panorama-public.html` and `70_panorama.xlsx`.

    Parameters
    ----------
    sortie
        The campaign's own folder, beside the sessions.
    """
    made = [*(_write(sortie, niveau) for niveau in _MENTIONS), _write_lists(sortie)]
    return [faute for faute in made if faute]


def _write_lists(sortie: Path) -> str:
    nom = f"{NOM}.xlsx"
    try:
        process.call(_save_lists, (sortie,), timeout=DELAI)
    except _FAILURES as error:
        (sortie / nom).unlink(missing_ok=True)
        return f"{nom} : le processus s'est arrêté ({type(error).__name__})"
    return ""


def _save_lists(_: process.Tell, sortie: Path) -> None:
    from perequation.presentation.classeur import save_workbook
    from perequation.resultats.panorama import read_panorama
    from perequation.resultats.rapport_panorama_interne import lists

    save_workbook(sortie, NOM, lists(read_panorama(sortie.parent, "interne")), _MENTIONS["interne"])


def page_of(niveau: Niveau) -> str:
    """Return the name of the page for a circle."""
    return f"{NOM}.html" if niveau == "interne" else f"{NOM}-{niveau}.html"


def _write(sortie: Path, niveau: Niveau) -> str:
    rapport = Rapport(
        Path(page_of(niveau)).stem,
        TITRE,
        _QUESTION,
        niveau,
        ressource("notebooks", f"{NOM}.ipynb"),
        {"racine": str(sortie.parent), "diffusion": niveau},
    )
    contexte = Contexte(
        "Campagne",
        TITRE,
        niveau,
        avertissement=_MENTIONS[niveau],
        marques={"rapport": rapport.nom, "niveau": niveau},
        vega=chart_engine(sortie),
        est_seule=niveau != "interne",
    )
    tache = Tache(rapport, contexte, sortie)
    try:
        echec = process.call(rendu.render, (tache,), timeout=DELAI)
    except _FAILURES as error:
        echec = Echec(f"le processus s'est arrêté ({type(error).__name__})")
    tache.carnet_provisoire.unlink(missing_ok=True)
    if echec is not None:
        tache.page_provisoire.unlink(missing_ok=True)
        tache.page.unlink(missing_ok=True)
        return f"{tache.page.name} : {echec.message}"
    put_in_place(tache.page_provisoire, tache.page)
    return ""
