"""What an analysis supposes is said where it is to be doubted, and only there."""

import tracemalloc

import numpy as np
import polars as pl
import pytest
from statistiques.regimes import IDENTIFIABLES, Regime, run_regime

from perequation.harmonisation import rapport, summarise_analyses
from perequation.harmonisation.ecarts.hasard import SEUIL_AUTRES, no_gap_probability, set_apart
from perequation.harmonisation.ecarts.motifs import LIBELLES, Motif
from perequation.harmonisation.rapport.essentiel import nothing_to_discuss
from perequation.harmonisation.rapport.hypotheses import checks

REFERENCE = IDENTIFIABLES["référence, τ 0,7"]
A_PART, PEU, TRIES = " à part, les différences", "Les unités sont peu nombreuses", "niveaux très"


def _said(regime: Regime, phrase: str, sessions: int = 10) -> float:
    """Return the share of sessions whose page says something."""
    etude = run_regime(regime, 17, sessions)
    pages = [
        " ".join(fragment.html for fragment in checks(rows))
        for rows in etude.partition_by("session")
    ]
    return float(np.mean([phrase in page for page in pages]))


@pytest.mark.parametrize(
    ("regime", "phrase"),
    [
        (IDENTIFIABLES["une unité à +3, 9 petites"], PEU),
        (IDENTIFIABLES["petite session, τ 0,7"], PEU),
        (IDENTIFIABLES["7 unités de 100, une à +3"], A_PART),
        (IDENTIFIABLES["niveaux très triés"], TRIES),
    ],
)
def test_what_weakens_an_analysis_is_said(regime: Regime, phrase: str) -> None:
    assert _said(regime, phrase) >= 0.9


@pytest.mark.parametrize(
    ("regime", "phrase"),
    [
        (REFERENCE, PEU),
        (Regime(ecart=1.5), A_PART),
        (REFERENCE, TRIES),
        (IDENTIFIABLES["centres, τ 0,5, J 12"], PEU),
        (IDENTIFIABLES["aucun écart, J 12"], A_PART),
    ],
)
def test_what_does_not_weaken_an_analysis_is_not_said(regime: Regime, phrase: str) -> None:
    assert _said(regime, phrase) <= 0.1


def test_a_unit_set_apart_is_named() -> None:
    rows = run_regime(IDENTIFIABLES["7 unités de 100, une à +3"], 17, 1)
    said = [fragment.html for fragment in checks(rows) if A_PART in fragment.html]
    assert len(said) == 1
    assert said[0].startswith("U0 mise à part")
    assert rows.filter(signal="signale")["unite"].to_list() == ["U0"]


LOIN = "est à elle seule loin de toutes les autres"


@pytest.mark.slow
def test_one_unit_far_from_all_others_makes_doubtful_what_is_signalled_among_them() -> None:
    """Said where another unit is signalled beside it, and only there."""
    dits: dict[bool, list[bool]] = {True: [], False: []}
    etude = run_regime(IDENTIFIABLES["une unité à −6, τ 0,3, J 35"], 20007, 40)
    for rows in etude.partition_by("session"):
        page = " ".join(fragment.html for fragment in checks(rows))
        dits[(rows["signal"] == "signale").sum() > 1].append(f"U0 {LOIN}" in page)
    assert len(dits[True]) >= 2
    assert all(dits[True])
    assert not any(dits[False])


@pytest.mark.slow
@pytest.mark.parametrize("regime", [REFERENCE, Regime(dispersion=0.5), Regime(ecart=1.5)])
def test_many_units_apart_are_not_one_far_from_all(regime: Regime) -> None:
    assert _said(regime, LOIN) == 0


def test_what_is_left_is_compared_once_the_largest_gap_is_set_apart() -> None:
    """Alone, the others differ as chance makes them: one gap is no reason to signal another."""
    rng = np.random.default_rng(2)
    gaps, un = rng.normal(0, 0.3, 12), np.ones(12)
    gaps[0] = 3.0
    mesures = gaps, 0.09 * un, 0 * un, 300 * un
    chances = set_apart(*mesures, ordre=np.argsort(-np.abs(gaps)))
    assert chances[0] == pytest.approx(no_gap_probability(*mesures))
    assert chances[0] < 1e-6
    assert (chances[1:] >= SEUIL_AUTRES).all()
    # With two gaps of the same size, neither hides the other.
    gaps[1] = -2.8
    chances = set_apart(*mesures, ordre=np.argsort(-np.abs(gaps)))
    assert (chances[:2] < 1e-6).all()
    assert (chances[2:] >= SEUIL_AUTRES).all()


def test_thousands_of_units_take_no_more_memory_than_they_are() -> None:
    """Units by units, 4 000 of them would take 128 MB a matrix."""
    rng = np.random.default_rng(3)
    gaps, un = rng.normal(0, 0.7, 4000), np.ones(4000)
    tracemalloc.start()
    try:
        chances = set_apart(
            gaps, 0.09 * un, 0.1 * un, 300 * un, ordre=np.argsort(-np.abs(gaps), kind="stable")
        )
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 8 * 2**20
    # What is set apart is the larger part of gaps that are there; the rest, chance could make.
    assert 0 < (chances < SEUIL_AUTRES).sum() < 4000


def test_gaps_that_follow_the_academie_are_not_judged_and_the_page_says_so() -> None:
    ecarts = run_regime(Regime(academie=2, ecart=0), 3, 1)
    page = rapport.first_page(summarise_analyses(ecarts), {}).html
    assert "ancres_par" in page
    assert "Rien à examiner" not in page
    assert "rien à examiner" not in page
    assert "Pas d’analyse possible" in page
    assert nothing_to_discuss(ecarts) != "Aucun écart à examiner ni à surveiller"
    calmes = run_regime(Regime(ecart=0), 3, 1)
    assert "rien à examiner parmi" in rapport.first_page(summarise_analyses(calmes), {}).html


def test_an_academie_too_small_to_be_compared_with_itself_is_told() -> None:
    """Anchors marked académie by académie: two units of the other one can be compared with none."""
    regime = Regime(academie=2, candidats=400, unites=8)
    ecarts = run_regime(regime, 3, 1, par_academie=True).filter(pl.col("n") >= 5)
    ailleurs = pl.col("unite").str.slice(1).cast(pl.Int64) % 4 == 0
    seules = ecarts.filter(ailleurs)
    assert seules["motif_indisponible"].unique().to_list() == [LIBELLES[Motif.NON_CONNEXE]]
    assert (ecarts.filter(~ailleurs)["signal"] != "indisponible").any()
