"""The 95 % Wilson interval, against another implementation."""

import polars as pl
import pytest

from perequation.resultats.intervalles import with_wilson


@pytest.mark.lourd
@pytest.mark.parametrize(("admis", "presents"), [(0, 1), (1, 1), (3, 7), (120, 170), (1290, 1334)])
def test_wilson_agrees_with_statsmodels(admis: int, presents: int) -> None:
    # Two seconds of imports, that collecting the quick lane must not pay.
    from statsmodels.stats.proportion import proportion_confint

    ligne = with_wilson(pl.DataFrame({"admis": [admis], "presents": [presents]})).row(0, named=True)
    bas, haut = proportion_confint(admis, presents, method="wilson")
    assert ligne["taux_bas"] == pytest.approx(bas, abs=1e-12)
    assert ligne["taux_haut"] == pytest.approx(haut, abs=1e-12)


@pytest.mark.parametrize(("admis", "presents"), [(0, 0), (2, 1)])
def test_no_interval_without_a_rate(admis: int, presents: int) -> None:
    ligne = with_wilson(pl.DataFrame({"admis": [admis], "presents": [presents]})).row(0, named=True)
    assert ligne["taux_bas"] is None
    assert ligne["taux_haut"] is None
