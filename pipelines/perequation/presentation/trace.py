"""What every chart is made of: the rows it draws, its marks, its hints, its size and its sentence."""

from typing import TYPE_CHECKING, Any

import polars as pl
import polars.selectors as cs

from perequation.presentation import lexique, theme
from perequation.presentation.publie import Frame, opened

if TYPE_CHECKING:
    import altair as alt

_ROW = 21


def drawn(frame: Frame, *columns: str) -> pl.DataFrame:
    """Return the columns that a chart needs and no other: all of them end up in the page."""
    rows = opened(frame)
    kept = rows.select(name for name in dict.fromkeys(columns) if name in rows.columns)
    # Four decimals are more than a screen shows, and weigh a third of sixteen.
    return kept.with_columns((cs.decimal() | cs.float()).cast(pl.Float64).round(4))


def unit(rows: pl.DataFrame, mark: "alt.MarkDef", *transforms: Any, **channels: Any) -> "alt.Chart":
    """Make a chart of one mark, with all it has, at once.

    Altair copies every definition three times for each layer a chart becomes, with each of the
    tens of options that a mark or an axis could have: what goes into the chart is only what they
    were given.

    Parameters
    ----------
    rows
        What is drawn; layers given the same object share it.
    mark
        The mark.
    transforms
        What is done to the rows first.
    channels
        Definitions by channel, of Altair's classes (never a shorthand text: making a definition of
        it reads Altair's whole schema).
    """
    import altair as alt

    # Checked with the chart, when charts are.
    given: Any = mark.to_dict(validate=False)
    encoding = alt.FacetedEncoding(**channels).to_dict(validate=False)
    done = list(transforms) or alt.Undefined
    return alt.Chart(rows, alt.FacetedEncoding(**encoding), given, transform=done)


def tooltip(*columns: str, **labels: str) -> list[Any]:
    """Return tooltip entries headed and formatted as the same columns are in tables."""
    import altair as alt

    formats = {"entier": ",d", "note": ".2f", "points": ".2f", "ecart": "+.2f", "taux": ".1%"}
    formats["probabilite"] = ".0%"
    entries: list[Any] = []
    for name in columns:
        spec = lexique.column(name)
        title = labels.get(name) or spec.libelle
        pattern = formats.get(spec.nature)
        kind = "Q" if pattern else "N"
        entries.append(
            alt.Tooltip(f"{name}:{kind}", title=title, format=pattern)
            if pattern
            else alt.Tooltip(f"{name}:{kind}", title=title)
        )
    return entries


def finish(
    chart: Any, description: str, *, height: int | None = None, own_table: bool = True
) -> Any:
    """Give a chart just made its width, its height and the sentence that stands for it.

    With `own_table`, the report shows a table of ours after the chart; else the page makes one
    from the chart's data.
    """
    chart.description, chart.width = description, theme.WIDTH
    if own_table:
        chart.usermeta = {"perequation": {"tableau": False}}
    if height is not None:
        chart.height = height
    return chart


def rows_height(rows: int, *, margin: int = 60, step: int = _ROW) -> int:
    """Return the height of a chart with one line per row."""
    return max(rows, 2) * step + margin
