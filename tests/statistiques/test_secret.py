"""What documents hide can't be worked out from what they show, whoever holds them."""

from itertools import combinations, product
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from statistiques.attaque import MAILLES, MINIMUM, Attaquant, marks_of, session_of

from perequation.resultats import familles
from perequation.resultats.familles import decide_masking
from perequation.resultats.groupes import Famille
from perequation.resultats.suppression import Suppression

RAPIDE = settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
LENT = settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))


@st.composite
def sessions(draw: st.DrawFn) -> pl.DataFrame:
    """Draw a small session: up to six establishments, their centres, statuts and sexes."""
    etablissements = draw(st.integers(2, 6))
    atomes = [
        (f"E{e}", f"C{e // 2}", f"S{min(e % 4, 2)}", sexe, n, draw(st.integers(0, n)))
        for e, sexe in product(range(etablissements), "FM")
        if (n := draw(st.integers(0, 9)))
    ]
    assume(len({a[0] for a in atomes}) > 1)
    return session_of(*atomes)


def attack_rates(session: pl.DataFrame) -> list[str]:
    """Attack the admis of every group with all that is published of them."""
    decided = decide_masking(session, marks_of(session), MINIMUM)
    shown = decided.filter(~pl.col("est_masque"), mesure="admis").select("maille", "modalite")
    keyed = session.with_columns(total=pl.lit("total"))
    groups = {
        (maille, modalite): (keyed[maille] == modalite).to_numpy().astype(float)
        for maille in MAILLES
        for modalite in keyed[maille].unique().sort()
    }
    admis = (session["decision_finale"] == "ADMIS").to_numpy().astype(float)
    attacker = Attaquant(groups, set(shown.rows()), admis, session["etablissement"].to_list(), 1)
    return list(attacker.found(marge=2, whole=True))


def attack_marks(session: pl.DataFrame) -> list[str]:
    """Attack the marks of an épreuve: session and mode, establishment and centre by mode."""
    marks = marks_of(session).join(
        session.select("numero_candidat", "etablissement", "centre_ecrit"), on="numero_candidat"
    )
    decided = decide_masking(session, marks_of(session), MINIMUM)
    shown = decided.filter(~pl.col("est_masque"), mesure="moyenne", epreuve="E1")
    keyed = marks.with_columns(total=pl.lit("total"))
    groups: dict[Any, Any] = {("ENSEMBLE", "total", "total"): np.ones(marks.height)}
    for mode, maille in product(("CCF", "PONCTUEL"), familles.MAILLES_D_EPREUVE):
        for modalite in keyed.filter(mode=mode)[maille].unique().sort():
            inside = (keyed[maille] == modalite) & (keyed["mode"] == mode)
            groups[mode, maille, modalite] = inside.to_numpy().astype(float)
    names = set(shown.select("mode", "maille", "modalite").rows())
    values = marks["note"].to_numpy()
    attacker = Attaquant(groups, names, values, marks["etablissement"].to_list(), 20)
    return list(attacker.found(marge=5, whole=False))


@given(sessions())
@RAPIDE
def test_no_result_is_worked_out(session: pl.DataFrame) -> None:
    assert not attack_rates(session)


@given(sessions())
@RAPIDE
def test_no_mark_is_worked_out(session: pl.DataFrame) -> None:
    assert not attack_marks(session)


@pytest.mark.slow
@given(sessions())
@LENT
def test_nothing_is_worked_out_of_many_sessions(session: pl.DataFrame) -> None:
    assert not attack_rates(session)
    assert not attack_marks(session)


def families_of(session: pl.DataFrame, kind: str) -> Famille:
    """Return the groups of the admis, or those of the marks of the épreuve."""
    if kind == "admis":
        mesure = next(iter(familles.count_results(session)))
    else:
        mean, share = next(iter(familles.sum_marks(session, marks_of(session))))
        mesure = mean if kind == "moyenne" else share
    return familles.family_of(mesure, familles.cells_of(mesure), MINIMUM)


def hidden_and_minimum(family: Famille) -> tuple[int, int]:
    """Count what is hidden of a quantity, and the fewest that could have been, by trying all.

    The session's own figures are kept as long as others can be hidden instead, then each mode's:
    the fewest are those of the choices that keep as many of them.
    """
    decided = Suppression(family)
    first = decided.cache.copy()
    decided.run()
    found = int(decided.cache.sum())
    classes = {tuple(np.flatnonzero(family.twins == kind)) for kind in family.twins}
    free = [list(c) for c in sorted(classes) if not first[list(c)].any()]
    every = [some for size in range(len(free) + 1) for some in combinations(free, size)]
    hidden = {
        i: [*np.flatnonzero(first), *(g for c in some for g in c)] for i, some in enumerate(every)
    }
    worth = {
        i: (*(int((family.valeur[each] >= rank).sum()) for rank in (2, 1)), len(each))
        for i, each in hidden.items()
    }
    for i in sorted(worth, key=lambda i: worth[i]):
        if is_safe(decided, first, every[i]):
            return found, len(hidden[i])
    raise AssertionError("tout masquer ne révèle rien")


def is_safe(state: Suppression, first: Any, more: Any) -> bool:
    state.cache = first.copy()
    for some in more:
        state.cache[some] = True
    return next(state.faults(), None) is None


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["admis", "moyenne", "part_sup_10"])
@given(st.lists(sessions(), min_size=8, max_size=8))
@settings(max_examples=2, deadline=None, suppress_health_check=list(HealthCheck))
def test_little_more_is_hidden_than_must_be(kind: str, many: list[pl.DataFrame]) -> None:
    counts = [hidden_and_minimum(families_of(each, kind)) for each in many]
    hidden, fewest = (sum(each) for each in zip(*counts, strict=True))
    assert hidden <= 1.5 * fewest, counts
