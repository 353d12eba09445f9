"""SQLAlchemy reads an open DuckDB connection, and leaves it as it was."""

import duckdb
import pytest
import sqlalchemy as sa

from perequation.controles.dialecte import serve
from perequation.socle.erreurs import MissingInputError


@pytest.fixture
def con() -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    con.execute("create schema staging")
    con.execute("create table staging.note (code varchar, note double)")
    con.execute("insert into staging.note values ('Cab', 12.5), ('x', 3)")
    return con


def test_rows_outlive_the_connection(con: duckdb.DuckDBPyConnection) -> None:
    with serve(con) as url:
        engine = sa.create_engine(url)
        with engine.connect() as connection:
            result = connection.execute(sa.text("select code from staging.note order by code"))
        assert result.fetchall() == [("Cab",), ("x",)]


def test_parameters_are_bound(con: duckdb.DuckDBPyConnection) -> None:
    with serve(con) as url, sa.create_engine(url).connect() as connection:
        query = sa.text("select count(*) from staging.note where note > :seuil")
        assert connection.execute(query, {"seuil": 10}).scalar() == 1


def test_regular_expressions_match_anywhere(con: duckdb.DuckDBPyConnection) -> None:
    code = sa.column("code")
    with serve(con) as url, sa.create_engine(url).connect() as connection:
        for operator, expected in (("~", [("Cab",)]), ("!~", [("x",)])):
            query = sa.select(code).select_from(sa.text("staging.note"))
            assert connection.execute(query.where(code.op(operator)("a"))).fetchall() == expected


def test_columns_come_from_the_information_schema(con: duckdb.DuckDBPyConnection) -> None:
    with serve(con) as url:
        colonnes = sa.inspect(sa.create_engine(url)).get_columns("note", schema="staging")
    assert [c["name"] for c in colonnes] == ["code", "note"]


def test_handles_are_released_and_the_connection_stays_open(con: duckdb.DuckDBPyConnection) -> None:
    with serve(con) as url:
        engine = sa.create_engine(url)
        with engine.connect() as connection:
            unread = connection.execute(sa.text("select * from staging.note"))
    con.execute("drop table staging.note")
    with pytest.raises(sa.exc.DBAPIError):
        unread.fetchall()
    engine.dispose()
    with pytest.raises(MissingInputError):
        engine.connect()
