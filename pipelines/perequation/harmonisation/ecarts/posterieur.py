"""Steps 4 and 5. What each gap may be, given all of them: the spread between units integrated out.

Most units differ by a normal spread τ around a common level μ; a few may lie anywhere. τ, μ and the
share of those few are not chosen: every value of a grid counts by how well it explains the gaps.
One extreme unit is then one of the few, and no longer widens what the others are allowed.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from perequation.harmonisation.ecarts.variance import Vector

#: Before any mark is seen, τ is half-Cauchy of this scale, in points: hardly any preference.
ECHELLE_TAU = 2.0
#: Shares of units that may lie anywhere, and what each share is worth beforehand.
PARTS_EXTREMES = np.array([0.0, 0.02, 0.05])
POIDS_DES_PARTS = np.array([0.5, 0.25, 0.25])
#: How far those units lie from the others, in points.
ETENDUE_EXTREME = 4.0

#: A gap must be away from the common level by Δ times this over J, and by no more than Δ/2.
UNITES_DEPLACEES = 3

_TAUS = np.geomspace(0.02, 5.0, 32)
_NOEUDS_MU = np.linspace(-4.5, 4.5, 25)
#: Grid points this much less likely than the best one do not count.
_NEGLIGEABLE = 1e-7


@dataclass(frozen=True)
class Posterieur:
    """Mixture of normals each gap follows: arrays (units, components); weights sum to 1.

    ``niveaux`` is the common level μ of each component.
    """

    poids: NDArray[np.float64]
    centres: NDArray[np.float64]
    ecarts_types: NDArray[np.float64]
    niveaux: NDArray[np.float64]

    def mean(self) -> Vector:
        """Return the shrunken gaps, points out of 20."""
        return (self.poids * self.centres).sum(axis=1)

    def sd(self) -> Vector:
        """Return their standard deviations, points out of 20."""
        carres = (self.poids * (self.centres**2 + self.ecarts_types**2)).sum(axis=1)
        return np.sqrt(np.maximum(carres - self.mean() ** 2, 0.0))

    def probability_beyond(self, alerte: float) -> Vector:
        """Return P(the gap is more than Δ from zero, and away from the common level).

        One unit far from the others moves the mean gaps are measured from, by 1/J of its gap: the
        others all have a gap then, and none of them is to be explained. Away: by Δ/2, or Δ 3/J
        where there are more than six units, among which one moves the mean less.
        """
        from scipy.special import ndtr

        marge = alerte * min(0.5, UNITES_DEPLACEES / len(self.poids))
        seuil_haut = np.maximum(self.niveaux + marge, alerte)
        seuil_bas = np.minimum(self.niveaux - marge, -alerte)
        haut = ndtr((self.centres - seuil_haut) / self.ecarts_types)
        bas = ndtr((seuil_bas - self.centres) / self.ecarts_types)
        return (self.poids * (haut + bas)).sum(axis=1)


def integrate_gaps(ecarts: Vector, variances: Vector) -> Posterieur:
    """Return what each gap may be, given all the gaps of its analysis.

    G_j ~ N(δ_j, SE_j²), δ_j ~ (1 - π) N(μ, τ²) + π N(μ, τ² + 4²); μ flat, τ and π as said above.
    Given a point of the grid, δ_j is normal: precision-weighted mean of G_j and μ.

    Parameters
    ----------
    ecarts, variances
        G (points out of 20) and SE² (> 0), length J.

    Notes
    -----
    Baker & Jackson (2008), *A new approach to outliers in meta-analysis*; Röver (2020),
    *bayesmeta*; Stephens (2017), *False discovery rates: a new deal*.
    """
    taus, mus, prior = _grid(ecarts, variances)
    # Variances of the two kinds of units, one row a grid point: (points, kinds).
    entre = taus[:, None] ** 2 + np.array([0.0, ETENDUE_EXTREME**2])
    totale = entre[:, :, None] + variances
    reste = ecarts - mus[:, None, None]
    densite = np.exp(-0.5 * reste**2 / totale) / np.sqrt(totale)
    parts = np.stack([1 - PARTS_EXTREMES, PARTS_EXTREMES])[:, :, None, None]
    par_genre = parts * densite.transpose(1, 0, 2)[:, None]
    somme = par_genre.sum(axis=0) + 1e-300
    vraisemblance = np.log(somme).sum(axis=-1) + prior + np.log(POIDS_DES_PARTS)[:, None]
    poids = np.exp(vraisemblance - vraisemblance.max())
    genres = np.einsum("sg,ksgj->kgj", poids / poids.sum(), par_genre / somme)
    garde = genres.sum(axis=(0, 2)) > _NEGLIGEABLE * len(ecarts)
    retenu = (entre[:, :, None] / totale)[garde].transpose(1, 0, 2)
    centres = mus[garde][None, :, None] + retenu * reste.transpose(1, 0, 2)[:, garde]
    types = np.sqrt(retenu * variances)
    genres = genres[:, garde] / genres[:, garde].sum(axis=(0, 1))
    niveaux = mus[garde][None, :, None]
    return Posterieur(
        *(
            np.moveaxis(np.broadcast_to(x, genres.shape), -1, 0).reshape(ecarts.size, -1)
            for x in (genres, centres, types, niveaux)
        )
    )


def _grid(ecarts: Vector, variances: Vector) -> tuple[Vector, Vector, Vector]:
    """Return τ, μ and log prior weight of every grid point; μ around the middle of the gaps."""
    milieu = float(np.median(ecarts))
    reste = 1.48 * float(np.median(np.abs(ecarts - milieu)))
    # At each τ, μ is known to about this much.
    pas = 1.25 * np.sqrt((np.median(variances) + np.maximum(_TAUS, reste) ** 2) / ecarts.size)
    mus = milieu + pas[:, None] * _NOEUDS_MU
    # Of the density and the widths of the cells, one in τ and one in μ.
    a_priori = np.gradient(_TAUS) * pas / (1 + (_TAUS / ECHELLE_TAU) ** 2)
    return (
        np.repeat(_TAUS, _NOEUDS_MU.size),
        mus.ravel(),
        np.repeat(np.log(a_priori), _NOEUDS_MU.size),
    )
