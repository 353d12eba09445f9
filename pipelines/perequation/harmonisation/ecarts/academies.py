"""A check on the anchors: gaps that line up with the académie, which may have marked them."""

import numpy as np
import polars as pl

from perequation.harmonisation.ecarts.trames import CLE
from perequation.harmonisation.ecarts.variance import paule_mandel

#: The check fires under this probability.
SEUIL_ACADEMIE = 0.01
#: Académies with fewer units are not compared: one unit would make the whole difference.
UNITES_PAR_ACADEMIE = 3


def place_units(academies: pl.DataFrame) -> pl.DataFrame:
    """Return the académie most candidates of each unit are from: `CLE`, unite, academie."""
    return (
        academies.filter(pl.col("academie").is_not_null())
        .sort(*CLE, "unite", "n", "academie", descending=[False] * len(CLE) + [False, True, False])
        .group_by(*CLE, "unite", maintain_order=True)
        .agg(pl.col("academie").first())
    )


def compare_academies(ecarts: pl.DataFrame) -> pl.DataFrame:
    """Tell whether the gaps of units differ from one académie to another more than inside each.

    Q = Σ_g (m_g - m)² / v_g, m_g the mean gap of an académie weighted by 1 / (SE² + τ²) and v_g its
    variance, τ² the spread of units inside académies (Paule & Mandel). τ² is estimated: Q / (k - 1)
    ~ F(k - 1, J - k), k académies and J units, as Hartung & Knapp (2001).

    Parameters
    ----------
    ecarts
        Rows judged: analyse, academie, ecart_ajuste, erreur_type (> 0).

    Returns
    -------
    pl.DataFrame
        analyse, suit_academie. Analyses with fewer than two académies of three units have no row:
        there is nothing to compare.
    """
    assez = pl.len().over("analyse", "academie") >= UNITES_PAR_ACADEMIE
    comparables = ecarts.filter(pl.col("academie").is_not_null()).filter(assez)
    lignes = [
        {"analyse": lot["analyse"][0], "suit_academie": _between(lot) < SEUIL_ACADEMIE}
        for lot in comparables.partition_by("analyse", maintain_order=True)
        if lot["academie"].n_unique() > 1
    ]
    return pl.DataFrame(
        lignes, schema={"analyse": ecarts.schema["analyse"], "suit_academie": pl.Boolean}
    )


def _between(lot: pl.DataFrame) -> float:
    from perequation.harmonisation.ecarts.lois import f_tail

    groupes = [
        (g["ecart_ajuste"].to_numpy(), g["erreur_type"].to_numpy() ** 2)
        for g in lot.sort("academie", "unite").partition_by("academie", maintain_order=True)
    ]
    tau2 = paule_mandel(groupes)
    poids = np.array([(1 / (variances + tau2)).sum() for _, variances in groupes])
    moyennes = np.array([np.average(e, weights=1 / (v + tau2)) for e, v in groupes])
    ecart = moyennes - np.average(moyennes, weights=poids)
    degres = len(groupes) - 1
    return f_tail(float(poids @ ecart**2) / degres, degres, lot.height - len(groupes))
