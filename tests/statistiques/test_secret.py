"""What documents hide can't be worked out from what they show, whoever holds them."""

from itertools import combinations, product
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from statistiques.attaque import MAILLES, MINIMUM, PROFILS, attack, groups_of, marks_of, session_of
from voies import draws

from perequation.resultats import familles, mesures
from perequation.resultats.familles import decide_masking
from perequation.resultats.groupes import Famille
from perequation.resultats.suppression import Suppression

RAPIDE = settings(max_examples=draws(2, 4), suppress_health_check=list(HealthCheck))
LENT = settings(max_examples=200, suppress_health_check=list(HealthCheck))


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


def names_of(decided: pl.DataFrame, mesure: str, epreuve: str) -> set[Any]:
    """Return the groups whose figure is shown."""
    shown = decided.filter(~pl.col("est_masque"), mesure=mesure, epreuve=epreuve)
    return set(shown.select("mode", "maille", "modalite").rows())


def attack_results(session: pl.DataFrame) -> list[str]:
    """Attack who is admitted, the averages and their spread."""
    decided = decide_masking(session, marks_of(session), MINIMUM)
    keyed = session.with_columns(total=pl.lit("total"))
    groups = groups_of(keyed, "ENSEMBLE", (*MAILLES, *PROFILS))
    means, units = session["moyenne_generale"].to_numpy(), session["etablissement"]
    values = {
        "admis": (session["decision_finale"] == "ADMIS").to_numpy().astype(float),
        "moyenne": means,
        "dispersion": means**2,
    }
    return [
        told
        for mesure, each in values.items()
        for told in attack(mesure, groups, names_of(decided, mesure, ""), each, units)
    ]


def attack_marks(session: pl.DataFrame) -> list[str]:
    """Attack the marks of an épreuve: which are at least ten, their sum, their spread."""
    marks = marks_of(session).join(
        session.select("numero_candidat", "etablissement", "centre_ecrit", "statut", "sexe"),
        on="numero_candidat",
    )
    decided = decide_masking(session, marks_of(session), MINIMUM)
    keyed = marks.with_columns(total=pl.lit("total"))
    groups = groups_of(keyed, "ENSEMBLE", ("total", "statut", "sexe"))
    for mode in ("CCF", "PONCTUEL"):
        groups |= groups_of(keyed, mode, mesures.MAILLES_D_EPREUVE, keyed["mode"] == mode)
    notes = marks["note"].to_numpy()
    values = {"moyenne": notes, "part_sup_10": (notes >= 10).astype(float), "dispersion": notes**2}
    return [
        told
        for mesure, each in values.items()
        for told in attack(
            mesure, groups, names_of(decided, mesure, "E1"), each, marks["etablissement"]
        )
    ]


@given(sessions())
@RAPIDE
def test_no_result_is_worked_out(session: pl.DataFrame) -> None:
    assert not attack_results(session)


@given(sessions())
@RAPIDE
def test_no_mark_is_worked_out(session: pl.DataFrame) -> None:
    assert not attack_marks(session)


@pytest.mark.slow
@given(sessions())
@LENT
def test_nothing_is_worked_out_of_many_sessions(session: pl.DataFrame) -> None:
    assert not attack_results(session)
    assert not attack_marks(session)


def families_of(session: pl.DataFrame, kind: str) -> Famille:
    """Return the groups of the admis, or those of the marks of the épreuve."""
    if kind == "admis":
        mesure = mesures.count_admis(session)
    else:
        marks = next(mesures.sum_marks(session, marks_of(session)))
        mesure = marks.moyenne if kind == "moyenne" else marks.part
    assert mesure is not None
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
@settings(max_examples=2, suppress_health_check=list(HealthCheck))
def test_little_more_is_hidden_than_must_be(kind: str, many: list[pl.DataFrame]) -> None:
    counts = [hidden_and_minimum(families_of(each, kind)) for each in many]
    hidden, fewest = (sum(each) for each in zip(*counts, strict=True))
    assert hidden <= 1.5 * fewest, counts
