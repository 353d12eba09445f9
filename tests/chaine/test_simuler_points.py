"""The short way of deciding a simulated mark gives what the whole computation does, on dirty data."""

import shutil
from pathlib import Path

import duckdb
import numpy as np
import polars as pl
import pytest
from carnets.atelier import publie
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from voies import draws

from perequation.harmonisation.simulation import comptes
from perequation.harmonisation.simulation import decisions as simulation
from perequation.harmonisation.simulation.points import DECISION, list_indirect, number_marks
from perequation.socle import couches, entrepot
from perequation.socle.dossier import Dossier

__all__ = ["publie"]

CODES = ("AB", "AJ", "NV", "DI")


@pytest.fixture(scope="module")
def sale(publie: Dossier, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse made dirty: codes anywhere, up to five optional épreuves a candidate."""
    path = tmp_path_factory.mktemp("sale") / "perequation.duckdb"
    shutil.copy(publie.entrepot, path)
    rng = np.random.default_rng(5)
    with duckdb.connect(str(path)) as con:
        notes = con.execute("select numero_candidat, epreuve from staging.note").fetchall()
        for place in rng.choice(len(notes), 90, replace=False):
            con.execute(
                "update staging.note set note = null, code = ? "
                "where numero_candidat = ? and epreuve = ?",
                [str(rng.choice(CODES)), *notes[place]],
            )
        optional = [f"EF{rank}" for rank in range(1, 6)]
        known = {
            code for (code,) in con.execute("select epreuve from reference.epreuve").fetchall()
        }
        for rank, name in enumerate(sorted(set(optional) - known)):
            con.execute(
                "insert into reference.epreuve by name select * replace (? as epreuve, ? as "
                "epreuve_groupe, true as est_facultative, 1 as coefficient, ? as rang, null as "
                "domaine) from (select * from reference.epreuve limit 1)",
                [name, name, 90 + rank],
            )
        for (candidate,) in con.execute(
            "select distinct numero_candidat from staging.note order by all limit 60"
        ).fetchall():
            for name in optional[: rng.integers(1, 6)]:
                con.execute(
                    "insert into staging.note by name select * replace (? as epreuve, ? as note, "
                    "null as code) from (select * from staging.note where numero_candidat = ? "
                    "and note is not null and etape <> 'controle' limit 1) where not exists (from "
                    "staging.note where numero_candidat = ? and epreuve = ?)",
                    [name, float(rng.integers(0, 41)) / 2, candidate, candidate, name],
                )
        # Three optional épreuves are then one more than counts: which count depends on the marks.
        con.execute("update reference.specialite set facultatives_maximales = 2")
        couches.build_relations(con, simulation.relations_of(DECISION))
        couches.build_relations(con, ("marts.note_retenue",))
    return path


@settings(max_examples=draws(3, 8), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10_000), share=st.sampled_from([0.1, 0.6, 1.0]))
def test_moved_points_decide_as_the_whole_computation(sale: Path, seed: int, share: float) -> None:
    with entrepot.open_read_only(sale) as con:
        known = con.sql(
            "select distinct session, specialite, numero_candidat, epreuve from staging.note "
            "where etape <> 'controle' order by all"
        ).pl()
    rng = np.random.default_rng(seed)
    marks = known.filter(pl.Series(rng.random(known.height) < share)).with_columns(
        scenario=pl.lit("1s")
    )
    marks = marks.with_columns(note=pl.Series(rng.integers(0, 2001, marks.height) / 100))
    order = ["scenario", "session", "specialite", "numero_candidat"]
    short = simulation.decide_marks(sale, marks).sort(order)
    whole = simulation.decide_wholly(sale, marks).sort(order)
    assert short.equals(whole)
    assert short["decision"].n_unique() >= 2


def test_most_candidates_take_the_short_way_and_some_the_long_one(sale: Path) -> None:
    with entrepot.open_read_only(sale) as con:
        marks = con.sql(
            "select '1s' as scenario, session, specialite, numero_candidat, epreuve, note::double "
            "as note from intermediate.note_retenue where note is not null"
        ).pl()
    with simulation.open_marks(sale, marks) as con:
        number_marks(con)
        list_indirect(con)
        (left,) = con.execute("select count(*) from indirect").fetchall()[0]
    assert 0 < left < marks["numero_candidat"].n_unique() / 2


@settings(max_examples=draws(2, 6), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10_000), at_once=st.sampled_from([1, 300, 500_000]))
def test_counts_of_a_grid_are_those_of_candidates_decided_wholly_one_by_one(
    sale: Path, seed: int, at_once: int
) -> None:
    with entrepot.open_read_only(sale) as con:
        marks = con.sql(
            "select session, specialite, epreuve, 'definitive' as etape, 'centre' as type_unite, "
            "numero_candidat, note from intermediate.note_retenue where note is not null "
            "order by all"
        ).pl()
    rng = np.random.default_rng(seed)
    marks = marks.filter(pl.Series(rng.random(marks.height) < 0.4))
    marks = marks.with_columns(unite=pl.Series(rng.integers(0, 9, marks.height)).cast(pl.String))
    points = sorted(rng.choice(np.arange(-6, 7), 3, replace=False) / 2)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(comptes, "_AT_ONCE", at_once)
        patch.setattr(comptes, "_WHOLLY_AT_ONCE", max(at_once, 1000))
        grid = comptes.grid_of_points(sale, marks, points)
    lot = marks.with_columns(pl.col("note").cast(pl.Float64)).join(
        pl.DataFrame({"points": points}), how="cross"
    )
    lot = lot.with_columns(
        note_simulee=(pl.col("note") + pl.col("points")).clip(0, 20),
        scenario=pl.col("epreuve") + pl.col("points").cast(pl.String),
    )
    key = ["scenario", "session", "specialite", "numero_candidat"]
    one_by_one = simulation.decide_scenarios(sale, lot, simulation.decide_wholly).join(
        lot.select(*key, "epreuve", "unite", "points"), on=key
    )
    par = ["epreuve", "unite", "points"]
    expected = comptes.count_consequences(one_by_one, par)
    assert grid.sort(par).select(expected.columns).equals(expected)
    changed = (lot["note"] - lot["note_simulee"]).abs() > 1e-9
    assert grid["nb_modifiees"].sum() == changed.sum()
    assert grid["nb_decisions_changees"].sum() > 0
