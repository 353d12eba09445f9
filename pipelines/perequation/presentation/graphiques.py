"""Charts of any report: rates with intervals, distributions, marks by épreuve; data come computed.

Each function takes rows to draw as they are and returns a chart with its description. The counts
are in every tooltip; shape or position always doubles colour.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import polars as pl

from perequation.presentation import lexique, theme
from perequation.presentation.publie import Frame
from perequation.presentation.trace import drawn, finish, rows_height, tooltip, unit
from perequation.socle import formats

if TYPE_CHECKING:
    import altair as alt


def rates(frame: Frame, title: str, marks: Sequence[tuple[str, float]] = ()) -> "alt.LayerChart":
    """Draw success rates with their 95 % intervals, one line per modality, on one axis for all.

    Parameters
    ----------
    frame
        modalite, inscrits, presents, admis, taux_reussite, taux_bas, taux_haut; rows in the order
        drawn, a masked rate being null.
    title
        What the lines are («établissement»).
    marks
        Rates all are compared with, drawn across: (name, ratio).
    """
    import altair as alt

    rows = frame.filter(pl.col("taux_reussite").is_not_null())
    # The number of présents is read beside the name: a rate says little without it.
    count = pl.col("presents").map_elements(formats.format_integer, return_dtype=pl.String)
    rows = rows.with_columns(repere=pl.col("modalite") + " (" + count + ")")
    columns = (
        "modalite",
        "inscrits",
        "presents",
        "admis",
        "taux_reussite",
        "taux_bas",
        "taux_haut",
    )
    x_scale = alt.Scale(domain=[0, 1])
    shown = drawn(rows, *columns, "repere")
    each: dict[str, Any] = {
        "y": _names("repere", rows["repere"].to_list()),
        "tooltip": tooltip(*columns, modalite=title.capitalize()),
    }
    axis = alt.Axis(format=".0%", title="Taux de réussite (admis / présents)")
    bars = unit(
        shown,
        alt.MarkDef("rule", color=theme.BLUE, strokeWidth=2),
        x=alt.X("taux_bas:Q", scale=x_scale, axis=axis),
        x2=alt.X2("taux_haut:Q"),
        **each,
    )
    dots = unit(
        shown,
        alt.MarkDef("point", filled=True, size=70, color=theme.BLUE, opacity=1),
        x=alt.X("taux_reussite:Q", scale=x_scale),
        **each,
    )
    text = (
        f"Taux de réussite par {title} : un point par groupe, un trait pour l’intervalle à 95 %. "
        f"Entre parenthèses, les présents. {said_marks(marks)}".rstrip()
    )
    layers = [bars + dots, *_crossing(marks)]
    return finish(alt.layer(*layers), text, height=rows_height(rows.height))


def said_marks(marks: Sequence[tuple[str, float]]) -> str:
    """Say which rates are drawn across a chart."""
    if not marks:
        return ""
    said = " ; ".join(f"{name} : {formats.format_percent(rate)}" for name, rate in marks)
    return f"{'Trait vertical' if len(marks) == 1 else 'Traits verticaux'} : {said}."


def _crossing(marks: Sequence[tuple[str, float]]) -> list[Any]:
    """Draw rates as named vertical lines, dashed each in its own way."""
    import altair as alt

    layers: list[Any] = []
    for (name, rate), dash in zip(marks, ([5, 3], [2, 2]), strict=False):
        data = pl.DataFrame({"nom": [name], "taux": [rate]})
        hint = [alt.Tooltip("nom:N", title="Repère"), alt.Tooltip("taux:Q", format=".1%")]
        rule = alt.MarkDef("rule", color=theme.INK, strokeDash=dash, strokeWidth=1.5)
        layers.append(unit(data, rule, x=alt.X("taux:Q"), tooltip=hint))
    return layers


def marks_histogram(
    frame: Frame,
    *,
    axis: str,
    thresholds: Sequence[float] = (8, 10),
    step: float = 0.5,
    who: str = "Candidats",
) -> "alt.LayerChart":
    """Draw counts by slice of marks, with the thresholds that decide.

    Parameters
    ----------
    frame
        tranche (lower bound, points out of 20), n; for slices of unequal widths also fin (upper
        bound) and hauteur (candidates per half-point), which is then what is drawn.
    axis
        Title of the horizontal axis.
    """
    import altair as alt

    uneven = "hauteur" in frame.columns
    slices = frame if uneven else frame.with_columns(fin=pl.col("tranche") + step)
    height = "hauteur" if uneven else "n"
    per_slice = f"{who} par demi-point" if uneven else who
    x = alt.X(
        "tranche:Q",
        scale=alt.Scale(domain=[0, 20]),
        axis=alt.Axis(title=axis, values=list(range(0, 21, 2)), format="d"),
    )
    bars = unit(
        drawn(slices, "tranche", "fin", "n", "hauteur"),
        alt.MarkDef("bar", color=theme.SKY, stroke="white", strokeWidth=0.5),
        x=x,
        x2=alt.X2("fin:Q"),
        y=alt.Y(
            f"{height}:Q", axis=alt.Axis(title=per_slice, grid=True, tickMinStep=1, format=",d")
        ),
        y2=alt.Y2Datum(0),
        tooltip=[
            alt.Tooltip("tranche:Q", title="De", format=".2f"),
            alt.Tooltip("fin:Q", title="à moins de", format=".2f"),
            alt.Tooltip("n:Q", title=who, format=",d"),
        ],
    )
    text = f"{axis} : effectifs par tranche, seuils à {' et '.join(f'{t:g}' for t in thresholds)}."
    return finish(bars + threshold_rules(thresholds), text, height=250)


def threshold_rules(thresholds: Sequence[float]) -> Any:
    """Draw the thresholds of the decision as named vertical lines, the last named on its right."""
    import altair as alt

    data = pl.DataFrame({"seuil": list(thresholds), "nom": [f"seuil {t:g}" for t in thresholds]})
    rule = alt.MarkDef("rule", color=theme.INK, strokeDash=[5, 3], strokeWidth=1.5)
    x = alt.X("seuil:Q")
    hint = alt.Tooltip("seuil:Q", title="Seuil", format=".2f")
    layers = [unit(data, rule, x=x, tooltip=[hint])]
    sides: tuple[tuple[pl.DataFrame, Any, int], ...] = (
        (data[:-1], "right", -4),
        (data[-1:], "left", 4),
    )
    for names, align, dx in sides:
        if not names.is_empty():
            text = alt.MarkDef("text", align=align, dx=dx, dy=8, color=theme.INK, fontSize=12)
            layers.append(unit(names, text, x=x, y=alt.YValue(0), text=alt.Text("nom:N")))
    return alt.layer(*layers) if layers[1:] else layers[0]


def correlations(frame: Frame) -> "alt.LayerChart":
    """Draw the correlations of épreuves two by two, as a triangle of shades with their values.

    Parameters
    ----------
    frame
        epreuve, autre_epreuve, n, correlation; rows in the règlement's order.
    """
    import altair as alt

    columns = ("epreuve", "autre_epreuve", "n", "correlation")
    rows = frame["epreuve"].unique(maintain_order=True).to_list()
    others = frame["autre_epreuve"].to_list()
    order = [*rows, *(each for each in dict.fromkeys(others) if each not in rows)]
    shown = drawn(frame, *columns, "texte")
    each: dict[str, Any] = {
        "x": alt.X("epreuve:N", sort=order, axis=alt.Axis(title=None, labelAngle=0)),
        "y": alt.Y("autre_epreuve:N", sort=order, axis=alt.Axis(title=None)),
        "tooltip": [
            alt.Tooltip("epreuve:N", title="Épreuve"),
            alt.Tooltip("autre_epreuve:N", title="Autre épreuve"),
            alt.Tooltip("correlation:Q", title="Corrélation", format=".2f"),
            alt.Tooltip("n:Q", title="Candidats", format=",d"),
        ],
    }
    shade = alt.Scale(domain=[-1, 0, 1], range=[theme.VERMILION, "#ffffff", theme.BLUE])
    squares = unit(
        shown,
        alt.MarkDef("rect", opacity=0.55),
        color=alt.Color("correlation:Q", scale=shade, legend=None),
        **each,
    )
    values = unit(shown, alt.MarkDef("text", color=theme.INK), text=alt.Text("texte:N"), **each)
    text = "Corrélation des notes de deux épreuves, plus foncée quand elle est plus forte."
    return finish(squares + values, text, height=rows_height(len(set(others)), step=26))


def epreuve_spread(frame: Frame) -> "alt.LayerChart":
    """Draw, for each épreuve, the middle half of the marks, the median and the mean.

    Parameters
    ----------
    frame
        epreuve, titre, n, moyenne, ecart_type, mediane, q1, q3, part_sup_10; rows in order.
    """
    import altair as alt

    columns = (
        "epreuve",
        "titre",
        "n",
        "moyenne",
        "ecart_type",
        "mediane",
        "q1",
        "q3",
        "part_sup_10",
    )
    scale = alt.Scale(domain=[0, 20])
    axis = alt.Axis(title="Note sur 20", values=list(range(0, 21, 2)), format="d")
    rows = drawn(frame, *columns)
    each: dict[str, Any] = {
        "y": _names("epreuve", frame["epreuve"].to_list()),
        "tooltip": tooltip(*columns),
    }
    box = unit(
        rows,
        alt.MarkDef("bar", color=theme.LIGHT, size=13),
        x=alt.X("q1:Q", axis=axis, scale=scale),
        x2=alt.X2("q3:Q"),
        **each,
    )
    median = unit(
        rows,
        alt.MarkDef("tick", color=theme.INK, size=17, thickness=2),
        x=alt.X("mediane:Q", scale=scale),
        **each,
    )
    mean = unit(
        rows,
        alt.MarkDef(
            "point", filled=True, shape="diamond", size=80, color=theme.VERMILION, opacity=1
        ),
        x=alt.X("moyenne:Q", scale=scale),
        **each,
    )
    text = (
        "Notes par épreuve : bande du premier au troisième quartile, trait à la médiane, losange à "
        "la moyenne."
    )
    chart = alt.layer(box, median, mean)
    return finish(chart, text, height=rows_height(frame.height, step=26))


def modes_compared(frame: Frame) -> "alt.LayerChart":
    """Draw the mean of each épreuve by mode (CCF and ponctuel), joined by a line.

    Parameters
    ----------
    frame
        epreuve, mode (in words), n, moyenne, ecart_type, part_sup_10; rows in order.
    """
    text = "Moyenne de chaque épreuve selon le mode d’évaluation, CCF ou ponctuel."
    return _means_compared(frame, "mode", text)


def sessions_compared(frame: Frame) -> "alt.LayerChart":
    """Draw the mean of each épreuve by session, joined by a line.

    Parameters
    ----------
    frame
        epreuve, session (as text), epreuve_alors, n, moyenne, moyenne_basse, moyenne_haute; rows
        in order.
    """
    text = "Moyenne de chaque épreuve selon la session ; trait : intervalle à 95 %."
    return _means_compared(frame, "session", text)


def _means_compared(frame: Frame, by: str, text: str) -> "alt.LayerChart":
    import altair as alt

    y = _names("epreuve", frame["epreuve"].unique(maintain_order=True).to_list())
    # A point of margin on each side: a tenth of a point must not look like a gulf.
    means = frame["moyenne"].cast(pl.Float64)
    low, high = means.min(), means.max()
    scale = alt.Scale(domain=[int(low or 0) - 1, int(high or 0) + 2], clamp=True)  # pyright: ignore
    interval = ("moyenne_basse", "moyenne_haute")
    known = ("epreuve", by, "epreuve_alors", "n", "moyenne", *interval, "ecart_type", "part_sup_10")
    columns = [name for name in known if name in frame.columns]
    title = lexique.column(by).libelle
    shown = drawn(frame, *columns)
    line = unit(
        shown,
        alt.MarkDef("line", color=theme.GREY, strokeWidth=1.5),
        x=alt.X(
            "moyenne:Q",
            scale=scale,
            axis=alt.Axis(title="Moyenne sur 20", format="~r", tickCount=8),
        ),
        y=y,
        detail=alt.Detail("epreuve:N"),
    )
    dots = unit(
        shown,
        alt.MarkDef("point", filled=True, size=90, opacity=1),
        x=alt.X("moyenne:Q", scale=scale),
        y=y,
        color=alt.Color(f"{by}:N", title=title),
        shape=alt.Shape(f"{by}:N", title=title),
        tooltip=tooltip(*columns, epreuve_alors="Son numéro alors"),
    )
    rows = frame["epreuve"].n_unique()
    layers = [line, dots]
    if all(name in frame.columns for name in interval):
        bars = unit(
            shown,
            alt.MarkDef("rule", strokeWidth=2, color=theme.GREY, opacity=0.6),
            x=alt.X("moyenne_basse:Q", scale=scale),
            x2=alt.X2("moyenne_haute:Q"),
            y=y,
        )
        layers.insert(1, bars)
    return finish(alt.layer(*layers), text, height=rows_height(rows, margin=90, step=26))


def _names(column: str, order: list[str]) -> Any:
    """Return a vertical axis of names, in the order given."""
    import altair as alt

    return alt.Y(f"{column}:N", sort=order, axis=alt.Axis(title=None))
