"""Blanks around values: no part of them; looking for them must cost next to nothing."""

import numpy as np

# `raw` holds values without these around, NULL when nothing is left.
BLANCS = " \t\n\u00a0\u202f"

_ESPACE = 32


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
