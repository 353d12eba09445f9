"""Commands on many sessions at once."""

from datetime import datetime
from pathlib import Path
from typing import Any

import click

from perequation.cli.base import CHEMIN, DASK, ETAPE, JOUR, Entier, cli, day


@cli.command(short_help="Exécute tous les dossiers de session d'un dossier.")
@click.argument("racine", type=CHEMIN, metavar="RACINE")
@JOUR
@click.option("--fiches", is_flag=True, help="Édite aussi les fiches (voir editer --fiches).")
@click.option(
    "--pret",
    type=ETAPE,
    help="Met en attente (code 6) les sessions où cette étape ne peut pas se tenir, en disant ce qui leur "
    "manque : les établissements sont nommés, les candidats comptés (executer --pret les nomme).",
)
@click.option(
    "--reprendre", is_flag=True, help="Ne refait que les sessions où quelque chose a changé."
)
@click.option(
    "--processus", type=Entier(1), metavar="N", help="Sessions et rapports menés de front."
)
@DASK
def campagne(racine: Path, jour: datetime | None, **options: Any) -> None:
    """Exécute tous les dossiers de session qui sont sous RACINE, à toute profondeur.

    Les plus grands d'abord, une session antérieure avant celles qui la lisent. Une session qui échoue
    n'arrête pas les autres. Écrit RACINE/campagne/ : une page pour toutes les sessions, bilan.json, et
    bilan.txt, le texte d'un courriel.

    Codes de sortie : 0, ou 4 si une session a échoué, 5 si une est tenue par une autre exécution, 6 si
    une est en attente de données.
    """
    from perequation.campagne import run_campaign
    from perequation.cli import flux

    flux.hold_native_words()
    bilan = run_campaign(racine, jour=day(jour), **options)
    if bilan.code:
        raise click.exceptions.Exit(bilan.code)
