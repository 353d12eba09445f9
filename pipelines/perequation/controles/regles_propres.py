"""A session folder's own rules: `regles/*.sql`, each with its words in a TOML file of the same name.

They are checked and counted like those that come with the package: in SQL and by Great
Expectations, in `marts.anomalie` and in the quality report.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated

import duckdb
from pydantic import BaseModel, ConfigDict, Field

from perequation.controles.suites import REQUETE, Gravite, Regle, list_suites, relation_of
from perequation.socle.couches import relations_read
from perequation.socle.entrepot import open_memory
from perequation.socle.erreurs import ConfigurationError, PerequationError
from perequation.socle.fautes import read_model
from perequation.socle.regles_qualite import rule_names

DOSSIER_REGLES = "regles"
_Phrase = Annotated[str, Field(min_length=1)]


class Mots(BaseModel):
    """The words of an own rule."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    suite: str
    gravite: Gravite
    libelle: _Phrase
    constat: _Phrase
    remede: _Phrase
    source: str = "Règle de ce dossier"


def load_own_rules(folder: Path, suites: Iterable[str] | None = None) -> tuple[Regle, ...]:
    """Return the rules of a session folder that belong to some suites.

    Parameters
    ----------
    folder
        The session folder; its rules are `regles/NOM.sql` beside `regles/NOM.toml`.
    suites
        Names of suites; all by default.

    Raises
    ------
    ConfigurationError
        A rule lacks its words or its SQL, has the name of a rule of the package, names a suite
        that isn't there, or its SQL isn't one SELECT; all faults are told.
    """
    paths = sorted(
        p for p in (folder / DOSSIER_REGLES).glob("*.*") if p.suffix in {".sql", ".toml"}
    )
    names = dict.fromkeys(path.stem for path in paths)
    faults: list[str] = []
    rules: list[Regle] = []
    for name in names:
        try:
            rules.append(_read_rule(folder / DOSSIER_REGLES, name))
        except ConfigurationError as error:
            faults += [f"regles/{name} : {error.message}", *error.details]
    if faults:
        raise ConfigurationError("Des règles de ce dossier ne peuvent pas être lues.", faults)
    wanted = set(list_suites() if suites is None else suites)
    return tuple(rule for rule in rules if rule.suite in wanted)


def _read_rule(folder: Path, name: str) -> Regle:
    for suffix in (".sql", ".toml"):
        if not (folder / f"{name}{suffix}").is_file():
            raise ConfigurationError(
                f"{name}{suffix} manque : une règle est une requête et ses mots."
            )
    words = read_model(folder / f"{name}.toml", Mots, "Règle", "refusée")
    sql = (folder / f"{name}.sql").read_text(encoding="utf-8")
    faults = list(_faults(name, words, sql))
    if faults:
        raise ConfigurationError(" ; ".join(faults))
    return Regle(
        suite=words.suite,
        relation=relation_of(words.suite),
        regle=name,
        gravite=words.gravite,
        libelle=words.libelle,
        constat=words.constat,
        remede=words.remede,
        source=words.source,
        denombre=relation_of(words.suite),
        exige=(),
        type=REQUETE,
        parametres={},
        sql=sql.rstrip().removesuffix(";"),
        est_propre=True,
    )


def _faults(name: str, words: Mots, sql: str) -> Iterator[str]:
    if name in rule_names():
        yield "une règle livrée porte déjà ce nom"
    if words.suite not in list_suites():
        yield f"la suite « {words.suite} » n’existe pas (il y a : {', '.join(list_suites())})"
    try:
        with open_memory() as con:
            relations_read(con, sql.rstrip().removesuffix(";"))
    except (PerequationError, duckdb.Error):
        yield "la requête n’est pas un SELECT que DuckDB sait lire"
