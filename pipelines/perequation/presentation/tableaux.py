"""Tables of the reports: French formats, captions, one style."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl
from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup

from perequation.presentation import lexique
from perequation.presentation.publie import Frame, opened
from perequation.presentation.textes import Fragment, escape, paragraph
from perequation.socle import formats

# Columns that hold codes of ours, written in words; free text is never translated.
_CODED = frozenset(
    {
        "decision",
        "statut",
        "forme",
        "mode",
        "etape",
        "decision_calculee",
        "decision_jury",
        "decision_finale",
        "signal",
        "gravite",
        "type_fichier",
        "unite_compte",
        "maille",
        "type_unite",
    }
)
_CODE = frozenset({"code", "oui_non"})
_TEMPLATE = Environment(
    autoescape=True, loader=FileSystemLoader(Path(__file__).parent), keep_trailing_newline=False
).get_template("tableau.html.j2")
# A name alone does not say what it names: groups of these columns are headed by both.
_PLACES = frozenset({"academie", "etablissement", "centre_ecrit", "commission"})
# Names on a page, list by list: a page of a whole academy stays light enough to open and to send.
NOMINATIVES = 1_000
# Rows of a table that is long, and those laid out together; characters of the widest column, and
# around a cell, by whether the table is dense.
_LONG = 100
_SLICE = 80
_WIDEST = 40
_PADDING = {True: 1, False: 2}

_FORMATS: dict[str, Callable[[Any], str]] = {
    "entier": formats.format_integer,
    "points": formats.format_mark,
    "note": formats.format_mark,
    "taux": formats.format_percent,
    "probabilite": lambda value: formats.format_percent(value, 0),
    "ecart": formats.format_gap,
    "date": formats.format_date,
    "oui_non": formats.format_boolean,
}


def table(  # noqa: PLR0913 (keywords only: a table is described where it is shown)
    frame: Frame,
    columns: Sequence[str],
    *,
    identifier: str,
    caption: str,
    note: str | None = None,
    empty: str = "Aucune ligne.",
    labels: Mapping[str, str] | None = None,
    natures: Mapping[str, lexique.Nature] | None = None,
    group: str | None = None,
    marked: pl.Expr | None = None,
    muted: pl.Expr | None = None,
    limit: int | None = None,
    elsewhere: str = "la liste complète est dans le dossier des exports",
    dense: bool = False,
    stacked: bool = False,
) -> Fragment:
    """Return a table as HTML.

    Parameters
    ----------
    frame
        Rows in the order they are shown.
    columns
        Columns shown, in order; those the frame lacks are left out.
    identifier
        Name of the table in the page, unique and stable from run to run.
    caption, note
        Title above, and denominators and source below.
    empty
        Sentence shown instead of a table without rows.
    labels, natures
        Headings and natures that differ from those of the lexicon.
    group
        Column whose values become rows between groups; the frame is sorted by it.
    marked, muted
        Boolean expressions: rows to point out, rows to grey (few candidates).
    limit, elsewhere
        Rows shown at most; how many are left out is told below the table, and where they are.
    dense
        Small type, for wide lists.
    stacked
        On a telephone a row is a card, where each cell says its heading: nothing is off screen.

    Returns
    -------
    Fragment
        Every value escaped; missing ones are «–».
    """
    frame = opened(frame)
    if frame.is_empty():
        return paragraph("<strong>{caption}</strong> {empty}", caption=f"{caption} :", empty=empty)
    shown = frame.head(limit) if limit else frame
    notes = [note] if note else []
    if shown.height < frame.height:
        notes.append(f"{_left_out(shown.height, frame.height)} ; {elsewhere}.")
    headings = _headings(shown, [c for c in columns if c != group], labels or {}, natures or {})
    slices = _slices(_bodies(shown, headings, group, _row_classes(shown, marked, muted)))
    return Fragment(
        _TEMPLATE.render(
            identifier=_safe(identifier),
            caption=_safe(formats.hold_spaces(caption)),
            note=_safe(formats.hold_spaces(" ".join(notes))) if notes else None,
            dense=dense,
            stacked=stacked,
            headings=_headers(headings),
            slices=slices,
            widths=_widths(headings, slices, _PADDING[dense]) if len(slices) > 1 else (),
        )
    )


# Attributes of a row, then its cells.
_Row = tuple[Markup, tuple[Fragment, ...]]
# The name of a group, if any, then its rows.
_Body = tuple[Fragment | None, list[_Row]]


def text_of(name: str, value: object, nature: str | None = None) -> str:
    """Return a value written in French according to its column, not escaped."""
    if value is None:
        return formats.MISSING
    if isinstance(value, pl.Series | list | tuple):
        return ", ".join(str(item) for item in value) or formats.MISSING
    written = _FORMATS.get(nature or lexique.column(name).nature)
    if written is not None and not isinstance(value, str):
        return written(value)
    if isinstance(value, bool):
        return formats.format_boolean(value)
    return lexique.code_label(str(value)) if name in _CODED else str(value)


def _headings(
    frame: pl.DataFrame,
    columns: Sequence[str],
    labels: Mapping[str, str],
    natures: Mapping[str, lexique.Nature],
) -> dict[str, lexique.Heading]:
    """Return heading and nature of each column the frame has."""
    known = {name: lexique.column(name) for name in columns if name in frame.columns}
    return {
        name: lexique.Heading(labels.get(name, column.libelle), natures.get(name, column.nature))
        for name, column in known.items()
    }


def _headers(headings: dict[str, lexique.Heading]) -> list[dict[str, object]]:
    """Return label and alignment of each column."""
    # "c" only marks the codes: the page's style writes them at the left, in one piece.
    right = Markup(' class="d"')
    attributes = dict.fromkeys(_CODE, Markup(' class="c"')) | {"texte": Markup()}
    return [
        {
            "label": _safe(formats.hold_spaces(column.libelle)),
            "attribute": attributes.get(column.nature, right),
        }
        for column in headings.values()
    ]


def _bodies(
    frame: pl.DataFrame,
    headings: dict[str, lexique.Heading],
    group: str | None,
    classes: list[Markup],
) -> list[_Body]:
    """Return the rows, group by group in order of appearance; without groups, all in one."""
    columns = [
        [
            value if isinstance(value, Fragment) else _safe(text_of(name, value, column.nature))
            for value in frame[name]
        ]
        for name, column in headings.items()
    ]
    rows = list(zip(classes, zip(*columns, strict=True), strict=True))
    if group is None:
        return [(None, rows)]
    bodies: dict[Fragment | None, list[_Row]] = {}
    for value, row in zip(frame[group], rows, strict=True):
        bodies.setdefault(_group_name(group, value), []).append(row)
    return list(bodies.items())


def _slices(bodies: list[_Body]) -> list[list[_Body]]:
    """Cut a long table in several, that a screen lays out only once near: a page opens at once."""
    if sum(len(rows) for _, rows in bodies) <= _LONG:
        return [bodies]
    slices: list[list[_Body]] = [[]]
    for name, rows in bodies:
        for start in range(0, max(len(rows), 1), _SLICE):
            part = rows[start : start + _SLICE]
            if slices[-1] and sum(len(r) for _, r in slices[-1]) + len(part) > _SLICE:
                slices.append([])
            slices[-1].append((name, part))
    return slices


def _widths(
    headings: dict[str, lexique.Heading], slices: list[list[_Body]], padding: int
) -> list[int]:
    """Return the characters each column takes, for the slices of a table to line up."""
    cells = [row for bodies in slices for _, rows in bodies for _, row in rows]
    first, *others = [
        min(
            _WIDEST,
            max(
                max(map(len, heading.libelle.split()), default=0),
                *(len(Markup(cell).striptags()) for cell in column),
            ),
        )
        + padding
        for heading, column in zip(headings.values(), zip(*cells, strict=True), strict=True)
    ]
    # Where a row pointed out has its bar.
    return [first + 1, *others]


def _safe(text: str) -> Fragment:
    return Fragment(escape(text))


def _group_name(group: str, value: object) -> Fragment:
    place = f"{lexique.column(group).libelle}{formats.NBSP}: " if group in _PLACES else ""
    return _safe(place + text_of(group, value))


def _left_out(shown: int, total: int) -> str:
    return f"{formats.format_integer(shown)} lignes sur {formats.format_integer(total)}"


def _row_classes(
    frame: pl.DataFrame, marked: pl.Expr | None, muted: pl.Expr | None
) -> list[Markup]:
    nothing = pl.lit(value=False)
    flags = frame.select(
        pl.when(marked if marked is not None else nothing)
        .then(pl.lit(' class="marque"'))
        .when(muted if muted is not None else nothing)
        .then(pl.lit(' class="attenue"'))
        .otherwise(pl.lit(""))
        .alias("classe"),
        rang=pl.int_range(pl.len()),
    )
    return [Markup(flag) for flag in flags["classe"]]  # the three texts above
