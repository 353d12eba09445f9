"""Step 9 (part). Leave-one-anchor-out: whether one anchor carries the gap."""

import polars as pl

#: A change of the gap by more than this, in points, when an anchor is left out is told.
INFLUENCE_NOTABLE = 0.5

_LUES = (
    *("analyse", "unite", "nb_ancres", "n_ancre", "y_ancre", "a_ancre", "ecart_ajuste"),
    *("correction_courbure", "lambda_ancres", "facteur_ancres", "lambda_origine"),
)


def leave_one_anchor_out(
    ecarts: pl.DataFrame, unites_ancres: pl.DataFrame, produits: pl.DataFrame
) -> pl.DataFrame:
    """Recompute the gaps without each anchor in turn and keep the largest change.

    λ is re-estimated without the anchor when at least three are there and λ is the épreuve's own;
    otherwise it is kept, since the loading does not depend on how many anchors there are.

    Parameters
    ----------
    ecarts
        Gaps: analyse, unite, lambda_ancres, facteur_ancres, lambda_origine, nb_ancres, ecart_ajuste, n_ancre,
        y_ancre, a_ancre.
    unites_ancres
        See `Trames`, with ``analyse``.
    produits
        See `multiply_within_units`, with ``analyse``.

    Returns
    -------
    pl.DataFrame
        analyse, unite, delta_ancre_max (max |ΔG|, points), ancre_influente (the anchor whose
        removal changes it most).
    """
    sans = _sums_without(ecarts, unites_ancres).join(
        _loadings_without(produits), on=["analyse", "ancre"], how="left"
    )
    sans = sans.sort("analyse", "ancre", "unite")
    par = ["analyse", "ancre"]
    est_propre = (pl.col("nb_ancres") >= 3) & (pl.col("lambda_origine") == "epreuve")
    lam = (
        pl.when(est_propre)
        .then(pl.coalesce(pl.col("lambda_sans") * pl.col("facteur_ancres"), "lambda_ancres"))
        .otherwise("lambda_ancres")
    )
    n = pl.col("n_sans")
    total = {c: pl.col(c).sum().over(par) for c in ("n_sans", "y_sans", "a_sans")}
    brut = pl.col("y_sans") / n - total["y_sans"] / total["n_sans"]
    ancres = pl.col("a_sans") / n - total["a_sans"] / total["n_sans"]
    delta = (brut - lam * ancres - _line()).abs()
    return (
        sans.filter(n > 0)
        .with_columns(delta_ancre_max=delta)
        .filter(pl.col("delta_ancre_max").is_not_null())
        .sort(
            ["analyse", "unite", "delta_ancre_max", "ancre"], descending=[False, False, True, False]
        )
        .group_by(["analyse", "unite"], maintain_order=True)
        .agg(pl.col("delta_ancre_max").first(), ancre_influente=pl.col("ancre").first())
    )


def _line() -> pl.Expr:
    """Return the gap from the line: what moves it to the curve does not hang on one anchor."""
    return pl.col("ecart_ajuste") - pl.col("correction_courbure").fill_null(0.0)


def _sums_without(ecarts: pl.DataFrame, unites_ancres: pl.DataFrame) -> pl.DataFrame:
    ancres = unites_ancres.select("analyse", "ancre").unique()
    sommes = unites_ancres.select(
        "analyse", "unite", "ancre", "a", "n_seule", "y_seule", recalcule="a_sans"
    )
    absent = {c: pl.col(c).fill_null(0) for c in ("a", "n_seule", "y_seule", "recalcule")}
    return (
        ecarts.filter(pl.col("nb_ancres") >= 2)
        .select(_LUES)
        .join(ancres, on="analyse")
        .join(sommes, on=["analyse", "unite", "ancre"], how="left")
        .with_columns(**absent)
        .with_columns(
            n_sans=pl.col("n_ancre") - pl.col("n_seule"),
            y_sans=pl.col("y_ancre") - pl.col("y_seule"),
            a_sans=pl.col("a_ancre") - pl.col("a") + pl.col("recalcule"),
        )
    )


def _loadings_without(produits: pl.DataFrame) -> pl.DataFrame:
    sommes = ["num", "num_df", "den", "den_df"]
    paires = produits.filter(pl.col("ancre_b").is_not_null())
    # Sums of rows in order: otherwise their last bit depends on how many processors share them.
    ordre = ["analyse", "ancre", "unite", "ancre_b"]
    totaux = produits.sort(ordre).group_by("analyse", maintain_order=True).agg(pl.col(sommes).sum())
    retires = (
        pl.concat([produits, paires.with_columns(ancre=pl.col("ancre_b"))])
        .sort(ordre, maintain_order=True)
        .group_by("analyse", "ancre", maintain_order=True)
        .agg(pl.col(sommes).sum().name.suffix("_ancre"))
    )
    reste = {c: pl.col(c) - pl.col(f"{c}_ancre") for c in sommes}
    den = reste["den"] / reste["den_df"]
    possible = (reste["num_df"] > 0) & (reste["den_df"] > 0) & (reste["den"] > 1e-9)
    return retires.join(totaux, on="analyse").select(
        "analyse", "ancre", lambda_sans=pl.when(possible).then(reste["num"] / reste["num_df"] / den)
    )
