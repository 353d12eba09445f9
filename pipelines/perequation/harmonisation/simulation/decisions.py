"""Simulated marks through the real decision rules: each candidate's decision, scenario by scenario.

Every scenario is decided by the same SQL as the results, in one pass, from the published warehouse,
opened read-only. Most candidates only have their points moved (`points`); the others are copied in
memory, and everything is computed again from their marks. It writes nothing.
"""

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from perequation.harmonisation.simulation.points import (
    DECISION,
    VERDICTS,
    decide_direct,
    list_indirect,
    number_marks,
)
from perequation.socle import couches, entrepot
from perequation.socle.en_vigueur import keep_in_force
from perequation.socle.erreurs import MissingInputError

if TYPE_CHECKING:
    import polars as pl

_CANDIDAT = ["session", "specialite", "numero_candidat"]
_AVANT, _APRES = "0", "1"
# A candidate is repeated for each scenario under another number: scenario, separator, number.
_SEPARATEUR = "\x1f"


def read_study(
    path: Path | str, etape: str | None = None, **egalites: Any
) -> tuple["pl.DataFrame", "pl.DataFrame"]:
    """Return the marks one may simulate on and their gaps.

    Parameters
    ----------
    path
        A published warehouse.
    etape
        Stage of the marks; those in force when None.
    egalites
        Column = value, for instance ``specialite="MCO", epreuve="E42"``.

    Returns
    -------
    tuple of polars.DataFrame
        Rows of ``intermediate.harmonisation_note`` and of ``marts.ecart``.
    """
    with entrepot.open_read_only(path) as con:
        notes = entrepot.read_relation(con, "intermediate.harmonisation_note", **egalites)
        ecarts = entrepot.read_relation(con, "marts.ecart", **egalites)
    if etape is not None:
        return notes.filter(etape=etape), ecarts.filter(etape=etape)
    return keep_in_force(notes), keep_in_force(ecarts)


def decide_scenarios(
    path: Path | str,
    scenarios: "pl.DataFrame",
    decide: Callable[[Path, "pl.DataFrame"], "pl.DataFrame"] | None = None,
) -> "pl.DataFrame":
    """Decide each candidate under each scenario, and as the marks stand.

    Parameters
    ----------
    path
        A published warehouse, never modified.
    scenarios
        scenario (text), session, specialite, numero_candidat, epreuve, note (as it stands) and
        note_simulee, points out of 20; simulated marks are rounded half up to hundredths, the
        precision of the decision rules. A candidate without a row in a scenario is left out.
        Optional ``reference`` (text): scenarios that change the same marks of the same candidates
        share one and are compared with one decision as the marks stand, which is quicker.
    decide
        How candidates are decided: `decide_marks`, unless it is known that all of them have to be
        by `decide_wholly`.

    Returns
    -------
    polars.DataFrame
        One row per scenario and candidate: scenario, session, specialite, numero_candidat,
        decision_avant, decision_apres, moyenne_avant, moyenne_apres (hundredths are exact),
        franchit_10 and franchit_8 (1: passes the threshold upwards, -1: downwards, 0: neither,
        null without an average). Decisions are the proposals of the first group: a jury's
        decision, which no simulation changes, is left aside.
    """
    import polars as pl

    if "reference" not in scenarios.columns:
        scenarios = scenarios.with_columns(reference=pl.col("scenario"))
    apres = _marks(scenarios, "scenario", "note_simulee", _APRES)
    avant = _marks(scenarios, "reference", "note", _AVANT).unique()
    decisions = (decide or decide_marks)(Path(path), pl.concat([apres, avant]))
    paires = scenarios.select("scenario", "reference").unique()
    quand = pl.col("scenario").str.head(1)
    nom = pl.col("scenario").str.slice(1)
    simulees = decisions.filter(quand == _APRES).with_columns(scenario=nom)
    telles_quelles = decisions.filter(quand == _AVANT).with_columns(scenario=nom)
    return (
        simulees.join(paires, on="scenario")
        .join(
            telles_quelles.rename({"scenario": "reference"}),
            on=["reference", *_CANDIDAT],
            suffix="_avant",
        )
        .select(
            "scenario",
            *_CANDIDAT,
            "decision_avant",
            "moyenne_avant",
            decision_apres="decision",
            moyenne_apres="moyenne",
            franchit_10=pl.col("sup_10") - pl.col("sup_10_avant"),
            franchit_8=pl.col("sup_8") - pl.col("sup_8_avant"),
        )
        .sort("scenario", *_CANDIDAT)
    )


def _marks(scenarios: "pl.DataFrame", nom: str, note: str, quand: str) -> "pl.DataFrame":
    import polars as pl

    return scenarios.select(
        *_CANDIDAT, "epreuve", pl.col(note).alias("note"), scenario=pl.lit(quand) + pl.col(nom)
    )


def decide_marks(path: Path, marks: "pl.DataFrame") -> "pl.DataFrame":
    """Decide each candidate of each scenario, the shortest way there is for each candidate."""
    import polars as pl

    if not path.is_file():
        raise MissingInputError("Cette session n'a pas encore de résultats à simuler.")
    with open_marks(path, marks) as con:
        number_marks(con)
        list_indirect(con)
        decide_direct(con)
        direct = con.sql(f"""
            select cas.* exclude (cas), decision, moyenne, sup_10, sup_8
            from ({VERDICTS}) as verdicts join cas on cas.cas = verdicts.numero_candidat
        """).pl()
        others = con.sql(
            "from simulee semi join indirect using (session, specialite, numero_candidat)"
        )
        left = others.pl()
    return pl.concat([direct, decide_wholly(path, left)]) if left.height else direct


def decide_wholly(path: Path, marks: "pl.DataFrame") -> "pl.DataFrame":
    """Decide each candidate of each scenario by computing everything again from their marks.

    Parameters
    ----------
    path
        A published warehouse.
    marks
        scenario, session, specialite, numero_candidat, epreuve, note (points out of 20).

    Returns
    -------
    polars.DataFrame
        scenario, session, specialite, numero_candidat, decision, moyenne, sup_10, sup_8.
    """
    with _open_copy(path, marks) as con:
        return con.sql(f"""
            select
                split_part(numero_candidat, '{_SEPARATEUR}', 1) as scenario,
                verdicts.* replace (
                    split_part(numero_candidat, '{_SEPARATEUR}', 2) as numero_candidat
                )
            from ({VERDICTS}) as verdicts
        """).pl()


@contextmanager
def open_marks(path: Path, marks: "pl.DataFrame") -> Generator[duckdb.DuckDBPyConnection]:
    """Open a scratch warehouse with the marks to decide on as the table `simulee`."""
    with entrepot.open_scratch(path) as con:
        con.register("notes_simulees", marks)
        con.execute("create temp table simulee as select * from notes_simulees")
        yield con


@contextmanager
def _open_copy(path: Path, marks: "pl.DataFrame") -> Generator[duckdb.DuckDBPyConnection]:
    with open_marks(path, marks) as con:
        recalculees = relations_of(DECISION)
        for relation in sorted(_relations_named(recalculees) - set(recalculees)):
            _copy_relation(con, relation)
        _replace_marks(con)
        couches.build_relations(con, recalculees)
        yield con


@cache
def relations_of(cible: str) -> tuple[str, ...]:
    """Return the relations to build from the staging layer to reach `cible`, in that order."""
    fichiers, recalculees, a_voir = couches.sql_files(), set[str](), [cible]
    while a_voir:
        relation = a_voir.pop()
        if relation.split(".")[0] in ("intermediate", "marts"):
            recalculees.add(relation)
            a_voir.extend(couches.relations_named(fichiers[relation]) - recalculees)
    return tuple(relation for relation in couches.build_order() if relation in recalculees)


def _relations_named(relations: Sequence[str]) -> set[str]:
    fichiers = couches.sql_files()
    return {lue for r in relations for lue in couches.relations_named(fichiers[r])}


def _copy_relation(con: duckdb.DuckDBPyConnection, relation: str) -> None:
    """Copy a table; when it has candidates, once per scenario they are in, and only theirs."""
    schema, table = relation.split(".")
    origine = f'publie."{schema}"."{table}"'
    # Of this table only: information_schema would read the whole catalogue of both.
    colonnes = con.execute("select name from pragma_table_info(?)", [origine]).fetchall()
    if ("numero_candidat",) not in colonnes:
        con.execute(f"create table {relation} as select * from {origine}")
        return
    con.execute(f"""
        create table {relation} as
        select origine.* replace (
            scenario.scenario || '{_SEPARATEUR}' || origine.numero_candidat as numero_candidat)
        from {origine} as origine
        join (select distinct scenario, numero_candidat from simulee) as scenario
            using (numero_candidat)
    """)


def _replace_marks(con: duckdb.DuckDBPyConnection) -> None:
    """Put the simulated marks in the place of the marks they stand for, whatever their stage."""
    con.execute(f"""
        create temp table remplacante as
        select session, specialite, epreuve,
               scenario || '{_SEPARATEUR}' || numero_candidat as numero_candidat,
               (floor(note * 100 + 0.5 + 1e-9) / 100)::decimal(4, 2) as note
        from simulee
    """)
    key = "(session, specialite, numero_candidat, epreuve)"
    con.execute(f"""
        create temp table remplacee as
        select notes.* replace (remplacante.note as note, null as code)
        from staging.note as notes join remplacante using {key}
        where notes.etape is distinct from 'controle'
    """)
    con.execute("""
        delete from staging.note using remplacante as r
        where staging.note.session = r.session and staging.note.specialite = r.specialite
          and staging.note.numero_candidat = r.numero_candidat
          and staging.note.epreuve = r.epreuve and staging.note.etape is distinct from 'controle'
    """)
    con.execute("insert into staging.note select * from remplacee")
