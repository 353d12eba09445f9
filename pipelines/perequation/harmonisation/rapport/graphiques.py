"""Charts of the gaps between units; what they draw comes from `perequation.harmonisation`."""

from typing import TYPE_CHECKING, Any

import polars as pl

from perequation.harmonisation.figures.figures import spread_apart
from perequation.presentation import lexique, theme
from perequation.presentation.trace import drawn, finish, rows_height, tooltip, unit
from perequation.socle import formats

if TYPE_CHECKING:
    import altair as alt

# In the order of the legend; each conclusion has its colour and its shape.
_SIGNALS = {
    "signale": (theme.VERMILION, "triangle-up"),
    "a_surveiller": (theme.ORANGE, "diamond"),
    "aucun": (theme.BLUE, "circle"),
    "indisponible": (theme.GREY, "cross"),
}

# Points of one number of marks nearer than this (points out of 20) share a name.
_CLOSE = 0.2
# Pixels of the drawing of all gaps, and of a line of its names.
_TALL, _LINE = 230, 13


def funnel(points: pl.DataFrame, limits: pl.DataFrame) -> "alt.LayerChart":
    """Draw the funnel (entonnoir): adjusted gaps against size, with their control limits.

    Parameters
    ----------
    points, limits
        What `harmonisation.frame_funnel` returns; at least one point.
    """
    import altair as alt

    y = alt.Y("ecart_ajuste:Q", axis=alt.Axis(title="Écart ajusté (points sur 20)", grid=True))
    x = alt.X("n_ancre:Q", axis=alt.Axis(title="Candidats ayant une épreuve d’ancrage", format="d"))
    columns = ("unite", "n_ancre", "ecart_ajuste", "ecart_retenu", "signal")
    marks = unit(
        drawn(in_words(points), *columns),
        alt.MarkDef("point", filled=True, size=75, opacity=0.95),
        x=x,
        y=y,
        **conclusion_channels(),
        tooltip=tooltip(*columns),
    )
    names = _names(points.filter(pl.col("signal") == "signale"), x)
    bands = [_limit(limits, f"{side}_{k}", k) for k in (2, 3) for side in ("bas", "haut")]
    text = (
        f"Entonnoir : écart ajusté des {points.height} unités selon leur effectif ; hors des "
        "lignes à 2 et 3 écarts types, le hasard explique mal l’écart."
    )
    layers = [*bands, _zero_line("y"), marks] if limits.height else [marks]
    layers += names
    return finish(alt.layer(*layers), text, height=330)


def caterpillar(frame: pl.DataFrame, extent: tuple[float, float] | None = None) -> "alt.LayerChart":
    """Draw the caterpillar (chenille): shrunken gaps, their intervals, and ± the material gap.

    Parameters
    ----------
    frame
        What `harmonisation.frame_caterpillar` returns; at least one row.
    extent
        Ends of the horizontal axis, when a long chart is cut into pages.
    """
    import altair as alt

    rows = in_words(frame)
    y = alt.Y("unite:N", sort=rows["unite"].to_list(), axis=alt.Axis(title=None, labelLimit=230))
    columns = ("unite", "n", "ecart_retenu", "ic_bas", "ic_haut", "signal")
    shown = drawn(rows, *columns)
    each: dict[str, Any] = {"y": y, "tooltip": tooltip(*columns)}
    channels = conclusion_channels()
    axis = alt.Axis(title="Écart retenu et intervalle à 95 % (points sur 20)", tickCount=10)
    scale = alt.Scale(domain=list(extent), nice=True) if extent else alt.Scale()
    bars = unit(
        shown,
        alt.MarkDef("rule", strokeWidth=2),
        x=alt.X("ic_bas:Q", axis=axis, scale=scale),
        x2=alt.X2("ic_haut:Q"),
        color=channels["color"],
        **each,
    )
    dots = unit(
        shown,
        alt.MarkDef("point", filled=True, size=70, opacity=1),
        x=alt.X("ecart_retenu:Q"),
        **channels,
        **each,
    )
    delta = float(frame["alerte_ecart"][0])
    alerts = unit(
        pl.DataFrame({"x": [-delta, delta]}),
        alt.MarkDef("rule", color=theme.GREY, strokeDash=[4, 3]),
        x=alt.X("x:Q"),
        tooltip=[alt.Tooltip("x:Q", title="Seuil d’écart", format="+.2f")],
    )
    text = (
        f"Chenille : écart retenu de {rows.height} unités avec son intervalle à 95 %, dans l’ordre "
        f"des noms ; tirets à plus et moins {formats.format_number(delta)} point, au-delà "
        "duquel un écart compte s’il est assez sûr."
    )
    chart = alt.layer(_zero_line("x"), alerts, bars, dots)
    return finish(chart, text, height=rows_height(rows.height, margin=90, step=18))


def distribution(frame: pl.DataFrame, unite: str) -> "alt.LayerChart":
    """Draw the marks of a unit against the rest: bars, or cumulative steps for a small unit.

    Parameters
    ----------
    frame
        What `harmonisation.frame_distribution` returns.
    unite
        Name of the unit.
    """
    import altair as alt

    words = {"unite": unite, "reste": "autres unités"}
    rows = frame.with_columns(pl.col("groupe").replace(words))
    small = not frame.filter(groupe="unite")["est_histogramme"].all()
    column = "part_cumulee" if small else "part"
    title = "Part cumulée des notes" if small else "Part des notes"
    columns = ("groupe", "demi_point", "n", column)
    color = alt.Color(
        "groupe:N",
        title=None,
        scale=alt.Scale(domain=[unite, "autres unités"], range=[theme.VERMILION, theme.BLUE]),
    )
    dash = alt.StrokeDash(
        "groupe:N",
        title=None,
        scale=alt.Scale(domain=[unite, "autres unités"], range=[[1, 0], [5, 3]]),
    )
    mode = "step-after" if small else "step"
    lines = unit(
        drawn(rows, *columns),
        alt.MarkDef("line", interpolate=mode, strokeWidth=2),
        x=marks_axis(),
        y=alt.Y(f"{column}:Q", axis=alt.Axis(title=title, format=".0%", grid=True)),
        tooltip=[
            alt.Tooltip("groupe:N", title="Groupe"),
            alt.Tooltip("demi_point:Q", title="Note", format=".1f"),
            alt.Tooltip("n:Q", title="n", format=",d"),
            alt.Tooltip(f"{column}:Q", title=title, format=".1%"),
        ],
        color=color,
        strokeDash=dash,
    )
    text = f"Notes de « {unite} » (trait plein) et des autres unités (tirets), par demi-point."
    return finish(lines, text, height=200, own_table=False)


def against_anchors(frame: pl.DataFrame) -> "alt.LayerChart":
    """Draw each unit's raw gap against its gap on the anchors, and the expected line.

    Parameters
    ----------
    frame
        What `harmonisation.frame_anchors` returns; at least one row.
    """
    import altair as alt

    columns = ("unite", "n_ancre", "ecart_ancres", "ecart_brut_ancre", "ecart_ajuste", "signal")
    x = alt.X("ecart_ancres:Q", axis=_anchor_axis())
    y_axis = alt.Axis(title="Écart brut à l’épreuve (points sur 20)", grid=True)
    marks = unit(
        drawn(in_words(frame), *columns),
        alt.MarkDef("point", filled=True, size=75, opacity=0.95),
        x=x,
        y=alt.Y("ecart_brut_ancre:Q", axis=y_axis),
        tooltip=tooltip(*columns),
        **conclusion_channels(),
    )
    expected = frame.filter(pl.col("ecart_attendu").is_not_null())
    line = unit(
        drawn(expected, "ecart_ancres", "ecart_attendu"),
        alt.MarkDef("line", color=theme.INK, strokeWidth=1.5),
        x=x,
        y=alt.Y("ecart_attendu:Q"),
    )
    text = (
        "Écart brut de chaque unité selon l’écart des mêmes candidats aux épreuves d’ancrage ; la "
        "droite donne ce que les ancres laissent attendre, la distance à la droite est l’écart "
        "ajusté."
    )
    return finish(line + marks, text, height=330)


def in_words(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the gaps with their conclusions in words, as the legend names them."""
    words = {signal: lexique.code_label(signal) for signal in _SIGNALS}
    return frame.with_columns(pl.col("signal").replace(words))


def conclusion_channels() -> dict[str, Any]:
    """Return colour and shape by conclusion, as one legend."""
    import altair as alt

    domain = [lexique.code_label(signal) for signal in _SIGNALS]
    colors, shapes = (
        alt.Scale(domain=domain, range=values) for values in zip(*_SIGNALS.values(), strict=True)
    )
    return {
        "color": alt.Color("signal:N", title="Conclusion", scale=colors),
        "shape": alt.Shape("signal:N", title="Conclusion", scale=shapes),
    }


def _names(points: pl.DataFrame, x: Any) -> list[Any]:
    """Return the names of signalled units, spread apart, each tied to its point."""
    import altair as alt

    channels: dict[str, Any] = {"x": x, "y": alt.Y("etiquette:Q"), "text": alt.Text("unite:N")}
    ties = unit(
        drawn(points, "n_ancre", "ecart_ajuste", "etiquette"),
        alt.MarkDef("rule", color=theme.GREY, strokeWidth=0.8),
        x=x,
        y=alt.Y("ecart_ajuste:Q"),
        y2=alt.Y2("etiquette:Q"),
    )
    layers: list[Any] = [ties]
    for left in (True, False):
        side = points.filter(pl.col("etiquette_a_gauche") == left)
        shown = drawn(side, "unite", "n_ancre", "etiquette")
        place: dict[str, Any] = {
            "align": "right" if left else "left",
            "dx": -9 if left else 9,
            "fontSize": 11,
            "limit": 300,
        }
        # A white edge keeps a name readable over points and lines.
        edge = alt.MarkDef("text", stroke="white", strokeWidth=3, strokeOpacity=0.85, **place)
        name = alt.MarkDef("text", color=theme.INK, **place)
        layers += [unit(shown, edge, **channels), unit(shown, name, **channels)]
    return layers if points.height else []


def _limit(limits: pl.DataFrame, column: str, k: int) -> Any:
    import altair as alt

    dash = [4, 3] if k == 2 else [1, 0]
    words = f"Limite à {k} écarts types"
    return unit(
        drawn(limits, "n", column),
        alt.MarkDef("line", color=theme.GREY, strokeWidth=1.1, strokeDash=dash),
        x=alt.X("n:Q"),
        y=alt.Y(f"{column}:Q"),
        tooltip=[
            alt.Tooltip("n:Q", title="n", format=",d"),
            alt.Tooltip(f"{column}:Q", title=words, format="+.2f"),
        ],
    )


def marks_axis() -> Any:
    """Return the axis of half points, from 0 to 20."""
    import altair as alt

    scale = alt.Scale(domain=[0, 20])
    return alt.X("demi_point:Q", scale=scale, axis=alt.Axis(title="Note sur 20"))


def _anchor_axis() -> Any:
    import altair as alt

    return alt.Axis(title="Écart aux épreuves d’ancrage (points sur 20)", tickCount=10)


def _zero_line(axis: str) -> Any:
    import altair as alt

    place: dict[str, Any] = {"x": alt.X("zero:Q")} if axis == "x" else {"y": alt.Y("zero:Q")}
    rule = alt.MarkDef("rule", color=theme.INK, strokeWidth=1)
    return unit(pl.DataFrame({"zero": [0]}), rule, **place)


def _named_together(rows: pl.DataFrame) -> pl.DataFrame:
    """Give one name to points so close that theirs would be written over one another."""
    ordered = rows.sort("n", "ecart_retenu", "unite")
    apart = (pl.col("n") != pl.col("n").shift()) | (
        pl.col("ecart_retenu") - pl.col("ecart_retenu").shift() > _CLOSE
    )
    bunches = ordered.with_columns(groupe=apart.fill_null(value=True).cum_sum())
    return bunches.group_by("groupe", maintain_order=True).agg(
        pl.col("unite").str.join(", "), pl.col("n").first(), pl.col("ecart_retenu").mean()
    )


def _spread(named: pl.DataFrame, low: float, high: float) -> pl.DataFrame:
    """Give names the heights nearest to their points that keep each on a line of its own.

    Whatever the width of the page, no name is then written over another.
    """
    ordered = named.sort("ecart_retenu", "n")
    step = min(_LINE / _TALL, 1 / max(ordered.height, 1)) * (high - low)
    heights = spread_apart(ordered["ecart_retenu"].to_list(), step, low + step / 2, high - step / 2)
    return ordered.with_columns(etiquette=pl.Series(heights, dtype=pl.Float64))


def overview(rows: pl.DataFrame) -> "alt.LayerChart":
    """Draw the gap kept of each unit against its number of marks; those flagged are named.

    Parameters
    ----------
    rows
        Gaps of one analysis, units named in words; at least one has an ecart_retenu.
    """
    import altair as alt

    known = in_words(rows.filter(pl.col("ecart_retenu").is_not_null()))
    columns = ("unite", "n", "ecart_retenu", "ic_bas", "ic_haut", "signal")
    x = alt.X(
        "n:Q",
        axis=alt.Axis(title="Nombre de notes", format="d", grid=False),
        scale=alt.Scale(zero=False, padding=12),
    )
    delta = float(known["alerte_ecart"].drop_nulls()[0])
    drawn_gaps = [-delta, delta, *known["ecart_retenu"].to_list()]
    margin = 0.08 * (max(drawn_gaps) - min(drawn_gaps))
    low, high = min(drawn_gaps) - margin, max(drawn_gaps) + margin
    y = alt.Y(
        "ecart_retenu:Q",
        axis=alt.Axis(title="Écart à l’attendu (points)", grid=True, tickCount=6),
        scale=alt.Scale(domain=[low, high], nice=False),
    )
    dots = unit(
        drawn(known, *columns),
        alt.MarkDef("point", filled=True, size=60, opacity=0.9),
        x=x,
        y=y,
        **conclusion_channels(),
        tooltip=tooltip(*columns),
    )
    flagged = rows.filter(pl.col("signal").is_in(["signale", "a_surveiller"]))
    # A name stays inside the drawing: at the left of its point in the right half.
    middle = (known["n"].min() + known["n"].max()) / 2  # pyright: ignore[reportOperatorIssue]
    named = _spread(_named_together(flagged), low, high)
    together = drawn(named, "unite", "n", "etiquette")
    channels: dict[str, Any] = {"x": x, "y": alt.Y("etiquette:Q"), "text": alt.Text("unite:N")}
    place: dict[str, Any] = {"fontSize": 10, "limit": 190}
    edge: dict[str, Any] = {"stroke": "white", "strokeWidth": 3, "strokeOpacity": 0.85}
    ink: dict[str, Any] = {"color": theme.INK}
    left: dict[str, Any] = {"align": "left", "dx": 8}
    right: dict[str, Any] = {"align": "right", "dx": -8}
    # A white edge keeps a name readable over points and lines.
    names = [
        unit(
            together,
            alt.MarkDef("text", **side, **place, **look),
            alt.FilterTransform(where),
            **channels,
        )
        for where, side in ((alt.datum.n <= middle, left), (alt.datum.n > middle, right))
        for look in (edge, ink)
    ]
    ties = unit(
        drawn(named, "n", "ecart_retenu", "etiquette"),
        alt.MarkDef("rule", color=theme.GREY, strokeWidth=0.8),
        x=x,
        y=y,
        y2=alt.Y2("etiquette:Q"),
    )
    alerts = unit(
        pl.DataFrame({"y": [-delta, delta]}),
        alt.MarkDef("rule", color=theme.GREY, strokeDash=[4, 3]),
        y=alt.Y("y:Q"),
    )
    text = (
        f"Écart à l’attendu selon le nombre de notes : {known.height} points, tirets à plus et "
        f"moins {formats.format_number(delta)} point. Les écarts à examiner ou à surveiller sont "
        "nommés."
    )
    return finish(alt.layer(_zero_line("y"), alerts, ties, dots, *names), text, height=_TALL)
