"""Agreement with R's own implementations, where R is installed."""

import numpy as np
import polars as pl
import pytest
from statistiques.oracle_r import fit_lme4, fit_metafor, is_installed
from statistiques.regimes import IDENTIFIABLES, measure, run_regime, simulate

from perequation.harmonisation.ecarts import posterieur
from perequation.harmonisation.ecarts.posterieur import integrate_gaps
from perequation.harmonisation.ecarts.signaux import DEMI_INTERVALLE
from perequation.harmonisation.ecarts.variance import paule_mandel

pytestmark = pytest.mark.slow
_METAFOR = pytest.mark.skipif(not is_installed("metafor"), reason="R and metafor are not installed")
_LME4 = pytest.mark.skipif(not is_installed("lme4"), reason="R and lme4 are not installed")


def _lots(nombre: int) -> tuple[pl.DataFrame, np.ndarray]:
    rng = np.random.default_rng(5)
    variances = rng.uniform(0.1, 0.8, (nombre, 35))
    vrais = rng.normal(0, 0.7, (nombre, 35))
    gaps = vrais + rng.normal(0, np.sqrt(variances))
    lots = pl.DataFrame(
        {
            "lot": np.repeat(np.arange(nombre), 35),
            "gap": gaps.ravel(),
            "variance": variances.ravel(),
        }
    )
    return lots, vrais


@_METAFOR
def test_tau2_and_shrunken_gaps_are_those_of_metafor(monkeypatch: pytest.MonkeyPatch) -> None:
    """The model of metafor is ours when no unit may lie anywhere; τ integrated or estimated."""
    monkeypatch.setattr(posterieur, "PARTS_EXTREMES", np.zeros(1))
    monkeypatch.setattr(posterieur, "POIDS_DES_PARTS", np.ones(1))
    lots, _ = _lots(40)
    metafor = fit_metafor(lots)
    for numero in range(40):
        lot, eux = lots.filter(lot=numero), metafor.filter(lot=numero)
        gaps, variances = lot["gap"].to_numpy(), lot["variance"].to_numpy()
        assert paule_mandel([(gaps, variances)]) == pytest.approx(eux["tau2"][0], abs=1e-6)
        nous = integrate_gaps(gaps, variances).mean()
        assert np.corrcoef(nous, eux["retenu"].to_numpy())[0, 1] > 0.99
        assert np.abs(nous - eux["retenu"].to_numpy()).max() < 0.2


@_METAFOR
def test_intervals_hold_as_well_as_those_of_metafor() -> None:
    lots, vrais = _lots(160)
    metafor = fit_metafor(lots).with_columns(vrai=pl.Series(vrais.ravel()))
    couvertures: list[tuple[bool, bool]] = []
    for numero in range(160):
        lot, eux = lots.filter(lot=numero), metafor.filter(lot=numero)
        nous = integrate_gaps(lot["gap"].to_numpy(), lot["variance"].to_numpy())
        ecart = np.abs(nous.mean() - eux["vrai"].to_numpy())
        tenus = (eux["bas"] <= eux["vrai"]) & (eux["vrai"] <= eux["haut"])
        couvertures += zip(ecart <= DEMI_INTERVALLE * nous.sd(), tenus.to_list(), strict=True)
    nous, eux = np.array(couvertures).mean(axis=0)
    assert nous >= max(0.93, eux - 0.005)


@_LME4
@pytest.mark.parametrize("nom", ["référence, τ 0,7", "niveaux très triés"])
def test_the_crossed_mixed_model_of_lme4_does_no_better(nom: str) -> None:
    regime = IDENTIFIABLES[nom]
    nous = measure(run_regime(regime, 11, 6))
    eux = measure(fit_lme4(simulate(regime, 11, 6)))
    assert nous["rmse"] <= eux["rmse"]
    assert nous["couverture"] >= eux["couverture"]
    assert nous["faux"] - nous["annonces"] <= eux["faux"] - eux["annonces"] + 1
