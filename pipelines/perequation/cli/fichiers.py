"""Commands on files: what is understood of one, CCF templates, sheets to send back."""

from datetime import datetime
from pathlib import Path

import click

from perequation.cli.base import CHEMIN, DOSSIER, JOUR, Entier, cli, day, run_on

TYPES = ("candidats", "notes", "etablissements", "decisions_harmonisation", "decisions_jury")


@cli.command(short_help="Essaie l'import d'un fichier, sans rien changer.")
@click.argument("fichier", type=CHEMIN, metavar="FICHIER")
@click.option("--dossier", type=CHEMIN, help="Dossier de la session où l'essayer.")
@click.option("--type", "type_fichier", type=click.Choice(TYPES), help="Sorte de fichier.")
def apercu(fichier: Path, dossier: Path | None, type_fichier: str | None) -> None:
    """Essaie l'import d'un fichier, sans rien changer au dossier."""
    from perequation.ingestion import kinds_of, preview
    from perequation.ingestion.apercu.texte import describe_preview
    from perequation.socle.dossier import open_dossier

    session = open_dossier(dossier) if dossier else None
    sortes = kinds_of(fichier, session) if session and not type_fichier else ()
    for sorte in sortes or (type_fichier,):
        for ligne in describe_preview(preview(fichier, session, sorte)):
            click.echo(ligne)


@cli.command("modele-ccf", short_help="Fabrique les classeurs de notes de CCF.")
@DOSSIER
@click.option("--vers", type=CHEMIN, help="Où écrire (défaut : sortie/modeles_ccf).")
@click.option(
    "--version",
    type=Entier(1),
    default=1,
    metavar="N",
    help="Numéro d'envoi, 1 par défaut : le plus haut remplace les autres.",
)
def modele_ccf(dossier: Path, vers: Path | None, version: int) -> None:
    """Fabrique les classeurs de notes de CCF, un par établissement."""
    from perequation.ingestion.ccf.commande import make_templates

    with run_on(dossier, "modele-ccf") as (session, journal):
        for ligne in make_templates(session, vers, version):
            journal.say(ligne)


@cli.command("modele-controle", short_help="Fabrique les classeurs de notes de contrôle.")
@DOSSIER
@click.option("--remplacer", is_flag=True, help="Refait un classeur déjà rempli.")
def modele_controle(dossier: Path, remplacer: bool) -> None:
    """Fabrique les classeurs de notes des épreuves de contrôle, un par académie et spécialité."""
    from perequation.ingestion.ccf.controle import make_control_templates

    with run_on(dossier, "modele-controle") as (session, journal):
        for ligne in make_control_templates(session, remplacer=remplacer):
            journal.say(ligne)


@cli.command("suivi-ccf", short_help="Dit qui a renvoyé son classeur de CCF.")
@DOSSIER
@click.option(
    "--date",
    "jour",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="AAAA-MM-JJ",
    help="Jour de la question (défaut : aujourd'hui).",
)
def suivi_ccf(dossier: Path, jour: datetime | None) -> None:
    """Dit qui a renvoyé son classeur de CCF, et dans quel état."""
    from perequation.ingestion.ccf.commande import follow_session

    with run_on(dossier, "suivi-ccf") as (session, _):
        for ligne in follow_session(session, day(jour)):
            click.echo(ligne)


@cli.command(short_help="Écrit les fiches à renvoyer : lignes écartées, motifs.")
@DOSSIER
@JOUR
def retour(dossier: Path, jour: datetime | None) -> None:
    """Écrit une fiche de retour par fichier qui a des lignes écartées."""
    from perequation.ingestion.retours.retour import write_sheets

    with run_on(dossier, "retour") as (session, journal):
        for ligne in write_sheets(session, day(jour)):
            journal.say(ligne)
