"""Read one file, text or workbook: what its header says, then its records block by block."""

import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from perequation.ingestion.decoupage import (
    FIN_CHAMP,
    LIGNE_MAXIMALE,
    Forme,
    Lot,
    Motif,
    add_record,
    encode,
    iterate_records,
    split_block,
)
from perequation.ingestion.encodage import Encodage, detect_encoding, open_text
from perequation.ingestion.entete import (
    LIGNES_CHERCHEES,
    Attente,
    Entete,
    detect_layout,
    find_header,
)
from perequation.ingestion.profils import Extrait
from perequation.ingestion.rejets import shorten
from perequation.ingestion.tableur import Classeur, ClasseurIllisibleError, is_workbook

_BLOC = 1 << 22
_APERCU = 1 << 18
_BINAIRES = {
    b"%PDF": "c'est un PDF", b"\x1f\x8b": "c'est une archive gzip", b"\x89PNG": "c'est une image",
    b"\xff\xd8\xff": "c'est une image", b"7z\xbc\xaf": "c'est une archive 7z",
    b"Rar!": "c'est une archive RAR",
}  # fmt: skip


class FichierIllisibleError(Exception):
    """A file that can't be read at all; the message says why, in French."""


class FichierVideError(Exception):
    """A file with nothing in it."""


@dataclass(frozen=True)
class Lecture:
    """A file whose layout is known, ready to be read.

    Attributes
    ----------
    entete
        What its header says.
    encodage, separateur
        For a text file; a workbook has "classeur" and an empty text.
    feuille, feuilles_ignorees
        For a workbook, the sheet read and the other ones that are not empty.
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

    def blocks(self, pied: str | None = None) -> Iterator[Lot]:
        """Yield the records after the header, in bounded blocks."""
        forme = Forme(
            self.separateur or "\t",
            self.entete.largeur_utile,
            len(self.entete.libelles),
            re.compile(pied) if pied else None,
        )
        for lot in self.source.blocks(self.entete, forme):
            yield widen(lot, self.entete) if self.entete.epreuves else lot


class Source(Protocol):
    """Where the records come from."""

    def blocks(self, entete: Entete, forme: Forme) -> Iterator[Lot]:
        """Yield the records after the header."""
        ...


def open_file(chemin: Path, attente: Attente) -> Lecture:
    """Look at a file and find out its layout.

    Raises
    ------
    FichierIllisibleError
        It can't be opened, or is neither text nor a workbook.
    FichierVideError
        There is nothing in it.
    """
    try:
        with chemin.open("rb") as flux:
            debut = flux.read(16)
    except OSError as erreur:
        raise FichierIllisibleError("il ne peut pas être ouvert") from erreur
    if not debut:
        raise FichierVideError
    for marque, raison in _BINAIRES.items():
        if debut.startswith(marque):
            raise FichierIllisibleError(f"{raison}, ni un texte ni un classeur")
    return open_workbook(chemin, attente) if is_workbook(debut) else open_plain(chemin, attente)


# ---------------------------------------------------------------------------- text


@dataclass(frozen=True)
class SourceTexte:
    """A text file."""

    chemin: Path
    encodage: Encodage

    def blocks(self, entete: Entete, forme: Forme) -> Iterator[Lot]:
        """Yield the records after the header, one lot per four million characters or so."""
        decoupe = _Decoupe(forme, entete.ligne)
        with closing(open_text(self.chemin, self.encodage)) as flux:
            while bloc := flux.read(_BLOC):
                yield from decoupe.feed(bloc)
            yield from decoupe.finish()


class _Decoupe:
    """Cut a stream of text into lots; knows where the header ends and what a block left open."""

    def __init__(self, forme: Forme, ligne_entete: int) -> None:
        self._forme = forme
        self._entete = ligne_entete
        self._attente = ""
        self._numero = 1
        self._motif = Motif(forme.separateur)
        self._est_tronquee = False

    def feed(self, bloc: str) -> Iterator[Lot]:
        fin = bloc.rfind("\n")
        if fin < 0:
            # A line without end is rejected in the end: no need to keep all of it in memory.
            if len(self._attente) <= 10 * LIGNE_MAXIMALE:
                self._attente += bloc
            return
        texte = self._attente + bloc[:fin]
        self._attente = bloc[fin + 1 :]
        yield from self._lot(texte.split("\n"), fin=False)

    def finish(self) -> Iterator[Lot]:
        if self._attente:
            yield from self._lot(self._attente.split("\n"), fin=True)

    def _lot(self, lignes: list[str], *, fin: bool) -> Iterator[Lot]:
        premiere, self._numero = self._numero, self._numero + len(lignes)
        if premiere <= self._entete:
            passees = self._entete - premiere
            passees += self._motif.measure(lignes, passees) or 1 if passees < len(lignes) else 0
            lignes, premiere = lignes[passees:], premiere + passees
        lot = split_block(lignes, premiere, self._forme, fin=fin)
        if lot.reste:
            restantes = lignes[len(lignes) - lot.reste :]
            self._numero -= lot.reste
            self._attente = "\n".join([*restantes, self._attente])
        yield lot


def open_plain(chemin: Path, attente: Attente) -> Lecture:
    """Find out the layout of a text file."""
    try:
        encodage = detect_encoding(chemin)
        with closing(open_text(chemin, encodage)) as flux:
            texte = flux.read(_APERCU)
    except OSError as erreur:
        raise FichierIllisibleError("il ne peut pas être lu jusqu'au bout") from erreur
    if not texte.strip():
        raise FichierVideError
    lignes = texte.split("\n")[: (attente.disposition.entete or 1) + LIGNES_CHERCHEES]
    preambule = _read_preamble(attente, lignes)
    attente = _given(attente, preambule)
    separateur, entete = detect_layout(attente, lignes)
    if entete is None:
        raise FichierIllisibleError("aucune ligne d'en-tête n'y est reconnaissable")
    debut = tuple((n, tuple(champs)) for n, champs in iterate_records(lignes, 1, separateur))
    return Lecture(
        SourceTexte(chemin, encodage), entete, encodage.libelle, separateur, preambule, debut
    )


def _read_preamble(attente: Attente, lignes: list[str]) -> dict[str, str]:
    """Look above the header for the values the profile says are there."""
    trouvees: dict[str, str] = {}
    for colonne, extrait in attente.disposition.preambule.items():
        valeur = _extract(extrait, lignes)
        if valeur is not None:
            trouvees[colonne] = valeur
    return trouvees


def _extract(extrait: Extrait, lignes: list[str]) -> str | None:
    if extrait.ligne > len(lignes):
        return None
    trouve = re.search(extrait.motif, lignes[extrait.ligne - 1])
    return shorten(trouve[1].strip()) if trouve else None


def _given(attente: Attente, preambule: dict[str, str]) -> Attente:
    return replace(attente, donnees=attente.donnees | frozenset(preambule))


# ---------------------------------------------------------------------------- workbook


@dataclass(frozen=True)
class SourceClasseur:
    """A sheet of a workbook."""

    classeur: Classeur
    feuille: str

    def blocks(self, entete: Entete, forme: Forme) -> Iterator[Lot]:
        """Yield the records after the header."""
        lot = Lot()
        for ligne, cellules in self.classeur.rows(self.feuille):
            if ligne <= entete.ligne:
                continue
            champs = add_record(lot, forme, ligne, cellules)
            if champs is not None:
                lot.enregistrements.append(encode(ligne, champs))
            if len(lot.enregistrements) >= 50_000:
                yield lot
                lot = Lot()
        yield lot


def open_workbook(chemin: Path, attente: Attente) -> Lecture:
    """Find out the layout of a workbook and which of its sheets to read.

    The profile's sheet, else the first visible one with every required column, else the first
    visible one that is not empty.
    """
    try:
        classeur = Classeur(chemin)
        lectures = list(_sheets(classeur, attente))
    except ClasseurIllisibleError as erreur:
        raise FichierIllisibleError(str(erreur)) from erreur
    if not lectures:
        voulue = attente.disposition.feuille
        if voulue is not None and voulue not in [f.nom for f in classeur.feuilles]:
            raise FichierIllisibleError(f"il n'a pas de feuille « {voulue} »")
        raise FichierVideError
    choisie = next((x for x in lectures if x.entete.est_complet), lectures[0])
    autres = tuple(x.feuille for x in lectures if x is not choisie and x.feuille)
    return replace(choisie, feuilles_ignorees=autres)


def _sheets(classeur: Classeur, attente: Attente) -> Iterator[Lecture]:
    voulue = attente.disposition.feuille
    for feuille in classeur.feuilles:
        if feuille.nom != voulue if voulue is not None else not feuille.est_visible:
            continue
        lignes = (attente.disposition.entete or 1) + LIGNES_CHERCHEES
        debut = list(classeur.rows(feuille.nom, lignes))
        preambule = _read_preamble(attente, [" ".join(c).strip() for _, c in debut])
        entete = find_header(_given(attente, preambule), debut)
        if entete is not None:
            yield Lecture(
                SourceClasseur(classeur, feuille.nom), entete, "classeur", "", preambule,
                tuple((n, tuple(c)) for n, c in debut), feuille.nom,
            )  # fmt: skip


# ---------------------------------------------------------------------------- wide files


def widen(lot: Lot, entete: Entete) -> Lot:
    """Turn each filled mark cell of a wide file into a record of its own.

    Épreuve and mark are added as two last fields; the cell becomes the unit of accounting.
    """
    large = Lot(defauts=[*lot.defauts], lues=len(lot.defauts), reste=lot.reste)
    for bloc in lot.enregistrements:
        for enregistrement in bloc.split("\n"):
            champs = enregistrement.split(FIN_CHAMP)
            for epreuve, position in entete.epreuves.items():
                note = champs[position + 1]
                if note.strip():
                    large.lues += 1
                    large.enregistrements.append(FIN_CHAMP.join([enregistrement, epreuve, note]))
    return large
