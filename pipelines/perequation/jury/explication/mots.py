"""The words of an explanation."""

import re

from perequation.presentation.lexique import DANS_UNE_PHRASE, DECISION_DU_JURY

_DECISION = re.compile(rf"({DECISION_DU_JURY})({'|'.join(DANS_UNE_PHRASE)})\b")
SANS_MOYENNE = {
    "fraude": "résultat retenu",
    "ELIMINE": "candidat éliminé",
    "INCOMPLET": "dossier incomplet",
    "EN_COURS": "forme progressive en cours",
}
STATUTS = {"EAD": "Enseignement à distance"}


def say_decisions(motif: str) -> str:
    """Return `motif` with the jury's decisions in words; what the jury wrote itself is kept."""
    return _DECISION.sub(lambda trouve: trouve[1] + DANS_UNE_PHRASE[trouve[2]], motif)
