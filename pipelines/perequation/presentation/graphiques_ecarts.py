"""Charts of the gaps between units; what they draw comes from `perequation.harmonisation`."""

from typing import TYPE_CHECKING, Any

import polars as pl

from perequation.presentation import lexique, theme
from perequation.presentation.graphiques import drawn, finish, rows_height, tooltip

if TYPE_CHECKING:
    import altair as alt

# In the order of the legend; each conclusion has its colour and its shape.
_SIGNALS = {
    "signale": (theme.VERMILION, "triangle-up"),
    "a_surveiller": (theme.ORANGE, "diamond"),
    "aucun": (theme.BLUE, "circle"),
    "indisponible": (theme.GREY, "cross"),
}


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
            x=x, y=y, **_signal_channels(),
            tooltip=tooltip("unite", "n_ancre", "ecart_ajuste", "ecart_retenu", "signal"),
        )
    )  # fmt: skip
    named = points.filter(pl.col("signal") == "signale")
    names = (
        drawn(named, "unite", "n_ancre", "ecart_ajuste")
        .mark_text(align="right", dx=-9, fontSize=11, color=theme.INK, limit=190)
        .encode(x=x, y=y, text="unite:N")
    )
    bands = [_limit(limits, f"{side}_{k}", k) for k in (2, 3) for side in ("bas", "haut")]
    text = (
        f"Entonnoir : écart ajusté des {points.height} unités selon leur effectif ; hors des "
        "lignes à 2 et 3 écarts types, le hasard explique mal l’écart."
    )
    layers = [*bands, _zero_line("y"), marks, names] if limits.height else [marks, names]
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
        f"des noms ; tirets à plus et moins {delta:g} point.".replace(".5 ", ",5 ")
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
        "groupe:N", title=None,
        scale=alt.Scale(domain=[unite, "autres unités"], range=[theme.VERMILION, theme.BLUE]),
    )  # fmt: skip
    dash = alt.StrokeDash(
        "groupe:N", title=None,
        scale=alt.Scale(domain=[unite, "autres unités"], range=[[1, 0], [5, 3]]),
    )  # fmt: skip
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
            x=x, y=alt.Y("ecart_brut_ancre:Q", axis=y_axis), tooltip=tooltip(*columns),
            **_signal_channels(),
        )
    )  # fmt: skip
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
    base = drawn(rows, "demi_point", "n", "attendu", "zone").encode(
        x=_marks_axis(),
        tooltip=hints,
    )
    bars = base.mark_bar(size=11).encode(
        y=alt.Y("n:Q", axis=alt.Axis(title="Notes", grid=True)),
        color=alt.Color(
            "zone:N", title="Notes",
            scale=alt.Scale(domain=["de 9 à 11", "ailleurs"], range=[theme.ORANGE, theme.SKY]),
        ),
    )  # fmt: skip
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
