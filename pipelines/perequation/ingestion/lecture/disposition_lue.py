"""A file whose layout is known: its header, what is above it, and its records block by block."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Protocol

from perequation.ingestion.lecture.annees import sessions_said
from perequation.ingestion.lecture.decoupage import FIN_CHAMP, MOTS_VIDES, Forme, Lot
from perequation.ingestion.lecture.entete import Attente, Entete
from perequation.ingestion.lecture.rejets import shorten
from perequation.ingestion.profils import Extrait

_CONSERVEES = re.compile(r"b[eé]n[eé]fice|report|conserv|dispens|origine", re.IGNORECASE)


class FichierIllisibleError(Exception):
    """A file that can't be read at all; the message says why, in French."""


class FichierVideError(Exception):
    """A file with nothing in it."""


@dataclass(frozen=True)
class FichierOuvert:
    """A file whose layout is known, ready to be read.

    Attributes
    ----------
    entete
        What its header says.
    encodage, separateur
        For a text file; a workbook has "classeur" and an empty text.
    feuille, feuilles_ignorees
        For a workbook, the sheet read and the other ones that are not empty.
    feuilles_jointes
        The other sheets with the same columns, to be read with it.
    preambule
        Values found above the header, by column.
    debut
        First rows, header included, for a preview.
    """

    source: "Source"
    entete: Entete
    encodage: str
    separateur: str
    preambule: dict[str, str]
    debut: tuple[tuple[int, tuple[str, ...]], ...]
    feuille: str | None = None
    feuilles_ignorees: tuple[str, ...] = ()
    feuilles_jointes: tuple[str, ...] = ()

    def blocks(self, pied: str | None = None, *, doute: bool = False) -> Iterator[Lot]:
        """Yield the records after the header, in bounded blocks.

        Parameters
        ----------
        pied
            Pattern of the first filled cell of footer lines.
        doute
            Take no record on its number of fields alone (see `must_doubt`).
        """
        forme = Forme(
            self.separateur or "\t",
            self.entete.largeur_utile,
            len(self.entete.libelles),
            re.compile(pied) if pied else None,
            self.entete.ancres,
            self.entete.notes,
            doute,
            self.entete.positions.get("numero_candidat"),
        )
        for lot in self.source.blocks(self.entete, forme):
            yield widen(lot, self.entete) if self.entete.epreuves else lot

    def must_doubt(self, largeurs: Counter[int], lues: int, *, virgules: bool) -> bool:
        """Tell whether the records read disagree so that those of a natural width are doubtful.

        Either the header ends with columns without a name, so that a field too many may hide in
        them; or commas separate, and records too short show that empty fields at the end are left
        out, or decimal commas (`virgules`) were seen to cut marks in two: one of them may bring a
        record back to the width of the header.
        """
        naturelle = len(self.entete.libelles)
        if self.entete.largeur_utile < naturelle:
            return len(largeurs) > 1 or 0 < largeurs.total() < lues
        return self.separateur == "," and (virgules or any(n < naturelle for n in largeurs))


class Source(Protocol):
    """Where the records come from."""

    def blocks(self, entete: Entete, forme: Forme) -> Iterator[Lot]:
        """Yield the records after the header."""
        ...

    def letter(self, position: int) -> str | None:
        """Return the letter a column (from 0) has in a workbook; a text file has none."""
        ...


def read_preamble(
    attente: Attente, lignes: list[str], fichier: str, feuille: str = ""
) -> dict[str, str]:
    """Look above the header, or in the file's or the sheet's name, for what the profile says."""
    noms = {"fichier": fichier, "feuille": feuille}
    found: dict[str, str] = {}
    for colonne, extrait in attente.disposition.preambule.items():
        valeur = _extract(extrait, lignes, noms)
        if valeur is not None:
            found[colonne] = valeur
    return found


def _extract(extrait: Extrait, lignes: list[str], noms: dict[str, str]) -> str | None:
    if extrait.dans is not None:
        text = noms[extrait.dans]
    elif extrait.ligne is not None and extrait.ligne <= len(lignes):
        text = lignes[extrait.ligne - 1]
    else:
        return None
    found = re.search(extrait.motif, text)
    return shorten(found[1].strip()) if found else None


def said_session(
    attente: Attente, entete: Entete, lignes: Iterable[str], *noms: str
) -> dict[str, str]:
    """Return the session that what heads the marks, or a name, says, when no column does.

    « Notes de la session 2021 » is of 2021, whatever the profile gives to all the files; so are
    marks under « E1 session 2021 ».
    """
    if "session" in entete.positions or "session" not in attente.donnees:
        return {}
    labels = [entete.libelles[position] for position in entete.notes]
    annees: set[str] = set()
    for texts in ([*lignes, *noms], labels):
        if not any(map(_CONSERVEES.search, texts)):
            annees |= sessions_said(texts)
    return {"session": annees.pop()} if len(annees) == 1 else {}


def given(attente: Attente, preambule: dict[str, str], *titres: str) -> Attente:
    """Count what was found above the header among what it need not have; add the file's names."""
    return replace(attente, donnees=attente.donnees | frozenset(preambule), titres=titres)


def widen(lot: Lot, entete: Entete) -> Lot:
    """Turn each filled mark cell of a wide file into a record of its own.

    Épreuve and mark are added as two last fields; the cell becomes the unit of accounting.
    """
    large = replace(
        lot, enregistrements=[], defauts=[*lot.defauts], lues=len(lot.defauts), vides=Counter()
    )
    for bloc in lot.enregistrements:
        for enregistrement in bloc.split("\n"):
            champs = enregistrement.split(FIN_CHAMP)
            for epreuve, position in entete.epreuves.items():
                note = champs[position + 1]
                if note.strip().upper() in MOTS_VIDES:
                    large.vides[note.strip()] += 1
                elif note.strip():
                    large.lues += 1
                    large.enregistrements.append(FIN_CHAMP.join([enregistrement, epreuve, note]))
    return large
