"""Which encoding a text file is in, and how to read it without altering or losing a character."""

import codecs
import re
from dataclasses import dataclass
from io import TextIOWrapper
from pathlib import Path

from perequation.ingestion.lecture.signatures import (
    guess_codec,
    high_bytes,
    is_read_twice,
    mend_file,
)

_BLOC = 1 << 20
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# Bytes that don't decode come out as characters that no sound text has.
_ERREURS = {
    "utf-8": "surrogateescape",
    "cp1252": "perequation.indefini",
    "utf-16-le": "perequation.perdu",
    "utf-16-be": "perequation.perdu",
}
_OCTET_PERDU = re.compile("[\udc80-\udcff]")
_NON_ASCII = re.compile("[^\x00-\x7f\udc80-\udcff]")


@dataclass(frozen=True)
class Encodage:
    """How the bytes of a file become text.

    Attributes
    ----------
    nom
        Python codec.
    bom
        Number of bytes to skip at the start.
    erreurs
        What the codec does with bytes it doesn't know. Never a replacement that hides them: they
        come out as characters that mark their line as damaged.
    est_sain
        Whether every byte of the file was seen to decode.
    est_double
        Whether it was UTF-8 once read in Windows-1252 and written again.
    """

    nom: str
    bom: int = 0
    erreurs: str = "strict"
    est_sain: bool = False
    est_double: bool = False

    @property
    def libelle(self) -> str:
        """Name shown to users."""
        noms = {"cp1252": "Windows-1252", "mac_roman": "Mac Roman", "cp850": "CP850"}
        return (
            noms.get(self.nom, self.nom.upper())
            + (" avec BOM" if self.bom else "")
            + (" (accents convertis deux fois, rétablis)" if self.est_double else "")
        )


def _keep_undefined(erreur: UnicodeError) -> tuple[str, int]:
    """Let the five bytes Windows-1252 leaves undefined through, as control characters."""
    if not isinstance(erreur, UnicodeDecodeError):
        raise erreur
    return "".join(map(chr, erreur.object[erreur.start : erreur.end])), erreur.end


def _mark_lost(erreur: UnicodeError) -> tuple[str, int]:
    """Put a lone surrogate, which no sound text has, in the place of what doesn't decode."""
    if not isinstance(erreur, UnicodeDecodeError):
        raise erreur
    return "\udcff", erreur.end


codecs.register_error("perequation.indefini", _keep_undefined)
codecs.register_error("perequation.perdu", _mark_lost)


def detect_encoding(chemin: Path) -> Encodage:
    """Tell how a text file is encoded, from all of its bytes.

    A byte order mark decides. Without one, a file that is UTF-8 throughout is UTF-8; one that is
    mostly UTF-8 is damaged UTF-8 (the bad lines will be rejected one by one, the accents of the
    others stay right); everything else is Windows-1252.

    Raises
    ------
    OSError
        The file can't be opened.
    """
    with chemin.open("rb") as flux:
        start = flux.read(_BLOC)
    for bom, nom in _BOMS:
        if start.startswith(bom):
            est_sain = nom == "utf-8" and _is_utf_8(chemin)
            est_double = est_sain and is_read_twice(chemin)
            return Encodage(
                nom, len(bom), _ERREURS[nom], est_sain and not est_double, est_double=est_double
            )
    if (utf_16 := _guess_utf_16(start)) is not None:
        return Encodage(utf_16, 0, _ERREURS[utf_16])
    if _is_utf_8(chemin):
        est_double = is_read_twice(chemin)
        return Encodage(
            "utf-8", 0, _ERREURS["utf-8"], est_sain=not est_double, est_double=est_double
        )
    caracteres, perdus = _count_utf_8(chemin)
    nom = "utf-8" if caracteres > perdus else guess_codec(high_bytes(chemin))
    return Encodage(nom, 0, _ERREURS.get(nom, "strict"))


def _is_utf_8(chemin: Path) -> bool:
    decodeur = codecs.getincrementaldecoder("utf-8")("strict")
    try:
        with chemin.open("rb") as flux:
            while bloc := flux.read(_BLOC):
                if not bloc.isascii() or decodeur.getstate()[0]:
                    decodeur.decode(bloc)
        decodeur.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _guess_utf_16(debut: bytes) -> str | None:
    """UTF-16 without its mark shows as one NUL byte out of two."""
    paire, impaire = debut[0::2].count(0), debut[1::2].count(0)
    seuil = max(4, len(debut) // 4)
    if impaire >= seuil and paire < impaire // 8:
        return "utf-16-le"
    if paire >= seuil and impaire < paire // 8:
        return "utf-16-be"
    return None


def _count_utf_8(chemin: Path) -> tuple[int, int]:
    """Count the characters beyond ASCII that decode as UTF-8, and the bytes that don't."""
    decodeur = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    caracteres = perdus = 0
    with chemin.open("rb") as flux:
        while bloc := flux.read(_BLOC):
            if bloc.isascii() and not decodeur.getstate()[0]:
                continue
            text = decodeur.decode(bloc)
            perdus += len(_OCTET_PERDU.findall(text))
            caracteres += len(_NON_ASCII.findall(text))
    perdus += len(_OCTET_PERDU.findall(decodeur.decode(b"", final=True)))
    return caracteres, perdus


def open_text(chemin: Path, encodage: Encodage) -> TextIOWrapper:
    """Open a text file; CR, LF and CRLF all read as one newline."""
    if encodage.est_double:
        flux = mend_file(chemin, encodage.bom)
    else:
        flux = chemin.open("rb")
        flux.seek(encodage.bom)
    return TextIOWrapper(flux, encoding=encodage.nom, errors=encodage.erreurs, newline=None)
