"""Open a workbook (XLSX, XLS, ODS): rows of texts, with the sheet's own row numbers.

Only in the child of `ouvrier`: what a workbook asks of its reader has no bounds.
"""

import re
import zipfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from perequation.ingestion.lecture.cellules_xlsx import read_doubtful_cells
from perequation.ingestion.lecture.erreurs_cellule import Erreurs, error_text, read_ods_errors
from perequation.ingestion.lecture.feuille import ClasseurIllisibleError, FeuilleLue
from perequation.ingestion.lecture.lignes_masquees import Masquees, read_hidden_rows

if TYPE_CHECKING:
    from fastexcel import ExcelReader, ExcelSheet

_OLE = b"\xd0\xcf\x11\xe0"
_LIGNES_PAR_LOT = 20_000
# Streams of an encrypted workbook, in UTF-16 as its container names them.
_CHIFFRES = ("EncryptedPackage".encode("utf-16-le"), "EncryptionInfo".encode("utf-16-le"))


class ClasseurOuvert:
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
        self.chemin = chemin
        self._lecteur = _open(chemin)
        self.feuilles = tuple(
            FeuilleLue(nom, self._sheet(nom, 1).visible == "visible")
            for nom in self._lecteur.sheet_names
        )

    def _sheet(self, nom: str, lignes: int | None = None) -> "ExcelSheet":
        with _reading(f"feuille « {nom} » illisible"):
            # `skip_rows=0` keeps the empty rows at the top, hence the sheet's row numbers.
            return self._lecteur.load_sheet(
                nom, header_row=None, skip_rows=0, n_rows=lignes, dtypes="string"
            )

    def hidden_rows(self, nom: str) -> Masquees:
        """Return the rows of a sheet that nobody sees."""
        return read_hidden_rows(self.chemin, nom)

    def first_column(self, nom: str) -> int:
        """Return the column of the sheet, from 0, that the cells of `rows` start at."""
        colonnes = self._sheet(nom, 1).available_columns()
        return colonnes[0].absolute_index if colonnes else 0

    def rows(self, nom: str) -> Iterator[tuple[int, list[str]]]:
        """Yield row number (from 1) and cells of a sheet; every row has the same width.

        Numbers come as typed (12.5, 2123456789), dates in ISO form, empty cells as empty texts,
        a formula that failed as its error (#REF!).
        """
        feuille = self._sheet(nom)
        with _reading(f"feuille « {nom} » illisible"):
            table, illisibles = feuille.to_arrow_with_errors()
        erreurs: Erreurs = {}
        for cellule in illisibles.errors if illisibles else ():
            ligne, colonne = cellule.position
            erreurs.setdefault(ligne, {})[colonne] = error_text(cellule.detail)
        if table.num_rows:
            self._add_doubts(nom, self.first_column(nom), erreurs)
        for start in range(0, table.num_rows, _LIGNES_PAR_LOT):
            colonnes = [c.to_pylist() for c in table.slice(start, _LIGNES_PAR_LOT).columns]
            for numero, rangee in enumerate(zip(*colonnes, strict=True), start):
                cellules = [_text(cellule) for cellule in rangee]
                for colonne, text in erreurs.get(numero, {}).items():
                    if 0 <= colonne < len(cellules):
                        cellules[colonne] = text
                yield numero + 1, cellules

    def _add_doubts(self, nom: str, premiere: int, erreurs: Erreurs) -> None:
        for found in (read_ods_errors, read_doubtful_cells):
            for ligne, cellules in found(self.chemin, nom, premiere).items():
                erreurs.setdefault(ligne, {}).update(cellules)


def _open(chemin: Path) -> "ExcelReader":
    import fastexcel

    if (raison := _refusal(chemin)) is not None:
        raise ClasseurIllisibleError(raison)
    with _reading("classeur endommagé ou d'un format non reconnu"):
        return fastexcel.read_excel(chemin)


def _refusal(chemin: Path) -> str | None:
    """Say why a workbook can't be read safely, as far as its container tells."""
    with chemin.open("rb") as flux:
        start = flux.read(1 << 16)
    if start.startswith(_OLE) and any(nom in start for nom in _CHIFFRES):
        return "il est protégé par un mot de passe ; enregistrez-le sans mot de passe"
    try:
        with zipfile.ZipFile(chemin) as archive:
            noms = archive.namelist()
            chiffre = b"<manifest:encryption-data"
            manifeste = "META-INF/manifest.xml"
            if manifeste in noms and chiffre in archive.read(manifeste):
                return "il est protégé par un mot de passe ; enregistrez-le sans mot de passe"
    except (OSError, zipfile.BadZipFile, RuntimeError, KeyError):
        return None
    return _other_archive(noms)


def _other_archive(noms: list[str]) -> str | None:
    """Say what an archive that is no workbook we read is."""
    if "xl/workbook.bin" in noms:
        return "c'est un classeur binaire (.xlsb) ; enregistrez-le en .xlsx"
    if any(nom.startswith(("word/", "ppt/")) for nom in noms):
        return "c'est un document de traitement de texte ou une présentation, pas un classeur"
    if not any(nom in {"xl/workbook.xml", "content.xml", "mimetype"} for nom in noms):
        return "c'est une archive zip ; sortez-en les fichiers"
    return None


@contextmanager
def _reading(raison: str) -> Generator[None]:
    """Turn what the reader raises into a reason in French."""
    import fastexcel

    try:
        yield
    except fastexcel.FastExcelError as erreur:
        # It refuses the error values it doesn't know, and says which.
        inconnue = re.search(r"cell error value '([^']{1,20})'", str(erreur))
        precision = f" (formule en erreur « {inconnue[1]} », à corriger)" if inconnue else ""
        raise ClasseurIllisibleError(raison + precision) from erreur
    except BaseException as erreur:
        # Damaged bytes may make it panic (it is Rust), which Python doesn't see as an Exception.
        if type(erreur).__name__ != "PanicException":
            raise
        raise ClasseurIllisibleError(raison) from erreur


def _text(cellule: str | None) -> str:
    if not cellule:
        return ""
    if "\r" in cellule:
        return cellule.replace("\r\n", "\n").replace("\r", "\n")
    return cellule
