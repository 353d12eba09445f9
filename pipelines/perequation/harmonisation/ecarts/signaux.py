"""Step 6. From a shrunken gap and its uncertainty to a signal; never a rank."""

import numpy as np
import polars as pl

from perequation.harmonisation.ecarts.motifs import EFFECTIF_SIGNAL
from perequation.harmonisation.ecarts.trames import CLE
from perequation.harmonisation.ecarts.variance import Vector
from perequation.socle.erreurs import ConfigurationError

#: Probabilities of a material gap from which a unit is signalled, or to be watched.
SEUIL_SIGNALE = 0.90
SEUIL_SURVEILLE = 0.80
NOTE_MAXIMALE = 20


def material_probability(ecart: Vector, ecart_type: Vector, alerte: float) -> Vector:
    """Return P(|δ| > Δ) for δ ~ N(shrunken gap, sd²).

    Parameters
    ----------
    ecart, ecart_type
        Shrunken gaps and their standard deviations, points out of 20.
    alerte
        Δ, points out of 20.
    """
    from scipy.stats import norm

    haut = norm.sf((alerte - ecart) / ecart_type)
    bas = norm.cdf((-alerte - ecart) / ecart_type)
    return np.asarray(haut + bas)


def minimum_effect_q(ecart: Vector, erreur_type: Vector, alerte: float) -> Vector:
    """Return Benjamini–Hochberg q-values of the tests of H0: |gap| ≤ Δ.

    The p-value is the largest under H0, reached at |gap| = Δ:
    P(|X| ≥ |G|) for X ~ N(Δ, SE²). Gaps and errors are the unshrunken ones.

    Notes
    -----
    ``scipy.stats.false_discovery_control``.
    """
    from scipy.stats import false_discovery_control, norm

    if ecart.size == 0:
        return ecart
    taille = np.abs(ecart)
    p = norm.sf((taille - alerte) / erreur_type) + norm.cdf((-taille - alerte) / erreur_type)
    return np.asarray(false_discovery_control(np.clip(p, 0.0, 1.0)))


def name_signal() -> pl.Expr:
    """Name the signal from probabilite_materielle, n_ancre and fragile.

    ``signale`` from P ≥ 0.90, ``a_surveiller`` from P ≥ 0.80, never under ten candidates. A
    fragile gap, whose sign hangs on λ, is at most ``a_surveiller``: prudence beyond the method,
    which no unit of the simulation study meets.
    """
    p = pl.col("probabilite_materielle")
    return (
        pl.when(p.is_null() | (pl.col("n_ancre") < EFFECTIF_SIGNAL))
        .then(pl.lit("indisponible"))
        .when((p >= SEUIL_SIGNALE) & ~pl.col("fragile").fill_null(value=False))
        .then(pl.lit("signale"))
        .when(p >= SEUIL_SURVEILLE)
        .then(pl.lit("a_surveiller"))
        .otherwise(pl.lit("aucun"))
    )


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
    retenu, ecart_type, ajuste, erreur = (
        analyse[c].cast(pl.Float64).fill_null(np.nan).to_numpy()
        for c in ("ecart_retenu", "ecart_type_retenu", "ecart_ajuste", "erreur_type")
    )
    testable = ~analyse["q_valeur"].is_null().to_numpy()
    q_valeur = np.full(len(ajuste), np.nan)
    q_valeur[testable] = minimum_effect_q(ajuste[testable], erreur[testable], alerte)
    return analyse.with_columns(
        probabilite_materielle=pl.Series(material_probability(retenu, ecart_type, alerte)),
        q_valeur=pl.Series(q_valeur),
        alerte_ecart=pl.lit(float(alerte)),
    ).with_columns(
        pl.col("probabilite_materielle", "q_valeur").fill_nan(None),
        signal=pl.when(pl.col("motif_code").is_null())
        .then(_signal_once_known())
        .otherwise(pl.lit("indisponible")),
    )


def _signal_once_known() -> pl.Expr:
    """Name the signal where NaN stands for what is not known."""
    connue = pl.col("probabilite_materielle").is_not_nan()
    return pl.when(connue).then(name_signal()).otherwise(pl.lit("indisponible"))
