"""The template of marks: one workbook per sender, its candidates filled in, marks to be entered.

For the CCF an establishment, for the contrôle the examiners of an académie.

Identity columns are locked, marks are checked as they are typed (0 to 20, or AB, AJ, NV, DI, FR), and a
hidden sheet says whose template it is, with a checksum of the identities. It comes back through the
`notes` of the session folder. Source: contract, section 2; circulars S1 and S3 (CCF entry files).
"""

import re
from collections.abc import Iterable
from datetime import date, datetime
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING

from perequation.ingestion.ccf.destinataires import Destinataire
from perequation.ingestion.lecture.modele_rempli import (
    CONTROLE,
    FEUILLE_NOTES,
    FORMAT,
    IDENTITE,
    checksum,
)
from perequation.ingestion.lecture.tableur import FEUILLE_MODELE
from perequation.socle.fichiers import written_whole
from perequation.socle.schema import CODES_NOTE

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

_LIGNE_ENTETE = 3
_A4 = 9
# Not every spreadsheet fits a row to its text: points a line, characters across the instructions.
_HAUTEUR, _LARGEUR = 16, 80
_CODES = (
    (
        "Saisissez une note de 0 à 20 (deux décimales au plus), ou un code : AB absent, "
        "AJ absent justifié, NV non valide, DI dispensé."
    ),
)
_FIDELITE = (
    (
        "N'ajoutez ni ligne ni colonne et ne changez pas l'identité des candidats : signalez "
        "l'erreur au service des examens."
    ),
    (
        "Pour corriger un envoi, modifiez ce même fichier et renvoyez-le : le dernier enregistré "
        "remplace les précédents."
    ),
)
_CONSIGNES = (
    *_CODES,
    (
        "Une case vide veut dire que la note n'est pas encore connue : elle vous sera réclamée, "
        "sauf pour une épreuve facultative ou un candidat de la forme progressive qui ne s'y "
        "présente pas."
    ),
    "Une case grise n'est pas à remplir : la note est déjà connue, ou ne vient pas du CCF.",
    *_FIDELITE,
)
_CONSIGNES_DU_CONTROLE = (
    *_CODES,
    (
        "Chaque candidat présente au plus deux épreuves, à son choix : remplissez celles-là et laissez "
        "les autres vides. AB pour une épreuve choisie où il ne s'est pas présenté."
    ),
    "Une case grise n'est pas à remplir : l'épreuve n'est pas ouverte à ce candidat.",
    *_FIDELITE,
)


def write_templates(
    destinataires: Iterable[Destinataire],
    dossier_cible: Path,
    *,
    version: int = 1,
    date_limite: date | None = None,
) -> tuple[Path, ...]:
    """Write one template per sender and spécialité.

    Parameters
    ----------
    destinataires
        Whose templates (`destinataires.list_recipients`, `list_control_recipients`).
    dossier_cible
        Where to write; made if need be.
    version
        Raised when the office sends templates out again: a higher one replaces the lower.
    date_limite
        When it is due, written in the instructions.

    Returns
    -------
    tuple of Path
        The files, sorted.
    """
    return tuple(sorted(_write(d, dossier_cible, version, date_limite) for d in destinataires))


def _write(
    destinataire: Destinataire, dossier_cible: Path, version: int, date_limite: date | None
) -> Path:
    import xlsxwriter

    path = dossier_cible / template_name(destinataire, version)
    reglages = {
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "in_memory": True,
    }
    with written_whole(path) as cache, xlsxwriter.Workbook(cache, reglages) as classeur:
        # A fixed date: the same session gives the same file, byte for byte.
        classeur.set_properties({"created": datetime(destinataire.session, 1, 1)})  # noqa: DTZ001
        _write_marks(classeur, destinataire, version, date_limite)
        _write_instructions(classeur, destinataire, date_limite)
        _write_control(classeur, destinataire, version)
    return path


def template_name(destinataire: Destinataire, version: int = 1) -> str:
    """Return the name of a template's file."""
    start = "notes_controle" if destinataire.etape == CONTROLE else "ccf"
    nom = re.sub(r"[^\w-]+", "_", f"{start}_{destinataire.specialite}_{destinataire.uai}")
    return f"{nom}_v{version}.xlsx"


def _heading(destinataire: Destinataire) -> str:
    """Say whose marks are asked for."""
    if destinataire.etape == CONTROLE:
        return destinataire.etablissement
    return f"{destinataire.etablissement} ({destinataire.uai})"


def _write_marks(
    classeur: "Workbook", destinataire: Destinataire, version: int, date_limite: date | None
) -> None:
    feuille = classeur.add_worksheet(FEUILLE_NOTES)
    titre = classeur.add_format({"bold": True, "font_size": 13})
    entete = classeur.add_format(
        {"bold": True, "text_wrap": True, "valign": "top", "border": 1, "bg_color": "#E8EDF3"}
    )
    identite = classeur.add_format({"num_format": "@", "bg_color": "#F4F4F4", "border": 1})
    objet = "de contrôle" if destinataire.etape == CONTROLE else "de CCF"
    feuille.write_string(0, 0, _heading(destinataire), titre)
    feuille.write_string(
        1,
        0,
        f"BTS {destinataire.specialite}, session {destinataire.session} : notes {objet}, "
        f"version {version}",
    )
    feuille.write_string(2, 0, f"{_due(date_limite)}Voir l'onglet Consignes.")
    libelles = [*IDENTITE, *(f"{code} - {text}" for code, text in destinataire.epreuves)]
    for colonne, libelle in enumerate(libelles):
        feuille.write_string(_LIGNE_ENTETE, colonne, libelle, entete)
    for rang, candidat in enumerate(destinataire.candidats, start=_LIGNE_ENTETE + 1):
        for colonne, valeur in enumerate(candidat):
            feuille.write_string(rang, colonne, valeur, identite)
    _open_cells(classeur, feuille, destinataire)
    feuille.set_row(_LIGNE_ENTETE, 5 * _HAUTEUR)
    feuille.set_column(0, 0, 16)
    feuille.set_column(1, 2, 24)
    feuille.set_column(3, 3, 14)
    feuille.set_column(4, 3 + len(destinataire.epreuves), 18)
    feuille.freeze_panes(_LIGNE_ENTETE + 1, 1)
    feuille.protect("", {"format_columns": True, "select_locked_cells": True})
    feuille.set_paper(_A4)
    feuille.set_landscape()
    feuille.fit_to_pages(1, 0)
    feuille.repeat_rows(_LIGNE_ENTETE)


def _due(date_limite: date | None) -> str:
    return f"À renvoyer au plus tard le {date_limite:%d/%m/%Y}. " if date_limite else ""


def _open_cells(classeur: "Workbook", feuille: "Worksheet", destinataire: Destinataire) -> None:
    """Unlock the mark cells to fill in and check what is typed in them."""
    saisie = classeur.add_format({"locked": False, "border": 1, "align": "center"})
    fermee = classeur.add_format({"border": 1, "bg_color": "#D9D9D9"})
    premiere, derniere = _LIGNE_ENTETE + 1, _LIGNE_ENTETE + len(destinataire.candidats)
    gauche, droite = len(IDENTITE), len(IDENTITE) + len(destinataire.epreuves) - 1
    for rang, (numero, *_) in enumerate(destinataire.candidats, start=premiere):
        for colonne, (epreuve, _titre) in enumerate(destinataire.epreuves, start=gauche):
            est_ouverte = (numero, epreuve) in destinataire.cases
            feuille.write_blank(rang, colonne, None, saisie if est_ouverte else fermee)
    cellule = f"{_letter(gauche)}{premiere + 1}"
    codes = ",".join(f'UPPER({cellule})="{code}"' for code in CODES_NOTE)
    # IF, not OR: a spreadsheet refuses what its formula fails on, and ROUND fails on a code.
    feuille.data_validation(
        premiere,
        gauche,
        derniere,
        droite,
        {
            "validate": "custom",
            "value": f"=IF(ISNUMBER({cellule}),AND({cellule}>=0,{cellule}<=20,"
            f"ROUND({cellule},2)={cellule}),OR({codes}))",
            "error_title": "Note non reconnue",
            "error_message": "Une note de 0 à 20 (deux décimales au plus), ou AB, AJ, NV, DI, FR.",
            "input_title": "Note ou code",
            "input_message": "0 à 20, ou AB, AJ, NV, DI, FR",
        },
    )


def _letter(colonne: int) -> str:
    from xlsxwriter.utility import xl_col_to_name

    return xl_col_to_name(colonne)


def _write_instructions(
    classeur: "Workbook", destinataire: Destinataire, date_limite: date | None
) -> None:
    feuille = classeur.add_worksheet("Consignes")
    retour = classeur.add_format({"text_wrap": True, "valign": "top"})
    consignes = _CONSIGNES_DU_CONTROLE if destinataire.etape == CONTROLE else _CONSIGNES
    lignes = (_heading(destinataire), _due(date_limite), *consignes)
    for rang, ligne in enumerate(text for text in lignes if text):
        feuille.write_string(rang, 0, ligne, retour)
        feuille.set_row(rang, _HAUTEUR * ceil(len(ligne) / _LARGEUR))
    feuille.set_column(0, 0, _LARGEUR)
    feuille.set_paper(_A4)
    feuille.set_landscape()
    feuille.protect()


def _write_control(classeur: "Workbook", destinataire: Destinataire, version: int) -> None:
    feuille = classeur.add_worksheet(FEUILLE_MODELE)
    keys = {
        "format": FORMAT,
        "uai": destinataire.uai,
        "specialite": destinataire.specialite,
        "session": str(destinataire.session),
        "version": str(version),
        "etape": destinataire.etape,
        "empreinte": checksum(destinataire.candidats),
    }
    for rang, (key, valeur) in enumerate(keys.items()):
        feuille.write_string(rang, 0, key)
        feuille.write_string(rang, 1, valeur)
    feuille.very_hidden()
    feuille.protect()
