"""Step 6 (guard). Whether chance alone could make gaps this different, if no unit had any."""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from perequation.harmonisation.ecarts.ecarts import common_error
from perequation.harmonisation.ecarts.variance import Vector

#: Where the normal and Student's tails are compared.
QUEUE = 1e-4
#: Nothing is signalled unless gaps as different as these have less than this chance without any
#: gap: one analysis in a thousand without gaps, at most, signals anything.
SEUIL_SANS_ECART = 1e-3
#: Larger gaps set apart, no unit is signalled for differences chance makes this often. Where units
#: are few, one gap is much of what is known of their spread: the same as without any gap then.
SEUIL_AUTRES = 0.05
UNITES_SURES = 15
# How often, at most, the units of an analysis are compared again.
_COMPARAISONS = 100


def variance_in_tests() -> pl.Expr:
    """Return the variance of a gap without that of λ, squared points, as `set_apart` takes it.

    The tests count the degrees of freedom of the variances: what `moderate_variances` adds for them
    is taken off.
    """
    degres = pl.col("degres_variance")
    propre = pl.col("erreur_type") ** 2 - common_error() ** 2
    return propre * ((degres - 2) / degres).clip(lower_bound=0.5)


def is_apart() -> pl.Expr:
    """Tell whether a unit differs by more than chance once those with larger gaps are set apart."""
    peu = pl.col("nb_unites") <= UNITES_SURES
    return pl.col("p_autres") < pl.when(peu).then(SEUIL_SANS_ECART).otherwise(SEUIL_AUTRES)


def set_apart(*mesures: Vector, ordre: NDArray[np.intp]) -> Vector:
    """Return, unit by unit, the chance of gaps this different among it and those with smaller gaps.

    The unit with the largest gap is set apart, the others are compared again, and so on until
    chance could make what is left (`SEUIL_AUTRES`). One unit with a gap no longer makes the
    differences between the others look like more than chance. Among more than a hundred units, a
    hundredth of them is set apart at a time.

    Parameters
    ----------
    mesures
        gaps, variances, pente and degres: see `no_gap_probability`.
    ordre
        The units, from the largest gap retained to the smallest.

    Notes
    -----
    Step-down testing: Holm (1979), *A simple sequentially rejective multiple test procedure*.
    """
    chances = np.ones(ordre.size)
    plus_haute = 0.0
    for rang in range(0, ordre.size, max(1, ordre.size // _COMPARAISONS)):
        restes = np.sort(ordre[rang:])
        plus_haute = max(plus_haute, no_gap_probability(*(m[restes] for m in mesures)))
        chances[restes] = plus_haute
        if plus_haute >= SEUIL_AUTRES:
            break
    return chances


def no_gap_probability(gaps: Vector, variances: Vector, pente: Vector, degres: Vector) -> float:
    """Return the chance, when no unit has a gap, of gaps this different as a whole or in one unit.

    An error on λ moves all gaps at once, along the anchors, and must not be taken for a gap. As a
    whole: Welch's F of what a line in the anchors leaves. In one unit: the largest residual,
    Student's t, times J, from that line or, for a unit its anchors set apart, from the mean of the
    others, the gaps' variances being then diag(v) + k p p': k = (t / z)² far in the tails, since
    v_λ is estimated on J - 1 degrees of freedom. The smaller, doubled, since two things are tested.

    Parameters
    ----------
    gaps, variances
        G (points out of 20) and v, their variances without that of λ (> 0), length J.
    pente
        p, what the error of λ does to each gap, signed, points.
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
    from perequation.harmonisation.ecarts.lois import f_tail, normal_limit, t_limit, t_tail

    unites = len(gaps)
    nombre = unites - 1
    if nombre < 3:
        return 1.0
    large = pente * (t_limit(QUEUE, nombre) / normal_limit(QUEUE))
    de_la_moyenne, _ = _residuals(gaps, variances, large, np.ones((unites, 1)))
    droite = np.stack([np.ones(unites), pente], axis=1)
    de_la_droite, reste = _residuals(gaps, variances, 0 * pente, droite)
    isoles = np.maximum(de_la_moyenne, de_la_droite)
    d_une = float((2 * t_tail(isoles, degres)).min()) * unites
    parts = 1 / variances / (1 / variances).sum()
    welch = float(((1 - parts) ** 2 / degres).sum())
    q = reste / (nombre - 1) / (1 + 2 * (nombre - 2) / (nombre**2 - 1) * welch)
    ensemble = f_tail(max(q, 0.0), nombre - 1, (nombre**2 - 1) / (3 * welch))
    return min(1.0, 2 * min(ensemble, d_une))


def _residuals(
    gaps: Vector, variances: Vector, pente: Vector, communs: Vector
) -> tuple[Vector, float]:
    """Return the deletion residuals, in standard errors, and the residual sum of squares.

    Variances diag(v) + p p' (Sherman & Morrison); what the columns of ``communs`` explain is left
    out.
    """
    # Diagonal less a few columns: J × J is never formed, which thousands of units couldn't afford.
    reduite = pente / variances
    part = 1 / (1 + reduite @ pente)
    poids = communs / variances[:, None] - part * np.outer(reduite, reduite @ communs)
    projetes = poids @ np.linalg.pinv(communs.T @ poids)
    residus = gaps / variances - part * reduite * (reduite @ gaps) - projetes @ (poids.T @ gaps)
    diagonale = 1 / variances - part * reduite**2 - (projetes * poids).sum(axis=1)
    isoles = np.abs(residus) / np.sqrt(np.maximum(diagonale, 1e-9 / variances))
    return isoles, float(gaps @ residus)
