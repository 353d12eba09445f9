"""What is proposed of a candidate of the dossier, what stands, and how a case was settled."""

import polars as pl

from perequation.jury.cas import SANS_NOTES
from perequation.presentation import lexique


def proposal() -> pl.Expr:
    """Return what the rules propose today: after the contrôle once it has an outcome."""
    after = pl.col("decision_apres_controle").replace(lexique.CODES) + " (contrôle)"
    return pl.coalesce(after, pl.col("decision_calculee").replace(lexique.CODES))


def in_force() -> pl.Expr:
    """Return the decision that stands and what took it; «à décider» while it is the jury's.

    What the contrôle proposes decides nothing of a candidate asked of the jury.
    """
    words = pl.col("decision_finale").replace(lexique.CODES)
    jury = pl.any_horizontal(pl.col("decision_jury", "decision_jury_controle").is_not_null())
    asked = pl.col("question").is_not_null()
    return (
        pl.when(jury & asked)
        .then(words + " (jury), à vérifier")
        .when(jury)
        .then(words + " (jury)")
        .when(pl.col("question") == SANS_NOTES)
        .then(pl.lit("note attendue"))
        .when(asked)
        .then(pl.lit("à décider"))
        .when(pl.col("decision_apres_controle").is_not_null())
        .then(words + " (contrôle)")
        .otherwise(words)
    )


def outcome() -> pl.Expr:
    """Return how a case was settled, the jury's decision first."""
    jury = pl.any_horizontal(pl.col("decision_jury", "decision_jury_controle").is_not_null())
    after, computed = pl.col("decision_apres_controle"), pl.col("decision_calculee")
    return (
        pl.when(jury)
        .then(pl.lit("Décidés par le jury"))
        .when(after == "ADMIS")
        .then(pl.lit("Admis après contrôle"))
        .when(after.is_not_null())
        .then(pl.lit("Refusés après contrôle"))
        .otherwise(
            computed.replace_strict(
                {
                    "ADMIS": "Admis",
                    "CONTROLE": "Contrôle à venir",
                    "REFUSE": "Refusés",
                    "ELIMINE": "Éliminés",
                    "EN_COURS": "En cours",
                },
                default="Incomplets",
            )
        )
    )
