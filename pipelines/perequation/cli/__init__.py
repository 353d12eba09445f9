"""The command `perequation`: arguments, messages, exit codes; no logic."""

import sys
from typing import NoReturn

import click

from perequation.cli import (
    colonnes,
    comparaison,
    donnees,
    fichiers,
    harmonisation,
    jury,
    reglement,
    session,
)
from perequation.cli.base import cli
from perequation.socle.erreurs import REFUS_DU_DISQUE, PerequationError

__all__ = [
    "cli",
    "colonnes",
    "comparaison",
    "donnees",
    "fichiers",
    "harmonisation",
    "jury",
    "main",
    "reglement",
    "session",
]


def main(args: list[str] | None = None) -> None:
    """Run the command; a fault is told in French and gives the exit code of the contract."""
    arguments = sys.argv[1:] if args is None else args
    try:
        cli.main(args=arguments, prog_name="perequation", standalone_mode=False)
    except PerequationError as error:
        for ligne in error.lines():
            click.echo(ligne, err=True)
        sys.exit(error.code)
    except click.exceptions.Exit as fin:
        sys.exit(fin.exit_code)
    except click.Abort:
        click.echo("Interrompu.", err=True)
        sys.exit(1)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except Exception as error:
        if "--debug" in arguments:
            raise
        _tell_unexpected(error)


def _tell_unexpected(error: Exception) -> NoReturn:
    if isinstance(error, OSError) and error.filename and error.errno in REFUS_DU_DISQUE:
        click.echo(f"« {error.filename} » : {REFUS_DU_DISQUE[error.errno]}.", err=True)
        sys.exit(2)
    click.echo(
        f"Faute interne ({type(error).__name__}). Relancez avec : perequation --debug … "
        "et signalez-la avec sa trace.",
        err=True,
    )
    sys.exit(1)
