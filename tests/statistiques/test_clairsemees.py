"""Drawn sessions of few marks, tiny units, anchors mostly missing: figures or none, never NaN."""

import random
import warnings

import polars as pl
import polars.selectors as cs
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from perequation.harmonisation import compute_ecarts, sum_marks
from perequation.harmonisation.ecarts.desaccord import measure_disagreement

ANCRES = ("E1", "E2", "E3")
NOTES = ([10], [0, 20], [0, 1, 2], [8, 10, 12], [n / 4 for n in range(81)])


def draw(graine: int) -> tuple[pl.DataFrame, bool]:
    """Return the marks of a session, and whether its anchors were marked by académie."""
    hasard = random.Random(graine)
    unites, taille = hasard.choice([3, 6, 12, 25]), hasard.choice([1, 2, 5, 20])
    manque, possibles = hasard.choice([0, 0.3, 0.6, 0.85, 0.95]), hasard.choice(NOTES)
    # An anchor may have at most one candidate of each unit.
    rare = hasard.choice([None, "E2"])
    # Some candidates have one mark everywhere.
    egales = hasard.random() * 0.6
    lignes = [
        (f"{unite:02d}{rang:02d}", epreuve, None if epreuve in ANCRES else f"U{unite}", academie)
        for unite in range(unites)
        for rang in range(hasard.randint(1, 2 * taille))
        for academie in hasard.choice("XY")
        for epreuve in (*ANCRES, "E4", "E5")
        if hasard.random() >= (manque if epreuve in ANCRES else manque / 2)
        and (epreuve != rare or rang == 0)
    ]
    notes = pl.DataFrame(
        lignes,
        schema=dict.fromkeys(("candidat", "epreuve", "unite", "academie"), pl.String),
        orient="row",
    )
    niveaux = {ligne[0]: hasard.choice(possibles) for ligne in lignes}
    marks = [
        float(niveaux[qui] if hasard.random() < egales else hasard.choice(possibles))
        for qui, *_ in lignes
    ]
    return notes.with_columns(note=pl.Series(marks, dtype=pl.Float64)), hasard.random() < 0.4


@given(st.integers(0, 10**6))
@settings(max_examples=30)
@example(171)
@example(1130)
def test_few_marks_give_figures_or_none(graine: int) -> None:
    notes, par_academie = draw(graine)
    assume(set(notes["epreuve"]) & set(ANCRES))
    assume(notes["unite"].is_not_null().any())
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ecarts = compute_ecarts(sum_marks(notes, ANCRES, ancres_par_academie=par_academie))
    nombres = ecarts.select(cs.float())
    assert all(nombres[nom].is_finite().fill_null(value=True).all() for nom in nombres.columns)


def test_a_pair_of_anchors_no_unit_has_two_candidates_of_says_nothing() -> None:
    unites = [f"U{rang}" for rang in range(5)]
    seuls = pl.DataFrame({"analyse": 0, "ancre": "E1", "ancre_b": "E2", "unite": unites, "n": 1})
    # Of one candidate each, Σ (z - z_b)² less its mean's is 0, or what rounding leaves of it.
    notes = [3.0, 7.1, 11.3, 15.7, 19.9]
    seuls = seuls.with_columns(z=pl.Series(notes), z_b=pl.Series(notes[::-1])).with_columns(
        z2=pl.col("z") ** 2, z2_b=pl.col("z_b") ** 2, zz=pl.col("z") * pl.col("z_b")
    )
    niveaux = pl.DataFrame(
        {"analyse": 0, "unite": unites, "ecart_ancres": [-2.0, -1.0, 0.0, 1.0, 2.0]}
    )
    assert measure_disagreement(seuls, niveaux).is_empty()
