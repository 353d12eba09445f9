"""Step 6 (guard). Whether chance alone could make gaps this different, if no unit had any."""

import numpy as np
import polars as pl

from perequation.harmonisation.ecarts.ecarts import error_of_loading
from perequation.harmonisation.ecarts.variance import Vector


def chance_of_gaps(analyse: pl.DataFrame) -> float:
    """Return the chance of gaps this different when no unit of one analysis has any.

    Parameters
    ----------
    analyse
        Rows of one analysis: ecart_ajuste, erreur_type (> 0), ecart_ancres, v_lambda, nb_unites,
        variance_courbure, degres_variance.
    """
    pente = pl.when(pl.col("variance_courbure").is_null()).then(error_of_loading()).fill_null(0.0)
    # The tests count the degrees of freedom of the variances: what `moderate_variances` adds for
    # them is taken off.
    degres = pl.col("degres_variance")
    lus = analyse.select(
        "ecart_ajuste",
        (pl.col("erreur_type") ** 2 - pente**2) * ((degres - 2) / degres).clip(lower_bound=0.5),
        pl.col("ecart_ancres").fill_null(0.0),
        degres,
    )
    return no_gap_probability(*(colonne.to_numpy() for colonne in lus))


def no_gap_probability(gaps: Vector, variances: Vector, ancres: Vector, degres: Vector) -> float:
    """Return the chance, when no unit has a gap, of gaps this different as a whole or in one unit.

    An error on λ moves all gaps at once, along x = Ā_j - Ā, and must not be taken for a gap: what
    is tested is what a line in x leaves. As a whole: Welch's F of Σ (G - line)² / v. In one unit:
    the largest residual, each from the line of the others, Student's t, times J. The smaller of
    the two, doubled, since two tests are made.

    Parameters
    ----------
    gaps, variances
        G (points out of 20) and v, their variances without that of λ (> 0), length J.
    ancres
        x, points.
    degres
        Degrees of freedom of each unit's variance.

    Returns
    -------
    float
        1 with fewer than four units: a line leaves too little to compare.

    Notes
    -----
    Cochran (1954), Biometrics 10; Welch (1951), *On the comparison of several mean values*,
    Biometrika 38; Cook & Weisberg (1982), *Residuals and influence in regression*.
    """
    from scipy.stats import f, t

    nombre = len(gaps) - 1
    if nombre < 3:
        return 1.0
    droite = np.stack([np.ones_like(ancres), ancres], axis=1) / variances[:, None]
    reste = (
        np.diag(1 / variances) - droite @ np.linalg.pinv(droite.T * variances @ droite) @ droite.T
    )
    residus = reste @ gaps
    isoles = np.abs(residus) / np.sqrt(np.maximum(np.diag(reste), 1e-9 / variances))
    d_une = float((2 * t.sf(isoles, degres)).min()) * len(gaps)
    parts = 1 / variances / (1 / variances).sum()
    welch = float(((1 - parts) ** 2 / degres).sum())
    q = float(gaps @ residus) / (nombre - 1) / (1 + 2 * (nombre - 2) / (nombre**2 - 1) * welch)
    ensemble = float(f.sf(max(q, 0.0), nombre - 1, (nombre**2 - 1) / (3 * welch)))
    return min(1.0, 2 * min(ensemble, d_une))
