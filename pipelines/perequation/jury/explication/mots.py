"""The words of an explanation."""

import re

from perequation.presentation.lexique import DANS_UNE_PHRASE, DECISION_DU_JURY

_DECISION = re.compile(rf"({DECISION_DU_JURY})({'|'.join(DANS_UNE_PHRASE)})\b")
SANS_MOYENNE = {
    "ELIMINE": "candidat éliminé",
    "INCOMPLET": "dossier incomplet",
    "EN_COURS": "forme progressive en cours",
}
STATUTS = {"EAD": "Enseignement à distance"}
# The rules in the words of the texts; `regle` of `intermediate.decision_calculee`.
REGLES = {
    "absence_non_justifiee": "absence non justifiée à une épreuve obligatoire",
    "non_valide": "épreuve obligatoire non validée (NV)",
    "forme_progressive": "forme progressive, toutes les épreuves ne sont pas encore passées",
    "note_manquante": "note manquante à une épreuve obligatoire, en forme globale",
    "aucune_moyenne": "toutes les épreuves obligatoires dispensées, donc aucune moyenne",
    "moyenne_10": "moyenne générale d'au moins 10",
    "controle": "moyenne générale de 8 à moins de 10 et moyenne professionnelle d'au moins 10",
    "controle_2021": "moyenne générale de moins de 10, sans absence non justifiée, session 2021",
    "refus_sans_controle": "moyenne générale de moins de 10, sans contrôle avant la session 2021",
    "refus_sous_8": "moyenne générale de moins de 8",
    "refus_sans_professionnelle": (
        "moyenne générale de 8 à moins de 10, sans moyenne professionnelle"
    ),
    "refus_professionnelle": (
        "moyenne générale de 8 à moins de 10 et moyenne professionnelle de moins de 10"
    ),
    "refus_progressive": (
        "moyenne générale de 8 à moins de 10, contrôle fermé à la forme progressive par réglage"
    ),
}


def say_decisions(motif: str) -> str:
    """Return `motif` with the jury's decisions in words; what the jury wrote itself is kept."""
    return _DECISION.sub(lambda trouve: trouve[1] + DANS_UNE_PHRASE[trouve[2]], motif)
