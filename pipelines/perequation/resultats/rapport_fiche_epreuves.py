"""What a fiche says of marks: each épreuve beside the session's."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from perequation.presentation import theme
from perequation.presentation.lexique import code_label
from perequation.presentation.publie import Publie
from perequation.presentation.tableaux import table
from perequation.presentation.textes import Fragment, paragraph
from perequation.presentation.trace import drawn, finish, rows_height, tooltip, unit
from perequation.resultats.rapport_fiche import Shown
from perequation.socle import formats


def position_chart(fiche: Shown) -> Any:
    """Return the means by épreuve beside the session's middle half, or say there is none."""
    rows = fiche.epreuves.filter(pl.col("moyenne").is_not_null())
    if rows.is_empty() or not fiche.assez:
        return paragraph("Trop peu de notes pour un graphique.")
    return _positions(_labelled(rows))


def position_table(fiche: Shown) -> Fragment:
    """Return the marks by épreuve beside the session's."""
    if not fiche.assez:
        return paragraph("Moins de {n} présents : notes non publiées.", n=fiche.minimum)
    marks = formats.format_mark
    rows = fiche.epreuves.with_columns(
        pl.col("mode").replace({mode: code_label(mode) for mode in ("CCF", "PONCTUEL")}),
        intervalle=_pair("moyenne_basse", "moyenne_haute", marks),
        milieu=_pair("q1_session", "q3_session", marks),
    )
    return table(
        rows,
        [
            "epreuve",
            "titre",
            "mode",
            "n",
            "moyenne",
            "intervalle",
            "moyenne_session",
            "milieu",
            "part_sup_10",
            "part_sup_10_session",
        ],
        identifier="epreuves",
        caption="Notes par épreuve",
        labels={
            "intervalle": "Intervalle (95 %)",
            "moyenne_session": "Session",
            "milieu": "Moitié centrale",
            "part_sup_10_session": "Session",
            "titre": "",
        },
        natures={
            "intervalle": "note",
            "milieu": "note",
            "moyenne_session": "note",
            "part_sup_10_session": "taux",
        },
        note="Session : tous les candidats évalués dans le même mode, ceux-ci compris ; tous modes "
        "ensemble quand ce chiffre en révélerait d’autres. Moitié centrale : du premier au "
        "troisième quartile de la session. Intervalle à partir de 10 notes. « – » : moins de "
        f"{fiche.minimum} notes, ou chiffre qui dirait la note de chacun ou en révélerait "
        "d’autres.",
        empty="Aucune note.",
        dense=True,
    )


def _labelled(rows: Publie) -> Publie:
    """Name each line by its épreuve, and by its mode too where the épreuve has two."""
    mode = pl.col("mode").replace({mode: code_label(mode) for mode in ("CCF", "PONCTUEL")})
    both = pl.when(pl.col("epreuve").is_duplicated()).then(pl.col("epreuve") + " " + mode)
    return rows.with_columns(mode, ligne=both.otherwise("epreuve"))


def _positions(rows: Publie) -> Any:
    import altair as alt

    columns = (
        "ligne",
        "titre",
        "mode",
        "n",
        "moyenne",
        "moyenne_basse",
        "moyenne_haute",
        "moyenne_session",
        "q1_session",
        "q3_session",
    )
    labels = {
        "ligne": "Épreuve",
        "moyenne_basse": "Borne basse (95 %)",
        "moyenne_haute": "Borne haute (95 %)",
        "moyenne_session": "Moyenne de la session",
        "q1_session": "1er quartile de la session",
        "q3_session": "3e quartile de la session",
    }
    hints = [
        alt.Tooltip(f"{name}:Q", title=labels.get(name, "Moyenne"), format=".2f")
        for name in columns[4:]
    ]
    scale = alt.Scale(domain=[0, 20])
    shown = drawn(rows, *columns)
    each: dict[str, Any] = {
        "y": alt.Y("ligne:N", sort=rows["ligne"].to_list(), axis=alt.Axis(title=None)),
        "tooltip": [*tooltip("ligne", "titre", "mode", "n", **labels), *hints],
    }
    axis = alt.Axis(title="Note sur 20", values=list(range(0, 21, 2)), format="d")
    band = unit(
        shown,
        alt.MarkDef("bar", color=theme.LIGHT, size=12),
        x=alt.X("q1_session:Q", axis=axis, scale=scale),
        x2=alt.X2("q3_session:Q"),
        **each,
    )
    whole = unit(
        shown,
        alt.MarkDef("tick", color=theme.INK, size=15, thickness=2),
        x=alt.X("moyenne_session:Q", scale=scale),
        **each,
    )
    rule = unit(
        shown,
        alt.MarkDef("rule", color=theme.BLUE, strokeWidth=2),
        x=alt.X("moyenne_basse:Q", scale=scale),
        x2=alt.X2("moyenne_haute:Q"),
        **each,
    )
    dot = unit(
        shown,
        alt.MarkDef("point", filled=True, size=65, color=theme.BLUE, opacity=1),
        x=alt.X("moyenne:Q", scale=scale),
        **each,
    )
    text = (
        "Position par épreuve : point et trait, la moyenne des candidats de la fiche et son "
        "intervalle à 95 % ; bande grise, la moitié centrale de la session ; trait vertical, la "
        "moyenne de la session."
    )
    height = rows_height(rows.height, margin=50, step=19)
    chart = alt.layer(band, whole, rule, dot)
    return finish(chart, text, height=height)


def _pair(low: str, high: str, write: Any) -> pl.Expr:
    """Return two bounds as one text."""

    def said(row: Mapping[str, Any]) -> str:
        if row[low] is None or row[high] is None:
            return formats.MISSING
        return f"{write(row[low])}{formats.NBSP}–{formats.NBSP}{write(row[high])}"

    return pl.struct(low, high).map_elements(said, return_dtype=pl.String)
