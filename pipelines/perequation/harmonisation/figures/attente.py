"""Reduced mode: what one may look at when gaps are not known (most often, anchors not in yet)."""

import polars as pl

_DERNIERE = ("session_anterieure", "ecart_anterieur", "ic_bas_anterieur", "ic_haut_anterieur")
# Reasons for which the same marks are compared otherwise: nothing to look at here.
_COMPARES_AUTREMENT = ("centres_peu_nombreux",)


def list_waiting(analyses: pl.DataFrame, ecarts: pl.DataFrame) -> pl.DataFrame:
    """Keep the analyses of which no unit could be judged and some can be described.

    Parameters
    ----------
    analyses
        Result of `summarise_analyses`.
    ecarts
        Rows of ``marts.ecart`` they sum up.
    """
    key = ["epreuve", "etape", "type_unite"]
    decrites = ecarts.filter(
        pl.col("moyenne").is_not_null(),
        ~pl.col("motif_code").is_in(_COMPARES_AUTREMENT).fill_null(value=False),
    )
    silencieuses = analyses.filter(pl.col("nb_signalables") == 0)
    return silencieuses.join(decrites, on=key, how="semi", maintain_order="left")


def frame_waiting(
    ecarts: pl.DataFrame,
    distribution: pl.DataFrame,
    completude: pl.DataFrame,
    historique: pl.DataFrame,
) -> pl.DataFrame:
    """Describe the units of one analysis without comparing them.

    Parameters
    ----------
    ecarts
        Rows of ``marts.ecart`` of the analysis.
    distribution
        Rows of ``intermediate.harmonisation_distribution`` of the analysis.
    completude
        epreuve, type_unite, unite, attendues and recues (marks): the establishments'.
    historique
        Rows of `compare_sessions` of the analysis.

    Returns
    -------
    pl.DataFrame
        One row per unit that is not masked, sorted: unite, n, recues, attendues (null when what is
        expected of the unit is not known), moyenne, q1, mediane, q3 (of marks to the half point),
        ecart_type (points), part_vingt, ecart_lambda_bas and ecart_lambda_un (the band, null
        without an anchor), and the unit's gap in the latest earlier session that has one:
        session_anterieure, ecart_anterieur, ic_bas_anterieur, ic_haut_anterieur.
    """
    note = pl.col("demi_point").cast(pl.Float64).repeat_by("n").list.explode()
    quartiles = distribution.group_by("unite").agg(
        **{
            nom: note.quantile(part, "linear")
            for nom, part in (("q1", 0.25), ("mediane", 0.5), ("q3", 0.75))
        }
    )
    passe = historique.sort("session_anterieure").unique("unite", keep="last")
    return (
        ecarts.filter(pl.col("moyenne").is_not_null())
        .join(completude, on=["epreuve", "type_unite", "unite"], how="left")
        .join(quartiles, on="unite", how="left")
        .join(passe.select("unite", *_DERNIERE), on="unite", how="left")
        .select(
            "unite",
            "n",
            "recues",
            "attendues",
            "moyenne",
            "q1",
            "mediane",
            "q3",
            "part_vingt",
            "ecart_lambda_bas",
            "ecart_lambda_un",
            *_DERNIERE,
            ecart_type="ecart_type_unite",
        )
        .sort("unite")
    )
