"""The column dictionary."""

import click

from perequation.cli.base import cli


@cli.command(short_help="Décrit les colonnes des tables publiées.")
@click.argument("table", metavar="[TABLE]", required=False)
def colonnes(table: str | None) -> None:
    """Décrit les colonnes des tables publiées : type, unité, sens, nominative ou non.

    Sans TABLE, toutes, comme docs/colonnes.md.
    """
    from perequation.socle.dictionnaire import describe_tables

    for ligne in describe_tables(table):
        click.echo(ligne)
