"""On what scale marks are: said by a label, by a line under the header, or above it."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache

# « /10 », « sur 40 », « (barème : 40) », « 10 points », « max 50 », « [40] », « en % » in the label of
# a column of marks.
_NOMBRES = {
    "cinq": "5",
    "dix": "10",
    "quinze": "15",
    "vingt": "20",
    "trente": "30",
    "quarante": "40",
    "cinquante": "50",
    "soixante": "60",
    "quatre_vingt": "80",
    "quatre_vingts": "80",
    "cent": "100",
}
_EN_LETTRES = "|".join(mot.replace("_", "[ -]") for mot in sorted(_NOMBRES, key=len, reverse=True))
_NOMBRE = rf"\d{{1,4}}(?:[.,]\d{{1,2}})?|(?:{_EN_LETTRES})\b"
_POINTS = r"[\s_]*(?:points?|pts?)\b"
_ECHELLE = re.compile(
    rf"""[(\[]?[\s_]*
    (?:(?:/|\bnotée?s?[\s_]+sur\b|(?<![^\W_])sur(?=\b|_|\d)|\bbar[eèê]me\b(?:[\s_]+de\b)?|\bmax(?:i(?:mum)?)?\b\.?
        |\bout[\s_]+of\b|\béchelle\b(?:[\s_]+de\b)?|\btotal\b(?:[\s_]+de\b)?)
        [\s_:=]*(?P<a>{_NOMBRE})(?:{_POINTS}|(?![^\W_]))
       |(?<![\w.,])(?P<b>\d{{1,4}}(?:[.,]\d{{1,2}})?){_POINTS}
       |(?<=[(\[])(?P<c>10|15|30|40|50|60|80|100|200)(?=[\s_]*[)\]])
       |(?P<d>(?:\ben[\s_]+|100[\s_]*)?%|\ben[\s_]+pour[\s_-]?cents?\b|\bpourcentages?\b))
    \.?[\s_]*[)\]]?""",
    re.VERBOSE | re.IGNORECASE,
)
# Below, « E41 sur 2 » is no scale of marks.
_MINIMUM = 5

# What a line under the header says of the marks below, and what it may hold when it says nothing.
_MOTS_DE_BAREME = re.compile(
    r"\b(?:points?_possibles|baremes?|note_max\w*|max\w*|notee?s?_sur|sur|echelle|points|total_des_points)\b"
)
_ECHELLES_USUELLES = frozenset({"5", "10", "15", "20", "30", "40", "50", "60", "80", "100", "200"})
#: What any text that `title_scale` finds a scale in holds (RE2): DuckDB sorts out the others.
PEUT_DIRE = r"(?i)\bsur|/|bar.{1,2}me|chelle|points|max"
_MOTS_DE_COEFFICIENT = re.compile(r"\bcoef")
_MOTS_D_EXTREME = re.compile(r"\b(?:max\w*|notes?_max\w*)")
# « Notes sur 40 », « Barème : 40 points » in a title; what follows is no thing that is counted.
_FIN_DE_TITRE = (
    r"(?![\d.,/-]*\d)(?:[\s_]*(?:points?|pts?)\b)?"
    r"(?=[\s.,]*(?:$|[^\w\s.,/]|(?:du|de|des|d|pour|aux?|à|a|et|par|en|dans|le|la|les)\b))"
)
_RAPPORT = re.compile(rf"(?:\bsur(?=[\s\d])|/)\s*(?P<n>{_NOMBRE}){_FIN_DE_TITRE}", re.IGNORECASE)
_MOT_PUIS_NOMBRE = re.compile(
    r"\b(?:bar[eèê]mes?|[eé]chelle|points\s+possibles|total\s+des\s+points|notes?\s+max\w*)\b[\s:=(.]*"
    rf"(?:(?:est|de|des|notes?|à)\b[\s:=(]*)*(?P<n>{_NOMBRE}){_FIN_DE_TITRE}",
    re.IGNORECASE,
)
_SUJET = re.compile(
    r"\b(?:notes?|not[eé]e?s?|notation|bar[eèê]mes?|points|r[eé]sultats?|[eé]preuves?|[eé]valuations?"
    r"|[eé]valu[eé]e?s?|cotations?|cot[eé]e?s?|[eé]crits?|oral|oraux|ccf|devoirs?|saisies?|relev[eé]s?"
    r"|bordereaux?|e[a-z]?\d{1,3})\b",
    re.IGNORECASE,
)
# « 3/12 », « 30 candidats sur 40 »: a part of a whole.
_COMPTE = re.compile(
    r"(?:\b\d+|\b(?:candidat|[eé]l[eè]ve|pr[eé]sent|inscrit|copie|page|jour|lot|centre|commission|jury"
    r"|feuille)e?s?)[\s(]*$",
    re.IGNORECASE,
)
_MAXIMUM = 1000


@lru_cache(maxsize=4096)
def fold(libelle: str) -> str:
    """Reduce a label to what is compared: no case, accent, punctuation or spacing."""
    plat = unicodedata.normalize("NFKD", libelle.replace("œ", "oe").replace("Œ", "OE"))
    sans_accents = "".join(c for c in plat if not unicodedata.combining(c))
    return re.sub(r"[^a-z0-9]+", "_", sans_accents.lower()).strip("_")


@lru_cache(maxsize=4096)
def split_scale(libelle: str) -> tuple[str, str]:
    """Return a label of marks without its scale, and the scale: « E42 (sur 40) » gives 40, else 20."""
    found = _ECHELLE.search(libelle)
    count = _value(found) if found else ""
    if found is None or not count:
        return libelle, "20"
    return f"{libelle[: found.start()]} {libelle[found.end() :]}".strip(), count


def _value(found: re.Match[str]) -> str:
    """Return the scale found, an empty text when it is too small to be one."""
    if found["d"]:
        return "100"
    count = _in_digits(found["a"] or found["b"] or found["c"])
    return count if float(count) >= _MINIMUM else ""


def _in_digits(count: str) -> str:
    return _NOMBRES.get(fold(count), count.replace(",", "."))


def scale_line(rangee: Sequence[str], numero: int | None, notes: Sequence[int]) -> dict[int, str]:
    """Return the scale of each column of marks, when a line under the header says it.

    Parameters
    ----------
    rangee
        The line.
    numero
        Position of the candidate's number.
    notes
        Positions of the marks.

    Returns
    -------
    dict
        Empty when the line is a candidate's.
    """
    if numero is None or not notes:
        return {}
    lus = {i: c.strip().replace(",", ".") for i, c in enumerate(rangee) if c.strip()}
    if any(c.isdigit() for c in lus.get(numero, "")):
        return {}
    marques = {i: lus[i] for i in notes if i in lus}
    dites = {i: split_scale(text)[1] for i, text in marques.items() if _says_scale(text)}
    nus = {i: text for i, text in marques.items() if re.fullmatch(r"\d{1,4}(?:\.0+)?", text)}
    if not marques or len(dites) + len(nus) < len(marques):
        return {}
    words = " ".join(fold(text) for i, text in lus.items() if i not in marques)
    if _MOTS_DE_COEFFICIENT.search(words):
        return {}
    entiers = {i: text.split(".")[0] for i, text in nus.items()}
    if _MOTS_DE_BAREME.search(words) or dites or _are_scales(list(entiers.values()), words):
        return dites | entiers
    return {}


def _are_scales(entiers: list[str], mots: str) -> bool:
    """Tell numbers that can only be scales: several, usual ones, on a line that says nothing else."""
    valeurs = set(entiers)
    return not mots and len(entiers) > 1 and valeurs <= _ECHELLES_USUELLES and valeurs != {"20"}


def _says_scale(texte: str) -> bool:
    return _ECHELLE.fullmatch(texte.strip()) is not None


def title_scale(titre: str) -> str:
    """Return the scale a line, a sheet's or a file's name says its marks are on, "" when none does."""
    text = " ".join(titre.replace("_", " ").split())
    for found in _RAPPORT.finditer(text):
        avant = text[: found.start()]
        est_dit = not avant.strip(" (-:[") or _SUJET.search(avant)
        if est_dit and not _COMPTE.search(avant):
            return _plausible(found["n"])
    found = _MOT_PUIS_NOMBRE.search(text)
    return _plausible(found["n"]) if found else ""


def _plausible(count: str) -> str:
    chiffres = _in_digits(count)
    return chiffres if _MINIMUM <= float(chiffres) <= _MAXIMUM else ""


def scales_above(
    lignes: Sequence[Sequence[str]], titres: Iterable[str], notes: Sequence[int]
) -> dict[int, str]:
    """Return the scale of each column of marks that lines above a header, or titles, say.

    Parameters
    ----------
    lignes
        The lines above, the last one just above the header: one of its cells that is above marks
        holds for the columns that follow.
    titres
        Names of the file and of the sheet.
    notes
        Positions of the marks.

    Returns
    -------
    dict
        A scale nobody can tell (two are said, or it may be that of only some columns) is « 20 ou 40 ».
    """
    dites = {s for text in [*map(" ".join, lignes), *titres] if (s := title_scale(text))}
    premiere = min(notes)
    haut = lignes[-1] if lignes else ()
    dessus = {i: title_scale(c) for i, c in enumerate(haut) if c.strip() and i >= premiere}
    if not any(dessus.values()):
        return dict.fromkeys(notes, either(dites)) if dites - {"20"} else {}
    echelles = dict[int, str]()
    for i in notes:
        couvrantes = [j for j in dessus if j <= i]
        echelles[i] = dessus[max(couvrantes)] or "20" if couvrantes else either({"20", *dites})
    return {i: echelle for i, echelle in echelles.items() if echelle != "20"}


def either(echelles: Iterable[str]) -> str:
    """Return the scale several say, or « 20 ou 40 » when they disagree."""
    return " ou ".join(sorted(set(echelles), key=float))


def scale_below(rangee: Sequence[str], numero: int | None, notes: Sequence[int]) -> dict[int, str]:
    """Return the scale of each column of marks when a line under the marks says it, as `scale_line`."""
    if not notes or numero is None:
        return {}
    remplis = [champ.strip() for champ in rangee if champ.strip()]
    if len(remplis) == 1:
        dite = title_scale(remplis[0])
        return dict.fromkeys(notes, dite) if dite else {}
    echelles = scale_line(rangee, numero, notes)
    nom = fold(remplis[0])
    if _MOTS_D_EXTREME.search(nom):
        # The best mark, unless none can be: all of them above 20 and alike.
        est_un_bareme = len(set(echelles.values())) == 1 and float(min(echelles.values())) > 20
        return echelles if est_un_bareme and len(echelles) > 1 else {}
    return echelles if _MOTS_DE_BAREME.search(nom) else {}
