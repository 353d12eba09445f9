"""A workbook (XLSX, XLS, ODS) as rows of texts, read by a child of ours within bounds."""

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from perequation.ingestion.lecture.feuille import FeuilleLue
from perequation.ingestion.lecture.lignes_masquees import Masquees
from perequation.ingestion.lecture.ouvrier import worker

_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"

# A hidden sheet of this name marks a CCF template.
FEUILLE_MODELE = "_perequation"


def is_workbook(debut: bytes) -> bool:
    """Tell a workbook by its first bytes: an XLSX named .csv is still one."""
    return debut.startswith((_ZIP, _OLE))


class Classeur:
    """A workbook.

    Parameters
    ----------
    chemin
        The file.

    Raises
    ------
    ClasseurIllisibleError
        It is damaged, protected by a password, not a workbook, or beyond the bounds.
    """

    def __init__(self, chemin: Path) -> None:
        self.chemin = chemin
        self._absolu = str(chemin.resolve())
        self._lues: dict[str, tuple[Path, int, Masquees]] = {}
        feuilles = worker().ask(chemin=self._absolu, feuille=None)
        self.feuilles = tuple(FeuilleLue(**feuille) for feuille in feuilles)

    def letter(self, nom: str, position: int) -> str:
        """Return the letter the sheet gives to a column of `rows`, counted from 0.

        `rows` starts at the first filled column, which may not be column A.
        """
        return column_letter(self._read(nom)[1] + position)

    def hidden_rows(self, nom: str) -> Masquees:
        """Return the rows of a sheet that its file hides, by hand or by a filter."""
        return self._read(nom)[2]

    def rows(self, nom: str, lignes: int | None = None) -> Iterator[tuple[int, list[str]]]:
        """Yield row number (from 1) and cells of a sheet; every row has the same width.

        Numbers come as typed (12.5, 2123456789), dates in ISO form, empty cells as empty texts,
        a formula that failed as its error (#REF!).
        """
        with self._read(nom)[0].open(encoding="ascii") as flux:
            for ligne in islice(flux, lignes):
                numero, cellules = json.loads(ligne)
                yield numero, cellules

    def _read(self, nom: str) -> tuple[Path, int, Masquees]:
        """Have a sheet read, once; return the file of its rows, its first column, its hidden rows."""
        if nom not in self._lues:
            vers = worker().rows_file()
            lu = worker().ask(chemin=self._absolu, feuille=nom, vers=str(vers))
            masquees = [(first, last) for first, last in lu["masquees"]]
            self._lues[nom] = vers, lu["premiere"], masquees
        return self._lues[nom]

    def __del__(self) -> None:
        """Remove the rows nobody will read any more."""
        for vers, *_ in self._lues.values():
            vers.unlink(missing_ok=True)


def column_letter(position: int) -> str:
    """Return the letter of a sheet's column, counted from 0: A, B… Z, AA."""
    rest, lettre = divmod(position, 26)
    return (column_letter(rest - 1) if rest else "") + chr(ord("A") + lettre)
