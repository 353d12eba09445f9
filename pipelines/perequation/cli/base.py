"""What the commands share: the group, its arguments, a run on a session folder.

Heavy libraries are imported inside the commands that use them: `--help` must answer at once.
"""

import gettext
import os
import re
from collections.abc import Generator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from perequation.cli import flux
from perequation.socle.ressources import PACKAGE

if TYPE_CHECKING:
    from perequation.socle.dossier import Dossier
    from perequation.socle.journal import Journal

# Click's own words in French, whatever the language of the machine.
os.environ["LANGUAGE"] = "fr"
gettext.bindtextdomain("messages", str(PACKAGE / "locale"))
# Small products are up to fifty times slower when BLAS starts threads for them.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

CHEMIN = click.Path(path_type=Path)
ETAPE = click.Choice(["reunion", "jury", "controle"])
SOUS_COMMANDES = "COMMANDE [ARGUMENTS]…"
DOSSIER = click.argument("dossier", type=CHEMIN, metavar="DOSSIER")
JOUR = click.option(
    "--date",
    "jour",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="AAAA-MM-JJ",
    help="Date de production imprimée sur les rapports (défaut : celle des données).",
)
CORRIGER = click.option(
    "--corriger",
    is_flag=True,
    help="Ce que le fichier dit autrement remplace ce qui était classé, gardé dans donnees/retires.",
)


def _address(ctx: click.Context, param: click.Parameter, value: str) -> str:
    """Refuse what Dask would take half a minute, and a traceback, to refuse."""
    if value and not re.fullmatch(r"\w+://\S+:\d+", value):
        raise click.BadParameter(f"« {value} » n'a pas la forme tcp://machine:8786.", ctx, param)
    return value


DASK = click.option(
    "--dask",
    metavar="ADRESSE",
    default="",
    callback=_address,
    help="Travaille sur un cluster Dask (tcp://machine:8786) qui voit le même dossier.",
)


class Entier(click.IntRange):
    """An integer between bounds said in words."""

    def _describe_range(self) -> str:
        return f"au moins {self.min}" if self.max is None else f"de {self.min} à {self.max}"


@click.group(
    context_settings={"help_option_names": ["-h", "--help", "--aide"], "max_content_width": 100},
    subcommand_metavar=SOUS_COMMANDES,
)
@click.version_option(package_name="perequation", prog_name="perequation")
@click.option("--debug", is_flag=True, help="Montre la trace complète d'une faute interne.")
def cli(debug: bool) -> None:
    """Des listes et des notes d'une session de BTS à des résultats qu'on peut défendre.

    Tout se passe dans un dossier de session (session.toml, donnees/, sortie/).
    Commencez par : perequation demo, ou perequation init DOSSIER.
    """
    del debug  # read by `main`, before any command runs


@contextmanager
def run_on(dossier: Path, commande: str) -> "Generator[tuple[Dossier, Journal]]":
    """Open the session folder and hold it for one run."""
    from perequation.socle.dossier import open_dossier
    from perequation.socle.journal import open_run

    flux.hold_native_words()
    session = open_dossier(dossier)
    with open_run(session, commande) as journal:
        yield session, journal


def day(jour: datetime | None) -> date | None:
    """Return the day of an option, None when it wasn't given."""
    return jour.date() if jour else None
