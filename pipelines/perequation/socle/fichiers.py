"""Files handed out to be filled in: what may have been written in them is never lost."""

from collections.abc import Iterable
from pathlib import Path

from perequation.socle.dossier import Dossier
from perequation.socle.erreurs import ConfigurationError
from perequation.socle.formats import join_words

REMPLACER = "Pour le refaire : --remplacer."


def refuse_to_overwrite(dossier: Dossier, paths: Iterable[Path], remede: str) -> None:
    """Stop when a file to prepare is there already.

    Parameters
    ----------
    dossier
        The session folder.
    paths
        The files about to be written.
    remede
        What the user does to have them all the same, a sentence.

    Raises
    ------
    ConfigurationError
        One of them is there, and may have been filled in.
    """
    existants = [path for path in paths if path.is_file()]
    if existants:
        noms = join_words((path.name for path in existants), 4)
        ou = within(dossier, existants[0].parent)
        raise ConfigurationError(f"Déjà préparé, et peut-être rempli : {noms} dans {ou}. {remede}")


def within(dossier: Dossier, path: Path) -> Path:
    """Return a path as it is told: relative to the session folder when it is in it."""
    return path.relative_to(dossier.racine) if path.is_relative_to(dossier.racine) else path
