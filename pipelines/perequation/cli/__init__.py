"""The command `perequation`: arguments, messages, exit codes; no logic."""

import sys
from collections.abc import Iterable
from contextlib import suppress
from typing import NoReturn

import click

from perequation.cli import (
    bureau,
    campagne,
    colonnes,
    comparaison,
    donnees,
    fichiers,
    flux,
    harmonisation,
    interruption,
    jury,
    preuve,
    reglement,
    session,
)
from perequation.cli.base import cli
from perequation.socle.erreurs import PerequationError
from perequation.socle.monde import find_shortage, tell_refusal
from perequation.socle.processus import collect_less_often, end_at_once, end_with

__all__ = [
    "bureau",
    "campagne",
    "cli",
    "colonnes",
    "comparaison",
    "donnees",
    "fichiers",
    "harmonisation",
    "jury",
    "main",
    "preuve",
    "reglement",
    "session",
]


def main(args: list[str] | None = None) -> None:
    """Run the command; a fault is told in French and gives the exit code of the contract."""
    arguments = sys.argv[1:] if args is None else args
    debug = "--debug" in arguments
    flux.is_own_process = args is None and not debug
    if args is None:
        collect_less_often()
    if not flux.is_own_process:
        _answer(arguments, debug=debug)
        return
    end_at_once()
    try:
        _answer(arguments, debug=False)
    except SystemExit as end:
        if isinstance(end.code, int):
            end_with(end.code)
        raise
    end_with(0)


def _answer(arguments: list[str], *, debug: bool) -> None:
    flux.settle()
    interruption.listen()
    try:
        _run(arguments)
    except BaseException as error:
        if isinstance(error, SystemExit) or (debug and not isinstance(error, PerequationError)):
            raise
        if interruption.is_one(error):
            _stop(
                ["Interrompu : relancez la même commande, rien n'est publié à moitié."],
                interruption.CODE,
            )
        if isinstance(error, PerequationError):
            _stop(error.lines(), error.code)
        # Under a limit too low anything may fail, and in any words.
        refus = tell_refusal(error) or find_shortage()
        if refus is not None:
            _stop(refus.lines(), refus.code)
        faute = (
            f"Faute interne ({type(error).__name__}). Relancez avec : perequation --debug … "
            "et signalez-la avec sa trace."
        )
        _stop([faute], 1)


def _run(arguments: list[str]) -> None:
    """Run the command as click understands it; only click's own endings are seen to here."""
    try:
        code = cli.main(args=arguments, prog_name="perequation", standalone_mode=False)
    except click.exceptions.Exit as fin:
        sys.exit(fin.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except SystemExit:
        # Click ends so when who was reading has gone (`perequation etat … | head -1`).
        flux.drop_outputs()
        sys.exit(0)
    if code:
        sys.exit(code)


def _stop(lines: Iterable[str], code: int) -> NoReturn:
    """Say why, as far as anyone listens, and end with a code of the contract."""
    with suppress(OSError, ValueError):
        for line in lines:
            click.echo(line, err=True)
    sys.exit(code)
