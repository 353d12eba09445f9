"""Formulas that failed in a workbook: the reader gives them as empty, which would hide them."""

import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO
from xml.etree.ElementTree import Element, ParseError, iterparse

from perequation.ingestion.lecture.echelle import split_scale

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
# A number may be shown with its scale where a cell's text ends so.
_MARQUES = re.compile(
    rb"value-type=\"(?:error|percentage)\"|:formula=|(?:/|sur\b)[^<]{1,20}</text:p>"
)
_NOMBRE = re.compile(r"([-+]?\d[\d\s]*(?:[.,]\d+)?)(\D.*)", re.DOTALL)
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
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
    """Find the cells of a sheet of an ODS that must not pass for empty, or for a mark.

    Those in error, and those shown with a scale (« 55 % », « 5,5 / 10 »); none in another kind of
    workbook.

    Parameters
    ----------
    chemin
        The workbook.
    feuille
        Name of the sheet.
    premiere_colonne
        Column of the sheet, from 0, that is column 0 of the result.
    """
    erreurs: Erreurs = {}
    for ligne, fois, rangee in read_ods_rows(chemin, feuille, _MARQUES):
        if found := _cells_in_error(rangee):
            moved = {colonne - premiere_colonne: text for colonne, text in found.items()}
            erreurs |= {ligne + i: moved for i in range(fois)}
    return erreurs


def read_ods_rows(
    chemin: Path, feuille: str, marques: re.Pattern[bytes]
) -> Iterator[tuple[int, int, Element]]:
    """Yield the rows of a sheet of an ODS: first row, from 0, times it is repeated, element.

    Row by row: memory stays bounded. None where the file has none of these marks, is damaged (the
    reader made something of it all the same) or is another kind of workbook.
    """
    try:
        with zipfile.ZipFile(chemin) as archive:
            if _CONTENU not in archive.namelist():
                return
            with archive.open(_CONTENU) as flux:
                if not _mentions(flux, marques):
                    return
            with archive.open(_CONTENU) as flux:
                yield from _ods_rows(flux, feuille)
    except ARCHIVE_ABIMEE:
        return


def _mentions(flux: IO[bytes], marques: re.Pattern[bytes]) -> bool:
    end = b""
    while bloc := flux.read(_BLOC):
        if marques.search(end + bloc):
            return True
        end = bloc[-64:]
    return False


def _ods_rows(flux: IO[bytes], feuille: str) -> Iterator[tuple[int, int, Element]]:
    courante, ligne = "", 0
    for moment, element in iterparse(flux, ("start", "end")):
        if moment == "start":
            if element.tag == f"{TABLE}table":
                courante, ligne = element.get(f"{TABLE}name", ""), 0
        elif element.tag == f"{TABLE}table-row":
            fois = int(element.get(f"{TABLE}number-rows-repeated", "1"))
            if courante == feuille:
                yield ligne, fois, element
            ligne += fois
            element.clear()


def _cells_in_error(rangee: Element) -> dict[int, str]:
    erreurs: dict[int, str] = {}
    colonne = 0
    for cellule in rangee:
        fois = int(cellule.get(f"{TABLE}number-columns-repeated", "1"))
        if cellule.get(f"{_EXTENSION}value-type") == "error":
            text = "".join(cellule.itertext()).strip() or "#ERREUR!"
            erreurs |= {colonne + i: text for i in range(fois)}
        elif cellule.get(f"{TABLE}formula") and cellule.get(f"{_OFFICE}value-type") is None:
            if not "".join(cellule.itertext()).strip():
                erreurs |= {colonne + i: SANS_VALEUR for i in range(fois)}
        elif cellule.get(f"{_OFFICE}value-type") == "percentage":
            text = "".join(cellule.itertext()).strip() or "%"
            erreurs |= {colonne + i: text for i in range(fois)}
        elif cellule.get(f"{_OFFICE}value-type") == "float" and (text := _scaled(cellule)):
            erreurs |= {colonne + i: text for i in range(fois)}
        colonne += fois
    return erreurs


def _scaled(cellule: Element) -> str:
    """Return a number as its format shows it with a scale of its own, an empty text when it has none.

    A fraction (« 5 1/2 ») has none: what is before the bar isn't the number of the cell.
    """
    found = _NOMBRE.fullmatch("".join(cellule.itertext()).strip())
    montre = " ".join(found[2].split()) if found else ""
    if found is None or split_scale(montre)[1] == "20":
        return ""
    shown = "".join(found[1].split()).replace(",", ".")
    decimals = len(shown.partition(".")[2])
    value = float(cellule.get(f"{_OFFICE}value", "nan"))
    if not abs(value - float(shown)) <= 0.5 * 10**-decimals + 1e-9:
        return ""
    return f"{value:g} {montre}".replace(".", ",")
