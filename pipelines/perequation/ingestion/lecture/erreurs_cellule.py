"""Formulas that failed in a workbook: the reader gives them as empty, which would hide them."""

import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO
from xml.etree.ElementTree import Element, ParseError, iterparse

# Errors by row, then by column, both from 0; columns are those `Classeur.rows` yields.
Erreurs = dict[int, dict[int, str]]

_TEXTES = {
    "Div0": "#DIV/0!",
    "NA": "#N/A",
    "Name": "#NOM?",
    "Null": "#NUL!",
    "Num": "#NOMBRE!",
    "Ref": "#REF!",
    "Value": "#VALEUR!",
}

# What is told of a formula the spreadsheet never computed; `staging.erreur_formule` knows it.
SANS_VALEUR = "#SANS VALEUR!"

_CONTENU = "content.xml"
_MARQUES = (b'value-type="error"', b'value-type="percentage"', b":formula=")
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_EXTENSION = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}"
_BLOC = 1 << 20
ARCHIVE_ABIMEE = (
    OSError,
    ValueError,
    RuntimeError,
    EOFError,
    zipfile.BadZipFile,
    zlib.error,
    ParseError,
)


def error_text(detail: str) -> str:
    """Return what a spreadsheet shows in a cell the reader could not make a text of."""
    found = re.search(r"Error\((\w+)\)", detail)
    return _TEXTES.get(found[1] if found else "", "#ERREUR!")


def read_ods_errors(chemin: Path, feuille: str, premiere_colonne: int) -> Erreurs:
    """Find the cells in error of a sheet of an ODS; none in another kind of workbook.

    Parameters
    ----------
    chemin
        The workbook.
    feuille
        Name of the sheet.
    premiere_colonne
        Column of the sheet, from 0, that is column 0 of the result.
    """
    try:
        with zipfile.ZipFile(chemin) as archive:
            if _CONTENU not in archive.namelist():
                return {}
            with archive.open(_CONTENU) as flux:
                if not _mentions_error(flux):
                    return {}
            with archive.open(_CONTENU) as flux:
                return {
                    ligne: {colonne - premiere_colonne: text for colonne, text in erreurs.items()}
                    for ligne, erreurs in _rows_in_error(flux, feuille)
                }
    except ARCHIVE_ABIMEE:
        # The reader made something of it all the same: its cells stay as it gave them.
        return {}


def _mentions_error(flux: IO[bytes]) -> bool:
    end = b""
    while bloc := flux.read(_BLOC):
        if any(marque in end + bloc for marque in _MARQUES):
            return True
        end = bloc[-32:]
    return False


def _rows_in_error(flux: IO[bytes], feuille: str) -> Iterator[tuple[int, dict[int, str]]]:
    """Yield the rows of a sheet that have cells in error, row by row: memory stays bounded."""
    courante, ligne = "", 0
    for moment, element in iterparse(flux, ("start", "end")):
        if moment == "start":
            if element.tag == f"{_TABLE}table":
                courante, ligne = element.get(f"{_TABLE}name", ""), 0
        elif element.tag == f"{_TABLE}table-row":
            fois = int(element.get(f"{_TABLE}number-rows-repeated", "1"))
            erreurs = _cells_in_error(element) if courante == feuille else {}
            if erreurs:
                yield from ((ligne + i, erreurs) for i in range(fois))
            ligne += fois
            element.clear()


def _cells_in_error(rangee: Element) -> dict[int, str]:
    erreurs: dict[int, str] = {}
    colonne = 0
    for cellule in rangee:
        fois = int(cellule.get(f"{_TABLE}number-columns-repeated", "1"))
        if cellule.get(f"{_EXTENSION}value-type") == "error":
            text = "".join(cellule.itertext()).strip() or "#ERREUR!"
            erreurs |= {colonne + i: text for i in range(fois)}
        elif cellule.get(f"{_TABLE}formula") and cellule.get(f"{_OFFICE}value-type") is None:
            if not "".join(cellule.itertext()).strip():
                erreurs |= {colonne + i: SANS_VALEUR for i in range(fois)}
        elif cellule.get(f"{_OFFICE}value-type") == "percentage":
            text = "".join(cellule.itertext()).strip() or "%"
            erreurs |= {colonne + i: text for i in range(fois)}
        colonne += fois
    return erreurs
