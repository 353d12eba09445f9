"""The column dictionary: every column of every published table, described once.

`colonnes/*.toml` describe the tables of `marts`; a name alone in a table stands for a column of
`communes.toml`, which has one type and one meaning wherever it is. A test compares them with a
published warehouse.
"""

import json
import tomllib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

import duckdb

import perequation
from perequation.socle.couches import sql_files
from perequation.socle.entrepot import has_relation, open_read_only, transaction
from perequation.socle.erreurs import ConfigurationError, MissingInputError
from perequation.socle.ressources import PACKAGE

_COMMUNES = "communes.toml"
_GRAIN = "-- Grain : "
_ENTETE = """\
# Dictionnaire des colonnes

Les tables de `sortie/perequation.duckdb` (schéma `marts`), les mêmes en Parquet dans
`sortie/exports/`. Page écrite par `perequation colonnes`.

- **Types** : `varchar` texte, `boolean` vrai ou faux, `decimal(p,d)` nombre décimal exact (tout ce
  qui décide), `double` statistique, `bigint` et `integer` entiers, `varchar[]` liste de textes.
- **Points coefficientés** : coefficient × note ; ce ne sont pas des points sur 20.
- **Nominative** : la colonne désigne une personne, ou peut contenir de quoi la reconnaître.
- Les tables sont pour le service des examens : rien n'y est masqué sous `seuils.effectif_minimal`,
  même quand aucune colonne n'est nominative. Seuls les rapports le sont.
"""


@dataclass(frozen=True)
class ColonnePubliee:
    """One column of a published table.

    Attributes
    ----------
    nom
        Its name.
    type
        DuckDB's type, in lower case.
    sens
        Its meaning, in French.
    unite
        What it counts or is measured in; empty for a text.
    valeurs
        The codes it may hold; empty when it isn't a code.
    nominative
        Whether it identifies a person, or may hold what does.
    """

    nom: str
    type: str
    sens: str
    unite: str = ""
    valeurs: tuple[str, ...] = ()
    nominative: bool = False


@dataclass(frozen=True)
class TablePubliee:
    """One published table: what it answers, what a row is, its columns in order."""

    nom: str
    sens: str
    grain: str
    colonnes: tuple[ColonnePubliee, ...]

    @property
    def nominative(self) -> bool:
        """Whether any column identifies a person."""
        return any(colonne.nominative for colonne in self.colonnes)


@cache
def published_tables() -> dict[str, TablePubliee]:
    """Return every published table by name, in the order of the dictionary's files."""
    communes = {c["nom"]: c for c in _read(_COMMUNES)["colonnes"]}
    return {
        nom: _table(nom, content, communes)
        for path in sorted((PACKAGE / "colonnes").glob("*.toml"))
        if path.name != _COMMUNES
        for nom, content in _read(path.name).items()
    }


def _read(nom: str) -> dict[str, Any]:
    return tomllib.loads((PACKAGE / "colonnes" / nom).read_text(encoding="utf-8"))


def _table(nom: str, content: dict[str, Any], communes: dict[str, Any]) -> TablePubliee:
    colonnes = (communes[c] if isinstance(c, str) else c for c in content["colonnes"])
    return TablePubliee(
        nom,
        content["sens"],
        content.get("grain") or _grain_of(f"marts.{nom}"),
        tuple(ColonnePubliee(**c | {"valeurs": tuple(c.get("valeurs", ()))}) for c in colonnes),
    )


def _grain_of(relation: str) -> str:
    """Return what a row is, as the first line of the relation's SQL says."""
    return sql_files()[relation].splitlines()[0].removeprefix(_GRAIN)


def require_current(path: Path) -> None:
    """Stop when a publication doesn't have the tables and columns that this version reads.

    Raises
    ------
    MissingInputError
        It was published by another version, or can't be read.
    """
    with open_read_only(path) as con:
        require_current_in(con)


def require_current_in(con: duckdb.DuckDBPyConnection) -> None:
    """Stop as `require_current` does, of a publication open already."""
    if not has_relation(con, "reference.manifeste"):
        return  # not a publication: one made by hand
    there = _columns(con)
    for table in published_tables().values():
        if not {colonne.nom for colonne in table.colonnes} <= there.get(table.nom, set()):
            raise MissingInputError(
                "Les résultats publiés l'ont été par une autre version de Péréquation : ils n'ont pas "
                f"tout ce que celle-ci lit (table {table.nom}). Refaites-les : "
                "perequation executer DOSSIER --refaire"
            )


def _columns(con: duckdb.DuckDBPyConnection) -> dict[str, set[str]]:
    """Return the columns of each table of `marts`."""
    rows = con.execute(
        "select table_name, list(column_name) from duckdb_columns() "
        "where database_name = current_database() and schema_name = 'marts' group by table_name"
    ).fetchall()
    return {nom: set[str](columns) for nom, columns in rows}


def comment_tables(con: duckdb.DuckDBPyConnection) -> None:
    """Write the dictionary into a construction: COMMENT on each published table and column.

    Whoever opens the warehouse with another tool (DBeaver, DuckDB's own shell) reads there what a
    column means. A table that the construction hasn't is passed over.
    """
    there = _columns(con)
    said = [line for t in published_tables().values() for line in _comments(t, there.get(t.nom))]
    with transaction(con):
        con.execute(";\n".join(said) or "select 1").fetchall()


def _comments(table: TablePubliee, present: Collection[str] | None) -> Iterator[str]:
    if not present:
        return
    yield f"comment on table marts.{table.nom} is {_quoted(f'{table.sens} Grain : {table.grain}.')}"
    for column in table.colonnes:
        if column.nom in present:
            yield f'comment on column marts.{table.nom}."{column.nom}" is {_quoted(_comment(column))}'


def parquet_metadata(name: str, session: int) -> dict[str, str]:
    """Return what the Parquet file of a table says of itself.

    Parameters
    ----------
    name
        A table of `marts`; one the dictionary hasn't is described by its name alone.
    session
        Year of the session.

    Returns
    -------
    dict of str to str
        `perequation.version`, `.session`, `.table`, `.sens`, `.grain`, and `.colonnes`: JSON of
        type, unit, meaning and `nominative` by column.
    """
    metadata = {
        "perequation.version": perequation.__version__,
        "perequation.session": str(session),
        "perequation.table": name,
    }
    table = published_tables().get(name)
    if table is None:
        return metadata
    columns = {
        c.nom: {"type": c.type, "unite": c.unite, "sens": c.sens, "nominative": c.nominative}
        for c in table.colonnes
    }
    return metadata | {
        "perequation.sens": table.sens,
        "perequation.grain": table.grain,
        "perequation.colonnes": json.dumps(columns, ensure_ascii=False),
    }


def _comment(column: ColonnePubliee) -> str:
    unit = f" ; unité : {column.unite}" if column.unite else ""
    personal = " ; nominative" if column.nominative else ""
    return f"{column.sens}{unit}{personal}"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def describe_tables(nom: str | None = None) -> Iterator[str]:
    """Yield the dictionary as Markdown: one table of the warehouse, or all under a heading.

    Parameters
    ----------
    nom
        Name of a table, with or without `marts.`; all of them when it is left out.

    Raises
    ------
    ConfigurationError
        There is no such table; the message says the nearest names.
    """
    if nom is not None:
        yield from _describe(_find(nom))
        return
    yield from _ENTETE.splitlines()
    for table in published_tables().values():
        yield ""
        yield from _describe(table)


def _find(nom: str) -> TablePubliee:
    tables = published_tables()
    court = nom.lower().removeprefix("marts.")
    if court in tables:
        return tables[court]
    proches = get_close_matches(court, tables, 2)
    conseil = (
        f"Vouliez-vous {' ou '.join(proches)} ?" if proches else f"Tables : {', '.join(tables)}."
    )
    raise ConfigurationError(f"Aucune table publiée ne s'appelle « {nom} ». {conseil}")


def _describe(table: TablePubliee) -> Iterator[str]:
    yield f"## {table.nom}"
    yield ""
    yield f"{table.sens} Grain : {table.grain}."
    yield ""
    yield "| colonne | type | unité | sens | |"
    yield "|---|---|---|---|---|"
    yield from (_row(colonne) for colonne in table.colonnes)


def _row(c: ColonnePubliee) -> str:
    valeurs = f" ({', '.join(f'`{v}`' for v in c.valeurs)})" if c.valeurs else ""
    nominative = "nominative" if c.nominative else ""
    return f"| `{c.nom}` | `{c.type}` | {c.unite} | {c.sens}{valeurs} | {nominative} |"
