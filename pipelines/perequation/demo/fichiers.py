"""CSV files as exam offices send them: encodings, separators, dates and decimals differ."""

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from perequation.demo.parcours import CODES


@dataclass(frozen=True)
class Dialecte:
    """How one office writes its files."""

    encodage: str = "utf-8"
    separateur: str = ";"
    virgule: bool = True
    date: str = "%d/%m/%Y"
    fin_ligne: str = "\r\n"
    majuscules: bool = False
    bom: bool = False


TABLEUR = Dialecte(bom=True)
ANCIEN = Dialecte(encodage="cp1252", majuscules=True)
LOGICIEL = Dialecte(separateur=",", virgule=False, date="%Y-%m-%d", fin_ligne="\n")
TABULE = Dialecte(encodage="cp1252", separateur="\t", virgule=False)


def write_csv(table: pl.DataFrame, chemin: Path, dialecte: Dialecte = TABLEUR) -> None:
    """Write a table in one office's dialect; an empty text is an empty cell.

    Parameters
    ----------
    table
        Text and Date columns; marks come from :func:`format_notes`.
    chemin
        File to write, its folder included.
    dialecte
        Encoding, separator, dates, header.
    """
    chemin.parent.mkdir(parents=True, exist_ok=True)
    texts = table.with_columns(
        pl.col(pl.String).replace("", None), pl.col(pl.Date).dt.strftime(dialecte.date)
    )
    if dialecte.majuscules:
        texts = texts.rename(str.upper)
    content = texts.write_csv(
        separator=dialecte.separateur, line_terminator=dialecte.fin_ligne
    ).encode(dialecte.encodage)
    chemin.write_bytes(b"\xef\xbb\xbf" * dialecte.bom + content)


def format_notes(demi: pl.Series, code: pl.Series, dialecte: Dialecte) -> pl.Series:
    """Return marks as text: ``12,5`` or ``12.5``, or the code that stands for the mark.

    Parameters
    ----------
    demi
        Half points, 0 to 40.
    code
        Ranks in ``CODES``; 0 is a mark.
    dialecte
        Comma or point.
    """
    marque = "," if dialecte.virgule else "."
    texts = [f"{n // 2}{marque}5" if n % 2 else str(n // 2) for n in range(41)]
    tous = pl.Series([*texts, *CODES[1:]])
    rang = pl.select(pl.when(code == 0).then(demi).otherwise(40 + code)).to_series()
    return tous.gather(rang)
