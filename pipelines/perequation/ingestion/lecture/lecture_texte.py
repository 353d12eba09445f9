"""Read a text file: its first lines for the layout, then its records."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from perequation.ingestion.lecture.decoupage import (
    LIGNE_MAXIMALE,
    FinEnregistrement,
    Forme,
    Lot,
    iterate_records,
    split_block,
)
from perequation.ingestion.lecture.disposition_lue import (
    FichierIllisibleError,
    FichierOuvert,
    FichierVideError,
    given,
    read_preamble,
    said_session,
)
from perequation.ingestion.lecture.encodage import Encodage, detect_encoding, open_text
from perequation.ingestion.lecture.entete import LIGNES_CHERCHEES, Attente, Entete, detect_layout
from perequation.ingestion.lecture.signatures import EncodageIncertainError

_BLOC = 1 << 22
_APERCU = 1 << 18


@dataclass(frozen=True)
class SourceTexte:
    """A text file."""

    chemin: Path
    encodage: Encodage

    def blocks(self, entete: Entete, forme: Forme) -> Iterator[Lot]:
        """Yield the records after the header, one lot per four million characters or so."""
        decoupe = _Decoupe(forme, entete.derniere_ligne)
        with closing(open_text(self.chemin, self.encodage)) as flux:
            while bloc := flux.read(_BLOC):
                yield from decoupe.feed(bloc)
            yield from decoupe.finish()

    def letter(self, position: int) -> str | None:  # noqa: ARG002
        """Return None: a text file has no cells."""
        return None


class _Decoupe:
    """Cut a stream of text into lots; knows where the header ends and what a block left open."""

    def __init__(self, forme: Forme, ligne_entete: int) -> None:
        self._forme = forme
        self._entete = ligne_entete
        self._attente = ""
        self._numero = 1
        self._motif = FinEnregistrement(forme.separateur)
        self._est_tronquee = False

    def feed(self, bloc: str) -> Iterator[Lot]:
        end = bloc.rfind("\n")
        if end < 0:
            # A line without end is rejected in the end: no need to keep all of it in memory.
            if len(self._attente) <= 10 * LIGNE_MAXIMALE:
                self._attente += bloc
            return
        text = self._attente + bloc[:end]
        self._attente = bloc[end + 1 :]
        yield from self._lot(text.split("\n"), fin=False)

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


@dataclass(frozen=True)
class DebutTexte:
    """The first lines of a text file, whose layout depends on what is expected."""

    source: SourceTexte
    lignes: list[str]

    def lay_out(self, attente: Attente) -> FichierOuvert:
        """Find separator and header."""
        lignes = self.lignes[: (attente.disposition.entete or 1) + LIGNES_CHERCHEES]
        preambule = read_preamble(attente, lignes, self.source.chemin.name)
        separateur, entete = detect_layout(
            given(attente, preambule, self.source.chemin.stem), lignes
        )
        if entete is None:
            raise FichierIllisibleError("aucune ligne d'en-tête n'y est reconnaissable")
        above = lignes[: entete.ligne - 1]
        preambule = said_session(attente, entete, above, self.source.chemin.stem) | preambule
        start = tuple((n, tuple(champs)) for n, champs in iterate_records(lignes, 1, separateur))
        return FichierOuvert(
            self.source, entete, self.source.encodage.libelle, separateur, preambule, start
        )


def start_text(chemin: Path) -> DebutTexte:
    """Read the first lines of a text file, whatever its layout."""
    try:
        encodage = detect_encoding(chemin)
        with closing(open_text(chemin, encodage)) as flux:
            text = flux.read(_APERCU)
    except EncodageIncertainError as erreur:
        raise FichierIllisibleError(str(erreur)) from erreur
    except OSError as erreur:
        raise FichierIllisibleError("il ne peut pas être lu jusqu'au bout") from erreur
    if not text.strip():
        raise FichierVideError
    return DebutTexte(SourceTexte(chemin, encodage), text.split("\n"))
