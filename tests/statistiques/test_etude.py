"""The simulation study: the figures the method must reach, against raw means in the same run."""

from dataclasses import replace

import polars as pl
import pytest
from statistiques.etude import compare_estimators, judge_signals, run_study
from statistiques.generation import Plan, read_frames, simulate_sessions

from perequation.harmonisation import compute_ecarts

SANS_ECART = Plan(effet_ccf=0, effet_oral=0)


def _figures(etude: pl.DataFrame, plan: Plan) -> dict[str, dict[str, float]]:
    table = compare_estimators(etude, plan).filter(type_unite="etablissement")
    return {ligne["estimateur"]: ligne for ligne in table.iter_rows(named=True)}


def _check_estimators(nombre: int, graine: int) -> None:
    plan = Plan()
    etude = run_study(plan, nombre, graine)
    figures = _figures(etude, plan)
    methode, brut = figures["cette méthode"], figures["brut"]
    assert methode["rmse"] <= 0.60
    assert 0.93 <= methode["couverture"] <= 0.97
    assert abs(methode["faux_ecart_par_point"]) <= 0.10
    # The raw means of the same sessions blame establishments for their candidates.
    assert brut["rmse"] > 1.5 * methode["rmse"]
    assert brut["faux_ecart_par_point"] > 0.5
    # λ at the regression slope is attenuated, λ = 1 overshoots: ours is between.
    assert figures["régression sur la moyenne des ancres"]["faux_ecart_par_point"] > 0.15
    assert figures["effets fixes des candidats"]["faux_ecart_par_point"] < -0.10
    signaux = judge_signals(etude).filter(type_unite="etablissement").row(0, named=True)
    assert signaux["faux_parmi_signales"] <= 0.20
    assert signaux["part_signalee"] > 0.03


def _check_no_gap(nombre: int, graine: int) -> None:
    signaux = judge_signals(run_study(SANS_ECART, nombre, graine))
    assert signaux["part_signalee"].max() <= 0.01
    etablissements = signaux.filter(type_unite="etablissement").row(0, named=True)
    assert etablissements["part_brute_au_dela_d_un_point"] > 0.20


@pytest.mark.slow
def test_estimates_are_right_when_there_are_gaps() -> None:
    _check_estimators(30, 100)


def test_almost_nobody_is_signalled_when_there_is_no_gap() -> None:
    _check_no_gap(15, 200)


@pytest.mark.slow
def test_estimates_are_right_over_many_sessions() -> None:
    _check_estimators(400, 1000)


@pytest.mark.slow
def test_almost_nobody_is_signalled_over_many_sessions() -> None:
    _check_no_gap(400, 2000)


@pytest.mark.slow
@pytest.mark.parametrize("candidats", [150, 400])
def test_small_sessions_do_not_signal_without_a_gap(candidats: int) -> None:
    plan = Plan(candidats=candidats, etablissements=10, centres=6, effet_ccf=0, effet_oral=0)
    assert judge_signals(run_study(plan, 400, 3000))["part_signalee"].max() <= 0.01


@pytest.mark.slow
def test_planted_gaps_of_three_points_are_found() -> None:
    """Three establishments of 25 or more marked three points higher, none elsewhere."""
    simulees = simulate_sessions(SANS_ECART, 4242, 20)
    grands = simulees.verite.filter(
        (pl.col("type_unite") == "etablissement") & (pl.col("effectif") >= 25)
    )
    tirage = pl.int_range(pl.len()).shuffle(seed=1).over("session")
    plantees = grands.filter(tirage < 3).select("session", "unite", est_plantee=pl.lit(value=True))
    notes = simulees.notes.join(
        plantees.rename({"unite": "centre"}), on=["session", "centre"], how="left"
    )
    decalee = (pl.col("note") + 3).clip(0, 20)
    est_decalee = pl.col("est_plantee") & (pl.col("epreuve") == "E4")
    notes = notes.with_columns(note=pl.when(est_decalee).then(decalee).otherwise("note"))
    ecarts = compute_ecarts(read_frames(replace(simulees, notes=notes.drop("est_plantee"))))
    nommees = ecarts.filter(epreuve="E4", signal="signale").join(
        plantees, on=["session", "unite"], how="left"
    )
    trouvees = nommees["est_plantee"].sum()
    assert trouvees >= 0.9 * plantees.height
    assert nommees.height - trouvees <= 0.2 * nommees.height
