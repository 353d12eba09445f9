"""Step 3 (shape). Whether the mark grows with the anchors along a line, or along a curve."""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from perequation.harmonisation.ecarts.trames import find_groups

#: Under this chance of so much curvature along a line, the curve is used in place of the line.
NIVEAU_COURBURE = 0.01

_LUES = ("n_ancre", "ecart_ancres", "lambda_ancres", "q", "s11", "s12", "s22", "sy1", "sy2")
_COURBES = ("courbure", "erreur_type_courbure", "correction_courbure", "variance_courbure")


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
    produits = _products(unites).sort("analyse", maintain_order=True)
    lus = produits.select(*_LUES).to_numpy()
    courbes = np.full((produits.height, len(_COURBES)), np.nan)
    for lignes in find_groups(produits, "analyse"):
        courbes[lignes] = _fit(lus[lignes])
    return (
        produits.select("analyse", "unite")
        .with_columns(pl.Series(nom, courbes[:, rang]) for rang, nom in enumerate(_COURBES))
        .fill_nan(None)
    )


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


def _fit(lus: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what `_COURBES` names, unit by unit, of one analysis read by `_LUES`."""
    unites = len(lus)
    n, x, lam, q = lus[:, :4].T
    sommes = lus[:, 4:]
    total = sommes.sum(axis=0)
    courbes = np.tile([np.nan, np.nan, 0.0, np.nan], (unites, 1))
    beta, repliques = _solve(total), _solve(total - sommes)
    if np.isfinite(beta).all() and np.isfinite(repliques).all():
        ecarts = repliques - repliques.mean(axis=0)
        v = (unites - 1) / unites * ecarts.T @ ecarts
        erreur = np.sqrt(v[1, 1])
        courbes[:, :2] = beta[1], erreur
        if abs(beta[1]) >= _limit(unites) * erreur:
            q = q - np.average(q, weights=n)
            courbes[:, 2] = (lam - beta[0]) * x - beta[1] * q
            variance = v[0, 0] * x**2 + 2 * v[0, 1] * x * q + v[1, 1] * q**2
            # The variances are themselves estimated, on J - 1 degrees of freedom.
            courbes[:, 3] = variance * (unites - 1) / max(unites - 3, 1)
    return courbes


def _limit(unites: int) -> float:
    from perequation.harmonisation.ecarts.lois import t_limit

    return t_limit(NIVEAU_COURBURE / 2, unites - 1)


def _solve(sommes: np.ndarray) -> np.ndarray:
    s11, s12, s22, sy1, sy2 = np.moveaxis(sommes, -1, 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        det = s11 * s22 - s12**2
        det = np.where(det > 1e-9 * s11 * s22, det, np.nan)
        return np.stack([(sy1 * s22 - sy2 * s12) / det, (sy2 * s11 - sy1 * s12) / det], axis=-1)
