"""The same gaps judged with another threshold."""

import polars as pl
import pytest
from partage import published
from polars.testing import assert_frame_equal

from perequation.harmonisation import change_threshold
from perequation.socle.entrepot import read_mart
from perequation.socle.erreurs import ConfigurationError


@pytest.fixture(scope="module")
def ecarts(tmp_path_factory: pytest.TempPathFactory) -> pl.DataFrame:
    return read_mart(published(tmp_path_factory) / "sortie" / "perequation.duckdb", "ecart")


def signalled(ecarts: pl.DataFrame) -> int:
    return ecarts.filter(pl.col("signal") == "signale").height


def test_the_session_s_own_threshold_changes_nothing(ecarts: pl.DataFrame) -> None:
    assert_frame_equal(change_threshold(ecarts, 0.5), ecarts, check_row_order=False)


def test_a_higher_threshold_signals_less_and_moves_no_gap(ecarts: pl.DataFrame) -> None:
    counts = [signalled(change_threshold(ecarts, alerte)) for alerte in (0.1, 0.5, 1.0, 3.0)]
    assert counts == sorted(counts, reverse=True)
    # Below the session's own, what the other units say of a gap decides alone.
    assert counts[0] >= counts[1] > counts[-1] == 0
    kept = ["unite", "ecart_ajuste", "ecart_retenu", "ic_bas", "ic_haut", "motif_indisponible"]
    assert_frame_equal(
        change_threshold(ecarts, 3.0).select(kept),
        ecarts.sort(pl.all()).select(kept),
        check_row_order=False,
    )


@pytest.mark.parametrize("alerte", [0.0, -0.5, 20.5, float("nan"), float("inf")])
def test_a_threshold_that_is_none_is_refused(ecarts: pl.DataFrame, alerte: float) -> None:
    with pytest.raises(ConfigurationError, match="Seuil d'écart"):
        change_threshold(ecarts, alerte)


def test_nothing_gives_nothing(ecarts: pl.DataFrame) -> None:
    assert change_threshold(ecarts.clear(), 1.0).is_empty()
