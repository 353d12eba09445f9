"""What the values of a column look like: a date, a mark, the code of an épreuve."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from perequation.ingestion.lecture.echelle import fold


@dataclass(frozen=True)
class Devinette:
    """How the values of one of our columns are recognised.

    Attributes
    ----------
    accepts
        Tells a value that may be in it.
    est_sure
        Whether values that all fit can hardly be something else.
    part
        Share of the values that must fit: strange codes are no rarity among marks.
    """

    accepts: Callable[[str], bool]
    est_sure: bool = True
    part: float = 0.9

    def fits(self, valeurs: Sequence[str]) -> bool:
        """Tell whether enough of these values may be in the column."""
        return sum(map(self.accepts, valeurs)) >= self.part * len(valeurs)


def build_guesses(connus: dict[str, frozenset[str]]) -> dict[str, Devinette]:
    """Return how each column of ours is recognised by its values.

    Parameters
    ----------
    connus
        Known codes of `epreuve` and of `specialite`.
    """
    date = _matches(r"\d{1,2}[/.-]\d{1,2}[/.-](\d{2}|\d{4})|\d{4}-\d{2}-\d{2}.*")
    return {
        "numero_candidat": Devinette(_matches(r"(?!(19|20)\d\d$)\d{3,12}(\.0+)?"), est_sure=False),
        "ine": Devinette(_matches(r"\d{9}[A-Za-z]{2}|\d{10}[A-Za-z]|\d{4}[Aa]\d{5}[A-Za-z]")),
        "date_naissance": Devinette(date, est_sure=False),
        "date": Devinette(date, est_sure=False),
        "sexe": Devinette(_starts("f", "m", "h", "g"), est_sure=False),
        "specialite": Devinette(_is_in(connus["specialite"])),
        "session": Devinette(_matches(r"20\d\d(\.0+)?")),
        "uai": Devinette(_matches(r"\d{7}[A-Za-z]")),
        "statut": Devinette(
            _starts("scol", "appr", "formation_c", "ead", "indiv", "enseignement_a_d")
        ),
        "forme": Devinette(_starts("global", "progressi")),
        "epreuve": Devinette(_is_in(connus["epreuve"])),
        "note": Devinette(_matches(r"\d{1,2}([.,]\d+)?|[A-Za-z]{2,4}"), est_sure=False, part=0.8),
        "mode": Devinette(_starts("ponct", "ccf", "benef", "report")),
        "etape": Devinette(_starts("transmi", "harmoni", "definit", "control", "premier")),
        "decision": Devinette(_starts("admis", "control", "refus", "elimin", "maint", "decal")),
        "type_unite": Devinette(_starts("etab", "centre", "commission")),
        "ccf": Devinette(_starts("o", "n", "etendu"), est_sure=False),
    }


def _matches(motif: str) -> Callable[[str], bool]:
    compile_ = re.compile(motif)
    return lambda valeur: compile_.fullmatch(valeur) is not None


def _starts(*debuts: str) -> Callable[[str], bool]:
    return lambda valeur: fold(valeur).startswith(debuts)


def _is_in(codes: frozenset[str]) -> Callable[[str], bool]:
    return lambda valeur: valeur.upper().replace(" ", "") in codes
