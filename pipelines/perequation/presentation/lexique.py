"""The words of the reports, in one place: column headings, codes, reasons and definitions."""

from dataclasses import dataclass
from typing import Literal

from perequation.socle.formats import curl
from perequation.socle.regles_decision import CONTROLES, ReglesDecision, rules_at, rules_in_force

_ADMISSION = rules_in_force().admission
Nature = Literal[
    "texte", "code", "entier", "points", "note", "taux", "ecart", "probabilite", "date", "oui_non"
]


@dataclass(frozen=True)
class Heading:
    """How a column is headed and written.

    `note` is out of 20 with two decimals, `points` are weighted points (coefficient × note),
    `ecart` is signed, `taux` is a ratio written in percent.
    """

    libelle: str
    nature: Nature = "texte"


COLONNES: dict[str, Heading] = {
    # Who and where.
    "numero_candidat": Heading("N° candidat", "code"),
    "nom": Heading("Nom"),
    "prenom": Heading("Prénom"),
    "date_naissance": Heading("Né(e) le", "date"),
    "sexe": Heading("Sexe"),
    "statut": Heading("Statut"),
    "forme": Heading("Forme"),
    "academie": Heading("Académie"),
    "uai": Heading("UAI", "code"),
    "etablissement": Heading("Établissement"),
    "centre_ecrit": Heading("Centre d’écrit"),
    "centre": Heading("Centre"),
    "commission": Heading("Commission"),
    "specialite": Heading("Spécialité", "code"),
    "session": Heading("Session", "code"),
    "maille": Heading("Maille"),
    "modalite": Heading("Modalité"),
    "unite": Heading("Unité"),
    "type_unite": Heading("Type d’unité"),
    # Épreuves and marks.
    "epreuve": Heading("Épreuve", "code"),
    "titre": Heading("Intitulé"),
    "coefficient": Heading("Coefficient", "note"),
    "mode": Heading("Mode"),
    "etape": Heading("Étape"),
    "note": Heading("Note", "note"),
    "code": Heading("Code", "code"),
    "n": Heading("n", "entier"),
    "moyenne": Heading("Moyenne", "note"),
    "ecart_type": Heading("Écart type", "note"),
    "mediane": Heading("Médiane", "note"),
    "q1": Heading("1er quartile", "note"),
    "q3": Heading("3e quartile", "note"),
    "d1": Heading("D1", "note"),
    "d9": Heading("D9", "note"),
    "autre_epreuve": Heading("Autre épreuve", "code"),
    "correlation": Heading("Corrélation", "note"),
    "absents": Heading("Absents", "entier"),
    "taux_absence": Heading("Taux d’absence", "taux"),
    "part_sup_10": Heading("Part ≥ 10", "taux"),
    "minimum": Heading("Minimum", "note"),
    "maximum": Heading("Maximum", "note"),
    "tranche": Heading("Tranche", "note"),
    # Results.
    "inscrits": Heading("Inscrits", "entier"),
    "presents": Heading("Présents", "entier"),
    "admis": Heading("Admis", "entier"),
    "admis_controle": Heading("dont après contrôle", "entier"),
    "controle": Heading("En attente du contrôle", "entier"),
    "refuses": Heading("Refusés", "entier"),
    "elimines": Heading("Éliminés", "entier"),
    "incomplets": Heading("Incomplets ou en cours", "entier"),
    "taux_reussite": Heading("Taux de réussite", "taux"),
    "taux_bas": Heading("Taux, borne basse", "taux"),
    "taux_haut": Heading("Taux, borne haute", "taux"),
    "moyenne_generale": Heading("Moyenne générale", "note"),
    "moyenne_professionnelle": Heading("Moyenne profession­nelle", "note"),
    "moyenne_finale": Heading("Moyenne après contrôle", "note"),
    "points": Heading("Points", "points"),
    "coefficients": Heading("Coefficients", "points"),
    "points_facultatifs": Heading("Points facultatifs", "points"),
    "points_manquants": Heading("Points manquants", "points"),
    "gain_maximal": Heading("Gain maximal", "points"),
    "atteignable": Heading(f"{_ADMISSION} atteignable", "oui_non"),
    "decision_calculee": Heading("Proposition"),
    "decision_jury": Heading("Décision du jury"),
    "decision_finale": Heading("Décision"),
    "motif": Heading("Motif"),
    "a_verifier": Heading("À vérifier", "oui_non"),
    "cause": Heading("Cause"),
    "nb_candidats": Heading("Candidats", "entier"),
    # Quality of the data.
    "fichier": Heading("Fichier"),
    "ligne": Heading("Ligne", "entier"),
    "colonne": Heading("Colonne"),
    "valeur": Heading("Valeur"),
    "regle": Heading("Règle"),
    "gravite": Heading("Gravité"),
    "message": Heading("Ce qui ne va pas, et que faire"),
    "libelle": Heading("Vérification"),
    "type_fichier": Heading("Contenu"),
    "unite_compte": Heading("Unité comptée"),
    "lignes_lues": Heading("Lues", "entier"),
    "lignes_chargees": Heading("Chargées", "entier"),
    "lignes_rejetees": Heading("Rejetées", "entier"),
    "nb_testes": Heading("Lignes vérifiées", "entier"),
    "nb_anomalies": Heading("Anomalies", "entier"),
    "attendus": Heading("Attendus", "entier"),
    "nb_attendus": Heading("Attendus", "entier"),
    "nb_recus": Heading("Reçus", "entier"),
    "nb_manquants": Heading("Manquants", "entier"),
    "difference": Heading("Différence", "entier"),
    # Gaps.
    "ecart_brut": Heading("Écart brut", "ecart"),
    "ecart_ajuste": Heading("Écart ajusté", "ecart"),
    "ecart_retenu": Heading("Écart retenu", "ecart"),
    "erreur_type": Heading("Erreur type", "note"),
    "ic_bas": Heading("Borne basse (95 %)", "ecart"),
    "ic_haut": Heading("Borne haute (95 %)", "ecart"),
    "probabilite_materielle": Heading("Probabilité d’un écart notable", "probabilite"),
    "q_valeur": Heading("q", "probabilite"),
    "signal": Heading("Conclusion"),
    "motif_indisponible": Heading("Pourquoi l’analyse manque"),
    "fragile": Heading("Fragile", "oui_non"),
    "moyenne_transmise": Heading("Moyenne transmise", "note"),
    "moyenne_harmonisee": Heading("Moyenne harmonisée", "note"),
    "decalage_constate": Heading("Décalage constaté", "ecart"),
    "decision_conforme": Heading("Conforme à la décision", "oui_non"),
    "rangs_inverses": Heading("Rangs inversés", "entier"),
}

# Codes of the tables, as a reader meets them.
CODES: dict[str, str] = {
    "ADMIS": "Admis",
    "CONTROLE": "Contrôle",
    "REFUSE": "Refusé",
    "ELIMINE": "Éliminé",
    "INCOMPLET": "Incomplet",
    "EN_COURS": "En cours",
    "PONCTUEL": "Ponctuel",
    "CCF": "CCF",
    "BENEFICE": "Bénéfice",
    "REPORT": "Report",
    "SCOLAIRE": "Scolaire",
    "APPRENTI": "Apprenti",
    "FORMATION CONTINUE": "Formation continue",
    "EAD": "Enseignement à distance",
    "INDIVIDUEL": "Individuel",
    "GLOBALE": "Globale",
    "PROGRESSIVE": "Progressive",
    "F": "Femmes",
    "M": "Hommes",
    "total": "Ensemble",
    "academie": "Académie",
    "etablissement": "Établissement",
    "centre": "Centre",
    "centre_ecrit": "Centre d’écrit",
    "commission": "Commission",
    "lot": "Lot de copies",
    "correcteur": "Correcteur",
    "statut": "Statut",
    "sexe": "Sexe",
    "forme": "Forme",
    "transmise": "transmise",
    "harmonisee": "harmonisée",
    "definitive": "définitive",
    "controle": "contrôle",
    "critique": "Bloquant",
    "avertissement": "Avertissement",
    "info": "Information",
    "MAINTIEN": "Maintien",
    "DECALAGE": "Décalage",
    "aucun": "rien à signaler",
    "a_surveiller": "à surveiller",
    "signale": "à examiner",
    "indisponible": "non analysé",
    "candidats": "Candidats",
    "notes": "Notes",
    "etablissements": "Établissements",
    "decisions_jury": "Décisions du jury",
    "decisions_harmonisation": "Décisions d’harmonisation",
    "ligne": "ligne",
    "cellule": "cellule",
}

# The same in the middle of a sentence.
DANS_UNE_PHRASE: dict[str, str] = {
    "ADMIS": "admis",
    "CONTROLE": "appelé au contrôle",
    "REFUSE": "refusé",
    "ELIMINE": "éliminé",
    "INCOMPLET": "incomplet",
    "EN_COURS": "en cours",
}

# What precedes a decision of the jury in `motif`.
DECISION_DU_JURY = "Décision du jury (?:après contrôle|au premier groupe) : "

DEFINITIONS: dict[str, str] = {
    "Inscrit": (
        "Candidat figurant dans le fichier des candidats de la spécialité et de la session."
    ),
    "Présent": (
        "Candidat ayant au moins une note de la session à une épreuve obligatoire, ou un "
        "dossier non valide (NV). Une absence, une dispense ou une note conservée ne "
        "suffisent pas."
    ),
    "Taux de réussite": (
        "Admis rapportés aux présents, selon la décision en vigueur : celle du jury quand "
        "elle est connue, sinon la proposition calculée."
    ),
    "Intervalle à 95 %": (
        "Intervalle de Wilson du taux : l’étendue des valeurs compatibles avec ce qui est "
        "observé. Deux intervalles qui se recouvrent largement ne permettent pas de "
        "conclure."
    ),
    "Moyenne professionnelle": (
        "Même calcul sur les seules épreuves obligatoires du domaine professionnel, sans "
        "point facultatif."
    ),
    "Premier groupe": (
        "Toutes les épreuves de la session, avant celles du contrôle ; le mot vient du baccalauréat."
    ),
    "CCF": ("Contrôle en cours de formation, noté dans l’établissement."),
    "Décile (D1, D9)": (
        "Note au-dessous de laquelle se trouve un dixième des notes (D1), ou au-dessus (D9)."
    ),
    "Effet de structure": (
        "Part d’une évolution du taux qui vient de la composition des candidats (plus d’apprentis, "
        "par exemple), les taux de chaque groupe restant ce qu’ils sont. Le reste vient des taux "
        "eux-mêmes (décomposition de Kitagawa)."
    ),
    "Corrélation": (
        "De −1 à 1 : 0 quand les notes de deux épreuves n’ont pas de lien, 1 quand l’une se déduit "
        "de l’autre."
    ),
    "Fidélité (alpha)": (
        "De 0 à 1 : ce que la moyenne générale doit à ce que les épreuves ont en commun. Plus elle "
        "est forte, plus un autre jeu d’épreuves du même genre aurait classé les candidats de même."
    ),
    "Écart ajusté": (
        "Ce que les notes d’une unité ont de plus ou de moins que ce que laissent attendre "
        "les notes anonymes des mêmes candidats, en points sur 20."
    ),
    "Écart retenu": (
        "Écart ajusté ramené vers zéro selon sa fiabilité : plus l’unité est petite, plus il "
        "est réduit."
    ),
    "Épreuve d’ancrage": ("Épreuve corrigée anonymement hors de l’unité, qui sert de repère."),
    "Faux signal attendu": (
        "Nombre d’unités désignées à tort auquel il faut s’attendre, compte tenu de l’incertitude "
        "de chacune ; entre parenthèses, les deux nombres entre lesquels il se trouve 19 fois sur 20."
    ),
}


def column(name: str) -> Heading:
    """Return the heading and nature of a column; an unknown one keeps its name."""
    return COLONNES.get(name) or Heading(name.replace("_", " ").capitalize())


def code_label(value: str) -> str:
    """Return the words of a code, or the value itself when it is not a code."""
    return CODES.get(value, value)


def entries(*words: str, session: int = 0) -> list[tuple[str, str]]:
    """Return the definitions asked for, in the order given.

    Parameters
    ----------
    words
        Words of `DEFINITIONS`, or of the law, which `dated_definitions` gives.
    session
        Year whose law is told; 0 is the law in force.
    """
    known = DEFINITIONS | dated_definitions(session)
    return [(word, known[word]) for word in words]


def dated_definitions(session: int) -> dict[str, str]:
    """Return the definitions that depend on the law of a session, by word."""
    rules = rules_at(session) if session else rules_in_force()
    control, call, gain = _control(rules)
    return {
        "Moyenne générale": (
            f"Somme des points (coefficient × note, plus les points au-dessus de {rules.facultative} des "
            "épreuves facultatives) divisée par la somme des coefficients des épreuves obligatoires "
            "non dispensées."
        ),
        "Proposition": (
            "Ce que donnent les règles, avant le jury (CE : Code de l’éducation). "
            f"Admis : {_written(rules, 'moyenne_10')}. {call} Refusé : sinon ; la loi dit "
            f"« ajourné ». Éliminé : {_written(rules, 'absence_non_justifiee')}, ou "
            f"{_written(rules, 'non_valide')}. Une fraude retient le résultat. Le jury est souverain "
            "(CE D643-26)."
        ),
        "Points manquants": (
            f"Points à gagner pour atteindre {rules.admission} de moyenne : {rules.admission} × "
            "coefficients − points. Ce sont des points multipliés par les coefficients, non des "
            "points sur 20."
        ),
        "Gain maximal": gain,
        "Contrôle": control,
    }


def _written(rules: ReglesDecision, code: str) -> str:
    """Return a rule of decision in the words of the texts, with its article."""
    rule = next(rule for rule in rules.regles if rule.code == code)
    return curl(f"{rule.long} ({rule.article})")


def _control(rules: ReglesDecision) -> tuple[str, str, str]:
    """Return what the contrôle of a session is, whom it calls, and what it may bring."""
    if rules.regime.controle == "aucun":
        none = (
            f"Pas d’épreuves de contrôle à cette session : les premières sont de {rules.ouverture}."
        )
        return none, none, none
    call = f"Contrôle : {_written(rules, CONTROLES[rules.regime.controle])}."
    if rules.regime.controle == "exceptionnel":
        orals = (
            "Oraux du dispositif exceptionnel de la session (décrets 2021-417 et 2021-786) : un de "
            "compétences générales, un de compétences professionnelles ; l’issue appartient au jury, "
            "elle n’est pas calculée."
        )
        return orals, call, "Non calculé à cette session : l’issue du contrôle appartient au jury."
    orals = (
        "Épreuves de contrôle, dites de rattrapage : deux oraux choisis par le candidat parmi les "
        "épreuves du domaine général, dont une seule de langue ; la meilleure des deux notes est "
        "gardée."
    )
    gain = "Points que rapporteraient deux épreuves de contrôle notées 20, choisies au mieux."
    return orals, call, gain
