"""Who a fiche is about: the establishments and centres of the results, and their file names."""

import hashlib
import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from perequation.socle.entrepot import has_relation, open_read_only

MAILLES = {"etablissement": "établissement", "centre_ecrit": "centre d’écrit"}
_UAI = re.compile(r"\d{7}[A-Z]")
_SLUG_LENGTH = 48


@dataclass(frozen=True)
class Sujet:
    """An establishment or a centre d'écrit of a spécialité; `code` is its UAI, else its name."""

    specialite: str
    maille: str
    code: str
    libelle: str

    @property
    def nom_fichier(self) -> str:
        """ASCII, safe on any disk, and the same from run to run.

        The UAI makes it unique; without one, a piece of the hash of the code does.
        """
        slug = _slug(self.libelle)
        if _UAI.fullmatch(self.code):
            return f"{_slug(self.specialite).upper()}_{self.code}_{slug}"
        genre = "centre" if self.maille == "centre_ecrit" else "etablissement"
        marque = hashlib.sha256(self.code.encode()).hexdigest()[:6]
        return f"{_slug(self.specialite).upper()}_{genre}_{slug}_{marque}"


def list_sujets(entrepot: Path, specialites: Collection[str]) -> tuple[Sujet, ...]:
    """List the establishments, then the centres, of the results; none before there are results.

    Raises
    ------
    FolderBusyError
        Another program has the warehouse open for writing.
    """
    if not entrepot.is_file():
        return ()
    with open_read_only(entrepot) as con:
        if not has_relation(con, "marts.reussite"):
            return ()
        lignes = con.execute(
            "select specialite, maille, modalite, libelle from marts.reussite "
            "where maille in ('etablissement', 'centre_ecrit') "
            "and modalite <> 'NON RENSEIGNE' "
            "order by specialite, maille desc, libelle, modalite"
        ).fetchall()
    return tuple(Sujet(*ligne) for ligne in lignes if ligne[0] in specialites)


def _slug(text: str) -> str:
    """Return lower-case ASCII letters and digits joined by hyphens."""
    ascii_only = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", ascii_only).strip("-")
    return slug[:_SLUG_LENGTH].rstrip("-") or "sans-nom"
