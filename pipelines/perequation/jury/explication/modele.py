"""What an explanation is made of."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction


@dataclass(frozen=True)
class NoteExpliquee:
    """One épreuve of the first group.

    Attributes
    ----------
    note
        The mark or code retained, as text; «–» when there is none.
    pourquoi
        Stage, mode and what the code means.
    points
        Weighted points brought, None when the épreuve brings no number.
    origine
        File and line; empty when no row was read.
    """

    epreuve: str
    titre: str
    est_facultative: bool
    coefficient: Decimal
    note: str
    pourquoi: str
    points: Decimal | None
    origine: str


@dataclass(frozen=True)
class Moyenne:
    """An average: exact points, exact coefficients, and as published (two decimals, half up)."""

    points: Decimal
    coefficients: Decimal
    arrondie: Decimal

    @property
    def fraction(self) -> Fraction:
        """The exact average."""
        return Fraction(self.points) / Fraction(self.coefficients)


@dataclass(frozen=True)
class EpreuveControle:
    """An épreuve of the general domain, seen from the contrôle."""

    epreuve: str
    est_possible: bool
    empechement: str
    note: str
    gain_maximal: Decimal
    gain: Decimal | None
    origine: str


@dataclass(frozen=True)
class Explication:
    """Everything behind one candidate's result.

    Attributes
    ----------
    reserves
        What is not sure of the règlement that decided.
    gain_maximal, est_atteignable
        Weighted points the two best contrôles can bring, and whether 10 is within reach; None for
        who is not called.
    """

    numero_candidat: str
    specialite: str
    titre: str
    session: int
    statut: str
    forme: str
    est_confirme: bool
    reserves: tuple[str, ...]
    notes: tuple[NoteExpliquee, ...]
    generale: Moyenne | None
    professionnelle: Moyenne | None
    points_facultatifs: Decimal | None
    points_manquants: Decimal | None
    decision_calculee: str
    decision_jury: str | None
    decision_jury_controle: str | None
    decision_apres_controle: str | None
    decision_finale: str
    regle: str
    article: str
    motif: str
    est_provisoire: bool
    verifications: tuple[str, ...]
    controle: tuple[EpreuveControle, ...]
    points_controle: Decimal | None
    finale: Moyenne | None
    gain_maximal: Decimal | None
    est_atteignable: bool | None
