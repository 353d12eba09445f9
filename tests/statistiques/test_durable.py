"""The long-run gap: several sessions of the same units, told apart from the gap of one."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perequation.harmonisation import estimate_long_run
from perequation.harmonisation.ecarts.durable import CLE_DURABLE, DURABLE

CLE = {"specialite": "X", "epreuve": "E4", "etape": "transmise", "type_unite": "etablissement"}


def _sessions(
    graine: int, unites: int, sessions: int, durable: float, passager: float
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the gaps of several sessions, and the long-run gap of each unit."""
    rng = np.random.default_rng(graine)
    vrais = rng.normal(0, durable, unites)
    erreurs = np.sqrt(9.6 / rng.integers(15, 80, (sessions, unites)))
    gaps = vrais + rng.normal(0, passager, (sessions, unites)) + rng.normal(0, erreurs)
    noms = [f"U{j:02d}" for j in range(unites)]
    ecarts = pl.DataFrame(
        {
            "session": np.repeat(np.arange(2022, 2022 + sessions), unites),
            **CLE,
            "unite": noms * sessions,
            "ecart_ajuste": gaps.ravel(),
            "erreur_type": erreurs.ravel(),
        }
    )
    return ecarts, pl.DataFrame({"unite": noms, "vrai": vrais})


@pytest.mark.slow
@pytest.mark.parametrize(("unites", "sessions"), [(35, 2), (35, 4), (12, 3)])
def test_its_interval_holds_the_gap_that_lasts(unites: int, sessions: int) -> None:
    """Between-session variance enters: without it the interval would be that of chance alone."""
    lots: list[pl.DataFrame] = []
    for graine in range(100, 160):
        ecarts, verite = _sessions(graine, unites, sessions, 0.6, 0.5)
        lots.append(estimate_long_run(ecarts).join(verite, on="unite"))
    etude = pl.concat(lots)
    vrai, retenu = pl.col("vrai"), pl.col("ecart_durable")
    mesures = etude.select(
        couverture=(
            (pl.col("ic_bas_durable") <= vrai) & (vrai <= pl.col("ic_haut_durable"))
        ).mean(),
        rmse=((retenu - vrai) ** 2).mean().sqrt(),
        sessions=pl.col("ecart_type_sessions").mean(),
    ).row(0, named=True)
    assert 0.925 <= mesures["couverture"] <= 0.985
    assert mesures["rmse"] < 0.9 * 0.6
    assert mesures["sessions"] == pytest.approx(0.5, abs=0.15)


def test_gaps_that_do_not_last_are_told_from_those_that_do() -> None:
    passagers, _ = _sessions(1, 40, 3, 0.0, 1.0)
    durables, verite = _sessions(1, 40, 3, 1.0, 0.0)
    d_une_fois, toujours = (estimate_long_run(ecarts) for ecarts in (passagers, durables))
    assert d_une_fois["ecart_type_sessions"][0] > 0.7 > toujours["ecart_type_sessions"][0]
    assert d_une_fois["ecart_durable"].abs().max() < 0.7  # pyright: ignore[reportOptionalOperand]
    jointes = toujours.join(verite, on="unite")
    assert float(np.corrcoef(jointes["ecart_durable"], jointes["vrai"])[0, 1]) > 0.9


@settings(max_examples=25)
@given(graine=st.integers(0, 10_000), unites=st.integers(2, 12), sessions=st.integers(1, 4))
def test_units_seen_once_and_few_units_get_none(graine: int, unites: int, sessions: int) -> None:
    ecarts, _ = _sessions(graine, unites, sessions, 0.6, 0.4)
    seule = ecarts.head(1).with_columns(unite=pl.lit("SEULE"))
    obtenu = estimate_long_run(pl.concat([ecarts, seule]).sample(fraction=1, shuffle=True, seed=1))
    if unites < 6 or sessions < 2:
        assert obtenu.is_empty()
        assert obtenu.columns == [*CLE_DURABLE, "unite", *DURABLE]
    else:
        assert obtenu["unite"].to_list() == sorted(ecarts["unite"].unique())
        assert obtenu["nb_sessions"].unique().to_list() == [sessions]
        assert (obtenu["ic_bas_durable"] < obtenu["ecart_durable"]).all()
