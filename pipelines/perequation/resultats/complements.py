"""What the session report adds to rates and averages: profiles, absences, how épreuves agree.

Each frame comes hidden for the public: rounded where its groups are not among the families that are
decided together, empty where few are concerned.
"""

import polars as pl

from perequation.resultats.arrondi import MOYENNE, TAUX, has_spread, round_parts
from perequation.resultats.familles import NON_RENSEIGNE
from perequation.socle.lecture import Lecture

# Under so many candidates, no correlation.
EFFECTIF_CORRELATION = 30
# Marks of another session.
_CONSERVEES = ("BENEFICE", "REPORT")
_PROFIL = ("maille", "modalite", "inscrits", "presents", "taux_reussite", "moyenne_generale")


def read_means_by(lecture: Lecture, maille: str) -> pl.DataFrame:
    """Return the mean of each épreuve by statut or sexe: epreuve, modalite, n, moyenne (rounded).

    Kept marks apart; only épreuves that have two groups to compare.
    """
    rows = lecture.table("statistique_epreuve", maille=maille)
    rows = rows.filter(~pl.col("mode").is_in(_CONSERVEES))
    whole = rows.group_by("epreuve", "modalite").agg(
        moyenne=(pl.col("n") * pl.col("moyenne")).sum() / pl.col("n").sum(), n=pl.col("n").sum()
    )
    mean = round_parts(pl.col("moyenne"), pl.col("n"), MOYENNE, "epreuve")
    shown = whole.with_columns(moyenne=mean).filter(pl.col("modalite") != NON_RENSEIGNE)
    return shown.drop_nulls("moyenne").filter(pl.len().over("epreuve") > 1)


def read_profiles(lecture: Lecture) -> pl.DataFrame:
    """Return results by baccalauréat and year of birth, rounded, where the roster has them.

    Returns
    -------
    polars.DataFrame
        maille (bac_origine, annee_naissance), modalite, inscrits, presents, taux_reussite,
        moyenne_generale.
    """
    rows = lecture.table("reussite_profil")
    admis, presents = pl.col("admis"), pl.col("presents")
    rate = round_parts(pl.when(presents > 0).then(admis / presents), presents, TAUX, "maille")
    mean, marks = pl.col("moyenne_generale"), pl.col("nb_moyennes")
    shown = rows.with_columns(
        taux_reussite=pl.when(has_spread(admis, presents, "maille")).then(rate),
        moyenne_generale=round_parts(mean, marks, MOYENNE, "maille"),
    )
    return shown.select(_PROFIL).sort("maille", "modalite")


def read_absences(lecture: Lecture, inscrits: int, minimum: int) -> pl.DataFrame:
    """Return absences by épreuve, hidden when they are few, or when what is left is.

    Parameters
    ----------
    lecture
        The session and spécialité.
    inscrits
        Its candidates, published: less marks and absences, they tell who was dispensed, not valid.
    minimum
        Candidates under which nothing is told; 1 hides nothing.

    Returns
    -------
    polars.DataFrame
        epreuve, n (marks), attendus (marks and absences), absents, taux_absence (ratio).
    """
    rows = lecture.table("absence")
    left = pl.lit(inscrits) - pl.col("n") - pl.col("absents")
    few = pl.any_horizontal((n > 0) & (n < minimum) for n in (pl.col("absents"), left))
    sat = pl.col("n") + pl.col("absents")
    return rows.select(
        "epreuve",
        "n",
        attendus=pl.when(~few).then(sat),
        absents=pl.when(~few).then("absents"),
        taux_absence=pl.when(~few & (sat > 0)).then(pl.col("absents") / sat),
    )


def read_correlations(lecture: Lecture, epreuves: pl.DataFrame) -> pl.DataFrame:
    """Return how the marks of two épreuves go together, where the spread of both is shown.

    Parameters
    ----------
    lecture
        The session and spécialité.
    epreuves
        `Resultats.epreuves`: epreuve, ecart_type (null when hidden).
    """
    order = lecture.epreuves.select(autre_epreuve="epreuve", autre_rang="rang")
    rows = lecture.table("correlation_epreuve").join(order, on="autre_epreuve", how="left")
    rows = rows.sort("rang", "autre_rang")
    told = epreuves.drop_nulls("ecart_type")["epreuve"].to_list()
    both = pl.col("epreuve").is_in(told) & pl.col("autre_epreuve").is_in(told)
    enough = pl.col("n") >= EFFECTIF_CORRELATION
    return rows.filter(both & enough).drop_nulls("correlation")


def read_reliability(lecture: Lecture) -> pl.DataFrame:
    """Return how far the épreuves agree in all: n, nb_epreuves, alpha, erreur_mesure; or no row."""
    rows = lecture.table("fidelite").filter(pl.col("n") >= EFFECTIF_CORRELATION)
    return rows.drop_nulls("alpha")
