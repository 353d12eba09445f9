"""Read a workbook: which of its sheets, then its rows as records."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from perequation.ingestion.lecture.decoupage import Forme, Lot, add_record, encode
from perequation.ingestion.lecture.disposition_lue import (
    FichierIllisibleError,
    FichierOuvert,
    FichierVideError,
    given,
    read_preamble,
    said_session,
)
from perequation.ingestion.lecture.entete import LIGNES_CHERCHEES, Attente, Entete, find_header
from perequation.ingestion.lecture.feuille import ClasseurIllisibleError
from perequation.ingestion.lecture.lignes_masquees import is_hidden
from perequation.ingestion.lecture.tableur import Classeur


@dataclass(frozen=True)
class SourceClasseur:
    """A sheet of a workbook."""

    classeur: Classeur
    feuille: str

    def blocks(self, entete: Entete, forme: Forme) -> Iterator[Lot]:
        """Yield the records after the header."""
        lot = Lot()
        masquees = self.classeur.hidden_rows(self.feuille)
        for ligne, cellules in self.classeur.rows(self.feuille):
            if ligne <= entete.derniere_ligne:
                continue
            lues = lot.lues
            champs = add_record(lot, forme, ligne, cellules)
            if lot.lues > lues and is_hidden(masquees, ligne):
                lot.masquees.append(ligne)
            if champs is not None:
                lot.enregistrements.append(encode(ligne, champs))
            if len(lot.enregistrements) >= 50_000:
                yield lot
                lot = Lot()
        yield lot

    def letter(self, position: int) -> str:
        """Return the letter of a column (from 0)."""
        return self.classeur.letter(self.feuille, position)


@dataclass(frozen=True)
class DebutClasseur:
    """An open workbook, whose sheet to read depends on what is expected."""

    classeur: Classeur
    debuts: dict[tuple[str, int], list[tuple[int, list[str]]]]

    def lay_out(self, attente: Attente) -> FichierOuvert:
        """Choose a sheet.

        The first of those the profile names, else of the visible ones, with every required
        column; else the first one that is not empty. Those with the same columns go with it.
        """
        try:
            lectures = list(self._sheets(attente))
            cachees = list(self._sheets(attente, cachees=True))
        except ClasseurIllisibleError as erreur:
            raise FichierIllisibleError(str(erreur)) from erreur
        if not lectures:
            wanted = attente.disposition.feuille
            if wanted is not None and not any(f.is_named(wanted) for f in self.classeur.feuilles):
                raise FichierIllisibleError(f"il n'a pas de feuille « {wanted} »")
            raise FichierVideError
        choisie = next((x for x in lectures if x.entete.est_complet), lectures[0])
        jointes, ignorees = list[str](), list[str]()
        for lecture in lectures:
            if lecture is not choisie and lecture.feuille:
                memes = choisie.entete.est_complet and lecture.entete.is_like(choisie.entete)
                # On its own, a sheet would be read on 20 where the first one says 40.
                memes = memes and not lecture.entete.untold_scales(choisie.entete)
                (jointes if memes else ignorees).append(lecture.feuille)
        # Nobody sees a hidden sheet: what could be read there is said, not loaded.
        ignorees += [x.feuille for x in cachees if x.feuille and x.entete.is_like(choisie.entete)]
        entete = choisie.entete
        for lecture in lectures:
            entete = replace(entete, baremes=entete.untold_scales(lecture.entete) | entete.baremes)
        return replace(
            choisie,
            entete=entete,
            feuilles_ignorees=tuple(ignorees),
            feuilles_jointes=tuple(jointes),
        )

    def _sheets(self, attente: Attente, *, cachees: bool = False) -> Iterator[FichierOuvert]:
        """Yield the sheets that may be read, or the hidden ones that the profile doesn't name."""
        wanted = attente.disposition.feuille
        for feuille in self.classeur.feuilles:
            named = feuille.is_named(wanted) if wanted is not None else feuille.est_visible
            if (named or feuille.est_visible) if cachees else not named:
                continue
            start = self._start(feuille.nom, (attente.disposition.entete or 1) + LIGNES_CHERCHEES)
            preambule = read_preamble(
                attente,
                [" ".join(c).strip() for _, c in start],
                self.classeur.chemin.name,
                feuille.nom,
            )
            entete = find_header(
                given(attente, preambule, self.classeur.chemin.stem, feuille.nom), start
            )
            if entete is not None:
                above = [" ".join(c) for n, c in start if n < entete.ligne]
                noms = (self.classeur.chemin.stem, feuille.nom)
                preambule = said_session(attente, entete, above, *noms) | preambule
                yield FichierOuvert(
                    SourceClasseur(self.classeur, feuille.nom),
                    entete,
                    "classeur",
                    "",
                    preambule,
                    tuple((n, tuple(c)) for n, c in start),
                    feuille.nom,
                )

    def _start(self, feuille: str, lignes: int) -> list[tuple[int, list[str]]]:
        if (feuille, lignes) not in self.debuts:
            self.debuts[feuille, lignes] = list(self.classeur.rows(feuille, lignes))
        return self.debuts[feuille, lignes]


def start_workbook(chemin: Path) -> DebutClasseur:
    """Open a workbook, whatever its layout."""
    try:
        return DebutClasseur(Classeur(chemin), {})
    except ClasseurIllisibleError as erreur:
        raise FichierIllisibleError(str(erreur)) from erreur
