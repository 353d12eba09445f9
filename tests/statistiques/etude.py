"""The simulation study of the method: what each estimator gets wrong when the truth is known."""

import polars as pl
from statistiques.generation import Plan, read_frames, simulate_sessions

from perequation.harmonisation import compute_ecarts

#: Estimators of a unit's gap, all from the same table.
ESTIMATEURS = {
    "brut": "ecart_brut",
    "régression sur la moyenne des ancres": "ecart_lambda_bas",
    "effets fixes des candidats": "ecart_lambda_un",
    "cette méthode, sans rétrécissement": "ecart_ajuste",
    "cette méthode": "ecart_retenu",
}


def run_study(plan: Plan, nombre: int, graine: int, alerte: float = 0.5) -> pl.DataFrame:
    """Return the gaps of `nombre` simulated sessions beside the truth, one row per unit."""
    lots: list[pl.DataFrame] = []
    for debut in range(0, nombre, 50):
        simulees = simulate_sessions(plan, graine + debut, min(50, nombre - debut))
        ecarts = compute_ecarts(read_frames(simulees, alerte))
        lots.append(
            ecarts.join(simulees.verite, on=["session", "type_unite", "unite"]).with_columns(
                session=pl.col("session") + debut
            )
        )
    return pl.concat(lots)


def compare_estimators(etude: pl.DataFrame, plan: Plan) -> pl.DataFrame:
    """Return RMSE, coverage of the 95 % interval and false gap per point of ability.

    Intervals: ic_bas, ic_haut for the shrunken gap; ± 1.96 standard errors for the unshrunken
    ones, ± 1.96 s/√n for the raw gap, s the within-unit standard deviation of marks.
    """
    mesurees = etude.filter(pl.col("ecart_retenu").is_not_null())
    lignes: list[pl.DataFrame] = []
    total = ((plan.charge * plan.niveau_dans) ** 2 + plan.bruit_oral**2) ** 0.5
    demi = {
        "ecart_brut": 1.96 * total * (1 / pl.col("n_ancre") - 1 / pl.col("nb_candidats")).sqrt(),
        "ecart_retenu": (pl.col("ic_haut") - pl.col("ic_bas")) / 2,
    }
    for nom, colonne in ESTIMATEURS.items():
        erreur = pl.col(colonne) - pl.col("effet")
        largeur = demi.get(colonne, 1.96 * pl.col("erreur_type"))
        niveau = pl.col("niveau") - pl.col("niveau").mean().over("session", "type_unite")
        lignes.append(
            mesurees.with_columns(niveau=niveau)
            .group_by("type_unite")
            .agg(
                estimateur=pl.lit(nom),
                rmse=(erreur**2).mean().sqrt(),
                couverture=(erreur.abs() <= largeur).mean(),
                faux_ecart_par_point=pl.cov(erreur, "niveau") / pl.col("niveau").var(),
                nb_unites=pl.len(),
            )
        )
    return pl.concat(lignes).sort("type_unite", maintain_order=True)


def judge_signals(etude: pl.DataFrame, alerte: float = 0.5) -> pl.DataFrame:
    """Return, per type of unit, how often units are signalled, rightly and wrongly.

    A signal is false when the true gap is not material (|effet| ≤ Δ) or of the other sign. Power
    is the share of the units whose true gap is material (more than Δ, 2 Δ, 4 Δ) that are rightly
    signalled; ``faux_attendus`` is what the reports say to expect of ``faux_parmi_signales``.
    """
    signale = pl.col("signal") == "signale"
    taille = pl.col("effet").abs()
    juste = (taille > alerte) & (pl.col("effet") * pl.col("ecart_retenu") > 0)
    return (
        etude.filter(pl.col("signal") != "indisponible")
        .group_by("type_unite")
        .agg(
            nb_unites=pl.len(),
            part_signalee=signale.mean(),
            part_a_surveiller=(pl.col("signal") == "a_surveiller").mean(),
            **{
                f"puissance_{nom}": (signale & juste).filter(taille > fois * alerte).mean()
                for nom, fois in (("seuil", 1), ("double", 2), ("quadruple", 4))
            },
            faux_parmi_signales=(~juste).filter(signale).mean(),
            faux_attendus=(1 - pl.col("probabilite_materielle")).filter(signale).mean(),
            part_brute_au_dela_d_un_point=(pl.col("ecart_brut").abs() > 1).mean(),
            part_brute_au_dela_du_seuil=(pl.col("ecart_brut").abs() > alerte).mean(),
            fragile_signale=(signale & pl.col("fragile")).mean(),
        )
        .sort("type_unite")
    )
