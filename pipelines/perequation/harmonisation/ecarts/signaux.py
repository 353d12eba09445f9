"""Step 6. From a shrunken gap and its uncertainty to a signal; never a rank."""

import numpy as np
import polars as pl

from perequation.harmonisation.ecarts.ecarts import common_error
from perequation.harmonisation.ecarts.hasard import SEUIL_SANS_ECART, chance_of_gaps, is_apart
from perequation.harmonisation.ecarts.motifs import EFFECTIF_SIGNAL
from perequation.harmonisation.ecarts.posterieur import integrate_gaps
from perequation.harmonisation.ecarts.trames import CLE
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


def judge_gaps(analyse: pl.DataFrame, alerte: float) -> pl.DataFrame:
    """Judge the gaps of one analysis: shrunken gaps, probability of a material gap, q-values.

    Parameters
    ----------
    analyse
        Rows of one analysis in a stated order: ecart_ajuste, erreur_type (> 0), n_ancre,
        ecart_ancres, v_lambda, nb_unites, correction_courbure, degres_variance, fragile; with
        p_sans_ecart and p_autres, which do not depend on Δ, where they are known already.
    alerte
        Δ, points out of 20.

    Returns
    -------
    pl.DataFrame
        The rows with the columns of `JUGEMENT`: ecart_retenu, ecart_type_retenu, ic_bas, ic_haut
        (points out of 20), probabilite_materielle, q_valeur, and, of all units, tau2 (squared
        points), p_sans_ecart, faux_bas and faux_haut (`Posterieur.count_false`); p_autres.
    """
    gaps, erreurs = (analyse[c].to_numpy() for c in ("ecart_ajuste", "erreur_type"))
    commune = analyse.select(common_error()).to_series().to_numpy()
    degres = analyse["degres_variance"].to_numpy()
    posterieur = integrate_gaps(gaps, erreurs**2, commune, degres)
    est_signalable = analyse["n_ancre"].to_numpy() >= EFFECTIF_SIGNAL
    q_valeur = np.full(len(gaps), np.nan)
    q_valeur[est_signalable] = minimum_effect_q(
        gaps[est_signalable], erreurs[est_signalable], alerte
    )
    retenu, ecart_type = posterieur.mean(), posterieur.sd()
    jugee = analyse.with_columns(
        ecart_retenu=pl.Series(retenu),
        ecart_type_retenu=pl.Series(ecart_type),
        ic_bas=pl.Series(retenu - DEMI_INTERVALLE * ecart_type),
        ic_haut=pl.Series(retenu + DEMI_INTERVALLE * ecart_type),
        probabilite_materielle=pl.Series(posterieur.probability_beyond(alerte)),
        q_valeur=pl.Series(q_valeur).fill_nan(None),
        tau2=pl.lit(paule_mandel([(gaps, erreurs**2)])),
    )
    if "p_autres" not in jugee.columns:
        jugee = chance_of_gaps(jugee)
    signalees = jugee.select(name_signal() == "signale").to_series().to_numpy()
    bas, haut = posterieur.count_false(alerte, signalees)
    return jugee.with_columns(faux_bas=pl.lit(bas, pl.Int64), faux_haut=pl.lit(haut, pl.Int64))


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
    juges = [
        _judge_again(analyse, alerte)
        for analyse in ecarts.partition_by([*CLE, "composante"], maintain_order=True)
    ]
    return pl.concat(juges).sort(*CLE, "unite") if juges else ecarts


def _judge_again(analyse: pl.DataFrame, alerte: float) -> pl.DataFrame:
    jugee = pl.col("probabilite_materielle").is_not_null()
    connues = analyse.filter(jugee).sort("unite")
    if connues.height > 1:
        connues = judge_gaps(connues, alerte)
    return (
        pl.concat([connues, analyse.filter(~jugee)])
        .with_columns(alerte_ecart=pl.lit(float(alerte)))
        .with_columns(
            signal=pl.when(pl.col("motif_code").is_null())
            .then(name_signal())
            .otherwise(pl.lit("indisponible"))
        )
    )
