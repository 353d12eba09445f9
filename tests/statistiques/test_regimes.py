"""The regimes where the model is not exactly true: what is announced holds, on sessions not seen."""

from dataclasses import replace

import polars as pl
import pytest
from polars.testing import assert_frame_equal
from statistiques.generation import Plan, Simulees, read_frames, simulate_sessions
from statistiques.regimes import IDENTIFIABLES, Marques, Regime, measure, run_regime, sum_marks

from perequation.harmonisation import compute_ecarts
from perequation.harmonisation.ecarts.trames import CLE

#: Regimes without a gap: nothing is signalled in them, which the last test asks of more sessions.
SANS_ECART = ["aucun écart, J 35", "aucun écart, J 12", "aucun écart, J 8, 300 candidats"]
#: No gap is given at all: coverage has no meaning.
MUETS = ["λ négatif, τ 0,7", "ancres contradictoires"]
#: The check fires and says so; the gaps, shown unsignalled, are those of the académie.
ACADEMIE = "ancres +2, autre académie, aucun écart"


#: Seeds of 40 sessions where the exact posterior of who knows τ makes more false signals than it
#: announces, or nearly: these regimes are judged on twelve seeds, those among them, and nothing more
#: is allowed than two standard deviations.
JUGES_SUR_DOUZE = ["centres, τ 0,5, J 12", "un correcteur par ancre et unité"]


def _check(nom: str, graines: range) -> None:
    etudes = [
        run_regime(IDENTIFIABLES[nom], graine, 40).with_columns(graine=graine) for graine in graines
    ]
    mesures = measure(pl.concat(etudes))
    # Rare events: one more than two standard deviations above, on a few fixed seeds.
    permis = 0 if len(graines) == 12 else 1
    if nom not in JUGES_SUR_DOUZE or not permis:
        assert mesures["faux"] <= mesures["seuil"] + permis
    if nom not in [*MUETS, ACADEMIE]:
        assert mesures["couverture"] >= 0.93


@pytest.mark.slow
@pytest.mark.parametrize("nom", IDENTIFIABLES)
def test_false_signals_are_those_announced(nom: str) -> None:
    _check(nom, range(7000, 7001))


@pytest.mark.slow
@pytest.mark.parametrize("nom", IDENTIFIABLES)
def test_they_are_so_over_three_times_the_sessions(nom: str) -> None:
    _check(nom, range(7000, 7003))


@pytest.mark.slow
@pytest.mark.parametrize("nom", JUGES_SUR_DOUZE)
def test_they_are_so_over_twelve_times_with_nothing_allowed(nom: str) -> None:
    _check(nom, range(7000, 7012))


@pytest.mark.parametrize("nom", [*MUETS, ACADEMIE])
def test_what_cannot_be_told_is_not_signalled(nom: str) -> None:
    etude = run_regime(IDENTIFIABLES[nom], 3, 10)
    assert not (etude["signal"] == "signale").any()
    if nom == ACADEMIE:
        suivies = etude.group_by("session").agg(pl.col("suit_academie").first())
        assert suivies["suit_academie"].mean() >= 0.9  # pyright: ignore[reportOperatorIssue]
        # Not judged: another thing than nothing found.
        tues = etude.filter("suit_academie", pl.col("n") >= 5)
        assert set(tues["motif_code"]) == {"suit_academie"}
        assert set(tues["signal"]) == {"indisponible"}
    else:
        assert etude["ecart_retenu"].null_count() == etude.height


def test_anchors_compared_inside_their_academie_are_trusted_again() -> None:
    etude = run_regime(Regime(academie=2), 3, 10, par_academie=True)
    mesures = measure(etude)
    assert mesures["signales"] > 5
    assert mesures["faux"] <= mesures["seuil"] + 1


def test_seven_units_one_at_three_points() -> None:
    etude = run_regime(IDENTIFIABLES["7 unités de 100, une à +3"], 3, 20)
    extremes = etude.filter(unite="U0")
    assert (extremes["signal"] == "signale").all()
    assert not (etude.filter(pl.col("unite") != "U0")["signal"] == "signale").any()


def test_the_commission_column_changes_neither_coverage_nor_power() -> None:
    inconnues, connues = (
        measure(run_regime(IDENTIFIABLES[nom], 5, 20))
        for nom in ("deux commissions, inconnues", "deux commissions, connues")
    )
    assert min(inconnues["couverture"], connues["couverture"]) >= 0.93
    assert connues["puissance"] == pytest.approx(inconnues["puissance"], rel=0.15)


def test_a_curve_is_seen_and_followed() -> None:
    courbe = run_regime(Regime(courbure=0.2, ecart=0), 5, 10)
    assert (courbe["correction_courbure"].abs() > 0).mean() > 0.9  # pyright: ignore
    assert measure(courbe)["signales"] == 0


def test_the_sql_compares_anchors_inside_their_academie_when_asked() -> None:
    """From the marks on: the check fires at +2 points, and `ancres_par` takes them off."""
    simulees = _in_two_academies(simulate_sessions(Plan(effet_ccf=0), 8))
    seules, par_academie = (
        compute_ecarts(read_frames(simulees, ancres_par=par)).filter(epreuve="E4")
        for par in ("", "academie")
    )
    assert seules["suit_academie"].drop_nulls().unique().to_list() == [True]
    assert not (seules["signal"] == "signale").any()
    numero = pl.col("unite").str.slice(1).cast(pl.Int64)
    decalages = [
        float(
            ecarts.filter(numero % 4 == 0)["ecart_ajuste"].mean()  # pyright: ignore
            - ecarts.filter(numero % 4 != 0)["ecart_ajuste"].mean()
        )
        for ecarts in (seules, par_academie)
    ]
    assert decalages[0] < -0.5
    # Each académie is compared with itself alone: what its candidates differ by is no gap.
    assert par_academie["composante"].n_unique() == 2
    assert abs(decalages[1]) < 0.3
    assert par_academie["motif_code"].is_null().any()


@pytest.mark.slow
@pytest.mark.parametrize("nom", SANS_ECART)
def test_no_signal_in_four_hundred_sessions_without_a_gap(nom: str) -> None:
    assert measure(run_regime(IDENTIFIABLES[nom], 500, 400))["signales"] == 0


def _in_two_academies(simulees: Simulees) -> Simulees:
    """Put a quarter of the establishments in académie B, whose anchors are marked 2 points higher."""
    ailleurs = pl.col("uai").str.slice(1).cast(pl.Int64) % 4 == 0
    candidats = simulees.candidats.with_columns(
        academie=pl.when(ailleurs).then(pl.lit("B")).otherwise(pl.lit("A"))
    )
    haut = pl.col("epreuve").is_in(simulees.ancres) & pl.col("numero_candidat").is_in(
        candidats.filter(academie="B")["numero_candidat"].implode()
    )
    note = pl.when(haut).then((pl.col("note") + 2).clip(0, 20)).otherwise("note")
    return replace(simulees, candidats=candidats, notes=simulees.notes.with_columns(note=note))


@pytest.mark.parametrize("ancres_par", ["", "academie"])
def test_sums_from_arrays_are_those_of_the_sql(ancres_par: str) -> None:
    simulees = _in_two_academies(simulate_sessions(Plan(candidats=300, etablissements=8), 3))
    sql = read_frames(simulees, ancres_par=ancres_par).sort()
    large = simulees.notes.filter(pl.col("epreuve").is_in(simulees.ancres)).pivot(
        "epreuve", index="numero_candidat", values="note"
    )
    etudiees = simulees.notes.filter(epreuve="E4").select(
        "session", "numero_candidat", "commission", unite="centre", y="note"
    )
    academies = simulees.candidats.select("numero_candidat", "academie")
    notes = etudiees.join(large, on="numero_candidat", how="left").join(
        academies, on="numero_candidat"
    )
    marques = Marques(notes, pl.DataFrame(), simulees.ancres)
    tables = sum_marks(marques, par_academie=bool(ancres_par)).sort()
    for nom in ("unites", "unites_ancres", "paires", "academies", "liens"):
        attendu = getattr(sql, nom).filter(epreuve="E4")
        obtenu = getattr(tables, nom)
        communes = [c for c in attendu.columns if c in obtenu.columns and c not in CLE]
        assert set(attendu.columns) == set(obtenu.columns)
        assert_frame_equal(
            obtenu.select(communes).sort(communes[:2]),
            attendu.select(communes).sort(communes[:2]),
            check_dtypes=False,
            abs_tol=1e-3,
            check_row_order=False,
        )
