"""Commands on a session folder: from its files to its reports."""

from datetime import datetime
from pathlib import Path
from typing import Any

import click

from perequation.cli.base import CHEMIN, DASK, DOSSIER, ETAPE, JOUR, Entier, cli, day, run_on


@cli.command()
@click.argument("destination", type=CHEMIN, default="demo")
@click.option("--session", "noms", multiple=True, metavar="NOM", help="Une session seulement.")
@click.option("--graine", default=2023, show_default=True, metavar="N", help="Graine du tirage.")
@JOUR
def demo(destination: Path, noms: tuple[str, ...], graine: int, jour: datetime | None) -> None:
    """Fabrique des sessions fictives et en édite les rapports."""
    from perequation.demo.commande import run_demo

    run_demo(destination, noms, graine, day(jour))


@cli.command()
@DOSSIER
@click.option(
    "--specialite", "specialites", required=True, multiple=True, metavar="CODE", help="CCST, MCO…"
)
@click.option(
    "--session", "annee", required=True, type=Entier(2000, 2100), metavar="ANNEE", help="Année."
)
@click.option("--academie", metavar="NOM", help="Académie pilote (AIX-MARSEILLE, TOULOUSE…).")
@click.option(
    "--coefficients-confirmes",
    is_flag=True,
    help="Vous avez vérifié les coefficients d'un règlement non confirmé.",
)
def init(
    dossier: Path,
    specialites: tuple[str, ...],
    annee: int,
    academie: str | None,
    coefficients_confirmes: bool,
) -> None:
    """Crée un dossier de session prêt à recevoir ses fichiers.

    Si la liste des candidats est déjà dans DOSSIER/donnees et que --academie est donnée, les
    modèles de CCF sont faits aussi.
    """
    from perequation.suivi.initialisation import create_dossier

    for ligne in create_dossier(
        dossier, specialites, annee, academie, coefficients_confirmes=coefficients_confirmes
    ):
        click.echo(ligne)


@cli.command()
@DOSSIER
def importer(dossier: Path) -> None:
    """Lit les fichiers de donnees/ et dit ce qui est rejeté."""
    from perequation import execution

    with run_on(dossier, "importer") as (session, journal):
        execution.importer(session, journal)


@cli.command()
@DOSSIER
def controler(dossier: Path) -> None:
    """Contrôle la qualité de ce qui a été importé."""
    from perequation import execution

    with run_on(dossier, "controler") as (session, journal):
        execution.controler(session, journal)


@cli.command()
@DOSSIER
def calculer(dossier: Path) -> None:
    """Calcule résultats et écarts, puis les publie."""
    from perequation import execution

    with run_on(dossier, "calculer") as (session, journal):
        execution.calculer(session, journal)


@cli.command()
@DOSSIER
@JOUR
@click.option("--rapport", "rapports", multiple=True, metavar="NOM", help="Ce rapport seulement.")
@click.option(
    "--diffusion",
    type=click.Choice(["interne", "etablissement", "public"]),
    default="interne",
    show_default=True,
    help="Cercle auquel les rapports sont destinés.",
)
@click.option(
    "--fiches",
    is_flag=True,
    help="Édite aussi une fiche par établissement et par centre d'écrit (compter une seconde par "
    "fiche et par processus). Toujours faites pour --diffusion etablissement.",
)
@click.option(
    "--revele",
    is_flag=True,
    help="Publie hors du service même si la différence avec ce qui l'a été révèle la correction de "
    "quelques candidats.",
)
@click.option("--annexe", is_flag=True, help="Édite aussi l'annexe statistique de l'harmonisation.")
@click.option(
    "--reunion", is_flag=True, help="Édite aussi la fiche de réunion : une page A4 par épreuve."
)
@click.option("--reprendre", is_flag=True, help="Ne refait que ce qui manque ou n'est plus à jour.")
@click.option("--pdf", is_flag=True, help="Imprime aussi chaque rapport en PDF (Chromium).")
@click.option("--processus", type=Entier(1), metavar="N", help="Rapports menés de front.")
@DASK
@click.option(
    "--moteur",
    type=click.Choice(["perequation", "nbclient"]),
    default="perequation",
    show_default=True,
    help="Moteur de Papermill.",
)
def editer(dossier: Path, jour: datetime | None, rapports: tuple[str, ...], **options: Any) -> None:
    """Édite les rapports des résultats publiés."""
    from perequation import execution

    with run_on(dossier, "editer") as (session, journal):
        execution.editer(session, journal, jour=day(jour), reports=rapports or None, **options)


@cli.command()
@DOSSIER
@JOUR
@click.option("--fiches", is_flag=True, help="Édite aussi les fiches (voir editer --fiches).")
@click.option(
    "--pret",
    type=ETAPE,
    help="Finit par le code 6, en nommant qui manque, si cette étape ne peut pas se tenir.",
)
@click.option("--refaire", is_flag=True, help="Refait tout, même si rien n'a changé.")
def executer(
    dossier: Path, jour: datetime | None, fiches: bool, pret: str | None, refaire: bool
) -> None:
    """Fait tout : importer, controler, calculer, editer."""
    from perequation import execution
    from perequation.suivi.calendrier import require_ready
    from perequation.suivi.etat import conclude

    with run_on(dossier, "executer") as (session, journal):
        execution.executer(session, journal, day(jour), fiches=fiches, refaire=refaire)
        for ligne in conclude(session):
            journal.say(ligne)
        if pret:
            require_ready(session, pret)


@cli.command()
@DOSSIER
def etat(dossier: Path) -> None:
    """Dit où en est un dossier de session."""
    from perequation.socle.dossier import open_dossier
    from perequation.suivi.etat import describe

    for ligne in describe(open_dossier(dossier)):
        click.echo(ligne)


@cli.command(short_help="Efface les données des candidats, garde les résultats d'ensemble.")
@DOSSIER
@click.option("--oui", is_flag=True, help="N'attend pas de confirmation.")
def effacer(dossier: Path, oui: bool) -> None:
    """Efface d'un dossier de session les données des candidats.

    Les fichiers reçus et tout ce qui en est tiré partent ; restent session.toml, le journal, la
    publication destinée au public et les tables de résultats d'ensemble, masquées comme elle.
    """
    from perequation.resultats.effacement import erase_nominative, list_nominative
    from perequation.socle.dossier import open_dossier
    from perequation.socle.fichiers import within

    opened = open_dossier(dossier)
    for path in list_nominative(opened):
        click.echo(f"  {within(opened, path)}")
    if not oui:
        click.confirm("Effacer définitivement ces fichiers et dossiers ?", abort=True)
    with run_on(dossier, "effacer") as (session, journal):
        fait = erase_nominative(session)
        journal.say(
            f"{len(fait.effaces)} éléments effacés ; tables gardées, sans candidat : "
            f"{', '.join(fait.tables) or 'aucune'}.",
            effaces=len(fait.effaces),
        )
    click.echo(
        "Les copies faites ailleurs (sauvegardes, envois, autres dossiers) restent à effacer."
    )


@cli.command(short_help="Ouvre JupyterLab sur les carnets de la session.")
@click.argument("dossier", type=CHEMIN, metavar="DOSSIER", required=False)
@click.option(
    "--port", type=Entier(1, 65535), default=8888, metavar="N", help="Port local, 8888 par défaut."
)
@click.option("--sans-navigateur", is_flag=True, help="N'ouvre pas le navigateur.")
def labo(dossier: Path | None, port: int, sans_navigateur: bool) -> None:
    """Ouvre JupyterLab sur les carnets, avec les données de la session."""
    from perequation.suivi.labo import open_labo

    open_labo(dossier, port=port, navigateur=not sans_navigateur)
