"""A sheet of a workbook, as the child that opens it and those who read it both know it."""

from dataclasses import dataclass
from fnmatch import fnmatchcase


class ClasseurIllisibleError(Exception):
    """A workbook that can't be read; the message says why, in French."""


@dataclass(frozen=True)
class FeuilleLue:
    """A sheet of a workbook."""

    nom: str
    est_visible: bool

    def is_named(self, motif: str) -> bool:
        """Tell whether its name is that, or answers that pattern (« E* »)."""
        return self.nom == motif or fnmatchcase(self.nom, motif)
