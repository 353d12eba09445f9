"""`perequation demo`: fictitious sessions on the circulars' structure, through the normal way."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from pathlib import Path

import click

from perequation.demo import list_sessions, load_faits, write_faits
from perequation.execution import calculer, controler, executer, importer
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
    known = list_sessions()
    retenus = tuple(noms) or known
    inconnus = sorted(set(retenus) - set(known))
    if inconnus:
        raise ConfigurationError(
            f"Session de démonstration inconnue : {', '.join(inconnus)}. "
            f"Connues : {', '.join(known)}."
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
    precedentes = _run_earlier(nom, racine.parent, graine)
    faits = replace(load_faits(nom), precedentes=precedentes)
    dossier = open_dossier(write_faits(faits, racine, graine))
    click.echo(f"\n── {dossier.configuration.session.titre}")
    with open_run(dossier, "demo") as journal:
        executer(dossier, journal, jour, papiers=False)
    for ligne in summarise(dossier):
        click.echo(ligne)


def _run_earlier(nom: str, destination: Path, graine: int) -> tuple[str, ...]:
    """Make the results of the year before, without reports; return its folder, if there is one."""
    faits = load_faits(nom).year_before()
    if faits is None:
        return ()
    dossier = open_dossier(write_faits(faits, destination / faits.nom, graine))
    click.echo(f"\n── {faits.titre} (session antérieure, inventée : résultats sans rapports)")
    with open_run(dossier, "demo") as journal:
        for step in (importer, controler, calculer):
            step(dossier, journal)
    return (f"../{faits.nom}",)
