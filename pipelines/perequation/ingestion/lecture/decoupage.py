"""Cut the lines of a text file into records, without losing one and without altering a value.

Three ways, from the fastest to the most careful: a block with no quote at all is counted and passed
on whole; a block whose quoted fields all end on their line goes through the `csv` module; what is
left is read record by record. A damaged line never takes the following ones with it.
"""

import csv
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from perequation.ingestion.lecture.blancs import INVISIBLES
from perequation.ingestion.lecture.pieds import has_footer, read_footer
from perequation.socle.formats import format_count, free_spaces

# A record in the file DuckDB parses: its line number then its fields. Neither character can be in
# an input, since a line with a control character is rejected.
FIN_CHAMP = "\x1f"
SAUT = "\x1e"

# What databases and languages write for no value.
MOTS_VIDES = frozenset({"NULL", "NAN", "NONE", "<NA>", "NAT", "(NULL)", "#NULL"})

LIGNE_MAXIMALE = 100_000
_LIGNES_PAR_ENREGISTREMENT = 100
_CONTROLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ufffe\uffff\ud800-\udfff]")
# Half of a mark that a comma cut in two, with what shows nothing around it.
_ENTIER = re.compile(rf"[\s{INVISIBLES}]*(\d{{1,2}})[\s{INVISIBLES}]*")
_OCTETS_CONTROLE = bytes([*range(9), *range(11, 32), 127])


@dataclass(frozen=True)
class Defaut:
    """A line that can't be cut into fields."""

    ligne: int
    regle: str
    valeur: str
    attendu: str = ""
    virgule: str = ""


@dataclass
class Lot:
    """What came out of a block of lines.

    Attributes
    ----------
    enregistrements
        Records, encoded for DuckDB.
    defauts
        Lines rejected.
    lues
        Number of data records seen, rejected ones included, blank lines excluded.
    reste
        Number of lines at the end of the block whose record goes on in the next block.
    pieds
        Line number and first filled field of the footers recognised (« Moyenne », « Effectif »).
    largeurs
        Number of records by number of fields, those as wide as the header left out.
    vides
        In a wide file, number of cells whose word (« NULL ») means that they are empty.
    echelles
        By position of a column of marks, the scale that a line under them says.
    masquees
        Records on a row that the spreadsheet hides.
    """

    enregistrements: list[str] = field(default_factory=list[str])
    defauts: list[Defaut] = field(default_factory=list[Defaut])
    lues: int = 0
    reste: int = 0
    pieds: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])
    largeurs: Counter[int] = field(default_factory=Counter[int])
    vides: Counter[str] = field(default_factory=Counter[str])
    echelles: dict[int, str] = field(default_factory=dict[int, str])
    masquees: list[int] = field(default_factory=list[int])


@dataclass(frozen=True)
class Forme:
    """What a record must look like.

    Attributes
    ----------
    separateur
        Character between fields.
    minimum
        Fields a record must have at least: up to the last column with a name.
    maximum
        Fields the header has, columns without a name included.
    pied
        A record whose first filled field matches is a footer, not data.
    ancres
        By position, the values a column of codes may hold: one of them in its place shows that no
        field before it was cut in two or lost.
    notes
        Positions of the marks.
    numero
        Position of the candidate's number, None when there is none.
    doute
        The records of the file disagree: none is taken on its number of fields alone.
    """

    separateur: str
    minimum: int
    maximum: int
    pied: re.Pattern[str] | None = None
    ancres: dict[int, frozenset[str]] = field(default_factory=dict[int, frozenset[str]])
    notes: tuple[int, ...] = ()
    doute: bool = False
    numero: int | None = None

    @property
    def est_large(self) -> bool:
        """Whether the header ends with columns without a name."""
        return self.maximum > self.minimum

    def accepts(self, champs: list[str]) -> bool:
        """Tell whether each field of a record is surely the one its column names."""
        est_naturel = len(champs) in {self.minimum, self.maximum}
        if est_naturel and not self.doute:
            return True
        if est_naturel and not self.est_large:
            return not self.find_comma(champs)
        return self._is_anchored(champs)

    def _is_anchored(self, champs: list[str]) -> bool:
        """Tell whether nothing filled can have moved: it is before a code in its place, or next."""
        if len(champs) < self.minimum or any(c.strip() for c in champs[self.minimum :]):
            return False
        sures = [i for i, codes in self.ancres.items() if fold_code(champs[i]) in codes]
        derniere = max(sures, default=-1)
        restes = [i for i in range(derniere + 1, self.minimum) if champs[i].strip()]
        return restes in ([], [derniere + 1])

    def find_comma(self, champs: list[str]) -> str:
        """Return the first mark that a decimal comma may have cut in two, as « 12,5 »."""
        if self.separateur != "," or not self.notes:
            return ""
        for i in range(min(self.notes), len(champs) - 1):
            entier, decimales = _ENTIER.fullmatch(champs[i]), _ENTIER.fullmatch(champs[i + 1])
            if entier and decimales:
                return f"{entier[1]},{decimales[1]}"
            if i >= max(self.notes):
                break
        return ""


def fold_code(texte: str) -> str:
    """Reduce a code to what is compared: no case, accent or blank around."""
    plat = unicodedata.normalize("NFKD", texte.strip())
    return "".join(c for c in plat if not unicodedata.combining(c)).upper()


def encode(ligne: int, champs: list[str]) -> str:
    """Write a record as DuckDB will read it."""
    text = FIN_CHAMP.join(champs)
    if "\n" in text:
        text = text.replace("\n", SAUT)
    return f"{ligne}{FIN_CHAMP}{text}"


def add_record(
    lot: Lot, forme: Forme, ligne: int, champs: list[str], *, propre: bool = False
) -> list[str] | None:
    """Check the shape of a record; return its fields, or count it as blank, footer or rejected.

    `propre` says that the text was already seen to have no control character.
    """
    remplis = [champ for champ in champs if champ and not champ.isspace()]
    if not remplis:
        return None
    foot = read_footer(champs, remplis[0].strip(), forme.numero, forme.notes)
    if foot is not None or (forme.pied is not None and forme.pied.search(remplis[0].strip())):
        lot.pieds.append((ligne, remplis[0].strip()))
        lot.echelles |= foot or {}
        return None
    lot.lues += 1
    if len(champs) != forme.maximum:
        lot.largeurs[len(champs)] += 1
    if not propre and _CONTROLE.search("".join(champs)):
        lot.defauts.append(Defaut(ligne, "caractere_interdit", forme.separateur.join(champs)))
    elif not forme.accepts(champs):
        lot.defauts.append(_uneven(ligne, champs, forme))
    else:
        return champs[: forme.maximum] + [""] * (forme.maximum - len(champs))
    return None


def _uneven(ligne: int, champs: list[str], forme: Forme) -> Defaut:
    count = free_spaces(format_count(len(champs), "champ"))
    return Defaut(
        ligne,
        "nombre_de_champs",
        forme.separateur.join(champs),
        f"{count} au lieu de {forme.minimum}"
        if len(champs) != forme.minimum
        else f"{count}, dont la place n'est pas sûre",
        forme.find_comma(champs),
    )


def split_block(lignes: list[str], premiere: int, forme: Forme, *, fin: bool) -> Lot:
    """Cut consecutive physical lines into records.

    Parameters
    ----------
    lignes
        Lines, without their newline.
    premiere
        Physical number of the first one, from 1.
    forme
        What a record must look like.
    fin
        No line follows this block.
    """
    text = "\n".join(lignes)
    if _is_plain(text) and (not lignes or max(map(len, lignes)) <= LIGNE_MAXIMALE):
        if forme.pied is None and '"' not in text:
            return _split_plain(text, lignes, premiere, forme)
        lot = _split_quoted(lignes, premiere, forme)
        if lot is not None:
            return lot
    return _split_carefully(lignes, premiere, forme, fin)


def _is_plain(texte: str) -> bool:
    """Tell whether a text has no control character; bytes are much faster to look at."""
    try:
        data = texte.encode()
    except UnicodeEncodeError:
        return False
    if len(data.translate(None, _OCTETS_CONTROLE)) != len(data):
        return False
    return data.isascii() or _CONTROLE.search(texte) is None


def _split_plain(texte: str, lignes: list[str], premiere: int, forme: Forme) -> Lot:
    """Cut lines without any quote: every line is a record."""
    separateur, attendus = forme.separateur, forme.maximum - 1
    a_des_vides = f"\n{separateur}" in f"\n{texte}" or "\n " in f"\n{texte}"
    comptes = [ligne.count(separateur) for ligne in lignes]
    if (
        not (a_des_vides or forme.doute or has_footer(texte))
        and attendus > 0
        and comptes.count(attendus) == len(lignes)
    ):
        prefixees = map("%d\x1f%s".__mod__, enumerate(lignes, premiere))
        bloc = "\n".join(prefixees).replace(separateur, FIN_CHAMP)
        return Lot([bloc] if bloc else [], lues=len(lignes))
    lot = Lot()
    for numero, ligne in enumerate(lignes, premiere):
        champs = add_record(lot, forme, numero, ligne.split(separateur), propre=True)
        if champs is not None:
            lot.enregistrements.append(encode(numero, champs))
    return lot


def _split_quoted(lignes: list[str], premiere: int, forme: Forme) -> Lot | None:
    """Cut lines whose quoted fields are all well formed and end on their line, else return None."""
    try:
        rangees = list(csv.reader(lignes, delimiter=forme.separateur, strict=True))
    except csv.Error:
        return None
    # As many records as lines: no record spans two of them.
    if len(rangees) != len(lignes):
        return None
    lot = Lot()
    sans_regard = forme.pied is None and not forme.doute and not has_footer("\n".join(lignes))
    for numero, rangee in enumerate(rangees, premiere):
        # Nearly every row: right width, not blank. The others are looked at.
        if len(rangee) == forme.maximum and rangee[0] and not rangee[0].isspace() and sans_regard:
            lot.lues += 1
            lot.enregistrements.append(encode(numero, rangee))
            continue
        champs = add_record(lot, forme, numero, rangee, propre=True)
        if champs is not None:
            lot.enregistrements.append(encode(numero, champs))
    return lot


def _split_carefully(lignes: list[str], premiere: int, forme: Forme, fin: bool) -> Lot:
    lot = Lot()
    motif = FinEnregistrement(forme.separateur)
    start = 0
    while start < len(lignes):
        length = motif.measure(lignes, start)
        if length is None and not fin and motif.may_go_on(lignes, start):
            lot.reste = len(lignes) - start
            break
        _add_lines(lot, forme, premiere + start, lignes[start : start + (length or 1)], length)
        start += length or 1
    return lot


def _add_lines(lot: Lot, forme: Forme, numero: int, lignes: list[str], length: int | None) -> None:
    text = "\n".join(lignes)
    regle = (
        "ligne_trop_longue"
        if len(text) > LIGNE_MAXIMALE
        else "guillemets"
        if length is None
        else None
    )
    if regle is not None:
        lot.lues += 1
        lot.defauts.append(Defaut(numero, regle, text))
        return
    champs = add_record(lot, forme, numero, parse_record(text, forme.separateur))
    if champs is not None:
        lot.enregistrements.append(encode(numero, champs))


def parse_record(texte: str, separateur: str) -> list[str]:
    """Return the fields of one well-formed record."""
    if '"' not in texte:
        return texte.split(separateur)
    # Line feeds only: `splitlines` would also cut at U+2028, U+0085 and others.
    *tetes, queue = texte.split("\n")
    lignes = [*(head + "\n" for head in tetes), queue]
    return next(csv.reader(lignes, delimiter=separateur, strict=True), [])


class FinEnregistrement:
    """Where a record ends, for one separator."""

    def __init__(self, separateur: str) -> None:
        s = re.escape(separateur)
        champ = rf'(?:"(?:[^"]|"")*+"|[^"{s}\n][^{s}\n]*+|)'
        self._complet = re.compile(rf"{champ}(?:{s}{champ})*+")
        self._ouvert = re.compile(rf'(?:{champ}{s})*"(?:[^"]|"")*+')

    def measure(self, lignes: list[str], debut: int) -> int | None:
        """Return how many lines the record starting at `debut` takes, None when it is damaged."""
        text = ""
        for n, ligne in enumerate(lignes[debut : debut + _LIGNES_PAR_ENREGISTREMENT], 1):
            if len(text) + len(ligne) > LIGNE_MAXIMALE:
                return 1 if n == 1 else None
            text = ligne if n == 1 else f"{text}\n{ligne}"
            if n > 1 and '"' not in ligne:
                continue
            if '"' not in text or self._complet.fullmatch(text):
                return n
            if not self._ouvert.fullmatch(text):
                return None
        return None

    def may_go_on(self, lignes: list[str], debut: int) -> bool:
        """Tell whether lines to come could complete the record starting at `debut`."""
        if len(lignes) - debut >= _LIGNES_PAR_ENREGISTREMENT:
            return False
        text = "\n".join(lignes[debut:])
        return len(text) <= LIGNE_MAXIMALE and self._ouvert.fullmatch(text) is not None


def iterate_records(
    lignes: list[str], premiere: int, separateur: str
) -> Iterator[tuple[int, list[str]]]:
    """Yield line number and fields of the readable records of a few lines, for a preview."""
    motif, start = FinEnregistrement(separateur), 0
    while start < len(lignes):
        length = motif.measure(lignes, start)
        text = "\n".join(lignes[start : start + (length or 1)])
        if length is not None and len(text) <= LIGNE_MAXIMALE:
            yield premiere + start, parse_record(text, separateur)
        start += length or 1
