"""Agreement with independent implementations, on the same data."""

import warnings

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats
from statistiques.generation import Plan, read_frames, simulate_sessions
from statsmodels.regression.mixed_linear_model import MixedLM
from statsmodels.stats.meta_analysis import combine_effects

from perequation.harmonisation import compute_ecarts
from perequation.harmonisation.ecarts import compute_gaps, standard_error
from perequation.harmonisation.retrecissement import shrink_gaps
from perequation.harmonisation.signaux import material_probability
from perequation.harmonisation.variance import Vector, paule_mandel


@settings(max_examples=60, deadline=None)
@given(
    graine=st.integers(0, 10_000),
    taille=st.integers(4, 60),
    tau=st.floats(0.0, 2.0),
)
def test_tau2_is_the_paule_mandel_of_statsmodels(graine: int, taille: int, tau: float) -> None:
    rng = np.random.default_rng(graine)
    variances = rng.uniform(0.02, 2.0, taille)
    ecarts = rng.normal(0, np.sqrt(tau**2 + variances))
    attendu = combine_effects(ecarts, variances, method_re="pm", atol=1e-11, maxiter=500).tau2
    # Its Newton step may land 1e-16 past the root, which it then takes for « no root »: 0.
    homogenes = Q(ecarts, variances) <= taille - 1
    assume(attendu > 0 or homogenes)
    assert paule_mandel([(ecarts, variances)]) == pytest.approx(attendu, abs=1e-8)


def Q(ecarts: Vector, variances: Vector) -> float:  # noqa: N802
    centre = np.average(ecarts, weights=1 / variances)
    return float(((ecarts - centre) ** 2 / variances).sum())


def test_tau2_of_two_analyses_solves_their_common_equation() -> None:
    rng = np.random.default_rng(4)
    groupes = [(rng.normal(m, 1.2, n), rng.uniform(0.1, 0.6, n)) for m, n in ((0, 7), (3, 9))]
    tau2 = paule_mandel(groupes)
    excess = sum(Q(ecarts, variances + tau2) for ecarts, variances in groupes)
    assert tau2 > 0
    assert excess == pytest.approx(7 + 9 - 2, abs=1e-8)


def _two_anchors(graine: int = 12) -> tuple[pl.DataFrame, pd.DataFrame]:
    """Return the gaps of a session with two anchors and complete data, and its wide table."""
    simulees = simulate_sessions(Plan(ancres=("E1", "E3"), part_manquante=0.0), graine)
    ecarts = compute_ecarts(read_frames(simulees)).filter(epreuve="E4")
    large = simulees.notes.pivot("epreuve", index="numero_candidat", values="note")
    unites = simulees.candidats.select("numero_candidat", "uai")
    large = large.join(unites, on="numero_candidat").to_pandas()
    large["A"] = (large[["E1", "E3"]] - large[["E1", "E3"]].mean()).mean(axis=1)
    return ecarts, large


def test_loading_is_the_mean_of_the_two_instrumental_variable_estimates() -> None:
    from linearmodels.iv import IV2SLS

    ecarts, large = _two_anchors()
    notes = ["E4", "E1", "E3"]
    # Within-unit deviations: the estimates compare candidates of one establishment only.
    dans = large[notes] - large.groupby("uai")[notes].transform("mean")
    estimations = [
        IV2SLS(dans["E4"], None, dans[[ancre]], dans[[instrument]]).fit().params.iloc[0]
        for ancre, instrument in (("E1", "E3"), ("E3", "E1"))
    ]
    assert ecarts["lambda"][0] == pytest.approx(np.mean(estimations), abs=1e-10)
    assert ecarts["lambda"].n_unique() == 1


def _gaps_at(large: pd.DataFrame, pente: float) -> pl.DataFrame:
    """Return our gaps and errors with λ set to a given slope, known without error."""
    y, a = pl.col("E4"), pl.col("A")
    sommes = pl.from_pandas(large).group_by(unite="uai").agg(
        n_ancre=pl.len(), y_ancre=y.sum(), a_ancre=a.sum(),
        yy_ancre=(y**2).sum(), aa_ancre=(a**2).sum(), ya_ancre=(y * a).sum(),
    )  # fmt: skip
    connus = {"lambda": pente, "b_w": pente, "v_lambda": 0.0, "effet_commission": 1.0}
    sommes = sommes.with_columns(analyse=pl.lit(1), **{c: pl.lit(v) for c, v in connus.items()})
    return compute_gaps(sommes).with_columns(erreur=standard_error()).sort("unite")


def test_shrunken_gaps_are_the_blups_of_a_mixed_model_at_its_slope() -> None:
    """Ours differ by τ² (Paule–Mandel for REML), Morris's correction and the centre only."""
    correlations: list[float] = []
    for graine in range(12, 17):
        ecarts, large = _two_anchors(graine)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            modele = MixedLM.from_formula("E4 ~ A", groups="uai", data=large).fit()
        pente = float(modele.params["A"])
        lignes = _gaps_at(large, pente)
        effets = modele.random_effects
        blups = np.array([float(effets[unite].iloc[0]) for unite in lignes["unite"]])
        gaps, variances = lignes["ecart_ajuste"].to_numpy(), lignes["erreur"].to_numpy() ** 2
        retrecis = shrink_gaps(gaps, variances, paule_mandel([(gaps, variances)]), len(gaps))
        correlations.append(np.corrcoef(retrecis.ecart, blups)[0, 1])
        # With the model's own variance and centre nothing is left: gaps and errors are the same.
        tau2 = float(modele.cov_re.iloc[0, 0])
        centre = np.average(gaps, weights=1 / (variances + tau2))
        semblables = tau2 / (tau2 + variances) * (gaps - centre)
        assert np.corrcoef(semblables, blups)[0, 1] > 0.9999
        # The model's slope is attenuated by the noise of the anchors; λ̂ is not.
        assert ecarts["lambda"][0] > pente + 0.1
    assert np.median(correlations) > 0.999
    assert min(correlations) > 0.99


def test_material_probability_is_that_of_drawing_the_gap() -> None:
    tirages = np.random.default_rng(1).normal(0.7, 0.4, 400_000)
    attendu = (np.abs(tirages) > 0.5).mean()
    obtenu = material_probability(np.array([0.7]), np.array([0.4]), 0.5)[0]
    assert obtenu == pytest.approx(attendu, abs=0.003)


def test_every_figure_agrees_with_the_formulas_applied_to_candidates() -> None:
    """The page's formulas on the candidates themselves, unit by unit: no sums, no SQL."""
    plan = Plan(candidats=400, etablissements=14, part_manquante=0.2)
    simulees = simulate_sessions(plan, 3)
    ecarts = compute_ecarts(read_frames(simulees)).filter(epreuve="E4").sort("unite")
    notes = simulees.notes.to_pandas().pivot(
        index="numero_candidat", columns="epreuve", values="note"
    )
    table = notes.join(simulees.candidats.to_pandas().set_index("numero_candidat")["uai"])
    ancres = list(plan.ancres)
    table[ancres] -= table[ancres].mean()
    table["A"] = table[ancres].mean(axis=1)
    table = table.dropna(subset=["A"])

    def products(lot: pd.DataFrame, x: str, y: str) -> tuple[float, float]:
        communs = lot[[x, y]].dropna().to_numpy()
        centres = communs - communs.mean(axis=0)
        return float(centres[:, 0] @ centres[:, 1]), len(communs) - 1.0

    def loading(lot: pd.DataFrame) -> float:
        unites = [u for _, u in lot.groupby("uai")]
        haut = np.array([products(u, "E4", a) for u in unites for a in ancres]).sum(axis=0)
        paires = [(a, b) for k, a in enumerate(ancres) for b in ancres[k + 1 :]]
        bas = np.array([products(u, a, b) for u in unites for a, b in paires]).sum(axis=0)
        return (haut[0] / haut[1]) / (bas[0] / bas[1])

    lam = loading(table)
    noms = sorted(table["uai"].unique())
    repliques = np.array([loading(table[table["uai"] != nom]) for nom in noms])
    v_lambda = (len(noms) - 1) * repliques.var()
    table["r"] = table["E4"] - lam * table["A"]
    groupes = table.groupby("uai")
    n = groupes.size().to_numpy()
    gaps = (groupes["r"].mean() - table["r"].mean()).to_numpy()
    s2 = float(((table["r"] - groupes["r"].transform("mean")) ** 2).sum()) / (n.sum() - len(n))
    a_ecart = (groupes["A"].mean() - table["A"].mean()).to_numpy()
    erreurs = np.sqrt(s2 * (1 / n - 1 / n.sum()) + a_ecart**2 * v_lambda)

    assert ecarts["unite"].to_list() == noms
    visibles = np.flatnonzero(ecarts["ecart_ajuste"].is_not_null().to_numpy())
    assert len(visibles) >= 10
    assert ecarts["lambda"][0] == pytest.approx(lam, abs=1e-10)
    assert ecarts["v_lambda"][0] == pytest.approx(v_lambda, abs=1e-10)
    for colonne, attendus in (("ecart_ajuste", gaps), ("erreur_type", erreurs)):
        np.testing.assert_allclose(
            ecarts[colonne].to_numpy()[visibles], attendus[visibles], atol=1e-10
        )
    p = stats.norm.sf((0.5 - ecarts["ecart_retenu"]) / ecarts["ecart_type_retenu"])
    p += stats.norm.cdf((-0.5 - ecarts["ecart_retenu"]) / ecarts["ecart_type_retenu"])
    np.testing.assert_allclose(
        ecarts["probabilite_materielle"].to_numpy()[visibles], p[visibles], atol=1e-12
    )
