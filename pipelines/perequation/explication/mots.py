"""The words of an explanation."""

DECISIONS = {
    "ADMIS": "admis",
    "CONTROLE": "appelé au contrôle",
    "REFUSE": "refusé",
    "ELIMINE": "éliminé",
    "INCOMPLET": "incomplet",
    "EN_COURS": "en cours",
}
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
