"""Recognise a template of marks that comes back: whose, which version, altered, replaced.

CCF templates go to establishments, those of the contrôle to the examiners of an académie.
"""

import hashlib
import re
import zipfile
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from perequation.ingestion.lecture.feuille import ClasseurIllisibleError
from perequation.ingestion.lecture.tableur import FEUILLE_MODELE, Classeur, is_workbook

FORMAT = "perequation modele-ccf 1"
FEUILLE_NOTES = "Notes"
CONTROLE = "controle"
# Identity columns of the template, in this order; the checksum covers them.
IDENTITE = ("N° candidat", "Nom", "Prénom", "Date de naissance")

# When the file was last saved: XLSX, then ODS.
_DATES = (
    ("docProps/core.xml", re.compile(rb"<dcterms:modified[^>]*>([^<]{10,40})<")),
    ("meta.xml", re.compile(rb"<dc:date>([^<]{10,40})<")),
)


@dataclass(frozen=True)
class Modele:
    """What a returned template says of itself.

    Attributes
    ----------
    uai, specialite, session, version
        As the office filled them in.
    est_conforme
        Whether the identity columns are those the office filled in.
    modifie_le
        When the workbook was last saved, ISO, None when it doesn't say.
    etape
        ``transmise`` (CCF) or ``controle``, whose `uai` is an académie.
    """

    uai: str
    specialite: str
    session: str
    version: str
    est_conforme: bool
    modifie_le: str | None
    etape: str = "transmise"

    @property
    def constantes(self) -> dict[str, str]:
        """Values of the columns the template doesn't have, over those of its profile."""
        communes = {"specialite": self.specialite, "session": self.session}
        if self.etape == CONTROLE:
            return communes | {"etape": CONTROLE, "mode": "PONCTUEL"}
        return communes | {"centre": self.uai}


# The properties of a document are a few hundred bytes, whatever it claims.
_PROPRIETES = 100_000


def read_template(chemin: Path) -> Modele | None:
    """Read the control sheet of a template; None when the file is not one."""
    try:
        with chemin.open("rb") as flux:
            if not is_workbook(flux.read(8)):
                return None
        classeur = Classeur(chemin)
        if FEUILLE_MODELE not in [f.nom for f in classeur.feuilles]:
            return None
        keys = {rangee[0]: rangee[1] for _, rangee in classeur.rows(FEUILLE_MODELE) if rangee[1:]}
        if keys.get("format") != FORMAT:
            return None
        empreinte = checksum(_identities(row for _, row in classeur.rows(FEUILLE_NOTES)))
    except (OSError, ClasseurIllisibleError):
        return None
    return Modele(
        *(keys.get(nom, "") for nom in ("uai", "specialite", "session", "version")),
        est_conforme=empreinte == keys.get("empreinte"),
        modifie_le=_saved_at(chemin),
        etape=keys.get("etape", "transmise"),
    )


def checksum(identites: Iterable[Sequence[str]]) -> str:
    """Return the fingerprint of the identity columns of a template."""
    text = "\n".join("\x1f".join(champ.strip() for champ in ligne) for ligne in identites)
    return hashlib.sha256(text.encode()).hexdigest()


def _identities(rangees: Iterable[Sequence[str]]) -> list[Sequence[str]]:
    """Return the identity cells of the rows below the header."""
    width = len(IDENTITE)
    tetes = [rangee[:width] for rangee in rangees]
    start = next((i for i, head in enumerate(tetes, 1) if tuple(head) == IDENTITE), len(tetes))
    return [head for head in tetes[start:] if any(c.strip() for c in head)]


def _saved_at(chemin: Path) -> str | None:
    try:
        with zipfile.ZipFile(chemin) as archive:
            for nom, motif in _DATES:
                if nom in archive.namelist():
                    with archive.open(nom) as flux:
                        found = motif.search(flux.read(_PROPRIETES))
                    return found[1].decode("ascii", "replace") if found else None
    except (OSError, EOFError, ValueError, RuntimeError, zipfile.BadZipFile, zlib.error):
        return None
    return None


def supersede_templates(con: duckdb.DuckDBPyConnection) -> None:
    """Mark the templates of one sender and step that a later one replaces.

    The higher version wins; between two returns of one version, the one saved last.
    """
    con.execute("""
        update raw.fichier set remplace_par = tri.retenu
        from (
            select fichier,
                   first_value(fichier) over (
                       partition by modele_uai, modele_specialite, modele_etape
                       order by try_cast(modele_version as integer) desc nulls last,
                                modifie_le desc nulls last, fichier desc) as retenu
            from raw.fichier
            where modele_uai is not null and copie_de is null
        ) as tri
        where fichier.type_fichier = 'notes' and fichier.fichier = tri.fichier
          and tri.retenu <> tri.fichier""")
