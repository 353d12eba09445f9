"""The académies that pilot a session, as the files write them: capitals without accents."""

import unicodedata
from difflib import get_close_matches

from perequation.socle.erreurs import ConfigurationError

# Académies since 2020 (CE R222-2), vice-rectorats and services of overseas collectivities, and the
# SIEC, which runs the exams of Créteil, Paris and Versailles.
ACADEMIES = (
    "AIX-MARSEILLE",
    "AMIENS",
    "BESANCON",
    "BORDEAUX",
    "CLERMONT-FERRAND",
    "CORSE",
    "CRETEIL",
    "DIJON",
    "GRENOBLE",
    "GUADELOUPE",
    "GUYANE",
    "LA REUNION",
    "LILLE",
    "LIMOGES",
    "LYON",
    "MARTINIQUE",
    "MAYOTTE",
    "MONTPELLIER",
    "NANCY-METZ",
    "NANTES",
    "NICE",
    "NORMANDIE",
    "NOUVELLE-CALEDONIE",
    "ORLEANS-TOURS",
    "PARIS",
    "POITIERS",
    "POLYNESIE FRANCAISE",
    "REIMS",
    "RENNES",
    "SAINT-PIERRE-ET-MIQUELON",
    "SIEC",
    "STRASBOURG",
    "TOULOUSE",
    "VERSAILLES",
    "WALLIS-ET-FUTUNA",
)


def find_academie(nom: str) -> str:
    """Return the name of an académie as the files write it; case, accents and hyphens don't matter.

    Raises
    ------
    ConfigurationError
        There is no such académie; the message says the nearest names, or all of them.
    """
    known = {_plain(academie): academie for academie in ACADEMIES}
    cherche = _plain(nom).removeprefix("ACADEMIE DE ").removeprefix("ACADEMIE D ")
    if cherche in known:
        return known[cherche]
    proches = [known[p] for p in get_close_matches(cherche, known, 2)]
    conseil = (
        f"Vouliez-vous {' ou '.join(proches)} ?"
        if proches
        else f"Connues : {', '.join(ACADEMIES)}."
    )
    raise ConfigurationError(f"L'académie « {nom} » n'existe pas. {conseil}")


def _plain(nom: str) -> str:
    decompose = unicodedata.normalize("NFKD", nom.upper())
    lettres = "".join(c if c.isalnum() else " " for c in decompose if not unicodedata.combining(c))
    return " ".join(lettres.split())
