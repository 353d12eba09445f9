"""What the charts of the report show, as frames; nothing is drawn here."""

import math
from collections.abc import Sequence

import numpy as np
import polars as pl

from perequation.harmonisation.ecarts.durable import estimate_long_run
from perequation.harmonisation.ecarts.motifs import EFFECTIF_MASQUE
from perequation.harmonisation.ecarts.trames import CLE

#: Below this size a distribution is shown as cumulative steps.
EFFECTIF_HISTOGRAMME = 30
#: Share of a unit's candidates without an anchor from which its gap is told with a caveat.
PART_SANS_ANCRE_NOTABLE = 0.2
#: Least distance between two names of a funnel, as a share of its height.
_ECART_ETIQUETTES = 0.045


def frame_funnel(ecarts: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the funnel (entonnoir) of one analysis: points and control limits.

    Parameters
    ----------
    ecarts
        Rows of ``marts.ecart`` for one épreuve, stage and type of unit.

    Returns
    -------
    tuple of pl.DataFrame
        Points: unite, n_ancre (x), ecart_ajuste (y, points out of 20), signal; for those signalled
        etiquette (height of the name, so that no two overlap) and etiquette_a_gauche (on which
        side there is room). Limits: n, bas_2, haut_2, bas_3, haut_3 = ± k s
        sqrt(1/n - 1/N); empty when s is unknown.

    Notes
    -----
    Spiegelhalter (2005), *Funnel plots for comparing institutional performance*.
    """
    points = ecarts.filter(pl.col("ecart_ajuste").is_not_null()).select(
        "unite", "n", "n_ancre", "ecart_ajuste", "ecart_retenu", "signal"
    )
    mesurees = ecarts.filter(pl.col("erreur_type").is_not_null())
    if mesurees.is_empty():
        colonnes = ["n", "bas_2", "haut_2", "bas_3", "haut_3"]
        empties = pl.DataFrame(schema=[(colonne, pl.Float64) for colonne in colonnes])
        return _place_names(points, empties), empties
    premiere = mesurees.row(0, named=True)
    maximum = max(int(points["n_ancre"].to_numpy().max()), EFFECTIF_MASQUE + 1)
    n = np.unique(np.geomspace(EFFECTIF_MASQUE, maximum, 60).round())
    sigma = premiere["ecart_type_residuel"] * np.sqrt(1 / n - 1 / premiere["nb_candidats"])
    limites = pl.DataFrame(
        {"n": n, "bas_2": -2 * sigma, "haut_2": 2 * sigma, "bas_3": -3 * sigma, "haut_3": 3 * sigma}
    )
    return _place_names(points, limites), limites


def spread_apart(
    heights: Sequence[float], step: float, low: float = -math.inf, high: float = math.inf
) -> list[float]:
    """Return the heights closest to those given that keep each at least a step from the next.

    Parameters
    ----------
    heights
        In ascending order.
    step
        Least distance between two.
    low, high
        Where they stay; when they don't all fit, the first is at `low`.

    Notes
    -----
    Isotonic regression of what is left once each rank has its step, by pooling adjacent violators.
    """
    pools: list[tuple[float, int]] = []
    for rank, height in enumerate(heights):
        pools.append((height - rank * step, 1))
        while len(pools) > 1 and pools[-2][0] * pools[-1][1] >= pools[-1][0] * pools[-2][1]:
            total, count = pools.pop()
            pools[-1] = (pools[-1][0] + total, pools[-1][1] + count)
    flat = [total / count for total, count in pools for _ in range(count)]
    last = high - step * max(len(flat) - 1, 0)
    return [max(low, min(last, place)) + rank * step for rank, place in enumerate(flat)]


def _place_names(points: pl.DataFrame, limites: pl.DataFrame) -> pl.DataFrame:
    """Spread the names of signalled points: the closest heights that keep them apart."""
    dessinees = np.concatenate(
        [points["ecart_ajuste"].to_numpy(), *(limites[c].to_numpy() for c in ("bas_3", "haut_3"))]
    )
    pas = _ECART_ETIQUETTES * float(np.ptp(dessinees)) if dessinees.size else 0.0
    nommees = points.filter(pl.col("signal") == "signale").sort("ecart_ajuste", "unite")
    hauteurs = spread_apart(nommees["ecart_ajuste"].to_list(), pas)
    milieu = (pl.col("n_ancre").min() + pl.col("n_ancre").max()) / 2
    places = nommees.select("unite", etiquette=pl.Series(hauteurs, dtype=pl.Float64))
    return points.with_columns(etiquette_a_gauche=pl.col("n_ancre") > milieu).join(
        places, on="unite", how="left", maintain_order="left"
    )


def frame_caterpillar(ecarts: pl.DataFrame) -> pl.DataFrame:
    """Return the caterpillar (chenille): shrunken gaps and intervals, sorted by code, never by gap.

    Returns
    -------
    pl.DataFrame
        unite, n, ecart_retenu, ic_bas, ic_haut, signal, alerte_ecart (points out of 20).
    """
    return (
        ecarts.filter(pl.col("ecart_retenu").is_not_null())
        .select("unite", "n", "ecart_retenu", "ic_bas", "ic_haut", "signal", "alerte_ecart")
        .sort("unite")
    )


def frame_distribution(distribution: pl.DataFrame, unite: str) -> pl.DataFrame:
    """Return the distribution of one unit's marks against the rest of its épreuve.

    Parameters
    ----------
    distribution
        Rows of ``intermediate.harmonisation_distribution`` for one épreuve, stage and type.
    unite
        The unit; the caller does not ask for units too small to be shown.

    Returns
    -------
    pl.DataFrame
        groupe (``unite`` or ``reste``), demi_point (0, 0.5 … 20), n, part (of the group),
        part_cumulee, est_histogramme (false below 30 marks: show part_cumulee).
    """
    grille = pl.DataFrame({"demi_point": np.arange(0, 20.5, 0.5)}).join(
        pl.DataFrame({"groupe": ["unite", "reste"]}), how="cross"
    )
    groupe = pl.when(pl.col("unite") == unite).then(pl.lit("unite")).otherwise(pl.lit("reste"))
    comptes = distribution.group_by(
        groupe.alias("groupe"), pl.col("demi_point").cast(pl.Float64)
    ).agg(pl.col("n").sum())
    total = pl.col("n").sum().over("groupe")
    return (
        grille.join(comptes, on=["groupe", "demi_point"], how="left")
        .with_columns(pl.col("n").fill_null(0))
        .sort("groupe", "demi_point", descending=[True, False])
        .with_columns(
            part=pl.when(total > 0).then(pl.col("n") / total),
            part_cumulee=pl.when(total > 0).then(pl.col("n").cum_sum().over("groupe") / total),
            est_histogramme=total >= EFFECTIF_HISTOGRAMME,
        )
    )


def frame_anchors(ecarts: pl.DataFrame) -> pl.DataFrame:
    """Return CCF against ponctuel: the gap is the distance to the line of slope λ̂.

    Returns
    -------
    pl.DataFrame
        unite, n_ancre, ecart_ancres (x), ecart_brut_ancre (y), ecart_attendu (λ̂ x, null when λ̂
        is unknown), ecart_ajuste, signal. Points out of 20.
    """
    return (
        ecarts.filter(pl.col("ecart_ancres").is_not_null())
        .select(
            "unite",
            "n_ancre",
            "ecart_ancres",
            "ecart_brut_ancre",
            "ecart_ajuste",
            "signal",
            ecart_attendu=pl.col("lambda_ancres") * pl.col("ecart_ancres"),
        )
        .sort("unite")
    )


def summarise_analyses(ecarts: pl.DataFrame) -> pl.DataFrame:
    """Return the first page: per analysis, what is to be discussed and what is not.

    Returns
    -------
    pl.DataFrame
        `CLE`, nb_unites_total, nb_signalables (units that could be signalled), nb_signales,
        nb_a_surveiller, faux_signaux_attendus (Σ(1 - P) over signalled units: what to expect if
        the assumptions hold), faux_bas and faux_haut (between which they are 19 times in 20, or more
        often where units make several groups), unites_signalees (list, sorted by code),
        unites_reservees (those of them whose gap depends on λ or on one anchor, or of whose
        candidates more than one in five has no anchor), lambda_ancres, erreur_type_lambda,
        lambda_origine,
        fiabilite_ancres, nb_ancres, effet_commission, commission_connue,
        part_deux_ancres_total, icc, alerte_ecart, motif_analyse (the reason,
        when no unit could be judged).
    """
    signale = pl.col("signal") == "signale"
    decrits = [
        "lambda_ancres",
        "erreur_type_lambda",
        "lambda_origine",
        "fiabilite_ancres",
        "nb_ancres",
        "effet_commission",
        "commission_connue",
        "part_deux_ancres_total",
        "icc",
        "alerte_ecart",
    ]
    reservee = (
        pl.col("fragile").fill_null(value=False)
        | pl.col("ancre_influente").is_not_null()
        | (pl.col("part_sans_ancre") > PART_SANS_ANCRE_NOTABLE).fill_null(value=False)
    )
    premiere = pl.struct("composante", "signal").is_first_distinct()
    propre = ~pl.col("motif_code").is_in(["effectif_masque", "effectif_faible", "unite_sans_ancre"])
    return (
        ecarts.sort(*CLE, "composante", "unite", nulls_last=True)
        .group_by(CLE, maintain_order=True)
        .agg(
            nb_unites_total=pl.len(),
            nb_signalables=(pl.col("signal") != "indisponible").sum(),
            nb_signales=signale.sum(),
            nb_a_surveiller=(pl.col("signal") == "a_surveiller").sum(),
            faux_signaux_attendus=(1 - pl.col("probabilite_materielle")).filter(signale).sum(),
            **{c: pl.col(c).filter(signale & premiere).sum() for c in ("faux_bas", "faux_haut")},
            unites_signalees=pl.col("unite").filter(signale),
            unites_reservees=pl.col("unite").filter(signale & reservee),
            **{c: pl.col(c).drop_nulls().first() for c in decrits},
            motif_analyse=pl.col("motif_indisponible").filter(propre).drop_nulls().first(),
            motif_unite=pl.col("motif_indisponible").drop_nulls().first(),
        )
        .with_columns(
            motif_analyse=pl.when(pl.col("nb_signalables") == 0).then(
                pl.coalesce("motif_analyse", "motif_unite")
            )
        )
        .drop("motif_unite")
    )


def compare_sessions(ecarts: pl.DataFrame, anterieurs: pl.DataFrame) -> pl.DataFrame:
    """Put beside each unit its gaps in earlier sessions: the best evidence of persistence.

    Parameters
    ----------
    ecarts
        Rows of ``marts.ecart`` of this session.
    anterieurs
        Rows of ``marts.ecart`` of earlier sessions, same épreuve codes (an exam reform renumbers
        them: the caller maps codes first).

    Returns
    -------
    pl.DataFrame
        specialite, epreuve, etape, type_unite, unite, session_anterieure, n_anterieur,
        ecart_anterieur, ic_bas_anterieur, ic_haut_anterieur, signal_anterieur, meme_sens (the
        shrunken gaps have the same sign), and what lasts over all these sessions and this one
        (`estimate_long_run`: nb_sessions, ecart_durable and its interval, ecart_type_sessions;
        null when it can't be told). One row per unit and earlier session that has a gap.
    """
    key = ["specialite", "epreuve", "etape", "type_unite", "unite"]
    passes = anterieurs.filter(pl.col("ecart_retenu").is_not_null()).select(
        *key,
        session_anterieure="session",
        n_anterieur="n",
        ecart_anterieur="ecart_retenu",
        ic_bas_anterieur="ic_bas",
        ic_haut_anterieur="ic_haut",
        signal_anterieur="signal",
    )
    meme_sens = pl.col("ecart_retenu") * pl.col("ecart_anterieur") > 0
    mesures = ["session", *key, "ecart_ajuste", "erreur_type"]
    toutes = pl.concat([ecarts.select(mesures), anterieurs.select(mesures)], how="vertical_relaxed")
    return (
        ecarts.select(*key, "ecart_retenu")
        .join(passes, on=key)
        .join(estimate_long_run(toutes), on=key, how="left")
        .with_columns(meme_sens=meme_sens)
        .drop("ecart_retenu")
        .sort(*key, "session_anterieure")
    )
