"""What changed since the last publication."""

from pathlib import Path

import click

from perequation.cli.base import DOSSIER, cli, run_on


@cli.command()
@DOSSIER
@click.option("--tout", is_flag=True, help="Montre chaque différence, pas les premières.")
def comparer(dossier: Path, tout: bool) -> None:
    """Dit ce qui a changé depuis la publication précédente."""
    from perequation.suivi.comparaison_texte import run_comparison

    with run_on(dossier, "comparer") as (session, _):
        for ligne in run_comparison(session, tout=tout):
            click.echo(ligne)
