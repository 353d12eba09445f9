"""Step 3. Gaps and their standard errors: raw gap minus λ times the gap on the anchors."""

import polars as pl


def slope_within_units(unites: pl.DataFrame) -> pl.DataFrame:
    """Return the pooled within-unit slope of marks on anchor scores, and how sorted units are.

    Parameters
    ----------
    unites
        One row per analyse and unite: n_ancre, y_ancre, a_ancre, yy_ancre, aa_ancre, ya_ancre.

    Returns
    -------
    pl.DataFrame
        analyse, b_w (null when the anchor scores do not vary inside units), part_niveaux (share of
        the variance of anchor scores that is between units).
    """
    s_ya, s_aa = _within("ya_ancre", "y_ancre", "a_ancre"), _within("aa_ancre", "a_ancre")
    return (
        unites.filter(pl.col("n_ancre") > 0)
        .group_by("analyse", maintain_order=True)
        .agg(
            s_ya=s_ya.sum(),
            s_aa=s_aa.sum(),
            n=pl.col("n_ancre").sum(),
            total=pl.col("aa_ancre").sum() - pl.col("a_ancre").sum() ** 2 / pl.col("n_ancre").sum(),
        )
        .filter(pl.col("s_aa") > 1e-9 * pl.col("n"))
        .select("analyse", b_w=_pente(), part_niveaux=1 - pl.col("s_aa") / pl.col("total"))
    )


def _pente() -> pl.Expr:
    return pl.col("s_ya") / pl.col("s_aa")


def _within(produit: str, premiere: str, seconde: str | None = None) -> pl.Expr:
    seconde = seconde or premiere
    return pl.col(produit) - pl.col(premiere) * pl.col(seconde) / pl.col("n_ancre")


def compute_gaps(unites: pl.DataFrame) -> pl.DataFrame:
    """Add the gaps of the units at the three λ.

    G_j = (ȳ_j - ȳ) - λ (Ā_j - Ā), means over candidates who have an anchor; positive when marks
    are higher than the anchors predict.

    Parameters
    ----------
    unites
        One row per analyse and unite, with the sums on candidates who have an anchor (n_ancre at
        least 1), lambda_ancres and b_w of the analysis.

    Returns
    -------
    pl.DataFrame
        The same rows with moyenne_ancre_unite (ȳ_j on those candidates), ecart_brut_ancre,
        ecart_ancres (Ā_j - Ā), ecart_ajuste, ecart_lambda_bas (at b_w), ecart_lambda_un (at 1),
        moyenne_attendue (ȳ + λ(Ā_j - Ā)), nb_candidats (N), nb_unites (J). Points out of 20.
    """
    par = "analyse"
    total = {c: pl.col(c).sum().over(par) for c in ("n_ancre", "y_ancre", "a_ancre")}
    moyenne = total["y_ancre"] / total["n_ancre"]
    lam = pl.col("lambda_ancres")
    brut, ancres = pl.col("ecart_brut_ancre"), pl.col("ecart_ancres")
    return unites.with_columns(
        nb_candidats=total["n_ancre"],
        nb_unites=pl.len().over(par),
        moyenne_ancre_unite=pl.col("y_ancre") / pl.col("n_ancre"),
        ecart_brut_ancre=pl.col("y_ancre") / pl.col("n_ancre") - moyenne,
        ecart_ancres=(pl.col("a_ancre") / pl.col("n_ancre") - total["a_ancre"] / total["n_ancre"]),
    ).with_columns(
        ecart_ajuste=brut - lam * ancres,
        ecart_lambda_bas=brut - pl.col("b_w") * ancres,
        ecart_lambda_un=brut - ancres,
        moyenne_attendue=moyenne + lam * ancres,
    )


def follow_curve() -> list[pl.Expr]:
    """Return the gaps and expected means moved from the line to the curve (`fit_curve`)."""
    correction = pl.col("correction_courbure").fill_null(0.0)
    gaps = ("ecart_ajuste", "ecart_lambda_bas", "ecart_lambda_un")
    return [*(pl.col(c) + correction for c in gaps), pl.col("moyenne_attendue") - correction]


def find_fragile() -> pl.Expr:
    """Tell whether the sign of the gap changes between λ = b_w, λ̂ (when known) and 1."""
    ecarts = ["ecart_lambda_bas", "ecart_ajuste", "ecart_lambda_un"]
    return (pl.min_horizontal(ecarts) < 0) & (pl.max_horizontal(ecarts) > 0)


def design_effects(commissions: pl.DataFrame, ecarts: pl.DataFrame) -> pl.DataFrame:
    """Return D, the design effect of commissions, per ``analyse``.

    Marks given by one commission share its habits. D = max(1, mean over units with m ≥ 2 known
    commissions of V_clus / V_iid), V_clus = m/(m-1) Σ_commission (Σ residual)² / n_j² and
    V_iid = s²/n_j.

    Parameters
    ----------
    commissions
        One row per analyse, unite and commission: n_ancre, y_ancre, a_ancre.
    ecarts
        Result of `compute_gaps`.

    Returns
    -------
    pl.DataFrame
        analyse, effet_commission (D ≥ 1), commission_connue (false when some marks have no
        commission: their clustering could not be measured).
    """
    unite = ["analyse", "unite"]
    niveaux = ecarts.select(
        *unite,
        "type_unite",
        "lambda_ancres",
        "ecart_type_residuel",
        n_unite="n_ancre",
        niveau=(pl.col("y_ancre") - pl.col("lambda_ancres") * pl.col("a_ancre"))
        / pl.col("n_ancre"),
    )
    residus = (
        commissions.join(niveaux, on=unite)
        .sort(*unite, "commission")
        .with_columns(
            residu=(
                pl.col("y_ancre")
                - pl.col("lambda_ancres") * pl.col("a_ancre")
                - pl.col("n_ancre") * pl.col("niveau")
            )
        )
    )
    grappes = residus.group_by(
        [*unite, "type_unite", "ecart_type_residuel", "n_unite"], maintain_order=True
    ).agg(
        m=pl.len(),
        est_connue=pl.col("commission").is_not_null().all(),
        carres=(pl.col("residu") ** 2).sum(),
    )
    m, n = pl.col("m"), pl.col("n_unite")
    rapport = (m / (m - 1) * pl.col("carres") / n**2) / (pl.col("ecart_type_residuel") ** 2 / n)
    utile = (m >= 2) & pl.col("est_connue") & (pl.col("type_unite") != "commission")
    return (
        grappes.with_columns(rapport=pl.when(utile).then(rapport))
        .group_by("analyse", maintain_order=True)
        .agg(
            effet_commission=pl.max_horizontal(1.0, pl.col("rapport").mean().fill_null(1.0)),
            commission_connue=pl.col("est_connue").all(),
        )
    )


def error_of_loading() -> pl.Expr:
    """Return what the error of λ alone does to a gap, signed, points: √(v_λ (J-1)/(J-3)) (Ā_j - Ā).

    v_λ is itself estimated, on J - 1 degrees of freedom.
    """
    degres = pl.col("nb_unites").cast(pl.Float64) - 1
    variance = pl.col("v_lambda") * degres / (degres - 2).clip(lower_bound=1)
    return variance.sqrt() * pl.col("ecart_ancres")


def common_error() -> pl.Expr:
    """Return the part of the error of a gap that moves all gaps at once, signed, points.

    That of λ (`error_of_loading`); 0 where the curve stands for the line.
    """
    sur_la_droite = pl.col("correction_courbure").fill_null(0.0) == 0
    return pl.when(sur_la_droite).then(error_of_loading()).fill_null(0.0)


def standard_error() -> pl.Expr:
    """Return SE_j, in points out of 20: chance among candidates, λ, anchors that disagree.

    SE_j² = σ̃_j² (1/n_j - 2/N) + Σ_k n_k σ̃_k² / N² + (Ā_j - Ā)² v_λ (J-1)/(J-3) + λ² ω² Σ_a w_ja²,
    σ̃_j² the unit's moderated residual variance (the mean gaps are measured from has the errors of
    all the units), w_ja the weight of anchor a in Ā_j (1/K each when marks are complete). Where the
    curve is used, its own variance stands for that of λ.
    """
    n, total = pl.col("n_ancre"), pl.col("nb_candidats")
    moyenne = (n * pl.col("variance_unite")).sum().over("analyse") / total
    echantillon = pl.col("variance_unite") * (1 / n - 2 / total) + moyenne / total
    pente = pl.coalesce("variance_courbure", error_of_loading() ** 2)
    ancres = pl.col("lambda_ancres") ** 2 * pl.col("desaccord_ancres") * pl.col("poids_ancres")
    return (echantillon + pente + ancres.fill_null(0.0)).sqrt()
