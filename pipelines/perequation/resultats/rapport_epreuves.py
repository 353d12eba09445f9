"""What the session report says of marks: averages, épreuves, CCF beside ponctuel."""

from typing import Any

import polars as pl

from perequation.presentation import graphiques
from perequation.presentation.lexique import code_label
from perequation.presentation.publie import Publie
from perequation.presentation.tableaux import table
from perequation.presentation.textes import Fragment, paragraph

_MODES = ("CCF", "PONCTUEL")


def averages_chart(repartition: Publie) -> Any:
    """Return the distribution of averages (`Resultats.repartition`) with the thresholds."""
    if repartition.is_empty():
        return paragraph("Aucune répartition : trop peu de moyennes calculées.")
    return graphiques.marks_histogram(repartition, axis="Moyenne générale sur 20")


def averages_table(repartition: Publie, minimum: int) -> Fragment:
    """Return the counts drawn by `averages_chart`."""
    return table(
        repartition,
        ["tranche", "fin", "n"],
        identifier="repartition-moyennes",
        caption="Répartition des moyennes générales",
        labels={"tranche": "De", "fin": "à moins de", "n": "Candidats"},
        natures={"fin": "note"},
        note=f"Tranches d’un demi-point, réunies quand elles ont moins de {minimum} candidats ; la "
        "dernière comprend 20. Candidats ayant une moyenne : ni éliminés, ni incomplets, ni en "
        "cours.",
    )


def epreuves_chart(rows: Publie) -> Any:
    """Return the spread of marks by épreuve."""
    shown = rows.drop_nulls(["moyenne", "q1"])
    if shown.is_empty():
        return paragraph("Trop peu de notes : pas de graphique.")
    return graphiques.epreuve_spread(shown)


def modes_chart(rows: Publie) -> Any:
    """Return the means by mode, or a sentence when no épreuve has both."""
    shown = _in_words(rows.drop_nulls("moyenne"))
    both = shown.filter(pl.col("mode").n_unique().over("epreuve") > 1)
    if both.is_empty():
        return paragraph("Aucune épreuve n’a assez de notes dans les deux modes.")
    return graphiques.modes_compared(both)


def epreuves_table(statistiques: Publie) -> Fragment:
    """Return the marks by épreuve, all modes together."""
    return table(
        statistiques,
        [
            "epreuve",
            "titre",
            "n",
            "moyenne",
            "ecart_type",
            "d1",
            "q1",
            "mediane",
            "q3",
            "d9",
            "part_sup_10",
        ],
        identifier="epreuves",
        caption="Notes par épreuve",
        note="n : notes de la session (un code d’absence n’est pas une note). Part ≥ 10 : notes "
        "d’au moins 10 rapportées à n. Écart type et quartiles à partir de 10 notes, arrondis sous "
        "30 ; D1 et D9 quand assez de notes sont au-delà. "
        "« – » : trop peu de notes, toutes du même côté de 10, ou chiffre qui permettrait d’en "
        "retrouver un autre.",
        empty="Aucune note.",
        dense=True,
    )


def modes_table(statistiques: Publie) -> Fragment:
    """Return CCF beside ponctuel, for the épreuves that have both."""
    return table(
        _in_words(statistiques),
        ["epreuve", "titre", "mode", "n", "moyenne", "ecart_type", "part_sup_10"],
        identifier="modes",
        caption="CCF et ponctuel",
        note="Les candidats diffèrent d’un mode à l’autre : une différence de moyenne ne compare "
        "pas les notations.",
        empty="Aucune épreuve n’a assez de notes dans les deux modes.",
    )


def _in_words(rows: Publie) -> Publie:
    return rows.with_columns(pl.col("mode").replace({mode: code_label(mode) for mode in _MODES}))
