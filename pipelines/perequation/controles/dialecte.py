"""A read-only SQLAlchemy dialect that lets Great Expectations ask an open DuckDB connection.

Great Expectations fetches rows after giving its connection back, which the usual dialect does not
survive; here each statement has a DuckDB cursor of its own, and nothing is ever written or pooled.
The SQL is PostgreSQL's, but for the regular expressions.
"""

from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import duckdb
import sqlalchemy as sa
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.base import PGCompiler, PGDialect

from perequation.socle.entrepot import open_read_only

NOM = "perequation_duckdb"
_connections: dict[str, "_Connection"] = {}


class _Cursor:
    """A DB-API cursor with its own DuckDB cursor."""

    arraysize = 1
    rowcount = -1

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self._duckdb = con.cursor()

    @property
    def description(self) -> Any:
        return self._duckdb.description

    def execute(self, query: str, parameters: Sequence[Any] = ()) -> None:
        self._duckdb.execute(query, list(parameters))

    def fetchone(self) -> Any:
        return self._duckdb.fetchone()

    def fetchmany(self, size: int = 1) -> list[Any]:
        return self._duckdb.fetchmany(size)

    def fetchall(self) -> list[Any]:
        return self._duckdb.fetchall()

    def close(self) -> None:
        self._duckdb.close()


class _Connection:
    """A DB-API connection over a DuckDB connection that somebody else opened and will close."""

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self._duckdb = con
        self._cursors: list[_Cursor] = []

    def cursor(self) -> _Cursor:
        self._cursors.append(_Cursor(self._duckdb))
        return self._cursors[-1]

    def commit(self) -> None:
        """Nothing is ever written."""

    def rollback(self) -> None:
        """Nothing is ever written."""

    def close(self) -> None:
        """Keep the cursors: their rows are still to be fetched (see `serve`)."""

    def release(self) -> None:
        for cursor in self._cursors:
            cursor.close()
        self._cursors.clear()


class _DBAPI:
    paramstyle = "qmark"
    Error = duckdb.Error

    @staticmethod
    def connect(database: str) -> "_Connection":
        if database in _connections:
            return _connections[database]
        return _Connection(open_read_only(database))


class _Compiler(PGCompiler):
    """PostgreSQL's SQL, with DuckDB's name for a regular expression found anywhere in a text."""

    def visit_custom_op_binary(self, element: Any, operator: Any, **kw: Any) -> str:
        if operator.opstring not in ("~", "!~"):
            return super().visit_custom_op_binary(element, operator, **kw)
        sides = (self.process(side, **kw) for side in (element.left, element.right))
        found = f"regexp_matches({', '.join(sides)})"
        return found if operator.opstring == "~" else f"not {found}"


class DuckDBDialect(PGDialect):
    """The dialect; its URL is made by `serve`, or names a published warehouse.

    ``perequation_duckdb:////folder/sortie/perequation.duckdb`` is opened read-only: installed as an
    entry point of SQLAlchemy, it lets stock Great Expectations run on what is published.
    """

    driver = "duckdb"
    default_paramstyle = "qmark"
    supports_statement_cache = True
    statement_compiler = _Compiler

    @classmethod
    def import_dbapi(cls) -> Any:
        """Return the DB-API module, which is ours."""
        return _DBAPI

    def create_connect_args(self, url: sa.URL) -> Any:
        """Return what `connect` receives: the token of an open connection, or a file."""
        return [url.database], {}

    def initialize(self, connection: Any) -> None:
        """Ask the server nothing: DuckDB has no PostgreSQL catalogue."""
        del connection
        self.default_schema_name = "main"

    def get_columns(
        self, connection: Any, table_name: str, schema: str | None = None, **kw: Any
    ) -> Any:
        """Return the columns of a table, from the information schema."""
        del kw
        names: Iterable[Any] = connection.exec_driver_sql(
            "select column_name from information_schema.columns "
            "where table_name = ? and table_schema = ? order by ordinal_position",
            (table_name, schema or "main"),
        )
        return [
            {"name": name, "type": sa.types.NullType(), "nullable": True, "default": None}
            for (name,) in names
        ]


registry.register(NOM, __name__, "DuckDBDialect")


@contextmanager
def serve(con: duckdb.DuckDBPyConnection) -> Generator[str]:
    """Give the URL by which SQLAlchemy reaches an open DuckDB connection, until the block ends.

    Parameters
    ----------
    con
        Connection whose committed tables are read; it is neither written nor closed.
    """
    jeton = uuid4().hex
    _connections[jeton] = _Connection(con)
    try:
        yield f"{NOM}:///{jeton}"
    finally:
        _connections.pop(jeton).release()
