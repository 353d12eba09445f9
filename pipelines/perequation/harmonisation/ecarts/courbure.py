"""Step 3 (shape). Whether the mark grows with the anchors along a line, or along a curve."""

import numpy as np
import polars as pl

#: Under this chance of so much curvature along a line, the curve is used in place of the line.
NIVEAU_COURBURE = 0.01

_SOMMES = ("s11", "s12", "s22", "sy1", "sy2")


def fit_curve(unites: pl.DataFrame) -> pl.DataFrame:
    """Fit y on θ̂ and θ̂² inside units and say by how much the curve moves each gap.

    θ̂ = Ā_j + ρ (A - Ā_j), the ability anchors let one expect: their noise would flatten a curve
    as it does a slope. The expected mark of a unit then depends on the mean of θ̂² over its
    candidates too. Variances delete one unit at a time.

    Parameters
    ----------
    unites
        One row per analyse and unite, with lambda_ancres, b_w, ecart_ancres and the sums of
        powers of A: n_ancre, y_ancre, a_ancre, aa_ancre, aaa_ancre, aaaa_ancre, ya_ancre,
        yaa_ancre.

    Returns
    -------
    pl.DataFrame
        analyse, unite, courbure (γ, points per squared point), erreur_type_courbure,
        correction_courbure (points to add to the gap of the line; 0 unless γ differs from 0 at 1 %,
        Student's t with J - 1 degrees of freedom), variance_courbure (its part of SE², in place of
        that of λ; null when the line is kept).

    Notes
    -----
    Regression calibration: Fuller (1987), *Measurement error models*; Carroll et al. (2006).
    """
    par = "analyse"
    lots = [_fit(lot) for lot in _products(unites).partition_by(par, maintain_order=True)]
    colonnes = ["courbure", "erreur_type_courbure", "correction_courbure", "variance_courbure"]
    schema = {c: unites.schema[c] for c in (par, "unite")} | dict.fromkeys(colonnes, pl.Float64)
    return pl.concat([pl.DataFrame(schema=schema), *lots])


def _products(unites: pl.DataFrame) -> pl.DataFrame:
    n, y = pl.col("n_ancre"), pl.col("y_ancre")
    m, rho = pl.col("m"), pl.col("rho")
    total = pl.col("a_ancre").sum().over("analyse") / n.sum().over("analyse")
    a1, a2, a3, a4 = (pl.col(c) for c in ("a_ancre", "aa_ancre", "aaa_ancre", "aaaa_ancre"))
    # Moments about the unit's mean, from sums of powers.
    moments = (
        unites.filter(pl.col("lambda_ancres") > 0, pl.col("b_w") > 0)
        .with_columns(m=a1 / n, rho=(pl.col("b_w") / pl.col("lambda_ancres")).clip(0.2, 1.0))
        .with_columns(
            d2=a2 - n * m**2,
            d3=a3 - 3 * m * a2 + 2 * n * m**3,
            d4=a4 - 4 * m * a3 + 6 * m**2 * a2 - 3 * n * m**4,
            yd=pl.col("ya_ancre") - m * y,
            yd2=pl.col("yaa_ancre") - 2 * m * pl.col("ya_ancre") + m**2 * y,
            m=m - total,
        )
    )
    d2, d3, d4, yd, yd2 = (pl.col(c) for c in ("d2", "d3", "d4", "yd", "yd2"))
    return moments.with_columns(
        s11=rho**2 * d2,
        s12=2 * m * rho**2 * d2 + rho**3 * d3,
        s22=4 * m**2 * rho**2 * d2 + 4 * m * rho**3 * d3 + rho**4 * (d4 - d2**2 / n),
        sy1=rho * yd,
        sy2=2 * m * rho * yd + rho**2 * (yd2 - y / n * d2),
        q=m**2 + rho**2 * d2 / n,
    )


def _fit(lot: pl.DataFrame) -> pl.DataFrame:
    sommes = lot.select(_SOMMES).to_numpy()
    total = sommes.sum(axis=0)
    n, x, q = (lot[c].to_numpy() for c in ("n_ancre", "ecart_ancres", "q"))
    nulle = np.zeros(lot.height)
    beta, repliques = _solve(total), _solve(total - sommes)
    courbure = erreur = np.nan
    correction, variance = nulle, np.full(lot.height, np.nan)
    if np.isfinite(beta).all() and np.isfinite(repliques).all():
        ecarts = repliques - repliques.mean(axis=0)
        v = (lot.height - 1) / lot.height * ecarts.T @ ecarts
        courbure, erreur = float(beta[1]), float(np.sqrt(v[1, 1]))
        if abs(courbure) >= _limit(lot.height) * erreur:
            q = q - np.average(q, weights=n)
            correction = (lot["lambda_ancres"].to_numpy() - beta[0]) * x - beta[1] * q
            variance = v[0, 0] * x**2 + 2 * v[0, 1] * x * q + v[1, 1] * q**2
            # The variances are themselves estimated, on J - 1 degrees of freedom.
            variance *= (lot.height - 1) / max(lot.height - 3, 1)
    return (
        lot.select("analyse", "unite")
        .with_columns(
            courbure=pl.lit(courbure, pl.Float64),
            erreur_type_courbure=pl.lit(erreur, pl.Float64),
            correction_courbure=pl.Series(correction),
            variance_courbure=pl.Series(variance),
        )
        .with_columns(pl.selectors.float().fill_nan(None))
    )


def _limit(unites: int) -> float:
    from perequation.harmonisation.ecarts.lois import t_limit

    return t_limit(NIVEAU_COURBURE / 2, unites - 1)


def _solve(sommes: np.ndarray) -> np.ndarray:
    s11, s12, s22, sy1, sy2 = np.moveaxis(sommes, -1, 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        det = s11 * s22 - s12**2
        det = np.where(det > 1e-9 * s11 * s22, det, np.nan)
        return np.stack([(sy1 * s22 - sy2 * s12) / det, (sy2 * s11 - sy1 * s12) / det], axis=-1)
