"""Cells of an XLSX whose value is not what a person sees: never computed, shown with a scale.

The reader gives a formula without a cached value as empty, and a number that its cell's format shows
as « 55 % » or « 5,5 / 10 » as a bare one.
"""

import re
import zipfile
from pathlib import Path
from posixpath import join, normpath
from xml.etree.ElementTree import ParseError, fromstring

from perequation.ingestion.lecture.echelle import split_scale
from perequation.ingestion.lecture.erreurs_cellule import ARCHIVE_ABIMEE, SANS_VALEUR, Erreurs

_OCTETS_LUS = 400 << 20
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_CELLULE = re.compile(rb"<(?:\w+:)?c\s([^>]*?)(?:/>|>(.*?)</(?:\w+:)?c>)", re.DOTALL)
_ADRESSE = re.compile(rb'\br="([A-Z]+)(\d+)"')
_STYLE = re.compile(rb'\bs="(\d+)"')
_FORMULE = re.compile(rb"<(?:\w+:)?f[\s/>]")
_VALEUR = re.compile(rb"<(?:\w+:)?v(?:\s[^>]*)?>([^<]+)<")
# The format of positive numbers, and what it shows as it is; « [Red] » or « [$€-40C] » are no text.
_PARTIE = re.compile(r'(?:"[^"]*"|\\.|\[[^\]]*\]|[^;"\\\[])*')
_LITTERAL = re.compile(r'"([^"]*)"|\\(.)')
_TEXTE_VIDE = re.compile(rb'\bt="(?:str|inlineStr|s|b|e)"')


def read_doubtful_cells(chemin: Path, feuille: str, premiere_colonne: int) -> Erreurs:
    """Find the cells of a sheet that must not pass for empty, or for a mark.

    Parameters
    ----------
    chemin
        The workbook; nothing is found in one that is not an XLSX.
    feuille
        Name of the sheet.
    premiere_colonne
        Column of the sheet, from 0, that is column 0 of the result.
    """
    try:
        with zipfile.ZipFile(chemin) as archive:
            data = sheet_data(archive, feuille)
            if data is None:
                return {}
            styles = _showing_styles(archive)
    except (*ARCHIVE_ABIMEE, KeyError):
        return {}
    if not styles and not _FORMULE.search(data):
        return {}
    erreurs: Erreurs = {}
    for found in _CELLULE.finditer(data):
        attributs, content = found[1], found[2] or b""
        text = _doubt(attributs, content, styles)
        adresse = _ADRESSE.search(attributs)
        if text and adresse:
            colonne = _position(adresse[1].decode()) - premiere_colonne
            erreurs.setdefault(int(adresse[2]) - 1, {})[colonne] = text
    return erreurs


def _doubt(attributs: bytes, content: bytes, styles: dict[int, str]) -> str:
    """Return what is told in the place of a cell, an empty text when it is sound."""
    valeur = _VALEUR.search(content)
    if _FORMULE.search(content) and valeur is None:
        # A text result that is empty was computed all the same.
        return "" if _TEXTE_VIDE.search(attributs) and b"<v" in content else SANS_VALEUR
    style = _STYLE.search(attributs)
    montre = styles.get(int(style[1]), "") if style else ""
    if valeur is None or not montre or _TEXTE_VIDE.search(attributs):
        return ""
    try:
        count = float(valeur[1]) * (100 if montre == "%" else 1)
    except ValueError:
        return ""
    return f"{count:g} {montre}".replace(".", ",")


def sheet_data(archive: zipfile.ZipFile, feuille: str) -> bytes | None:
    """Return the XML of a sheet; None when the archive is no XLSX, or the sheet is too long."""
    nom = _find_sheet(archive, feuille)
    if nom is None or archive.getinfo(nom).file_size > _OCTETS_LUS:
        return None
    return archive.read(nom)


def _find_sheet(archive: zipfile.ZipFile, feuille: str) -> str | None:
    """Return the name of a sheet's part, through the workbook's relations."""
    if "xl/workbook.xml" not in archive.namelist():
        return None
    classeur = fromstring(archive.read("xl/workbook.xml"))
    relations = fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    cibles = {r.get("Id"): r.get("Target", "") for r in relations}
    for element in classeur.iter():
        if element.tag.endswith("}sheet") and element.get("name") == feuille:
            cible = cibles.get(element.get(_RELATION))
            if cible:
                return cible[1:] if cible.startswith("/") else normpath(join("xl", cible))
    return None


def _showing_styles(archive: zipfile.ZipFile) -> dict[int, str]:
    """Return what the cell styles show beside a number, by their rank: « % », « / 10 »."""
    try:
        root = fromstring(archive.read("xl/styles.xml"))
    except (KeyError, ParseError):
        return {}
    formats = {"9": "%", "10": "%"} | {
        str(f.get("numFmtId")): _shown(f.get("formatCode", ""))
        for f in root.iter()
        if f.tag.endswith("}numFmt")
    }
    styles = next((x for x in root if x.tag.endswith("}cellXfs")), None)
    montres = [formats.get(str(xf.get("numFmtId")), "") for xf in styles or ()]
    return {i: montre for i, montre in enumerate(montres) if montre}


def _shown(code: str) -> str:
    """Return the scale a number format writes of its own, an empty text when it is 20 or not said."""
    premier = _PARTIE.match(code)
    litteraux = _LITTERAL.findall(premier[0] if premier else "")
    text = " ".join("".join(a or b for a, b in litteraux).split())
    if "%" in _LITTERAL.sub("", code):
        return "%"
    return text if split_scale(text)[1] != "20" else ""


def _position(lettres: str) -> int:
    rang = 0
    for lettre in lettres:
        rang = rang * 26 + ord(lettre) - ord("A") + 1
    return rang - 1
