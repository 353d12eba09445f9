"""Blanks around values: no part of them; looking for them must cost next to nothing."""

import re

import numpy as np

# `raw` holds values without these around, NULL when nothing is left.
BLANCS = " \t\n\u00a0\u202f"

# Characters that show nothing: no part of a value, and told once when a file has some.
INVISIBLES = "\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff"
NOMS = {
    "\u00ad": "trait d'union conditionnel",
    "\u200b": "espace sans largeur",
    "\u200c": "antiliant sans chasse",
    "\u200d": "liant sans chasse",
    "\u200e": "marque de gauche à droite",
    "\u200f": "marque de droite à gauche",
    "\u2060": "gluon de mots",
    "\ufeff": "marque d'ordre des octets",
}
_INVISIBLE = re.compile(f"[{INVISIBLES}]")
_INVISIBLE_LONG = re.compile(
    rb"\xc2\xad|\xd8\x9c|\xe1\xa0\x8e|\xe2\x80[\x8b-\x8f\xaa-\xae]"
    rb"|\xe2\x81[\xa0-\xa4\xa6-\xa9]|\xef\xbb\xbf"
)

_ESPACE = 32


def find_invisible(texte: str) -> set[str]:
    """Return the characters of a text that show nothing, as « U+200B (espace sans largeur) »."""
    if texte.isascii():
        return set()
    return {
        f"U+{ord(c):04X} ({NOMS.get(c, 'caractère de mise en forme')})"
        for c in _INVISIBLE.findall(texte)
    }


def has_invisible(octets: bytes) -> bool:
    """Tell whether a UTF-8 text has a character that shows nothing."""
    return not octets.isascii() and _INVISIBLE_LONG.search(octets) is not None


def has_blanks(octets: bytes, separateur: str) -> bool:
    """Tell whether a value of these lines may begin or end with a blank.

    Parameters
    ----------
    octets
        Whole lines, UTF-8.
    separateur
        What is between two values.
    """
    if separateur != "\t" and b"\t" in octets:
        return True
    if not octets.isascii() and (b"\xc2\xa0" in octets or b"\xe2\x80\xaf" in octets):
        return True
    table = np.frombuffer(octets, dtype=np.uint8)
    espaces = np.flatnonzero(table == _ESPACE)
    if not len(espaces):
        return False
    bords = np.array([ord(separateur), ord('"'), 10, 13, _ESPACE], dtype=np.uint8)
    avant = table[np.maximum(espaces - 1, 0)]
    apres = table[np.minimum(espaces + 1, len(table) - 1)]
    return bool(np.isin(avant, bords).any() or np.isin(apres, bords).any())
