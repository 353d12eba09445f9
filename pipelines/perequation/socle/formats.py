"""French numbers, dates and words: 12,50, 1 334, 83,4 %, 7 juin 2023.

The thousands separator is U+00A0: the narrow space U+202F is missing from fonts used for PDF.
"""

import re
import unicodedata
from collections.abc import Iterable
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from math import isfinite

NBSP = "\u00a0"
MISSING = "–"
MINUS = "\u2212"

_APOSTROPHE = re.compile(r"(?<=[^\W\d_])(?:'|&#x27;|&#39;)(?=[^\W\d_])")
# A space before double punctuation or inside guillemets, where a line must not break.
_BREAKABLE = re.compile(r"(?<=\S) (?=[:;?!»%])|(?<=«) ")

Number = int | float | Decimal

_MONTHS = (
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
)


def format_number(value: Number | None, decimals: int = 2, *, sign: bool = False) -> str:
    """Write a number the French way.

    Parameters
    ----------
    value
        Number; ``None``, NaN and infinities are written «–».
    decimals
        Digits after the comma, rounded half up.
    sign
        Write «+» before positive numbers (gaps).

    Returns
    -------
    str
        For instance ``"1 334,50"`` with U+00A0, ``"−0,45"`` with U+2212.
    """
    if value is None or not isfinite(value):
        return MISSING
    # Through text: the binary neighbour of 2.675 would round down.
    rounded = Decimal(str(value)).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    text = f"{abs(rounded):,}".replace(",", NBSP).replace(".", ",")
    if rounded < 0:
        return MINUS + text
    return "+" + text if sign and rounded > 0 else text


def sort_key(text: str) -> str:
    """Return what sorts a name as people do: C9 before C10, É with E, capitals or not."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    letters = "".join(c for c in plain if not unicodedata.combining(c))
    return re.sub(r"\d+", lambda digits: digits[0].zfill(12), letters)


def format_integer(value: Number | None) -> str:
    """Write a count: ``"1 334"``."""
    return format_number(value, 0)


def format_mark(value: Number | None) -> str:
    """Write a mark or an average out of 20 with two decimals: ``"12,50"``."""
    return format_number(value, 2)


def format_gap(value: Number | None) -> str:
    """Write a signed gap in points out of 20: ``"+0,75"``."""
    return format_number(value, 2, sign=True)


def format_percent(ratio: Number | None, decimals: int = 1) -> str:
    """Write a ratio between 0 and 1 as a percentage: ``"83,4 %"``."""
    if ratio is None or not isfinite(ratio):
        return MISSING
    return format_number(Decimal(str(ratio)) * 100, decimals) + NBSP + "%"


def format_percent_interval(low: Number | None, high: Number | None) -> str:
    """Write an interval of ratios: ``"78,2 – 88,1 %"``."""
    if low is None or high is None:
        return MISSING
    return f"{format_percent(low).rstrip('%').rstrip(NBSP)}{NBSP}–{NBSP}{format_percent(high)}"


def format_gap_interval(low: Number | None, high: Number | None) -> str:
    """Write an interval of gaps: ``"[+0,10 ; +0,90]"``."""
    if low is None or high is None:
        return MISSING
    return f"[{format_gap(low)}{NBSP}; {format_gap(high)}]"


def format_date(value: date | datetime | str | None, *, long: bool = False) -> str:
    """Write a date, given as a date or in ISO text: ``"07/06/2023"`` or ``"7 juin 2023"``."""
    if value is None or value == "":
        return MISSING
    day = date.fromisoformat(value[:10]) if isinstance(value, str) else value
    if not long:
        return f"{day:%d/%m/%Y}"
    number = "1er" if day.day == 1 else str(day.day)
    return f"{number}{NBSP}{_MONTHS[day.month - 1]}{NBSP}{day.year}"


def format_moment(value: datetime | str) -> str:
    """Write a date and its hour, given as such or in ISO text: ``"27/11/2026 à 03:36"``."""
    when = datetime.fromisoformat(value) if isinstance(value, str) else value
    return f"{when:%d/%m/%Y à %H:%M}"


def read_date(text: str) -> date | None:
    """Read a date as people write it: ``7 juin 2023``, ``07/06/2023``, ``2023-06-07``; else None."""
    plain = strip_accents(free_spaces(text)).strip().lower()
    words = re.fullmatch(r"(?:le )?(?:[a-z]+ )?(\d{1,2})(?:er)? +([a-z]{3,9})\.? +(\d{4})", plain)
    figures = re.fullmatch(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})", plain)
    try:
        if words:
            months = [
                rank
                for rank, name in enumerate(map(strip_accents, _MONTHS), start=1)
                if len(words[2]) >= 3 and name.startswith(words[2])
            ]
            return date(int(words[3]), months[0], int(words[1])) if len(months) == 1 else None
        if figures:
            return date(int(figures[3]), int(figures[2]), int(figures[1]))
        return date.fromisoformat(plain)
    except ValueError:
        return None


def strip_accents(text: str) -> str:
    """Return a text without its accents."""
    apart = unicodedata.normalize("NFD", text)
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


def format_boolean(value: bool | None) -> str:
    """Write «oui», «non» or «–»."""
    return MISSING if value is None else ("oui" if value else "non")


def format_count(n: int, singular: str, plural: str | None = None) -> str:
    """Write a count with its noun: ``"1 centre"``, ``"3 centres"``; zero is singular in French."""
    noun = singular if abs(n) < 2 else (plural or f"{singular}s")
    return f"{format_integer(n)}{NBSP}{noun}"


def format_of(n: int, singular: str, plural: str | None = None, *, one: str = "un") -> str:
    """Write a count as a complement: ``"d'un candidat"``, ``"de 5 candidats"``; `one` has the gender."""
    return f"d'{one} {singular}" if n == 1 else f"de {format_count(n, singular, plural)}"


def points_word(size: Number) -> str:
    """Return the word after a number of points, which has no plural under two: `1,9 point`."""
    return "points" if abs(size) >= 2 else "point"


def free_spaces(text: str) -> str:
    """Put ordinary spaces: a terminal's lines are searched for what a keyboard types."""
    return text.replace(NBSP, " ")


def curl(text: str) -> str:
    """Write an apostrophe between two letters, plain or escaped, as French does."""
    return _APOSTROPHE.sub("’", text)


def begin(text: str) -> str:
    """Write a text as a sentence begins: its first letter a capital, the others as they are."""
    return text[:1].upper() + text[1:]


def hold_spaces(text: str) -> str:
    """Put a no-break space where French wants one: before « : ; ? ! % » and inside guillemets."""
    return _BREAKABLE.sub(NBSP, text)


def join_words(words: Iterable[str], limit: int | None = None) -> str:
    """Write a list in words: ``"A, B et C"``; beyond `limit`, ``"A, B et 3 autres"``."""
    items = list(words)
    if limit is not None and len(items) > limit:
        items = [*items[:limit], format_count(len(items) - limit, "autre")]
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} et {items[-1]}"
