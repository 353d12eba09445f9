"""What harmonisation changed between units: the same figures on the marks before and after."""

import polars as pl

from perequation.socle.en_vigueur import keep_in_force

_CLE = ["session", "specialite", "epreuve", "type_unite"]


def compare_stages(ecarts: pl.DataFrame, effets: pl.DataFrame) -> pl.DataFrame:
    """Compare, épreuve by épreuve, what separates units before and after the meeting.

    Parameters
    ----------
    ecarts
        Rows of ``marts.ecart`` at every stage.
    effets
        Rows of ``marts.harmonisation_effet``.

    Returns
    -------
    pl.DataFrame
        epreuve, type_unite, etape_apres (that of the marks in force), nb_modifiees (marks),
        nb_signales_avant and nb_signales_apres (units), tau2_avant and tau2_apres (τ², squared
        points, null when unknown), variance_avant and variance_apres (of the units' raw means,
        which are not those of comparable candidates). One row per épreuve of which marks changed.
    """
    etapes = ecarts.group_by([*_CLE, "etape"]).agg(
        nb_signales=(pl.col("signal") == "signale").sum(), tau2=pl.col("tau2").drop_nulls().first()
    )
    apres = keep_in_force(etapes.filter(pl.col("etape") != "transmise")).rename(
        {"etape": "etape_apres"}
    )
    faits = (
        effets.group_by(_CLE)
        .agg(
            pl.col("nb_modifiees").sum(),
            variance_avant=pl.col("variance_unites_transmise").first(),
            variance_apres=pl.col("variance_unites_harmonisee").first(),
        )
        .filter(pl.col("nb_modifiees") > 0)
    )
    return (
        etapes.filter(etape="transmise")
        .drop("etape")
        .join(apres, on=_CLE, suffix="_apres")
        .join(faits, on=_CLE)
        .rename({"nb_signales": "nb_signales_avant", "tau2": "tau2_avant"})
        .sort(_CLE)
    )
