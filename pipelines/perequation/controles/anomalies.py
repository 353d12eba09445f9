"""The two tables of the controls: `marts.anomalie`, row by row, and `marts.controle_qualite`."""

import json
from collections.abc import Iterable, Mapping
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

# What a rule may leave out comes as NULL; the candidate's establishment is found from its number.
_INSERT = """
    insert into marts.anomalie by name
    with
    formes as (
        select null::varchar as fichier, null::bigint as ligne, null::varchar as colonne,
            null::varchar as valeur, null::varchar as detail, null::varchar as numero_candidat,
            null::varchar as specialite, null::varchar as epreuve, null::varchar as uai
        limit 0
    ),
    lignes as (
        from formes union all by name (
{sql}
        )
    ),
    etablissements as (
        select numero_candidat, any_value(uai) as uai_candidat
        from staging.candidat
        where numero_candidat in (select numero_candidat from lignes)
        group by numero_candidat
    )
    select
        fichier, ligne, colonne, valeur, $regle as regle, $gravite as gravite,
        concat(
            colonne || coalesce(' « ' || valeur || ' »', ' (vide)') || ' : ', $constat,
            ' ; ' || detail, ' (règle ', $regle, '). ', $remede
        ) as message,
        $suite as suite, $relation as relation, detail,
        numero_candidat, specialite, epreuve, coalesce(uai, uai_candidat) as uai
    from lignes
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


def list_anomalies(con: duckdb.DuckDBPyConnection, regle: Regle, gravite: Gravite) -> int:
    """Append the rows that break a rule to `marts.anomalie` and return how many.

    Raises
    ------
    PerequationError
        The SELECT of the rule failed.
    """
    parametres = {
        "regle": regle.regle,
        "gravite": gravite,
        "constat": regle.constat,
        "remede": regle.remede,
        "suite": regle.suite,
        "relation": regle.relation,
    }
    try:
        row = con.execute(_INSERT.format(sql=regle.sql), parametres).fetchall()[0]
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
        (
            r.regle.suite,
            r.regle.regle,
            r.gravite,
            r.reussi,
            r.nb_testes,
            r.nb_anomalies,
            r.regle.libelle,
            r.regle.relation,
            r.nb_anomalies / r.nb_testes if r.nb_testes else None,
            r.message,
            r.regle.remede,
            r.regle.source,
            r.regle.type,
        )
        for r in resultats
    ]
    if rows:
        marks = ", ".join("?" * len(rows[0]))
        con.executemany(f"insert into marts.controle_qualite values ({marks})", rows)
