"""Published data for other tools: one query, files, the suites of Great Expectations."""

from pathlib import Path

import click

from perequation.cli.base import CHEMIN, DOSSIER, Entier, cli

_VERS = click.option(
    "--vers", type=CHEMIN, required=True, metavar="CIBLE", help="Dossier où écrire les fichiers."
)


@cli.command(short_help="Répond à une requête sur les tables publiées.")
@DOSSIER
@click.argument("sql", metavar="REQUETE")
@click.option(
    "--format",
    "form",
    type=click.Choice(["texte", "csv", "json"]),
    default="texte",
    show_default=True,
    help="Ce qui est écrit sur la sortie.",
)
@click.option(
    "--lignes",
    type=Entier(1),
    metavar="N",
    default=50,
    show_default=True,
    help="Lignes montrées en texte.",
)
def requete(dossier: Path, sql: str, form: str, lignes: int) -> None:
    """Répond à une requête SELECT sur les tables publiées, en lecture seule.

    Les tables du schéma marts se nomment sans préfixe ; perequation colonnes les décrit.
    """
    from perequation.socle.dossier import open_dossier
    from perequation.suivi.consultation import query, render_text

    frame = query(open_dossier(dossier), sql)
    if form == "csv":
        click.echo(frame.write_csv(separator=";"), nl=False)
    elif form == "json":
        click.echo(frame.write_json())
    else:
        click.echo(render_text(frame, lignes))


@cli.command(short_help="Écrit les tables publiées en CSV, XLSX ou Parquet.")
@DOSSIER
@_VERS
@click.option(
    "--format",
    "form",
    type=click.Choice(["csv", "xlsx", "parquet"]),
    default="csv",
    show_default=True,
    help="CSV pour tableur, classeur, ou Parquet avec ses métadonnées.",
)
@click.option("--table", "tables", multiple=True, metavar="TABLE", help="Une table (répétable).")
def exporter(dossier: Path, vers: Path, form: str, tables: tuple[str, ...]) -> None:
    """Écrit les tables publiées dans des fichiers réservés à leur propriétaire.

    Ces tables sont pour le service des examens : rien n'y est masqué.
    """
    from perequation.socle.dossier import open_dossier
    from perequation.suivi.consultation import export_tables

    for path in export_tables(open_dossier(dossier), vers, form, tables):  # type: ignore[arg-type]
        click.echo(str(path))


@cli.command(short_help="Écrit les règles de qualité pour Great Expectations.")
@DOSSIER
@_VERS
@click.option(
    "--data-docs",
    is_flag=True,
    help="Valide aussi ce qui est publié et construit les Data Docs (pages de Great Expectations).",
)
def suites(dossier: Path, vers: Path, data_docs: bool) -> None:
    """Écrit les règles de qualité au format de Great Expectations, la requête de chaque règle avec.

    Une installation ordinaire les charge et les exécute sur l'entrepôt publié, à l'adresse dite.
    """
    from perequation.controles.atelier_gx import build_data_docs, warehouse_url, write_suites
    from perequation.socle.dossier import open_dossier

    session = open_dossier(dossier)
    address = warehouse_url(session)
    for path in write_suites(vers):
        click.echo(str(path))
    click.echo(f"Adresse de l'entrepôt : {address}")
    if data_docs:
        click.echo(f"Data Docs : {build_data_docs(session, vers)}")
