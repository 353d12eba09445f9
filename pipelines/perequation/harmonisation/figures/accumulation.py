"""Marks heaped at 10: how many more than a smooth distribution would have."""

import numpy as np
import polars as pl
from numpy.typing import NDArray

#: Smallest number of marks for the study.
EFFECTIF_ACCUMULATION = 300
_ZONE_EXCLUE = (9.0, 11.0)
_CLE = ["epreuve", "etape", "type_unite"]


def list_heaping(analyses: pl.DataFrame, distribution: pl.DataFrame) -> pl.DataFrame:
    """Return the analyses to study: one per épreuve, the one with the most marks, 300 at least.

    Parameters
    ----------
    analyses
        What `summarise_analyses` returns.
    distribution
        Rows of ``intermediate.harmonisation_distribution``.
    """
    comptes = distribution.group_by(_CLE).agg(nb_notes=pl.col("n").sum())
    return (
        analyses.join(comptes, on=_CLE)
        .filter(pl.col("nb_notes") >= EFFECTIF_ACCUMULATION)
        .sort("epreuve", "nb_notes", *_CLE, descending=[False, True, False, False, False])
        .unique("epreuve", keep="first", maintain_order=True)
    )


def frame_heaping(distribution: pl.DataFrame) -> pl.DataFrame:
    """Compare counts per half point with a smooth fit that ignores 9 to 11.

    log E(count) is a polynomial of degree 4 in the mark plus a constant for whole points, fitted
    by Poisson maximum likelihood on marks outside [9, 11]. A jury's repêchage is a legitimate
    cause of what stands out at 10.

    Parameters
    ----------
    distribution
        Rows of ``intermediate.harmonisation_distribution`` of one épreuve and stage, all units.

    Returns
    -------
    pl.DataFrame
        demi_point, n, attendu, exces (n - attendu), z (exces / sqrt(attendu)), est_exclu.
    """
    comptes = distribution.group_by(pl.col("demi_point").cast(pl.Float64)).agg(pl.col("n").sum())
    points = np.arange(0, 20.5, 0.5)
    table = pl.DataFrame({"demi_point": points}).join(comptes, on="demi_point", how="left")
    n = table["n"].fill_null(0).to_numpy().astype(float)
    est_exclu = (points >= _ZONE_EXCLUE[0]) & (points <= _ZONE_EXCLUE[1])
    attendu = _fit_counts(points, n, ~est_exclu)
    return pl.DataFrame(
        {
            "demi_point": points,
            "n": n,
            "attendu": attendu,
            "exces": n - attendu,
            "z": (n - attendu) / np.sqrt(attendu),
            "est_exclu": est_exclu,
        }
    )


def _fit_counts(
    points: NDArray[np.float64], n: NDArray[np.float64], utiles: NDArray[np.bool_]
) -> NDArray[np.float64]:
    from scipy.optimize import minimize

    echelle = points / 10 - 1
    matrice = np.column_stack([np.vander(echelle, 5, increasing=True), points % 1 == 0])
    x, y = matrice[utiles], n[utiles]

    def loss(beta: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        log_mu = np.clip(x @ beta, -30, 30)
        mu = np.exp(log_mu)
        return float(mu.sum() - y @ log_mu), x.T @ (mu - y)

    depart = np.zeros(x.shape[1])
    depart[0] = np.log(y.mean() + 0.1)
    beta = minimize(loss, depart, jac=True, method="BFGS").x
    return np.maximum(np.exp(np.clip(matrice @ beta, -30, 30)), 1e-6)
