"""What simulated marks change, counted: per scenario, or unit by unit for settings side by side.

A session of the whole country has half a million marks and a dozen settings to try on each: settings
are decided a few at a time, on numbers, and what comes out of the database is counts.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import duckdb
import polars as pl

from perequation.harmonisation.ecarts.trames import CLE
from perequation.harmonisation.simulation.decisions import decide_scenarios, decide_wholly
from perequation.harmonisation.simulation.notes import simulate_marks
from perequation.harmonisation.simulation.points import VERDICTS, decide_direct, list_indirect
from perequation.socle import entrepot

# Marks decided on at once: what holds the memory of a large session, one pass for a small one.
_AT_ONCE = 500_000
# The same of those whose candidates have all their marks copied.
_WHOLLY_AT_ONCE = 50_000
_UNITE = [*CLE, "unite"]
_CHANGES = ("decision_avant", "decision_apres", "franchit_10", "franchit_8")


def count_consequences(decisions: pl.DataFrame, par: Sequence[str] = ("scenario",)) -> pl.DataFrame:
    """Count what changes, per scenario or finer.

    Parameters
    ----------
    decisions
        Result of `decide_scenarios`, with the columns of `par` (a unit, joined by the caller); with
        ``nb``, each row stands for that many candidates.
    par
        Columns to count by.

    Returns
    -------
    polars.DataFrame
        `par`, nb_candidats, passent_10, perdent_10, passent_8, perdent_8, and for each of ADMIS,
        CONTROLE and REFUSE the number before and after; entrent_rattrapage and
        sortent_rattrapage; nb_decisions_changees; gagnent_admission and perdent_admission.
    """
    avant, apres = pl.col("decision_avant"), pl.col("decision_apres")
    nb = pl.col("nb") if "nb" in decisions.columns else pl.lit(1)
    comptes = {
        f"{decision.lower()}_{quand}": colonne == decision
        for decision in ("ADMIS", "CONTROLE", "REFUSE")
        for quand, colonne in (("avant", avant), ("apres", apres))
    }
    counted = {
        "nb_candidats": pl.lit(value=True),
        "passent_10": pl.col("franchit_10") == 1,
        "perdent_10": pl.col("franchit_10") == -1,
        "passent_8": pl.col("franchit_8") == 1,
        "perdent_8": pl.col("franchit_8") == -1,
        **comptes,
        "entrent_rattrapage": (avant != "CONTROLE") & (apres == "CONTROLE"),
        "sortent_rattrapage": (avant == "CONTROLE") & (apres != "CONTROLE"),
        "nb_decisions_changees": avant != apres,
        "gagnent_admission": (avant != "ADMIS") & (apres == "ADMIS"),
        "perdent_admission": (avant == "ADMIS") & (apres != "ADMIS"),
    }
    weighted = decisions.with_columns(nb=nb.cast(pl.UInt32))
    return (
        weighted.group_by(par)
        .agg(**{name: pl.col("nb").filter(test).sum() for name, test in counted.items()})
        .sort(list(par))
    )


def grid_of_points(path: Path | str, notes: pl.DataFrame, points: Sequence[float]) -> pl.DataFrame:
    """Compute the consequences of adding points to the marks of each unit, as a meeting decides.

    Each épreuve is corrected alone. A candidate has one unit per épreuve, so counts of any choice
    of units, each with its own points, add up exactly.

    Parameters
    ----------
    path
        A published warehouse.
    notes
        Rows of ``intermediate.harmonisation_note``, one stage and type of unit an épreuve.
    points
        Points added to each mark, which stays within [0, 20].

    Returns
    -------
    polars.DataFrame
        session, specialite, epreuve, etape, type_unite, unite, points, nb_modifiees and the counts
        of `count_consequences`.
    """
    marks = notes.select(*_UNITE, "numero_candidat", pl.col("note").cast(pl.Float64))
    return _count_by_unit(
        path, marks, "points", points, lambda each: (marks["note"] + each).clip(0, 20)
    )


def grid_of_shifts(
    path: Path | str, notes: pl.DataFrame, ecarts: pl.DataFrame, kappas: Sequence[float]
) -> pl.DataFrame:
    """Compute the consequences of shifting each unit by κ × its gap, for each κ.

    Each épreuve is corrected alone. A candidate has one unit per épreuve, so counts of any choice
    of units add up: the grid is exact at each of its points.

    Parameters
    ----------
    path
        A published warehouse.
    notes, ecarts
        See `read_study`; several épreuves may be given, one stage and type of unit each.
    kappas
        Values of κ in [0, 1].

    Returns
    -------
    polars.DataFrame
        session, specialite, epreuve, type_unite, unite, kappa, nb_modifiees, variation_moyenne
        (mean |Δ|, points) and the counts of `count_consequences`.
    """
    # Whatever κ, the rows and their order are the same.
    return _count_by_unit(
        path,
        simulate_marks(notes, ecarts, kappa=0),
        "kappa",
        kappas,
        lambda each: simulate_marks(notes, ecarts, kappa=each)["note_simulee"],
    )


def _count_by_unit(
    path: Path | str,
    marks: pl.DataFrame,
    reglage: str,
    settings: Sequence[float],
    move: Callable[[float], pl.Series],
) -> pl.DataFrame:
    """Count what each setting (κ, points) changes, unit by unit.

    Parameters
    ----------
    path
        A published warehouse.
    marks
        `CLE`, unite, numero_candidat, note: one row a mark.
    reglage
        What a setting is called.
    settings
        Each setting.
    move
        Gives the simulated marks of a setting, in the order of `marks`.
    """
    lieux = marks.select(_UNITE).unique().sort(_UNITE).with_row_index("lieu")
    base = marks.join(lieux, on=_UNITE, how="left", maintain_order="left").with_row_index("visee")
    moved: list[pl.DataFrame] = []
    changes: list[pl.DataFrame] = []
    left: list[pl.DataFrame] = []
    with entrepot.open_scratch(Path(path)) as con:
        indirect = _decide_as_they_stand(con, base)
        for lot in _lots(base, settings, move):
            moved.append(_count_moved(lot))
            changes.append(_change_directly(con, lot, len(settings)))
            left.append(lot.join(indirect, on="visee", how="semi"))
    changes += [
        _change_wholly(Path(path), part)
        for part in pl.concat(left).iter_slices(_WHOLLY_AT_ONCE)
        if part.height
    ]
    key = ["lieu", "rang"]
    counts = count_consequences(pl.concat(changes, how="vertical_relaxed"), key)
    values = {"rang": range(len(settings)), reglage: [float(each) for each in settings]}
    return (
        pl.concat(moved)
        .join(counts, on=key)
        .join(pl.DataFrame(values), on="rang")
        .select(*_UNITE, reglage, pl.exclude(*_UNITE, reglage, *key))
        .sort(*_UNITE, reglage)
    )


def _decide_as_they_stand(con: duckdb.DuckDBPyConnection, base: pl.DataFrame) -> pl.DataFrame:
    """Make ready to decide on marks that move; decide on them as they stand, as `telle_quelle`.

    Return the marks of candidates who can't be decided on that way.
    """
    con.register("base", base)
    con.execute("""
        create temp table visee as
        select visee, lieu, session, specialite, numero_candidat, epreuve from base
    """)
    con.execute("create temp table placee as select visee::bigint as cas, visee, note from base")
    con.unregister("base")
    list_indirect(con)
    decide_direct(con)
    con.execute(f"""
        create temp table telle_quelle as
        select visee, lieu, decision, sup_10, sup_8
        from ({VERDICTS}) as verdicts join visee on visee.visee = verdicts.numero_candidat
    """)
    left = con.sql("from visee semi join indirect using (session, specialite, numero_candidat)")
    return left.select("visee").pl()


def _lots(
    base: pl.DataFrame, settings: Sequence[float], move: Callable[[float], pl.Series]
) -> Iterator[pl.DataFrame]:
    """Yield the marks under a few settings; a mark under a setting is a cas: mark × settings + rank."""
    some = max(1, _AT_ONCE // max(1, base.height))
    ranks = range(len(settings))
    for start in ranks[::some]:
        yield pl.concat(
            base.with_columns(
                rang=pl.lit(rang),
                cas=pl.col("visee").cast(pl.Int64) * len(settings) + rang,
                note_simulee=move(settings[rang]),
            )
            for rang in ranks[start : start + some]
        )


def _count_moved(lot: pl.DataFrame) -> pl.DataFrame:
    delta = (pl.col("note_simulee") - pl.col("note")).abs()
    return lot.group_by(*_UNITE, "rang").agg(
        pl.first("lieu"), nb_modifiees=(delta > 1e-9).sum(), variation_moyenne=delta.mean()
    )


def _change_directly(
    con: duckdb.DuckDBPyConnection, lot: pl.DataFrame, settings: int
) -> pl.DataFrame:
    """Count, by unit and setting, the candidates for whom the same changes: few rows come out."""
    con.register("lot", lot.select("cas", "visee", note="note_simulee"))
    con.execute("create or replace temp table placee as select * from lot")
    con.unregister("lot")
    return con.sql(f"""
        select
            lieu,
            (verdicts.numero_candidat % {settings})::integer as rang,
            avant.decision as decision_avant,
            verdicts.decision as decision_apres,
            verdicts.sup_10 - avant.sup_10 as franchit_10,
            verdicts.sup_8 - avant.sup_8 as franchit_8,
            count(*) as nb
        from ({VERDICTS}) as verdicts
        join telle_quelle as avant on avant.visee = verdicts.numero_candidat // {settings}
        group by all
    """).pl()


def _change_wholly(path: Path, lot: pl.DataFrame) -> pl.DataFrame:
    """Say what changes for candidates who are decided on from all their marks, one row each."""
    reference = pl.concat_str("epreuve", "type_unite", "etape", separator="|")
    scenarios = lot.with_columns(
        reference=reference, scenario=reference + "|" + pl.col("rang").cast(pl.String)
    )
    key = ["scenario", "session", "specialite", "numero_candidat"]
    return (
        decide_scenarios(path, scenarios, decide_wholly)
        .join(scenarios.select(*key, "lieu", "rang"), on=key)
        .select("lieu", "rang", *_CHANGES, nb=pl.lit(1))
    )
