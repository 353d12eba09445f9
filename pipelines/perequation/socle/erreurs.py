"""Errors a user can meet: a French message, its details, the exit code of the contract."""

import errno
from collections.abc import Iterable
from typing import ClassVar

# What a disk refuses, in words; any other refusal is a fault of ours.
REFUS_DU_DISQUE = {
    errno.EACCES: "accès refusé",
    errno.EPERM: "accès refusé",
    errno.EIO: "le disque ne répond plus (erreur d'entrée-sortie)",
    errno.EFBIG: "la taille permise pour un fichier est dépassée (ulimit -f)",
    errno.EMFILE: "trop de fichiers sont ouverts à la fois (ulimit -n)",
    errno.ENFILE: "trop de fichiers sont ouverts sur cette machine",
    errno.ETXTBSY: "un autre programme l'utilise",
    errno.EBUSY: "un autre programme l'utilise",
    errno.ELOOP: "ce lien ne mène nulle part",
    errno.ENOTEMPTY: "ce dossier n'est pas vide",
    errno.EROFS: "le disque est en lecture seule",
    errno.ENOSPC: "le disque est plein",
    errno.EDQUOT: "le disque est plein pour cet utilisateur",
    errno.ENOTDIR: "ce n'est pas un dossier",
    errno.EEXIST: "ce nom est déjà pris",
    errno.EISDIR: "c'est un dossier",
    errno.ENOENT: "ce chemin n'existe pas",
    errno.ENAMETOOLONG: "ce nom est trop long",
}


def describe_refusal(error: OSError) -> str:
    """Say in French why a disk refused, in the system's own words when there are no others."""
    if getattr(error, "winerror", None) in _TENU_SOUS_WINDOWS:
        return "un autre programme l'a ouvert ; fermez-le"
    return REFUS_DU_DISQUE.get(error.errno or 0, error.strerror or type(error).__name__)


# Windows has one code for « denied », and these for a file another program holds.
_TENU_SOUS_WINDOWS = {32, 33}


class PerequationError(Exception):
    """A fault told in French, without a traceback.

    Parameters
    ----------
    message
        One sentence: what, where, rule, remedy.
    details
        Further lines, one fault each.
    """

    code: ClassVar[int] = 1

    def __init__(self, message: str, details: Iterable[str] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.details = tuple(details)

    def lines(self) -> tuple[str, ...]:
        """Return the message followed by its details, one line each."""
        return (self.message, *(f"  - {detail}" for detail in self.details))


class ConfigurationError(PerequationError):
    """A wrong call or a wrong `session.toml` or règlement."""

    code = 2


class BlockingQualityError(PerequationError):
    """Data so wrong that nothing is published (contract, section 3)."""

    code = 3


class ReportsFailedError(PerequationError):
    """Some reports failed; the others are published."""

    code = 4


class FolderBusyError(PerequationError):
    """Another run holds the session folder."""

    code = 5


class MissingInputError(PerequationError):
    """Expected inputs are not there."""

    code = 6
