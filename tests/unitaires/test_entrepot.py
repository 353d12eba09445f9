"""The warehouse: built aside, published whole, read only."""

from pathlib import Path

import duckdb
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from perequation.socle import couches, entrepot
from perequation.socle.erreurs import MissingInputError, PerequationError

pytestmark = pytest.mark.lourd


@pytest.fixture
def published(tmp_path: Path) -> Path:
    path = tmp_path / "perequation.duckdb"
    with entrepot.open_construction(path, fresh=True) as con:
        con.execute(
            "create table marts.essai as select * from "
            "(values (2, 'b', 10.50::decimal(4,2)), (1, 'a', null), (3, null, 8.00)) "
            "as t(n, lettre, note)"
        )
    return path


def test_reading_is_sorted_filtered_and_exact(published: Path) -> None:
    assert entrepot.read_mart(published, "essai")["n"].to_list() == [1, 2, 3]
    assert entrepot.read_mart(published, "essai", lettre="b")["n"].to_list() == [2]
    assert entrepot.read_mart(published, "essai", lettre=None)["n"].to_list() == [3]
    assert entrepot.read_mart(published, "essai")["note"].dtype == pl.Decimal(4, 2)


@pytest.mark.parametrize("lignes", [0, 1, 100_000])
def test_an_export_is_what_is_read_though_written_block_by_block(
    tmp_path: Path, lignes: int
) -> None:
    export = tmp_path / "essai.parquet"
    with entrepot.open_construction(tmp_path / "construction.duckdb", fresh=True) as con:
        con.execute(
            "create table marts.essai as select (7 * i % 1000)::decimal(6, 2) as note,"
            f" 'n' || i as numero, i % 3 = 0 as pair from range({lignes}) t(i)"
        )
        entrepot.export_relation(con, "marts.essai", export, {"unite": "point"})
        lue = entrepot.read_relation(con, "marts.essai")
    assert_frame_equal(pl.read_parquet(export), lue, check_exact=True)
    assert pl.read_parquet_metadata(export)["unite"] == "point"


def test_memory_given_back_is_read_again_from_the_file(tmp_path: Path) -> None:
    # More than what is left to DuckDB for a moment.
    table = "create table marts.essai as select hash(i) as h from range(12_000_000) t(i)"
    total = "select sum(h) from marts.essai"
    kept = "select sum(memory_usage_bytes), current_setting('memory_limit') from duckdb_memory()"
    with entrepot.open_construction(tmp_path / "construction.duckdb", fresh=True) as con:
        con.execute(table)
        found = con.execute(total).fetchall()
        ((before, limit),) = con.execute(kept).fetchall()
        entrepot.give_back_memory(con)
        ((after, again),) = con.execute(kept).fetchall()
        assert after < before
        assert again == limit
        assert con.execute(total).fetchall() == found
    with entrepot.open_scratch() as con:
        con.execute(table)
        entrepot.give_back_memory(con)
        on_disk = "select sum(temporary_storage_bytes) from duckdb_memory()"
        assert con.execute(on_disk).fetchall() == [(0,)]


def test_some_columns_are_read_each_combination_once(tmp_path: Path) -> None:
    path = tmp_path / "perequation.duckdb"
    with entrepot.open_construction(path, fresh=True) as con:
        con.execute(
            "create table marts.essai as select * from "
            "(values (1, 'b', 'x'), (2, 'a', 'x'), (3, 'b', 'x'), (4, 'a', 'y')) as t(n, lettre, ou)"
        )
    with entrepot.open_read_only(path) as con:
        some = entrepot.read_relation(con, "marts.essai", ("lettre", "ou"), ou="x")
    assert some.rows() == [("a", "x"), ("b", "x")]


@pytest.mark.parametrize(
    ("table", "filtre", "mot"), [("absente", {}, "n'existe pas"), ("essai", {"x": 1}, "colonne x")]
)
def test_an_unknown_table_or_column_is_a_sentence(
    published: Path, table: str, filtre: dict[str, int], mot: str
) -> None:
    with pytest.raises(PerequationError, match=mot):
        entrepot.read_mart(published, table, **filtre)


def test_any_relation_can_be_read_and_a_near_name_is_offered(published: Path) -> None:
    assert entrepot.read_mart(published, "marts.essai")["n"].to_list() == [1, 2, 3]
    for table in ("esai", "intermediate.essai", "marts.marts.essai"):
        with pytest.raises(PerequationError, match=r"Vouliez-vous dire marts\.essai"):
            entrepot.read_mart(published, table)
    for table in ("", ".", "x.y.z", "marts.", 'a"b'):
        with pytest.raises(PerequationError, match="n'existe pas"):
            entrepot.read_mart(published, table)


def test_a_value_is_bound_and_never_sql(published: Path) -> None:
    assert entrepot.read_mart(published, "essai", lettre="a' or 1=1 --").height == 0


def test_a_published_warehouse_can_neither_be_written_nor_reach_files(published: Path) -> None:
    with entrepot.open_read_only(published) as con:
        with pytest.raises(duckdb.InvalidInputException):
            con.execute("create table marts.autre as select 1")
        with pytest.raises(duckdb.PermissionException):
            con.execute("select * from read_csv('/etc/passwd')")
        with pytest.raises(duckdb.InvalidInputException):
            con.execute("set enable_external_access = true")


def test_publishing_replaces_in_one_step_and_leaves_no_construction(
    published: Path, tmp_path: Path
) -> None:
    construction = tmp_path / "construction.duckdb"
    with entrepot.open_construction(construction, fresh=True) as con:
        con.execute("create table marts.essai as select 9 as n")
    entrepot.publish(construction, published)
    assert entrepot.read_mart(published, "essai")["n"].to_list() == [9]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["perequation.duckdb"]


def test_reading_or_going_on_without_a_file_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(MissingInputError, match="perequation executer"):
        entrepot.open_read_only(tmp_path / "absent.duckdb")
    with (
        pytest.raises(MissingInputError, match="perequation importer"),
        entrepot.open_construction(tmp_path / "absent.duckdb"),
    ):
        pass


def test_what_a_select_reads_is_what_the_parser_says() -> None:
    sql = (
        "with a as (select * from staging.note where x in (select x from reference.session)) "
        "select (select max(y) from raw.fichier), 'marts.faux' from a -- marts.commentaire"
    )
    with duckdb.connect() as con:
        assert couches.relations_read(con, sql) == {
            "staging.note",
            "reference.session",
            "raw.fichier",
        }
        with pytest.raises(PerequationError, match="illisible"):
            couches.relations_read(con, "selct 1")
