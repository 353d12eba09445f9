"""Steps 4 and 5. What each gap may be, given all of them: the spread between units integrated out.

Most units differ by a normal spread τ around a common level μ; a few may lie anywhere. τ, μ and the
share of those few are not chosen: every value of a grid counts by how well it explains the gaps.
One extreme unit is then one of the few, and no longer widens what the others are allowed.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from perequation.harmonisation.ecarts.variance import Vector

#: Before any mark is seen, τ is as likely above as below this, in points; between a tenth of a point
#: and 4.4 points 19 times in 20. The shrinkage of a unit with this standard error is then as likely
#: to be anything between none and all. Units of one épreuve never mark exactly alike: τ = 0 is not
#: what is believed of a few units whose gaps look alike.
MEDIANE_TAU = 0.7
#: Shares of units that may lie anywhere, and what each share is worth beforehand.
PARTS_EXTREMES = np.array([0.0, 0.02, 0.05])
POIDS_DES_PARTS = np.array([0.5, 0.25, 0.25])
#: How far those units lie from the others, in points.
ETENDUE_EXTREME = 4.0

#: A gap must be away from the common level by Δ times this over J, and by no more than Δ/2.
UNITES_DEPLACEES = 3

_TAUS = np.geomspace(0.05, 5.0, 28)
_NOEUDS_MU = np.linspace(-4.5, 4.5, 15)
_NOEUDS_COMMUNS = np.linspace(-4.0, 4.0, 13)
#: Under this share of a unit's variance, an error common to the units is taken as its own.
_PART_COMMUNE = 0.05
#: Grid points this much less likely than all together do not count.
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


class _Grille(NamedTuple):
    """Points (τ, μ, ε), those of one τ side by side, and the log of what each weighs beforehand."""

    taus: Vector
    mus: Vector
    communs: Vector
    a_priori: Vector


def integrate_gaps(ecarts: Vector, variances: Vector, commune: Vector | None = None) -> Posterieur:
    """Return what each gap may be, given all the gaps of its analysis.

    G_j ~ N(δ_j + ε p_j, SE_j² - p_j²), δ_j ~ (1 - π) N(μ, τ²) + π N(μ, τ² + 4²); μ flat, τ and π as
    said above, ε Student's on J - 1 degrees of freedom, of variance 1. Given a point of the grid,
    δ_j is normal: precision-weighted mean of G_j - ε p_j and μ.

    Parameters
    ----------
    ecarts, variances
        G (points out of 20) and SE² (> 0), length J.
    commune
        p, what one standard error of λ moves each gap by, signed, points; p² is part of SE². Gaps
        that line up with the anchors may then be that error.

    Notes
    -----
    Baker & Jackson (2008), *A new approach to outliers in meta-analysis*; Röver (2020),
    *bayesmeta*; Stephens (2017), *False discovery rates: a new deal*. τ: uniform shrinkage,
    Daniels (1999), *A prior for the variance in hierarchical models*.
    """
    pente = np.zeros_like(ecarts) if commune is None else commune
    if (pente**2 < _PART_COMMUNE * variances).all():
        pente = np.zeros_like(ecarts)
    propres = np.maximum(variances - pente**2, 1e-9 * variances)
    grille = _grid(ecarts, propres, est_commune=bool(pente.any()))
    poids = np.concatenate(
        [
            _weigh(_Grille(*(x[points] for x in grille)), ecarts, propres, pente)
            for points in np.split(np.arange(grille.taus.size), _TAUS.size)
        ],
        axis=1,
    )
    poids = np.exp(poids - poids.max())
    poids /= poids.sum()
    garde = poids.sum(axis=0) > _NEGLIGEABLE
    gardes = _Grille(*(x[garde] for x in grille))
    densites, entre = _densities(gardes, ecarts, propres, pente)
    sommes = _mix(densites)
    parts = np.stack([1 - PARTS_EXTREMES, PARTS_EXTREMES])
    genres = densites * np.einsum("ks,sg,sgj->kgj", parts, poids[:, garde], 1 / sommes)
    genres /= genres.sum(axis=(0, 1))
    retenu = entre[:, :, None] / (entre[:, :, None] + propres)
    reste = ecarts - gardes.communs[:, None] * pente - gardes.mus[:, None]
    centres = gardes.mus[:, None] + retenu * reste
    niveaux = np.broadcast_to(gardes.mus[:, None], genres.shape)
    return Posterieur(
        *(
            np.moveaxis(x, -1, 0).reshape(ecarts.size, -1)
            for x in (genres, centres, np.sqrt(retenu * propres), niveaux)
        )
    )


def _densities(
    grille: _Grille, ecarts: Vector, variances: Vector, pente: Vector
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the density of each gap for the two kinds of units, and the kinds' own variances."""
    entre = grille.taus**2 + np.array([[0.0], [ETENDUE_EXTREME**2]])
    totale = entre[:, :, None] + variances
    reste = ecarts - grille.communs[:, None] * pente - grille.mus[:, None]
    return np.exp(-0.5 * reste**2 / totale) / np.sqrt(totale), entre


def _mix(densites: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the density of each gap for each share of units that may lie anywhere."""
    parts = PARTS_EXTREMES[:, None, None]
    return (1 - parts) * densites[0] + parts * densites[1] + 1e-300


def _weigh(
    grille: _Grille, ecarts: Vector, variances: Vector, pente: Vector
) -> NDArray[np.float64]:
    """Return the log weight of every share of such units and grid point."""
    densites, _ = _densities(grille, ecarts, variances, pente)
    logs = np.log(_mix(densites)).sum(axis=-1)
    return logs + grille.a_priori + np.log(POIDS_DES_PARTS)[:, None]


def _grid(ecarts: Vector, variances: Vector, *, est_commune: bool) -> _Grille:
    """Return the points to weigh; μ around the middle of the gaps."""
    milieu = float(np.median(ecarts))
    reste = 1.48 * float(np.median(np.abs(ecarts - milieu)))
    # At each τ, μ is known to about this much.
    pas = 1.25 * np.sqrt((np.median(variances) + np.maximum(_TAUS, reste) ** 2) / ecarts.size)
    # Of the density and the widths of the cells, one in τ and one in μ.
    a_priori = np.gradient(_TAUS) * _TAUS * pas / (1 + (_TAUS / MEDIANE_TAU) ** 2) ** 2
    degres = max(ecarts.size - 1, 3)
    noeuds = _NOEUDS_COMMUNS if est_commune else np.zeros(1)
    # Student's density; of variance 1 once scaled.
    student = -(degres + 1) / 2 * np.log1p(noeuds**2 / degres)
    return _Grille(
        np.repeat(_TAUS, _NOEUDS_MU.size * noeuds.size),
        np.repeat((milieu + pas[:, None] * _NOEUDS_MU).ravel(), noeuds.size),
        np.tile(noeuds * np.sqrt((degres - 2) / degres), _TAUS.size * _NOEUDS_MU.size),
        (np.repeat(np.log(a_priori), _NOEUDS_MU.size)[:, None] + student).ravel(),
    )
