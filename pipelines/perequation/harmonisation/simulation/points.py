"""Decide simulated marks from the sums already made: coefficient × difference, in exact integers.

A mark that changes moves the points of its candidate by coefficient × difference (for an optional
épreuve, of what is above its threshold); the proposal then comes from the decision rules themselves,
read from the same SQL as the results. Candidates whose sums another mark may enter or leave are left to the
whole computation (`decisions`): a mark that isn't the one retained, or more optional épreuves than
are counted.
"""

import duckdb

from perequation.socle import couches

DECISION = "intermediate.decision_calculee"
_POINTS = "intermediate.points_candidat"
# What a simulation says of a candidate, whatever the way it was decided.
VERDICTS = f"""
    select
        session,
        specialite,
        numero_candidat,
        decision_calculee as decision,
        case when est_calculable then moyenne_generale_c / 100 end as moyenne,
        if(est_calculable, (points_dm >= admission_c * coefficients_c)::tinyint, null) as sup_10,
        if(est_calculable, (points_dm >= appel_c * coefficients_c)::tinyint, null) as sup_8
    from {DECISION} join reference.regime using (session)
"""


def number_marks(con: duckdb.DuckDBPyConnection) -> None:
    """Make `cas`, `visee` and `placee`, which `decide_direct` reads, of the table `simulee`.

    Parameters
    ----------
    con
        A scratch warehouse with the table `simulee` (scenario, session, specialite,
        numero_candidat, epreuve, note).
    """
    for table, key in (
        ("cas", "scenario, session, specialite, numero_candidat"),
        ("visee", "session, specialite, numero_candidat, epreuve"),
    ):
        con.execute(f"""
            create temp table {table} as
            select row_number() over () as {table}, * from (select distinct {key} from simulee)
        """)
    con.execute("""
        create temp table placee as
        select cas, visee, note
        from simulee
        join cas using (scenario, session, specialite, numero_candidat)
        join visee using (session, specialite, numero_candidat, epreuve)
    """)


def list_indirect(con: duckdb.DuckDBPyConnection) -> None:
    """Make `indirect`: the candidates of `visee` whose sums can't be moved mark by mark.

    Parameters
    ----------
    con
        A scratch warehouse with the published one attached as `publie`, and the table `visee`
        (visee, a number; session, specialite, numero_candidat, epreuve): the marks to change.
    """
    con.execute("""
        create temp table indirect as
        with
        retenues as (
            select
                *,
                note is not null
                and not (est_conservee or est_contradictoire or est_rejetee or est_reserve)
                    as est_directe
            from publie.intermediate.note_retenue
        ),
        nombreuses as (
            select session, specialite, numero_candidat
            from retenues
            join publie.reference.regime as regimes using (session)
            left join publie.reference.specialite as specialites using (specialite)
            group by all
            having count(*) filter (where est_facultative)
                > any_value(coalesce(specialites.facultatives_maximales, regimes.facultatives_maximales))
        )
        select session, specialite, numero_candidat from nombreuses
        union
        select session, specialite, numero_candidat
        from visee
        left join retenues using (session, specialite, numero_candidat, epreuve)
        where not coalesce(retenues.est_directe, false)
    """)


def decide_direct(con: duckdb.DuckDBPyConnection) -> None:
    """Make `intermediate.decision_calculee` a view on the table `placee`, whatever it will hold.

    Parameters
    ----------
    con
        As `list_indirect` leaves it, with the table `placee`: cas, a number, the same for the marks
        of one candidate in one scenario; visee; note. The view has a row per cas, but for the
        candidates of `indirect`; its numero_candidat is the cas, so that millions of rows are
        decided without a text being written.
    """
    con.execute(f"""
        create temp table directe as
        select
            visee.visee,
            candidats.rowid as candidat,
            retenues.coefficient_c,
            retenues.est_facultative,
            retenues.domaine is not distinct from 'professionnel' as est_professionnelle,
            retenues.note_c as avant_c,
            regimes.facultative_c
        from visee
        join publie.reference.regime as regimes using (session)
        join publie.intermediate.note_retenue as retenues
            using (session, specialite, numero_candidat, epreuve)
        join publie.{_POINTS} as candidats using (session, specialite, numero_candidat)
        anti join indirect using (session, specialite, numero_candidat)
    """)
    con.execute(f"""
        create view {_POINTS} as
        with
        differences as (
            select
                placee.cas,
                directe.*,
                cast(floor(placee.note * 100 + 0.5 + 1e-9) as bigint) as apres_c
            from placee join directe using (visee)
        ),
        points as (
            select
                *,
                coefficient_c * if(
                    est_facultative,
                    greatest(0, apres_c - facultative_c) - greatest(0, avant_c - facultative_c),
                    apres_c - avant_c
                ) as points_dm
            from differences
        ),
        sommes as (
            select
                cas, candidat,
                cast(sum(points_dm) as bigint) as gain,
                cast(coalesce(sum(points_dm) filter (where est_facultative), 0) as bigint)
                    as gain_facultatif,
                cast(coalesce(
                    sum(points_dm) filter (where est_professionnelle and not est_facultative), 0
                ) as bigint) as gain_professionnel
            from points
            group by all
        )
        select
            candidats.* replace (
                sommes.cas as numero_candidat,
                candidats.points_dm + gain as points_dm,
                candidats.points_facultatifs_dm + gain_facultatif as points_facultatifs_dm,
                candidats.points_professionnels_dm + gain_professionnel as points_professionnels_dm
            )
        from publie.{_POINTS} as candidats
        join sommes on sommes.candidat = candidats.rowid
    """)
    rules = couches.sql_files()[DECISION]
    for relation in sorted(couches.relations_named(rules) - {_POINTS}):
        con.execute(f"create view {relation} as select * from publie.{relation}")
    con.execute(f"create view {DECISION} as {rules}")
