"""Find the header of a file: on which line, with which separator, and what each column is."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from perequation.ingestion.lecture.decoupage import iterate_records
from perequation.ingestion.lecture.rejets import shorten
from perequation.ingestion.profils import SEPARATEURS, Disposition
from perequation.socle.schema import Table

# A preamble is a few lines; a header further down is told by the profile.
LIGNES_CHERCHEES = 40


@dataclass(frozen=True)
class Entete:
    """What a header line was understood as.

    Attributes
    ----------
    ligne
        Its physical line, from 1.
    libelles
        Its labels, as written; trailing empty ones included.
    positions
        Position (from 0) of each column found.
    epreuves
        In a wide file, position of each épreuve column.
    manquantes
        Required columns that are neither there nor given by the profile.
    repetees
        Columns of ours that appear twice: nobody can say which one counts.
    """

    ligne: int
    libelles: tuple[str, ...]
    positions: dict[str, int]
    epreuves: dict[str, int]
    manquantes: tuple[str, ...]
    repetees: tuple[str, ...]

    @property
    def largeur_utile(self) -> int:
        """Number of columns up to the last one with a label."""
        return max((i for i, nom in enumerate(self.libelles, 1) if nom.strip()), default=0)

    @property
    def est_complet(self) -> bool:
        """Whether the file can be loaded."""
        return not (self.manquantes or self.repetees)

    @property
    def supplements(self) -> dict[str, int]:
        """Position of every other column, under a label of its own."""
        prises = {*self.positions.values(), *self.epreuves.values()}
        noms: dict[str, int] = {}
        for position, libelle in enumerate(self.libelles):
            if position not in prises:
                noms[_free_name(libelle.strip() or f"colonne {position + 1}", noms)] = position
        return noms


def _free_name(libelle: str, pris: Iterable[str]) -> str:
    nom, n = libelle, 2
    while nom in pris:
        nom, n = f"{libelle} ({n})", n + 1
    return nom


@lru_cache(maxsize=4096)
def fold(libelle: str) -> str:
    """Reduce a label to what is compared: no case, accent, punctuation or spacing."""
    plat = unicodedata.normalize("NFKD", libelle.replace("œ", "oe").replace("Œ", "OE"))
    sans_accents = "".join(c for c in plat if not unicodedata.combining(c))
    return re.sub(r"[^a-z0-9]+", "_", sans_accents.lower()).strip("_")


@dataclass(frozen=True)
class Attente:
    """What a header is searched for: a table, laid out as a profile says.

    Attributes
    ----------
    table
        The kind of file.
    disposition
        The profile's section for it.
    donnees
        Columns the profile gives a value to (constants and preamble).
    epreuves
        Codes that head a column in a wide file.
    """

    table: Table
    disposition: Disposition
    donnees: frozenset[str]
    epreuves: tuple[str, ...] = ()


def match_header(attente: Attente, ligne: int, libelles: Sequence[str]) -> Entete:
    """Say which column each label of a line names."""
    plis = [fold(libelle) for libelle in libelles]
    positions: dict[str, int] = {}
    repetees: list[str] = []
    for nom in attente.table.noms:
        autres = attente.disposition.colonnes.get(nom, ())
        # Exact name first, then the profile's labels in their order: « nom » wins over its aliases.
        for pli in (nom, *map(fold, autres)):
            trouvees = [i for i, p in enumerate(plis) if p == pli and i not in positions.values()]
            if trouvees:
                positions[nom] = trouvees[0]
                repetees += [nom] if len(trouvees) > 1 else []
                break
    epreuves, doubles = _match_epreuves(attente.epreuves, plis, set(positions.values()))
    fournies = {*positions, *attente.donnees, *({"epreuve", "note"} if epreuves else ())}
    manquantes = tuple(n for n in attente.table.obligatoires if n not in fournies)
    return Entete(
        ligne, tuple(map(shorten, libelles)), positions, epreuves, manquantes, (*repetees, *doubles)
    )


def _match_epreuves(
    epreuves: Iterable[str], plis: Sequence[str], prises: set[int]
) -> tuple[dict[str, int], list[str]]:
    codes = {fold(code): code for code in epreuves}
    trouvees: dict[str, int] = {}
    doubles: list[str] = []
    for position, pli in enumerate(plis):
        if position in prises:
            continue
        # « E41 », or « E41 - Relation client » as templates and people write it.
        code = codes.get(pli) or codes.get(pli.split("_", 1)[0])
        if code in trouvees:
            doubles.append(code)
        elif code is not None:
            trouvees[code] = position
    return trouvees, doubles


def find_header(attente: Attente, rangees: Iterable[tuple[int, Sequence[str]]]) -> Entete | None:
    """Find the header among the first rows of a file.

    The profile's line decides; else the first line that has every required column; else the line
    that has the most of them, the first filled line when none has any.
    """
    meilleur: Entete | None = None
    for ligne, libelles in rangees:
        voulue = attente.disposition.entete
        if (voulue is not None and ligne < voulue) or not any(c.strip() for c in libelles):
            continue
        entete = match_header(attente, ligne, libelles)
        if voulue is not None or not entete.manquantes:
            return entete
        if meilleur is None or _score(entete) > _score(meilleur):
            meilleur = entete
    return meilleur


def _score(entete: Entete | None) -> tuple[int, int]:
    if entete is None:
        return (-1000, 0)
    return (-len(entete.manquantes), len(entete.positions) + len(entete.epreuves))


def detect_layout(attente: Attente, lignes: list[str]) -> tuple[str, Entete | None]:
    """Find separator and header from the first lines of a text file."""
    voulu = attente.disposition.separateur
    candidats = [voulu] if voulu else list(SEPARATEURS)
    essais = [(s, find_header(attente, list(iterate_records(lignes, 1, s)))) for s in candidats]
    # On equal terms, the separator that cuts the header into the most columns.
    return max(essais, key=lambda e: (_score(e[1]), len(e[1].libelles) if e[1] else 0))
