"""Step 6. From a shrunken gap and its uncertainty to a signal; never a rank."""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import repeat
from typing import Any

import numpy as np
import polars as pl

from perequation.harmonisation.ecarts.ecarts import common_error
from perequation.harmonisation.ecarts.hasard import (
    SEUIL_SANS_ECART,
    is_apart,
    set_apart,
    variance_in_tests,
)
from perequation.harmonisation.ecarts.motifs import EFFECTIF_SIGNAL
from perequation.harmonisation.ecarts.posterieur import integrate_gaps
from perequation.harmonisation.ecarts.trames import CLE, find_groups
from perequation.harmonisation.ecarts.variance import Vector, paule_mandel
from perequation.socle.erreurs import ConfigurationError

#: Probabilities of a material gap from which a unit is signalled, or to be watched.
SEUIL_SIGNALE = 0.90
SEUIL_SURVEILLE = 0.80
NOTE_MAXIMALE = 20
DEMI_INTERVALLE = 1.96
#: What `judge_gaps` adds.
JUGEMENT = dict.fromkeys(
    (
        "ecart_retenu",
        "ecart_type_retenu",
        "ic_bas",
        "ic_haut",
        "probabilite_materielle",
        "q_valeur",
        "tau2",
        "p_sans_ecart",
        "p_autres",
    ),
    pl.Float64(),
) | dict.fromkeys(("faux_bas", "faux_haut"), pl.Int64())


def judge_gaps(mesures: pl.DataFrame, alerte: float, par: Sequence[str]) -> pl.DataFrame:
    """Judge the gaps of analyses: shrunken gaps, probability of a material gap, q-values.

    Parameters
    ----------
    mesures
        Rows of whole analyses: unite, ecart_ajuste, erreur_type (> 0), n_ancre, ecart_ancres,
        v_lambda, nb_unites, correction_courbure, degres_variance, fragile; with p_sans_ecart and
        p_autres, which do not depend on Δ, where they are known already.
    alerte
        Δ, points out of 20.
    par
        Columns that make an analysis.

    Returns
    -------
    pl.DataFrame
        The rows, sorted by analysis and unit, with the columns of `JUGEMENT`: ecart_retenu,
        ecart_type_retenu, ic_bas, ic_haut (points out of 20), probabilite_materielle, q_valeur, and,
        of all units, tau2 (squared points), p_sans_ecart, faux_bas and faux_haut
        (`Posterieur.count_false`); p_autres.
    """
    mesures = mesures.sort(*par, "unite")
    connues = [c for c in ("p_sans_ecart", "p_autres") if c in mesures.columns]
    lues = mesures.select(
        *("ecart_ajuste", "erreur_type", "n_ancre", "degres_variance", "nb_unites", "fragile"),
        *connues,
        commune=common_error(),
        variance_in_tests=variance_in_tests(),
    )
    groupes = find_groups(mesures, *par)
    # Each analysis is judged by itself, mostly inside numpy, where the other threads go on.
    with ThreadPoolExecutor(os.cpu_count()) as fils:
        juges = list(fils.map(_judge, (lues[lignes] for lignes in groupes), repeat(alerte)))
    jugements = {
        nom: np.concatenate(
            [
                np.broadcast_to(juge[nom], g.stop - g.start)
                for g, juge in zip(groupes, juges, strict=True)
            ]
            or [np.empty(0)]
        )
        for nom in JUGEMENT
    }
    colonnes = pl.DataFrame(jugements).cast(JUGEMENT).fill_nan(None)  # pyright: ignore[reportArgumentType]
    return mesures.with_columns(colonnes.get_columns())


def _judge(analyse: pl.DataFrame, alerte: float) -> dict[str, Any]:
    """Return what `JUGEMENT` names of one analysis: a value a unit, or one for all units."""
    gaps, erreurs, commune, degres = (
        analyse[c].to_numpy() for c in ("ecart_ajuste", "erreur_type", "commune", "degres_variance")
    )
    posterieur = integrate_gaps(gaps, erreurs**2, commune, degres)
    retenu, ecart_type = posterieur.mean(), posterieur.sd()
    chances = _chances(analyse, retenu)
    probabilites = posterieur.probability_beyond(alerte)
    signalees = probabilites >= SEUIL_SIGNALE
    # Of hundreds of analyses, most have no unit to name.
    if signalees.any():
        nommees = analyse.select("n_ancre", "nb_unites", "fragile").with_columns(
            probabilite_materielle=probabilites, **chances
        )
        signalees = nommees.select(name_signal() == "signale").to_series().to_numpy()
    bas, haut = posterieur.count_false(alerte, signalees)
    est_signalable = analyse["n_ancre"].to_numpy() >= EFFECTIF_SIGNAL
    q_valeur = np.full(len(gaps), np.nan)
    q_valeur[est_signalable] = minimum_effect_q(
        gaps[est_signalable], erreurs[est_signalable], alerte
    )
    return chances | {
        "ecart_retenu": retenu,
        "ecart_type_retenu": ecart_type,
        "ic_bas": retenu - DEMI_INTERVALLE * ecart_type,
        "ic_haut": retenu + DEMI_INTERVALLE * ecart_type,
        "probabilite_materielle": probabilites,
        "q_valeur": q_valeur,
        "tau2": paule_mandel([(gaps, erreurs**2)]),
        "faux_bas": bas,
        "faux_haut": haut,
    }


def _chances(analyse: pl.DataFrame, retenu: Vector) -> dict[str, Any]:
    """Return p_sans_ecart, of all units, and p_autres, of the unit and those with smaller gaps."""
    if "p_autres" in analyse.columns:
        return {c: analyse[c].to_numpy() for c in ("p_sans_ecart", "p_autres")}
    autres = set_apart(
        *(
            analyse[c].to_numpy()
            for c in ("ecart_ajuste", "variance_in_tests", "commune", "degres_variance")
        ),
        ordre=np.argsort(-np.abs(retenu), kind="stable"),
    )
    return {"p_sans_ecart": float(autres.min()), "p_autres": autres}


def minimum_effect_q(ecart: Vector, erreur_type: Vector, alerte: float) -> Vector:
    """Return Benjamini–Hochberg q-values of the tests of H0: |gap| ≤ Δ.

    The p-value is the largest under H0, reached at |gap| = Δ:
    P(|X| ≥ |G|) for X ~ N(Δ, SE²). Gaps and errors are the unshrunken ones.

    Notes
    -----
    Benjamini & Hochberg (1995), as ``scipy.stats.false_discovery_control`` computes it.
    """
    from perequation.harmonisation.ecarts.lois import false_discovery, normal_tail

    if ecart.size == 0:
        return ecart
    taille = np.abs(ecart)
    p = normal_tail((taille - alerte) / erreur_type) + normal_tail((taille + alerte) / erreur_type)
    return np.asarray(false_discovery(np.clip(p, 0.0, 1.0)))


def name_signal() -> pl.Expr:
    """Name the signal from probabilite_materielle, n_ancre, fragile, p_sans_ecart, `is_apart`.

    ``signale`` from P ≥ 0.90, ``a_surveiller`` from P ≥ 0.80, never under ten candidates. At most
    ``a_surveiller``: a fragile gap, whose sign hangs on λ; gaps that chance alone could make
    (`SEUIL_SANS_ECART`), or could once those with larger ones are set apart.
    """
    p = pl.col("probabilite_materielle")
    doute = (
        pl.col("fragile").fill_null(value=False)
        | (pl.col("p_sans_ecart") >= SEUIL_SANS_ECART)
        | ~is_apart()
    )
    return (
        pl.when(p.is_null() | (pl.col("n_ancre") < EFFECTIF_SIGNAL))
        .then(pl.lit("indisponible"))
        .when((p >= SEUIL_SIGNALE) & ~doute)
        .then(pl.lit("signale"))
        .when(p >= SEUIL_SURVEILLE)
        .then(pl.lit("a_surveiller"))
        .otherwise(pl.lit("aucun"))
    )


def smallest_signalled(analyse: pl.DataFrame) -> float | None:
    """Return about how large the gap of a unit of ordinary size must be to be signalled, points.

    Retained, it must exceed Δ with a probability of 0.9, G ≥ Δ / B + 1.28 SE / √B, B = τ² / (τ² + SE²)
    and SE the median one; alone, it must be more than chance makes (`SEUIL_SANS_ECART`). Where
    units don't differ as a whole, the second is what counts.

    Parameters
    ----------
    analyse
        Rows of ``marts.ecart`` of one analysis.
    """
    from perequation.harmonisation.ecarts.lois import normal_limit

    jugee = analyse.filter(pl.col("p_sans_ecart").is_not_null())
    if jugee.is_empty():
        return None
    erreur, tau2, p, alerte, nombre = jugee.select(
        pl.col("erreur_type").median(),
        pl.col("tau2", "p_sans_ecart", "alerte_ecart").first(),
        pl.len(),
    ).row(0)
    if p < SEUIL_SANS_ECART and tau2 > 0:
        part = tau2 / (tau2 + erreur**2)
        return float(alerte / part + normal_limit(1 - SEUIL_SIGNALE) * erreur / part**0.5)
    hasard = normal_limit(SEUIL_SANS_ECART / (4 * nombre)) * erreur
    return float(max(hasard, alerte + normal_limit(1 - SEUIL_SIGNALE) * erreur))


def change_threshold(ecarts: pl.DataFrame, alerte: float) -> pl.DataFrame:
    """Judge the same gaps with another Δ: the gaps and their intervals stay as they are.

    Parameters
    ----------
    ecarts
        Rows of ``marts.ecart``, whole analyses (q-values are over the units of an analysis).
    alerte
        Δ, points out of 20, greater than zero.

    Returns
    -------
    polars.DataFrame
        The rows with probabilite_materielle, q_valeur, signal and alerte_ecart for this Δ.

    Raises
    ------
    ConfigurationError
        Δ is not between 0 (excluded) and 20.
    """
    if not 0 < alerte <= NOTE_MAXIMALE:
        ecrit = f"{alerte:g}".replace(".", ",")
        raise ConfigurationError(
            f"Seuil d'écart « {ecrit} » : un nombre de points est attendu, plus grand que 0 et d'au"
            " plus 20."
        )
    analyse = [*CLE, "composante"]
    jugee = pl.col("probabilite_materielle").is_not_null()
    jugee &= jugee.sum().over(analyse) > 1
    jugees = judge_gaps(ecarts.filter(jugee), alerte, analyse)
    return (
        pl.concat([jugees, ecarts.filter(~jugee)])
        .with_columns(alerte_ecart=pl.lit(float(alerte)))
        .with_columns(
            signal=pl.when(pl.col("motif_code").is_null())
            .then(name_signal())
            .otherwise(pl.lit("indisponible"))
        )
        .sort(*CLE, "unite")
    )
