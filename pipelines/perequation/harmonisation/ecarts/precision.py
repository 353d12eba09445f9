"""Step 3 (precision). How spread marks are around what anchors predict, unit by unit."""

from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from perequation.harmonisation.ecarts.trames import find_groups
from perequation.harmonisation.ecarts.variance import Vector

#: Below this within-unit variance (squared points) there is nothing to measure precision with.
VARIANCE_NULLE = 1e-9
#: How many marks' worth the common variance may count for in a unit's, d0: all of them (the units'
#: variances are equal) is half of what is believed beforehand, each other value alike the rest.
DEGRES_COMMUNS = np.append(np.geomspace(2.0, 256.0, 15), np.inf)
#: Units with fewer degrees of freedom do not tell how unequal the units' variances are.
_DEGRES_MINIMAUX = 4
_MESURES = ("variance_unite", "ecart_type_residuel", "degres_variance")
#: Level of the test that a unit's commissions differ.
NIVEAU_COMMISSIONS = 0.01


class Moderees(NamedTuple):
    """Variances of the units, squared points, and the degrees of freedom each is known to."""

    variances: Vector
    degres: Vector


def moderate_variances(carres: Vector, degres: Vector) -> Moderees:
    """Draw each unit's residual variance towards the common one, by how unequal they all are.

    Given d0, the variances are d0 s0² / χ²(d0) and each is, on average,
    s̃_j² = (d0 s0² + d_j s_j²) / (d0 + d_j - 2); one variance for all at d0 = ∞. d0 is not chosen:
    every value of `DEGRES_COMMUNS` counts by how well it explains the s_j², s_j² / s0² ~ F(d_j, d0).
    Choosing it would take for unequal, now and then, variances that are not, and the smallest of
    them for better known than they are.

    Parameters
    ----------
    carres, degres
        Residual sums of squares d_j s_j² (squared points) and their degrees of freedom, length J.

    Notes
    -----
    Smyth (2004), *Linear models and empirical Bayes methods*, SAGMB 3, section 6: s0² at each d0,
    from the mean of log s_j².
    """
    from scipy.special import digamma, gammaln

    total = float(degres.sum())
    commune = np.full(carres.shape, float(carres.sum()) / total)
    utiles = (degres >= _DEGRES_MINIMAUX) & (carres > VARIANCE_NULLE * degres)
    if utiles.sum() < 3:
        return Moderees(commune, np.full(carres.shape, total))
    d, x = degres[utiles], carres[utiles]
    d0 = DEGRES_COMMUNS[:-1, None]
    niveau = np.mean(np.log(x / 2) - digamma(d / 2))
    s0 = np.exp(niveau + digamma(d0 / 2) - np.log(d0 / 2))
    # Densities of d s² up to what is common to all: scaled F, and χ² at d0 = ∞.
    demi = (d0 + d) / 2
    inegales = gammaln(demi) - gammaln(d0 / 2) - d0 / 2 * np.log1p(x / (d0 * s0))
    inegales = (inegales - d / 2 * np.log(d0 * s0 + x)).sum(axis=1)
    egales = (-d / 2 * np.log(2 * commune[utiles]) - x / (2 * commune[utiles])).sum()
    logs = np.append(inegales - np.log(d0.size), egales)
    poids = np.exp(logs - logs.max())
    poids /= poids.sum()
    sommes = d0 + degres
    # Under two degrees of freedom there is no mean: half of them then.
    propres = (d0 * s0 + carres) / np.maximum(sommes - 2, 0.5 * sommes)
    variances = poids[-1] * commune + poids[:-1] @ propres
    connus = 1 / (poids[-1] / total + poids[:-1] @ (1 / np.minimum(sommes, total)))
    return Moderees(variances, connus)


def measure_precision(commissions: pl.DataFrame, lambdas: pl.DataFrame) -> pl.DataFrame:
    """Return the residual variance of each unit, taken inside its commissions when known.

    What commissions of one unit have in common with no other is part of the gap its candidates
    met in this session, not chance: residuals of y - λA are taken from their commission's mean.

    Parameters
    ----------
    commissions
        One row per analyse, unite and commission (null when unknown): n_ancre, y_ancre, a_ancre,
        yy_ancre, aa_ancre, ya_ancre.
    lambdas
        analyse, lambda_ancres.

    Returns
    -------
    pl.DataFrame
        analyse, unite, ecart_type_residuel (s, pooled over the units), variance_unite (moderated,
        squared points), degres_variance (its degrees of freedom), null where marks do not vary
        inside units.
    """
    lam, n = pl.col("lambda_ancres"), pl.col("n_ancre")
    s_yy = pl.col("yy_ancre") - pl.col("y_ancre") ** 2 / n
    s_ya = pl.col("ya_ancre") - pl.col("y_ancre") * pl.col("a_ancre") / n
    s_aa = pl.col("aa_ancre") - pl.col("a_ancre") ** 2 / n
    carres = (s_yy - 2 * lam * s_ya + lam**2 * s_aa).clip(lower_bound=0)
    unites = (
        commissions.join(lambdas.select("analyse", "lambda_ancres").drop_nulls(), on="analyse")
        .filter(n > 0)
        .sort("analyse", "unite", "commission")
        .group_by("analyse", "unite", maintain_order=True)
        .agg(carres=carres.sum(), degres=(n - 1).sum().cast(pl.Float64))
    )
    carres, degres = (unites[c].to_numpy() for c in ("carres", "degres"))
    mesures = np.full((len(_MESURES), unites.height), np.nan)
    for lignes in find_groups(unites, "analyse"):
        mesures[:, lignes] = _moderate(carres[lignes], degres[lignes])
    return (
        unites.select("analyse", "unite")
        .with_columns(
            pl.Series(nom, valeurs) for nom, valeurs in zip(_MESURES, mesures, strict=True)
        )
        .fill_nan(None)
    )


def _moderate(carres: Vector, degres: Vector) -> NDArray[np.float64]:
    """Return what `_MESURES` names, a row each, of the units of one analysis."""
    if degres.sum() == 0 or carres.sum() <= VARIANCE_NULLE * degres.sum():
        return np.full((len(_MESURES), carres.size), np.nan)
    variances, connus = moderate_variances(carres, degres)
    return np.stack(
        [variances, np.full_like(variances, np.sqrt(carres.sum() / degres.sum())), connus]
    )


def spread_of_commissions(commissions: pl.DataFrame, ecarts: pl.DataFrame) -> pl.DataFrame:
    """Measure how much the commissions of one unit differ from each other.

    B = Σ_c n_c (r̄_c - r̄)², r̄_c the mean of y - λA in a commission: their variance is
    (B - (m - 1) σ̃²) / (n - Σ n_c² / n), and B / σ̃² ~ χ²(m - 1) when they do not differ.

    Parameters
    ----------
    commissions
        One row per analyse, unite and commission: n_ancre, y_ancre, a_ancre.
    ecarts
        analyse, unite, lambda_ancres, variance_unite.

    Returns
    -------
    pl.DataFrame
        analyse, unite, ecart_type_commissions (points), commissions_distinctes (at 1 %). Units
        of one commission, or where some are unknown, have no row.
    """
    n, residu = pl.col("n_ancre"), pl.col("residu")
    lues = commissions.join(
        ecarts.select("analyse", "unite", "lambda_ancres", "variance_unite").drop_nulls(),
        on=["analyse", "unite"],
    ).filter(n > 0)
    sommes = (
        lues.with_columns(
            residu=(pl.col("y_ancre") - pl.col("lambda_ancres") * pl.col("a_ancre")) / n
        )
        .sort("analyse", "unite", "commission")
        .group_by("analyse", "unite", maintain_order=True)
        .agg(
            m=pl.len(),
            entre=(n * residu**2).sum() - (n * residu).sum() ** 2 / n.sum(),
            taille=n.sum() - (n**2).sum() / n.sum(),
            sigma2=pl.col("variance_unite").first(),
            connues=pl.col("commission").is_not_null().all(),
        )
        .filter((pl.col("m") > 1) & pl.col("connues"))
    )
    return _test_commissions(sommes)


def _test_commissions(sommes: pl.DataFrame) -> pl.DataFrame:
    from perequation.harmonisation.ecarts.lois import chi2_tail

    degres = pl.col("m").cast(pl.Float64) - 1
    variance = (pl.col("entre") - degres * pl.col("sigma2")) / pl.col("taille")
    rapport, m = (sommes.select(pl.col("entre") / pl.col("sigma2"))["entre"], sommes["m"])
    p = np.asarray(chi2_tail(rapport.to_numpy(), np.maximum(m.to_numpy().astype(float) - 1, 1)))
    return sommes.select(
        "analyse", "unite", ecart_type_commissions=variance.clip(lower_bound=0).sqrt()
    ).with_columns(commissions_distinctes=pl.Series(p < NIVEAU_COMMISSIONS, dtype=pl.Boolean))
