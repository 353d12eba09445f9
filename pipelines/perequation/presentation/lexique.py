"""The words of the reports, in one place: column headings, codes, reasons and definitions."""

from dataclasses import dataclass
from typing import Literal

from perequation.socle.regles_decision import rules_in_force

_ADMISSION = rules_in_force().admission
Nature = Literal[
    "texte", "code", "entier", "points", "note", "taux", "ecart", "probabilite", "date", "oui_non"
]


@dataclass(frozen=True)
class Colonne:
    """How a column is headed and written.

    `note` is out of 20 with two decimals, `points` are weighted points (coefficient × note),
    `ecart` is signed, `taux` is a ratio written in percent.
    """

    libelle: str
    nature: Nature = "texte"


COLONNES: dict[str, Colonne] = {
    # Who and where.
    "numero_candidat": Colonne("N° candidat", "code"),
    "nom": Colonne("Nom"),
    "prenom": Colonne("Prénom"),
    "date_naissance": Colonne("Né(e) le", "date"),
    "sexe": Colonne("Sexe"),
    "statut": Colonne("Statut"),
    "forme": Colonne("Forme"),
    "academie": Colonne("Académie"),
    "uai": Colonne("UAI", "code"),
    "etablissement": Colonne("Établissement"),
    "centre_ecrit": Colonne("Centre d’écrit"),
    "centre": Colonne("Centre"),
    "commission": Colonne("Commission"),
    "specialite": Colonne("Spécialité", "code"),
    "session": Colonne("Session", "code"),
    "maille": Colonne("Maille"),
    "modalite": Colonne("Modalité"),
    "unite": Colonne("Unité"),
    "type_unite": Colonne("Type d’unité"),
    # Épreuves and marks.
    "epreuve": Colonne("Épreuve", "code"),
    "titre": Colonne("Intitulé"),
    "coefficient": Colonne("Coefficient", "note"),
    "mode": Colonne("Mode"),
    "etape": Colonne("Étape"),
    "note": Colonne("Note", "note"),
    "code": Colonne("Code", "code"),
    "n": Colonne("n", "entier"),
    "moyenne": Colonne("Moyenne", "note"),
    "ecart_type": Colonne("Écart type", "note"),
    "mediane": Colonne("Médiane", "note"),
    "q1": Colonne("1er quartile", "note"),
    "q3": Colonne("3e quartile", "note"),
    "part_sup_10": Colonne("Part ≥ 10", "taux"),
    "minimum": Colonne("Minimum", "note"),
    "maximum": Colonne("Maximum", "note"),
    "tranche": Colonne("Tranche", "note"),
    # Results.
    "inscrits": Colonne("Inscrits", "entier"),
    "presents": Colonne("Présents", "entier"),
    "admis": Colonne("Admis", "entier"),
    "admis_controle": Colonne("dont après contrôle", "entier"),
    "controle": Colonne("En attente du contrôle", "entier"),
    "refuses": Colonne("Refusés", "entier"),
    "elimines": Colonne("Éliminés", "entier"),
    "incomplets": Colonne("Incomplets ou en cours", "entier"),
    "taux_reussite": Colonne("Taux de réussite", "taux"),
    "taux_bas": Colonne("Taux, borne basse", "taux"),
    "taux_haut": Colonne("Taux, borne haute", "taux"),
    "moyenne_generale": Colonne("Moyenne générale", "note"),
    "moyenne_professionnelle": Colonne("Moyenne profession­nelle", "note"),
    "moyenne_finale": Colonne("Moyenne après contrôle", "note"),
    "points": Colonne("Points", "points"),
    "coefficients": Colonne("Coefficients", "points"),
    "points_facultatifs": Colonne("Points facultatifs", "points"),
    "points_manquants": Colonne("Points manquants", "points"),
    "gain_maximal": Colonne("Gain maximal", "points"),
    "atteignable": Colonne(f"{_ADMISSION} atteignable", "oui_non"),
    "decision_calculee": Colonne("Proposition"),
    "decision_jury": Colonne("Décision du jury"),
    "decision_finale": Colonne("Décision"),
    "motif": Colonne("Motif"),
    "a_verifier": Colonne("À vérifier", "oui_non"),
    "cause": Colonne("Cause"),
    "nb_candidats": Colonne("Candidats", "entier"),
    # Quality of the data.
    "fichier": Colonne("Fichier"),
    "ligne": Colonne("Ligne", "entier"),
    "colonne": Colonne("Colonne"),
    "valeur": Colonne("Valeur"),
    "regle": Colonne("Règle"),
    "gravite": Colonne("Gravité"),
    "message": Colonne("Ce qui ne va pas, et que faire"),
    "libelle": Colonne("Vérification"),
    "type_fichier": Colonne("Contenu"),
    "unite_compte": Colonne("Unité comptée"),
    "lignes_lues": Colonne("Lues", "entier"),
    "lignes_chargees": Colonne("Chargées", "entier"),
    "lignes_rejetees": Colonne("Rejetées", "entier"),
    "nb_testes": Colonne("Lignes vérifiées", "entier"),
    "nb_anomalies": Colonne("Anomalies", "entier"),
    "attendus": Colonne("Attendus", "entier"),
    "nb_attendus": Colonne("Attendus", "entier"),
    "nb_recus": Colonne("Reçus", "entier"),
    "nb_manquants": Colonne("Manquants", "entier"),
    "difference": Colonne("Différence", "entier"),
    # Gaps.
    "ecart_brut": Colonne("Écart brut", "ecart"),
    "ecart_ajuste": Colonne("Écart ajusté", "ecart"),
    "ecart_retenu": Colonne("Écart retenu", "ecart"),
    "erreur_type": Colonne("Erreur type", "note"),
    "ic_bas": Colonne("Borne basse (95 %)", "ecart"),
    "ic_haut": Colonne("Borne haute (95 %)", "ecart"),
    "probabilite_materielle": Colonne("Probabilité d’un écart notable", "probabilite"),
    "q_valeur": Colonne("q", "probabilite"),
    "signal": Colonne("Conclusion"),
    "motif_indisponible": Colonne("Pourquoi l’analyse manque"),
    "fragile": Colonne("Fragile", "oui_non"),
    "moyenne_transmise": Colonne("Moyenne transmise", "note"),
    "moyenne_harmonisee": Colonne("Moyenne harmonisée", "note"),
    "decalage_constate": Colonne("Décalage constaté", "ecart"),
    "decision_conforme": Colonne("Conforme à la décision", "oui_non"),
    "rangs_inverses": Colonne("Rangs inversés", "entier"),
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
    "Moyenne générale": (
        "Somme des points (coefficient × note, plus les points au-dessus de 10 des épreuves "
        "facultatives) divisée par la somme des coefficients des épreuves obligatoires non "
        "dispensées."
    ),
    "Moyenne professionnelle": (
        "Même calcul sur les seules épreuves obligatoires du domaine professionnel, sans "
        "point facultatif."
    ),
    "Proposition": (
        "Ce que donnent les règles, avant le jury. Admis : moyenne générale d’au moins 10 "
        "(Code de l’éducation, D643-22). Contrôle : de 8 à moins de 10 et moyenne "
        "professionnelle d’au moins 10 (D643-15 et D643-22). Refusé, ou « ajourné » : sinon. "
        "Éliminé : absence non justifiée (D643-24) ou épreuve non validée (circulaire de "
        "session). Le jury est souverain (D643-26)."
    ),
    "Points manquants": (
        f"Points à gagner pour atteindre {_ADMISSION} de moyenne : {_ADMISSION} × coefficients − "
        "points. Ce sont "
        "des points multipliés par les coefficients, non des points sur 20."
    ),
    "Gain maximal": (
        "Points que rapporteraient deux épreuves de contrôle notées 20, choisies au mieux."
    ),
    "Contrôle": (
        "Épreuves de contrôle, dites de rattrapage : deux oraux choisis par le candidat "
        "parmi les épreuves du domaine général ; la meilleure des deux notes est gardée."
    ),
    "CCF": ("Contrôle en cours de formation, noté dans l’établissement."),
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
        "Nombre d’unités désignées à tort auquel il faut s’attendre, compte tenu de "
        "l’incertitude de chacune."
    ),
}


def column(name: str) -> Colonne:
    """Return the heading and nature of a column; an unknown one keeps its name."""
    return COLONNES.get(name) or Colonne(name.replace("_", " ").capitalize())


def code_label(value: str) -> str:
    """Return the words of a code, or the value itself when it is not a code."""
    return CODES.get(value, value)


def entries(*words: str) -> list[tuple[str, str]]:
    """Return the definitions asked for, in the order given."""
    return [(word, DEFINITIONS[word]) for word in words]
