"""Commands of the proof: a session as one file, rebuilt and compared."""

from pathlib import Path

import click

from perequation.cli.base import CHEMIN, DOSSIER, cli, run_on


@cli.command(short_help="Met dans un ZIP tout ce dont les résultats sont faits.")
@DOSSIER
@click.option(
    "--vers", type=CHEMIN, metavar="FICHIER", help="Archive à écrire (défaut : à côté du dossier)."
)
def archiver(dossier: Path, vers: Path | None) -> None:
    """Met dans un ZIP tout ce dont les résultats publiés sont faits, et leurs empreintes.

    L'archive contient des données personnelles.
    """
    from perequation.preuve import archive_session

    with run_on(dossier, "archiver") as (session, journal):
        journal.say(f"Archive : {archive_session(session, vers)}")
        journal.say(
            "Elle contient des données personnelles : à garder, transmettre et effacer comme elles."
        )


@cli.command(short_help="Refait les résultats d'une archive et dit ce qui diffère.")
@click.argument("archive", type=CHEMIN, metavar="ARCHIVE")
def verifier(archive: Path) -> None:
    """Refait les résultats d'une archive dans un dossier provisoire et dit ce qui diffère.

    Chaque table et chaque page refaite est comparée à celle de l'archive, sans les marques de la
    version qui l'a faite.

    Codes de sortie : 0 si tout est égal, 4 si une table ou une page diffère, 2 si l'archive n'a pas pu
    être ouverte (abîmée, modifiée depuis qu'elle a été faite) ou refaite, 6 si elle n'existe pas.
    """
    from perequation.cli import flux
    from perequation.preuve import verify_archive

    flux.hold_native_words()
    constat = verify_archive(archive)
    for ligne in constat.lines():
        click.echo(ligne)
    if not constat.est_egal:
        raise click.exceptions.Exit(4)
