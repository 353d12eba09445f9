"""The CCF template: one workbook per establishment, its candidates filled in, marks to be entered.

Identity columns are locked, marks are checked as they are typed (0 to 20, or AB, AJ, NV, DI), and a
hidden sheet says whose template it is, with a checksum of the identities. It comes back through the
`notes` of the session folder. Source: contract, section 2; circulars S1 and S3 (CCF entry files).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from perequation.erreurs import MissingInputError
from perequation.ingestion.modele import FEUILLE_NOTES, FORMAT, IDENTITE, checksum
from perequation.ingestion.tableur import FEUILLE_MODELE
from perequation.schema import CODES_NOTE

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

_LIGNE_ENTETE = 3
_CONSIGNES = (
    (
        "Saisissez une note de 0 à 20 (deux décimales au plus), ou un code : AB absent, "
        "AJ absent justifié, NV non valide, DI dispensé."
    ),
    "Une case vide veut dire que la note n'est pas encore connue : elle vous sera réclamée.",
    (
        "N'ajoutez ni ligne ni colonne et ne changez pas l'identité des candidats : signalez "
        "l'erreur au service des examens."
    ),
    (
        "Pour corriger un envoi, modifiez ce même fichier et renvoyez-le : le dernier enregistré "
        "remplace les précédents."
    ),
)


@dataclass(frozen=True)
class Destinataire:
    """One template to make: an establishment and a spécialité.

    Attributes
    ----------
    uai, etablissement, specialite, session
        Whose it is.
    candidats
        Number, surname, first name, date of birth (jj/mm/aaaa) of each candidate.
    epreuves
        Code and title of each CCF épreuve.
    """

    uai: str
    etablissement: str
    specialite: str
    session: int
    candidats: tuple[tuple[str, str, str, str], ...]
    epreuves: tuple[tuple[str, str], ...]


def write_templates(
    con: duckdb.DuckDBPyConnection,
    dossier_cible: Path,
    *,
    version: int = 1,
    date_limite: date | None = None,
) -> tuple[Path, ...]:
    """Write one CCF template per establishment and spécialité.

    Parameters
    ----------
    con
        A warehouse with `staging.candidat` and the schema `reference`.
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

    Raises
    ------
    MissingInputError
        No candidate of an establishment, or no CCF épreuve.
    """
    destinataires = list_recipients(con)
    if not destinataires:
        raise MissingInputError(
            "Aucun modèle à faire : la session n'a pas de candidat rattaché à un UAI, ou pas "
            "d'épreuve de CCF (voir [ccf] epreuves dans session.toml)."
        )
    dossier_cible.mkdir(parents=True, exist_ok=True)
    return tuple(sorted(_write(d, dossier_cible, version, date_limite) for d in destinataires))


def list_recipients(con: duckdb.DuckDBPyConnection) -> tuple[Destinataire, ...]:
    """List the templates to make: candidates with an UAI, in CCF épreuves, by spécialité."""
    lignes = con.execute("""
        select c.uai, any_value(c.etablissement), c.specialite, any_value(c.session),
               list((c.numero_candidat, coalesce(c.nom, ''), coalesce(c.prenom, ''),
                     coalesce(strftime(c.date_naissance, '%d/%m/%Y'), ''))
                    order by c.nom collate fr, c.prenom collate fr, c.numero_candidat)
        from staging.candidat as c
        where c.uai is not null and c.specialite in (
            select specialite from reference.epreuve where est_ccf)
        group by c.uai, c.specialite order by c.uai, c.specialite""").fetchall()
    epreuves: dict[str, list[tuple[str, str]]] = {}
    for specialite, code, titre in con.execute(
        "select specialite, epreuve, titre from reference.epreuve where est_ccf "
        "order by specialite, rang"
    ).fetchall():
        epreuves.setdefault(specialite, []).append((code, titre))
    return tuple(
        Destinataire(
            uai, etablissement or uai, specialite, session,
            tuple(_as_row(candidat) for candidat in candidats), tuple(epreuves[specialite]),
        )
        for uai, etablissement, specialite, session, candidats in lignes
    )  # fmt: skip


def _as_row(candidat: Any) -> tuple[str, str, str, str]:
    valeurs = list(candidat.values()) if isinstance(candidat, dict) else list(candidat)
    numero, nom, prenom, naissance = (str(v) for v in valeurs)
    return numero, nom, prenom, naissance


def _write(
    destinataire: Destinataire, dossier_cible: Path, version: int, date_limite: date | None
) -> Path:
    import xlsxwriter

    nom = re.sub(r"[^\w-]+", "_", f"ccf_{destinataire.specialite}_{destinataire.uai}")
    chemin = dossier_cible / f"{nom}_v{version}.xlsx"
    reglages = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(chemin, reglages) as classeur:
        # A fixed date: the same session gives the same file, byte for byte.
        classeur.set_properties({"created": datetime(destinataire.session, 1, 1)})  # noqa: DTZ001
        _write_marks(classeur, destinataire, version)
        _write_instructions(classeur, destinataire, date_limite)
        _write_control(classeur, destinataire, version)
    return chemin


def _write_marks(classeur: "Workbook", destinataire: Destinataire, version: int) -> None:
    feuille = classeur.add_worksheet(FEUILLE_NOTES)
    titre = classeur.add_format({"bold": True, "font_size": 13})
    entete = classeur.add_format({"bold": True, "text_wrap": True, "valign": "top", "border": 1,
                                  "bg_color": "#E8EDF3"})  # fmt: skip
    identite = classeur.add_format({"num_format": "@", "bg_color": "#F4F4F4", "border": 1})
    feuille.write_string(0, 0, f"{destinataire.etablissement} ({destinataire.uai})", titre)
    feuille.write_string(
        1, 0, f"BTS {destinataire.specialite}, session {destinataire.session} : notes de CCF, "
        f"version {version}",
    )  # fmt: skip
    libelles = [*IDENTITE, *(f"{code} - {texte}" for code, texte in destinataire.epreuves)]
    for colonne, libelle in enumerate(libelles):
        feuille.write_string(_LIGNE_ENTETE, colonne, libelle, entete)
    for rang, candidat in enumerate(destinataire.candidats, start=_LIGNE_ENTETE + 1):
        for colonne, valeur in enumerate(candidat):
            feuille.write_string(rang, colonne, valeur, identite)
    _open_cells(classeur, feuille, destinataire)
    feuille.set_column(0, 0, 16)
    feuille.set_column(1, 2, 24)
    feuille.set_column(3, 3, 14)
    feuille.set_column(4, 3 + len(destinataire.epreuves), 18)
    feuille.freeze_panes(_LIGNE_ENTETE + 1, 1)
    feuille.protect("", {"format_columns": True, "select_locked_cells": True})
    feuille.set_landscape()
    feuille.fit_to_pages(1, 0)
    feuille.repeat_rows(_LIGNE_ENTETE)


def _open_cells(classeur: "Workbook", feuille: "Worksheet", destinataire: Destinataire) -> None:
    """Unlock the mark cells and check what is typed in them."""
    saisie = classeur.add_format({"locked": False, "border": 1, "align": "center"})
    premiere, derniere = _LIGNE_ENTETE + 1, _LIGNE_ENTETE + len(destinataire.candidats)
    gauche, droite = len(IDENTITE), len(IDENTITE) + len(destinataire.epreuves) - 1
    for rang in range(premiere, derniere + 1):
        for colonne in range(gauche, droite + 1):
            feuille.write_blank(rang, colonne, None, saisie)
    cellule = f"{_letter(gauche)}{premiere + 1}"
    codes = ",".join(f'UPPER({cellule})="{code}"' for code in CODES_NOTE)
    feuille.data_validation(premiere, gauche, derniere, droite, {
        "validate": "custom",
        "value": f"=OR(AND(ISNUMBER({cellule}),{cellule}>=0,{cellule}<=20,"
                 f"ROUND({cellule},2)={cellule}),{codes})",
        "error_title": "Note non reconnue",
        "error_message": "Une note de 0 à 20 (deux décimales au plus), ou AB, AJ, NV, DI.",
        "input_title": "Note ou code",
        "input_message": "0 à 20, ou AB, AJ, NV, DI",
    })  # fmt: skip


def _letter(colonne: int) -> str:
    from xlsxwriter.utility import xl_col_to_name

    return xl_col_to_name(colonne)


def _write_instructions(
    classeur: "Workbook", destinataire: Destinataire, date_limite: date | None
) -> None:
    feuille = classeur.add_worksheet("Consignes")
    retour = classeur.add_format({"text_wrap": True, "valign": "top"})
    lignes: Sequence[str] = (
        f"{destinataire.etablissement} ({destinataire.uai})",
        f"À renvoyer au plus tard le {date_limite:%d/%m/%Y}." if date_limite else "",
        *_CONSIGNES,
    )
    for rang, ligne in enumerate(texte for texte in lignes if texte):
        feuille.write_string(rang, 0, ligne, retour)
    feuille.set_column(0, 0, 100)
    feuille.protect()


def _write_control(classeur: "Workbook", destinataire: Destinataire, version: int) -> None:
    feuille = classeur.add_worksheet(FEUILLE_MODELE)
    cles = {
        "format": FORMAT,
        "uai": destinataire.uai,
        "specialite": destinataire.specialite,
        "session": str(destinataire.session),
        "version": str(version),
        "empreinte": checksum(destinataire.candidats),
    }
    for rang, (cle, valeur) in enumerate(cles.items()):
        feuille.write_string(rang, 0, cle)
        feuille.write_string(rang, 1, valeur)
    feuille.very_hidden()
    feuille.protect()
