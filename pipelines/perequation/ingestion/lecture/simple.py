"""Recognise the simple files, that need no care: DuckDB may then read them as they are, faster.

A simple file is UTF-8 without control character or blank line, ends all its lines alike, and has
the header's number of separators on every line. Its quotes, if any, are around whole fields that
end on their line and hold no quote themselves. It is most of what an exam system or a database
writes.
"""

import re
from codecs import BOM_UTF8
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from perequation.ingestion.lecture.blancs import has_blanks, has_invisible
from perequation.ingestion.lecture.decoupage import LIGNE_MAXIMALE
from perequation.ingestion.lecture.encodage import Encodage
from perequation.ingestion.lecture.entete import Entete
from perequation.ingestion.lecture.pieds import has_footer

_BLOC = 1 << 23
# Footers and remarks, if any, are in the last lines, or in the first.
_FIN = 4000
_LF, _CR, _GUILLEMET = 10, 13, ord('"')
_INTERDITS = bytes([*range(9), 11, 12, *range(14, 32), 127])
# C1 controls and the two non-characters, as UTF-8.
_INTERDITS_LONGS = re.compile(rb"\xc2[\x80-\x9f]|\xef\xbf[\xbe\xbf]")


@dataclass(frozen=True)
class Simple:
    """What a scan of a simple file found.

    Attributes
    ----------
    lignes
        Number of data lines.
    a_des_blancs
        Whether a field may begin or end with a blank.
    a_des_guillemets
        Whether some fields are in quotes.
    """

    lignes: int
    a_des_blancs: bool
    a_des_guillemets: bool


class _PasSimpleError(Exception):
    """The file needs the careful way."""


def scan_simple(chemin: Path, encodage: Encodage, separateur: str, entete: Entete) -> Simple | None:
    """Look at every byte of a file; return None unless it is simple throughout.

    The file was already seen to be valid UTF-8 when `encodage` is strict about it.
    """
    if encodage.nom != "utf-8" or not encodage.est_sain or len(entete.libelles) < 2:
        return None
    try:
        return _ExamenSimple(separateur, len(entete.libelles) - 1, entete.derniere_ligne).run(
            chemin
        )
    except _PasSimpleError:
        return None


class _ExamenSimple:
    def __init__(self, separateur: str, attendus: int, a_passer: int) -> None:
        self._separateur = separateur.encode()
        self._attendus = attendus
        self._a_passer = a_passer
        self._lignes = 0
        self._a_des_blancs = False
        self._a_des_guillemets = False
        self._saut: bytes | None = None

    def run(self, chemin: Path) -> Simple:
        rest = bords = b""
        with chemin.open("rb") as flux:
            while bloc := flux.read(_BLOC):
                end = bloc.rfind(b"\n")
                if end < 0:
                    raise _PasSimpleError
                # The first lines of data, and the last ones so far.
                bords = bords[:_FIN] or bloc[:_FIN].split(b"\n", self._a_passer)[-1]
                bords += b"\n" + bloc[-_FIN:]
                self._examine(rest + bloc[: end + 1])
                rest = bloc[end + 1 :]
        if has_footer(bords.decode("utf-8", "replace")):
            raise _PasSimpleError
        if rest:
            self._examine(rest + (self._saut or b"\n"))
        return Simple(self._lignes, self._a_des_blancs, self._a_des_guillemets)

    def _examine(self, bloc: bytes) -> None:
        """Check whole lines."""
        if self._saut is None:
            bloc = bloc.removeprefix(BOM_UTF8)
        if len(bloc.translate(None, _INTERDITS)) != len(bloc):
            raise _PasSimpleError
        if not bloc.isascii() and (_INTERDITS_LONGS.search(bloc) or has_invisible(bloc)):
            raise _PasSimpleError
        data = np.frombuffer(bloc, dtype=np.uint8)
        fins = np.flatnonzero(data == _LF)
        self._check_newlines(bloc, data, fins)
        if b'"' in bloc:
            # No line, header included, may end inside a field.
            guillemets = np.flatnonzero(data == _GUILLEMET)
            if (np.searchsorted(guillemets, fins) % 2).any():
                raise _PasSimpleError
        passees = min(self._a_passer, len(fins))
        self._a_passer -= passees
        start = int(fins[passees - 1]) + 1 if passees else 0
        if passees < len(fins):
            self._check_lines(data[start:], fins[passees:] - start)
            self._lignes += len(fins) - passees
            self._a_des_blancs = self._a_des_blancs or has_blanks(
                bloc[start:], self._separateur.decode()
            )

    def _check_newlines(self, bloc: bytes, data: NDArray[np.uint8], fins: NDArray[np.intp]) -> None:
        retours = bloc.count(b"\r")
        if retours not in {0, len(fins)} or (retours and not (data[fins - 1] == _CR).all()):
            raise _PasSimpleError
        saut = b"\r\n" if retours else b"\n"
        if self._saut not in {None, saut}:
            raise _PasSimpleError
        self._saut = saut

    def _check_lines(self, data: NDArray[np.uint8], fins: NDArray[np.intp]) -> None:
        """Check that every line has the expected separators and doesn't begin with a blank."""
        debuts = np.concatenate(([0], fins[:-1] + 1))
        separations = np.flatnonzero(data == self._separateur[0])
        premiers = data[debuts]
        guillemets = np.flatnonzero(data == _GUILLEMET)
        if len(guillemets):
            self._check_quotes(data, guillemets)
            separations = separations[np.searchsorted(guillemets, separations) % 2 == 0]
            suivants = data[np.minimum(debuts + 1, len(data) - 1)]
            premiers = np.where(premiers == _GUILLEMET, suivants, premiers)
        if len(separations) != self._attendus * len(fins):
            raise _PasSimpleError
        par_ligne = separations.reshape(len(fins), self._attendus)
        if (par_ligne[:, 0] < debuts).any() or (par_ligne[:, -1] > fins).any():
            raise _PasSimpleError
        # An empty or blank first field may be a blank line: the careful way will tell.
        if np.isin(premiers, [self._separateur[0], _GUILLEMET, 9, 32, 0xC2, 0xE2]).any():
            raise _PasSimpleError
        if int((fins - debuts).max()) > LIGNE_MAXIMALE:
            raise _PasSimpleError

    def _check_quotes(self, data: NDArray[np.uint8], guillemets: NDArray[np.intp]) -> None:
        """Check that quotes, two by two, are around whole fields."""
        self._a_des_guillemets = True
        ouvrants, fermants = guillemets[::2], guillemets[1::2]
        separateur = self._separateur[0]
        avant, apres = data[ouvrants - 1], data[fermants + 1]
        # The first byte of the data has nothing before it (index -1 is the last newline).
        if not np.isin(avant, [separateur, _LF]).all():
            raise _PasSimpleError
        if not np.isin(apres, [separateur, _CR, _LF]).all():
            raise _PasSimpleError
