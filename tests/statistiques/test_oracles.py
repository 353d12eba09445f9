"""Agreement with independent implementations, on the same data."""

import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from scipy import stats
from statistiques.generation import Plan, read_frames, simulate_sessions
from statsmodels.regression.mixed_linear_model import MixedLM
from statsmodels.stats.meta_analysis import combine_effects
from voies import draws, first_of

from perequation.harmonisation import compute_ecarts
from perequation.harmonisation.ecarts.ecarts import compute_gaps
from perequation.harmonisation.ecarts.posterieur import (
    ETENDUE_EXTREME,
    MEDIANE_TAU,
    PARTS_EXTREMES,
    POIDS_DES_PARTS,
    integrate_gaps,
)
from perequation.harmonisation.ecarts.precision import moderate_variances
from perequation.harmonisation.ecarts.variance import Vector, paule_mandel, varies_less


@settings(max_examples=draws(20, 60))
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


@settings(max_examples=draws(20, 60))
@given(
    graine=st.integers(0, 10_000),
    tailles=st.lists(st.integers(2, 40), min_size=1, max_size=3),
    tau=st.floats(0.0, 2.0),
    part=st.floats(0.0, 2.0),
)
def test_a_variance_is_compared_without_being_solved_for(
    graine: int, tailles: list[int], tau: float, part: float
) -> None:
    rng = np.random.default_rng(graine)
    groupes: list[tuple[Vector, Vector]] = []
    for taille in tailles:
        variances = rng.uniform(0.02, 2.0, taille)
        groupes.append((rng.normal(0, np.sqrt(tau**2 + variances)), variances))
    tau2 = paule_mandel(groupes)
    borne = part * (tau2 or 1.0)
    assume(abs(borne - tau2) > 1e-9)
    assert varies_less(groupes, borne) == (tau2 < borne)
    assert not varies_less(groupes, 0.0)


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
    sans_facteur = ecarts["lambda_ancres"][0] / ecarts["facteur_ancres"][0]
    assert sans_facteur == pytest.approx(np.mean(estimations), abs=1e-10)
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
    connus = {"lambda_ancres": pente, "b_w": pente}
    sommes = sommes.with_columns(analyse=pl.lit(1), **{c: pl.lit(v) for c, v in connus.items()})
    residu = y - pente * a
    carres = pl.from_pandas(large).select(((residu - residu.mean().over("uai")) ** 2).sum()).item()
    s2 = carres / (len(large) - sommes.height)
    erreur = (s2 * (1 / pl.col("n_ancre") - 1 / pl.col("nb_candidats"))).sqrt()
    return compute_gaps(sommes).with_columns(erreur=erreur).sort("unite")


@dataclass(frozen=True)
class Mixte:
    """A random-intercept model E4 ~ A + (1 | establishment), fitted by REML, and our gaps at it.

    Gaps and their variances are ours, with λ set to the model's slope.
    """

    blups: Vector
    pente: float
    gaps: Vector
    variances: Vector


def _mixed_model(large: pd.DataFrame) -> Mixte:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        modele = MixedLM.from_formula("E4 ~ A", groups="uai", data=large).fit()
    pente = float(modele.params["A"])
    lignes = _gaps_at(large, pente)
    return Mixte(
        blups=np.array([float(modele.random_effects[u].iloc[0]) for u in lignes["unite"]]),
        pente=pente,
        gaps=lignes["ecart_ajuste"].to_numpy(),
        variances=lignes["erreur"].to_numpy() ** 2,
    )


def _correlation(x: Vector, y: Vector) -> float:
    return float(np.corrcoef(x, y)[0, 1])


@pytest.mark.parametrize("graine", first_of(range(12, 24), 2))
def test_the_published_shrinkage_follows_the_blups_of_a_mixed_model(graine: int) -> None:
    """The gaps at the model's slope, shrunken by us, line up with its BLUPs.

    τ is integrated instead of estimated, and a few units may lie anywhere: with 100 units both
    cost nothing one can see.
    """
    ecarts, large = _two_anchors(graine, candidats=4000, etablissements=100)
    modele = _mixed_model(large)
    nous = integrate_gaps(modele.gaps, modele.variances).mean()
    assert _correlation(nous, modele.blups) > 0.99
    # The model's slope is attenuated by the noise of the anchors; λ̂ is not.
    assert ecarts["lambda_ancres"][0] > modele.pente + 0.1


@settings(max_examples=draws(5, 15))
@given(graine=st.integers(0, 10_000), taille=st.integers(6, 14), tau=st.floats(0.1, 1.5))
def test_the_grid_gives_the_integral_computed_otherwise(
    graine: int, taille: int, tau: float
) -> None:
    """Importance sampling of (τ, μ, π) from the prior, no grid: same gaps, same probabilities."""
    rng = np.random.default_rng(graine)
    variances = rng.uniform(0.05, 0.6, taille)
    gaps = rng.normal(0, np.sqrt(tau**2 + variances))
    tirages = 60_000
    # The shrinkage of a unit whose standard error is the median of τ.
    parts_gardees = rng.beta(2, 2, size=tirages)
    taus = MEDIANE_TAU * np.sqrt(1 / parts_gardees - 1)
    # μ is flat: drawn where the gaps are, and weighted by the inverse of its density.
    mus = rng.uniform(gaps.min() - 1, gaps.max() + 1, tirages)
    parts = rng.choice(PARTS_EXTREMES, tirages, p=POIDS_DES_PARTS)[:, None]
    garde = (taus > 0.05) & (taus < 5)
    taus, mus, parts = taus[garde, None], mus[garde, None], parts[garde]
    larges = np.sqrt(taus**2 + ETENDUE_EXTREME**2)
    densites = [
        poids * stats.norm.pdf(gaps, mus, np.sqrt(entre**2 + variances))
        for poids, entre in ((1 - parts, taus), (parts, larges))
    ]
    logs = np.log(densites[0] + densites[1]).sum(axis=1)
    poids = np.exp(logs - logs.max())
    genre = densites[1] / (densites[0] + densites[1])
    moyennes = [
        (gaps * entre**2 + mus * variances) / (entre**2 + variances) for entre in (taus, larges)
    ]
    attendu = np.average((1 - genre) * moyennes[0] + genre * moyennes[1], axis=0, weights=poids)
    assume(poids.sum() ** 2 / (poids**2).sum() > 1500)
    np.testing.assert_allclose(integrate_gaps(gaps, variances).mean(), attendu, atol=0.06)


@settings(max_examples=draws(3, 12), deadline=None)
@given(graine=st.integers(0, 10_000), taille=st.integers(8, 20), tau=st.floats(0.2, 1.0))
@example(graine=222, taille=14, tau=0.25)  # narrow in ε: half as many points are 0.05 point off
@example(graine=1064, taille=20, tau=0.5)  # lined up: steps of μ as wide as the line are 0.05 off
def test_an_error_common_to_all_gaps_is_integrated_with_them(
    graine: int, taille: int, tau: float
) -> None:
    """Gaps lined up with p may be an error on λ: same gaps as drawing ε, a Student's t, otherwise."""
    rng = np.random.default_rng(graine)
    propres, p = rng.uniform(0.05, 0.3, taille), rng.normal(0, 0.4, taille)
    gaps = rng.normal(0, np.sqrt(tau**2 + propres)) + rng.normal() * p
    degres = taille - 1
    # Values of ε far into its tails: gaps may line up with p by chance.
    student = np.linspace(-8, 8, 81)
    epsilons = student * np.sqrt((degres - 2) / degres)
    centres: list[Vector] = []
    poids: list[float] = []
    for epsilon in epsilons:
        corriges = gaps - epsilon * p
        centres.append(integrate_gaps(corriges, propres).mean())
        poids.append(_evidence(corriges, propres))
    logs = np.array(poids) + stats.t.logpdf(student, degres)
    poids_normes = np.exp(logs - logs.max())
    attendu = np.average(np.array(centres), axis=0, weights=poids_normes)
    obtenu = integrate_gaps(gaps, propres + p**2, p).mean()
    np.testing.assert_allclose(obtenu, attendu, atol=0.03)


def _evidence(gaps: Vector, variances: Vector) -> float:
    """Return the log density of the gaps, τ, μ and the share of extreme units integrated out."""
    taus = np.geomspace(0.05, 5, 40)[:, None, None]
    mus = np.linspace(-3, 3, 61)[None, :, None]
    densites = [
        stats.norm.pdf(gaps, mus, np.sqrt(taus**2 + plus + variances))
        for plus in (0.0, ETENDUE_EXTREME**2)
    ]
    a_priori = taus[..., 0] ** 4 / (1 + (taus[..., 0] / MEDIANE_TAU) ** 2) ** 4
    total = 0.0
    for part, masse in zip(PARTS_EXTREMES, POIDS_DES_PARTS, strict=True):
        vraisemblance = ((1 - part) * densites[0] + part * densites[1]).prod(axis=-1)
        total += masse * float((vraisemblance * a_priori).sum())
    return float(np.log(total))


def test_one_extreme_unit_does_not_widen_what_the_others_are_allowed() -> None:
    rng = np.random.default_rng(3)
    variances = np.full(30, 0.1)
    gaps = rng.normal(0, 0.35, 30)
    sans = integrate_gaps(gaps, variances)
    avec = integrate_gaps(np.append(gaps, -6.0), np.append(variances, 0.1))
    assert avec.mean()[-1] < -5.5
    assert np.abs(avec.mean()[:-1] - sans.mean()).max() < 0.2
    assert paule_mandel([(np.append(gaps, -6.0), np.append(variances, 0.1))]) > 0.8


@pytest.mark.parametrize(("unites", "marge"), [(12, 0.25), (48, 0.0625)])
def test_probability_is_that_of_drawing_the_gap(unites: int, marge: float) -> None:
    """From the mixture itself: gap beyond Δ, and away from the common level, less with many units."""
    rng = np.random.default_rng(1)
    gaps = rng.normal(0, 1, unites)
    p = integrate_gaps(gaps, np.full(unites, 0.2))
    unite = int(np.argmax(np.abs(gaps) < 1) if unites > 12 else np.argmax(np.abs(gaps)))
    composantes = rng.choice(p.poids.shape[1], 200_000, p=p.poids[unite])
    delta = rng.normal(p.centres[unite, composantes], p.ecarts_types[unite, composantes])
    niveau = p.niveaux[unite, composantes]
    loin = (delta > np.maximum(0.5, niveau + marge)) | (delta < np.minimum(-0.5, niveau - marge))
    assert p.probability_beyond(0.5)[unite] == pytest.approx(loin.mean(), abs=0.004)


@pytest.mark.parametrize("inegales", [0.3, 0.5, 0.7])
def test_moderated_variances_are_nearer_the_truth_than_own_or_common(inegales: float) -> None:
    """On average: of one draw in fifty, each unit's own variance is as near."""
    erreurs: list[tuple[float, float, float]] = []
    for graine in range(40):
        rng = np.random.default_rng(graine)
        vraies = 9 * np.exp(rng.normal(0, inegales, 400))
        degres = rng.integers(8, 60, 400).astype(float)
        carres = vraies * rng.chisquare(degres)
        commune = np.full(400, carres.sum() / degres.sum())
        estimees = (moderate_variances(carres, degres).variances, carres / degres, commune)
        moderee, propre, partagee = (
            float(np.mean(np.log(each / vraies) ** 2)) for each in estimees
        )
        erreurs.append((moderee, propre, partagee))

    moderee, propre, partagee = np.mean(erreurs, axis=0)
    assert moderee < propre
    assert moderee < partagee


def test_equal_variances_are_pooled() -> None:
    degres = np.full(40, 30.0)
    carres = 9 * np.full(40, 30.0) * np.linspace(0.95, 1.05, 40)
    moderees = moderate_variances(carres, degres)
    assert moderees.variances == pytest.approx(np.full(40, 9.0), rel=0.01)
    assert (moderees.degres > 300).all()


def _products(lot: pd.DataFrame, x: str, y: str) -> tuple[float, float]:
    communs = lot[[x, y]].dropna().to_numpy()
    centres = communs - communs.mean(axis=0)
    return float(centres[:, 0] @ centres[:, 1]), len(communs) - 1.0


def _factor(lot: pd.DataFrame, ancres: list[str]) -> float:
    """Return f, by which unequal loadings of the anchors would inflate λ."""
    par_unite = np.array([[_products(u, "E4", a) for a in ancres] for _, u in lot.groupby("uai")])
    sommes, degres = par_unite[:, :, 0], par_unite[:, :, 1]
    c = sommes.sum(axis=0) / degres.sum(axis=0)
    bruit = ((sommes - c * degres) ** 2).sum(axis=0) / degres.sum(axis=0) ** 2
    k = len(ancres)
    exces = max(0.0, float(((c - c.mean()) ** 2).sum() - (1 - 1 / k) * bruit.sum()))
    return 1 - exces / (k * (k - 1) * float(c.mean()) ** 2)


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

    def loading(lot: pd.DataFrame) -> float:
        unites = [u for _, u in lot.groupby("uai")]
        haut = np.array([_products(u, "E4", a) for u in unites for a in ancres]).sum(axis=0)
        paires = [(a, b) for k, a in enumerate(ancres) for b in ancres[k + 1 :]]
        bas = np.array([_products(u, a, b) for u in unites for a, b in paires]).sum(axis=0)
        return (haut[0] / haut[1]) / (bas[0] / bas[1])

    facteur = _factor(table, ancres)
    assert ecarts["facteur_ancres"][0] == pytest.approx(facteur, abs=1e-10)
    lam = facteur * loading(table)
    noms = sorted(table["uai"].unique())
    repliques = facteur * np.array([loading(table[table["uai"] != nom]) for nom in noms])
    v_lambda = (len(noms) - 1) * repliques.var()
    table["r"] = table["E4"] - lam * table["A"]
    groupes = table.groupby("uai")
    n = groupes.size().to_numpy()
    gaps = (groupes["r"].mean() - table["r"].mean()).to_numpy()
    carres = groupes["r"].apply(lambda r: float(((r - r.mean()) ** 2).sum())).to_numpy()
    variances = moderate_variances(carres, n - 1.0).variances
    a_ecart = (groupes["A"].mean() - table["A"].mean()).to_numpy()
    marques = groupes[ancres].count().to_numpy()
    parts = marques / marques.sum(axis=1, keepdims=True)
    omega2 = ecarts["desaccord_ancres"].drop_nulls()[0]
    erreurs = np.sqrt(
        variances * (1 / n - 2 / n.sum())
        + (n * variances).sum() / n.sum() ** 2
        + a_ecart**2 * v_lambda * (len(noms) - 1) / (len(noms) - 3)
        + lam**2 * omega2 * (parts**2).sum(axis=1)
    )
    # The curve is not seen in this session: the line is what is used.
    assert ecarts["correction_courbure"].drop_nulls().abs().max() == 0

    assert ecarts["unite"].to_list() == noms
    visibles = np.flatnonzero(ecarts["ecart_ajuste"].is_not_null().to_numpy())
    assert len(visibles) >= 10
    assert ecarts["lambda_ancres"][0] == pytest.approx(lam, abs=1e-10)
    assert ecarts["v_lambda"][0] == pytest.approx(v_lambda, abs=1e-10)
    for colonne, attendus in (("ecart_ajuste", gaps), ("erreur_type", erreurs)):
        np.testing.assert_allclose(
            ecarts[colonne].to_numpy()[visibles], attendus[visibles], atol=1e-10
        )
    commune = np.sqrt(v_lambda * (len(noms) - 1) / (len(noms) - 3)) * a_ecart
    degres = moderate_variances(carres, n - 1.0).degres
    posterieur = integrate_gaps(*(x[visibles] for x in (gaps, erreurs**2, commune, degres)))
    for colonne, attendus in (
        ("ecart_retenu", posterieur.mean()),
        ("probabilite_materielle", posterieur.probability_beyond(0.5)),
    ):
        np.testing.assert_allclose(ecarts[colonne].to_numpy()[visibles], attendus, atol=1e-9)


def test_the_number_of_false_signals_is_between_those_told() -> None:
    """Drawn unit by unit given (τ, μ, ε): the two numbers leave out one draw in twenty at most."""
    rng = np.random.default_rng(6)
    gaps, variances = rng.normal(0, 1.0, 40), np.full(40, 0.15)
    posterieur = integrate_gaps(gaps, variances)
    p = posterieur.probability_beyond(0.5)
    signalees = p >= 0.9
    assert signalees.sum() >= 5
    points = rng.choice(posterieur.points, p=posterieur.poids[0], size=4000)
    composantes = [np.flatnonzero(posterieur.points == point) for point in range(points.max() + 1)]
    nombres = np.zeros(4000)
    for tirage, point in enumerate(points):
        # The components of one point are the kinds of units: one for each unit.
        for unite in np.flatnonzero(signalees):
            poids = posterieur.poids[unite, composantes[point]]
            composante = rng.choice(composantes[point], p=poids / poids.sum())
            lot = (x[unite, composante] for x in (posterieur.centres, posterieur.ecarts_types))
            ecart = rng.normal(*lot)
            niveau = posterieur.niveaux[unite, composante]
            # Away from zero, and from the common level: Δ 3/J.
            loin = abs(ecart) > 0.5 and abs(ecart - niveau) > 0.5 * 3 / 40
            nombres[tirage] += not loin
    bas, haut = posterieur.count_false(0.5, signalees)
    assert (nombres < bas).mean() <= 0.035
    assert (nombres > haut).mean() <= 0.035
    # And are no wider than that asks.
    assert (nombres > haut - 1).mean() > 0.015
    assert (1 - p[signalees]).sum() == pytest.approx(nombres.mean(), abs=0.05)
    assert posterieur.count_false(0.5, np.zeros(40, dtype=bool)) == (0, 0)


def test_a_variance_badly_known_makes_a_gap_less_sure() -> None:
    gaps = np.array([2.0, *np.linspace(-1.0, 1.0, 15)])
    variances = np.full(16, 0.15)
    degres = np.full(16, 500.0)
    connue = integrate_gaps(gaps, variances, degres=degres)
    np.testing.assert_allclose(connue.mean(), integrate_gaps(gaps, variances).mean())
    degres[0] = 8.0
    doutee = integrate_gaps(gaps, variances, degres=degres)
    assert doutee.probability_beyond(0.5)[0] < connue.probability_beyond(0.5)[0]
    assert abs(doutee.mean()[0]) < abs(connue.mean()[0])
