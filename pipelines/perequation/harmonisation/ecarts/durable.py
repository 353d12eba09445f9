"""The long-run gap: what a unit's gaps have in common from one session to the next.

Another question than that of a session, which only asks what its candidates met: here the sessions,
and their commissions, are a sample of those the unit might have had.
"""

from typing import NamedTuple

import numpy as np
import polars as pl

from perequation.harmonisation.ecarts.motifs import UNITES_MINIMALES
from perequation.harmonisation.ecarts.posterieur import integrate_gaps
from perequation.harmonisation.ecarts.signaux import DEMI_INTERVALLE
from perequation.harmonisation.ecarts.variance import Vector

#: What one long-run analysis is: an épreuve at a stage, whatever the session.
CLE_DURABLE = ["specialite", "epreuve", "etape", "type_unite"]
#: What `estimate_long_run` gives of each unit.
DURABLE = {
    "nb_sessions": pl.UInt32,
    "ecart_durable": pl.Float64,
    "ecart_type_durable": pl.Float64,
    "ic_bas_durable": pl.Float64,
    "ic_haut_durable": pl.Float64,
    "ecart_type_sessions": pl.Float64,
}
_UNITE = [*CLE_DURABLE, "unite"]


#: Standard deviations between sessions, points, each counted by how well it explains the gaps.
_SIGMAS = np.geomspace(0.05, 3.0, 14)
#: Beforehand, half-Cauchy of this scale: hardly any preference.
_ECHELLE_SIGMA = 2.0


class _Groupe(NamedTuple):
    """Gaps of one unit over its sessions, and their variances, squared points."""

    gaps: Vector
    variances: Vector


def estimate_long_run(ecarts: pl.DataFrame) -> pl.DataFrame:
    """Estimate the gap of each unit that lasts from one session to the next.

    G_jt ~ N(δ_j, SE_jt² + σ²): σ² is the variance of one unit's gap between sessions (other
    commissions, other candidates), common to the units. Given σ, each unit's mean, weighted by
    1 / (SE_jt² + σ²), is drawn towards the others as the gaps of one session are
    (`integrate_gaps`). σ is not chosen: values of a grid count by how well they explain the
    differences between sessions of the same units.

    Parameters
    ----------
    ecarts
        Rows of ``marts.ecart`` of several sessions: session, `CLE_DURABLE`, unite, ecart_ajuste,
        erreur_type. Rows without a gap are left out.

    Returns
    -------
    pl.DataFrame
        `CLE_DURABLE`, unite and the columns of `DURABLE`: nb_sessions, ecart_durable (points out of
        20) and its standard deviation and 95 % interval, ecart_type_sessions (σ, points, its mean). One row
        per unit of at least two sessions; none where fewer than six units have two.

    Notes
    -----
    Goldstein & Spiegelhalter (1996); Röver (2020), *bayesmeta*.
    """
    revues = (
        ecarts.filter(pl.col("ecart_ajuste").is_not_null() & (pl.col("erreur_type") > 0))
        .unique([*_UNITE, "session"], maintain_order=True)
        .filter(pl.len().over(_UNITE) > 1)
        .filter(pl.col("unite").n_unique().over(CLE_DURABLE) >= UNITES_MINIMALES)
        .sort(*_UNITE, "session")
    )
    schema = {c: ecarts.schema[c] for c in _UNITE} | DURABLE
    estimees = [_estimate(lot) for lot in revues.partition_by(CLE_DURABLE, maintain_order=True)]
    return pl.concat([pl.DataFrame(schema=schema), *estimees])


def _estimate(lot: pl.DataFrame) -> pl.DataFrame:
    groupes = [
        _Groupe(g["ecart_ajuste"].to_numpy(), g["erreur_type"].to_numpy() ** 2)
        for g in lot.partition_by("unite", maintain_order=True)
    ]
    logs = np.array([_log_likelihood(groupes, sigma) for sigma in _SIGMAS])
    poids = np.exp(logs - logs.max()) * np.gradient(_SIGMAS) / (1 + (_SIGMAS / _ECHELLE_SIGMA) ** 2)
    poids /= poids.sum()
    posterieurs = [integrate_gaps(*_average(groupes, sigma)) for sigma in _SIGMAS]
    centres = np.stack([p.mean() for p in posterieurs])
    retenu = poids @ centres
    ecart_type = np.sqrt(
        poids @ (np.stack([p.sd() for p in posterieurs]) ** 2 + (centres - retenu) ** 2)
    )
    unites = lot.group_by(_UNITE, maintain_order=True).agg(nb_sessions=pl.len())
    return unites.with_columns(
        ecart_durable=pl.Series(retenu),
        ecart_type_durable=pl.Series(ecart_type),
        ic_bas_durable=pl.Series(retenu - DEMI_INTERVALLE * ecart_type),
        ic_haut_durable=pl.Series(retenu + DEMI_INTERVALLE * ecart_type),
        ecart_type_sessions=pl.lit(float(poids @ _SIGMAS)),
    )


def _average(groupes: list[_Groupe], sigma: float) -> tuple[Vector, Vector]:
    """Return the mean gap of each unit over its sessions, and its variance."""
    poids = [1 / (g.variances + sigma**2) for g in groupes]
    moyennes = [np.average(g.gaps, weights=w) for g, w in zip(groupes, poids, strict=True)]
    return np.array(moyennes), np.array([1 / w.sum() for w in poids])


def _log_likelihood(groupes: list[_Groupe], sigma: float) -> float:
    """Return the log likelihood of the differences between sessions of the same units (REML)."""
    total = 0.0
    for gaps, variances in groupes:
        poids = 1 / (variances + sigma**2)
        reste = gaps - np.average(gaps, weights=poids)
        total += float(np.log(poids).sum() - np.log(poids.sum()) - poids @ reste**2) / 2
    return total
