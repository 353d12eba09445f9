"""Read a workbook (XLSX, XLS, ODS) as rows of texts, with the sheet's own row numbers."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fastexcel import ExcelReader

_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_LIGNES_PAR_LOT = 20_000

# A hidden sheet of this name marks a CCF template.
FEUILLE_MODELE = "_perequation"


class ClasseurIllisibleError(Exception):
    """A workbook that can't be opened; the message says why, in French."""


@dataclass(frozen=True)
class Feuille:
    """A sheet of a workbook."""

    nom: str
    est_visible: bool


def is_workbook(debut: bytes) -> bool:
    """Tell a workbook by its first bytes: an XLSX named .csv is still one."""
    return debut.startswith((_ZIP, _OLE))


class Classeur:
    """An open workbook.

    Parameters
    ----------
    chemin
        The file.

    Raises
    ------
    ClasseurIllisibleError
        It is damaged, protected by a password, or not a workbook.
    """

    def __init__(self, chemin: Path) -> None:
        self._lecteur = _open(chemin)
        self.feuilles = tuple(
            Feuille(nom, self._sheet(nom, 1).visible == "visible")
            for nom in self._lecteur.sheet_names
        )

    def _sheet(self, nom: str, lignes: int | None = None):
        import fastexcel

        try:
            # `skip_rows=0` keeps the empty rows at the top, hence the sheet's row numbers.
            return self._lecteur.load_sheet(
                nom, header_row=None, skip_rows=0, n_rows=lignes, dtypes="string"
            )
        except fastexcel.FastExcelError as erreur:
            raise ClasseurIllisibleError(f"feuille « {nom} » illisible") from erreur

    def rows(self, nom: str, lignes: int | None = None) -> Iterator[tuple[int, list[str]]]:
        """Yield row number (from 1) and cells of a sheet; every row has the same width.

        Numbers come as typed (12.5, 2123456789), dates in ISO form, empty cells as empty texts.
        """
        table = self._sheet(nom, lignes).to_polars()
        numero = 0
        for debut in range(0, table.height, _LIGNES_PAR_LOT):
            for rangee in table.slice(debut, _LIGNES_PAR_LOT).iter_rows():
                numero += 1
                yield numero, [_text(cellule) for cellule in rangee]


def _open(chemin: Path) -> "ExcelReader":
    import fastexcel

    try:
        return fastexcel.read_excel(chemin)
    except fastexcel.FastExcelError as erreur:
        raise ClasseurIllisibleError(
            "classeur endommagé, protégé par un mot de passe, ou d'un format non reconnu"
        ) from erreur


def _text(cellule: str | None) -> str:
    if not cellule:
        return ""
    if "\r" in cellule:
        return cellule.replace("\r\n", "\n").replace("\r", "\n")
    return cellule
