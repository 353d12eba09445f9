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
    (?:(?:/|\bnotée?s?[\s_]+sur\b|(?<![^\W_])sur(?=\b|_|\d)|\bbar[eè]me\b(?:[\s_]+de\b)?|\bmax(?:i(?:mum)?)?\b\.?
        |\bout[\s_]+of\b|\béchelle\b(?:[\s_]+de\b)?)
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
_MOTS_DE_COEFFICIENT = re.compile(r"\bcoef")
# « Notes sur 40 » above a header; « Notes du 12/06/2022 » is a date.
_TITRE = re.compile(
    rf"""\b(?:notes?|bar[eè]me|points|r[eé]sultats?)\b[^;|]*?
    (?:\bsur\b|(?<!\d)/|(?<=:)|(?<=bareme)|(?<=barème))[\s:]*(?P<n>{_NOMBRE})(?![\d/.,-])""",
    re.VERBOSE | re.IGNORECASE,
)


@lru_cache(maxsize=4096)
def fold(libelle: str) -> str:
    """Reduce a label to what is compared: no case, accent, punctuation or spacing."""
    plat = unicodedata.normalize("NFKD", libelle.replace("œ", "oe").replace("Œ", "OE"))
    sans_accents = "".join(c for c in plat if not unicodedata.combining(c))
    return re.sub(r"[^a-z0-9]+", "_", sans_accents.lower()).strip("_")


@lru_cache(maxsize=4096)
def split_scale(libelle: str) -> tuple[str, str]:
    """Return a label of marks without its scale, and the scale: « E42 (sur 40) » gives 40, else 20."""
    trouve = _ECHELLE.search(libelle)
    nombre = _value(trouve) if trouve else ""
    if trouve is None or not nombre:
        return libelle, "20"
    return f"{libelle[: trouve.start()]} {libelle[trouve.end() :]}".strip(), nombre


def _value(trouve: re.Match[str]) -> str:
    """Return the scale found, an empty text when it is too small to be one."""
    if trouve["d"]:
        return "100"
    nombre = _in_digits(trouve["a"] or trouve["b"] or trouve["c"])
    return nombre if float(nombre) >= _MINIMUM else ""


def _in_digits(nombre: str) -> str:
    return _NOMBRES.get(fold(nombre), nombre.replace(",", "."))


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
    dites = {i: split_scale(texte)[1] for i, texte in marques.items() if _says_scale(texte)}
    nus = {i: texte for i, texte in marques.items() if re.fullmatch(r"\d{1,4}(?:\.0+)?", texte)}
    if not marques or len(dites) + len(nus) < len(marques):
        return {}
    mots = " ".join(fold(texte) for i, texte in lus.items() if i not in marques)
    if _MOTS_DE_COEFFICIENT.search(mots):
        return {}
    entiers = {i: texte.split(".")[0] for i, texte in nus.items()}
    if _MOTS_DE_BAREME.search(mots) or dites or _are_scales(list(entiers.values()), mots):
        return dites | entiers
    return {}


def _are_scales(entiers: list[str], mots: str) -> bool:
    """Tell numbers that can only be scales: several, usual ones, on a line that says nothing else."""
    valeurs = set(entiers)
    return not mots and len(entiers) > 1 and valeurs <= _ECHELLES_USUELLES and valeurs != {"20"}


def _says_scale(texte: str) -> bool:
    return _ECHELLE.fullmatch(texte.strip()) is not None


def scale_above(textes: Iterable[str]) -> str:
    """Return the scale a line above the header says the marks are on, 20 when none does."""
    for texte in textes:
        trouve = _TITRE.search(texte)
        if trouve is not None:
            return _in_digits(trouve["n"])
    return "20"
