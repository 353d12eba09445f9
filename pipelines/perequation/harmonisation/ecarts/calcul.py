"""The method from sums to the table `marts.ecart`: reads like the page it follows."""

import numpy as np
import polars as pl

from perequation.harmonisation.ecarts.analyse import (
    choose_units,
    explain_analyses,
    number_analyses,
    reason_of_unit,
    sum_commissions,
)
from perequation.harmonisation.ecarts.ancres import (
    count_anchors,
    list_expected_anchors,
    multiply_within_units,
)
from perequation.harmonisation.ecarts.chargement import choose_loadings
from perequation.harmonisation.ecarts.connexite import find_components
from perequation.harmonisation.ecarts.dispersion import compare_spread
from perequation.harmonisation.ecarts.ecarts import (
    compute_gaps,
    design_effects,
    find_fragile,
    slope_within_units,
    standard_error,
)
from perequation.harmonisation.ecarts.influence import INFLUENCE_NOTABLE, leave_one_anchor_out
from perequation.harmonisation.ecarts.mise_en_commun import choose_variances
from perequation.harmonisation.ecarts.motifs import (
    EFFECTIF_MASQUE,
    EFFECTIF_SIGNAL,
    Motif,
    label_reason,
)
from perequation.harmonisation.ecarts.retrecissement import shrink_gaps
from perequation.harmonisation.ecarts.signaux import (
    material_probability,
    minimum_effect_q,
    name_signal,
)
from perequation.harmonisation.ecarts.sortie import COLONNES, DESCRIPTIVES, MASQUEES
from perequation.harmonisation.ecarts.trames import CLE, Trames

_UNITE = ["analyse", "unite"]


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
    trames = trames.sort()
    commissions = number_analyses(choose_units(trames.unites), find_components(trames.liens))
    commissions = commissions.sort(*_UNITE, "commission")
    unites = sum_commissions(commissions)
    numeros = unites.select(*_UNITE, *CLE)
    ancres = trames.unites_ancres.join(numeros, on=[*CLE, "unite"])
    paires = trames.paires.join(numeros, on=[*CLE, "unite"])
    produits = multiply_within_units(ancres, paires).join(numeros, on=[*CLE, "unite"])
    produits = produits.sort(*_UNITE, "ancre", "ancre_b")
    analyses = explain_analyses(
        unites,
        count_anchors(ancres, ["analyse"]),
        list_expected_anchors(unites, trames.ancres_declarees),
    )
    ecarts = _estimate_gaps(unites, commissions, analyses, produits)
    ecarts = _judge(ecarts, trames.alerte_ecart)
    diagnostics = [compare_spread(unites), leave_one_anchor_out(ecarts, ancres, produits)]
    return _present(unites, analyses, ecarts, diagnostics, trames)


def _estimate_gaps(
    unites: pl.DataFrame, commissions: pl.DataFrame, analyses: pl.DataFrame, produits: pl.DataFrame
) -> pl.DataFrame:
    """Take steps 2 and 3 on the analyses that have anchors: λ, gaps, standard errors."""
    possibles = analyses.filter(
        pl.col("motif_analyse").is_null() | (pl.col("motif_analyse") == str(Motif.UNE_SEULE_ANCRE))
    )
    plurielles = analyses.filter(pl.col("nb_ancres") >= 2).select("analyse")
    lambdas = choose_loadings(produits.join(plurielles, on="analyse"), ["analyse"])
    utiles = (
        unites.filter(pl.col("n_ancre") > 0)
        .join(
            possibles.select("analyse", "nb_ancres", "nb_unites_comparables", "motif_analyse"),
            on="analyse",
        )
        .join(lambdas, on="analyse", how="left")
        .join(slope_within_units(unites), on="analyse", how="left")
    )
    ecarts = compute_gaps(utiles.sort(_UNITE))
    connus = ecarts.filter(pl.col("ecart_ajuste").is_not_null())
    return (
        ecarts.join(design_effects(commissions, connus), on="analyse", how="left")
        .with_columns(erreur_type=standard_error(), fragile=find_fragile())
        .sort(_UNITE)
    )


def _judge(ecarts: pl.DataFrame, alerte: float) -> pl.DataFrame:
    """Take steps 4 to 6: τ², shrinkage, probability of a material gap, q-values."""
    mesures = ecarts.filter(pl.col("erreur_type") > 0)
    variances = choose_variances(mesures)
    mesures = mesures.join(variances, on="analyse").sort(_UNITE)
    juges = [_judge_analysis(analyse, alerte) for analyse in mesures.partition_by("analyse")] or [
        _judge_nothing(mesures)
    ]
    resultat = ecarts.join(variances, on="analyse", how="left")
    return resultat.join(pl.concat(juges), on=_UNITE, how="left")


def _judge_analysis(analyse: pl.DataFrame, alerte: float) -> pl.DataFrame:
    gaps, erreurs = (analyse[c].to_numpy() for c in ("ecart_ajuste", "erreur_type"))
    tau2, nb_unites = analyse["tau2"][0], analyse["tau2_nb_unites"][0]
    retrecis = shrink_gaps(gaps, erreurs**2, tau2, nb_unites)
    est_signalable = analyse["n_ancre"].to_numpy() >= EFFECTIF_SIGNAL
    q_valeur = np.full(len(gaps), np.nan)
    q_valeur[est_signalable] = minimum_effect_q(
        gaps[est_signalable], erreurs[est_signalable], alerte
    )
    return analyse.select(_UNITE).with_columns(
        ecart_retenu=pl.Series(retrecis.ecart),
        ecart_type_retenu=pl.Series(retrecis.ecart_type),
        probabilite_materielle=pl.Series(material_probability(*retrecis, alerte)),
        q_valeur=pl.Series(q_valeur).fill_nan(None),
    )


def _judge_nothing(mesures: pl.DataFrame) -> pl.DataFrame:
    vide = pl.lit(None, pl.Float64)
    colonnes = ("ecart_retenu", "ecart_type_retenu", "probabilite_materielle", "q_valeur")
    return mesures.clear().select(*_UNITE, **dict.fromkeys(colonnes, vide))


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
    seuil = max(EFFECTIF_MASQUE, trames.effectif_minimal)
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
            ic_bas=pl.col("ecart_retenu") - 1.96 * pl.col("ecart_type_retenu"),
            ic_haut=pl.col("ecart_retenu") + 1.96 * pl.col("ecart_type_retenu"),
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
    return _mask(lignes, seuil).select(COLONNES).sort(*CLE, "unite")


def _reason_after_estimation() -> pl.Expr:
    """Add the reasons only the estimation can tell, analysis by analysis."""
    par = "analyse"
    sans_lambda = pl.col("lambda_ancres").is_null().all().over(par)
    sans_s = pl.col("ecart_type_residuel").is_null().all().over(par)
    sans_tau2 = pl.col("tau2").is_null().all().over(par)
    return pl.coalesce(
        "motif_analyse",
        pl.when(sans_lambda).then(pl.lit(str(Motif.LAMBDA_INDETERMINE))),
        pl.when(sans_s).then(pl.lit(str(Motif.SANS_DISPERSION))),
        pl.when(sans_tau2).then(pl.lit(str(Motif.VARIANCE_INDETERMINEE))),
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
