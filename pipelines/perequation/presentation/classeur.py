"""XLSX lists for people who work in a spreadsheet: typed, filtered, ready to print.

No formula and no link is ever made from data: a name such as ``=cmd|…`` stays the text it is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from textwrap import shorten
from typing import TYPE_CHECKING, Any

import polars as pl

from perequation.presentation import lexique, tableaux
from perequation.presentation.textes import clean
from perequation.socle.fichiers import written_whole

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

# A fixed date: two runs on the same data give the same file.
_CREATED = datetime(2000, 1, 1)  # noqa: DTZ001 (a spreadsheet has no time zone)
_MAX_CELL = 32_767
_NARROWEST, _WIDEST = 6, 26
# Long texts wrap in a wider column; their rows are made as high as they need.
_LONG_TEXTS = frozenset({"message", "motif", "probleme", "correction", "sens"})
_LONG_WIDTH = 70
_LINE = 13.5
_FORMATS = {
    "entier": "#,##0",
    "points": "0.00",
    "note": "0.00",
    "ecart": "+0.00;-0.00;0.00",
    "taux": "0.0%",
    "probabilite": "0%",
    "date": "dd/mm/yyyy",
}


@dataclass(frozen=True)
class Feuille:
    """One list of a workbook.

    Attributes
    ----------
    nom
        Name of the sheet (31 characters at most).
    lignes
        Rows in the order they are written.
    colonnes
        Columns written, in order.
    titre
        Printed at the top of each page.
    libelles, natures
        Headings and natures that differ from those of the lexicon.
    vides
        Headings of empty columns to fill in by hand, at the right.
    choix
        For columns to fill in, the values the spreadsheet offers and accepts.
    """

    nom: str
    lignes: pl.DataFrame
    colonnes: Sequence[str]
    titre: str
    libelles: Mapping[str, str] = field(default_factory=dict[str, str])
    natures: Mapping[str, lexique.Nature] = field(default_factory=dict[str, lexique.Nature])
    vides: Sequence[str] = ()
    choix: Mapping[str, Sequence[str]] = field(default_factory=dict[str, Sequence[str]])


def write_workbook(path: Path, feuilles: Sequence[Feuille], reserve: str) -> None:
    """Write a workbook, one sheet per list, whole or not at all.

    Parameters
    ----------
    path
        File to write.
    feuilles
        Lists; numbers, dates and booleans are typed, everything else is text.
    reserve
        What the reader must know of the figures (`dossier.reserve_of`): printed on every page, and
        a last sheet; an empty text when there is nothing to say.
    """
    import xlsxwriter

    options = {
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "nan_inf_to_errors": True,
        "in_memory": True,  # names never go through the machine's temporary folder
    }
    with written_whole(path) as hidden, xlsxwriter.Workbook(str(hidden), options) as book:
        book.set_properties({"created": _CREATED, "title": feuilles[0].titre if feuilles else ""})
        styles = _styles(book)
        for feuille in feuilles:
            _write_sheet(book.add_worksheet(feuille.nom[:31]), feuille, styles, reserve)
        if reserve:
            lignes = pl.DataFrame({"message": [reserve]})
            titre = feuilles[0].titre if feuilles else ""
            dite = Feuille("Réserve", lignes, ["message"], titre, libelles={"message": "Réserve"})
            _write_sheet(book.add_worksheet(dite.nom), dite, styles, reserve)


def _write_sheet(
    sheet: "Worksheet", feuille: Feuille, styles: dict[str, Any], reserve: str
) -> None:
    names = [name for name in feuille.colonnes if name in feuille.lignes.columns]
    headings = [feuille.libelles.get(n) or lexique.column(n).libelle for n in names]
    headings = [clean(text).replace("\u00ad", "") for text in [*headings, *feuille.vides]]
    sheet.set_row(0, 2.4 * _LINE)
    for position, text in enumerate(headings):
        sheet.write_string(0, position, text, styles["entete"])
    for position, name in enumerate(names):
        _write_column(sheet, position, name, feuille, styles)
    for position in range(len(names), len(headings)):
        sheet.set_column(position, position, 15, styles["texte"])
        if values := feuille.choix.get(headings[position]):
            rule = {"validate": "list", "source": list(values)}
            sheet.data_validation(1, position, feuille.lignes.height + 200, position, rule)
    _lay_out(sheet, feuille, len(headings), reserve)


def _write_column(
    sheet: "Worksheet", position: int, name: str, feuille: Feuille, styles: dict[str, Any]
) -> None:
    nature = feuille.natures.get(name) or lexique.column(name).nature
    is_long = name in _LONG_TEXTS
    style = styles["long" if is_long else nature if nature in styles else "texte"]
    heading = feuille.libelles.get(name) or lexique.column(name).libelle
    longest = max(map(len, heading.split()), default=0)
    values = [tuple(v) if isinstance(v, list) else v for v in feuille.lignes[name].to_list()]
    # A column of thousands of marks holds few: each is put in words once.
    cells = {value: _cell(name, value, nature) for value in set(values)}
    for row, value in enumerate(values, start=1):
        typed, length = cells[value]
        _write_cell(sheet, (row, position), typed, style)
        if is_long and length > _LONG_WIDTH:
            sheet.set_row(row, _LINE * (1 + length // _LONG_WIDTH))
    widest = _LONG_WIDTH if is_long else _WIDEST
    longest = max([longest, *(min(length, widest) for _, length in cells.values())])
    sheet.set_column(position, position, max(_NARROWEST, longest + 1))


def _cell(name: str, value: Any, nature: lexique.Nature) -> tuple[Any, int]:
    """Return what a cell holds and how long it is in words; candidate numbers are text."""
    written = tableaux.text_of(name, value, nature) if value is not None else ""
    if value is None or (nature == "date" and not isinstance(value, str)):
        return value, len(written)
    if nature in _FORMATS and not isinstance(value, str | bool):
        return float(value), len(written)
    return clean(written)[:_MAX_CELL], len(written)


def _write_cell(sheet: "Worksheet", place: tuple[int, int], value: Any, style: Any) -> None:
    if value is None:
        sheet.write_blank(*place, None, style)
    elif isinstance(value, str):
        sheet.write_string(*place, value, style)
    elif isinstance(value, float):
        sheet.write_number(*place, value, style)
    else:
        sheet.write_datetime(*place, value, style)


def _styles(book: "Workbook") -> dict[str, Any]:
    base: dict[str, Any] = {"valign": "top", "font_name": "Calibri", "font_size": 10}
    line = base | {"bottom": 4, "bottom_color": "#9AA5B1"}
    styles: dict[str, Any] = {
        nature: book.add_format(line | {"num_format": pattern})
        for nature, pattern in _FORMATS.items()
    }
    # "@" keeps candidate numbers as text when someone edits the cell.
    styles["code"] = book.add_format(line | {"num_format": "@"})
    styles["texte"] = book.add_format(line)
    styles["long"] = book.add_format(line | {"text_wrap": True})
    styles["entete"] = book.add_format(
        base | {"bold": True, "text_wrap": True, "bottom": 2, "bg_color": "#E4E7EB"}
    )
    return styles


def _lay_out(sheet: "Worksheet", feuille: Feuille, width: int, reserve: str) -> None:
    """Freeze and repeat the header, filter, and print on A4 landscape, one page wide."""
    height = feuille.lignes.height
    last = max(width - 1, 0)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, height, last)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.set_margins(left=0.4, right=0.4, top=0.7, bottom=0.6)
    sheet.repeat_rows(0)
    sheet.print_area(0, 0, height, last)
    sheet.fit_to_pages(1, 0)
    # "&" starts a code in headers and footers.
    sheet.set_header("&L&10" + clean(feuille.titre).replace("&", "&&")[:200])
    said = shorten(clean(reserve), 200, placeholder=" …").replace("&", "&&") or "Péréquation"
    sheet.set_footer(f"&L&8{said}&R&8Page &P sur &N")


def save_workbook(folder: Path, name: str, feuilles: list[Feuille], reserve: str) -> Path:
    """Write a workbook whole or not at all, and return its path."""
    path = folder / f"{name}.xlsx"
    write_workbook(path, feuilles, reserve)
    return path
