"""What a test session is made of: candidates, their marks, rejects and jury decisions."""

from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cache
from typing import Any

from perequation.socle.reglement import Reglement, available_reglements

__all__ = ["Candidat", "Jury", "Note", "Regles", "Rejet", "reglement_de", "replace"]


@dataclass(frozen=True)
class Note:
    """One row of a marks file; `valeur` is a mark or one of AB, AJ, NV, DI, FR."""

    epreuve: str
    valeur: Decimal | str
    etape: str = "definitive"
    mode: str = "PONCTUEL"
    reserve: bool = False
    langue: str | None = None
    motif_nv: str | None = None
    session_origine: int | None = None


@dataclass(frozen=True)
class Rejet:
    """One rejected row of a marks file."""

    epreuve: str | None
    etape: str | None = "definitive"
    valeur: str = "21,5"
    regle: str = "note_bornes"
    colonne: str = "note"
    specialite: str | None = ""
    session: int | None = 0


@dataclass(frozen=True)
class Jury:
    """The jury's decision after the first group or after the contrôle."""

    decision: str
    etape: str = "premier_groupe"
    livret: str | None = "O"
    motif: str | None = None


@dataclass(frozen=True)
class Candidat:
    """A candidate with everything the files say about them."""

    numero: str
    forme: str = "GLOBALE"
    notes: tuple[Note, ...] = ()
    rejets: tuple[Rejet, ...] = ()
    jury: tuple[Jury, ...] = ()
    identite: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Regles:
    """`[regles]` of session.toml, the open points of the regulation, with their defaults."""

    controle_langue: str = "epreuve"
    controle_reprend_benefice: bool = False
    controle_forme_progressive: bool = True


@cache
def reglement_de(specialite: str, session: int) -> Reglement:
    """Return the shipped règlement of a spécialité for a session."""
    return next(
        r for r in available_reglements() if r.specialite == specialite and r.covers(session)
    )
