"""The long-run gap in the annex: what lasts from one session to the next, apart from this session."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from perequation.harmonisation.rapport.choix import NOUNS
from perequation.harmonisation.rapport.colonnes import INTERVAL, identify, in_order, interval
from perequation.presentation.tableaux import table
from perequation.presentation.textes import Fragment, fill, fold
from perequation.socle import formats


def long_run_table(historique: pl.DataFrame, row: Mapping[str, Any]) -> Fragment:
    """Return, folded, the long-run gap of the units of an analysis; nothing without earlier sessions.

    Parameters
    ----------
    historique
        What `harmonisation.compare_sessions` returns, rows of the analysis.
    row
        The analysis.
    """
    told = historique.filter(pl.col("ecart_durable").is_not_null()).unique(
        "unite", keep="first", maintain_order=True
    )
    if told.is_empty():
        return fill("")
    spread = formats.format_number(told["ecart_type_sessions"][0])
    shown = table(
        in_order(told).with_columns(intervalle=interval("ic_bas_durable", "ic_haut_durable")),
        ["unite", "nb_sessions", "ecart_durable", "intervalle"],
        identifier=identify("durable", row),
        caption=f"{row['epreuve']} : écart durable, sur plusieurs sessions",
        labels={
            "unite": NOUNS[row["type_unite"]].capitalize(),
            "nb_sessions": "Sessions",
            "ecart_durable": "Écart durable",
            "intervalle": INTERVAL,
        },
        natures={"nb_sessions": "entier", "ecart_durable": "ecart", "intervalle": "ecart"},
        note="Une autre question que l’écart de cette session : ce que l’unité a en propre d’une "
        "session à l’autre, celle-ci comprise ; ses commissions et ses candidats changent. D’une "
        f"session à l’autre, l’écart d’une même unité varie couramment de {spread} point (écart type). "
        "En points sur 20 ; rien n’est signalé d’après ce tableau.",
        dense=True,
    )
    return fold(f"{row['epreuve']} : écart durable, sur plusieurs sessions", shown)
