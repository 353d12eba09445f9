"""The rule catalogue: a rule is one expectation of `expectations/`, one SELECT of `sql/controles/`.

The expectation counts the rows that break the rule, the SELECT lists them. Where a rule needs other
tables than its own, its expectation is that the SELECT returns nothing.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, cast

from perequation.socle.erreurs import PerequationError
from perequation.socle.ressources import ressource

Gravite = Literal["critique", "avertissement", "info"]
GRAVITES: tuple[Gravite, ...] = ("critique", "avertissement", "info")
REQUETE = "unexpected_rows_expectation"


@dataclass(frozen=True)
class Regle:
    """One rule.

    Attributes
    ----------
    suite
        Name of the suite it belongs to, which is also its SQL folder.
    relation
        ``schema.table`` whose rows it checks.
    regle
        Its name, unique over all suites.
    gravite
        What a row that breaks it means; a session may raise it to ``critique``.
    libelle
        What must hold, one French sentence.
    constat
        What is wrong with a row that breaks it.
    remede
        What to do about it.
    source
        Where the rule comes from.
    denombre
        Whose rows are counted as tested, when they are not all of its own: a relation, or which of
        its rows the rule is about (``staging.note where mode = 'CCF'``).
    exige
        Relations that must have rows, or the rule is not run.
    type
        Type of the expectation.
    parametres
        Its arguments.
    sql
        SELECT of the rows that break it: fichier, ligne, colonne, valeur and, when they make sense,
        detail, numero_candidat, specialite, epreuve, uai.
    est_propre
        Whether it is the session folder's own (`regles/`), not one of the package.
    """

    suite: str
    relation: str
    regle: str
    gravite: Gravite
    libelle: str
    constat: str
    remede: str
    source: str
    denombre: str
    exige: tuple[str, ...]
    type: str
    parametres: dict[str, Any]
    sql: str
    est_propre: bool = False

    @property
    def requete(self) -> str:
        """The SELECT as Great Expectations wants it: no template, no bind, ends on a fresh line."""
        sql = re.sub(r":(?=\w)", r"\\:", self.sql.replace("{", "{{").replace("}", "}}"))
        # The batch must be named, or Great Expectations prints a warning at every turn.
        batch = "with controlee as (select * from {batch})"
        return f"{batch}\nselect * from (\n{sql}\n) as anomalies"


def load_regles(suites: Iterable[str] | None = None) -> tuple[Regle, ...]:
    """Return the rules of the named suites, of all of them by default.

    Raises
    ------
    PerequationError
        A suite does not exist, or a rule misses its SQL.
    """
    known = list_suites()
    wanted = known if suites is None else tuple(suites)
    for suite in wanted:
        if suite not in known:
            raise PerequationError(
                f"La suite de vérifications « {suite} » n'existe pas (il y a : {', '.join(known)})."
            )
    return tuple(regle for suite in wanted for regle in _load_suite(suite))


@cache
def list_suites() -> tuple[str, ...]:
    """Return the names of the suites, sorted."""
    return tuple(sorted(path.stem for path in ressource("expectations").glob("*.json")))


def relation_of(suite: str) -> str:
    """Return the relation whose rows a suite checks."""
    return str(_read_suite(suite)["meta"]["relation"])


@cache
def _read_suite(suite: str) -> dict[str, Any]:
    text = ressource("expectations", f"{suite}.json").read_text(encoding="utf-8")
    return json.loads(text)


@cache
def _load_suite(suite: str) -> tuple[Regle, ...]:
    content = _read_suite(suite)
    relation = relation_of(suite)
    return tuple(_read_rule(suite, relation, entry) for entry in content["expectations"])


def _read_rule(suite: str, relation: str, entry: dict[str, Any]) -> Regle:
    meta = dict(entry["meta"])
    nom = cast("str", meta.pop("regle"))
    path = ressource("sql", "controles", suite, f"{nom}.sql")
    if not path.is_file():
        raise PerequationError(f"La règle {nom} n'a pas de requête ({path.name} manque).")
    return Regle(
        suite=suite,
        relation=relation,
        regle=nom,
        denombre=meta.pop("denombre", relation),
        exige=tuple(meta.pop("exige", ())),
        type=entry["type"],
        parametres=entry["kwargs"],
        sql=path.read_text(encoding="utf-8"),
        **meta,
    )
