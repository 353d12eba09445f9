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

_HTML = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*<(?:!doctype html|html|table|head|meta|body)\b", re.IGNORECASE
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
            debut = flux.read(512)
    except OSError as erreur:
        raise FichierIllisibleError("il ne peut pas être ouvert") from erreur
    if not debut:
        raise FichierVideError
    for marque, raison in _BINAIRES.items():
        if debut.startswith(marque):
            raise FichierIllisibleError(f"{raison}, ni un texte ni un classeur")
    if _HTML.match(debut):
        raise FichierIllisibleError(
            "c'est une page HTML, quel que soit son nom ; ouvrez-la dans un tableur et "
            "enregistrez-la en .xlsx ou en CSV"
        )
    debut_de_fichier = start_workbook(chemin) if is_workbook(debut) else start_text(chemin)
    return [debut_de_fichier.lay_out(attente) for attente in attentes]
