"""The warehouse: open it to build, to try, to read; put it in place; read its tables."""

from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from difflib import get_close_matches
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from perequation.socle.erreurs import FolderBusyError, MissingInputError, PerequationError
from perequation.socle.fichiers import make_folder, make_private, put_in_place

if TYPE_CHECKING:
    import polars as pl

COUCHES = ("staging", "intermediate", "marts")

SCHEMAS = ("raw", "reference", *COUCHES)

# Nothing is ever fetched, and no statement of ours reads a file once the inputs are in.
_CLOSED: dict[str, Any] = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "lock_configuration": "true",
    "allowed_configs": ["enable_progress_bar"],
}

# DuckDB has one class of error for all a disk refuses; its words tell who holds the file, or that
# it is of another format.
_TENU = ("Could not set lock", "Conflicting lock", "used by another process")

_AUTRE_VERSION = ("version number", "newer version of DuckDB", "storage version")

# The oldest format that keeps texts by dictionary (DuckDB 1.3 and later read it: an office's own
# tools, the oldest DuckDB this package runs on). That of 1.0 takes half as long again to write.
_FORMAT = "v1.3.0"

# Each column of each table takes a block at least: 27 MB of a small session's tables become 10. DuckDB
# reads blocks of this size from 1.1 on.
_BLOCK = 65536

# Rows read at a time, and of a group of rows in a Parquet file (DuckDB's own groups).
_ROWS, _ROW_GROUP = 30_720, 122_880

_BUILDING: dict[str, Any] = {
    "storage_compatibility_version": _FORMAT,
    "default_block_size": _BLOCK,
    # Five by default, kept in memory before they are written: 0.2 GB of the marks of a country.
    "write_buffer_row_group_count": 1,
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
}


def _connect(
    path: Path | str, config: dict[str, Any], *, read_only: bool = False
) -> duckdb.DuckDBPyConnection:
    con = duckdb.connect(str(path), read_only=read_only, config=config)
    # In a report DuckDB would print a bar of its own on a slow query; under a Jupyter kernel it
    # can't draw one, and refuses the setting.
    with suppress(duckdb.InvalidInputException):
        con.execute("set enable_progress_bar = false")
    return con


@contextmanager
def open_construction(path: Path, *, fresh: bool = False) -> Generator[duckdb.DuckDBPyConnection]:
    """Open the warehouse under construction for writing.

    Parameters
    ----------
    path
        The file being built (`Dossier.construction`).
    fresh
        Start from an empty file rather than go on with the one that is there.

    Raises
    ------
    MissingInputError
        There is no construction to go on with.
    """
    if fresh:
        make_folder(path.parent)
        discard(path)
    elif not path.is_file():
        raise MissingInputError(
            "Aucun import en cours dans ce dossier. Lancez d'abord : perequation importer DOSSIER"
        )
    with _connect(path, _BUILDING) as con:
        make_private(path)
        _create_schemas(con)
        yield con


@contextmanager
def open_scratch(publie: Path | None = None) -> Generator[duckdb.DuckDBPyConnection]:
    """Open a warehouse in memory with its schemas, thrown away afterwards.

    Parameters
    ----------
    publie
        A published warehouse to read beside it, as the database `publie`.
    """
    with open_memory() as con:
        _create_schemas(con)
        if publie is not None:
            attach_read_only(con, "publie", publie)
        yield con


def _create_schemas(con: duckdb.DuckDBPyConnection) -> None:
    for schema in SCHEMAS:
        con.execute(f"create schema if not exists {schema}")


@contextmanager
def transaction(con: duckdb.DuckDBPyConnection) -> Generator[None]:
    """Make what a block writes one transaction: one wait for the disk rather than one a statement.

    Inside another one, it is part of it.
    """
    try:
        con.begin()
    except duckdb.TransactionException:
        yield
        return
    try:
        yield
    except BaseException:
        with suppress(duckdb.Error):
            con.rollback()
        raise
    con.commit()


def give_back_memory(con: duckdb.DuckDBPyConnection) -> None:
    """Give back the memory of what was just read or written: DuckDB keeps it as long as it lacks none.

    It is read again from the file; a database in memory, which has none, would be put on the disk.
    """
    files = con.execute(
        "select path from duckdb_databases() where database_name = current_database()"
    )
    if files.fetchall() == [(None,)]:
        return
    # Refused where a query still holds some of it: the rest is given back all the same.
    with suppress(duckdb.OutOfMemoryException):
        con.execute("set memory_limit = '64MB'")
    con.execute("reset memory_limit")


def discard(path: Path) -> None:
    """Remove a warehouse file and its journal."""
    path.unlink(missing_ok=True)
    path.with_name(path.name + ".wal").unlink(missing_ok=True)


def publish(construction: Path, entrepot: Path) -> None:
    """Put a complete construction in the place of the published warehouse, in one step."""
    put_in_place(construction, entrepot)
    entrepot.with_name(entrepot.name + ".wal").unlink(missing_ok=True)


def open_read_only(path: Path | str) -> duckdb.DuckDBPyConnection:
    """Open a published warehouse, read-only and with no access to anything else.

    Raises
    ------
    MissingInputError
        The session was not computed yet, or its warehouse can't be read.
    FolderBusyError
        Another program has it open for writing.
    """
    if not Path(path).is_file():
        raise MissingInputError(
            "Cette session n'a pas encore de résultats. "
            "Lancez d'abord : perequation executer DOSSIER"
        )
    try:
        return _connect(path, _CLOSED, read_only=True)
    except duckdb.Error as error:
        raise _unreadable(Path(path), str(error)) from error


def _unreadable(path: Path, raison: str) -> PerequationError:
    """Tell a warehouse held by another program, of another version, or forbidden, from damage."""
    nom = path.name
    if any(words in raison for words in _TENU):
        return FolderBusyError(
            f"Les résultats sont ouverts en écriture par un autre programme ({nom}). "
            "Fermez-le, puis relancez."
        )
    if any(words in raison for words in _AUTRE_VERSION):
        return MissingInputError(
            f"Les résultats publiés ({nom}) ont été écrits par une version de DuckDB que celle-ci "
            f"({duckdb.__version__}) ne lit pas : le fichier est intact. Mettez perequation à jour "
            "sur ce poste, ou lisez-les où ils ont été écrits."
        )
    if not _may_read(path):
        return MissingInputError(
            f"Les résultats publiés ({nom}) ne peuvent pas être lus : accès refusé. Le fichier "
            "n'est pas en cause ; demandez-en l'accès à qui l'a écrit."
        )
    return MissingInputError(
        f"Les résultats publiés ({nom}) ne peuvent pas être lus : fichier abîmé. Pour les "
        "refaire : perequation executer DOSSIER (le fichier abîmé sera mis de côté, non détruit)"
    )


def _may_read(path: Path) -> bool:
    try:
        path.open("rb").close()
    except OSError:
        return False
    return True


def is_readable(path: Path) -> bool:
    """Say whether a warehouse is there and can be opened, now or once its holder is done."""
    try:
        open_read_only(path).close()
    except MissingInputError:
        return False
    except FolderBusyError:
        return True
    return True


@contextmanager
def kept_open(*paths: Path) -> Generator[None]:
    """Keep warehouses open while a block reads them again and again, those that can be read.

    Opening one starts DuckDB and reads its whole catalogue: tens of milliseconds, half a one when
    it is open already. Nothing may be put in their place meanwhile.
    """
    with ExitStack() as stack:
        for path in paths:
            with suppress(PerequationError):
                stack.enter_context(open_read_only(path))
        yield


def attach_read_only(con: duckdb.DuckDBPyConnection, nom: str, path: Path) -> None:
    """Attach a warehouse to a connection, read-only, as the database `nom`."""
    quoted = str(path).replace("'", "''")
    try:
        con.execute(f"attach '{quoted}' as {nom} (read_only)")
    except duckdb.Error as error:
        raise _unreadable(path, str(error)) from error


def open_memory() -> duckdb.DuckDBPyConnection:
    """Open a private database in memory, with nothing fetched and no bar drawn."""
    return _connect(":memory:", _BUILDING)


def read_mart(path: Path | str, table: str, **equalities: Any) -> "pl.DataFrame":
    """Read a relation of a warehouse, sorted by its columns, filtered by equality.

    Parameters
    ----------
    path
        A published warehouse.
    table
        A table of `marts` (``ecart``), or any relation with its schema
        (``intermediate.note_retenue``).
    equalities
        Column = wanted value; `None` keeps the rows where the column is empty.

    Returns
    -------
    polars.DataFrame
        The rows, in the order of the columns from left to right.

    Raises
    ------
    PerequationError
        The table or a column does not exist.
    """
    with open_read_only(path) as con:
        return read_relation(con, table if "." in table else f"marts.{table}", **equalities)


def read_relation(
    con: duckdb.DuckDBPyConnection, relation: str, columns: Sequence[str] = (), **equalities: Any
) -> "pl.DataFrame":
    """Read `schema.table` from an open connection; see `read_mart`.

    With `columns`, return what these hold, each combination once: a few rows of a large table.
    """
    return _sorted_rows(con, relation, columns, **equalities).pl()


def export_relation(
    con: duckdb.DuckDBPyConnection, relation: str, path: Path, metadata: dict[str, str]
) -> None:
    """Write what `read_relation` reads as a Parquet file, a block of rows at a time."""
    import polars as pl
    from polars.io.plugins import register_io_source

    reader = _sorted_rows(con, relation).to_arrow_reader(_ROWS)
    blocks = (pl.DataFrame(block) for block in reader)
    first = next(blocks, pl.DataFrame(reader.schema.empty_table()))
    second = next(blocks, None)
    if second is None:
        first.lazy().sink_parquet(path, row_group_size=_ROW_GROUP, metadata=metadata)
    else:

        def read(*_: object) -> Iterator[pl.DataFrame]:
            return chain((first, second), blocks)

        rows = register_io_source(read, schema=first.schema)
        rows.sink_parquet(path, row_group_size=_ROW_GROUP, metadata=metadata)
        give_back_memory(con)


def _sorted_rows(
    con: duckdb.DuckDBPyConnection, relation: str, columns: Sequence[str] = (), **equalities: Any
) -> duckdb.DuckDBPyRelation:
    schema, _, table = relation.partition(".")
    if equalities and (known := columns_of(con, relation)):
        unknown = sorted(set(equalities) - set(known))
        if unknown:
            raise PerequationError(f"{relation} n'a pas de colonne {', '.join(unknown)}.")
    conditions = " and ".join(f'"{name}" is not distinct from ?' for name in equalities) or "true"
    what = f"distinct {', '.join(columns)}" if columns else "*"
    try:
        return con.sql(
            f'select {what} from "{schema}"."{table}" where {conditions} order by all',
            params=list(equalities.values()),
        )
    except (duckdb.CatalogException, duckdb.ParserException):
        raise PerequationError(_no_such_relation(con, relation)) from None


def _no_such_relation(con: duckdb.DuckDBPyConnection, relation: str) -> str:
    """Say that a relation is not there, and which ones one may have meant."""
    names = [
        f"{schema}.{table}"
        for schema, table in con.execute(
            "select schema_name, table_name from duckdb_tables() union all"
            " select schema_name, view_name from duckdb_views() where not internal order by all"
        ).fetchall()
    ]
    table = relation.rpartition(".")[2]
    near = [name for name in names if table and name.rpartition(".")[2] == table]
    near = near or get_close_matches(relation, names, n=3)
    meant = f" Vouliez-vous dire {' ou '.join(near)} ?" if near else ""
    return f"La table {relation} n'existe pas dans cet entrepôt.{meant}"


def write_table(con: duckdb.DuckDBPyConnection, relation: str, frame: "pl.DataFrame") -> None:
    """Make a table of the construction from a frame."""
    con.register("trame", frame.to_arrow())
    con.execute(f"create or replace table {relation} as select * from trame")
    con.unregister("trame")


def columns_of(con: duckdb.DuckDBPyConnection, relation: str) -> list[str]:
    """Return the columns of `schema.table` in order; none when it does not exist."""
    schema, _, table = relation.partition(".")
    if not schema or not table:
        return []
    try:
        rows = con.execute(
            "select name from pragma_table_info(?) order by cid", [f'"{schema}"."{table}"']
        ).fetchall()
    except (duckdb.CatalogException, duckdb.ParserException):
        return []
    return [name for (name,) in rows]


def has_relation(con: duckdb.DuckDBPyConnection, relation: str) -> bool:
    """Say whether `schema.table` exists: a tenth of what listing the tables costs."""
    return bool(columns_of(con, relation))


def list_every_table(con: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    """Return the schema and name of each table, sorted; those of an attached warehouse apart."""
    return con.execute(
        "select table_schema, table_name from information_schema.tables "
        "where table_catalog = current_database() order by all"
    ).fetchall()


def list_tables(con: duckdb.DuckDBPyConnection, schema: str) -> list[str]:
    """Return the names of the tables of a schema, sorted; those of an attached warehouse apart."""
    return [name for its_schema, name in list_every_table(con) if its_schema == schema]
