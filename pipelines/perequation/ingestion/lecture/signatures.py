"""Accents destroyed on the way: recognise what an older system, or a double conversion, did to them."""

import re
import tempfile
from collections import Counter
from pathlib import Path
from typing import IO

# How often a French text has each of these, roughly; what it never has counts against an encoding.
_POIDS = {
    **dict.fromkeys("éÉ", 40),
    **dict.fromkeys("èàêç", 15),
    **dict.fromkeys("ôîïâëûùÈÀÊÇÔÎÏËœ’«»°", 5),
    **dict.fromkeys("äöüÂÛÙÄÖÜŒ–—…·€\u00a0²½", 1),
}
_JAMAIS = -40
_LUS = 4 << 20
CODECS = ("cp1252", "mac_roman", "cp850")

# « Ã© » for « é »: the two bytes of a character, each read as a character.
_DEUX_FOIS = re.compile(
    rb"\xc3[\x82\x83](?:\xc2[\x80-\xbf]|\xc5[\x92-\xbe]|\xcb[\x86\x9c]|\xe2[\x80\x82\x84])"
)


class EncodageIncertainError(Exception):
    """Accents that no encoding makes French; the message says so, in French."""


def guess_codec(octets: bytes) -> str:
    """Say which of the encodings of one byte a character makes French of a text.

    Raises
    ------
    EncodageIncertainError
        Windows-1252 does not, and no other one does much better.
    """
    scores = {codec: _score(octets, codec) for codec in CODECS}
    premier, second = sorted(scores, key=lambda codec: -scores[codec])[:2]
    if scores["cp1252"] >= 0 and scores["cp1252"] >= scores[premier] / 2:
        return "cp1252"
    if scores[premier] > 0 and scores[premier] >= 1.5 * max(scores[second], 0):
        return premier
    if scores["cp1252"] > _JAMAIS / 4:
        return "cp1252"
    raise EncodageIncertainError(
        "ses accents sont abîmés, et rien ne dit sûrement de quel encodage (Mac Roman, CP850 ?) ; "
        "réenregistrez-le en CSV UTF-8"
    )


def _score(data: bytes, codec: str) -> float:
    """Return the mean weight of the characters beyond ASCII, by what surrounds them."""
    text = data.decode(codec, "replace")
    total, count = 0.0, 0
    for found in re.finditer(r"(?<=(.))([^\x00-\x7f])(?=(.?))", f" {text}", re.DOTALL):
        avant, caractere, apres = found.groups()
        count += 1
        total += _POIDS.get(caractere, _JAMAIS)
        if caractere.isupper() and avant.islower():
            total += _JAMAIS
        if caractere.islower() and avant.isupper() and apres.isupper():
            total += _JAMAIS
    return total / count if count else 0.0


def high_bytes(chemin: Path) -> bytes:
    """Return the lines of a file that have bytes beyond ASCII, up to a few megabytes."""
    lignes = Counter[bytes]()
    size = 0
    with chemin.open("rb") as flux:
        for ligne in flux:
            if not ligne.isascii():
                lignes[ligne[:2000]] += 1
                size += len(ligne)
                if size > _LUS:
                    break
    return b"".join(lignes)


def is_read_twice(chemin: Path) -> bool:
    """Tell whether a UTF-8 file was once read in Windows-1252 and written again.

    Raises
    ------
    EncodageIncertainError
        Some of its lines were, others were not.
    """
    if not _mentions(chemin):
        return False
    abimees = saines = 0
    with chemin.open("rb") as flux:
        for ligne in flux:
            if not ligne.isascii():
                est_abimee = _mend(ligne.decode("utf-8")) is not None
                abimees, saines = abimees + est_abimee, saines + (not est_abimee)
    if abimees and saines:
        raise EncodageIncertainError(
            "une partie de ses accents a été convertie deux fois (« Ã© » pour « é ») ; "
            "réenregistrez-le depuis sa source en CSV UTF-8"
        )
    return bool(abimees)


def _mentions(chemin: Path) -> bool:
    with chemin.open("rb") as flux:
        while bloc := flux.read(1 << 20):
            if not bloc.isascii() and _DEUX_FOIS.search(bloc):
                return True
    return False


def mend_file(chemin: Path, debut: int) -> IO[bytes]:
    """Return a temporary copy of a file read twice, as it was before."""
    copie = tempfile.TemporaryFile()  # noqa: SIM115
    with chemin.open("rb") as flux:
        flux.seek(debut)
        for ligne in flux:
            text = ligne.decode("utf-8")
            copie.write((_mend(text) or text).encode("utf-8"))
    copie.seek(0)
    return copie


def _mend(texte: str) -> str | None:
    try:
        return b"".join(map(_byte, texte.removeprefix("\ufeff"))).decode("utf-8")
    except UnicodeError:
        return None


def _byte(caractere: str) -> bytes:
    try:
        return caractere.encode("cp1252")
    except UnicodeEncodeError:
        # The five bytes Windows-1252 leaves undefined come as control characters.
        return caractere.encode("latin-1")
