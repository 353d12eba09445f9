"""Pieces of page: every value that comes from data is escaped here, once.

A template is text of ours (a literal in the code) and may hold tags; what fills its braces is data
and never does. A :class:`Fragment` is already escaped and is inserted as it is.
"""

import html
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from perequation.socle.formats import MISSING, hold_spaces

_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_BIDI = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_TAGS = re.compile(r"<[^>]+>")
# What the plain-text twin of an output keeps: enough to be found, too little to weigh.
_TEXT_LENGTH = 120

Tone = Literal["avertissement", "information", "accord"]


@dataclass(frozen=True)
class Fragment:
    """A piece of HTML that is safe to publish; a notebook displays it as it is."""

    html: str

    def _repr_html_(self) -> str:
        return self.html

    def __html__(self) -> str:
        """Tell Jinja that it is escaped already."""
        return self.html

    def __repr__(self) -> str:
        """Return its first words: the plain-text twin of an output."""
        words = " ".join(html.unescape(_TAGS.sub(" ", self.html)).split())
        return words if len(words) <= _TEXT_LENGTH else words[: _TEXT_LENGTH - 1] + "…"


def clean(value: object) -> str:
    """Return the text of a value without control characters; nothing becomes «–»."""
    return MISSING if value is None else _CONTROLS.sub("", str(value))


def escape(value: object) -> str:
    """Return a value as HTML text; direction marks stay inside their own box."""
    if isinstance(value, Fragment):
        return value.html
    text = html.escape(clean(value))
    return f"<bdi>{text}</bdi>" if _BIDI.search(text) else text


def fill(template: str, **values: object) -> Fragment:
    """Fill a template of ours with escaped values, without a tag around it."""
    filled = template.format(**{name: escape(value) for name, value in values.items()})
    return Fragment(hold_spaces(filled))


def paragraph(template: str, **values: object) -> Fragment:
    """Return a paragraph."""
    return _wrap("p", fill(template, **values))


def counted(template: str, **values: object) -> Fragment:
    """Return what a report answers first, in bold: the index of the pack says it too."""
    return Fragment(f'<strong class="pq-compte">{fill(template, **values).html}</strong>')


def heading(template: str, level: int = 3, **values: object) -> Fragment:
    """Return a heading of the given level (2 to 6)."""
    return _wrap(f"h{level}", fill(template, **values))


def bullets(items: Iterable[Fragment | str]) -> Fragment:
    """Return a list; an item that is not a fragment is escaped."""
    return Fragment("<ul>" + "".join(f"<li>{escape(item)}</li>" for item in items) + "</ul>")


def box(tone: Tone, *parts: Fragment) -> Fragment:
    """Return a framed notice; a word says its tone, so that colour alone never does."""
    word = {"avertissement": "Attention", "information": "À savoir", "accord": "En ordre"}[tone]
    body = "".join(part.html for part in parts)
    return Fragment(
        f'<div class="pq-encadre pq-{tone}" role="note"><p class="pq-mot">{word}</p>{body}</div>'
    )


def key_figures(figures: Iterable[tuple[str, str, str]]) -> Fragment:
    """Return key figures as a definition list: (value, label, denominator or detail)."""
    cells = "".join(
        f"<div><dt>{escape(label)}</dt><dd><strong>{escape(value)}</strong>"
        f"<span>{escape(hold_spaces(detail))}</span></dd></div>"
        for value, label, detail in figures
    )
    return Fragment(f'<dl class="pq-chiffres">{cells}</dl>')


def definitions(entries: Iterable[tuple[str, str]]) -> Fragment:
    """Return words and their meaning."""
    rows = "".join(
        f"<dt>{escape(word)}</dt><dd>{escape(hold_spaces(text))}</dd>" for word, text in entries
    )
    return Fragment(f'<dl class="pq-lexique">{rows}</dl>')


def fold(summary: str, *parts: Fragment, printed: bool = False) -> Fragment:
    """Return what opens on demand below its summary; on paper it is there only when `printed`."""
    kind = "pq-pli pq-imprime" if printed else "pq-pli"
    body = "".join(part.html for part in parts)
    head = escape(hold_spaces(summary))
    return Fragment(f'<details class="{kind}"><summary>{head}</summary>{body}</details>')


def stack(*parts: Fragment | None) -> Fragment:
    """Return pieces one after the other; ``None`` is left out."""
    return Fragment("\n".join(part.html for part in parts if part is not None))


def _wrap(tag: str, inner: Fragment) -> Fragment:
    return Fragment(f"<{tag}>{inner.html}</{tag}>")
