"""Files of marks as offices send them, drawn at random, with the marks they were written from.

Kinds: fields that shift, scales other than 20, numbers and units spelled in many ways, encodings,
headers. What must come out is known: no mark published differs from the mark written, and every
filled cell is loaded, rejected or warned about.
"""

import csv
import io
import random
import zipfile
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from xml.sax.saxutils import escape

import openpyxl

EPREUVES = ("E1", "E21", "E22", "E3", "E41", "E42", "E5", "E6")
PROFIL = """
base = "perequation"

[notes]
large = ["*"]

[notes.constantes]
specialite = "MCO"
session = "2022"
mode = "PONCTUEL"
"""
_SESSION = """
[session]
annee = 2022
titre = "Essai"
academie_pilote = "TOULOUSE"
specialites = ["MCO"]

[donnees]
candidats = ["donnees/candidats*"]
notes = ["donnees/notes*"]
profil = "essai"
"""
ENTETE_LISTE = "numero_candidat;nom;prenom;specialite;session;academie;uai;statut;forme\n"
_PRENOMS = ("Léa", "Zoé", "Hélène", "Gaël", "Noémie", "François", "Anaïs", "Jérôme", "Eléa", "Théo")
_NUMEROS = ("N° candidat", "numero_candidat", "NUMÉRO CANDIDAT", "Numéro de candidat", "Matricule")
_ECHELLES = {
    10: (
        "{} /10",
        "{} (sur 10)",
        "{} sur 10",
        "{} (10 pts)",
        "{} sur dix",
        "{} - 10 points",
        "{}/10",
    ),
    40: ("{} /40", "{} (sur 40)", "{} sur 40", "{} (40 points)", "{} barème 40", "{}_sur_40"),
    100: ("{} /100", "{} (100 pts)", "{} sur cent", "{} max 100", "{} [/100]"),
}
_BAREMES = ("Barème", "bareme", "Points possibles", "Note maximale", "Noté sur")
_PIEDS = (
    "Moyenne",
    "MOYENNE GÉNÉRALE",
    "Effectif",
    "Nb de notes",
    "Médiane",
    "Écart-type",
    "Total",
    "Minimum",
    "Moyenne de la classe",
    "Max",
    *(
        "σ",
        "Moy.",
        "Nb présents",
        "Q1",
        "1er quartile",
        "Note la plus haute",
        "Présents",
        "ECART TYPE",
    ),
)
ENCODAGES = ("utf-8", "utf-8-sig", "cp1252", "mac_roman", "cp850", "utf-16", "double")
_INVISIBLES = ("\u200b", "\ufeff", "\u00ad", "\u200d", "\u200e")


@dataclass
class FichierDeBureau:
    """A file, and what it was written from.

    Attributes
    ----------
    nom
        Its name.
    octets
        Its content.
    notes
        The mark written of each candidate in each épreuve, on 20.
    formes
        Shapes it has.
    """

    nom: str
    octets: bytes
    notes: dict[tuple[str, str], Decimal]
    formes: Counter[str] = field(default_factory=Counter[str])


def true_mark(i: int, k: int) -> Decimal:
    """Return the mark of a candidate (from 0) in an épreuve (from 0)."""
    return 8 + Decimal((7 * i + 5 * k) % 17) / 2


def numero(i: int) -> str:
    """Return the number of a candidate (from 0)."""
    return f"0223100{i + 1:04}"


def prenom(i: int) -> str:
    """Return the first name of a candidate (from 0)."""
    return _PRENOMS[i % len(_PRENOMS)]


def encode(texte: str, encodage: str) -> bytes:
    """Write a text in an encoding; « double » is UTF-8 read in Windows-1252 and written again."""
    if encodage == "double":
        return texte.encode().decode("cp1252", "ignore").encode()
    return texte.encode(encodage, "ignore")


def make_roster(nb: int) -> str:
    """Write the list of so many candidates."""
    return ENTETE_LISTE + "".join(
        f"{numero(i)};NOM{i};{prenom(i)};MCO;2022;TOULOUSE;;EAD;GLOBALE\n" for i in range(nb)
    )


def write_folder(racine: Path, liste: bytes, profil: str = PROFIL) -> None:
    """Write a session folder that reads office files: its settings, its profile, its roster."""
    (racine / "donnees").mkdir(parents=True)
    (racine / "profils").mkdir()
    (racine / "session.toml").write_text(_SESSION, encoding="utf-8")
    (racine / "profils" / "essai.toml").write_text(profil, encoding="utf-8")
    (racine / "donnees" / "candidats.csv").write_bytes(liste)


def make_office_file(graine: int, candidats: range, rang: int) -> FichierDeBureau:
    """Draw a file of the marks of some candidates."""
    return _Tirage(random.Random(graine), candidats, rang).make()


class _Tirage:
    def __init__(self, tirage: random.Random, candidats: range, rang: int) -> None:
        self._t = tirage
        self._candidats = candidats
        self._rang = rang
        self._formes = Counter[str]()
        self._virgule = tirage.random() < 0.6
        self._echelle = tirage.choice([20, 20, 20, 10, 40, 100])
        # In a wide file, where the scale is said.
        self._ou = tirage.choice(["libellé", "ligne", "titre", "pied"])
        self._notes: dict[tuple[str, str], Decimal] = {}

    def _says(self, forme: str, part: float) -> bool:
        oui = self._t.random() < part
        self._formes[forme] += oui
        return oui

    def make(self) -> FichierDeBureau:
        est_large = self._says("large", 0.5)
        epreuves = self._t.sample(EPREUVES, self._t.randint(2, 8))
        rangees = self._wide(epreuves) if est_large else self._long(epreuves)
        if self._echelle != 20:
            self._formes[f"barème {self._echelle}"] += 1
        if self._says("classeur", 0.25):
            return self._workbook(rangees)
        return self._file("csv", self._text(rangees))

    def _file(self, suffixe: str, octets: bytes) -> FichierDeBureau:
        return FichierDeBureau(f"notes{self._rang:02}.{suffixe}", octets, self._notes, self._formes)

    # ------------------------------------------------------------------------------- rows

    def _wide(self, epreuves: list[str]) -> list[list[str]]:
        libelles = [self._label(e) for e in epreuves]
        entete = [self._t.choice(_NUMEROS), "Nom", "Prénom", *libelles]
        rangees = [entete]
        if self._echelle != 20 and self._ou == "ligne":
            self._formes["barème sous l'en-tête"] += 1
            rangees.append([self._t.choice(["Points possibles", "Barème", "Note sur", ""]), "", ""])
            rangees[-1] += [str(self._echelle)] * len(epreuves)
        for i in self._candidats:
            notes = [self._mark(i, e) for e in epreuves]
            rangees.append([self._number(i), f"NOM{i}", prenom(i), *notes])
        if self._says("en-tête sur deux lignes", 0.15) and self._echelle == 20:
            rangees[0] = [*entete[:3], "Épreuves", *[""] * (len(epreuves) - 1)]
            rangees.insert(1, ["", "", "", *epreuves])
        return self._dressed(self._shuffled(rangees, fixes=not _may_be_shuffled(rangees)))

    def _long(self, epreuves: list[str]) -> list[list[str]]:
        libelle_note = "Note"
        colonne_bareme = ""
        if self._echelle != 20:
            if self._says("barème dans le libellé", 0.5):
                libelle_note = self._t.choice(_ECHELLES[self._echelle]).format("Note")
            else:
                self._formes["barème en colonne"] += 1
                colonne_bareme = self._t.choice(_BAREMES)
        entete = [
            self._t.choice(_NUMEROS),
            "Prénom",
            "epreuve",
            libelle_note,
            "centre",
            "commission",
        ]
        entete += [colonne_bareme] if colonne_bareme else []
        libres = self._t.randint(0, 3)
        entete += ["langue", "lot", "Observations"][:libres]
        rangees = [entete]
        for i in self._candidats:
            for e in epreuves:
                rangee = [self._number(i), prenom(i), self._code(e)]
                rangee += [self._mark(i, e), self._centre(), self._commission()]
                rangee += [str(self._echelle)] if colonne_bareme else []
                rangees.append(rangee + [""] * libres)
        return self._dressed(self._shuffled(rangees))

    def _shuffled(self, rangees: list[list[str]], *, fixes: bool = False) -> list[list[str]]:
        if fixes or not self._says("colonnes mélangées", 0.4):
            return rangees
        largeur = len(rangees[0])
        # The number first, so that footers have a place of their own.
        ordre = [0, *self._t.sample(range(1, largeur), largeur - 1)]
        return [[rangee[j] for j in ordre] for rangee in rangees]

    def _dressed(self, rangees: list[list[str]]) -> list[list[str]]:
        largeur = len(rangees[0])
        if self._says("pied", 0.25):
            for pied in self._t.sample(_PIEDS, self._t.randint(1, 2)):
                rangees.append([pied, *["" for _ in range(largeur - 1)]])
                rangees[-1][self._t.randrange(1, largeur)] = self._t.choice(["12,4", "24", "11.9"])
        if self._echelle != 20 and self._ou == "pied" and self._formes["large"]:
            self._formes["barème sous les notes"] += 1
            dit = self._t.choice(["Barème", "Points possibles", "Noté sur", "Échelle"])
            notes = [c not in {"Nom", "Prénom", *_NUMEROS} for c in rangees[0]]
            rangees.append([str(self._echelle) if n else "" for n in notes])
            rangees[-1][0] = dit
        if self._echelle != 20 and self._ou == "titre" and self._formes["large"]:
            self._formes["barème en titre"] += 1
            titre = self._t.choice(["Notes sur {}", "Notes /{} du centre", "Barème : {} points"])
            rangees[:0] = [[titre.format(self._echelle)]]
        elif self._says("préambule", 0.2):
            titres = [["Notes du 12/06/2022"], ["Session 2022, page 1/10"], []]
            rangees[:0] = titres[: self._t.randint(1, 3)]
        if self._says("colonnes vides au bout", 0.25):
            sans_nom = self._t.randint(1, 3)
            rangees = [[*r, *[""] * sans_nom] if r else r for r in rangees]
        return rangees

    # ------------------------------------------------------------------------------ cells

    def _label(self, epreuve: str) -> str:
        if self._echelle == 20:
            formes = ["{}", "{} /20", "{} (sur 20)", "Note {}", "{} - Épreuve"]
            return self._t.choice(formes).format(epreuve)
        if self._ou != "libellé":
            return epreuve
        self._formes["barème dans le libellé"] += 1
        return self._t.choice(_ECHELLES[self._echelle]).format(epreuve)

    def _mark(self, i: int, epreuve: str) -> str:
        note = true_mark(i, EPREUVES.index(epreuve))
        self._notes[numero(i), epreuve] = note
        ecrite = note * self._echelle / 20
        texte = f"{ecrite.normalize():f}"
        if self._t.random() < 0.1:
            texte = f"{ecrite:.2f}"
        if self._virgule:
            texte = texte.replace(".", ",")
        if self._t.random() < 0.05:
            self._formes["blanc autour d'une note"] += 1
            texte = self._t.choice(["\u00a0{}", "{} ", "\u202f{}", "{}\u200b"]).format(texte)
        return texte

    def _number(self, i: int) -> str:
        if self._t.random() > 0.15:
            return numero(i)
        self._formes["numéro écrit autrement"] += 1
        return self._t.choice(
            [
                numero(i).lstrip("0"),
                f"'{numero(i)}",
                f"{numero(i)} ",
                f"{numero(i)[:4]} {numero(i)[4:]}",
                f"{numero(i)[:4]}\u00a0{numero(i)[4:]}",
                f"{numero(i).lstrip('0')}.0",
                self._t.choice(_INVISIBLES) + numero(i),
                numero(i) + self._t.choice(_INVISIBLES),
            ]
        )

    def _code(self, epreuve: str) -> str:
        return self._t.choice([epreuve] * 6 + [epreuve.lower(), f"{epreuve[0]} {epreuve[1:]}"])

    def _centre(self) -> str:
        return self._t.choice(
            [
                "Lycée Saint-Exupéry",
                "LYCEE SAINT EXUPERY",
                "Lycée  Saint-Exupéry",
                "lycée saint-exupéry",
            ]
        )

    def _commission(self) -> str:
        return self._t.choice(["1", "01", "Commission 1", "commission n° 1", "1.0"])

    # --------------------------------------------------------------------------- writing

    def _text(self, rangees: list[list[str]]) -> bytes:
        separateur = self._t.choice(";;,\t")
        self._formes[f"séparateur {separateur!r}"] += 1
        nus = self._says("sans guillemets", 0.6)
        coupees = self._says("vides du bout coupés", 0.2)
        lignes: list[str] = []
        for rangee in rangees:
            champs = list(rangee)
            while coupees and champs and not champs[-1]:
                champs.pop()
            lignes.append(separateur.join(champs) if nus else _quoted(champs, separateur))
        texte = self._t.choice(["\n", "\r\n"]).join(lignes) + "\n"
        encodage = self._t.choice(ENCODAGES)
        self._formes[encodage] += 1
        return encode(texte, encodage)

    def _workbook(self, rangees: list[list[str]]) -> FichierDeBureau:
        """Write a workbook: on two sheets at times, with formulas that were never computed."""
        nombres = self._says("nombres", 0.5)
        feuilles = [rangees]
        debut = next(i for i, r in enumerate(rangees) if r and r[0] in _NUMEROS)
        if self._says("deux feuilles", 0.3) and not self._formes["en-tête sur deux lignes"]:
            tete, suite = rangees[: debut + 1], rangees[debut + 1 :]
            # A scale said on one sheet alone says nothing of the other.
            if not (self._formes["barème sous l'en-tête"] or self._formes["barème sous les notes"]):
                milieu = len(suite) // 2
                feuilles = [[*tete, *suite[:milieu]], [*map(_other_case, tete), *suite[milieu:]]]
        cellules = [[[_cell(t, nombres=nombres) for t in r] for r in f] for f in feuilles]
        if self._says("formules sans valeur", 0.2):
            for rangee in cellules[0][debut + 2 :]:
                for c, cellule in enumerate(rangee):
                    if isinstance(cellule, float) and self._t.random() < 0.3:
                        rangee[c] = "=4+4"
        if self._says("ods", 0.5):
            return self._file("ods", write_ods(cellules))
        return self._file("xlsx", _write_xlsx(cellules))


Cellule = str | int | float | None


def _other_case(rangee: list[str]) -> list[str]:
    return [texte.upper() for texte in rangee]


def _cell(texte: str, *, nombres: bool) -> Cellule:
    if not texte:
        return None
    nombre = _as_number(texte) if nombres else None
    return texte if nombre is None else nombre


def _write_xlsx(feuilles: list[list[list[Cellule]]]) -> bytes:
    classeur = openpyxl.Workbook()
    classeur.remove(classeur.worksheets[0])
    for n, rangees in enumerate(feuilles, start=1):
        feuille = classeur.create_sheet(f"Feuille {n}")
        for r, rangee in enumerate(rangees, start=1):
            for c, cellule in enumerate(rangee, start=1):
                if cellule is not None:
                    feuille.cell(r, c, cellule)
    sortie = io.BytesIO()
    classeur.save(sortie)
    return sortie.getvalue()


_ESPACES = (
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"'
)
_TYPE_ODS = "application/vnd.oasis.opendocument.spreadsheet"


def write_ods(feuilles: list[list[list[Cellule]]]) -> bytes:
    """Write an ODS; a text that begins with « = » is a formula that was never computed."""
    tables = "".join(
        f'<table:table table:name="Feuille {n}">'
        + "".join(
            f"<table:table-row>{''.join(map(_ods_cell, r))}</table:table-row>" for r in rangees
        )
        + "</table:table>"
        for n, rangees in enumerate(feuilles, start=1)
    )
    contenu = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {_ESPACES} '
        f'office:version="1.2"><office:body><office:spreadsheet>{tables}</office:spreadsheet>'
        "</office:body></office:document-content>"
    )
    manifeste = (
        '<?xml version="1.0" encoding="UTF-8"?><manifest:manifest '
        'xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{_TYPE_ODS}"/>'
        '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/>'
        "</manifest:manifest>"
    )
    sortie = io.BytesIO()
    with zipfile.ZipFile(sortie, "w") as archive:
        archive.writestr("mimetype", _TYPE_ODS)
        archive.writestr("content.xml", contenu)
        archive.writestr("META-INF/manifest.xml", manifeste)
    return sortie.getvalue()


def _ods_cell(cellule: Cellule) -> str:
    if cellule is None:
        return "<table:table-cell/>"
    if isinstance(cellule, str):
        if cellule.startswith("="):
            return f'<table:table-cell table:formula="of:{cellule}"/>'
        texte = f"<text:p>{escape(cellule)}</text:p>"
        return f'<table:table-cell office:value-type="string">{texte}</table:table-cell>'
    return (
        f'<table:table-cell office:value-type="float" office:value="{cellule}">'
        f"<text:p>{cellule}</text:p></table:table-cell>"
    )


def _may_be_shuffled(rangees: list[list[str]]) -> bool:
    """Tell whether the columns of a wide file may change places: a header on two lines spans some."""
    return rangees[0][3] != "Épreuves"


def _quoted(champs: list[str], separateur: str) -> str:
    sortie = io.StringIO()
    csv.writer(sortie, delimiter=separateur, lineterminator="").writerow(champs)
    return sortie.getvalue()


def _as_number(texte: str) -> float | int | None:
    try:
        lu = float(texte.replace(",", "."))
    except ValueError:
        return None
    return int(lu) if lu.is_integer() else lu
