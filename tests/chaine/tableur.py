"""Fill workbooks in as a person would: with LibreOffice where it can be driven, else openpyxl."""

import json
import subprocess
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import openpyxl
from openpyxl.utils import get_column_letter
from unitaires.ingestion.test_libreoffice import SAISIE, python_with_uno


class Tableur:
    """Something that types texts into cells of a workbook, and saves it where it is."""

    def __init__(self, office: "subprocess.Popen[str] | None", profil: Path) -> None:
        self.office, self.profil = office, profil

    def fill(self, classeur: Path, feuille: str, textes: Mapping[str, str]) -> None:
        """Write texts, as they are typed in French, into cells such as « F2 »."""
        if self.office is None:
            fill_without_office(classeur, feuille, textes)
            return
        plan = {
            "classeur": str(classeur),
            "feuille": feuille,
            "profil": str(self.profil),
            "saisies": [],
            "collages": list(textes.items()),
            "sorties": [str(classeur)],
        }
        assert self.office.stdin is not None
        assert self.office.stdout is not None
        self.office.stdin.write(json.dumps(plan) + "\n")
        self.office.stdin.flush()
        assert self.office.stdout.readline(), "LibreOffice stopped"


@contextmanager
def open_spreadsheet(profil: Path) -> Generator[Tableur]:
    """Open LibreOffice once for all the workbooks of a test, when it is there."""
    python = python_with_uno()
    if python is None:
        yield Tableur(None, profil)
        return
    with subprocess.Popen(
        [python, str(SAISIE)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as office:
        yield Tableur(office, profil)
        assert office.stdin is not None
        office.stdin.close()


def fill_without_office(classeur: Path, feuille: str, textes: Mapping[str, str]) -> None:
    livre = openpyxl.load_workbook(classeur)
    for cellule, texte in textes.items():
        nombre = texte.replace(",", ".")
        est_nombre = nombre.lstrip("-").replace(".", "", 1).isdigit()
        livre[feuille][cellule] = float(nombre) if est_nombre else texte
    livre.save(classeur)


def rows(classeur: Path, feuille: str, entete: int = 1) -> Iterator[tuple[int, dict[str, object]]]:
    """Yield the number of each row below the header, and its cells by heading."""
    lignes = openpyxl.load_workbook(classeur)[feuille].iter_rows(values_only=True)
    tous = list(enumerate(lignes, start=1))
    titres = [str(titre) for titre in tous[entete - 1][1]]
    for numero, valeurs in tous[entete:]:
        yield numero, dict(zip(titres, valeurs, strict=True))


def letters(classeur: Path, feuille: str, entete: int = 1) -> dict[str, str]:
    """Return the letter of each column by its heading."""
    (titres,) = openpyxl.load_workbook(classeur)[feuille].iter_rows(
        min_row=entete, max_row=entete, values_only=True
    )
    return {str(titre): get_column_letter(place) for place, titre in enumerate(titres, start=1)}
