"""The session folders below a folder, and the order they are run in."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from perequation.socle.dossier import open_dossier
from perequation.socle.erreurs import ConfigurationError, MissingInputError, PerequationError
from perequation.socle.freshness import total_size

#: The folder a campaign writes in, beside the session folders.
SORTIE = "campagne"


@dataclass(frozen=True)
class Trouvee:
    """A session folder: its name below the campaign's, its size, the sessions it reads.

    Attributes
    ----------
    nom
        Path below the campaign's folder, with slashes.
    octets
        Of its input files.
    precedentes
        Names of the earlier sessions it reads, of those found.
    """

    nom: str
    racine: Path
    octets: int = 0
    precedentes: frozenset[str] = frozenset()


def find_sessions(racine: Path) -> tuple[Trouvee, ...]:
    """Find the session folders below a folder, the largest first.

    Raises
    ------
    MissingInputError
        There is no such folder, or no session below it.
    ConfigurationError
        The folder is itself a session's: what a campaign writes would be among its files.
    """
    if not racine.is_dir():
        raise MissingInputError(f"Le dossier « {racine} » n'existe pas.")
    if (racine / "session.toml").is_file():
        raise ConfigurationError(
            f"« {racine} » est lui-même un dossier de session : lancez perequation executer {racine}, "
            "ou campagne sur le dossier qui le contient."
        )
    paths = {path.relative_to(racine).as_posix(): path for path in _walk(racine.resolve())}
    if not paths:
        raise MissingInputError(
            f"Aucun dossier de session (fichier session.toml) sous « {racine} ». "
            "Créez-en un avec : perequation init DOSSIER --specialite CODE --session ANNEE"
        )
    noms = {path: nom for nom, path in paths.items()}
    found = (_describe(nom, path, noms) for nom, path in paths.items())
    return tuple(sorted(found, key=lambda trouvee: (-trouvee.octets, trouvee.nom)))


def _walk(racine: Path) -> Iterator[Path]:
    for top, folders, files in os.walk(racine):
        if "session.toml" in files:
            folders.clear()
            yield Path(top)
        folders[:] = sorted(name for name in folders if not name.startswith("."))


def _describe(nom: str, path: Path, noms: dict[Path, str]) -> Trouvee:
    """Say of a session what orders it; one whose settings are wrong is told when it is run."""
    try:
        dossier = open_dossier(path)
    except PerequationError:
        return Trouvee(nom, path)
    lues = (folder.resolve() for _, folder in dossier.earlier_folders() if folder is not None)
    precedentes = frozenset(noms[folder] for folder in lues if folder in noms and folder != path)
    return Trouvee(nom, path, total_size(dossier.inputs()), precedentes)


class Order:
    """Which session comes next: the largest whose earlier sessions are done.

    Sessions that read one another in a circle are taken all the same, the largest first.
    """

    def __init__(self, trouvees: tuple[Trouvee, ...]) -> None:
        self._waiting = list(trouvees)
        self._undone = {found.nom for found in trouvees}

    def __len__(self) -> int:
        """Count the sessions not taken yet."""
        return len(self._waiting)

    def take(self, *, stuck: bool) -> Trouvee | None:
        """Take the next session, None when all wait; `stuck` says that nothing is under way."""
        ready = (t for t in self._waiting if not t.precedentes & self._undone)
        chosen = next(ready, self._waiting[0] if stuck and self._waiting else None)
        if chosen is not None:
            self._waiting.remove(chosen)
        return chosen

    def finish(self, nom: str) -> None:
        """Say that a session is done, whatever its end."""
        self._undone.discard(nom)
