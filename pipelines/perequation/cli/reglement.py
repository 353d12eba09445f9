"""Commands on règlements."""

from pathlib import Path

import click

from perequation.cli.base import CHEMIN, DOSSIER, SOUS_COMMANDES, Entier, cli


@cli.group(
    subcommand_metavar=SOUS_COMMANDES,
    short_help="Affiche les règlements d'examen ou en prépare un.",
)
def reglement() -> None:
    """Affiche les règlements d'examen, ou en prépare un nouveau."""


@reglement.command("afficher")
@click.argument("specialite", metavar="SPECIALITE")
@click.option(
    "--session", "annee", type=Entier(2000, 2100), required=True, metavar="ANNEE", help="Année."
)
@click.option("--dossier", type=CHEMIN, metavar="DOSSIER", help="Dossier dont lire les règlements.")
def reglement_afficher(specialite: str, annee: int, dossier: Path | None) -> None:
    """Affiche épreuves, coefficients et sources d'une spécialité."""
    from perequation.socle.reglement import available_reglements, find_reglement
    from perequation.suivi.reglement import describe_reglement

    known = available_reglements(dossier)
    for ligne in describe_reglement(find_reglement(known, specialite.upper(), annee), annee):
        click.echo(ligne)


@reglement.command("modele")
@DOSSIER
@click.option("--specialite", required=True, metavar="CODE", help="Code de la spécialité.")
@click.option(
    "--session", "annee", type=Entier(2000, 2100), required=True, metavar="ANNEE", help="Année."
)
def reglement_modele(dossier: Path, specialite: str, annee: int) -> None:
    """Écrit un règlement à compléter dans DOSSIER/reglements/."""
    from perequation.suivi.reglement import create_modele

    click.echo(f"Règlement à compléter : {create_modele(dossier, specialite, annee)}")


@reglement.command("prolonger", short_help="Prolonge le règlement précédent, avec ses réserves.")
@DOSSIER
@click.option("--specialite", required=True, metavar="CODE", help="Code de la spécialité.")
@click.option(
    "--session", "annee", type=Entier(2000, 2100), required=True, metavar="ANNEE", help="Année."
)
def reglement_prolonger(dossier: Path, specialite: str, annee: int) -> None:
    """Écrit dans DOSSIER/reglements/ le règlement précédent, prolongé avec ses réserves."""
    from perequation.suivi.reglement import extend_reglement

    click.echo(f"Règlement prolongé, à vérifier : {extend_reglement(dossier, specialite, annee)}")
