"""Published tables for other tools: read-only queries, files, metadata, Great Expectations."""

import json
import stat
from pathlib import Path

import duckdb
import polars as pl
import pytest
from chaine.conftest import run

from perequation.socle.entrepot import read_mart


def test_a_query_answers_without_schema(publie: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sql = "select maille, inscrits from reussite where maille = 'total'"
    assert run("requete", str(publie), sql, "--format", "json") == 0
    assert json.loads(capsys.readouterr().out) == [{"maille": "total", "inscrits": 170}]


def test_the_text_says_what_it_leaves_out(publie: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("requete", str(publie), "from resultat_candidat", "--lignes", "3") == 0
    out = capsys.readouterr().out
    assert "… 167 de plus" in out
    assert "Aucune ligne." not in out
    assert run("requete", str(publie), "from reussite where maille = 'session'") == 0
    assert "Aucune ligne." in capsys.readouterr().out


@pytest.mark.parametrize(
    "sql",
    [
        "drop table marts.reussite",
        "select 1; select 2",
        "copy (select 1) to '/tmp/perequation_interdit.csv'",
        "select * from read_csv('/etc/passwd')",
        "attach '/tmp/perequation_interdit.duckdb'",
        "select * from inconnue",
        "selekt",
        "",
    ],
)
def test_whatever_is_not_a_select_on_the_warehouse_is_refused(
    publie: Path, capsys: pytest.CaptureFixture[str], sql: str
) -> None:
    assert run("requete", str(publie), sql) == 2
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.parametrize("form", ["csv", "xlsx", "parquet"])
def test_tables_are_exported_for_their_owner_alone(publie: Path, tmp_path: Path, form: str) -> None:
    target = tmp_path / "export"
    assert (
        run("exporter", str(publie), "--vers", str(target), "--format", form, "--table", "reussite")
        == 0
    )
    (path,) = target.iterdir()
    assert path.name == f"reussite.{form}"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    frame = {
        "csv": lambda: pl.read_csv(path, separator=";"),
        "xlsx": lambda: pl.read_excel(path),
        "parquet": lambda: pl.read_parquet(path),
    }[form]()
    with duckdb.connect(str(publie / "sortie" / "perequation.duckdb"), read_only=True) as con:
        assert frame.height == con.execute("select count(*) from marts.reussite").fetchall()[0][0]


def test_an_unknown_table_writes_nothing(publie: Path, tmp_path: Path) -> None:
    target = tmp_path / "export"
    assert run("exporter", str(publie), "--vers", str(target), "--table", "inconnue") == 2
    assert not target.exists()


def test_every_published_column_is_commented(publie: Path) -> None:
    with duckdb.connect(str(publie / "sortie" / "perequation.duckdb"), read_only=True) as con:
        bare = con.execute(
            "select table_name, column_name from duckdb_columns() "
            "where schema_name = 'marts' and coalesce(comment, '') = ''"
        ).fetchall()
        tables = con.execute(
            "select table_name from duckdb_tables() "
            "where schema_name = 'marts' and coalesce(comment, '') = ''"
        ).fetchall()
    assert bare == tables == []


def test_parquet_says_what_it_is(publie: Path) -> None:
    metadata = pl.read_parquet_metadata(publie / "sortie" / "exports" / "reussite.parquet")
    assert metadata["perequation.session"] == "2023"
    columns = json.loads(metadata["perequation.colonnes"])
    assert columns["inscrits"]["unite"] == "candidats"


def test_stock_great_expectations_runs_our_suites(publie: Path, tmp_path: Path) -> None:
    """What it finds is what `marts.controle_qualite` says, for every rule that was run."""
    import great_expectations as gx

    from perequation.controles.atelier_gx import warehouse_url
    from perequation.socle.dossier import open_dossier

    assert run("suites", str(publie), "--vers", str(tmp_path)) == 0
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    source = context.data_sources.add_sql(
        "publie", connection_string=warehouse_url(open_dossier(publie)), create_temp_table=False
    )
    found: dict[str, bool] = {}
    for path in sorted(tmp_path.glob("*.json")):
        written = json.loads(path.read_text("utf-8"))
        asset = source.add_query_asset(
            path.stem, query=f"select * from {written['meta']['relation']}"
        )
        batch = asset.add_batch_definition_whole_table(path.stem).get_batch()
        for result in batch.validate(gx.ExpectationSuite(**written)).results:
            found[result.expectation_config.meta["regle"]] = result.success
    source.get_engine().dispose()
    rules = read_mart(publie / "sortie" / "perequation.duckdb", "controle_qualite")
    said = dict(rules.select("regle", "reussi").drop_nulls("reussi").iter_rows())
    assert said
    assert {name: found[name] for name in said} == said


def test_great_expectations_own_results_are_beside_the_publication(publie: Path) -> None:
    folder = publie / "sortie" / "exports" / "validations"
    results = json.loads((folder / "notes.json").read_text("utf-8"))
    assert {"success", "results", "statistics"} <= set(results)
    assert "numero" not in json.dumps([r["result"] for r in results["results"]])
