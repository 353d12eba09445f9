"""Changes from one session to the next, checked against published and hand computations."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perequation.resultats.evolution import decompose_change, mean_change, with_rate_change
from perequation.resultats.intervalles import with_wilson


def groups(**counts: tuple[int, int]) -> pl.DataFrame:
    """One row per group: présents, admis."""
    rows = [(name, sat, admis) for name, (sat, admis) in counts.items()]
    schema = {"modalite": pl.String, "presents": pl.Int64, "admis": pl.Int64}
    return pl.DataFrame(rows, schema, orient="row")


def test_a_change_is_split_as_by_hand() -> None:
    # Shares 0,80 and 0,20 then 0,60 and 0,40; rates 0,90 and 0,50 then 0,85 and 0,55.
    avant = groups(SCOLAIRE=(800, 720), APPRENTI=(200, 100))
    apres = groups(SCOLAIRE=(600, 510), APPRENTI=(400, 220))
    found = decompose_change(avant, apres)
    assert found is not None
    # −0,20 × 0,875 + 0,20 × 0,525 = −0,07 ; −0,05 × 0,70 + 0,05 × 0,30 = −0,02
    assert found.composition == pytest.approx(-0.07)
    assert found.reussite == pytest.approx(-0.02)


def test_a_group_of_one_session_moves_the_composition_alone() -> None:
    avant, apres = groups(SCOLAIRE=(100, 80)), groups(SCOLAIRE=(100, 80), EAD=(100, 20))
    found = decompose_change(avant, apres)
    assert found is not None
    # SCOLAIRE −0,5 × 0,8, EAD +0,5 × 0,2
    assert found.composition == pytest.approx(-0.3)
    assert found.reussite == pytest.approx(0)


@given(
    st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), min_size=2, max_size=5),
    st.lists(st.floats(0, 1), min_size=10, max_size=10),
)
@settings(max_examples=60)
def test_the_two_parts_add_up_to_the_change(
    sizes: list[tuple[int, int]], shares: list[float]
) -> None:
    sessions = [
        groups(**{f"G{i}": (n[k], int(n[k] * shares[2 * i + k])) for i, n in enumerate(sizes)})
        for k in (0, 1)
    ]
    sat = [each["presents"].sum() for each in sessions]
    found = decompose_change(*sessions)
    if not all(sat):
        assert found is None
        return
    assert found is not None
    rates = [each["admis"].sum() / n for each, n in zip(sessions, sat, strict=True)]
    assert found.composition + found.reussite == pytest.approx(rates[1] - rates[0])


def test_a_hidden_count_leaves_nothing_to_split() -> None:
    avant = groups(A=(10, 5), B=(10, 5))
    hidden = avant.with_columns(admis=pl.when(pl.col("modalite") == "A").then("admis"))
    assert decompose_change(hidden, avant) is None


def test_the_interval_of_a_change_is_newcombe_s() -> None:
    # Newcombe 1998, example a: 56/70 against 48/80, method 10: 0,0524 to 0,3339.
    rows = pl.DataFrame({"session": [2021, 2022], "presents": [80, 70], "admis": [48, 56]})
    rated = with_wilson(rows.with_columns(taux_reussite=pl.col("admis") / pl.col("presents")))
    row = with_rate_change(rated, 2022).row(0, named=True)
    assert row["ecart_taux"] == pytest.approx(0.2)
    assert row["ecart_bas"] == pytest.approx(0.0524, abs=5e-5)
    assert row["ecart_haut"] == pytest.approx(0.3339, abs=5e-5)
    assert with_rate_change(rated, 2022)["ecart_taux"][1] is None


def test_the_interval_of_a_change_of_mean_is_welch_s() -> None:
    avant, apres = (12, 10.5, 3.0), (40, 12.0, 2.0)
    # Variance 9/12 + 4/40 = 0,85; freedom 0,85² / (0,75²/11 + 0,1²/39) = 14,06; t = 2,144.
    half = 2.144 * 0.85**0.5
    assert mean_change(avant, apres) == pytest.approx((1.5, 1.5 - half, 1.5 + half), abs=1e-3)
    assert mean_change((1, 10.0, 0.0), apres) is None
    assert mean_change((5, 10.0, 0.0), (5, 11.0, 0.0)) is None
