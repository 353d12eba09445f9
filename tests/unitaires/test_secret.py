"""What the public report hides can't be found again from what it shows."""

from itertools import product
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp

from perequation.resultats import confidentialite as secret

MINIMUM = 5
MAILLES = ("total", "academie", "etablissement", "centre_ecrit", "statut", "sexe", "forme")
COLONNES = ("etablissement", "centre_ecrit", "statut", "sexe")


def resultats_de(*atomes: tuple[str, str, str, str, int, int]) -> pl.DataFrame:
    """Candidates by (établissement, centre, statut, sexe): présents, and admis among them."""
    rows = [
        dict(zip(COLONNES, atome[:4], strict=True))
        | {"decision_finale": "ADMIS" if i < atome[5] else "REFUSE"}
        for atome in atomes
        for i in range(atome[4])
    ]
    return pl.DataFrame(rows).with_columns(
        uai=pl.lit(None, pl.String),
        academie=pl.lit("A"),
        forme=pl.lit("GLOBALE"),
        est_present=pl.lit(value=True),
        moyenne_generale=pl.lit(11.0),
    )


def reussite_de(resultats: pl.DataFrame) -> pl.DataFrame:
    rows: list[dict[str, Any]] = []
    for maille in MAILLES:
        keyed = resultats.with_columns(total=pl.lit("total"))
        for (modalite,), part in sorted(keyed.group_by(maille), key=lambda each: str(each[0])):
            admis = part.filter(pl.col("decision_finale") == "ADMIS").height
            rows.append(
                {
                    "maille": maille,
                    "modalite": modalite,
                    "inscrits": part.height,
                    "presents": part.height,
                    "admis": admis,
                    "taux_reussite": admis / part.height,
                    "moyenne_generale": 11.0,
                }
            )
    return pl.DataFrame(rows)


def intervals(masked: pl.DataFrame, resultats: pl.DataFrame) -> dict[tuple[str, str], Any]:
    """Return what integers each hidden count may be, for who knows every crossing of the groups."""
    keyed = resultats.with_columns(total=pl.lit("total"))
    atomes = keyed.group_by(MAILLES).agg(n=pl.len()).sort(MAILLES)
    found: dict[tuple[str, str], Any] = {}
    shown = masked.filter(pl.col("admis").is_not_null())
    rows = np.array(
        [
            (atomes[maille] == modalite).to_numpy().astype(float)
            for maille, modalite in shown.select("maille", "modalite").iter_rows()
        ]
    )
    counts = shown["admis"].to_numpy()
    for maille, modalite in masked.filter("masque").select("maille", "modalite").iter_rows():
        aim = (atomes[maille] == modalite).to_numpy().astype(float)
        ends = [
            sign
            * milp(
                sign * aim,
                constraints=LinearConstraint(rows, counts, counts) if len(rows) else (),
                integrality=np.ones(atomes.height),
                bounds=Bounds(0, atomes["n"].to_numpy()),
            ).fun
            for sign in (1, -1)
        ]
        found[maille, modalite] = tuple(round(end) for end in ends)
    return found


def assert_safe(resultats: pl.DataFrame) -> pl.DataFrame:
    masked = secret.hide_small_groups(reussite_de(resultats), resultats, MINIMUM)
    possible = intervals(masked, resultats)
    sizes = {(m, g): n for m, g, n in masked.select("maille", "modalite", "presents").iter_rows()}
    for group, (low, high) in possible.items():
        needed = min(2, sizes[group]) if sizes[group] < MINIMUM else 1
        assert high - low >= needed, f"{group} : de {low} à {high}"
    shown = masked.filter(~pl.col("masque"))
    assert (shown["presents"] >= MINIMUM).all()
    hidden = masked.filter("masque")
    assert hidden.select("admis", "taux_reussite", "moyenne_generale").null_count().row(0) == (
        (hidden.height,) * 3
    )
    return masked


def hidden_of(masked: pl.DataFrame, maille: str) -> set[str]:
    return set(masked.filter("masque", maille=maille)["modalite"])


def test_nothing_is_hidden_without_small_groups() -> None:
    masked = assert_safe(resultats_de(("X", "C", "S", "F", 9, 5), ("Y", "C", "S", "M", 9, 6)))
    assert not masked["masque"].any()


def test_a_small_group_takes_another_of_its_table_with_it() -> None:
    masked = assert_safe(
        resultats_de(
            ("X", "C", "S", "F", 20, 9), ("Y", "C", "S", "F", 9, 6), ("Z", "C", "S", "F", 3, 1)
        )
    )
    assert hidden_of(masked, "etablissement") == {"Y", "Z"}


def test_the_same_candidates_under_another_name_are_hidden_too() -> None:
    """An establishment alone in its centre: shown there, it would give itself away."""
    masked = assert_safe(
        resultats_de(
            ("X", "C1", "S", "F", 20, 9), ("Y", "C2", "S", "F", 9, 6), ("Z", "C3", "S", "F", 3, 1)
        )
    )
    assert hidden_of(masked, "centre_ecrit") >= {"C2", "C3"}


def test_a_hidden_statut_is_not_told_by_the_table_of_establishments() -> None:
    """One GRETA is the whole of formation continue: the other table must not show it."""
    masked = assert_safe(
        resultats_de(
            ("LYCEE", "C1", "SCOLAIRE", "F", 60, 40),
            ("LP", "C3", "SCOLAIRE", "M", 8, 4),
            ("GRETA", "C2", "FC", "F", 9, 4),
            ("EAD", "C3", "EAD", "M", 1, 1),
        )
    )
    assert hidden_of(masked, "statut") == {"FC", "EAD"}
    assert "GRETA" in hidden_of(masked, "etablissement")
    assert "C2" in hidden_of(masked, "centre_ecrit")


def test_a_full_house_hides_more() -> None:
    """Where everyone is admitted the sum of two groups tells both: the smallest is no help."""
    masked = assert_safe(
        resultats_de(
            ("X", "C", "S", "F", 20, 9),
            ("W", "C", "S", "F", 12, 6),
            ("Y", "C", "S", "F", 6, 6),
            ("Z", "C", "S", "F", 3, 3),
        )
    )
    assert hidden_of(masked, "etablissement") == {"W", "Z"}


def test_an_average_of_a_few_is_hidden() -> None:
    resultats = resultats_de(
        ("X", "C", "S", "F", 20, 9), ("Y", "C", "S", "F", 9, 3), ("Z", "C", "S", "F", 7, 3)
    )
    few = pl.when((pl.col("etablissement") != "Z") | (pl.col("decision_finale") == "ADMIS"))
    with_few = resultats.with_columns(moyenne_generale=few.then("moyenne_generale"))
    masked = secret.hide_small_groups(reussite_de(resultats), with_few, MINIMUM)
    assert "Z" in hidden_of(masked, "etablissement")


@given(st.data())
@settings(max_examples=25, deadline=None)
def test_no_hidden_count_is_found_again(data: st.DataObject) -> None:
    atomes = [
        (
            f"E{e}",
            f"C{e // 2}",
            f"S{e % 3}",
            sexe,
            n := data.draw(st.integers(1, 12)),
            data.draw(st.integers(0, n)),
        )
        for e, sexe in product(range(data.draw(st.integers(2, 6))), "FM")
    ]
    presents, admis = sum(a[4] for a in atomes), sum(a[5] for a in atomes)
    # Nearly all, or nearly none: the session's own rate tells it of every group.
    assume(2 <= admis <= presents - 2)
    assert_safe(resultats_de(*atomes))


TOTAL = {
    "inscrits": 170,
    "admis": 134,
    "admis_controle": 10,
    "appeles": 16,
    "controle": 0,
    "refuses": 31,
    "elimines": 5,
    "incomplets": 0,
}


@pytest.mark.parametrize(
    ("changes", "hidden"),
    [
        ({}, set()),
        ({"elimines": 4}, {"elimines", "refuses"}),  # alone, it would follow from the others
        ({"elimines": 1, "controle": 1}, {"elimines", "controle", "refuses"}),
        ({"admis_controle": 3}, {"admis_controle", "admis_premier_groupe"}),
        (
            {"refuses": 2, "elimines": 1},
            {"refuses", "elimines", "controle", "incomplets"},
        ),  # nothing left to hide with them
    ],
)
def test_few_decisions_are_hidden_with_others(changes: dict[str, int], hidden: set[str]) -> None:
    rows = secret.hide_few_decisions(pl.DataFrame([TOTAL | changes]), MINIMUM)
    assert set(rows.filter(pl.col("nb_candidats").is_null())["decision"]) == hidden


def test_without_anyone_called_the_controle_has_no_row() -> None:
    total = TOTAL | {"appeles": 0, "admis_controle": 0}
    rows = secret.hide_few_decisions(pl.DataFrame([total]), MINIMUM)
    assert not {"admis_controle", "controle"} & set(rows["decision"])


def bins(counts: dict[float, int]) -> pl.DataFrame:
    return pl.DataFrame({"tranche": list(counts), "n": list(counts.values())})


def test_slices_hold_enough_candidates_and_lose_none() -> None:
    counts = {4.5: 1, 6.0: 1, 7.5: 4, 8.0: 6, 8.5: 2, 9.5: 7, 10.0: 9, 15.0: 3, 20.0: 2}
    rows = secret.group_averages(bins(counts), MINIMUM)
    assert (rows["n"] >= MINIMUM).all()
    assert rows["n"].sum() == sum(counts.values())
    assert rows.row(0)[:3] == (0.0, 8.0, 6)
    assert rows["fin"].to_list() == [*rows["tranche"].to_list()[1:], 20.0]
    assert {8.0, 10.0} <= set(rows["tranche"])
    assert (rows["hauteur"] * 2 * (rows["fin"] - rows["tranche"])).round(9).to_list() == [
        *rows["n"]
    ]


def test_a_threshold_goes_rather_than_a_small_slice_is_shown() -> None:
    rows = secret.group_averages(bins({7.0: 2, 9.0: 9, 12.0: 9}), MINIMUM)
    assert rows.select("tranche", "fin", "n").rows() == [(0.0, 10.0, 11), (10.0, 20.0, 9)]
    assert secret.group_averages(bins({7.0: 2}), MINIMUM).is_empty()


@given(st.dictionaries(st.integers(0, 40).map(lambda i: i / 2), st.integers(1, 9), min_size=1))
@settings(deadline=None)
def test_any_distribution_is_grouped(counts: dict[float, int]) -> None:
    rows = secret.group_averages(bins(counts), MINIMUM)
    total = sum(counts.values())
    assert rows["n"].sum() == (total if total >= MINIMUM else 0)
    assert (rows["n"] >= MINIMUM).all()
