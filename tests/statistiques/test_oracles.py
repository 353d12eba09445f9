"""Agreement with independent implementations, on the same data."""

import warnings
from dataclasses import dataclass

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
from perequation.harmonisation.ecarts.ecarts import compute_gaps, standard_error
from perequation.harmonisation.ecarts.retrecissement import shrink_gaps
from perequation.harmonisation.ecarts.signaux import material_probability
from perequation.harmonisation.ecarts.variance import Vector, paule_mandel


@settings(max_examples=60, deadline=None)
@given(graine=st.integers(0, 10_000), taille=st.integers(4, 60), tau=st.floats(0.0, 2.0))
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


def _two_anchors(
    graine: int = 12, *, candidats: int = 1334, etablissements: int = 35
) -> tuple[pl.DataFrame, pd.DataFrame]:
    """Return the gaps of a session with two anchors and complete data, and its wide table."""
    plan = Plan(candidats, etablissements, ancres=("E1", "E3"), part_manquante=0.0)
    simulees = simulate_sessions(plan, graine)
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
    assert ecarts["lambda_ancres"][0] == pytest.approx(np.mean(estimations), abs=1e-10)
    assert ecarts["lambda_ancres"].n_unique() == 1


def _gaps_at(large: pd.DataFrame, pente: float) -> pl.DataFrame:
    """Return our gaps and errors with λ set to a given slope, known without error."""
    y, a = pl.col("E4"), pl.col("A")
    sommes = (
        pl.from_pandas(large)
        .group_by(unite="uai")
        .agg(
            n_ancre=pl.len(),
            y_ancre=y.sum(),
            a_ancre=a.sum(),
            yy_ancre=(y**2).sum(),
            aa_ancre=(a**2).sum(),
            ya_ancre=(y * a).sum(),
        )
    )
    connus = {"lambda_ancres": pente, "b_w": pente, "v_lambda": 0.0, "effet_commission": 1.0}
    sommes = sommes.with_columns(analyse=pl.lit(1), **{c: pl.lit(v) for c, v in connus.items()})
    return compute_gaps(sommes).with_columns(erreur=standard_error()).sort("unite")


@dataclass(frozen=True)
class Mixte:
    """A random-intercept model E4 ~ A + (1 | establishment), fitted by REML, and our gaps at it.

    Gaps and their variances are ours, with λ set to the model's slope.
    """

    blups: Vector
    pente: float
    tau2: float
    sigma2: float
    gaps: Vector
    variances: Vector
    effectifs: Vector

    def centre(self, tau2: float, variances: Vector) -> float:
        """Return the generalised-least-squares mean of the gaps."""
        return float(np.average(self.gaps, weights=1 / (tau2 + variances)))


def _mixed_model(large: pd.DataFrame) -> Mixte:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        modele = MixedLM.from_formula("E4 ~ A", groups="uai", data=large).fit()
    pente = float(modele.params["A"])
    lignes = _gaps_at(large, pente)
    return Mixte(
        blups=np.array([float(modele.random_effects[u].iloc[0]) for u in lignes["unite"]]),
        pente=pente,
        tau2=float(modele.cov_re.iloc[0, 0]),
        sigma2=float(modele.scale),
        gaps=lignes["ecart_ajuste"].to_numpy(),
        variances=lignes["erreur"].to_numpy() ** 2,
        effectifs=lignes["n_ancre"].to_numpy().astype(float),
    )


def _correlation(x: Vector, y: Vector) -> float:
    return float(np.corrcoef(x, y)[0, 1])


#: Shrinkage without Morris's correction, which is a factor (J - 3) / (J - 1).
_SANS_CORRECTION = 10**12


@pytest.mark.parametrize("graine", range(12, 24))
def test_shrunken_gaps_are_the_blups_of_a_mixed_model_at_its_slope(graine: int) -> None:
    """The same gaps, shrunken with the model's own constants, are its BLUPs to rounding.

    Same λ (the model's slope), τ² (REML), σ² / n_j, centre (the model's intercept is the
    generalised-least-squares mean), and no correction for τ² being estimated. What stays ours,
    s² (1/n_j - 1/N) in the place of σ² / n_j, keeps the correlation above .9999.
    """
    ecarts, large = _two_anchors(graine)
    modele = _mixed_model(large)
    bruit = modele.sigma2 / modele.effectifs
    centres = modele.gaps - modele.centre(modele.tau2, bruit)
    memes = shrink_gaps(centres, bruit, modele.tau2, _SANS_CORRECTION)
    np.testing.assert_allclose(memes.ecart, modele.blups, atol=1e-9)
    centres = modele.gaps - modele.centre(modele.tau2, modele.variances)
    notres = shrink_gaps(centres, modele.variances, modele.tau2, _SANS_CORRECTION)
    assert _correlation(notres.ecart, modele.blups) > 0.9999
    # The model's slope is attenuated by the noise of the anchors; λ̂ is not.
    assert ecarts["lambda_ancres"][0] > modele.pente + 0.1


@pytest.mark.parametrize("graine", range(12, 24))
def test_what_is_not_the_mixed_model_s_is_each_known_and_small(graine: int) -> None:
    """The published gaps differ from BLUPs by three choices, taken one at a time here.

    τ² by Paule and Mandel, not REML; Morris's B*, which shrinks less since τ² is estimated, by
    up to 2 / (J - 1) when τ² is small; a centre that is the candidates' mean, not the units'
    precision-weighted one. Each alone keeps the correlation above .997 with 35 units, and what
    is left when all three are undone is rounding (test above). They add up most where τ² is
    small and estimated apart: .995 on seed 12 (Paule-Mandel .28, REML .19), so that a bound of
    .999 for the sum holds for many units only (test below).
    """
    _, large = _two_anchors(graine)
    m = _mixed_model(large)
    nb_unites, paule = len(m.gaps), paule_mandel([(m.gaps, m.variances)])
    centres = m.gaps - m.centre(m.tau2, m.variances)
    seuls = {
        "Paule-Mandel": shrink_gaps(
            m.gaps - m.centre(paule, m.variances), m.variances, paule, _SANS_CORRECTION
        ),
        "Morris": shrink_gaps(centres, m.variances, m.tau2, nb_unites),
        "centre": shrink_gaps(m.gaps, m.variances, m.tau2, _SANS_CORRECTION),
    }
    correlations = {nom: _correlation(r.ecart, m.blups) for nom, r in seuls.items()}
    assert min(correlations.values()) > 0.997, correlations
    publies = shrink_gaps(m.gaps, m.variances, paule, nb_unites)
    assert _correlation(publies.ecart, m.blups) > 0.99


@pytest.mark.parametrize("graine", range(12, 24))
def test_with_many_units_the_published_gaps_are_the_blups(graine: int) -> None:
    """A hundred units: the three choices cost nothing one can see, on every seed."""
    _, large = _two_anchors(graine, candidats=4000, etablissements=100)
    m = _mixed_model(large)
    publies = shrink_gaps(m.gaps, m.variances, paule_mandel([(m.gaps, m.variances)]), len(m.gaps))
    assert _correlation(publies.ecart, m.blups) > 0.999


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
    assert ecarts["lambda_ancres"][0] == pytest.approx(lam, abs=1e-10)
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
