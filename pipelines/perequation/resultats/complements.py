"""What the session report adds to rates and averages: absences, means by group, how épreuves agree."""

import polars as pl

from perequation.socle.lecture import Lecture

FIGURES_D_ABSENCE = ("attendus", "absents", "taux_absence")
# Marks of another session.
_CONSERVEES = ("BENEFICE", "REPORT")


def read_means_by(lecture: Lecture, maille: str) -> pl.DataFrame:
    """Return the mean of each épreuve by statut or sexe: epreuve, modalite, n, moyenne.

    All modes together, kept marks apart.
    """
    rows = lecture.table("statistique_epreuve", maille=maille)
    rows = rows.filter(~pl.col("mode").is_in(_CONSERVEES))
    return rows.group_by("epreuve", "modalite").agg(
        moyenne=(pl.col("n") * pl.col("moyenne")).sum() / pl.col("n").sum(), n=pl.col("n").sum()
    )


def read_absences(lecture: Lecture) -> pl.DataFrame:
    """Return absences by épreuve: epreuve, n (marks), and `FIGURES_D_ABSENCE`.

    attendus: marks and absences; with the inscrits, published, they tell who was dispensed.
    """
    sat = pl.col("n") + pl.col("absents")
    return lecture.table("absence").select(
        "epreuve",
        "n",
        "absents",
        attendus=sat,
        taux_absence=pl.when(sat > 0).then(pl.col("absents") / sat),
    )


def read_correlations(lecture: Lecture) -> pl.DataFrame:
    """Return how the marks of two épreuves go together, in the règlement's order."""
    order = lecture.epreuves.select(autre_epreuve="epreuve", autre_rang="rang")
    rows = lecture.table("correlation_epreuve").join(order, on="autre_epreuve", how="left")
    return rows.sort("rang", "autre_rang")
