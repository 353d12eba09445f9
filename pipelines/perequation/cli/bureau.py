"""The command that opens the page for those who don't type commands."""

from pathlib import Path

import click

from perequation.cli.base import CHEMIN, Entier, cli
from perequation.socle.erreurs import ConfigurationError


@cli.command(short_help="Ouvre le bureau : les sessions dans le navigateur.")
@click.argument("racine", type=CHEMIN, default="sessions", metavar="[RACINE]")
@click.option(
    "--port", type=Entier(0, 65535), default=0, metavar="N", help="Port local (défaut : un libre)."
)
@click.option("--sans-navigateur", is_flag=True, help="N'ouvre pas le navigateur, dit l'adresse.")
@click.option(
    "--inactivite",
    type=Entier(1, 1440),
    default=60,
    show_default=True,
    metavar="MINUTES",
    help="Se ferme de lui-même après ce temps sans demande.",
)
@click.option("--raccourci", is_flag=True, help="Écrit un lanceur à double-cliquer, sans ouvrir.")
def bureau(
    racine: Path, port: int, sans_navigateur: bool, inactivite: int, raccourci: bool
) -> None:
    """Ouvre le bureau : une page de cette machine, pour faire une session sans commandes.

    RACINE est le dossier qui contient les dossiers de session (défaut : sessions). Rien n'est
    accessible d'une autre machine.
    """
    if raccourci:
        from perequation.bureau.launcher import write_launcher

        click.echo(f"Lanceur : {write_launcher(racine)}")
        return
    try:
        from perequation.bureau.command import open_bureau
    except ModuleNotFoundError as error:
        raise ConfigurationError(
            f"Le bureau demande un complément ({error.name} manque) : pip install "
            '"perequation[bureau]".'
        ) from error
    open_bureau(racine, port=port, browser=not sans_navigateur, minutes=inactivite)
