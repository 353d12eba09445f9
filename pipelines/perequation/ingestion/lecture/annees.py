"""Which session a label, a title or a name says."""

import re
from collections.abc import Iterable, Sequence

# « Session 2021 », « session de juin 2021 »; not the session a mark is kept from.
_SESSION = re.compile(r"\bsession[ :]+(?:[a-zéû]+ ){0,2}(20\d\d)\b(?! ?[-/] ?\d)", re.IGNORECASE)


def sessions_said(texts: Iterable[str]) -> set[str]:
    """Return the years of the sessions that texts say, as « Notes de la session 2021 » does."""
    spaced = (" ".join(text.replace("_", " ").split()) for text in texts)
    return {found[1] for text in spaced for found in _SESSION.finditer(text)}


def of_one_session(
    columns: Sequence[tuple[str, int]], labels: Sequence[str]
) -> list[tuple[str, int]]:
    """Leave out the columns (épreuve, position) whose label says a session, unless all say the same.

    Beside « E1 », « E1 session 2021 » holds marks of another year.
    """
    said = [sessions_said([labels[position]]) for _, position in columns]
    if all(years == said[0] for years in said):
        return list(columns)
    return [column for column, years in zip(columns, said, strict=True) if not years]
