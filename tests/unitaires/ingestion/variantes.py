"""Files of marks that look like the given cases without being them, each with its right outcome.

Every file holds the marks of four candidates of its own in the eight épreuves of MCO, written as
offices write them. Whatever is in it, no mark published may differ from the mark written, and each
filled cell is loaded, rejected or told.
"""

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from decimal import Decimal

import openpyxl
from unitaires.ingestion.fichiers_de_bureau import (
    ENCODAGES,
    EPREUVES,
    encode,
    numero,
    prenom,
    true_mark,
)

PAR_FICHIER = 4
NOTES = PAR_FICHIER * len(EPREUVES)
Rangees = list[list[str]]


@dataclass(frozen=True)
class Fichier:
    """A file, and what must come of it.

    Attributes
    ----------
    suffixe, octets
        The file.
    chargees
        How many of its 32 marks are loaded; None when any number is right.
    regles
        Rules that reject the others, or the whole file.
    dit
        What the account of the file says of it.
    profil
        The import profile it is read with.
    """

    suffixe: str
    octets: bytes
    chargees: int | None = NOTES
    regles: frozenset[str] = frozenset()
    dit: str = ""
    profil: str = "variantes"


Fabrique = Callable[[range], Fichier]
LISTE: dict[str, Fabrique] = {}


def written(i: int, epreuve: str, echelle: int = 20, virgule: str = ",") -> str:
    """Write the mark of a candidate, on a scale, without useless zeros."""
    valeur = true_mark(i, EPREUVES.index(epreuve)) * Decimal(echelle) / 20
    return f"{valeur.normalize():f}".replace(".", virgule)


def wide(
    qui: range, libelle: str = "{}", echelle: int = 20, virgule: str = ",", fin: Sequence[str] = ()
) -> Rangees:
    """Write a file with one column an épreuve; `fin` is added to each row, a label first."""
    bouts = [[x] for x in fin] or [[], []]
    rangees = [["N° candidat", "Nom", *(libelle.format(e) for e in EPREUVES), *bouts[0]]]
    for i in qui:
        notes = [written(i, e, echelle, virgule) for e in EPREUVES]
        rangees.append([numero(i), f"NOM{i}", *notes, *bouts[-1]])
    return rangees


def long(
    qui: range, entete: str = "numero_candidat epreuve note", virgule: str = ",", **autres: str
) -> Rangees:
    """Write a file with one row a mark: the columns of a header, `autres` filling the others."""
    noms = entete.split()
    rangees = [noms]
    for i in qui:
        for e in EPREUVES:
            valeurs = {
                "numero_candidat": numero(i),
                "epreuve": e,
                "note": written(i, e, virgule=virgule),
                **autres,
            }
            rangees.append([valeurs.get(nom, "") for nom in noms])
    return rangees


def text(rangees: Rangees, separateur: str = ";", encodage: str = "utf-8") -> bytes:
    """Write rows without a quote."""
    lignes = "\n".join(separateur.join(rangee) for rangee in rangees)
    return f"{lignes}\n".encode(encodage)


def workbook(**feuilles: Sequence[Sequence[object]]) -> bytes:
    """Write a workbook, one sheet after the other."""
    classeur = openpyxl.Workbook()
    classeur.remove(classeur.worksheets[0])
    for nom, rangees in feuilles.items():
        feuille = classeur.create_sheet(nom)
        for rangee in rangees:
            feuille.append(list(rangee))
    sortie = io.BytesIO()
    classeur.save(sortie)
    return sortie.getvalue()


def add(nom: str, fabrique: Fabrique) -> None:
    """Add a variant."""
    assert nom not in LISTE, nom
    LISTE[nom] = fabrique


# ------------------------------------------------------------------------- shifted fields
COMMUNS = "specialite session mode"
DECALE = frozenset({"nombre_de_champs", "virgule_decimale"})


def shifted(
    entete: str, *, coupees: bool = False, separateur: str = ",", **autres: str
) -> Fabrique:
    """Decimal commas without quotes, columns empty or filled after the mark."""

    def make(qui: range) -> Fichier:
        rangees = long(qui, entete, **autres)
        if coupees:
            rangees = [r[: max(i for i, c in enumerate(r) if c) + 1] for r in rangees]
        return Fichier("csv", text(rangees, separateur), None, DECALE, "virgule")

    return make


add(
    "décalage : note au milieu, colonnes vides après",
    shifted("numero_candidat note epreuve langue lot"),
)
add("décalage : note en dernier", shifted("numero_candidat epreuve note"))
add(
    "décalage : colonnes vides avant et après",
    shifted("numero_candidat lot epreuve note langue centre"),
)
add("décalage : vides du bout coupés", shifted("numero_candidat epreuve note langue", coupees=True))
add(
    "décalage : chiffres après la note",
    shifted("numero_candidat epreuve note commission lot", commission="3"),
)
add("décalage : note avant l'épreuve", shifted("note numero_candidat epreuve centre langue"))


def one_comma_in_a_file_of_points(qui: range) -> Fichier:
    rangees = long(qui, "numero_candidat epreuve note langue", virgule=".")
    rangees[5][2] = rangees[5][2].split(".")[0] + ",0"
    rangees[5].pop()
    octets = text([[*r[:3], "", *r[3:]] if len(r) == 4 else r for r in rangees], ",")
    return Fichier("csv", octets, None, frozenset({"nombre_de_champs"}))


def wide_with_bare_commas(qui: range) -> Fichier:
    rangees = wide(qui)
    return Fichier("csv", text(rangees, ","), None, DECALE, "virgule")


def wide_with_bare_commas_and_marks_missing(qui: range) -> Fichier:
    """Two épreuves; who has not the second one yet, and a decimal in the first, has a natural width."""
    rangees = wide(qui, virgule=",")
    octets = text([r[:4] if r[0][0] == "N" or n % 2 else r[:3] for n, r in enumerate(rangees)], ",")
    return Fichier("csv", octets, None, frozenset({"nombre_de_champs"}))


def wide_trimmed(qui: range) -> Fichier:
    rangees = wide(qui, fin=["Observations", ""])
    octets = text([r if r is rangees[0] else r[:-1] for r in rangees], ",")
    return Fichier("csv", octets, None, DECALE)


def a_separator_in_a_comment(qui: range) -> Fichier:
    rangees = long(qui, "numero_candidat commentaire epreuve note centre langue", virgule=".")
    for rangee in rangees[1::3]:
        rangee[1] = "absent ; excusé"
    return Fichier("csv", text(rangees), 21, frozenset({"nombre_de_champs"}))


def a_lost_separator(qui: range) -> Fichier:
    rangees = long(qui, "numero_candidat epreuve langue note centre", langue="", centre="A")
    lignes = [";".join(r) for r in rangees]
    lignes[3] = lignes[3].replace(";;", ";")
    return Fichier("csv", "\n".join(lignes).encode(), 31, frozenset({"nombre_de_champs"}))


def a_tab_too_many(qui: range) -> Fichier:
    rangees = long(qui, "numero_candidat langue epreuve note centre lot")
    rangees[4].insert(2, "")
    return Fichier("txt", text(rangees, "\t"), 31, frozenset({"nombre_de_champs"}))


def separators_at_the_end_of_the_data_alone(qui: range) -> Fichier:
    rangees = long(qui, "numero_candidat epreuve note")
    octets = text([rangees[0], *([*r, "", ""] for r in rangees[1:])])
    return Fichier("csv", octets, 0, frozenset({"nombre_de_champs"}))


add("décalage : une seule virgule, parmi des points", one_comma_in_a_file_of_points)
add("décalage : large", wide_with_bare_commas)
add("décalage : large, des notes non rendues", wide_with_bare_commas_and_marks_missing)
add("décalage : large, une colonne vide au bout coupée", wide_trimmed)
add("décalage : un séparateur dans un commentaire", a_separator_in_a_comment)
add("décalage : un séparateur perdu", a_lost_separator)
add("décalage : une tabulation de trop", a_tab_too_many)
add("décalage : des séparateurs au bout des lignes seules", separators_at_the_end_of_the_data_alone)


# ---------------------------------------------------------------------------------- scale
def scaled(
    libelle: str, echelle: int, haut: Rangees | None = None, bas: Rangees | None = None
) -> Fabrique:
    """A wide file on another scale, said by labels, above, below the header or under the marks."""

    def make(qui: range) -> Fichier:
        rangees = wide(qui, libelle, echelle)
        rangees = [*(haut or []), rangees[0], *rangees[1:], *(bas or [])]
        return Fichier("csv", text(rangees), 0, frozenset({"bareme_inconnu"}))

    return make


for _nom, _libelle, _echelle in (
    ("barre oblique", "{} /10", 10),
    ("points", "{} (40 pts)", 40),
    ("pourcentage", "{} en %", 100),
    ("lettres", "{} sur quarante", 40),
    ("crochets", "{} [40]", 40),
    ("deux-points", "Note {} : /50", 50),
    ("s.", "{} s/40", 40),
    ("tiret", "{} - 40 points", 40),
    ("maximum", "{} (max. 30)", 30),
    ("total", "{} (total 40)", 40),
    ("barème espacé", "{} barème : 10 points", 10),
):
    add(f"barème : {_nom}", scaled(_libelle, _echelle))
for _nom, _haut in (
    ("titre", [["Notes sur 40 points"]]),
    ("titre, deux-points", [["Barème : 40"]]),
    ("titre à part", [["Barème", "40"]]),
    ("titre, toutes sur", [["Toutes les épreuves sont notées sur 40"]]),
    ("titre, évaluation", [["Évaluation sur 40"]]),
    ("titre, cotation", [["Cotation /40"]]),
):
    add(f"barème : {_nom}", scaled("{}", 40, _haut))
for _nom, _bas in (
    ("en pied", [["Barème", "", *["40"] * 8]]),
    ("en pied, points possibles", [["Points possibles", "", *["40"] * 8]]),
    ("en pied, sur", [["Sur", "", *["40"] * 8]]),
    ("en pied, phrase", [["Notes sur 40", *[""] * 9]]),
):
    add(f"barème : {_nom}", scaled("{}", 40, bas=_bas))


def scale_in_second_header(qui: range) -> Fichier:
    haut, *reste = wide(qui, echelle=40)
    return Fichier(
        "csv", text([haut, ["", "", *["sur 40"] * 8], *reste]), 0, frozenset({"bareme_inconnu"})
    )


def scale_under_merged_title(qui: range) -> Fichier:
    haut, *reste = wide(qui, echelle=40)
    dessus = ["", "", "Épreuves notées sur 40", *[""] * 7]
    return Fichier("csv", text([dessus, haut, *reste]), 0, frozenset({"bareme_inconnu"}))


def scale_in_a_column(nom: str, valeur: str, echelle: int) -> Fabrique:
    def make(qui: range) -> Fichier:
        rangees = long(qui, "numero_candidat epreuve note bareme", bareme=valeur)
        rangees[0][-1] = nom
        for n, rangee in enumerate(rangees[1:]):
            rangee[2] = written(qui[n // 8], EPREUVES[n % 8], echelle)
        return Fichier("csv", text(rangees), 0, frozenset({"bareme_inconnu"}))

    return make


def remark_of_no_scale(qui: range) -> Fichier:
    """Out of 20, or a part of a whole: nothing to doubt."""
    rangees = long(qui, "numero_candidat epreuve note bareme")
    rangees[0][-1] = "Remarque"
    said = ("Noté sur 20", "2 absents sur 40", "12/05", "salle 10", "copie 3 sur 10")
    for n, rangee in enumerate(rangees[1:]):
        rangee[3] = said[n % len(said)]
    return Fichier("csv", text(rangees))


def scale_in_a_sheet_name(qui: range) -> Fichier:
    return Fichier(
        "xlsx",
        workbook(**{"Notes sur 40": wide(qui, echelle=40)}),
        0,
        frozenset({"bareme_inconnu"}),
    )


add("barème : deuxième ligne d'en-tête", scale_in_second_header)
add("barème : titre au-dessus des épreuves", scale_under_merged_title)
add("barème : colonne barème", scale_in_a_column("Barème", "40", 40))
add("barème : colonne points possibles", scale_in_a_column("Points possibles", "50 points", 50))
add("barème : colonne sur", scale_in_a_column("Sur", "/10", 10))
add("barème : colonne note max", scale_in_a_column("Note maxi", "40,0", 40))
add("barème : colonne total", scale_in_a_column("Total des points", "40", 40))
add("barème : remarque", scale_in_a_column("Remarque", "Attention, noté sur 10", 10))
add("barème : observation", scale_in_a_column("Observations", "Sujet B (notée sur 40 points)", 40))
add("barème : remarque ponctuée", scale_in_a_column("Remarque", "Noté sur 10.", 10))
add(
    "barème : remarque en lettres",
    scale_in_a_column("Remarque", "copie notée sur dix, à revoir", 10),
)
add("barème : remarque de barème", scale_in_a_column("Commentaire", "barème : 40 points", 40))
add("barème : colonne sans nom connu", scale_in_a_column("Divers", "/40", 40))
add("barème : remarque sans barème", remark_of_no_scale)
add("barème : nom de la feuille", scale_in_a_sheet_name)


def a_scale_nobody_says(qui: range) -> Fichier:
    """E41 on 40 without a word: its marks above 20 tell."""
    rangees = wide(qui)
    for i, rangee in zip(qui, rangees[1:], strict=True):
        rangee[2 + EPREUVES.index("E41")] = written(i, "E41", 40)
    return Fichier(
        "csv", text(rangees), 28, frozenset({"bareme_inconnu", "note_bornes"}), "dépassent 20"
    )


def a_typing_error_is_no_scale(qui: range) -> Fichier:
    rangees = wide(qui)
    rangees[1][2] = "155"
    return Fichier("csv", text(rangees), 31, frozenset({"note_bornes"}))


def title_over_some_columns(qui: range) -> Fichier:
    """« CCF sur 40 » above the last two columns alone: the others are on 20."""
    rangees = wide(qui)
    for i, rangee in zip(qui, rangees[1:], strict=True):
        rangee[-2:] = [written(i, e, 40) for e in EPREUVES[-2:]]
    dessus = ["", "", "Écrits", *[""] * 5, "CCF sur 40", ""]
    return Fichier("csv", text([dessus, *rangees]), 24, frozenset({"bareme_inconnu"}))


def title_nobody_knows_the_columns_of(qui: range) -> Fichier:
    rangees = wide(qui)
    for i, rangee in zip(qui, rangees[1:], strict=True):
        rangee[-2:] = [written(i, e, 10) for e in EPREUVES[-2:]]
    dessus = ["", "", "", *[""] * 5, "CCF sur 10", ""]
    return Fichier("csv", text([dessus, *rangees]), 0, frozenset({"bareme_inconnu"}), "10 ou 20")


add("barème : tu, des notes au-dessus de 20", a_scale_nobody_says)
add("barème : une faute de frappe n'en est pas un", a_typing_error_is_no_scale)
add("barème : titre au-dessus de deux colonnes", title_over_some_columns)
add("barème : titre dont nul ne sait les colonnes", title_nobody_knows_the_columns_of)


def no_scale(*haut: list[str]) -> Fabrique:
    """Lines above a header that say no scale of marks."""
    return lambda qui: Fichier("csv", text([*haut, *wide(qui)]))


for _nom, _haut in (
    ("effectif", ["Notes : 24 candidats"]),
    ("centre", ["Notes du centre : 12"]),
    ("date", ["Notes saisies le 12/06/2022"]),
    ("page", ["Relevé de notes - page 1/10"]),
    ("jury", ["Résultats du jury n° 3/12"]),
    ("horaire", ["Notes à rendre sur 2 jours"]),
    ("vingt", ["Notes sur 20"]),
    ("commission", ["Notes commission 7 sur 12"]),
):
    add(f"pas un barème : {_nom}", no_scale(_haut))


# -------------------------------------------------------------------------------- footers
for _pied in ("σ", "Moy.", "Écart-type", "Nb présents", "Total", "ecart type"):

    def _footer(qui: range, pied: str = _pied) -> Fichier:
        rangees = wide(qui)
        rangees.append([pied, "", *["12,4"] * 8])
        return Fichier("csv", text(rangees), dit=f"« {pied.strip()} »")

    add(f"pied : {_pied}", _footer)


def footer_beside(qui: range) -> Fichier:
    rangees = wide(qui)
    rangees += [["", "Moyenne", *["12,4"] * 8], ["", "σ", *["2,1"] * 8]]
    return Fichier("csv", text(rangees), dit="« σ »")


def footer_of_a_workbook(qui: range) -> Fichier:
    rangees: list[list[object]] = [list(r) for r in wide(qui)]
    rangees.append([None] * 10)
    rangees.append(["σ", None, *[2.1] * 8])
    rangees.append(["Nb présents", None, *[4] * 8])
    return Fichier("xlsx", workbook(Notes=rangees), dit="« Nb présents »")


def footer_of_a_long_file(qui: range) -> Fichier:
    rangees = long(qui, "numero_candidat epreuve note centre")
    rangees += [["Moyenne", "", "12,4", ""], ["σ", "", "2,1", ""], ["Nb présents", "", "4", ""]]
    return Fichier("csv", text(rangees), dit="« Nb présents »")


def a_candidate_without_number(qui: range) -> Fichier:
    rangees = wide(qui)
    rangees[2][0] = ""
    rangees[3][0] = "MOYEN"
    return Fichier("csv", text(rangees), 16, frozenset({"champ_obligatoire", "candidat_inconnu"}))


add("pied : dans la colonne du nom", footer_beside)
add("pied : d'un classeur", footer_of_a_workbook)
add("pied : d'un fichier à une note par ligne", footer_of_a_long_file)
add("pas un pied : un candidat sans numéro", a_candidate_without_number)


# --------------------------------------------------------------------- sheets and workbooks
def sheets(*parts: int, changes: Callable[[str, Rangees], Rangees] | None = None) -> Fabrique:
    """Candidates shared between sheets with the same columns, each changed in its way."""

    def make(qui: range) -> Fichier:
        haut, *reste = wide(qui)
        feuilles, debut = dict[str, Rangees](), 0
        for n, part in enumerate(parts, start=1):
            nom = f"Lycée {n}"
            rangees = [list(haut), *reste[debut : debut + part]]
            feuilles[nom] = changes(nom, rangees) if changes else rangees
            debut += part
        return Fichier("xlsx", workbook(**feuilles))

    return make


def _capitals(nom: str, rangees: Rangees) -> Rangees:
    return [[c.upper() for c in rangees[0]], *rangees[1:]] if nom.endswith("2") else rangees


def _other_order(nom: str, rangees: Rangees) -> Rangees:
    return [[r[1], *r[:1:-1], r[0]] for r in rangees] if nom.endswith("1") else rangees


def _title_above(nom: str, rangees: Rangees) -> Rangees:
    return [[nom], ["Session 2022"], *rangees] if nom.endswith("2") else rangees


def _one_more_column(nom: str, rangees: Rangees) -> Rangees:
    if nom.endswith("1"):
        return rangees
    return [[*rangees[0], "Observations"], *([*r, "vu"] for r in rangees[1:])]


def _first_sheet_is_a_note(qui: range) -> Fichier:
    return Fichier(
        "xlsx", workbook(Consignes=[["À lire"], ["Une ligne par candidat"]], Notes=wide(qui))
    )


def _epreuves_on_two_sheets(qui: range) -> Fichier:
    rangees = wide(qui)
    ecrits, oraux = [r[:6] for r in rangees], [[*r[:2], *r[6:]] for r in rangees]
    return Fichier("xlsx", workbook(Oraux=oraux, Ecrits=ecrits))


def _a_sheet_of_another_kind(qui: range) -> Fichier:
    autre = [["Salle", "Surveillant"], ["A1", "M. X"]]
    return Fichier("xlsx", workbook(Notes=wide(qui), Salles=autre), dit="Salles")


add("feuilles : deux", sheets(2, 2))
add("feuilles : quatre", sheets(1, 1, 1, 1))
add("feuilles : en-tête en capitales", sheets(3, 1, changes=_capitals))
add("feuilles : colonnes dans un autre ordre", sheets(2, 2, changes=_other_order))
add("feuilles : un titre au-dessus d'une", sheets(2, 2, changes=_title_above))
add("feuilles : une colonne de plus sur une", sheets(2, 2, changes=_one_more_column))
add("feuilles : des consignes d'abord", _first_sheet_is_a_note)
add("feuilles : écrits et oraux à part", _epreuves_on_two_sheets)
add("feuilles : une autre laissée", _a_sheet_of_another_kind)


def cell(ecrit: object, regles: str, chargees: int = NOTES - 1, dit: str = "") -> Fabrique:
    """A workbook where one mark is something else."""

    def make(qui: range) -> Fichier:
        rangees: list[list[object]] = [list(r) for r in wide(qui)]
        rangees[2][4] = ecrit
        return Fichier("xlsx", workbook(Notes=rangees), chargees, frozenset(regles.split()), dit)

    return make


add("cellule : formule jamais calculée", cell("=4+4", "formule_en_erreur", dit="E22"))
add("cellule : somme jamais calculée", cell("=SUM(C2:D2)", "formule_en_erreur", dit="jamais"))
add("cellule : date", cell(datetime(2022, 12, 8), "code_inconnu", dit="date"))  # noqa: DTZ001
add("cellule : heure", cell(time(12, 30), "code_inconnu", dit="heure"))
add("cellule : vrai", cell(True, "code_inconnu", dit="vrai"))
add("cellule : texte", cell("douze", "code_inconnu"))
add("cellule : fraction", cell("12/20", "code_inconnu"))
add("cellule : note et code", cell("12 AB", "code_inconnu"))
add("cellule : virgule double", cell("12,,5", "code_inconnu"))
add("cellule : deux notes", cell("12-13", "code_inconnu"))
add("cellule : lettre O pour zéro", cell("1O", "code_inconnu"))
add("cellule : négative", cell("-3", "note_bornes"))
add("cellule : trois décimales", cell("12,345", "note_decimales"))
add("cellule : exposant", cell("1e1", "code_inconnu"))
for _mot in ("NULL", "nan", "None", "#N/A", "(null)", "<NA>"):
    add(f"cellule : {_mot}", cell(_mot, "formule_en_erreur" if _mot == "#N/A" else ""))


def two_lines(haut: Sequence[str]) -> Fabrique:
    """A header over two lines: a merged title above the codes."""

    def make(qui: range) -> Fichier:
        rangees = wide(qui)
        bas = ["", "", *EPREUVES]
        return Fichier("xlsx", workbook(Notes=[list(haut), bas, *rangees[1:]]))

    return make


add("en-tête : deux lignes", two_lines(["N° candidat", "Nom", "Épreuves", *[""] * 7]))
add("en-tête : deux lignes, note", two_lines(["N° candidat", "Nom", "Note", *[""] * 7]))
add(
    "en-tête : deux lignes, deux titres",
    two_lines(["N° candidat", "Nom", "Écrits", *[""] * 3, "CCF", *[""] * 3]),
)
add("en-tête : deux lignes, sur 20", two_lines(["N° candidat", "Nom", "Notes /20", *[""] * 7]))


def scale_on_one_sheet(*titres: str, dit: str) -> Fabrique:
    """Two sheets on another scale, said above one of them alone."""

    def make(qui: range) -> Fichier:
        haut, *reste = wide(qui, echelle=10)
        parties = ((titres[0], reste[:2]), (titres[1], reste[2:]))
        feuilles = {
            f"Centre {n}": [*([[titre]] if titre else []), haut, *part]
            for n, (titre, part) in enumerate(parties, start=1)
        }
        return Fichier("xlsx", workbook(**feuilles), 0, frozenset({"bareme_inconnu"}), dit)

    return make


add("feuilles : barème sur la première", scale_on_one_sheet("Notes sur 10", "", dit="Centre 2"))
add("feuilles : barème sur la seconde", scale_on_one_sheet("", "Notes sur 10", dit="10 ou 20"))


# ------------------------------------------------------------- identifiers, units, encodings
def numbered(forme: Callable[[str], str], dit: str = "") -> Fabrique:
    """Every number written in a way that can be repaired."""

    def make(qui: range) -> Fichier:
        haut, *reste = wide(qui)
        rangees = [haut, *([forme(r[0]), *r[1:]] for r in reste)]
        return Fichier("csv", text(rangees), dit=dit)

    return make


_FORMES: tuple[tuple[str, Callable[[str], str], str], ...] = (
    ("sans zéro de tête", lambda n: n.lstrip("0"), ""),
    ("point zéro", lambda n: f"{n.lstrip('0')}.0", ""),
    ("virgule zéro", lambda n: f"{n.lstrip('0')},00", ""),
    ("apostrophe", lambda n: f"'{n}", ""),
    ("apostrophe courbe", lambda n: f"’{n}", ""),
    ("égal", lambda n: f'="{n}"', ""),
    ("espaces", lambda n: f"{n[:3]} {n[3:6]} {n[6:]}", ""),
    ("espace insécable", lambda n: f"\u00a0{n}\u202f", ""),
    ("sans largeur", lambda n: f"\u200b{n}\u200b", "U+200B"),
    ("marque de sens", lambda n: f"\u200e{n}\u200f", "U+200E"),
    ("trait conditionnel", lambda n: f"{n[:5]}\u00ad{n[5:]}", "U+00AD"),
    ("ordre des octets", lambda n: f"\ufeff{n}", "U+FEFF"),
    ("tabulation", lambda n: f"{n}\t", ""),
)
for _nom, _forme, _dit in _FORMES:
    add(f"numéro : {_nom}", numbered(_forme, _dit))


def confused(ecrit: str, nomme: str) -> Fabrique:
    """A number with a character that looks like another."""

    def make(qui: range) -> Fichier:
        rangees = wide(qui)
        rangees[1][0] = ecrit.join(rangees[1][0].rsplit(rangees[1][0][-1], 1))
        return Fichier("csv", text(rangees), NOTES - 8, frozenset({"candidat_inconnu"}), nomme)

    return make


add("numéro : chiffre arabe", confused("\u0661", "U+0661"))
add("numéro : lettre O", confused("O", "candidat_inconnu"))
add("numéro : chiffre pleine chasse", confused("\uff11", "U+FF11"))


def encoded(encodage: str) -> Fabrique:
    """A long file with accents, in an encoding."""

    def make(qui: range) -> Fichier:
        rangees = long(
            qui,
            "numero_candidat prenom epreuve note centre",
            centre="Lycée Hélène-Boucher, Françaises",
        )
        for n, rangee in enumerate(rangees[1:]):
            rangee[1] = prenom(qui[n // 8])
        texte = "\n".join(";".join(r) for r in rangees)
        return Fichier("csv", encode(texte, encodage))

    return make


for _encodage in (*ENCODAGES, "utf-16-le", "iso8859_15", "cp437"):
    add(f"encodage : {_encodage}", encoded(_encodage))


UNITES = (
    ("Lycée Saint-Exupéry", "1"),
    ("LYCEE SAINT EXUPERY", "01"),
    ("Lycée  Saint-Exupéry", "Commission 1"),
    ("lycée saint‑exupéry", "commission n° 1"),
    ("Lyce\u0301e Saint-Exupe\u0301ry", "1.0"),
    ("Lycée Saint Exupéry.", "Comm. 1"),
    ("Lycée Saint-Exupery", "Jury 1"),
    ("LYCÉE SAINT-EXUPÉRY ", "COMMISSION N°01"),
)


def spelled(qui: range) -> Fichier:
    """One centre and one commission, in eight spellings."""
    rangees = long(qui, "numero_candidat epreuve note centre commission")
    for n, rangee in enumerate(rangees[1:]):
        rangee[3:5] = UNITES[n % len(UNITES)]
    return Fichier("csv", text(rangees))


add("unités : huit graphies", spelled)


# ---------------------------------------------- what a person sees beside the marks, or above them
def remark(texte: str, rang: int, colonne: int = 0) -> Fabrique:
    """A line alone among the others, in a file on 10."""

    def make(qui: range) -> Fichier:
        rangees = wide(qui, echelle=10)
        ligne = [""] * len(rangees[0])
        ligne[colonne] = texte
        rangees.insert(rang, ligne)
        return Fichier("csv", text(rangees), 0, frozenset({"bareme_inconnu"}), "10")

    return make


add("remarque : sous l'en-tête, entre parenthèses", remark("(notes sur 10)", 1))
add("remarque : sous l'en-tête, un avertissement", remark("Attention : noté sur 10", 1))
add("remarque : dans la colonne du nom", remark("* notes /10", 1, 1))
add("remarque : en dernier", remark("NB : notes sur 10", 5))
add("remarque : au-dessus", remark("# les notes sont sur 10 points", 0))


def second_header(change: Callable[[Rangees], Rangees], nombre: int, *, blanc: bool) -> Fabrique:
    """Two tables one under the other, each with its header: two candidates in each."""

    def make(qui: range) -> Fichier:
        rangees = wide(qui)
        suite = change([rangees[0], *rangees[3:]])
        separation = [[""]] if blanc else []
        # A header is no candidate's row.
        regles = {
            "candidat_inconnu",
            "code_inconnu",
            *(() if nombre == NOTES else ("second_entete",)),
        }
        octets = text([*rangees[:3], *separation, *suite])
        return Fichier("csv", octets, nombre, frozenset(regles))

    return make


def _backwards(rangees: Rangees) -> Rangees:
    return [[*r[:2], *reversed(r[2:])] for r in rangees]


def _on_ten(rangees: Rangees) -> Rangees:
    halves = [
        [f"{Decimal(n.replace(',', '.')) / 2:f}".replace(".", ",") for n in r[2:]]
        for r in rangees[1:]
    ]
    tete = [*rangees[0][:2], *(f"{e} /10" for e in rangees[0][2:])]
    return [tete, *([*r[:2], *notes] for r, notes in zip(rangees[1:], halves, strict=True))]


for _blanc in (False, True):
    _ou = "après un blanc" if _blanc else "sans blanc"
    add(f"second en-tête : le même, {_ou}", second_header(list, NOTES, blanc=_blanc))
    add(f"second en-tête : à rebours, {_ou}", second_header(_backwards, NOTES // 2, blanc=_blanc))
    add(f"second en-tête : sur 10, {_ou}", second_header(_on_ten, NOTES // 2, blanc=_blanc))


def shown_as(code: str, echelle: int, regles: frozenset[str] = frozenset()) -> Fabrique:
    """Marks that are numbers, under a format that writes more than the number."""

    def make(qui: range) -> Fichier:
        rangees: list[list[object]] = [list(r) for r in wide(qui, echelle=echelle, virgule=".")]
        classeur = openpyxl.Workbook()
        feuille = classeur.worksheets[0]
        for n, rangee in enumerate(rangees):
            feuille.append([*rangee[:2], *(float(str(c)) if n else c for c in rangee[2:])])
        for cellules in feuille.iter_rows(min_row=2, min_col=3):
            for cellule in cellules:
                cellule.number_format = code
        sortie = io.BytesIO()
        classeur.save(sortie)
        return Fichier("xlsx", sortie.getvalue(), 0 if regles else NOTES, regles)

    return make


add("format : sur 10", shown_as('0.0" / 10"', 10, frozenset({"code_inconnu"})))
add(
    "format : points sur 10", shown_as('0.00" pts sur 10";[Red]-0', 10, frozenset({"code_inconnu"}))
)
add("format : sur 20", shown_as('0.0"/20"', 20))
add("format : une unité", shown_as('[Blue]0.00" pts"', 20))


def titled(titre: str, regles: frozenset[str] = frozenset(), libelle: str = "{}") -> Fabrique:
    """A title above the header that says a session."""

    def make(qui: range) -> Fichier:
        entete, *rangees = wide(qui)
        dits = [libelle.format(nom) if nom in EPREUVES else nom for nom in entete]
        return Fichier("csv", text([[titre], dits, *rangees]), 0 if regles else NOTES, regles)

    return make


def labelled(libelle: str, regles: frozenset[str] = frozenset()) -> Fabrique:
    """Columns of marks whose labels all say something more."""
    return titled("BTS MCO", regles, libelle)


HORS_SESSION = frozenset({"session_hors_dossier"})
add("session : une autre, en titre", titled("Session de juin 2021", HORS_SESSION))
add(
    "session : une autre, en titre, des épreuves de reportage",
    titled("Session de juin 2021", HORS_SESSION, "{} - Reportage"),
)
add("session : la bonne, en titre", titled("BTS MCO - Session 2022"))
add("session : celle dont des notes sont reportées", titled("Reports de la session 2021"))


add("session : une autre, au-dessus de chaque colonne", labelled("{} (session 2021)", HORS_SESSION))
add("session : la bonne, au-dessus de chaque colonne", labelled("{} session 2022"))


def hidden_sheet(qui: range) -> Fichier:
    """A sheet nobody sees, with other marks of the same candidates."""
    rangees = wide(qui)
    autres = [rangees[0], *([*r[:2], *["3"] * len(EPREUVES)] for r in rangees[1:])]
    classeur = openpyxl.load_workbook(io.BytesIO(workbook(Notes=rangees, Ancienne=autres)))
    classeur["Ancienne"].sheet_state = "hidden"
    sortie = io.BytesIO()
    classeur.save(sortie)
    return Fichier("xlsx", sortie.getvalue(), dit="Ancienne")


add("feuilles : une autre, masquée", hidden_sheet)


def beside(libelle: str) -> Fabrique:
    """Columns of other figures whose labels begin with the codes."""

    def make(qui: range) -> Fichier:
        rangees = wide(qui)
        autres = [[libelle.format(e) for e in EPREUVES], *[["3"] * len(EPREUVES)] * len(qui)]
        return Fichier("csv", text([[*r, *a] for r, a in zip(rangees, autres, strict=True)]))

    return make


add("titre : les notes d'avant", beside("{} (ancienne note)"))
add("titre : avant harmonisation", beside("{} avant harmonisation"))
add("titre : les notes d'une autre session", beside("{} session 2019"))
add("titre : la présence", beside("{} présence"))

for _ecrite in ("12,5/20", "12½", "8 ½", "12 ,5", "1 200", "ABS JUST", "(12)", "12,5*", "12→13"):
    add(f"cellule : « {_ecrite} »", cell(_ecrite, "code_inconnu"))


def invisible_decimals(qui: range) -> Fichier:
    """Bare decimal commas, something invisible after the decimals, empty fields at the end left out."""
    rangees = long(qui, "numero_candidat epreuve note centre langue", centre="Centre 1")
    for rangee in rangees[1:]:
        rangee[2] += "\u200b"
    octets = text([rangees[0], *(r[:4] for r in rangees[1:])], ",")
    return Fichier("csv", octets, None, DECALE, "virgule")


add("décalage : un caractère invisible après la décimale", invisible_decimals)
