"""What a file received may ask of this machine: beyond, it is set aside alone, with its cause.

The bounds are those of `[bornes]` in session.toml. They hold while `reading_within` is open; where
nobody opened it (a preview of one file), the defaults do.
"""

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from time import monotonic

from perequation.ingestion.lecture.disposition_lue import FichierIllisibleError
from perequation.socle.configuration import Bornes

DEFAUT = Bornes()
_dossier: ContextVar[Path | None] = ContextVar("dossier", default=None)
_en_vigueur: ContextVar[Bornes] = ContextVar("bornes", default=DEFAUT)


def bounds() -> Bornes:
    """Return the bounds in force."""
    return _en_vigueur.get()


@contextmanager
def reading_within(bornes: Bornes, dossier: Path) -> Generator[None]:
    """Put bounds in force, and say in which folder work goes."""
    tokens = _en_vigueur.set(bornes), _dossier.set(dossier)
    try:
        yield
    finally:
        _en_vigueur.reset(tokens[0])
        _dossier.reset(tokens[1])


def work_place() -> Path | None:
    """Return the folder where work goes, None when nobody said."""
    return _dossier.get()


def require_reasonable_size(chemin: Path) -> None:
    """Refuse a file too large to be what it is said to be.

    Raises
    ------
    FichierIllisibleError
        It is beyond `[bornes] taille_mo`.
    """
    try:
        size = chemin.stat().st_size / 1e6
    except OSError as erreur:
        raise FichierIllisibleError("il ne peut pas être ouvert") from erreur
    if size > bounds().taille_mo:
        raise FichierIllisibleError(
            f"il fait {size:.0f} Mo, plus que la limite ({bounds().taille_mo} Mo, "
            "[bornes] taille_mo)"
        )


class Echeance:
    """The moment after which a file has taken too long."""

    def __init__(self) -> None:
        self._fin = monotonic() + bounds().secondes

    def check(self) -> None:
        """Give the file up when its time is up.

        Raises
        ------
        FichierIllisibleError
            It is.
        """
        if monotonic() > self._fin:
            raise FichierIllisibleError(too_long())


def too_long() -> str:
    """Say that a file takes too long."""
    return f"sa lecture dépasse {bounds().secondes} s ([bornes] secondes)"
