"""Step 2. The loading λ: how much of a difference on the anchors the épreuve should show.

λ is a ratio of within-unit covariances (errors in variables), so that the noise of the anchors
does not attenuate it as it does a regression slope.
"""

import polars as pl

#: Above this standard error the loading is pooled over neighbouring épreuves.
ERREUR_TYPE_MISE_EN_COMMUN = 0.15
#: Above this one, even pooled, no point estimate is given.
ERREUR_TYPE_MAXIMALE = 0.5

_SOMMES = ["num", "num_df", "den", "den_df"]


def estimate_loadings(produits: pl.DataFrame, par: list[str]) -> pl.DataFrame:
    """Estimate λ and its jackknife variance for each group of analyses.

    λ̂ = [Σ_a Σ_j S_j(y, z_a) / Σ df] / [Σ_{a<b} Σ_j S_j(z_a, z_b) / Σ df], without unit; its
    variance deletes one unit at a time: v = (J-1)/J Σ(λ_(j) - mean)².

    Parameters
    ----------
    produits
        Cross-products (see `multiply_within_units`), any number of rows per unit.
    par
        Columns that make a group: one analysis, or several pooled.

    Returns
    -------
    pl.DataFrame
        `par`, lambda_ancres, v_lambda. Both null when the denominator, or that of one of the
        jackknife replicates, is not positive.

    Notes
    -----
    Errors in variables with several indicators: with two anchors and complete data, λ̂ is the
    mean of the two just-identified instrumental-variable estimates.
    """
    par_unite = (
        produits.group_by([*par, "unite"], maintain_order=True)
        .agg(pl.col(_SOMMES).sum())
        .sort([*par, "unite"])
    )
    totaux = {colonne: pl.col(colonne).sum().over(par) for colonne in _SOMMES}
    restes = {colonne: total - pl.col(colonne) for colonne, total in totaux.items()}
    repliques = par_unite.select(
        *par, lambda_ancres=_ratio(**totaux), replique=_ratio(**restes), nb=pl.len().over(par)
    )
    variance = pl.col("replique").var(ddof=0) * (pl.col("nb").first() - 1)
    est_stable = pl.col("replique").null_count() == 0
    return (
        repliques.group_by(par, maintain_order=True)
        .agg(
            pl.col("lambda_ancres").first(),
            v_lambda=pl.when(est_stable & (pl.col("nb").first() > 1)).then(variance),
        )
        .with_columns(
            pl.when(pl.col("v_lambda").is_not_null()).then("lambda_ancres").alias("lambda_ancres")
        )
    )


def _ratio(num: pl.Expr, num_df: pl.Expr, den: pl.Expr, den_df: pl.Expr) -> pl.Expr:
    # A relative floor: sums of products that cancel out leave 1e-15, which is not a covariance.
    possible = (num_df > 0) & (den_df > 0) & (den > 1e-9 * den_df)
    return pl.when(possible).then((num / num_df) / (den / den_df))


def choose_loadings(produits: pl.DataFrame, analyse: list[str]) -> pl.DataFrame:
    """Keep each analysis's own λ when precise enough, else pool it with its neighbours.

    Parameters
    ----------
    produits
        Cross-products of the analyses that have at least two anchors, with the columns session,
        specialite, etape, type_unite and those of `analyse`.
    analyse
        Columns that make one analysis.

    Returns
    -------
    pl.DataFrame
        `analyse`, lambda_ancres, v_lambda, lambda_origine (``epreuve``: its own; ``specialite``:
        pooled over the épreuves of the same type of unit; ``session``: also over the spécialités).
        The first precise enough (SE ≤ 0.15) in that order, else the most precise one; null when
        none has SE ≤ 0.5.

    Notes
    -----
    Earlier sessions are not pooled, though the method would allow it: the gaps of a session would
    change when another folder is moved or computed again, and no longer follow from its own files.
    They are shown beside, as evidence of persistence.
    """
    niveaux = {
        "epreuve": analyse,
        "specialite": ["session", "specialite", "etape", "type_unite"],
        "session": ["session", "etape", "type_unite"],
    }
    colonnes = list(dict.fromkeys([*analyse, *niveaux["specialite"]]))
    analyses = produits.select(colonnes).unique()
    candidats = pl.concat(
        analyses.join(estimate_loadings(produits, par), on=par)
        .select(*analyse, "lambda_ancres", "v_lambda")
        .with_columns(lambda_origine=pl.lit(origine), ordre=pl.lit(ordre))
        for ordre, (origine, par) in enumerate(niveaux.items())
    )
    erreur = pl.col("v_lambda").sqrt()
    imprecis = erreur > ERREUR_TYPE_MISE_EN_COMMUN
    return (
        candidats.filter(erreur <= ERREUR_TYPE_MAXIMALE)
        .with_columns(rang=pl.when(imprecis).then(3 + erreur).otherwise(pl.col("ordre")))
        .sort([*analyse, "rang", "ordre"])
        .group_by(analyse, maintain_order=True)
        .first()
        .drop("rang", "ordre")
    )
