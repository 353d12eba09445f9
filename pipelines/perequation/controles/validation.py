"""Great Expectations over DuckDB: how many rows of each relation break each rule.

The library costs seconds to import: it is imported here, and by `rows` from here, and nowhere else.
Nothing is written to disk, nothing is sent anywhere, nothing is printed.
"""

import logging
import os
import sys
import threading
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager, suppress
from importlib import import_module
from itertools import groupby
from typing import TYPE_CHECKING, Any

import duckdb

from perequation.controles.deferred import defer
from perequation.controles.dialecte import serve
from perequation.controles.suites import REQUETE, Gravite, Regle, load_regles
from perequation.socle.erreurs import PerequationError

if TYPE_CHECKING:
    from great_expectations.datasource.fluent.sql_datasource import SQLDatasource

_SEVERITIES: dict[Gravite, str] = {
    "critique": "critical",
    "avertissement": "warning",
    "info": "info",
}
_UNUSED = ("altair", "scipy.stats")
# Counts only: the rows come from our own SELECT, which knows their file and line.
_COUNTS: dict[str, Any] = {"result_format": "SUMMARY", "partial_unexpected_count": 0}


def warm_up() -> None:
    """Import Great Expectations in the background, beside what DuckDB does meanwhile."""
    if "great_expectations" in sys.modules:
        return
    threading.Thread(target=_import_ahead, name="great-expectations", daemon=True).start()


def _import_ahead() -> None:
    # What is wrong is told when the library is asked for, by whoever asks.
    with suppress(Exception):
        import_library()


def import_library() -> Any:
    """Import Great Expectations, which costs seconds the first time."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    # A third of the import compiles a grammar of web addresses that no rule of ours reads.
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
    # Half of the rest: read by expectations about distributions, which aren't ours.
    for name in _UNUSED:
        defer(name)
    import great_expectations as gx

    return gx


def build_suites(suites: Iterable[str] | None = None) -> dict[str, dict[str, Any]]:
    """Return the suites in Great Expectations' own JSON, with the SQL of each rule in place.

    Parameters
    ----------
    suites
        Names of suites; all by default.

    Returns
    -------
    dict
        By name of suite, what `great_expectations.ExpectationSuite(**…)` takes. `meta` has the
        relation that the suite is run on.
    """
    import_library()
    from great_expectations import ExpectationSuite

    built: dict[str, dict[str, Any]] = {}
    for suite, group in groupby(load_regles(suites), key=lambda regle: regle.suite):
        regles = tuple(group)
        expectations = [_expectation(regle, regle.gravite) for regle in regles]
        meta = {"relation": regles[0].relation}
        built[suite] = ExpectationSuite(
            name=suite, expectations=expectations, meta=meta
        ).to_json_dict()
    return built


def count_anomalies(
    con: duckdb.DuckDBPyConnection,
    regles: Iterable[Regle],
    gravites: Mapping[str, Gravite] | None = None,
    reports: dict[str, dict[str, Any]] | None = None,
) -> dict[str, int]:
    """Validate relations with Great Expectations.

    Parameters
    ----------
    con
        Connection to committed tables; read only.
    regles
        The rules to run, in the order of their suites.
    gravites
        Severity by rule, where it differs from the rule's own.
    reports
        Filled with the library's own result of each suite, as it writes it in JSON.

    Returns
    -------
    dict
        Unexpected rows by name of rule; 0 means the expectation is met.

    Raises
    ------
    PerequationError
        A rule crashed: that is a fault of ours, not of the data.
    """
    counts: dict[str, int] = {}
    with _open_source(con) as source:
        for suite, group in groupby(regles, key=lambda regle: regle.suite):
            report = _validate_suite(source, suite, tuple(group), gravites or {})
            counts |= dict(map(_read_result, report.results))
            if reports is not None:
                reports[suite] = _as_json(report)
    return counts


@contextmanager
def _open_source(con: duckdb.DuckDBPyConnection) -> Generator["SQLDatasource"]:
    gx = import_library()
    logging.getLogger("great_expectations").setLevel(logging.ERROR)
    import_module("perequation.controles.rows")
    with serve(con) as url:
        context = gx.get_context(mode="ephemeral")
        context.variables.progress_bars = {"globally": False}  # pyright: ignore[reportAttributeAccessIssue]
        source = context.data_sources.add_sql(
            "entrepot", connection_string=url, create_temp_table=False
        )
        try:
            yield source
        finally:
            source.get_engine().dispose()


def _validate_suite(
    source: "SQLDatasource", suite: str, regles: tuple[Regle, ...], gravites: Mapping[str, Gravite]
) -> Any:
    from great_expectations import ExpectationSuite

    asset = source.add_query_asset(suite, query=f"select * from {regles[0].relation}")
    batch = asset.get_batch(asset.build_batch_request())
    expectations = [_expectation(r, gravites.get(r.regle, r.gravite)) for r in regles]
    with _configured_once():
        return batch.validate(
            ExpectationSuite(name=suite, expectations=expectations), result_format=_COUNTS
        )


@contextmanager
def _configured_once() -> Generator[None]:
    """Have each expectation write its configuration once, while none of them changes.

    The library has it written and checked anew each time it is looked at, fifty times a rule: a
    third of what validating costs.
    """
    from great_expectations.expectations.expectation import Expectation

    written: dict[int, tuple[Any, Any]] = {}
    library: Any = Expectation
    theirs = library.configuration

    def configuration(self: Any) -> Any:
        # Kept with its expectation, whose identity no other can have meanwhile.
        if id(self) not in written:
            written[id(self)] = self, theirs.fget(self)
        return written[id(self)][1]

    library.configuration = property(configuration)
    try:
        yield
    finally:
        library.configuration = theirs


def _as_json(report: Any) -> dict[str, Any]:
    """Return a report as the library writes it, without the time it was made at."""
    written: dict[str, Any] = report.to_json_dict()
    written["meta"].pop("batch_markers", None)
    return written


def _expectation(regle: Regle, gravite: Gravite) -> Any:
    from great_expectations.expectations.registry import get_expectation_impl

    parametres = dict(regle.parametres)
    if regle.type == REQUETE:
        parametres["unexpected_rows_query"] = regle.requete
    if "value_pairs_set" in parametres:
        parametres["value_pairs_set"] = [tuple(pair) for pair in parametres["value_pairs_set"]]
    impl: Any = get_expectation_impl(regle.type)
    meta = {"regle": regle.regle, "libelle": regle.libelle, "source": regle.source}
    return impl(**parametres, severity=_SEVERITIES[gravite], meta=meta)


def _read_result(result: Any) -> tuple[str, int]:
    """Return the rule and how many rows break it."""
    nom: str = result.expectation_config.meta["regle"]
    crash = _exception_message(result.exception_info)
    if crash is not None:
        raise PerequationError(
            f"Erreur interne : la règle {nom} n'a pas pu être évaluée.", crash.splitlines()[:3]
        )
    if result.success:
        return nom, 0
    details: dict[str, Any] = result.result
    if "unexpected_count" in details:
        return nom, int(details["unexpected_count"])
    if result.expectation_config.type == REQUETE:
        return nom, int(details["observed_value"])
    return nom, 1


def _exception_message(info: Mapping[str, Any] | None) -> str | None:
    """Return why an expectation crashed, from either shape the library uses; None if it did not."""
    if not info:
        return None
    shapes = [info] if "raised_exception" in info else list(info.values())
    messages = [str(s.get("exception_message")) for s in shapes if s.get("raised_exception")]
    return "\n".join(messages) or None
