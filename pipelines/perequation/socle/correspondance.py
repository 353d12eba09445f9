"""From one numbering of épreuves to the next, as dated and sourced data.

A file per change: `reglements/correspondances/*.toml`, beside the règlements shipped or in the
session folder, whose files replace those shipped for their spécialité.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Self

from pydantic import Field, model_validator

from perequation.socle.donnee import Donnee
from perequation.socle.fautes import read_model
from perequation.socle.reglement import CODE_SPECIALITE, CodeEpreuve
from perequation.socle.ressources import PACKAGE

_DOSSIER = Path("reglements", "correspondances")


class Passage(Donnee):
    """One épreuve whose code changes."""

    avant: CodeEpreuve
    apres: CodeEpreuve


class Correspondance(Donnee):
    """What the épreuves of a spécialité become from a session on; one not named keeps its code."""

    specialite: str = Field(pattern=CODE_SPECIALITE)
    premiere_session: int = Field(ge=2000, le=2100)
    source: str = Field(min_length=1)
    reserves: tuple[str, ...] = ()
    epreuves: tuple[Passage, ...]

    @model_validator(mode="after")
    def _is_one_to_one(self) -> Self:
        for cote in ("avant", "apres"):
            codes = Counter(getattr(passage, cote) for passage in self.epreuves)
            if repetes := [code for code, n in codes.items() if n > 1]:
                raise ValueError(f"« {cote} » nomme plusieurs fois {', '.join(repetes)}")
        return self

    def separates(self, ancienne: int, nouvelle: int) -> bool:
        """Say whether the numbering changes between two sessions."""
        return ancienne < self.premiere_session <= nouvelle

    @property
    def origine(self) -> dict[str, str]:
        """The earlier code of each later one."""
        return {passage.apres: passage.avant for passage in self.epreuves}


def load_correspondances(specialite: str, folder: Path) -> tuple[Correspondance, ...]:
    """Return the changes of numbering of a spécialité, from the latest to the earliest.

    Parameters
    ----------
    specialite
        Its code.
    folder
        The session folder.

    Raises
    ------
    ConfigurationError
        A file has faults; all are listed.
    """
    for place in (folder / _DOSSIER, PACKAGE / _DOSSIER):
        lues = [_read(path) for path in sorted(place.glob("*.toml"))]
        propres = [c for c in lues if c.specialite == specialite]
        if propres:
            return tuple(sorted(propres, key=lambda c: -c.premiere_session))
    return ()


def earlier_codes(
    codes: Iterable[str], changements: Iterable[Correspondance], ancienne: int, nouvelle: int
) -> Mapping[str, str]:
    """Return the code each épreuve had in an earlier session.

    One that a change of numbering doesn't name keeps its code, unless that code was another
    épreuve's; the caller compares titles.
    """
    franchis = [c for c in changements if c.separates(ancienne, nouvelle)]
    known = {code: code for code in codes}
    for changement in franchis:
        origine = changement.origine
        pris = set(origine.values())
        known = {
            code: origine.get(alors, alors)
            for code, alors in known.items()
            if alors in origine or alors not in pris
        }
    return known


def _read(path: Path) -> Correspondance:
    return read_model(path, Correspondance, "Correspondance", "refusée")
