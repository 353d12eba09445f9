"""Open a file, text or workbook, by its first bytes rather than by its name."""

import re
from collections.abc import Sequence
from pathlib import Path

from perequation.ingestion.lecture.disposition_lue import (
    FichierIllisibleError,
    FichierOuvert,
    FichierVideError,
)
from perequation.ingestion.lecture.entete import Attente
from perequation.ingestion.lecture.lecture_classeur import start_workbook
from perequation.ingestion.lecture.lecture_texte import start_text
from perequation.ingestion.lecture.tableur import is_workbook

_REENREGISTRER = "ouvrez-{} dans un tableur et enregistrez-{} en .xlsx ou en CSV"
# What tells a page or another format, once byte order marks, prologues and comments are left out.
_BALISES = re.compile(r"(?:\s|<\?.*?\?>|<!--.*?-->)*", re.DOTALL)
_AUTRES_TEXTES = (
    (
        re.compile(r"<(?:\w+:)?workbook\b", re.IGNORECASE),
        "c'est un classeur au format XML de 2003",
        "le",
    ),
    (
        re.compile(r"<(?:!doctype\s+html|html|table|head|meta|body|div|style)\b", re.IGNORECASE),
        "c'est une page HTML, quel que soit son nom",
        "la",
    ),
    (
        re.compile(
            r"(?:[\w-]+:[^\n]*\n)*content-type:\s*(?:multipart/related|text/html)", re.IGNORECASE
        ),
        "c'est une page web archivée (MHTML)",
        "la",
    ),
    (re.compile(r"<\w"), "c'est un document XML", "le"),
    (re.compile(r"ID;P"), "c'est un classeur au format SYLK", "le"),
    (re.compile(r"\{\\rtf"), "c'est un texte mis en forme (RTF)", "le"),
    (re.compile(r'(?:\[\s*)?\{\s*"'), "c'est un fichier JSON", "le"),
)
_BINAIRES = {
    b"%PDF": "c'est un PDF",
    b"\x1f\x8b": "c'est une archive gzip",
    b"\x89PNG": "c'est une image",
    b"\xff\xd8\xff": "c'est une image",
    b"7z\xbc\xaf": "c'est une archive 7z",
    b"Rar!": "c'est une archive RAR",
}


def open_file(chemin: Path, attente: Attente) -> FichierOuvert:
    """Look at a file and find out its layout.

    Raises
    ------
    FichierIllisibleError
        It can't be opened, or is neither text nor a workbook.
    FichierVideError
        There is nothing in it.
    """
    return open_as(chemin, [attente])[0]


def open_as(chemin: Path, attentes: Sequence[Attente]) -> list[FichierOuvert]:
    """Find out the layout of a file once for each thing it may be; its start is read once.

    Raises
    ------
    FichierIllisibleError
        It can't be opened, or is neither text nor a workbook.
    FichierVideError
        There is nothing in it.
    """
    try:
        with chemin.open("rb") as flux:
            start = flux.read(4096)
    except OSError as erreur:
        raise FichierIllisibleError("il ne peut pas être ouvert") from erreur
    if not start:
        raise FichierVideError
    for marque, raison in _BINAIRES.items():
        if start.startswith(marque):
            raise FichierIllisibleError(f"{raison}, ni un texte ni un classeur")
    if not is_workbook(start):
        _refuse_other_formats(start)
    debut_de_fichier = start_workbook(chemin) if is_workbook(start) else start_text(chemin)
    return [debut_de_fichier.lay_out(attente) for attente in attentes]


def _refuse_other_formats(debut: bytes) -> None:
    """Refuse a page, or a text of another kind, whatever the name of the file."""
    codec = "utf-16" if debut[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8"
    text = debut.decode(codec, "replace").removeprefix("\ufeff")
    prologue = _BALISES.match(text)
    rest = text[prologue.end() :] if prologue else text
    for motif, nature, article in _AUTRES_TEXTES:
        if motif.match(rest):
            conseil = _REENREGISTRER.format(article, article)
            raise FichierIllisibleError(f"{nature} ; {conseil}")
