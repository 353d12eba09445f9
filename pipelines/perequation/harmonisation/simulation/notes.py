"""The simulator's new marks. It shows what a correction would do, and never writes a mark."""

from typing import Literal

import numpy as np
import polars as pl

from perequation.harmonisation.ecarts.trames import CLE

Methode = Literal["decalage", "moyenne_ecart_type", "equipercentile", "libre"]

#: Smallest units the distribution-matching methods move.
EFFECTIF_MOYENNE_ECART_TYPE = 20
EFFECTIF_EQUIPERCENTILE = 30
#: The spread of a unit is stretched or narrowed within these limits only.
RAPPORT_MINIMAL, RAPPORT_MAXIMAL = 0.7, 1.4

_UNITE = [*CLE, "unite"]


def simulate_marks(  # noqa: PLR0913
    notes: pl.DataFrame,
    ecarts: pl.DataFrame,
    methode: Methode = "decalage",
    *,
    kappa: float = 1.0,
    signales_seulement: bool = False,
    decalages: pl.DataFrame | None = None,
    pas: float | None = None,
) -> pl.DataFrame:
    """Compute the marks a correction would give, clipped to [0, 20].

    - ``decalage``: y' = y - κ × ecart_retenu;
    - ``moyenne_ecart_type``: y' = T_j + clip(s_ref/s_j, 0.7, 1.4)(y - ȳ_j), T_j = ȳ + λ(Ā_j - Ā),
      units of 20 or more;
    - ``equipercentile``: y' = Q_ref(mid-rank) + T_j, Q_ref the quantiles of pooled
      within-unit-centred marks, units of 30 or more;
    - ``libre``: y' = y + the shift given for the unit.

    Parameters
    ----------
    notes
        Rows of ``intermediate.harmonisation_note``: `CLE`, unite, numero_candidat, note.
    ecarts
        Rows of ``marts.ecart`` for the same analyses.
    methode
        See above. Units without an ecart_retenu (masked, or not analysed) are never moved.
    kappa
        Share of the gap taken away, in [0, 1] (``decalage`` only).
    signales_seulement
        Move signalled units only.
    decalages
        For ``libre``: epreuve, unite, decalage (points added), and type_unite if it has it.
    pas
        Round to this step (half up) after clipping; None leaves marks unrounded.

    Returns
    -------
    pl.DataFrame
        `CLE`, unite, numero_candidat, note and note_simulee (points out of 20), sorted.

    Raises
    ------
    ValueError
        κ out of [0, 1], an unknown method, or no table of shifts for ``libre``.
    """
    if not 0 <= kappa <= 1:
        message = f"κ doit être entre 0 et 1 : {kappa}"
        raise ValueError(message)
    base = notes.select(*_UNITE, "numero_candidat", pl.col("note").cast(pl.Float64))
    if methode == "libre":
        if decalages is None:
            message = "la méthode « libre » demande une table de décalages"
            raise ValueError(message)
        deplacees = _shift_freely(base, decalages)
    else:
        deplacees = _join_gaps(base, ecarts, signales_seulement=signales_seulement)
        deplacees = deplacees.with_columns(nouvelle=_formula(methode, kappa))
    nouvelle = pl.coalesce("nouvelle", "note").clip(0, 20)
    if pas:
        nouvelle = (nouvelle / pas + 0.5 + 1e-9).floor() * pas
        nouvelle = pl.when(pl.col("nouvelle").is_null()).then("note").otherwise(nouvelle)
    return deplacees.select(
        *_UNITE, "numero_candidat", "note", note_simulee=nouvelle.clip(0, 20)
    ).sort(*_UNITE, "numero_candidat")


def _join_gaps(
    notes: pl.DataFrame, ecarts: pl.DataFrame, *, signales_seulement: bool
) -> pl.DataFrame:
    est_deplacee = pl.col("ecart_retenu").is_not_null()
    if signales_seulement:
        est_deplacee &= pl.col("signal") == "signale"
    utiles = ecarts.select(*_UNITE, "ecart_retenu", "moyenne_attendue", est_deplacee=est_deplacee)
    return notes.join(utiles, on=_UNITE, how="left")


def _formula(methode: Methode, kappa: float) -> pl.Expr:
    n, note = pl.len().over(_UNITE), pl.col("note")
    centree = note - note.mean().over(_UNITE)
    cible = pl.col("moyenne_attendue")
    if methode == "decalage":
        nouvelle, assez = note - kappa * pl.col("ecart_retenu"), pl.lit(value=True)
    elif methode == "moyenne_ecart_type":
        ddl = (pl.len() - pl.col("unite").n_unique()).over(CLE)
        reference = ((centree**2).sum().over(CLE) / ddl).sqrt()
        rapport = (reference / note.std().over(_UNITE)).clip(RAPPORT_MINIMAL, RAPPORT_MAXIMAL)
        nouvelle, assez = cible + rapport * centree, n >= EFFECTIF_MOYENNE_ECART_TYPE
    elif methode == "equipercentile":
        rang = (note.rank("average").over(_UNITE) - 0.5) / n
        quantile = pl.struct(rang=rang, centree=centree).map_batches(
            _pooled_quantiles, return_dtype=pl.Float64
        )
        nouvelle, assez = cible + quantile.over(CLE), n >= EFFECTIF_EQUIPERCENTILE
    else:
        message = f"méthode inconnue : {methode}"
        raise ValueError(message)
    return pl.when(pl.col("est_deplacee") & assez).then(nouvelle)


def _pooled_quantiles(colonnes: pl.Series) -> pl.Series:
    champs = colonnes.struct
    centree = champs.field("centree").to_numpy()
    return pl.Series(np.quantile(centree, champs.field("rang").to_numpy(), method="hazen"))


def _shift_freely(notes: pl.DataFrame, decalages: pl.DataFrame) -> pl.DataFrame:
    key = [c for c in ("specialite", "epreuve", "type_unite", "unite") if c in decalages.columns]
    table = decalages.select(*key, pl.col("decalage").cast(pl.Float64))
    return notes.join(table, on=key, how="left").with_columns(
        nouvelle=pl.col("note") + pl.col("decalage")
    )


def describe_marks(simulees: pl.DataFrame, ecarts: pl.DataFrame) -> pl.DataFrame:
    """Describe the marks moved, one row per unit.

    Parameters
    ----------
    simulees
        Result of `simulate_marks`.
    ecarts
        Rows of ``marts.ecart``, for the adjusted gaps before and after.

    Returns
    -------
    pl.DataFrame
        `CLE`, unite, nb_notes, nb_modifiees, moyenne_avant, moyenne_apres, variation_moyenne
        (mean |Δ|), rangs_inverses (pairs of candidates strictly inverted in which the unit takes
        part), ecart_avant, ecart_apres (adjusted gaps), and, the same on every row of an épreuve,
        variance_avant and variance_apres between units (of adjusted gaps weighted by marks). A
        full shift brings the latter near zero by construction: it proves nothing.
    """
    delta = pl.col("note_simulee") - pl.col("note")
    n = pl.col("nb_notes")
    unites = (
        simulees.group_by(_UNITE, maintain_order=True)
        .agg(
            nb_notes=pl.len(),
            nb_modifiees=(delta.abs() > 1e-9).sum(),
            moyenne_avant=pl.col("note").mean(),
            moyenne_apres=pl.col("note_simulee").mean(),
            variation_moyenne=delta.abs().mean(),
        )
        .join(ecarts.select(*_UNITE, ecart_avant="ecart_ajuste"), on=_UNITE, how="left")
        .join(count_inversions(simulees), on=_UNITE)
        .sort(_UNITE)
    )
    mouvement = pl.col("moyenne_apres") - pl.col("moyenne_avant")
    general = (mouvement * n).sum().over(CLE) / n.sum().over(CLE)
    unites = unites.with_columns(ecart_apres=pl.col("ecart_avant") + mouvement - general)
    variances = {
        f"variance_{quand}": _weighted_variance(pl.col(f"ecart_{quand}"), n)
        for quand in ("avant", "apres")
    }
    return unites.with_columns(**variances).sort(_UNITE)


def _weighted_variance(valeur: pl.Expr, effectif: pl.Expr) -> pl.Expr:
    poids = pl.when(valeur.is_not_null()).then(effectif)
    total = poids.sum().over(CLE)
    moyenne = (poids * valeur).sum().over(CLE) / total
    variance = (poids * (valeur - moyenne) ** 2).sum().over(CLE) / total
    return pl.when(total > 0).then(variance)


def count_inversions(simulees: pl.DataFrame) -> pl.DataFrame:
    """Count the pairs of candidates of an épreuve whose order is strictly inverted, per unit.

    Parameters
    ----------
    simulees
        `CLE`, unite, note, note_simulee.

    Returns
    -------
    pl.DataFrame
        `CLE`, unite, rangs_inverses: pairs with at least one candidate of the unit.
    """
    resultats: list[pl.DataFrame] = []
    groupes = simulees.group_by([*_UNITE, "note", "note_simulee"]).agg(nb=pl.len())
    for epreuve in groupes.sort(_UNITE).partition_by(CLE):
        avant, apres = (epreuve[c].to_numpy() for c in ("note", "note_simulee"))
        nb, unite = epreuve["nb"].to_numpy(), epreuve["unite"].rank("dense").to_numpy()
        par_groupe, internes = np.zeros(len(nb)), np.zeros(len(nb))
        for lot in np.array_split(np.arange(len(nb)), len(nb) // 512 + 1):
            baisse = (avant[lot, None] < avant) & (apres[lot, None] > apres)
            hausse = (avant[lot, None] > avant) & (apres[lot, None] < apres)
            inverses = baisse | hausse
            par_groupe[lot] = nb[lot] * (inverses @ nb)
            internes[lot] = nb[lot] * ((inverses & (unite[lot, None] == unite)) @ nb)
        resultats.append(
            epreuve.select(_UNITE).with_columns(paires=pl.Series(par_groupe - internes / 2))
        )
    if not resultats:
        return simulees.select(_UNITE).unique().with_columns(rangs_inverses=pl.lit(0, pl.Int64))
    return (
        pl.concat(resultats)
        .group_by(_UNITE)
        .agg(rangs_inverses=pl.col("paires").sum().round().cast(pl.Int64))
    )
