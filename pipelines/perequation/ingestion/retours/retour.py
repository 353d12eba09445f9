"""`perequation retour`: for each file with rejected rows, the sheet to send back with it."""

import re
from dataclasses import dataclass
from datetime import date
from itertools import chain, count
from pathlib import Path, PurePosixPath

import polars as pl
from markupsafe import Markup

from perequation.edition.contexte import page_date
from perequation.edition.page import Contexte, render_page
from perequation.ingestion.retours import rapport as presentation
from perequation.presentation.classeur import Feuille, write_workbook
from perequation.presentation.theme import style
from perequation.socle import entrepot
from perequation.socle.dossier import Dossier, reserve_of
from perequation.socle.etapes import is_imported
from perequation.socle.fichiers import make_folder, write_whole
from perequation.socle.formats import format_count, hold_spaces

_EMETTEURS = """
    select fichier.fichier,
        any_value(fichier.modele_uai)
            || coalesce(' ' || min(candidats.etablissement), '')
    from raw.fichier as fichier
    left join staging.candidat as candidats on candidats.uai = fichier.modele_uai
    where fichier.modele_uai is not null
    group by fichier.fichier"""


@dataclass(frozen=True)
class Retour:
    """What a sheet tells of one input file.

    Attributes
    ----------
    fichier
        Its name, relative to the session folder.
    emetteur
        The establishment a CCF template was made for; empty for another file.
    unite
        What is counted in it: `ligne`, or `cellule` in a template.
    rejets
        Its rejects with problem and correction (`presentation.retour.explain_rejects`).
    lues, rejetees
        Counts of what was read and set aside.
    """

    fichier: str
    emetteur: str
    unite: str
    rejets: pl.DataFrame
    lues: int
    rejetees: int

    @property
    def titre(self) -> str:
        """Whom or what the sheet is about."""
        return self.emetteur or PurePosixPath(self.fichier).name


def write_sheets(dossier: Dossier, jour: date | None = None) -> list[str]:
    """Write one XLSX and one HTML page per input file with rejects, in `sortie/retours/`.

    Sheets of an earlier run are removed: what is there is what is still to correct. A file that a
    later template replaces has nothing to correct and gets none.

    Parameters
    ----------
    dossier
        A session folder after an import; its last import counts, published or not.
    jour
        Date printed on the pages; see `edition.contexte.page_date`.

    Returns
    -------
    list of str
        Lines for the user.

    Raises
    ------
    MissingInputError
        Nothing was imported yet.
    """
    fiches = read_sheets(dossier)
    sortie = dossier.sortie / "retours"
    make_folder(sortie)
    for ancienne in (*sortie.glob("retour_*.xlsx"), *sortie.glob("retour_*.html")):
        ancienne.unlink()
    for fiche, nom in zip(fiches, _names(fiches), strict=True):
        _write_workbook(sortie / f"{nom}.xlsx", fiche, dossier)
        write_whole(sortie / f"{nom}.html", _page(fiche, dossier, jour))
    if not fiches:
        return ["Aucune ligne écartée : aucune fiche de retour."]
    nombre, ou = format_count(len(fiches), "fiche"), sortie.relative_to(dossier.racine)
    return [
        f"{nombre} de retour (XLSX et HTML) dans {ou} :",
        *(f"  {_who(f)} : {_count(f)} à corriger" for f in fiches),
    ]


def _who(fiche: Retour) -> str:
    return fiche.fichier + (f", {fiche.emetteur}" if fiche.emetteur else "")


def _count(fiche: Retour) -> str:
    """Count the rows; a file that can't be read at all has none."""
    return format_count(fiche.rejetees, fiche.unite) if fiche.rejetees else "tout le fichier"


def read_sheets(dossier: Dossier) -> list[Retour]:
    """Read which rows of which file the last import rejected."""
    with entrepot.open_read_only(_last_import(dossier)) as con:
        rejets = entrepot.read_relation(con, "marts.rejet").filter(pl.col("regle") != "remplace")
        bilan = entrepot.read_relation(con, "marts.bilan_import")
        emetteurs = dict(con.execute(_EMETTEURS).fetchall())
    comptes = {row["fichier"]: row for row in bilan.iter_rows(named=True)}
    return [
        Retour(
            fichier,
            emetteurs.get(fichier, ""),
            comptes[fichier]["unite_compte"],
            presentation.explain_rejects(lignes),
            comptes[fichier]["lignes_lues"],
            comptes[fichier]["lignes_rejetees"],
        )
        for (fichier,), lignes in rejets.group_by(["fichier"], maintain_order=True)
    ]


def _last_import(dossier: Dossier) -> Path:
    """Return the construction an import that blocks leaves, else the published warehouse."""
    return dossier.construction if is_imported(dossier.construction) else dossier.entrepot


def _names(fiches: list[Retour]) -> list[str]:
    """Name each sheet after its file; two files of one name stay two."""
    noms: dict[str, None] = {}
    for fiche in fiches:
        path = PurePosixPath(fiche.fichier.removeprefix("donnees/")).with_suffix("")
        base = "retour_" + re.sub(r"[^\w.-]+", "_", str(path))
        suites = (f"{base}_{n}" for n in count(2))
        noms[next(nom for nom in chain([base], suites) if nom not in noms)] = None
    return list(noms)


def _write_workbook(path: Path, fiche: Retour, dossier: Dossier) -> None:
    nom = PurePosixPath(fiche.fichier).name
    titre = f"{dossier.configuration.session.titre} : à corriger dans {nom}"
    feuille = Feuille(
        "À corriger",
        fiche.rejets,
        presentation.COLONNES,
        titre,
        libelles=presentation.LIBELLES,
        natures={"ligne": "entier", "valeur": "texte", "colonne": "texte"},
    )
    write_workbook(path, [feuille], reserve_of(dossier))


def _page(fiche: Retour, dossier: Dossier, jour: date | None) -> str:
    quand, origine = page_date(dossier, jour, _last_import(dossier))
    titre = hold_spaces(f"Fiche de retour : {fiche.titre}")
    session = dossier.configuration.session.titre
    contexte = Contexte(session, titre, "etablissement", quand, origine, est_seule=True)
    nom = PurePosixPath(fiche.fichier).name
    corps = presentation.sheet(nom, fiche.unite, fiche.rejets, fiche.lues, fiche.rejetees)
    return render_page(
        "rapport.html.j2",
        contexte,
        corps=Markup(f"<style>{style()}</style>{corps.html}"),
        sommaire=[],
    )
