"""The command `perequation`: arguments, messages, exit codes; no logic.

Heavy libraries are imported inside the commands that use them: `--help` must answer at once.
"""

import gettext
import os
import sys
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from perequation.erreurs import PerequationError
from perequation.ressources import PACKAGE

# Click's own words in French, whatever the language of the machine.
os.environ["LANGUAGE"] = "fr"
gettext.bindtextdomain("messages", str(PACKAGE / "locale"))

DOSSIER = click.argument("dossier", type=click.Path(path_type=Path), metavar="DOSSIER")
JOUR = click.option(
    "--date", "jour", type=click.DateTime(["%Y-%m-%d"]), metavar="AAAA-MM-JJ",
    help="Date de production imprimée sur les rapports (défaut : aujourd'hui).",
)  # fmt: skip


@click.group(
    context_settings={"help_option_names": ["-h", "--help", "--aide"], "max_content_width": 100},
    subcommand_metavar="COMMANDE [ARGUMENTS]…",
)
@click.version_option(package_name="perequation", prog_name="perequation")
@click.option("--debug", is_flag=True, help="Montre la trace complète d'une faute interne.")
def cli(debug: bool) -> None:
    """Des listes et des notes d'une session de BTS à des résultats qu'on peut défendre.

    Tout se passe dans un dossier de session (session.toml, donnees/, sortie/).
    Commencez par : perequation demo, ou perequation init DOSSIER.
    """
    del debug  # read by `main`, before any command runs


@cli.command()
@click.argument("destination", type=click.Path(path_type=Path), default="demo")
@click.option("--session", "noms", multiple=True, metavar="NOM", help="Une session seulement.")
@click.option("--graine", default=2023, show_default=True, help="Graine du tirage.")
@JOUR
def demo(destination: Path, noms: tuple[str, ...], graine: int, jour: datetime | None) -> None:
    """Fabrique des sessions fictives et en édite les rapports."""
    from perequation.demonstration import run_demo

    run_demo(destination, noms, graine, _day(jour))


@cli.command()
@DOSSIER
@click.option("--specialite", "specialites", required=True, multiple=True, help="Code : CCST…")
@click.option("--session", "annee", required=True, type=int, help="Année de la session.")
@click.option("--academie", default="À COMPLÉTER", help="Académie pilote.")
def init(dossier: Path, specialites: tuple[str, ...], annee: int, academie: str) -> None:
    """Crée un dossier de session prêt à recevoir ses fichiers."""
    from perequation.initialisation import create_dossier

    for ligne in create_dossier(dossier, specialites, annee, academie):
        click.echo(ligne)


@cli.command()
@DOSSIER
def importer(dossier: Path) -> None:
    """Lit les fichiers de donnees/ et dit ce qui est rejeté."""
    from perequation import execution

    with _run(dossier, "importer") as (session, journal):
        execution.importer(session, journal)


@cli.command()
@DOSSIER
def controler(dossier: Path) -> None:
    """Contrôle la qualité de ce qui a été importé."""
    from perequation import execution

    with _run(dossier, "controler") as (session, journal):
        execution.controler(session, journal)


@cli.command()
@DOSSIER
def calculer(dossier: Path) -> None:
    """Calcule résultats et écarts, puis les publie."""
    from perequation import execution

    with _run(dossier, "calculer") as (session, journal):
        execution.calculer(session, journal)


@cli.command()
@DOSSIER
@JOUR
def editer(dossier: Path, jour: datetime | None) -> None:
    """Édite les rapports des résultats publiés."""
    from perequation import execution

    with _run(dossier, "editer") as (session, journal):
        execution.editer(session, journal, jour=_day(jour))


@cli.command()
@DOSSIER
@JOUR
def executer(dossier: Path, jour: datetime | None) -> None:
    """Fait tout : importer, controler, calculer, editer."""
    from perequation import execution

    with _run(dossier, "executer") as (session, journal):
        execution.executer(session, journal, jour=_day(jour))


@cli.command()
@DOSSIER
def etat(dossier: Path) -> None:
    """Dit où en est un dossier de session."""
    from perequation.configuration import open_dossier
    from perequation.etat import describe

    for ligne in describe(open_dossier(dossier)):
        click.echo(ligne)


@cli.command()
@click.argument("dossier", type=click.Path(path_type=Path), metavar="DOSSIER", required=False)
@click.option("--port", type=int, default=8888, show_default=True)
@click.option("--sans-navigateur", is_flag=True, help="N'ouvre pas le navigateur.")
def labo(dossier: Path | None, port: int, sans_navigateur: bool) -> None:
    """Ouvre JupyterLab sur les carnets, avec les données de la session."""
    from perequation.labo import open_labo

    open_labo(dossier, port=port, navigateur=not sans_navigateur)


@cli.group(subcommand_metavar="COMMANDE [ARGUMENTS]…")
def reglement() -> None:
    """Affiche les règlements d'examen, ou en prépare un nouveau."""


@reglement.command("afficher")
@click.argument("specialite")
@click.option("--session", "annee", type=int, required=True, help="Année de la session.")
@click.option(
    "--dossier", type=click.Path(path_type=Path), help="Dossier dont lire les règlements."
)
def reglement_afficher(specialite: str, annee: int, dossier: Path | None) -> None:
    """Affiche épreuves, coefficients et sources d'une spécialité."""
    from perequation.fiche_reglement import describe_reglement
    from perequation.reglement import available_reglements, find_reglement

    connus = available_reglements(dossier)
    for ligne in describe_reglement(find_reglement(connus, specialite.upper(), annee)):
        click.echo(ligne)


@reglement.command("modele")
@DOSSIER
@click.option("--specialite", required=True, help="Code de la spécialité.")
@click.option("--session", "annee", type=int, required=True, help="Année de la session.")
def reglement_modele(dossier: Path, specialite: str, annee: int) -> None:
    """Écrit un règlement à compléter dans DOSSIER/reglements/."""
    from perequation.fiche_reglement import create_modele

    click.echo(f"Règlement à compléter : {create_modele(dossier, specialite, annee)}")


def _run(dossier: Path, commande: str) -> Any:
    """Open the session folder and hold it for one run."""
    from contextlib import contextmanager

    from perequation.configuration import open_dossier
    from perequation.journal import open_run

    @contextmanager
    def opened() -> Any:
        session = open_dossier(dossier)
        with open_run(session, commande) as journal:
            yield session, journal

    return opened()


def _day(jour: datetime | None) -> date | None:
    return jour.date() if jour else None


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
        click.echo(
            f"Faute interne ({type(error).__name__}). Relancez avec : perequation --debug … "
            "et signalez-la avec sa trace.",
            err=True,
        )
        sys.exit(1)


if __name__ == "__main__":
    main()
