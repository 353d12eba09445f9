"""A paper to print and sign, beside the pack: one HTML page made of sections, and its PDF."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

from markupsafe import Markup

from perequation.edition import page
from perequation.edition.contexte import make_background
from perequation.edition.pdf import print_page
from perequation.presentation.textes import Fragment, box, paragraph
from perequation.presentation.theme import style
from perequation.socle.dossier import Dossier, reserve_of
from perequation.socle.fichiers import write_whole


def write_paper(  # noqa: PLR0913 (what a page needs, each by its name)
    dossier: Dossier,
    sortie: Path,
    titre: str,
    sections: Mapping[str, Fragment],
    jour: date | None = None,
    *,
    pdf: bool = False,
) -> Path:
    """Write a paper of the exam office as one HTML file.

    Parameters
    ----------
    dossier
        A session folder whose results are published.
    sortie
        The page to write, in a folder beside that of the reports.
    titre
        What the paper is.
    sections
        Headings and what is under them, in order.
    jour
        Production date printed on the page; see `edition.contexte.page_date`.
    pdf
        Also print it.

    Returns
    -------
    pathlib.Path
        The page, or its PDF.
    """
    fond = make_background(dossier, "interne", jour)
    prefixe = f"../{dossier.rapports.name}/"
    contexte = replace(
        fond.plain_context(titre),
        faits=tuple(replace(f, lien=f.lien and prefixe + f.lien) for f in fond.every_fact),
        avertissement="Document préparatoire : ne pas diffuser hors de la commission, du jury et "
        "de la division des examens.",
    )
    reserve = reserve_of(dossier)
    corps = box("avertissement", paragraph("{x}", x=reserve)).html if reserve else ""
    corps += "".join(
        f'<h2 id="s{rang}">{nom}</h2>{fragment.html}'
        for rang, (nom, fragment) in enumerate(sections.items(), start=1)
    )
    text = page.render_page(
        "compte_rendu.html.j2",
        contexte,
        corps=Markup(f"<style>{style()}</style>{corps}"),
        sommaire=[(f"s{rang}", nom) for rang, nom in enumerate(sections, start=1)],
    )
    write_whole(sortie, text)
    if not pdf:
        return sortie
    print_page(sortie, sortie.with_suffix(".pdf"))
    return sortie.with_suffix(".pdf")
