"""One pass of the controls over an open warehouse."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import duckdb

from perequation.controles import anomalies
from perequation.controles.bilan import Bilan, ResultatRegle
from perequation.controles.suites import REQUETE, Gravite, Regle, load_regles
from perequation.socle.entrepot import transaction
from perequation.socle.erreurs import PerequationError
from perequation.socle.formats import format_count


def run_controls(
    con: duckdb.DuckDBPyConnection,
    relations: Iterable[str] | None = None,
    own_rules: tuple[Regle, ...] = (),
) -> Bilan:
    """Check relations with Great Expectations and list the rows that break a rule.

    Parameters
    ----------
    con
        Writable connection with the relations built and committed.
    relations
        Names of suites (``candidats``, ``notes``, ``resultats``, ``imports``, ``etablissements``);
        all by default.
    own_rules
        Rules of the session folder, checked with those of their suites.

    Returns
    -------
    Bilan
        What each rule found. `marts.anomalie` and `marts.controle_qualite` are written, and what
        the same suites had found before is replaced.

    Raises
    ------
    PerequationError
        A rule crashed, or Great Expectations and SQL disagree: a fault of ours.
    """
    from perequation.controles.validation import count_anomalies

    # Suite by suite: Great Expectations validates each at once.
    regles = tuple(sorted((*load_regles(relations), *own_rules), key=lambda regle: regle.suite))
    gravites = _severities(con, regles)
    manques = {regle.regle: _missing(con, regle) for regle in regles}
    actives = [regle for regle in regles if not manques[regle.regle]]
    anomalies.create_tables(con, dict.fromkeys(regle.suite for regle in regles))
    # A SELECT of ours is what Great Expectations asks: the rows it found none of are not asked again.
    autres = [regle for regle in actives if regle.est_propre or regle.type != REQUETE]
    en_sql = _list(con, autres, gravites)
    reports: dict[str, dict[str, Any]] = {}
    selon_gx = count_anomalies(con, actives, gravites, reports)
    trouvees = [r for r in actives if r.regle not in en_sql and selon_gx.get(r.regle) != 0]
    en_sql = dict.fromkeys((r.regle for r in actives), 0) | en_sql | _list(con, trouvees, gravites)
    _require_agreement(en_sql, selon_gx)
    anomalies.keep_reports(con, reports)
    testes = {relation: _count(con, relation) for relation in {r.denombre for r in actives}}
    resultats = tuple(
        _skipped(regle, gravites[regle.regle], manques[regle.regle])
        if manques[regle.regle]
        else _result(con, regle, gravites[regle.regle], testes[regle.denombre], en_sql)
        for regle in regles
    )
    with transaction(con):
        anomalies.write_results(con, resultats)
    return Bilan(resultats)


def _list(
    con: duckdb.DuckDBPyConnection, regles: Sequence[Regle], gravites: Mapping[str, Gravite]
) -> dict[str, int]:
    with transaction(con):
        return anomalies.list_anomalies(con, regles, gravites)


def _severities(con: duckdb.DuckDBPyConnection, regles: Iterable[Regle]) -> dict[str, Gravite]:
    """Return the severity of each rule in this session, which may raise some to blocking."""
    rows = con.execute("select regle from reference.regle_bloquante").fetchall()
    bloquantes = {nom for (nom,) in rows}
    return {r.regle: "critique" if r.regle in bloquantes else r.gravite for r in regles}


def _missing(con: duckdb.DuckDBPyConnection, regle: Regle) -> tuple[str, ...]:
    """Return the relations a rule needs that have no row."""
    return tuple(name for name in regle.exige if _count(con, name) == 0)


def _count(con: duckdb.DuckDBPyConnection, relation: str) -> int:
    return int(con.execute(f"select count(*) from {relation}").fetchall()[0][0])


def _require_agreement(en_sql: dict[str, int], selon_gx: dict[str, int]) -> None:
    ecarts = [
        f"{nom} : {count} en SQL, {selon_gx.get(nom)} selon Great Expectations"
        for nom, count in en_sql.items()
        if count != selon_gx.get(nom)
    ]
    if ecarts:
        raise PerequationError("Erreur interne : deux comptes d'une même règle diffèrent.", ecarts)


def _result(
    con: duckdb.DuckDBPyConnection,
    regle: Regle,
    gravite: Gravite,
    testes: int,
    anomalies_par_regle: dict[str, int],
) -> ResultatRegle:
    count = anomalies_par_regle[regle.regle]
    message = (
        f"{format_count(count, 'anomalie')} "
        f"({format_count(testes, 'ligne contrôlée', 'lignes contrôlées')})."
    )
    exemples = anomalies.read_examples(con, regle.regle) if count else ()
    return ResultatRegle(regle, gravite, count == 0, testes, count, message, exemples)


# What the user would have to give for a rule to be run.
_MANQUES = {
    "staging.etablissement": "aucun fichier d'établissements",
    "staging.decision_jury": "aucune décision du jury",
    "reference.effectif_attendu": "aucun effectif attendu dans session.toml",
    "reference.regle_bloquante": "aucune règle rendue bloquante dans session.toml",
}


def _skipped(regle: Regle, gravite: Gravite, manques: tuple[str, ...]) -> ResultatRegle:
    message = f"Non exécutée : {', '.join(_MANQUES[nom] for nom in manques)}."
    return ResultatRegle(regle, gravite, None, 0, 0, message)
