"""Files that are neither text tables nor workbooks we read: refused in words, whatever their name."""

import io
import zipfile
from pathlib import Path

import pytest

from perequation.ingestion import preview

HTML = "<table><tr><td>N° candidat</td><td>Note</td></tr></table>"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600


def archive(*noms: str) -> bytes:
    sortie = io.BytesIO()
    with zipfile.ZipFile(sortie, "w") as zip_:
        for nom in noms:
            zip_.writestr(nom, "x")
    return sortie.getvalue()


@pytest.mark.parametrize(
    ("nom", "contenu", "mot"),
    [
        ("notes.xls", HTML, "page HTML"),
        ("notes.csv", "\ufeff<!-- export -->\n<html>" + HTML, "page HTML"),
        ("notes.xls", '<?xml version="1.0"?>\n<!DOCTYPE html>\n' + HTML, "page HTML"),
        ("notes.xls", HTML.encode("utf-16"), "page HTML"),
        (
            "notes.xls",
            '<?xml version="1.0"?>\n<?mso-application progid="Excel.Sheet"?>\n<Workbook xmlns="x">',
            "XML de 2003",
        ),
        ("notes.xls", "MIME-Version: 1.0\nContent-Type: multipart/related;\n\n--x\n", "MHTML"),
        ("notes.slk", "ID;PWXL;N;E\nC;Y1;X1;K1\n", "SYLK"),
        ("notes.csv", "{\\rtf1\\ansi numero_candidat;epreuve;note}", "RTF"),
        ("notes.csv", '[{"numero_candidat": "1", "note": 12}]', "JSON"),
        ("notes.xlsx", archive("[Content_Types].xml", "word/document.xml"), "traitement de texte"),
        ("notes.xlsx", archive("[Content_Types].xml", "xl/workbook.bin"), ".xlsb"),
        ("notes.xlsx", archive("notes.csv"), "archive zip"),
        ("notes.xlsx", OLE + "EncryptedPackage".encode("utf-16-le") + b"\0" * 9000, "mot de passe"),
        ("notes.csv", "bonjour\nceci;n'est pas\nun;tableau\n", "presque aucune colonne"),
    ],
)
def test_another_format_is_refused_in_words(
    tmp_path: Path, nom: str, contenu: str | bytes, mot: str
) -> None:
    chemin = tmp_path / nom
    chemin.write_bytes(contenu if isinstance(contenu, bytes) else contenu.encode())
    apercu = preview(chemin)
    assert mot in (apercu.probleme or "")
    assert apercu.premieres == ()
