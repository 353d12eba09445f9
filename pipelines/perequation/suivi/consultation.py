"""The published tables for whoever asks: one query, read-only, or files to work on elsewhere."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

import duckdb
import polars as pl

from perequation.presentation.classeur import Feuille, save_workbook
from perequation.socle import entrepot
from perequation.socle.dictionnaire import parquet_metadata
from perequation.socle.dossier import Dossier, reserve_of
from perequation.socle.erreurs import ConfigurationError
from perequation.socle.fichiers import make_folder, write_csv, written_whole

Format = Literal["csv", "xlsx", "parquet"]
FORMATS: tuple[Format, ...] = get_args(Format)
# A spreadsheet stops there.
LIGNES_CLASSEUR = 1_048_575


def query(dossier: Dossier, sql: str) -> pl.DataFrame:
    """Answer one SELECT on the published warehouse; tables of `marts` need no schema.

    Parameters
    ----------
    dossier
        A session folder whose results are published.
    sql
        One SELECT. The warehouse is read-only, and nothing else on the machine can be read.

    Returns
    -------
    polars.DataFrame
        What the SELECT gives, in its order.

    Raises
    ------
    ConfigurationError
        It isn't one SELECT, or DuckDB can't answer it; the message holds DuckDB's reason.
    MissingInputError
        Nothing is published.
    """
    with entrepot.open_read_only(dossier.entrepot) as con:
        con.execute("use marts")
        try:
            _require_one_select(con.extract_statements(sql))
            return con.sql(sql).pl()
        except duckdb.Error as error:
            raise ConfigurationError(_reason(con, error)) from error


def _reason(con: duckdb.DuckDBPyConnection, error: duckdb.Error) -> str:
    """Say in French why a query has no answer, with what there is to ask, then DuckDB's own words."""
    said = f"(DuckDB : {str(error).strip().splitlines()[0]})"
    if isinstance(error, duckdb.CatalogException):
        tables = ", ".join(entrepot.list_tables(con, "marts"))
        return f"La requête nomme une table qui n’existe pas. Tables : {tables}. {said}"
    if isinstance(error, duckdb.BinderException):
        return (
            "La requête nomme une colonne qui n’existe pas : perequation colonnes TABLE les donne. "
            + said
        )
    if isinstance(error, duckdb.ParserException):
        return f"La requête n’est pas écrite en SQL que DuckDB comprenne. {said}"
    return f"La requête n’a pas de réponse. {said}"


def _require_one_select(statements: list[duckdb.Statement]) -> None:
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        raise ConfigurationError(
            "Une requête est une seule instruction SELECT : l’entrepôt publié ne se modifie pas."
        )


def render_text(frame: pl.DataFrame, limit: int) -> str:
    """Return a frame as a text table of at most `limit` rows, and how many are left out or none."""
    shown = frame.head(limit)
    with pl.Config(
        tbl_formatting="ASCII_MARKDOWN",
        tbl_hide_dataframe_shape=True,
        tbl_hide_column_data_types=True,
        tbl_rows=-1,
        tbl_cols=-1,
        tbl_width_chars=-1,
        fmt_str_lengths=200,
        fmt_table_cell_list_len=-1,
    ):
        table = str(shown)
    if frame.is_empty():
        return f"{table}\nAucune ligne."
    left_out = frame.height - shown.height
    return f"{table}\n… {left_out} de plus (--lignes)" if left_out > 0 else table


@dataclass(frozen=True)
class _Export:
    """One table to write, with what its Parquet file says of itself."""

    name: str
    frame: pl.DataFrame
    metadata: dict[str, str]


def export_tables(
    dossier: Dossier, folder: Path, form: Format, tables: tuple[str, ...] = ()
) -> tuple[Path, ...]:
    """Write published tables as files, one a table.

    Parameters
    ----------
    dossier
        A session folder whose results are published.
    folder
        Where to write; made for its owner alone when it isn't there.
    form
        `csv` for an office (UTF-8 with BOM, `;`), `xlsx`, or `parquet` with its metadata.
    tables
        Names of tables of `marts`; all of them when none is given.

    Returns
    -------
    tuple of pathlib.Path
        The files written, by name.

    Raises
    ------
    ConfigurationError
        A table is unknown, or doesn't fit in a spreadsheet; nothing is written.
    """
    exports = _read_exports(dossier, tables)
    if form == "xlsx":
        _refuse_what_does_not_fit(exports)
    make_folder(folder)
    return tuple(_write(export, folder, form, reserve_of(dossier)) for export in exports)


def _write(export: _Export, folder: Path, form: Format, reserve: str) -> Path:
    path = folder / f"{export.name}.{form}"
    if form == "csv":
        write_csv(path, export.frame)
    elif form == "parquet":
        with written_whole(path) as hidden:
            export.frame.write_parquet(hidden, metadata=export.metadata)
    else:
        sheet = Feuille(export.name, export.frame, export.frame.columns, export.name)
        save_workbook(folder, export.name, [sheet], reserve)
    return path


def _read_exports(dossier: Dossier, tables: tuple[str, ...]) -> list[_Export]:
    with entrepot.open_read_only(dossier.entrepot) as con:
        present = entrepot.list_tables(con, "marts")
        unknown = sorted(set(tables) - set(present))
        if unknown:
            raise ConfigurationError(
                f"Aucune table publiée ne s’appelle « {', '.join(unknown)} ». "
                f"Tables : {', '.join(present)}."
            )
        return [
            _Export(
                name,
                entrepot.read_relation(con, f"marts.{name}"),
                parquet_metadata(name, dossier.configuration.session.annee),
            )
            for name in (tables or present)
        ]


def _refuse_what_does_not_fit(exports: list[_Export]) -> None:
    too_long = [export.name for export in exports if export.frame.height > LIGNES_CLASSEUR]
    if too_long:
        raise ConfigurationError(
            f"Trop de lignes pour un classeur : {', '.join(too_long)}. "
            "Exportez en csv ou en parquet."
        )
