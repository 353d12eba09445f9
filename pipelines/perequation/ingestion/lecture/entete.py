"""Find the header of a file: on which line, with which separator, and what each column is."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache

from perequation.ingestion.lecture.annees import of_one_session
from perequation.ingestion.lecture.decoupage import fold_code, iterate_records
from perequation.ingestion.lecture.echelle import (
    either,
    fold,
    scale_line,
    scales_above,
    split_scale,
)
from perequation.ingestion.lecture.rejets import shorten
from perequation.ingestion.profils import SEPARATEURS, Disposition
from perequation.socle.schema import Table

_CODE = re.compile(r"E[A-Z]?\d{1,3}\b")

_NOMS_DE_NOTE = frozenset(["note", "notes", "epreuve", "resultat"])
# Words that make the label of an épreuve one of something else than its marks.
_AUTRES = frozenset(
    {
        *("date", "heure", "salle", "rang", "centre", "commission", "jury", "mode", "etape", "lot"),
        *("absence", "absent", "observation", "observations", "appreciation", "appreciations"),
        *("commentaire", "remarque", "correcteur", "presence", "present", "duree", "convocation"),
        # Marks, but not those of this session's candidates as they stand.
        *("ancien", "ancienne", "anciennes", "avant", "provisoire", "proposee", "precedente"),
    }
)
_PETITS_MOTS = frozenset(["de", "du", "des", "d", "la", "le", "les", "l", "a", "au", "et"])
# Beyond, what follows a code is the title of its épreuve, which may hold any of these words.
_MOTS_D_UNE_AUTRE_COLONNE = 3

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
    fin
        Physical line of the second line of a header over two.
    baremes
        By position of a column of marks, the scale its label says when it is not 20.
    ancres
        By position, the codes a column may hold, folded.
    """

    ligne: int
    libelles: tuple[str, ...]
    positions: dict[str, int]
    epreuves: dict[str, int]
    manquantes: tuple[str, ...]
    repetees: tuple[str, ...]
    fin: int | None = None
    baremes: dict[int, str] = field(default_factory=dict[int, str])
    ancres: dict[int, frozenset[str]] = field(default_factory=dict[int, frozenset[str]])

    @property
    def derniere_ligne(self) -> int:
        """Physical line after which the data begin."""
        return self.ligne if self.fin is None else self.fin

    @property
    def notes(self) -> tuple[int, ...]:
        """Positions of the marks."""
        note = (self.positions["note"],) if "note" in self.positions else ()
        return (*note, *self.epreuves.values())

    def says_scale(self, position: int) -> bool:
        """Tell whether a label says on what scale the marks of its column are, even 20."""
        libelle = self.libelles[position]
        return position in self.baremes or split_scale(libelle)[0] != libelle

    def is_like(self, autre: "Entete") -> bool:
        """Tell whether it has the same columns as another, wherever they are."""
        memes = self.positions.keys() == autre.positions.keys()
        return self.est_complet and memes and bool(self.epreuves) == bool(autre.epreuves)

    def untold_scales(self, autre: "Entete") -> dict[int, str]:
        """Return the columns whose scale nothing says here, when another sheet says one: « 20 ou 40 »."""
        ailleurs = {
            code: autre.baremes[i] for code, i in autre.epreuves.items() if i in autre.baremes
        }
        return {
            i: either({"20", ailleurs[code]})
            for code, i in self.epreuves.items()
            if code in ailleurs and not self.says_scale(i)
        }

    def find(self, libelle: str) -> int | None:
        """Return the position of a column by its label, or by our name for it."""
        pli = fold(libelle)
        return next(
            (i for i, autre in enumerate(self.libelles) if fold(autre) == pli),
            self.positions.get(libelle),
        )

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
    titres
        Names of the file and of the sheet: they may say the scale of the marks.
    """

    table: Table
    disposition: Disposition
    donnees: frozenset[str]
    epreuves: tuple[str, ...] = ()
    titres: tuple[str, ...] = ()

    @cached_property
    def libelles(self) -> dict[str, tuple[str, ...]]:
        """The labels of each column, folded: its exact name first, then the profile's."""
        others = self.disposition.colonnes
        return {nom: (nom, *map(fold, others.get(nom, ()))) for nom in self.table.noms}

    @cached_property
    def codes(self) -> dict[str, str]:
        """The épreuve of each label, folded."""
        others = self.disposition.epreuves
        return {fold(code): code for code in self.epreuves} | {
            fold(libelle): code for code, libelles in others.items() for libelle in libelles
        }

    @cached_property
    def plis(self) -> frozenset[str]:
        """All of them."""
        return frozenset(pli for plis in self.libelles.values() for pli in plis)


@lru_cache(maxsize=512)
def _folded(libelles: tuple[str, ...]) -> tuple[list[str], list[tuple[str, str]], frozenset[str]]:
    """Fold the labels of a line, apart from their scales; the same lines are tried for each kind."""
    echelles = [split_scale(libelle) for libelle in libelles]
    plis = [fold(libelle) for libelle in libelles]
    return plis, echelles, frozenset((*plis, *(fold(libelle) for libelle, _ in echelles)))


def match_header(attente: Attente, ligne: int, libelles: Sequence[str]) -> Entete:
    """Say which column each label of a line names."""
    plis, echelles, lus = _folded(tuple(libelles))
    positions: dict[str, int] = {}
    repetees: list[str] = []
    # In their order: « nom » wins over its aliases; most lines have none of them.
    known = attente.libelles if not lus.isdisjoint(attente.plis) else {}
    for nom, cherches in known.items():
        for pli in (p for p in cherches if p in lus):
            found = [
                i
                for i, p in enumerate(plis)
                if i not in positions.values()
                and (p == pli or (nom == "note" and fold(echelles[i][0]) == pli))
            ]
            if found:
                positions[nom] = found[0]
                repetees += [nom] if len(found) > 1 else []
                break
    epreuves, doubles = _match_epreuves(attente, plis, set(positions.values()))
    fournies = {*positions, *attente.donnees, *({"epreuve", "note"} if epreuves else ())}
    manquantes = tuple(n for n in attente.table.obligatoires if n not in fournies)
    notes = {*epreuves.values(), *(positions[nom] for nom in ("note",) if nom in positions)}
    return Entete(
        ligne,
        tuple(map(shorten, libelles)),
        positions,
        epreuves,
        (*manquantes, *_labels_missing(attente, plis, positions)),
        (*repetees, *doubles),
        None,
        {i: echelle for i, (_, echelle) in enumerate(echelles) if i in notes and echelle != "20"},
        _anchors(attente, positions),
    )


def _labels_missing(
    attente: Attente, plis: Sequence[str], positions: dict[str, int]
) -> tuple[str, ...]:
    """Return what the profile's filter or absence names that is neither a label nor given."""
    disposition = attente.disposition
    wanted = [*disposition.filtre, *([disposition.absence.colonne] if disposition.absence else [])]
    known = {*positions, *attente.donnees}
    return tuple(nom for nom in wanted if nom not in known and fold(nom) not in plis)


def _anchors(attente: Attente, positions: dict[str, int]) -> dict[int, frozenset[str]]:
    return {
        positions[colonne.nom]: frozenset(
            map(fold_code, (*colonne.codes, *attente.disposition.codes.get(colonne.nom, ())))
        )
        for colonne in attente.table.colonnes
        if colonne.codes and colonne.nom in positions
    }


def _match_epreuves(
    attente: Attente, plis: Sequence[str], prises: set[int]
) -> tuple[dict[str, int], list[str]]:
    matched: list[tuple[str, int]] = []
    for position, pli in enumerate(plis):
        if position in prises:
            continue
        # « E41 », or « E41 - Relation client » as templates and people write it; « E41 date » is
        # no column of marks.
        code = attente.codes.get(pli)
        words = [word for word in pli.split("_") if word not in _NOMS_DE_NOTE]
        if code is None and words and not _says_something_else(words[1:]):
            code = attente.codes.get(words[0])
        if code is not None:
            matched.append((code, position))
    found: dict[str, int] = {}
    doubles: list[str] = []
    for code, position in of_one_session(matched, plis):
        if code in found:
            doubles.append(code)
        else:
            found[code] = position
    return found, doubles


def _says_something_else(following: Sequence[str]) -> bool:
    """Say whether the words after a code make its column one of no marks: « E41 date de l'oral ».

    « E22 - Langue vivante : … » is a title, « E22 langue » the language chosen.
    """
    words = [word for word in following if word not in _PETITS_MOTS]
    if words == ["langue"]:
        return True
    return len(words) <= _MOTS_D_UNE_AUTRE_COLONNE and bool(_AUTRES.intersection(words))


def find_header(attente: Attente, rangees: Iterable[tuple[int, Sequence[str]]]) -> Entete | None:
    """Find the header among the first rows of a file.

    The profile's line decides; else the first line that has every required column; else the line
    that has the most of them, the first filled line when none has any.
    """
    meilleur: Entete | None = None
    lues = list(rangees)
    for rang, (ligne, libelles) in enumerate(lues):
        wanted = attente.disposition.entete
        if (wanted is not None and ligne < wanted) or not any(c.strip() for c in libelles):
            continue
        suivante = lues[rang + 1] if rang + 1 < len(lues) else None
        entete = _match_lines(attente, ligne, libelles, suivante)
        entete = _with_scales(entete, lues, rang, attente.titres)
        if wanted is not None or not entete.manquantes:
            return entete
        if meilleur is None or _score(entete) > _score(meilleur):
            meilleur = entete
    return meilleur


def _match_lines(
    attente: Attente,
    ligne: int,
    libelles: Sequence[str],
    suivante: tuple[int, Sequence[str]] | None,
) -> Entete:
    """Match a header, with the next line when the profile says so or when it has to be one."""
    seule = match_header(attente, ligne, libelles)
    if suivante is None or not (
        attente.disposition.entete_lignes > 1 or _goes_on(seule, suivante[1])
    ):
        return seule
    essais = [match_header(attente, ligne, x) for x in _join_lines(libelles, suivante[1])]
    entete = max(essais, key=_score)
    # « CCF (sur 40) » above, « E41 » below: the scale is that of all the columns it covers.
    dites = {
        i: split_scale(text)[1] for i, text in enumerate(_covering(libelles, len(suivante[1])))
    }
    baremes = {i: dites[i] for i in entete.notes if dites.get(i, "20") != "20"}
    return replace(entete, fin=suivante[0], baremes=baremes | entete.baremes)


def _covering(haut: Sequence[str], width: int) -> list[str]:
    """Return the label above each column: a merged cell covers those that follow it."""
    couvert, texts = "", list[str]()
    for text in [*haut, *[""] * (width - len(haut))]:
        couvert = text if text.strip() else couvert
        texts.append(couvert)
    return texts


def _with_scales(
    entete: Entete, lues: Sequence[tuple[int, Sequence[str]]], rang: int, titres: Sequence[str]
) -> Entete:
    """Add the scales said by the line under a header, by those above it, or by titles."""
    if not entete.notes:
        return entete
    numero = entete.positions.get("numero_candidat")
    for ligne, champs in lues[rang + 1 :]:
        if ligne <= entete.derniere_ligne or not any(c.strip() for c in champs):
            continue
        echelles = scale_line(champs, numero, entete.notes)
        if echelles:
            dites = {i: e for i, e in echelles.items() if e != "20"}
            return replace(entete, fin=ligne, baremes=entete.baremes | dites)
        break
    # A label that says 20 is right about its column.
    muettes = [i for i in entete.notes if not entete.says_scale(i)]
    if not muettes:
        return entete
    au_dessus = scales_above([champs for _, champs in lues[:rang]], titres, muettes)
    return replace(entete, baremes=au_dessus | entete.baremes)


def _goes_on(entete: Entete, suite: Sequence[str]) -> bool:
    """Tell a line of épreuve codes under a header: no candidate, codes under no column of ours."""
    numero = entete.positions.get("numero_candidat")
    if numero is None or numero >= len(suite) or suite[numero].strip():
        return False
    prises = set(entete.positions.values())
    return any(_CODE.match(c.strip()) for i, c in enumerate(suite) if i not in prises)


def _join_lines(haut: Sequence[str], bas: Sequence[str]) -> Iterator[list[str]]:
    """Yield the labels two lines may make: the lower one, or both where a merged cell covers it."""
    width = max(len(haut), len(bas))
    hauts = [*haut, *[""] * (width - len(haut))]
    bas_ = [*bas, *[""] * (width - len(bas))]
    yield [b if b.strip() else h for h, b in zip(hauts, bas_, strict=True)]
    couverts = _covering(hauts, width)
    yield [
        f"{c} {b}".strip() if b.strip() else h
        for c, h, b in zip(couverts, hauts, bas_, strict=True)
    ]


def _score(entete: Entete | None) -> tuple[int, int]:
    if entete is None:
        return (-1000, 0)
    return (-len(entete.manquantes), len(entete.positions) + len(entete.epreuves))


def detect_layout(attente: Attente, lignes: list[str]) -> tuple[str, Entete | None]:
    """Find separator and header from the first lines of a text file."""
    wanted = attente.disposition.separateur
    candidats = [wanted] if wanted else list(SEPARATEURS)
    essais = [(s, find_header(attente, list(iterate_records(lignes, 1, s)))) for s in candidats]
    # On equal terms, the separator that cuts the header into the most columns.
    return max(essais, key=lambda e: (_score(e[1]), len(e[1].libelles) if e[1] else 0))
