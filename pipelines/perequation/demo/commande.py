"""`perequation demo`: fictitious sessions on the circulars' structure, through the normal way."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path

import click

from perequation.demo import list_sessions, make_session
from perequation.execution import executer
from perequation.socle.dossier import open_dossier
from perequation.socle.erreurs import ConfigurationError
from perequation.socle.extras import has_extra
from perequation.socle.journal import open_run
from perequation.suivi.etat import summarise


def run_demo(destination: Path, noms: Iterable[str], graine: int, jour: date | None) -> None:
    """Make session folders, run each from its files to its reports, and sum them up.

    Parameters
    ----------
    destination
        The folder the session folders are made in.
    noms
        Which sessions; none means all.
    graine
        Seed of the marks.
    jour
        Production date printed on the reports.

    Raises
    ------
    ConfigurationError
        A session name is not known.
    """
    connus = list_sessions()
    retenus = tuple(noms) or connus
    inconnus = sorted(set(retenus) - set(connus))
    if inconnus:
        raise ConfigurationError(
            f"Session de démonstration inconnue : {', '.join(inconnus)}. "
            f"Connues : {', '.join(connus)}."
        )
    click.echo("Établissements, candidats et notes sont fictifs ; structure et effectifs sont ceux")
    click.echo("de circulaires d'examen réelles.")
    for nom in retenus:
        _run_one(nom, destination / nom, graine, jour)
    if has_extra("rapports"):
        click.echo(f"\nOuvrez les rapports : {destination}/*/sortie/rapports/index.html")
    else:
        click.echo(f"\nTables et classeurs : {destination}/*/sortie/exports")


def _run_one(nom: str, racine: Path, graine: int, jour: date | None) -> None:
    dossier = open_dossier(make_session(nom, racine, graine=graine))
    click.echo(f"\n── {dossier.configuration.session.titre}")
    with open_run(dossier, "demo") as journal:
        executer(dossier, journal, jour)
    for ligne in summarise(dossier):
        click.echo(ligne)
