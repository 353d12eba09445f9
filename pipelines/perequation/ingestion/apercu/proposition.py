"""Propose an import profile for a file whose labels nobody declared: from labels, then contents.

What is only likely is proposed; what would change a mark or a decision if it were wrong (the mode,
the status, the meaning of a code) is left to be said by the person.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from functools import lru_cache

from perequation.ingestion.apercu.devinettes import build_guesses
from perequation.ingestion.lecture.echelle import fold
from perequation.ingestion.lecture.entete import Attente, Entete, match_header
from perequation.ingestion.profils import Disposition
from perequation.socle.schema import Colonne, Table

# What a session says of itself: a file that doesn't repeat it loses nothing.
CONSTANTES = {"session": "{annee}", "specialite": "{specialite}", "academie": "{academie_pilote}"}
# A header is looked for in the first rows only: further down, a data row may look like one.
_LIGNES_ESSAYEES = 15
_VRAISEMBLANCE = 0.75
_VALEUR = re.compile(r"[\d.,/: -]*\d[\d.,/: -]*")
# Values that fit make up for a label that looks a little less alike.
_APPUI = 0.25
_RESSEMBLANCE_MINIMALE = 0.4

Rangees = Sequence[tuple[int, Sequence[str]]]


@dataclass(frozen=True)
class Proposition:
    """A layout that reads a file better than the declared ones.

    Attributes
    ----------
    table
        The kind of file.
    disposition
        The layout, aliases of the profile included.
    ligne
        Line of the header, from 1.
    colonnes
        Columns recognised by guess, with the label of the file.
    constantes
        Columns that take a value of the session.
    manquantes
        Required columns that remain to be said.
    nb_ignorees
        Columns of the file left without a use.
    nb_reconnues
        Columns with a use, by their label or by guess.
    """

    table: Table
    disposition: Disposition
    ligne: int
    colonnes: dict[str, str]
    constantes: dict[str, str]
    manquantes: tuple[str, ...]
    nb_ignorees: int
    nb_reconnues: int

    @property
    def rang(self) -> tuple[int, int, int, int]:
        """What is compared between propositions: the higher, the better."""
        restees = len(self.manquantes)
        reconnues = len(self.table.obligatoires) - restees - len(self.constantes)
        # A roster may pass for a poor list of establishments: what it leaves unused tells.
        merite = 4 * (reconnues - 2 * restees) - self.nb_ignorees
        return (merite, -restees, -len(self.colonnes), -self.ligne)


def propose(
    table: Table, disposition: Disposition, rangees: Rangees, connus: dict[str, frozenset[str]]
) -> Proposition | None:
    """Find the header row and the columns that make the most of the first rows of a file.

    Parameters
    ----------
    table
        The kind of file it may be.
    disposition
        The profile's layout for it, to start from.
    rangees
        Line number and fields of the first rows.
    connus
        Known codes of `epreuve` and of `specialite`.
    """
    recherche = _Recherche(table, disposition, connus)
    essais = (recherche.at(rangees[i:]) for i in range(min(len(rangees), _LIGNES_ESSAYEES)))
    return max((e for e in essais if e is not None), key=lambda e: e.rang, default=None)


class _Recherche:
    """The search for the columns of one kind of file."""

    def __init__(
        self, table: Table, disposition: Disposition, known: dict[str, frozenset[str]]
    ) -> None:
        self._table = table
        self._disposition = disposition
        self._epreuves = tuple(sorted(known["epreuve"])) if table.nom == "notes" else ()
        self._guesses = build_guesses(known)

    def at(self, rangees: Rangees) -> Proposition | None:
        """Take the first of these rows for the header; None when it can't be one."""
        ligne, libelles = rangees[0]
        remplis = [libelle for libelle in libelles if libelle.strip()]
        # A number or a date is no label: that row has data.
        if len(remplis) < 2 or any(map(_VALEUR.fullmatch, map(str.strip, remplis))):
            return None
        entete = self._match(ligne, libelles)
        found = {
            nom: libelles[position].strip()
            for nom, position in self._guess_columns(entete, rangees[1:]).items()
        }
        restees = [nom for nom in entete.manquantes if nom not in found]
        constantes = {nom: CONSTANTES[nom] for nom in restees if nom in CONSTANTES}
        return Proposition(
            self._table,
            self._extended(found, constantes, est_large=bool(entete.epreuves)),
            ligne,
            found,
            constantes,
            tuple(nom for nom in restees if nom not in constantes),
            len(entete.supplements) - len(found),
            len(entete.positions) + len(entete.epreuves) + len(found),
        )

    def _match(self, ligne: int, libelles: Sequence[str]) -> Entete:
        """Match the labels; épreuves have a column each only where there is no column of marks."""
        donnees = frozenset(self._disposition.constantes)
        attente = Attente(self._table, self._disposition, donnees)
        entete = match_header(attente, ligne, libelles)
        if "note" not in entete.manquantes:
            return entete
        return match_header(replace(attente, epreuves=self._epreuves), ligne, libelles)

    def _extended(
        self, found: dict[str, str], constantes: dict[str, str], *, est_large: bool
    ) -> Disposition:
        """Return the layout with what was found; the aliases it had remain."""
        known = self._disposition.colonnes
        ajoutees = {nom: (text, *known.get(nom, ())) for nom, text in found.items()}
        return self._disposition.model_copy(
            update={
                "colonnes": known | ajoutees,
                "constantes": self._disposition.constantes | constantes,
                "large": ("*",) if est_large else self._disposition.large,
            }
        )

    def _guess_columns(self, entete: Entete, donnees: Rangees) -> dict[str, int]:
        """Return the columns not found by their label, with the position they likely have."""
        libres = {
            position: [valeur for valeur in lues if valeur]
            for position in entete.supplements.values()
            if _is_single(entete.libelles, position)
            for lues in [[c[position].strip() for _, c in donnees if position < len(c)]]
        }
        cherchees = [
            colonne
            for colonne in self._table.colonnes
            if colonne.nom not in entete.positions
            and not (entete.epreuves and colonne.nom in {"epreuve", "note"})
        ]
        found: dict[str, int] = {}
        scores = sorted(
            (-self._score(colonne, entete.libelles[position], valeurs), rang, position)
            for position, valeurs in libres.items()
            for rang, colonne in enumerate(cherchees)
        )
        for score, rang, position in scores:
            nom = cherchees[rang].nom
            if -score >= _VRAISEMBLANCE and nom not in found and position in libres:
                found[nom] = position
                del libres[position]
        return found | self._only_ones([c for c in cherchees if c.nom not in found], libres)

    def _only_ones(
        self, cherchees: Sequence[Colonne], libres: dict[int, list[str]]
    ) -> dict[str, int]:
        """Return the required columns whose values a single free column has, whatever its label."""
        found: dict[str, int] = {}
        for colonne in cherchees:
            guess = self._guesses.get(colonne.nom)
            if colonne.obligatoire and guess is not None:
                possibles = [p for p, v in libres.items() if v and guess.fits(v)]
                if len(possibles) == 1 and possibles[0] not in found.values():
                    found[colonne.nom] = possibles[0]
        return found

    def _score(self, colonne: Colonne, libelle: str, valeurs: Sequence[str]) -> float:
        """Say how likely a column is one of ours: 0 when its values are something else."""
        keys = (colonne.nom, *self._disposition.colonnes.get(colonne.nom, ()))
        ressemblance = max(likeness(libelle, key) for key in keys)
        guess = self._guesses.get(colonne.nom)
        if guess is None or not valeurs:
            return ressemblance
        if not guess.fits(valeurs):
            return 0
        # Values that can be nothing else are enough for a column that has to be somewhere.
        if guess.est_sure and colonne.obligatoire:
            return 1 + ressemblance
        return ressemblance + (_APPUI if ressemblance >= _RESSEMBLANCE_MINIMALE else 0)


def _is_single(libelles: Sequence[str], position: int) -> bool:
    pli = fold(libelles[position])
    return bool(pli) and sum(fold(autre) == pli for autre in libelles) == 1


@lru_cache(maxsize=8192)
def likeness(libelle: str, cle: str) -> float:
    """Say how much two labels look alike, from 0 to 1; « Num. cand. » is a « Numéro candidat »."""
    lu, wanted = fold(libelle), fold(cle)
    if not lu or not wanted:
        return 0
    words_lus, words_wanted = lu.split("_"), wanted.split("_")
    communs = sum(any(_abbreviates(a, b) for b in words_wanted) for a in words_lus)
    return max(
        SequenceMatcher(None, lu, wanted).ratio(),
        2 * min(communs, len(words_wanted)) / (len(words_lus) + len(words_wanted)),
    )


def _abbreviates(word: str, autre: str) -> bool:
    court, long = sorted((word, autre), key=len)
    return word == autre or (len(court) > 1 and long.startswith(court))
