"""Tables of the reports, made with great_tables: French formats, captions, one style."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import polars as pl

from perequation.presentation import lexique
from perequation.presentation.publie import Frame, opened
from perequation.presentation.textes import Fragment, clean, escape, paragraph
from perequation.socle import formats

if TYPE_CHECKING:
    from great_tables import GT

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
_GROUP = '<tr class="groupe"'
# Compiled when the module is: once for all the reports forked from the warm server.
_ATTRIBUTES = re.compile(r' (headers|id|rowspan|data-[a-z-]+)="[^"]*"| colspan="1"')
_ALIGNED = [
    (re.compile(rf'<(td|th)([^>]*?) class="[^"]*gt_{align}[^"]*"'), short)
    for align, short in (("right", "d"), ("center", "c"))
]
_CLASSES = re.compile(r' class="gt_[^"]*"')
_BLANKS = re.compile(r">\s+<")
_ROW = re.compile(r"<tr>(?=<td)")
# A name alone does not say what it names: groups of these columns are headed by both.
_PLACES = frozenset({"academie", "etablissement", "centre_ecrit", "commission"})

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
    headings = _headings(shown, columns, labels or {}, natures or {})
    built = _build(shown, headings, identifier, group)
    rows = _class_rows(_compact(built.as_raw_html()), _row_classes(shown, marked, muted))
    kind = "pq-tableau pq-dense" if dense else "pq-tableau"
    below = _around("p", " ".join(notes), ' class="pq-note"') if notes else ""
    return Fragment(
        f'<div class="{kind}" id="{escape(identifier)}"><table>{_around("caption", caption)}'
        f"{rows}</table>{below}</div>"
    )


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
) -> dict[str, lexique.Colonne]:
    """Return heading and nature of each column the frame has."""
    known = {name: lexique.column(name) for name in columns if name in frame.columns}
    return {
        name: lexique.Colonne(labels.get(name, column.libelle), natures.get(name, column.nature))
        for name, column in known.items()
    }


def _build(
    frame: pl.DataFrame, headings: dict[str, lexique.Colonne], identifier: str, group: str | None
) -> "GT":
    import great_tables as gt

    columns = list(headings)
    selected = frame.select([*columns, group] if group and group not in columns else columns)
    # Values become text first: great_tables then has nothing to format, and escapes nothing twice.
    texts = selected.select(
        pl.Series(name, [_cell(name, value, headings) for value in selected[name]], pl.String)
        for name in selected.columns
    )
    labels = {
        name: gt.html(escape(formats.hold_spaces(column.libelle)))
        for name, column in headings.items()
    }
    built = gt.GT(texts, id=identifier, locale="fr", groupname_col=group)
    built = built.cols_label(cases=None, **labels).fmt(str, columns=columns)
    codes = [name for name, column in headings.items() if column.nature in _CODE]
    words = [name for name, column in headings.items() if column.nature == "texte"]
    right = [name for name in columns if name not in (*codes, *words)]
    built = built.cols_align("right", columns=right).cols_align("left", columns=words)
    # "center" only marks the codes: the page's style writes them at the left, in one piece.
    return built.cols_align("center", columns=codes)


def _cell(name: str, value: object, headings: dict[str, lexique.Colonne]) -> str:
    if name not in headings:  # great_tables escapes the names of groups itself
        place = f"{lexique.column(name).libelle}{formats.NBSP}: " if name in _PLACES else ""
        return clean(place + text_of(name, value))
    return escape(text_of(name, value, headings[name].nature))


def _left_out(shown: int, total: int) -> str:
    return f"{formats.format_integer(shown)} lignes sur {formats.format_integer(total)}"


def _row_classes(frame: pl.DataFrame, marked: pl.Expr | None, muted: pl.Expr | None) -> list[str]:
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
    return flags["classe"].to_list()


def _compact(raw: str) -> str:
    """Keep the rows alone: the page styles them, and cells weigh a third of what they did."""
    body = raw[raw.index("<thead") : raw.rindex("</table>")]
    body = _ATTRIBUTES.sub("", body)
    for pattern, short in _ALIGNED:
        body = pattern.sub(rf'<\1\2 class="{short}"', body)
    body = body.replace('<tr class="gt_group_heading_row"', _GROUP)
    return _BLANKS.sub("><", _CLASSES.sub("", body)).strip()


def _class_rows(body: str, classes: list[str]) -> str:
    """Give each row of the body its class, in order; group rows are left as they are."""
    head, rows = body.split("<tbody>", 1)
    following = iter(classes)
    rows = _ROW.sub(lambda _: f"<tr{next(following)}>", rows)
    # One body per group: a page never ends on the name of a group.
    rows = rows.replace(_GROUP, f"</tbody><tbody>{_GROUP}").removeprefix("</tbody><tbody>")
    return f"{head}<tbody>{rows}"


def _around(tag: str, text: str, attributes: str = "") -> str:
    return f"<{tag}{attributes}>{escape(formats.hold_spaces(text))}</{tag}>"
