"""The two tables of the controls: `marts.anomalie`, row by row, and `marts.controle_qualite`."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import duckdb

from perequation.controles.bilan import ResultatRegle
from perequation.controles.suites import Gravite, Regle
from perequation.socle.erreurs import ConfigurationError, PerequationError

_ANOMALIE = """
    create table if not exists marts.anomalie (
        fichier varchar, ligne bigint, colonne varchar, valeur varchar, regle varchar,
        gravite varchar, message varchar, suite varchar, relation varchar, detail varchar,
        numero_candidat varchar, specialite varchar, epreuve varchar, uai varchar
    )"""
_CONTROLE_QUALITE = """
    create table if not exists marts.controle_qualite (
        suite varchar, regle varchar, gravite varchar, reussi boolean, nb_testes bigint,
        nb_anomalies bigint, libelle varchar, relation varchar, taux_anomalies double,
        message varchar, remede varchar, source varchar, attente varchar
    )"""

# What a rule may leave out comes as NULL.
_FOUND = """
    create or replace temp table anomalie_trouvee (
        regle varchar, fichier varchar, ligne bigint, colonne varchar, valeur varchar,
        detail varchar, numero_candidat varchar, specialite varchar, epreuve varchar, uai varchar
    )"""
_FIND = """
    insert into anomalie_trouvee by name
    select $regle as regle, * from (
{sql}
    )
"""
# A rule of the session folder may give more columns than are read: half as long again to plan.
_READ = """
    with formes as (select * exclude (regle) from anomalie_trouvee limit 0)
    select fichier, ligne, colonne, valeur, detail, numero_candidat, specialite, epreuve, uai
    from (
        from formes union all by name (
{sql}
        )
    )
"""
# The candidate's establishment is found from its number.
_TELL = """
    insert into marts.anomalie by name
    with
    regles as (select unnest(?, recursive := true)),
    etablissements as (
        select numero_candidat, any_value(uai) as uai_candidat
        from staging.candidat
        where numero_candidat in (select numero_candidat from anomalie_trouvee)
        group by numero_candidat
    )
    select
        fichier, ligne, colonne, valeur, regle, gravite,
        concat(
            colonne || coalesce(' « ' || valeur || ' »', ' (vide)') || ' : ', constat,
            ' ; ' || detail, ' (règle ', regle, '). ', remede
        ) as message,
        suite, relation, detail,
        numero_candidat, specialite, epreuve, coalesce(uai, uai_candidat) as uai
    from anomalie_trouvee
    inner join regles using (regle)
    left join etablissements using (numero_candidat)
"""


def create_tables(con: duckdb.DuckDBPyConnection, suites: Iterable[str]) -> None:
    """Create the two tables, or empty them of what some suites found before."""
    con.execute("create schema if not exists marts")
    con.execute(_ANOMALIE)
    con.execute(_CONTROLE_QUALITE)
    for suite in suites:
        con.execute("delete from marts.anomalie where suite = ?", [suite])
        con.execute("delete from marts.controle_qualite where suite = ?", [suite])


def keep_reports(con: duckdb.DuckDBPyConnection, reports: Mapping[str, Mapping[str, Any]]) -> None:
    """Keep what Great Expectations itself says of each suite, as JSON, in `raw.validation`."""
    con.execute("create schema if not exists raw")
    con.execute("create table if not exists raw.validation (suite varchar, resultat varchar)")
    for suite, report in reports.items():
        con.execute("delete from raw.validation where suite = ?", [suite])
        con.execute(
            "insert into raw.validation values (?, ?)",
            [suite, json.dumps(report, ensure_ascii=False, indent=1)],
        )


def list_anomalies(
    con: duckdb.DuckDBPyConnection, regles: Sequence[Regle], gravites: Mapping[str, Gravite]
) -> dict[str, int]:
    """Append the rows that break some rules to `marts.anomalie`.

    Parameters
    ----------
    con
        Writable connection with the relations built.
    regles, gravites
        The rules to run, and the severity of each by name.

    Returns
    -------
    dict
        Rows that break it, by name of rule.

    Raises
    ------
    ConfigurationError
        The SELECT of a rule of the session folder failed.
    PerequationError
        That of one of ours did.
    """
    con.execute(_FOUND)
    counts = {regle.regle: _find(con, regle) for regle in regles}
    if any(counts.values()):
        con.execute(_TELL, [[_words_of(regle, gravites[regle.regle]) for regle in regles]])
    con.execute("drop table anomalie_trouvee")
    return counts


def _words_of(regle: Regle, gravite: Gravite) -> dict[str, str]:
    return {
        "regle": regle.regle,
        "gravite": gravite,
        "constat": regle.constat,
        "remede": regle.remede,
        "suite": regle.suite,
        "relation": regle.relation,
    }


def _find(con: duckdb.DuckDBPyConnection, regle: Regle) -> int:
    """Set the rows that break a rule aside and return how many."""
    sql = _READ.format(sql=regle.sql) if regle.est_propre else regle.sql
    try:
        row = con.execute(_FIND.format(sql=sql), {"regle": regle.regle}).fetchall()[0]
    except duckdb.Error as error:
        if regle.est_propre:
            raise ConfigurationError(
                f"regles/{regle.regle}.sql ne donne pas de réponse. Une règle rend les colonnes "
                "fichier, ligne, colonne, valeur des lignes qui ne la respectent pas.",
                str(error).splitlines()[:1],
            ) from error
        raise PerequationError(
            f"Erreur interne : la règle {regle.regle} n'a pas pu être évaluée.",
            str(error).splitlines()[:3],
        ) from error
    return int(row[0])


def read_examples(con: duckdb.DuckDBPyConnection, regle: str, nombre: int = 3) -> tuple[str, ...]:
    """Return the first anomalies of a rule, each with its file and line."""
    rows = con.execute(
        """
        select concat(fichier || coalesce(', ligne ' || ligne, '') || ' : ', message)
        from marts.anomalie
        where regle = ?
        order by fichier, ligne, valeur
        limit ?""",
        [regle, nombre],
    ).fetchall()
    return tuple(text for (text,) in rows)


def write_results(con: duckdb.DuckDBPyConnection, resultats: Iterable[ResultatRegle]) -> None:
    """Append what each rule found to `marts.controle_qualite`."""
    rows = [
        {
            "suite": r.regle.suite,
            "regle": r.regle.regle,
            "gravite": r.gravite,
            "reussi": r.reussi,
            "nb_testes": r.nb_testes,
            "nb_anomalies": r.nb_anomalies,
            "libelle": r.regle.libelle,
            "relation": r.regle.relation,
            "taux_anomalies": r.nb_anomalies / r.nb_testes if r.nb_testes else None,
            "message": r.message,
            "remede": r.regle.remede,
            "source": r.regle.source,
            "attente": r.regle.type,
        }
        for r in resultats
    ]
    if rows:
        con.execute(
            "insert into marts.controle_qualite by name select unnest(?, recursive := true)", [rows]
        )
