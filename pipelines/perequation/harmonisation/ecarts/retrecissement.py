"""Step 5. Shrinkage of gaps towards zero, with an interval that knows τ² is estimated."""

from typing import NamedTuple

import numpy as np

from perequation.harmonisation.ecarts.variance import Vector


class Retrecis(NamedTuple):
    """Shrunken gaps and their standard deviations, vectors of length J, points out of 20."""

    ecart: Vector
    ecart_type: Vector


def shrink_gaps(ecarts: Vector, variances: Vector, tau2: float, nb_unites: int) -> Retrecis:
    """Shrink gaps by how much of their variation is sampling error.

    B = τ²/(τ²+SE²); B* = 1 - (J-3)/(J-1) (1-B); shrunken gap = B* G;
    sd² = SE² B* + 2/(J-3) (1-B*)² [mean(SE²+τ²)/(SE²+τ²)] G². At τ² = 0 the first term is SE²/J.

    Parameters
    ----------
    ecarts, variances
        G (points out of 20) and SE² (> 0), length J.
    tau2
        Between-unit variance, squared points.
    nb_unites
        J, the number of units τ² was estimated on; at least 4.

    Notes
    -----
    Morris (1983), *Parametric empirical Bayes inference*, JASA 78.
    """
    if nb_unites <= 3:
        message = f"shrinkage needs more than three units, not {nb_unites}"
        raise ValueError(message)
    totale = variances + tau2
    etoile = 1 - (nb_unites - 3) / (nb_unites - 1) * (1 - tau2 / totale)
    premier = variances * etoile if tau2 > 0 else variances / nb_unites
    second = 2 / (nb_unites - 3) * (1 - etoile) ** 2 * totale.mean() / totale * ecarts**2
    return Retrecis(etoile * ecarts, np.sqrt(premier + second))
