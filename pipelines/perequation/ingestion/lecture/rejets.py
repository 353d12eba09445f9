"""What is told when a line, or a whole file, can't be read."""

import re
from dataclasses import dataclass

from perequation.ingestion.lecture.decoupage import Defaut

_ILLISIBLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ufffe\uffff\ud800-\udfff]")
_VALEUR_MAXIMALE = 200

_RAISONS = {
    "nombre_de_champs": "{attendu} : un séparateur manque, ou un texte qui en contient n'est pas "
    "entre guillemets",
    "guillemets": "guillemet non refermé, ou texte collé à un guillemet fermant",
    "caractere_interdit": "caractère de contrôle ou octet illisible dans l'encodage du fichier",
    "ligne_trop_longue": "plus de 100 000 caractères",
}


@dataclass(frozen=True)
class Rejet:
    """A row of `raw.rejet`.

    Attributes
    ----------
    ligne
        Physical line, None for the whole file.
    est_donnee
        Whether it accounts for a data row.
    """

    ligne: int | None
    colonne: str | None
    valeur: str | None
    regle: str
    message: str
    est_donnee: bool


def shorten(texte: str) -> str:
    """Make a text fit to be shown: no control character, bounded length."""
    propre = _ILLISIBLE.sub("\ufffd", texte)
    return propre if len(propre) <= _VALEUR_MAXIMALE else propre[: _VALEUR_MAXIMALE - 1] + "…"


def line_reject(defaut: Defaut) -> Rejet:
    """Tell why a line can't be cut into fields."""
    raison = _RAISONS[defaut.regle].format(attendu=defaut.attendu)
    message = (
        f"Ligne illisible : {raison} (règle {defaut.regle}). "
        "Ligne écartée ; corrigez le fichier puis relancez."
    )
    return Rejet(defaut.ligne, None, shorten(defaut.valeur), defaut.regle, message, True)


def bare_commas(nombre: int, lues: int, exemple: Defaut) -> Rejet:
    """Tell once that decimal commas without quotes cut the marks of a file in two."""
    entier, decimales = exemple.virgule.split(",")
    return Rejet(
        None,
        "note",
        exemple.virgule,
        "virgule_decimale",
        f"Virgule décimale sans guillemets dans un fichier séparé par des virgules : "
        f"{nombre} lignes sur {lues} sont décalées, dès la ligne {exemple.ligne}, où "
        f"« {exemple.virgule} » se lit « {entier} » puis « {decimales} » (règle virgule_decimale). "
        "Ces lignes sont écartées ; réexportez le fichier avec « ; », ou avec les nombres entre "
        "guillemets, puis relancez.",
        False,
    )


def out_of_filter(filtre: str) -> str:
    """Tell that a row is not one of those the profile asks for."""
    return (
        f"Ligne hors de ce que le profil d'import demande ({filtre}) (règle hors_filtre). "
        "Ligne écartée ; rien à corriger."
    )


def unreadable(raison: str) -> Rejet:
    """Tell that a file can't be read at all."""
    return Rejet(
        None,
        None,
        None,
        "fichier_illisible",
        f"Fichier illisible : {raison} (règle fichier_illisible). "
        "Rien n'en est chargé ; remplacez-le puis relancez.",
        False,
    )


def empty_file() -> Rejet:
    """Tell that a file has nothing in it."""
    return Rejet(
        None,
        None,
        None,
        "fichier_vide",
        "Fichier vide : aucune ligne (règle fichier_vide). "
        "Remplacez-le, ou retirez-le du dossier, puis relancez.",
        False,
    )


def missing_column(ligne: int, colonne: str, libelles: tuple[str, ...]) -> Rejet:
    """Tell that a required column is not in the header."""
    lues = ", ".join(nom for nom in map(str.strip, libelles) if nom) or "aucune"
    return Rejet(
        ligne,
        colonne,
        None,
        "colonne_manquante",
        f"Colonne {colonne} absente de l'en-tête (colonnes lues : {shorten(lues)}) "
        "(règle colonne_manquante). Aucune ligne n'est chargée ; ajoutez-la, ou dites son libellé "
        "dans un profil d'import, puis relancez.",
        False,
    )


def repeated_column(ligne: int, colonne: str) -> Rejet:
    """Tell that a column is there twice."""
    return Rejet(
        ligne,
        colonne,
        None,
        "colonne_manquante",
        f"Colonne {colonne} présente deux fois dans l'en-tête : laquelle compte ? "
        "(règle colonne_manquante). Aucune ligne n'est chargée ; gardez-en une puis relancez.",
        False,
    )


def unloaded_line(ligne: int, valeur: str, colonnes: tuple[str, ...]) -> Rejet:
    """Tell that a line is lost to a missing column of its file."""
    noms = ", ".join(colonnes)
    return Rejet(
        ligne,
        colonnes[0],
        shorten(valeur),
        "colonne_manquante",
        f"Ligne d'un fichier sans colonne {noms} utilisable (règle colonne_manquante). "
        "Ligne écartée ; corrigez l'en-tête puis relancez.",
        True,
    )
