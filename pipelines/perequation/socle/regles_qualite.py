"""Names of the quality rules, for what must know them without running them.

A rule of the catalogue has the name of its file in `sql/controles/`; a reject rule has the name its
rejects carry in `marts.rejet`.
"""

from functools import cache

from perequation.socle.ressources import ressource

# Why a row is not loaded; a test holds this list equal to what `sql/staging` and ingestion write.
REGLES_REJET = frozenset(
    {
        "bareme_inconnu",
        "candidat_ecarte",
        "candidat_inconnu",
        "caractere_interdit",
        "ccf_inconnu",
        "champ_obligatoire",
        "cle_contradictoire",
        "code_inconnu",
        "colonne_manquante",
        "date_invalide",
        "decalage_incoherent",
        "decalage_invalide",
        "decision_inconnue",
        "doublon",
        "epreuve_controle",
        "epreuve_inconnue",
        "etape_inconnue",
        "fichier_illisible",
        "fichier_vide",
        "forme_inconnue",
        "formule_en_erreur",
        "guillemets",
        "hors_filtre",
        "ligne_trop_longue",
        "livret_inconnu",
        "mode_inconnu",
        "nombre_de_champs",
        "note_bornes",
        "note_decimales",
        "remplace",
        "reserve_inconnue",
        "second_entete",
        "session_hors_dossier",
        "specialite_hors_dossier",
        "statut_inconnu",
        "type_inconnu",
        "type_unite_inconnu",
        "virgule_decimale",
    }
)


@cache
def rule_names() -> frozenset[str]:
    """Return the name of every rule a session may make blocking."""
    catalogue = (path.stem for path in ressource("sql", "controles").glob("*/*.sql"))
    return REGLES_REJET.union(catalogue)
