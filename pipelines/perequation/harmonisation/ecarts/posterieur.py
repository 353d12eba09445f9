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

#: Before any mark is seen, τ is as likely above as below this, in points; between 0.2 and 2.2 points
#: 19 times in 20. Of a unit with this standard error, how much is kept follows a
#: Beta(2, 2): around a half, neither nothing nor all. Units of one épreuve never mark exactly alike:
#: τ = 0 is not what is believed of a few units whose gaps look alike.
MEDIANE_TAU = 0.7
#: Shares of units that may lie anywhere, and what each share is worth beforehand.
PARTS_EXTREMES = np.array([0.0, 0.02, 0.05])
POIDS_DES_PARTS = np.array([0.5, 0.25, 0.25])
#: How far those units lie from the others, in points.
ETENDUE_EXTREME = 4.0

#: A gap must be away from the common level by Δ times this over J, and by no more than Δ/2.
UNITES_DEPLACEES = 3

#: How often the number of false signals is outside the two that are told.
NIVEAU_FAUX = 0.05

_TAUS = np.geomspace(0.05, 5.0, 28)
_NOEUDS_MU = np.linspace(-4.5, 4.5, 15)
# Where gaps line up with the anchors the posterior of ε is narrow: 0.75 apart, gaps were wrong by up
# to 0.15 point.
_NOEUDS_COMMUNS = np.linspace(-4.5, 4.5, 25)
#: Under this share of a unit's variance, an error common to the units is taken as its own.
_PART_COMMUNE = 0.05
#: Grid points this much less likely than all together do not count.
_NEGLIGEABLE = 1e-7
#: A variance known to more degrees of freedom than this is taken as known.
_DEGRES_SURS = 200.0
#: Three nodes, and their weights, that stand for a normal of variance 1 (Gauss and Hermite).
_NOEUDS_VARIANCE = np.sqrt(3.0) * np.array([-1.0, 0.0, 1.0])
_MASSES_VARIANCE = np.array([1.0, 4.0, 1.0]) / 6


@dataclass(frozen=True)
class Posterieur:
    """Mixture of normals each gap follows: arrays (units, components); weights sum to 1.

    ``niveaux`` is the common level μ of each component, ``points`` the number of the point (τ, μ, ε)
    it is from, the same for all units.
    """

    poids: NDArray[np.float64]
    centres: NDArray[np.float64]
    ecarts_types: NDArray[np.float64]
    niveaux: NDArray[np.float64]
    points: NDArray[np.intp]

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
        return self._beyond(alerte, slice(None)).sum(axis=1)

    def count_false(self, alerte: float, signalees: NDArray[np.bool_]) -> tuple[int, int]:
        """Return the two numbers the count of false signals is between, 19 times in 20.

        Its mean is Σ (1 - P) over the units signalled. Given a point (τ, μ, ε), each is false by
        itself and their number is Poisson-binomial; over the points, it is a mixture of those.
        """
        rangs = np.flatnonzero(signalees)
        masses = np.bincount(self.points, self.poids[0])
        nombres = np.zeros((rangs.size + 1, masses.size))
        nombres[0] = masses
        for rang in rangs:
            vraie = np.bincount(self.points, self._beyond(alerte, slice(rang, rang + 1))[0])
            fausse = 1 - np.clip(vraie / np.maximum(masses, 1e-300), 0.0, 1.0)
            nombres[1:] += fausse * (nombres[:-1] - nombres[1:])
            nombres[0] *= 1 - fausse
        cumules = nombres.sum(axis=1).cumsum()
        bas, haut = np.searchsorted(cumules / cumules[-1], [NIVEAU_FAUX / 2, 1 - NIVEAU_FAUX / 2])
        return int(bas), int(haut)

    def _beyond(self, alerte: float, rangs: slice) -> NDArray[np.float64]:
        """Return what each component of some units adds to P."""
        from scipy.special import ndtr

        marge = alerte * min(0.5, UNITES_DEPLACEES / len(self.poids))
        centres, ecarts = self.centres[rangs], self.ecarts_types[rangs]
        # The same for all units: one row is enough.
        niveaux = self.niveaux[:1]
        dehors = ndtr((centres - np.maximum(niveaux + marge, alerte)) / ecarts)
        dehors += ndtr((np.minimum(niveaux - marge, -alerte) - centres) / ecarts)
        dehors *= self.poids[rangs]
        return dehors


class _Unites(NamedTuple):
    """What is known of each unit: G, p, and the values its variance may have, with their masses.

    ``variances`` is (units, values), ``masses`` one per value.
    """

    ecarts: Vector
    pente: Vector
    variances: NDArray[np.float64]
    masses: Vector


class _Points(NamedTuple):
    """Points (τ, μ, ε): vectors as long as each other, but τ, of one value when all share it."""

    taus: Vector
    mus: Vector
    communs: Vector


class _Grille(NamedTuple):
    """The points of each τ, and the log of what each weighs beforehand: a row of points a τ."""

    taus: Vector
    mus: NDArray[np.float64]
    communs: Vector
    a_priori: NDArray[np.float64]

    def points(self, garde: NDArray[np.bool_]) -> _Points:
        """Return the points to keep, of all the τ."""
        rangs, colonnes = np.nonzero(garde)
        return _Points(self.taus[rangs], self.mus[garde], self.communs[colonnes])


def integrate_gaps(
    ecarts: Vector, variances: Vector, commune: Vector | None = None, degres: Vector | None = None
) -> Posterieur:
    """Return what each gap may be, given all the gaps of its analysis.

    G_j ~ N(δ_j + ε p_j, V_j), δ_j ~ (1 - π) N(μ, τ²) + π N(μ, τ² + 4²); μ flat, τ and π as
    said above, ε Student's on J - 1 degrees of freedom, of variance 1, V_j around SE_j² - p_j² as
    a variance estimated on ν_j degrees of freedom is. Given a point of the grid and V_j, δ_j is
    normal: precision-weighted mean of G_j - ε p_j and μ.

    Parameters
    ----------
    ecarts, variances
        G (points out of 20) and SE² (> 0), length J.
    commune
        p, what one standard error of λ moves each gap by, signed, points; p² is part of SE². Gaps
        that line up with the anchors may then be that error.
    degres
        ν, the degrees of freedom SE² is known to. Without them, or where all are large
        (`_DEGRES_SURS`), SE² is taken as known.

    Notes
    -----
    Baker & Jackson (2008), *A new approach to outliers in meta-analysis*; Röver (2020),
    *bayesmeta*; Stephens (2017), *False discovery rates: a new deal*. τ through the shrinkage it
    makes: Daniels (1999), *A prior for the variance in hierarchical models*, uniform there.
    """
    unites = _measure(ecarts, variances, commune, degres)
    grille = _grid(ecarts, unites.variances.mean(axis=1), est_commune=bool(unites.pente.any()))
    poids = _weigh(grille, unites)
    poids = np.exp(poids - poids.max())
    poids /= poids.sum()
    garde = poids.sum(axis=0) > _NEGLIGEABLE
    return _combine(grille.points(garde), poids[:, garde], unites)


def _combine(points: _Points, poids: NDArray[np.float64], unites: _Unites) -> Posterieur:
    """Return the mixture of each gap, given what every share and grid point weighs."""
    densites, retenu = _densities(points, unites)
    parts = np.stack([1 - PARTS_EXTREMES, PARTS_EXTREMES])
    densites *= np.einsum("ks,jsg->jkg", parts, poids / _mix(densites))[:, :, None]
    densites /= densites.sum(axis=(1, 2, 3), keepdims=True)
    centres = retenu * _rests(points, unites)[:, None, None]
    centres += points.mus
    retenu *= unites.variances[:, None, :, None]
    ecarts_types = np.sqrt(retenu, out=retenu)
    niveaux = np.broadcast_to(points.mus, densites.shape[1:]).ravel()

    def by_unit(x: NDArray[np.float64]) -> NDArray[np.float64]:
        return x.reshape(len(x), -1)

    return Posterieur(
        by_unit(densites),
        by_unit(centres),
        by_unit(ecarts_types),
        np.broadcast_to(niveaux, (len(densites), niveaux.size)),
        np.tile(np.arange(points.mus.size), densites.shape[1] * densites.shape[2]),
    )


def _measure(
    ecarts: Vector, variances: Vector, commune: Vector | None, degres: Vector | None
) -> _Unites:
    pente = np.zeros_like(ecarts) if commune is None else commune
    if (pente**2 < _PART_COMMUNE * variances).all():
        pente = np.zeros_like(ecarts)
    propres = np.maximum(variances - pente**2, 1e-9 * variances)[:, None]
    if degres is None or (degres > _DEGRES_SURS).all():
        return _Unites(ecarts, pente, propres, np.ones(1))
    # Lognormal of the same mean and relative variance as a variance on that many degrees.
    ecart = np.sqrt(2 / np.maximum(degres, 4.0))[:, None]
    facteurs = np.exp(ecart * _NOEUDS_VARIANCE - ecart**2 / 2)
    return _Unites(ecarts, pente, propres * facteurs, _MASSES_VARIANCE)


def _rests(points: _Points, unites: _Unites) -> NDArray[np.float64]:
    """Return G_j - ε p_j - μ: (units, points)."""
    return unites.ecarts[:, None] - unites.pente[:, None] * points.communs - points.mus


def _densities(points: _Points, unites: _Unites) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the densities of each gap, times the masses of the values, and what is kept of a gap.

    Both (units, kinds of units, values of their variance, points); of what is kept, one value of τ
    may stand for all points. One row of points after another: what is done to hundreds of numbers
    in a row costs a fraction of what it costs by twos and threes.
    """
    entre = points.taus**2 + np.array([[0.0], [ETENDUE_EXTREME**2]])[:, None]
    totale = entre + unites.variances[:, None, :, None]
    densites = (_rests(points, unites) ** 2)[:, None, None] * (-0.5 / totale)
    np.exp(densites, out=densites)
    densites *= unites.masses[:, None] / np.sqrt(totale)
    return densites, entre / totale


def _mix(densites: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the density of each gap for each share of units that may lie anywhere."""
    sommes = densites[:, :, 0] if densites.shape[2] == 1 else densites.sum(axis=2)
    # No unit is further than this from all others: `_log_of_product` multiplies four of them.
    ordinaires = sommes[:, :1] + 1e-75
    melees = PARTS_EXTREMES[:, None] * (sommes[:, 1:] - ordinaires)
    melees += ordinaires
    return melees


def _weigh(grille: _Grille, unites: _Unites) -> NDArray[np.float64]:
    """Return the log weight of every share of such units, τ and point."""
    logs = np.empty((PARTS_EXTREMES.size, *grille.mus.shape))
    for rang, mus in enumerate(grille.mus):
        points = _Points(grille.taus[rang : rang + 1], mus, grille.communs)
        logs[:, rang] = _log_of_product(_mix(_densities(points, unites)[0]))
    return logs + grille.a_priori + np.log(POIDS_DES_PARTS)[:, None, None]


def _log_of_product(densites: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the sum of logs over the units (first axis), by four: products cost less than logs."""
    entiers = len(densites) // 4 * 4
    produits = densites[:entiers].reshape(-1, 4, *densites.shape[1:]).prod(axis=1)
    return np.log(produits).sum(axis=0) + np.log(densites[entiers:]).sum(axis=0)


def _grid(ecarts: Vector, variances: Vector, *, est_commune: bool) -> _Grille:
    """Return the points to weigh; μ around the middle of the gaps."""
    milieu = float(np.median(ecarts))
    reste = 1.48 * float(np.median(np.abs(ecarts - milieu)))
    # At each τ, μ is known to about this much.
    pas = 1.25 * np.sqrt((np.median(variances) + np.maximum(_TAUS, reste) ** 2) / ecarts.size)
    # Of the density and the widths of the cells, one in τ and one in μ.
    u = _TAUS / MEDIANE_TAU
    a_priori = np.gradient(_TAUS) * pas * u**3 / (1 + u**2) ** 4
    degres = max(ecarts.size - 1, 3)
    noeuds = _NOEUDS_COMMUNS if est_commune else np.zeros(1)
    # Student's density; of variance 1 once scaled.
    student = -(degres + 1) / 2 * np.log1p(noeuds**2 / degres)
    return _Grille(
        _TAUS,
        milieu + pas[:, None] * np.repeat(_NOEUDS_MU, noeuds.size),
        np.tile(noeuds * np.sqrt((degres - 2) / degres), _NOEUDS_MU.size),
        np.log(a_priori)[:, None] + np.tile(student, _NOEUDS_MU.size),
    )
