"""Steps 4 and 5. What each gap may be, given all of them: the spread between units integrated out.

Most units differ by a normal spread τ around a common level μ; a few may lie anywhere. τ, μ and the
share of those few are not chosen: every value of a grid counts by how well it explains the gaps.
One extreme unit is then one of the few, and no longer widens what the others are allowed.
"""

from collections.abc import Iterator
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
#: ε is beyond its nodes less often than this, before any mark is seen, on either side.
_QUEUE_COMMUNE = 5e-7
#: How far apart they are, in standard deviations of ε where it is best known.
_PAS_COMMUN = 1.15
#: Under this share of a unit's variance, an error common to the units is taken as its own.
_PART_COMMUNE = 0.05
#: Grid points this much less likely than all together do not count, and weigh, all of them, less than
#: `_NEGLIGES`.
_NEGLIGEABLE = 1e-7
_NEGLIGES = 1e-5
#: Units whose densities are multiplied before a logarithm is taken: products cost less than logs.
_ENSEMBLE = 4
#: Numbers worked on at a time: what the processor keeps at hand.
_LOT = 65_536
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
        return np.einsum("jc,jc->j", self.poids, self.centres)

    def sd(self) -> Vector:
        """Return their standard deviations, points out of 20."""
        carres = sum(
            np.einsum("jc,jc,jc->j", self.poids, x, x) for x in (self.centres, self.ecarts_types)
        )
        return np.sqrt(np.maximum(carres - self.mean() ** 2, 0.0))

    def probability_beyond(self, alerte: float) -> Vector:
        """Return P(the gap is more than Δ from zero, and away from the common level).

        One unit far from the others moves the mean gaps are measured from, by 1/J of its gap: the
        others all have a gap then, and none of them is to be explained. Away: by Δ/2, or Δ 3/J
        where there are more than six units, among which one moves the mean less.
        """
        pas = max(1, _LOT // self.poids.shape[1])
        lots = (slice(rang, rang + pas) for rang in range(0, len(self.poids), pas))
        return np.concatenate([self._beyond(alerte, lot).sum(axis=1) for lot in lots])

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

    def some(self, rangs: slice) -> "_Unites":
        return _Unites(self.ecarts[rangs], self.pente[rangs], self.variances[rangs], self.masses)


class _Points(NamedTuple):
    """Points (τ, μ, ε): a row a τ, or one after another, and then how many each τ has."""

    taus: Vector
    mus: NDArray[np.float64]
    communs: NDArray[np.float64]
    nombres: NDArray[np.intp] | None = None

    def spread(self, par_tau: NDArray[np.float64]) -> NDArray[np.float64]:
        """Give each point what its τ has (last axis)."""
        if self.nombres is None:
            return par_tau[..., None]
        return np.repeat(par_tau, self.nombres, axis=-1)


class _Grille(NamedTuple):
    """The points of each τ, a row a τ, and the log of what each weighs beforehand."""

    points: _Points
    a_priori: NDArray[np.float64]

    def some(self, taus: slice) -> _Points:
        """Return the points of some τ."""
        points = self.points
        return _Points(points.taus[taus], points.mus[taus], points.communs)

    def keep(self, garde: NDArray[np.bool_]) -> _Points:
        """Return some points, of all the τ."""
        points = self.points
        communs = np.broadcast_to(points.communs, garde.shape)[garde]
        return _Points(points.taus, points.mus[garde], communs, garde.sum(axis=1))


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
    grille = _grid(unites)
    poids = _weigh(grille, unites)
    poids = np.exp(poids - poids.max())
    poids /= poids.sum()
    garde = _count(poids.sum(axis=0))
    return _combine(grille.keep(garde), poids[:, garde], unites)


def _count(poids: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Tell which points count, of points that weigh 1 together."""
    croissants = np.sort(poids, axis=None)
    assez = croissants[np.searchsorted(croissants.cumsum(), _NEGLIGES)]
    return (poids > _NEGLIGEABLE) | (poids >= assez)


def _combine(points: _Points, poids: NDArray[np.float64], unites: _Unites) -> Posterieur:
    """Return the mixture of each gap, given what every share and grid point weighs."""
    rests = _rests(points, unites)
    totale, retenu = _variances(points, unites)
    ordinaires, extremes = _densities(points, rests**2, totale, unites.masses)
    facteurs = np.zeros((2, *rests.shape))
    melees = _mix(ordinaires, extremes)
    for poids_de_la_part, (cote, melee) in zip(poids, melees, strict=True):
        part = poids_de_la_part / melee
        facteurs[0] += part
        if cote:
            facteurs[1] += cote * part
    densites = np.empty((len(rests), 2, *ordinaires.shape[1:]))
    for genre, propres in enumerate((ordinaires, extremes)):
        np.multiply(propres, facteurs[genre][:, None], out=densites[:, genre])
    densites /= densites.sum(axis=(1, 2, 3), keepdims=True)
    centres = points.spread(retenu)
    centres *= rests[:, None, None]
    centres += points.mus
    ecarts_types = points.spread(np.sqrt(retenu * unites.variances[:, None, :, None]))
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
    """Return G_j - ε p_j - μ: units, then points."""
    en_trop = np.multiply.outer(unites.pente, points.communs)
    return unites.ecarts.reshape(-1, *[1] * points.communs.ndim) - en_trop - points.mus


def _variances(points: _Points, unites: _Unites) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the variance of each gap around μ + ε p, and what is kept of a gap.

    Both (units, kinds of units, values of their variance, τ).
    """
    entre = points.taus**2 + np.array([[0.0], [ETENDUE_EXTREME**2]])[:, None]
    totale = entre + unites.variances[:, None, :, None]
    return totale, entre / totale


def _widest(totale: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the variance of the normal that densities are compared with: (units, τ)."""
    return totale[:, 1].max(axis=1)


def _densities(
    points: _Points, carres: NDArray[np.float64], totale: NDArray[np.float64], masses: Vector
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the densities of each gap, over that of the widest normal, times the masses.

    If the unit is like the others, then if it may lie anywhere: both (units, values of their
    variance, points), ones where the widest is the only one. The squares ``carres`` are lost.
    """
    large = _widest(totale)[:, None]

    # New tables cost more than what is done to them.
    place = carres[:, None] if masses.size == 1 else None

    def compare(totale: NDArray[np.float64]) -> NDArray[np.float64]:
        exposants = points.spread(0.5 / large - 0.5 / totale)
        densites = np.multiply(carres[:, None], exposants, out=place)
        np.exp(densites, out=densites)
        densites *= points.spread(masses[:, None] * np.sqrt(large / totale))
        return densites

    extremes = compare(totale[:, 1]) if masses.size > 1 else np.ones([1] * (carres.ndim + 1))
    return compare(totale[:, 0]), extremes


def _mix(
    ordinaires: NDArray[np.float64], extremes: NDArray[np.float64]
) -> Iterator[tuple[float, NDArray[np.float64]]]:
    """Give π / (1 - π) and the density of each gap over 1 - π, for each share π of `PARTS_EXTREMES`."""
    ordinaires, extremes = (
        x[:, 0] if x.shape[1] == 1 else x.sum(axis=1) for x in (ordinaires, extremes)
    )
    # No unit is further than this from all others: `_weigh` multiplies four of them.
    ordinaires += 1e-75
    for cote in PARTS_EXTREMES / (1 - PARTS_EXTREMES):
        yield cote, ordinaires + cote * extremes if cote else ordinaires


def _weigh(grille: _Grille, unites: _Unites) -> NDArray[np.float64]:
    """Return the log weight of every share of such units, τ and point."""
    communes = np.log(POIDS_DES_PARTS) + unites.ecarts.size * np.log(1 - PARTS_EXTREMES)
    logs = grille.a_priori + communes[:, None, None]
    pas = max(1, _LOT // (_ENSEMBLE * unites.masses.size * grille.points.communs.size))
    for rang in range(0, grille.points.taus.size, pas):
        points = grille.some(taus := slice(rang, rang + pas))
        for unite in range(0, unites.ecarts.size, _ENSEMBLE):
            quatre = unites.some(slice(unite, unite + _ENSEMBLE))
            totale, _ = _variances(points, quatre)
            carres = _rests(points, quatre)
            carres *= carres
            large = _widest(totale)
            commun = np.einsum("jt,jtp->tp", 0.5 / large, carres)
            logs[:, taus] -= commun + 0.5 * np.log(large).sum(axis=0)[:, None]
            densites = _densities(points, carres, totale, unites.masses)
            for part, (_, melee) in enumerate(_mix(*densites)):
                logs[part, taus] += np.log(melee.prod(axis=0))
    return logs


def _grid(unites: _Unites) -> _Grille:
    """Return the points to weigh; μ around the middle of the gaps, less what ε p moves it by.

    Gaps that line up with p spread by their line: measured as they are, μ would have steps three
    times as wide as what it is known to, far from where it is.
    """
    ecarts, variances = unites.ecarts, unites.variances.mean(axis=1)
    autour = unites.pente - unites.pente.mean()
    aligne = float(autour @ ecarts / (autour @ autour)) if autour.any() else 0.0
    restes = ecarts - aligne * autour
    milieu = float(np.median(restes))
    reste = 1.48 * float(np.median(np.abs(restes - milieu)))
    # At each τ, μ is known to about this much.
    pas = 1.25 * np.sqrt((np.median(variances) + np.maximum(_TAUS, reste) ** 2) / ecarts.size)
    # Of the density and the widths of the cells, one in τ and one in μ.
    u = _TAUS / MEDIANE_TAU
    a_priori = np.gradient(_TAUS) * pas * u**3 / (1 + u**2) ** 4
    degres = max(ecarts.size - 1, 3)
    noeuds = _common_nodes(unites, degres)
    # Student's density; of variance 1 once scaled.
    student = -(degres + 1) / 2 * np.log1p(noeuds**2 / degres)
    communs = np.tile(noeuds * np.sqrt((degres - 2) / degres), (1, _NOEUDS_MU.size))
    mus = milieu - communs * unites.pente.mean() + pas[:, None] * np.repeat(_NOEUDS_MU, noeuds.size)
    return _Grille(
        _Points(_TAUS, mus, communs), np.log(a_priori)[:, None] + np.tile(student, _NOEUDS_MU.size)
    )


def _common_nodes(unites: _Unites, degres: int) -> Vector:
    """Return the nodes of ε, before it is scaled: as many as the gaps can tell apart.

    Given τ, μ and the kinds of the units, the density of the gaps is normal in ε, of precision
    Σ p² / (V + τ²) at most, and equal steps integrate a normal of standard deviation s to
    2 exp(-2 π² s² / step²): 1e-6 where they are `_PAS_COMMUN` times s. As many for all would be too
    many where λ is well known, and too few where gaps line up with the anchors: 25 were wrong by up
    to half a point.
    """
    from perequation.harmonisation.ecarts.lois import t_limit

    if not unites.pente.any():
        return np.zeros(1)
    precision = 1 + (unites.pente**2 / (unites.variances.min(axis=1) + _TAUS[0] ** 2)).sum()
    etendue = t_limit(_QUEUE_COMMUNE, degres)
    return np.linspace(
        -etendue, etendue, 1 + int(np.ceil(2 * etendue * np.sqrt(precision) / _PAS_COMMUN))
    )
