"""The method from sums to the table `marts.ecart`: reads like the page it follows."""

from typing import NamedTuple

import polars as pl

from perequation.harmonisation.ecarts.academies import compare_academies, place_units
from perequation.harmonisation.ecarts.analyse import (
    choose_units,
    explain_analyses,
    number_analyses,
    reason_of_unit,
    sum_commissions,
)
from perequation.harmonisation.ecarts.ancres import (
    count_anchors,
    find_contradictions,
    list_expected_anchors,
    multiply_within_units,
)
from perequation.harmonisation.ecarts.chargement import choose_loadings
from perequation.harmonisation.ecarts.connexite import find_components
from perequation.harmonisation.ecarts.courbure import fit_curve
from perequation.harmonisation.ecarts.desaccord import measure_disagreement, weigh_anchors
from perequation.harmonisation.ecarts.dispersion import compare_spread
from perequation.harmonisation.ecarts.ecarts import (
    compute_gaps,
    design_effects,
    find_fragile,
    follow_curve,
    slope_within_units,
    standard_error,
)
from perequation.harmonisation.ecarts.influence import INFLUENCE_NOTABLE, leave_one_anchor_out
from perequation.harmonisation.ecarts.motifs import EFFECTIF_MASQUE, Motif, label_reason
from perequation.harmonisation.ecarts.precision import measure_precision, spread_of_commissions
from perequation.harmonisation.ecarts.signaux import JUGEMENT, judge_gaps, name_signal
from perequation.harmonisation.ecarts.sortie import COLONNES, DESCRIPTIVES, MASQUEES
from perequation.harmonisation.ecarts.trames import CLE, Trames

_UNITE = ["analyse", "unite"]


class _Sommes(NamedTuple):
    """Sums of the analyses, numbered: per commission, anchor, pair of anchors; products of λ."""

    commissions: pl.DataFrame
    ancres: pl.DataFrame
    paires: pl.DataFrame
    produits: pl.DataFrame


def compute_ecarts(trames: Trames) -> pl.DataFrame:
    """Compute the gaps between units, their uncertainty and their signals.

    gap = (raw gap) - λ (gap of the same candidates on the anchors), shrunken towards zero by how
    much of the gaps' variation is sampling error. Method: Morris 1983, Paule & Mandel 1982,
    errors-in-variables loading; sources in each module.

    Parameters
    ----------
    trames
        Sums per unit; see `Trames`.

    Returns
    -------
    pl.DataFrame
        One row per session, specialite, epreuve, etape, type_unite and unite, sorted, with the
        columns of `sortie.COLONNES`: gaps, errors and means in points out of 20, null (never NaN)
        where nothing can be said, ``motif_indisponible`` then telling why.
    """
    # One after the other: the texts are not kept while numbers are sorted.
    trames = trames.enumerate()
    trames = trames.sort()
    commissions = number_analyses(choose_units(trames.unites), find_components(trames.liens))
    commissions = commissions.sort(*_UNITE, "commission")
    unites = sum_commissions(commissions)
    numeros = unites.select(*_UNITE, *CLE)
    ancres = trames.unites_ancres.join(numeros, on=[*CLE, "unite"])
    paires = trames.paires.join(numeros, on=[*CLE, "unite"])
    produits = multiply_within_units(ancres, paires).sort(*_UNITE, "ancre", "ancre_b")
    analyses = explain_analyses(
        unites,
        count_anchors(ancres, ["analyse"]),
        list_expected_anchors(unites, trames.ancres_declarees),
    )
    sommes = _Sommes(commissions, ancres, paires, produits)
    ecarts = _estimate_gaps(unites, analyses, sommes)
    ecarts = _judge(ecarts, trames)
    diagnostics = [compare_spread(unites), leave_one_anchor_out(ecarts, ancres, produits)]
    return _present(unites, analyses, ecarts, diagnostics, trames)


def _estimate_gaps(unites: pl.DataFrame, analyses: pl.DataFrame, sommes: _Sommes) -> pl.DataFrame:
    """Take steps 2 and 3 on the analyses that have anchors: λ, gaps, standard errors."""
    possibles = analyses.filter(
        pl.col("motif_analyse").is_null() | (pl.col("motif_analyse") == str(Motif.UNE_SEULE_ANCRE))
    )
    plurielles = analyses.filter(pl.col("nb_ancres") >= 2).select("analyse")
    produits = sommes.produits.join(plurielles, on="analyse")
    contraires = find_contradictions(produits)
    lambdas = choose_loadings(produits.join(contraires, on="analyse", how="anti"), ["analyse"])
    utiles = (
        unites.filter(pl.col("n_ancre") > 0)
        .join(
            possibles.select("analyse", "nb_ancres", "nb_unites_comparables", "motif_analyse"),
            on="analyse",
        )
        .join(lambdas, on="analyse", how="left")
        .join(slope_within_units(unites), on="analyse", how="left")
        .join(contraires, on="analyse", how="left")
    )
    ecarts = compute_gaps(utiles.sort(_UNITE))
    connus = ecarts.filter(pl.col("ecart_ajuste").is_not_null())
    ecarts = (
        ecarts.join(measure_precision(sommes.commissions, lambdas), on=_UNITE, how="left")
        .join(measure_disagreement(sommes.paires, connus), on="analyse", how="left")
        .join(weigh_anchors(sommes.ancres), on=_UNITE, how="left")
        .join(fit_curve(connus), on=_UNITE, how="left")
        .with_columns(follow_curve())
    )
    connus = ecarts.filter(pl.col("ecart_ajuste").is_not_null())
    return (
        ecarts.join(design_effects(sommes.commissions, connus), on="analyse", how="left")
        .join(spread_of_commissions(sommes.commissions, ecarts), on=_UNITE, how="left")
        .with_columns(erreur_type=standard_error(), fragile=find_fragile())
        .sort(_UNITE)
    )


def _judge(ecarts: pl.DataFrame, trames: Trames) -> pl.DataFrame:
    """Take steps 4 to 6: spread between units, shrinkage, probability of a material gap.

    Units too small to be shown are left out: what is concluded follows from what is shown.
    """
    montrees = pl.col("n_ancre") >= _smallest_shown(trames)
    mesures = ecarts.filter((pl.col("erreur_type") > 0) & montrees)
    jugements = judge_gaps(
        mesures.filter(pl.len().over("analyse") > 1), trames.alerte_ecart, ["analyse"]
    ).select(*_UNITE, *JUGEMENT)
    academies = place_units(trames.academies)
    places = mesures.join(academies, on=[*CLE, "unite"], how="left")
    return ecarts.join(jugements, on=_UNITE, how="left").join(
        compare_academies(places), on="analyse", how="left"
    )


def _smallest_shown(trames: Trames) -> int:
    return max(EFFECTIF_MASQUE, trames.effectif_minimal)


def _present(
    unites: pl.DataFrame,
    analyses: pl.DataFrame,
    ecarts: pl.DataFrame,
    diagnostics: list[pl.DataFrame],
    trames: Trames,
) -> pl.DataFrame:
    """Take step 7: put back every unit, say what is missing and why, mask the small ones."""
    nouvelles = [c for c in ecarts.columns if c not in unites.columns or c in _UNITE]
    propres = [c for c in nouvelles if c not in analyses.columns or c in _UNITE]
    lignes = unites.join(analyses.drop("composante", *CLE), on="analyse").join(
        ecarts.select(propres), on=_UNITE, how="left"
    )
    for diagnostic in diagnostics:
        lignes = lignes.join(diagnostic, on=_UNITE, how="left")
    lignes = lignes.sort(_UNITE)
    seuil = _smallest_shown(trames)
    par = "analyse"
    effectif = pl.col("n").sum().over(par)
    lignes = (
        lignes.with_columns(
            moyenne=pl.col("y") / pl.col("n"),
            ecart_brut=pl.col("y") / pl.col("n") - pl.col("y").sum().over(par) / effectif,
            part_vingt=pl.col("nb_vingt") / pl.col("n"),
            part_sans_ancre=1 - pl.col("n_ancre") / pl.col("n"),
            part_deux_ancres=pl.col("n_deux_ancres") / pl.col("n"),
            part_deux_ancres_total=pl.col("n_deux_ancres").sum().over(par) / effectif,
            fiabilite_ancres=pl.when(pl.col("lambda_ancres") > 0).then(
                pl.col("b_w") / pl.col("lambda_ancres")
            ),
            icc=pl.col("tau2") / (pl.col("tau2") + pl.col("ecart_type_residuel") ** 2),
            erreur_type_lambda=pl.col("v_lambda").sqrt(),
            ancre_influente=pl.when(pl.col("delta_ancre_max") > INFLUENCE_NOTABLE).then(
                "ancre_influente"
            ),
            alerte_ecart=pl.lit(trames.alerte_ecart),
        )
        .with_columns(motif_analyse=_reason_after_estimation())
        .with_columns(motif_code=reason_of_unit(seuil))
    )
    presentees = _mask(lignes, seuil).select(COLONNES).sort(*CLE, "unite")
    return presentees.with_columns(pl.selectors.enum().cast(pl.String))


def _reason_after_estimation() -> pl.Expr:
    """Add the reasons only the estimation can tell, analysis by analysis."""
    par = "analyse"
    sans_lambda = pl.col("lambda_ancres").is_null().all().over(par)
    sans_s = pl.col("ecart_type_residuel").is_null().all().over(par)
    return pl.coalesce(
        "motif_analyse",
        pl.col("motif_ancres").drop_nulls().first().over(par),
        pl.when(sans_lambda).then(pl.lit(str(Motif.LAMBDA_INDETERMINE))),
        pl.when(sans_s).then(pl.lit(str(Motif.SANS_DISPERSION))),
        pl.when(pl.col("suit_academie").any().over(par)).then(pl.lit(str(Motif.SUIT_ACADEMIE))),
    )


def _mask(lignes: pl.DataFrame, seuil: int) -> pl.DataFrame:
    """Blank masked units, and the adjusted figures of units with too few anchored candidates."""
    masque = pl.col("n") < seuil
    sans_ancre = pl.col("n_ancre") < seuil
    sans_s = pl.col("motif_code") == str(Motif.SANS_DISPERSION)
    est_signalable = pl.col("motif_code").is_null()
    lignes = lignes.with_columns(
        signal=pl.when(est_signalable).then(name_signal()).otherwise(pl.lit("indisponible")),
        motif_indisponible=label_reason(pl.col("motif_code")),
    )
    efface = dict.fromkeys(MASQUEES, masque | sans_ancre | sans_s)
    efface |= dict.fromkeys(DESCRIPTIVES, masque)
    return lignes.with_columns(
        **{c: pl.when(~condition.fill_null(value=False)).then(c) for c, condition in efface.items()}
    ).with_columns(pl.selectors.float().fill_nan(None))
