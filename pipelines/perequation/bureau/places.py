"""Where the page may read and write: the session folders of one root, and nothing through a link."""

import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from perequation.socle.erreurs import ConfigurationError, MissingInputError
from perequation.socle.fichiers import WORK

# What is shown of a session folder: what was produced for people, and the files received.
_SHOWN = {".html", ".pdf", ".xlsx", ".csv", ".zip", ".ods", ".xls"}
_FOLDERS = ("sortie", "donnees")
_HIDDEN = {"journal", "carnets"}
_NAME = re.compile(r"[\w][\w .,()'’+-]{0,99}")
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?")


class Places:
    """The session folders directly under a root.

    Parameters
    ----------
    racine
        The root; made when missing.
    """

    def __init__(self, racine: Path) -> None:
        racine.mkdir(parents=True, exist_ok=True)
        self.racine = racine.resolve()
        if (self.racine / "session.toml").is_file():
            raise ConfigurationError(
                f"« {racine} » est un dossier de session : donnez celui qui contient vos dossiers "
                "de session."
            )

    def names(self) -> Iterator[str]:
        """Yield the names of the session folders, sorted."""
        for path in sorted(self.racine.iterdir()):
            if _is_name(path.name) and not path.is_symlink():
                settings = path / "session.toml"
                if settings.is_file() and not settings.is_symlink():
                    yield path.name

    def folder(self, nom: str) -> Path:
        """Return a session folder.

        Raises
        ------
        MissingInputError
            There is no session folder of that name under the root.
        """
        if nom not in set(self.names()):
            raise MissingInputError("Ce dossier de session n’existe pas.")
        return self.racine / nom

    def new_folder(self, nom: str) -> Path:
        """Return where a new session folder goes.

        Raises
        ------
        ConfigurationError
            The name is not one, or is taken.
        """
        if not _is_name(nom):
            raise ConfigurationError(
                f"« {nom} » ne peut pas être un nom de dossier : lettres, chiffres, espaces et "
                "tirets, cent caractères au plus."
            )
        path = self.racine / nom
        if path.exists() or path.is_symlink():
            raise ConfigurationError(f"Il y a déjà un dossier « {nom} ».")
        return path

    def document(self, nom: str, relative: str) -> Path:
        """Return a file that may be shown.

        Raises
        ------
        MissingInputError
            It isn't there, leads elsewhere, or isn't for showing.
        """
        parts = PurePosixPath(relative).parts
        path = self.folder(nom).joinpath(*parts)
        allowed = (
            len(parts) > 1
            and parts[0] in _FOLDERS
            and ".." not in parts
            and not any(part.startswith(".") for part in parts)
            and not _HIDDEN & set(parts)
            and path.suffix.lower() in _SHOWN
            and "\0" not in relative
            and "\\" not in relative
        )
        if not allowed or not path.is_file() or not is_inside(path, self.folder(nom)):
            raise MissingInputError("Ce document n’existe pas.")
        return path


def is_inside(path: Path, folder: Path) -> bool:
    """Say whether a path is what it seems: inside a folder, through no link."""
    return path.resolve() == folder.resolve() / path.relative_to(folder)


def require_inside(path: Path, folder: Path) -> Path:
    """Return a path to write to.

    Raises
    ------
    ConfigurationError
        A link would have it written elsewhere.
    """
    if not is_inside(path, folder):
        raise ConfigurationError(
            f"« {path.name} » serait écrit hors du dossier de session, par un lien : rien n’est fait."
        )
    return path


def safe_name(sent: str) -> str:
    """Return a file name of ours for the name a browser sent, whatever it holds."""
    last = PurePosixPath(sent.replace("\\", "/").replace("\0", "")).name
    words = unicodedata.normalize("NFC", last)
    kept = "".join(c if c.isalnum() or c in " ._-()" else "_" for c in words).strip(" .")
    stem, dot, suffix = kept.rpartition(".")
    short = f"{stem[:80]}{dot}{suffix[:10]}".lstrip(".~ ") if dot else kept[:80]
    if not short or _RESERVED.fullmatch(short) or short.startswith(WORK):
        return f"fichier_{short}"
    return short


def slug(*words: str) -> str:
    """Return a folder name for some words: lower case, no accents, hyphens."""
    plain = unicodedata.normalize("NFKD", "-".join(words).lower())
    return re.sub(r"[^a-z0-9]+", "-", plain.encode("ascii", "ignore").decode()).strip("-")


def _is_name(nom: str) -> bool:
    return bool(_NAME.fullmatch(nom)) and not _RESERVED.fullmatch(nom) and nom[-1] not in " ."
