"""CCF against ponctuel for the whole session: every CCF épreuve of an establishment together."""

import polars as pl

from perequation.harmonisation.ecarts.trames import CLE

#: From the strongest conclusion to none: what a unit is, over several épreuves.
_ORDRE_SIGNAUX = ("signale", "a_surveiller", "aucun", "indisponible")


def frame_ccf(ponctuel: pl.DataFrame, ecarts: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return CCF against ponctuel for the whole session: all the CCF épreuves of an establishment.

    Parameters
    ----------
    ponctuel
        Rows of ``intermediate.harmonisation_ponctuel``, one stage per épreuve.
    ecarts
        Rows of ``marts.ecart``, the same épreuves and stages.

    Returns
    -------
    tuple of pl.DataFrame
        One row per establishment, sorted: unite, n (CCF marks of candidates who have an anchor),
        nb_epreuves, moyenne_ccf and moyenne_ancres (out of 20, weighted by marks), difference,
        moyenne_attendue (of the épreuves whose gaps are known, weighted by marks),
        ecart_ajuste (same weights), epreuves_signalees (list), signal (the strongest of its
        épreuves). Units masked in every épreuve are left out. Then the line of what the written
        marks predict: moyenne_ancres (its two ends), moyenne_attendue, from the mean of all marks
        with the mean λ of the épreuves; empty when no λ is known.
    """
    etablissements = ecarts.filter(type_unite="etablissement")
    key = [*CLE, "unite"]
    lignes = ponctuel.join(
        etablissements.filter(pl.col("moyenne").is_not_null()).select(
            *key, "n_ancre", "ecart_ajuste", "moyenne_attendue", "lambda_ancres", "signal"
        ),
        on=key,
    )
    total = pl.col("n").sum()
    known = pl.col("ecart_ajuste").is_not_null()
    poids = pl.col("n").filter(known)
    signale = pl.col("epreuve").filter(pl.col("signal") == "signale")
    rang = pl.col("signal").replace_strict(
        {nom: place for place, nom in enumerate(_ORDRE_SIGNAUX)}, return_dtype=pl.Int8
    )
    unites = (
        lignes.sort(key)
        .group_by("unite", maintain_order=True)
        .agg(
            n=total,
            nb_epreuves=pl.len(),
            moyenne_ccf=pl.col("somme_ccf").sum() / total,
            moyenne_ancres=pl.col("somme_ancres").sum() / total,
            **{
                c: (pl.col(c).filter(known) * poids).sum() / poids.sum()
                for c in ("moyenne_attendue", "ecart_ajuste")
            },
            epreuves_signalees=signale.sort(),
            signal=rang.min().replace_strict(
                dict(enumerate(_ORDRE_SIGNAUX)), return_dtype=pl.String
            ),
        )
        .with_columns(
            pl.col("moyenne_attendue", "ecart_ajuste").fill_nan(None),
            difference=pl.col("moyenne_ccf") - pl.col("moyenne_ancres"),
        )
        .sort("unite")
    )
    return unites, _expected_line(lignes, unites)


def _expected_line(lignes: pl.DataFrame, unites: pl.DataFrame) -> pl.DataFrame:
    known = lignes.filter(pl.col("lambda_ancres").is_not_null())
    if known.is_empty():
        return pl.DataFrame(
            schema=dict.fromkeys(("moyenne_ancres", "moyenne_attendue"), pl.Float64)
        )
    total = pl.col("n").sum()
    centre = known.select(
        ancres=pl.col("somme_ancres").sum() / total,
        ccf=pl.col("somme_ccf").sum() / total,
        pente=(pl.col("lambda_ancres") * pl.col("n")).sum() / total,
    ).row(0, named=True)
    x = pl.col("moyenne_ancres")
    bouts = unites.select(pl.concat_list(x.min(), x.max()).explode().alias("moyenne_ancres"))
    return bouts.with_columns(
        moyenne_attendue=centre["ccf"] + centre["pente"] * (x - centre["ancres"])
    )
