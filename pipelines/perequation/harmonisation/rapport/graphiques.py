"""Charts of the gaps between units; what they draw comes from `perequation.harmonisation`."""

from typing import TYPE_CHECKING, Any

import polars as pl

from perequation.presentation import lexique, theme
from perequation.presentation.graphiques import drawn, finish, rows_height, tooltip
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
    marks = (
        drawn(_worded(points), "unite", "n_ancre", "ecart_ajuste", "ecart_retenu", "signal")
        .mark_point(filled=True, size=75, opacity=0.95)
        .encode(
            x=x,
            y=y,
            **_signal_channels(),
            tooltip=tooltip("unite", "n_ancre", "ecart_ajuste", "ecart_retenu", "signal"),
        )
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

    rows = _worded(frame)
    y = alt.Y("unite:N", sort=rows["unite"].to_list(), axis=alt.Axis(title=None, labelLimit=230))
    columns = ("unite", "n", "ecart_retenu", "ic_bas", "ic_haut", "signal")
    base = drawn(rows, *columns).encode(y=y, tooltip=tooltip(*columns))
    axis = alt.Axis(title="Écart retenu et intervalle à 95 % (points sur 20)", tickCount=10)
    scale = alt.Scale(domain=list(extent), nice=True) if extent else alt.Scale()
    bars = base.mark_rule(strokeWidth=2).encode(
        x=alt.X("ic_bas:Q", axis=axis, scale=scale),
        x2="ic_haut:Q",
        color=_signal_channels()["color"],
    )
    dots = base.mark_point(filled=True, size=70, opacity=1).encode(
        x=alt.X("ecart_retenu:Q"), **_signal_channels()
    )
    delta = float(frame["alerte_ecart"][0])
    alerts = (
        alt.Chart(pl.DataFrame({"x": [-delta, delta]}))
        .mark_rule(color=theme.GREY, strokeDash=[4, 3])
        .encode(x="x:Q", tooltip=[alt.Tooltip("x:Q", title="Seuil d’écart", format="+.2f")])
    )
    text = (
        f"Chenille : écart retenu de {rows.height} unités avec son intervalle à 95 %, dans l’ordre "
        f"des noms ; tirets à plus et moins {formats.format_number(delta)} point."
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
    base = drawn(rows, *columns).encode(
        x=_marks_axis(),
        y=alt.Y(f"{column}:Q", axis=alt.Axis(title=title, format=".0%", grid=True)),
        tooltip=[
            alt.Tooltip("groupe:N", title="Groupe"),
            alt.Tooltip("demi_point:Q", title="Note", format=".1f"),
            alt.Tooltip("n:Q", title="n", format=",d"),
            alt.Tooltip(f"{column}:Q", title=title, format=".1%"),
        ],
    )
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
    lines = base.mark_line(interpolate=mode, strokeWidth=2).encode(color=color, strokeDash=dash)
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
    marks = (
        drawn(_worded(frame), *columns)
        .mark_point(filled=True, size=75, opacity=0.95)
        .encode(
            x=x,
            y=alt.Y("ecart_brut_ancre:Q", axis=y_axis),
            tooltip=tooltip(*columns),
            **_signal_channels(),
        )
    )
    expected = frame.filter(pl.col("ecart_attendu").is_not_null())
    line = (
        drawn(expected, "ecart_ancres", "ecart_attendu")
        .mark_line(color=theme.INK, strokeWidth=1.5)
        .encode(x=x, y=alt.Y("ecart_attendu:Q"))
    )
    text = (
        "Écart brut de chaque unité selon l’écart des mêmes candidats aux épreuves d’ancrage ; la "
        "droite donne ce que les ancres laissent attendre, la distance à la droite est l’écart "
        "ajusté."
    )
    return finish(line + marks, text, height=330)


def ccf_overview(units: pl.DataFrame, line: pl.DataFrame) -> "alt.LayerChart":
    """Draw each establishment's CCF average against its candidates' average on the anchors.

    Parameters
    ----------
    units, line
        What `harmonisation.frame_ccf` returns; at least one establishment.
    """
    import altair as alt

    columns = (
        "unite",
        "n",
        "moyenne_ancres",
        "moyenne_ccf",
        "moyenne_attendue",
        "ecart_ajuste",
        "signal",
    )
    scale = alt.Scale(zero=False)
    x_axis = alt.Axis(title="Moyenne des mêmes candidats aux écrits anonymes (sur 20)")
    y_axis = alt.Axis(title="Moyenne en CCF (sur 20)", grid=True)
    x = alt.X("moyenne_ancres:Q", axis=x_axis, scale=scale)
    labels = {
        "moyenne_ancres": "Moyenne des ancres",
        "moyenne_ccf": "Moyenne en CCF",
        "moyenne_attendue": "CCF attendue",
        "n": "Notes de CCF (n)",
    }
    hints = [
        alt.Tooltip(f"{name}:Q", title=labels[name], format=".2f")
        if name.startswith("moyenne")
        else tooltip(name, **labels)[0]
        for name in columns
    ]
    marks = (
        drawn(_worded(units), *columns)
        .mark_point(filled=True, size=75, opacity=0.95)
        .encode(
            x=x,
            y=alt.Y("moyenne_ccf:Q", axis=y_axis, scale=scale),
            tooltip=hints,
            **_signal_channels(),
        )
    )
    rule = (
        drawn(line, "moyenne_ancres", "moyenne_attendue")
        .mark_line(color=theme.INK, strokeWidth=1.5)
        .encode(x=x, y=alt.Y("moyenne_attendue:Q", scale=scale))
    )
    text = (
        f"Moyenne en CCF de {units.height} établissements, toutes épreuves ensemble, selon la "
        "moyenne des mêmes candidats aux écrits anonymes ; la droite donne ce que les écrits "
        "laissent attendre. Conclusion : la plus forte des épreuves de l’établissement."
    )
    return finish(rule + marks if line.height else marks, text, height=330)


def spread(frame: pl.DataFrame) -> "alt.LayerChart":
    """Draw the middle half of each unit's marks, their median and their mean.

    Parameters
    ----------
    frame
        What `harmonisation.frame_waiting` returns, in the order drawn; at least one row.
    """
    import altair as alt

    columns = ("unite", "n", "moyenne", "q1", "mediane", "q3")
    scale = alt.Scale(domain=[0, 20])
    axis = alt.Axis(title="Note sur 20", values=list(range(0, 21, 2)), format="d")
    y = alt.Y("unite:N", sort=frame["unite"].to_list(), axis=alt.Axis(title=None, labelLimit=230))
    base = drawn(frame, *columns).encode(y=y, tooltip=tooltip(*columns))
    bands = base.mark_bar(color=theme.LIGHT, size=11).encode(
        x=alt.X("q1:Q", axis=axis, scale=scale), x2="q3:Q"
    )
    medians = base.mark_tick(color=theme.INK, size=14, thickness=2).encode(x="mediane:Q")
    means = base.mark_point(
        filled=True, shape="diamond", size=60, color=theme.VERMILION, opacity=1
    ).encode(x="moyenne:Q")
    text = (
        f"Notes de {frame.height} unités : bande du premier au troisième quartile, trait à la "
        "médiane, losange à la moyenne. Les unités n’ont pas les mêmes candidats."
    )
    chart = alt.layer(bands, medians, means)
    return finish(chart, text, height=rows_height(frame.height, margin=70, step=18))


def heaping(frame: pl.DataFrame) -> "alt.LayerChart":
    """Draw the counts by half point against a smooth fit that ignores 9 to 11.

    Parameters
    ----------
    frame
        What `harmonisation.frame_heaping` returns; not empty.
    """
    import altair as alt

    rows = frame.with_columns(
        zone=pl.when(pl.col("est_exclu")).then(pl.lit("de 9 à 11")).otherwise(pl.lit("ailleurs"))
    )
    hints = [
        alt.Tooltip("demi_point:Q", title="Note", format=".1f"),
        alt.Tooltip("n:Q", title="Notes (n)", format=",d"),
        alt.Tooltip("attendu:Q", title="Attendu par la courbe", format=".1f"),
    ]
    base = drawn(rows, "demi_point", "n", "attendu", "zone").encode(x=_marks_axis(), tooltip=hints)
    bars = base.mark_bar(size=11).encode(
        y=alt.Y("n:Q", axis=alt.Axis(title="Notes", grid=True)),
        color=alt.Color(
            "zone:N",
            title="Notes",
            scale=alt.Scale(domain=["de 9 à 11", "ailleurs"], range=[theme.ORANGE, theme.SKY]),
        ),
    )
    line = base.mark_line(color=theme.INK, strokeWidth=1.8).encode(y="attendu:Q")
    text = (
        "Nombre de notes par demi-point et courbe ajustée hors de l’intervalle de 9 à 11 ; ce qui "
        "dépasse la courbe à 10 mesure l’accumulation."
    )
    return finish(bars + line, text, height=230)


def _worded(frame: pl.DataFrame) -> pl.DataFrame:
    words = {signal: lexique.code_label(signal) for signal in _SIGNALS}
    return frame.with_columns(pl.col("signal").replace(words))


def _signal_channels() -> dict[str, Any]:
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

    label = alt.Y("etiquette:Q")
    ties = (
        drawn(points, "n_ancre", "ecart_ajuste", "etiquette")
        .mark_rule(color=theme.GREY, strokeWidth=0.8)
        .encode(x=x, y=alt.Y("ecart_ajuste:Q"), y2="etiquette:Q")
    )
    layers: list[Any] = [ties]
    for left in (True, False):
        side = points.filter(pl.col("etiquette_a_gauche") == left)
        base = drawn(side, "unite", "n_ancre", "etiquette").encode(x=x, y=label, text="unite:N")
        place: dict[str, Any] = {
            "align": "right" if left else "left",
            "dx": -9 if left else 9,
            "fontSize": 11,
            "limit": 300,
        }
        # A white edge keeps a name readable over points and lines.
        layers += [
            base.mark_text(stroke="white", strokeWidth=3, strokeOpacity=0.85, **place),
            base.mark_text(color=theme.INK, **place),
        ]
    return layers if points.height else []


def _limit(limits: pl.DataFrame, column: str, k: int) -> Any:
    import altair as alt

    dash = [4, 3] if k == 2 else [1, 0]
    words = f"Limite à {k} écarts types"
    return (
        drawn(limits, "n", column)
        .mark_line(color=theme.GREY, strokeWidth=1.1, strokeDash=dash)
        .encode(
            x=alt.X("n:Q"),
            y=alt.Y(f"{column}:Q"),
            tooltip=[
                alt.Tooltip("n:Q", title="n", format=",d"),
                alt.Tooltip(f"{column}:Q", title=words, format="+.2f"),
            ],
        )
    )


def _marks_axis() -> Any:
    import altair as alt

    scale = alt.Scale(domain=[0, 20])
    return alt.X("demi_point:Q", scale=scale, axis=alt.Axis(title="Note sur 20"))


def _anchor_axis() -> Any:
    import altair as alt

    return alt.Axis(title="Écart aux épreuves d’ancrage (points sur 20)", tickCount=10)


def _zero_line(axis: str) -> Any:
    import altair as alt

    rule = alt.Chart(pl.DataFrame({"zero": [0]})).mark_rule(color=theme.INK, strokeWidth=1)
    return rule.encode(x="zero:Q") if axis == "x" else rule.encode(y="zero:Q")


def _named_together(rows: pl.DataFrame) -> pl.DataFrame:
    """Give one name to points so close that theirs would be written over one another."""
    ordered = rows.sort("n", "ecart_retenu")
    apart = (pl.col("n") != pl.col("n").shift()) | (
        pl.col("ecart_retenu") - pl.col("ecart_retenu").shift() > _CLOSE
    )
    bunches = ordered.with_columns(groupe=apart.fill_null(value=True).cum_sum())
    return bunches.group_by("groupe", maintain_order=True).agg(
        pl.col("unite").str.join(", "), pl.col("n").first(), pl.col("ecart_retenu").mean()
    )


def overview(rows: pl.DataFrame) -> "alt.LayerChart":
    """Draw the gap kept of each unit against its number of marks; those flagged are named.

    Parameters
    ----------
    rows
        Gaps of one analysis, units named in words; at least one has an ecart_retenu.
    """
    import altair as alt

    known = _worded(rows.filter(pl.col("ecart_retenu").is_not_null()))
    columns = ("unite", "n", "ecart_retenu", "ic_bas", "ic_haut", "signal")
    x = alt.X(
        "n:Q",
        axis=alt.Axis(title="Nombre de notes", format="d", grid=False),
        scale=alt.Scale(zero=False, padding=12),
    )
    y = alt.Y(
        "ecart_retenu:Q", axis=alt.Axis(title="Écart à l’attendu (points)", grid=True, tickCount=6)
    )
    dots = (
        drawn(known, *columns)
        .mark_point(filled=True, size=60, opacity=0.9)
        .encode(x=x, y=y, **_signal_channels(), tooltip=tooltip(*columns))
    )
    flagged = rows.filter(pl.col("signal").is_in(["signale", "a_surveiller"]))
    names = (
        drawn(_named_together(flagged), "unite", "n", "ecart_retenu")
        .mark_text(align="left", dx=7, fontSize=10, limit=190)
        .encode(x=x, y=y, text="unite:N")
    )
    delta = float(known["alerte_ecart"].drop_nulls()[0])
    alerts = (
        alt.Chart(pl.DataFrame({"y": [-delta, delta]}))
        .mark_rule(color=theme.GREY, strokeDash=[4, 3])
        .encode(y="y:Q")
    )
    text = (
        f"Écart à l’attendu selon le nombre de notes : {known.height} points, tirets à plus et "
        f"moins {formats.format_number(delta)} point. Les écarts à examiner ou à surveiller sont "
        "nommés."
    )
    return finish(alt.layer(_zero_line("y"), alerts, dots, names), text, height=230)
