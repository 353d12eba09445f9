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
# A candidate is repeated for each scenario under another number: scenario, separator, number.
SEPARATEUR = "\x1f"


def list_indirect(con: duckdb.DuckDBPyConnection) -> None:
    """Make `indirect`: the candidates of `simulee` whose sums can't be moved mark by mark.

    Parameters
    ----------
    con
        A scratch warehouse with the published one attached as `publie`, and the table `simulee`
        (scenario, session, specialite, numero_candidat, epreuve, note).
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
        from simulee
        left join retenues using (session, specialite, numero_candidat, epreuve)
        where not coalesce(retenues.est_directe, false)
    """)


def decide_direct(con: duckdb.DuckDBPyConnection) -> None:
    """Make `intermediate.decision_calculee` for the candidates of `simulee` not in `indirect`."""
    con.execute(f"""
        create table {_POINTS} as
        with
        differences as (
            select
                simulee.scenario, session, specialite, numero_candidat,
                retenues.coefficient_c,
                retenues.est_facultative,
                retenues.domaine is not distinct from 'professionnel' as est_professionnelle,
                cast(floor(simulee.note * 100 + 0.5 + 1e-9) as bigint) as apres_c,
                retenues.note_c as avant_c,
                regimes.facultative_c
            from simulee
            join publie.reference.regime as regimes using (session)
            join publie.intermediate.note_retenue as retenues
                using (session, specialite, numero_candidat, epreuve)
            anti join indirect using (session, specialite, numero_candidat)
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
                scenario, session, specialite, numero_candidat,
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
                sommes.scenario || '{SEPARATEUR}' || candidats.numero_candidat as numero_candidat,
                candidats.points_dm + gain as points_dm,
                candidats.points_facultatifs_dm + gain_facultatif as points_facultatifs_dm,
                candidats.points_professionnels_dm + gain_professionnel as points_professionnels_dm
            )
        from publie.{_POINTS} as candidats
        join sommes using (session, specialite, numero_candidat)
    """)
    lues = couches.relations_named(couches.sql_files()[DECISION]) - {_POINTS}
    for relation in sorted(lues):
        con.execute(f"create table {relation} as select * from publie.{relation}")
    couches.build_relations(con, (DECISION,))
