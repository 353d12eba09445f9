"""Charts of a whole session: CCF beside the written papers, marks not compared, heaping at 10."""

from typing import TYPE_CHECKING, Any

import polars as pl

from perequation.presentation import theme
from perequation.presentation.trace import drawn, finish, rows_height, tooltip, unit

if TYPE_CHECKING:
    import altair as alt
from perequation.harmonisation.rapport.graphiques import conclusion_channels, in_words, marks_axis


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
    marks = unit(
        drawn(in_words(units), *columns),
        alt.MarkDef("point", filled=True, size=75, opacity=0.95),
        x=x,
        y=alt.Y("moyenne_ccf:Q", axis=y_axis, scale=scale),
        tooltip=hints,
        **conclusion_channels(),
    )
    rule = unit(
        drawn(line, "moyenne_ancres", "moyenne_attendue"),
        alt.MarkDef("line", color=theme.INK, strokeWidth=1.5),
        x=x,
        y=alt.Y("moyenne_attendue:Q", scale=scale),
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
    rows = drawn(frame, *columns)
    each: dict[str, Any] = {"y": y, "tooltip": tooltip(*columns)}
    bands = unit(
        rows,
        alt.MarkDef("bar", color=theme.LIGHT, size=11),
        x=alt.X("q1:Q", axis=axis, scale=scale),
        x2=alt.X2("q3:Q"),
        **each,
    )
    medians = unit(
        rows,
        alt.MarkDef("tick", color=theme.INK, size=14, thickness=2),
        x=alt.X("mediane:Q"),
        **each,
    )
    means = unit(
        rows,
        alt.MarkDef(
            "point", filled=True, shape="diamond", size=60, color=theme.VERMILION, opacity=1
        ),
        x=alt.X("moyenne:Q"),
        **each,
    )
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
    shown = drawn(rows, "demi_point", "n", "attendu", "zone")
    each: dict[str, Any] = {"x": marks_axis(), "tooltip": hints}
    bars = unit(
        shown,
        alt.MarkDef("bar", size=11),
        **each,
        y=alt.Y("n:Q", axis=alt.Axis(title="Notes", grid=True)),
        color=alt.Color(
            "zone:N",
            title="Notes",
            scale=alt.Scale(domain=["de 9 à 11", "ailleurs"], range=[theme.ORANGE, theme.SKY]),
        ),
    )
    line = unit(
        shown, alt.MarkDef("line", color=theme.INK, strokeWidth=1.8), **each, y=alt.Y("attendu:Q")
    )
    text = (
        "Nombre de notes par demi-point et courbe ajustée hors de l’intervalle de 9 à 11 ; ce qui "
        "dépasse la courbe à 10 mesure l’accumulation."
    )
    return finish(bars + line, text, height=230)
