"""Commands on harmonisation: simulate a correction, prepare and record the meeting."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from perequation.cli.base import CHEMIN, CORRIGER, DOSSIER, JOUR, SOUS_COMMANDES, cli, day, run_on
from perequation.socle.schema import TYPES_UNITE

if TYPE_CHECKING:
    from perequation.harmonisation.simulation.notes import Methode

_METHODES = {
    "decalage": "decalage",
    "moyenne-ecart-type": "moyenne_ecart_type",
    "equipercentile": "equipercentile",
    "libre": "libre",
}
_TYPES = click.Choice(list(TYPES_UNITE))
_ETAPES = click.Choice(["transmise", "harmonisee", "definitive"])


class Nombre(click.ParamType[float]):
    """A number written with a comma or a point, between two bounds."""

    name = "nombre"

    def __init__(self, minimum: float, maximum: float) -> None:
        self.minimum, self.maximum = minimum, maximum

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Return the number, or refuse it in French."""
        try:
            nombre = float(str(value).replace(",", "."))
        except ValueError:
            self.fail(f"« {value} » n'est pas un nombre.", param, ctx)
        if not self.minimum <= nombre <= self.maximum:
            bornes = f"{self.minimum:g} à {self.maximum:g}"
            self.fail(f"{value} est hors de l'intervalle de {bornes}.", param, ctx)
        return nombre


SPECIALITE = click.option(
    "--specialite", "specialites", multiple=True, metavar="CODE", help="Une spécialité seulement."
)
EPREUVE = click.option(
    "--epreuve", "epreuves", multiple=True, metavar="CODE", help="Une épreuve seulement."
)
ETAPE = click.option(
    "--etape",
    type=_ETAPES,
    help="Étape des notes (défaut : les notes en vigueur, comme le rapport).",
)


@cli.command(short_help="Montre ce qu'une correction changerait.")
@DOSSIER
@SPECIALITE
@EPREUVE
@click.option("--type-unite", type=_TYPES, help="Un type d'unité seulement.")
@ETAPE
@click.option(
    "--methode",
    type=click.Choice(list(_METHODES)),
    help="Méthode de correction (défaut : decalage, ou libre avec --decalages).",
)
@click.option(
    "--kappa", type=Nombre(0, 1), metavar="0..1", help="Part de l'écart retenu ôtée (défaut : 1)."
)
@click.option("--signales", is_flag=True, help="Corrige les seules unités à examiner.")
@click.option(
    "--decalages",
    type=CHEMIN,
    metavar="FICHIER",
    help="Table epreuve, unite, decalage ; un fichier de décisions convient.",
)
@click.option("--pas", type=Nombre(0, 20), metavar="PAS", help="Arrondit les notes à ce pas.")
def simuler(  # noqa: PLR0913, PLR0917 (click calls it by names)
    dossier: Path,
    specialites: tuple[str, ...],
    epreuves: tuple[str, ...],
    type_unite: str | None,
    etape: str | None,
    methode: str | None,
    kappa: float | None,
    signales: bool,
    decalages: Path | None,
    pas: float | None,
) -> None:
    """Montre ce qu'une correction changerait, sans rien écrire.

    Les notes simulées passent par les règles de décision des résultats. Aucune méthode ne ramène
    les unités à la moyenne générale : elles n'ont pas les mêmes candidats. Aucune correction
    automatique n'est permise ; la commission décide.
    """
    from perequation.harmonisation.simulation.commande import make_correction, simulate
    from perequation.socle.dossier import open_dossier

    wanted: Methode | None = _METHODES[methode] if methode else None  # type: ignore[assignment]
    correction = make_correction(
        wanted, kappa=kappa, signales_seulement=signales, decalages=decalages, pas=pas
    )
    lignes = simulate(
        open_dossier(dossier),
        correction,
        specialites=[code.upper() for code in specialites],
        epreuves=[code.upper() for code in epreuves],
        type_unite=type_unite,
        etape=etape,
    )
    for ligne in lignes:
        click.echo(ligne)


@cli.group(
    subcommand_metavar=SOUS_COMMANDES,
    short_help="Prépare la réunion d'harmonisation, en garde trace.",
)
def decisions() -> None:
    """Prépare la réunion d'harmonisation et garde trace de ses décisions."""


@decisions.command("preparer", short_help="Écrit le fichier à remplir en réunion.")
@DOSSIER
@SPECIALITE
@ETAPE
@click.option("--remplacer", is_flag=True, help="Refait un fichier déjà préparé.")
def decisions_preparer(
    dossier: Path, specialites: tuple[str, ...], etape: str | None, remplacer: bool
) -> None:
    """Écrit le fichier à remplir en réunion, une ligne par unité à examiner ou à surveiller."""
    from perequation.harmonisation.reunion import prepare_decisions

    with run_on(dossier, "decisions") as (session, journal):
        wanted = [code.upper() for code in specialites]
        for ligne in prepare_decisions(session, wanted, etape, remplacer=remplacer):
            journal.say(ligne)


@decisions.command("verifier", short_help="Relit le fichier rempli, dit chaque faute.")
@DOSSIER
@click.argument("fichier", type=CHEMIN, metavar="[FICHIER]", required=False)
@CORRIGER
def decisions_verifier(dossier: Path, fichier: Path | None, corriger: bool) -> None:
    """Relit le fichier rempli (XLSX ou CSV) et dit chaque faute avec sa ligne."""
    from perequation.harmonisation.reunion import check_decisions
    from perequation.suivi.etat import require_current

    with run_on(dossier, "decisions") as (session, journal):
        require_current(session, ("decisions_harmonisation", "decisions_jury"))
        for ligne in check_decisions(session, fichier, corrige=corriger):
            journal.say(ligne)


@decisions.command("appliquer", short_help="Propose les notes harmonisées, à relire et signer.")
@DOSSIER
@click.option(
    "--relu-par",
    "relu_par",
    metavar="NOM",
    help="Qui a relu et signé la proposition : elle est alors classée parmi les entrées.",
)
@click.option("--remplacer", is_flag=True, help="Refait une proposition déjà retouchée.")
def decisions_appliquer(dossier: Path, relu_par: str | None, remplacer: bool) -> None:
    """Propose, candidat par candidat, les notes qui suivent des décalages décidés.

    Rien n'est corrigé automatiquement : le classeur est à relire et à signer ; ses notes deviennent
    une entrée de la session avec --relu-par, ou, signé dans sa feuille Signature, par executer.
    """
    from perequation.harmonisation.reunion import file_marks, propose_marks

    with run_on(dossier, "decisions") as (session, journal):
        fait = (
            propose_marks(session, remplacer=remplacer)
            if relu_par is None
            else file_marks(session, relu_par)
        )
        for ligne in fait:
            journal.say(ligne)


@decisions.command("compte-rendu", short_help="Édite le compte rendu de la réunion.")
@DOSSIER
@click.option("--pdf", is_flag=True, help="Imprime aussi le compte rendu en PDF.")
@JOUR
def decisions_compte_rendu(dossier: Path, pdf: bool, jour: datetime | None) -> None:
    """Édite le compte rendu de la réunion : qui, quoi, pourquoi, ce qui a été fait."""
    from perequation.harmonisation.reunion import write_record

    with run_on(dossier, "decisions") as (session, journal):
        journal.say(f"Compte rendu : {write_record(session, day(jour), pdf=pdf)}")
