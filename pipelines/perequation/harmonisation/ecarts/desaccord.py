"""Step 3 (anchors). How much anchors disagree on a unit: a corrector's habit, a local subject."""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from perequation.harmonisation.ecarts.trames import find_groups
from perequation.harmonisation.ecarts.variance import Vector

#: Anchors are said to disagree when chance alone makes them differ as much less often than this.
NIVEAU_DESACCORD = 0.10


def measure_disagreement(paires: pl.DataFrame, niveaux: pl.DataFrame) -> pl.DataFrame:
    """Return ω², the variance of what is proper to a unit on one anchor, per ``analyse``.

    0 when anchors disagree no more than chance makes them (`NIVEAU_DESACCORD`).

    For each pair of anchors, D_j = mean over the unit's candidates of z_a - z_b, of variance
    v_ab/n_j + 2 ω²; ω² solves Σ (D_j - fit)² / (v_ab/n_j + 2 ω²) = Σ (J - 2), the fit being a line
    in the unit's mean on all anchors, since anchors may follow ability more or less closely. Pairs
    that no unit has two candidates of are left out: v_ab is not known.

    Parameters
    ----------
    paires
        See `Trames`, with ``analyse``.
    niveaux
        analyse, unite, ecart_ancres (Ā_j - Ā).

    Returns
    -------
    pl.DataFrame
        analyse, desaccord_ancres (ω², squared points; 0 when anchors disagree no more than chance).

    Notes
    -----
    Paule & Mandel (1982), on differences of anchors instead of gaps.
    """
    n = pl.col("n")
    ecart = (pl.col("z") - pl.col("z_b")) / n
    carres = pl.col("z2") + pl.col("z2_b") - 2 * pl.col("zz") - n * ecart**2
    unite, paire = ["analyse", "unite"], ["analyse", "ancre", "ancre_b"]
    differences = (
        paires.join(niveaux.select(*unite, "ecart_ancres"), on=unite)
        .sort(*paire, "unite")
        .with_columns(difference=ecart, carres=carres.clip(lower_bound=0))
        # Units of one candidate each say nothing of the spread inside units.
        .filter((n - 1).sum().over(paire) > 0)
        .with_columns(variance=pl.col("carres").sum().over(paire) / (n - 1).sum().over(paire) / n)
        .filter(pl.col("variance") > 0)
    )
    lues = differences.select("difference", "variance", "ecart_ancres").to_numpy()
    mesures = [lues[unites].T for unites in find_groups(differences, *paire)]
    nommees = differences.select(paire).unique(maintain_order=True)
    lignes = [
        {
            "analyse": nommees["analyse"][rangs.start],
            "desaccord_ancres": _solve(mesures[rangs], _count_names(nommees[rangs])),
        }
        for rangs in find_groups(nommees, "analyse")
    ]
    schema = {"analyse": paires.schema["analyse"], "desaccord_ancres": pl.Float64}
    return pl.DataFrame(lignes, schema=schema)


def _count_names(paires: pl.DataFrame) -> int:
    return len({*paires["ancre"], *paires["ancre_b"]})


def _solve(mesures: list[NDArray[np.float64]], ancres: int) -> float:
    from scipy.optimize import brentq

    from perequation.harmonisation.ecarts.lois import chi2_tail

    groupes = [mesure for mesure in mesures if mesure.shape[1] > 2]

    def excess(omega2: float) -> float:
        return sum(_excess(d, v + 2 * omega2, x) for d, v, x in groupes)

    degres = sum(len(d) - 2 for d, _, _ in groupes)
    # Pairs of K anchors say the same things K/2 times over: Σ (z_a - z_b)² = K Σ (z_a - z̄)².
    redites = max(1.0, ancres / 2)
    if (
        not groupes
        or chi2_tail((excess(0.0) + degres) / redites, degres / redites) > NIVEAU_DESACCORD
    ):
        return 0.0
    haut = 1.0
    while excess(haut) > 0:
        haut *= 2
    return float(brentq(excess, 0.0, haut, xtol=1e-10))  # pyright: ignore[reportArgumentType]


def _excess(difference: Vector, variance: Vector, niveau: Vector) -> float:
    poids = 1 / variance
    x = niveau - float(poids @ niveau) / float(poids.sum())
    d = difference - float(poids @ difference) / float(poids.sum())
    carre = float(poids @ x**2)
    pente = float(poids @ (x * d)) / carre if carre > 0 else 0.0
    return float(poids @ (d - pente * x) ** 2) - (len(d) - 2)


def weigh_anchors(unites_ancres: pl.DataFrame) -> pl.DataFrame:
    """Return, per analyse and unite, Σ of the squared weights of anchors in Ā_j (1/K if complete)."""
    part = pl.col("n") / pl.col("n").sum().over("analyse", "unite")
    return (
        unites_ancres.with_columns(part=part)
        .sort("analyse", "unite", "ancre")
        .group_by("analyse", "unite", maintain_order=True)
        .agg(poids_ancres=(pl.col("part") ** 2).sum())
    )
