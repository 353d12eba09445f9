"""Commands of the jury: why a candidate got a result, and the decisions to write and check."""

from datetime import datetime
from pathlib import Path

import click

from perequation.cli.base import CHEMIN, CORRIGER, DOSSIER, JOUR, SOUS_COMMANDES, cli, day, run_on


@cli.command(short_help="Explique le résultat d'un candidat.")
@DOSSIER
@click.argument("numero", metavar="NUMERO")
def expliquer(dossier: Path, numero: str) -> None:
    """Explique le résultat d'un candidat : notes, moyennes, règle, origine."""
    from perequation.jury.explication import explain, render_text
    from perequation.socle.dossier import open_dossier

    for explication in explain(open_dossier(dossier).entrepot, numero):
        click.echo(render_text(explication))


@cli.group(subcommand_metavar=SOUS_COMMANDES)
def jury() -> None:
    """Prépare les décisions du jury et les relit."""


@jury.command("preparer", short_help="Écrit le fichier de décisions à remplir.")
@DOSSIER
@click.option(
    "--specialite", "specialites", multiple=True, metavar="CODE", help="Une spécialité seulement."
)
@click.option(
    "--etape",
    type=click.Choice(["premier_groupe", "controle"]),
    help="Avant ou après les épreuves de contrôle (défaut : celle où en est la session).",
)
@click.option("--remplacer", is_flag=True, help="Refait un fichier déjà préparé.")
def jury_preparer(
    dossier: Path, specialites: tuple[str, ...], etape: str | None, remplacer: bool
) -> None:
    """Écrit le fichier de décisions à remplir, les cas proches d'un seuil d'abord."""
    from perequation.jury import prepare_decisions

    with run_on(dossier, "jury") as (session, journal):
        wanted = [code.upper() for code in specialites]
        for ligne in prepare_decisions(session, wanted, etape, remplacer=remplacer):
            journal.say(ligne)


@jury.command("verifier", short_help="Relit le fichier rempli, dit chaque faute.")
@DOSSIER
@click.argument("fichier", type=CHEMIN, metavar="[FICHIER]", required=False)
@CORRIGER
def jury_verifier(dossier: Path, fichier: Path | None, corriger: bool) -> None:
    """Relit le fichier rempli (CSV ou XLSX) et dit chaque faute avec sa ligne."""
    from perequation.jury import check_decisions
    from perequation.suivi.etat import require_current

    with run_on(dossier, "jury") as (session, _):
        require_current(session, ("decisions_jury",))
        for ligne in check_decisions(session, fichier, corrige=corriger):
            click.echo(ligne)


@jury.command("proces-verbal", short_help="Édite le procès-verbal à imprimer et signer.")
@DOSSIER
@click.option("--pdf", is_flag=True, help="Imprime aussi le procès-verbal en PDF.")
@JOUR
def jury_proces_verbal(dossier: Path, pdf: bool, jour: datetime | None) -> None:
    """Édite le procès-verbal : composition, décisions, écarts à la proposition et leurs motifs."""
    from perequation.jury import write_minutes

    with run_on(dossier, "jury") as (session, journal):
        journal.say(f"Procès-verbal : {write_minutes(session, day(jour), pdf=pdf)}")
