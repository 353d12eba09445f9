"""The sheet sent back with a file: which rows were set aside, why, what to write instead."""

import polars as pl

from perequation.presentation.tableaux import table
from perequation.presentation.textes import Fragment, paragraph, stack
from perequation.socle.formats import format_count, hold_spaces

# What the sender of the file does about each reject rule (`regles_qualite.REGLES_REJET`).
CORRECTIONS = {
    "bareme_inconnu": "Écrivez les notes sur 20, ou faites déclarer le barème dans le profil.",
    "second_entete": "Envoyez un tableau par fichier, ou par feuille.",
    "hors_filtre": "Rien : cette ligne n'est pas de la session demandée.",
    "virgule_decimale": "Entourez de guillemets les notes à virgule, ou séparez par des « ; ».",
    "caractere_interdit": "Retapez la ligne, puis enregistrez le fichier en UTF-8.",
    "ccf_inconnu": "Écrivez O, N ou ETENDU.",
    "champ_obligatoire": "Remplissez cette case.",
    "candidat_ecarte": "Rien ici : c'est la liste des candidats qui est à corriger.",
    "candidat_inconnu": "Vérifiez le numéro, zéros de tête compris, et la spécialité.",
    "cle_contradictoire": "Gardez la bonne ligne, supprimez les autres.",
    "code_inconnu": "Écrivez une note de 0 à 20, ou AB, AJ, NV, DI ou FR.",
    "colonne_manquante": "Remettez l'en-tête d'origine, avec cette colonne une seule fois.",
    "date_invalide": "Écrivez la date jj/mm/aaaa.",
    "decalage_incoherent": "Un DECALAGE a un nombre de points, un MAINTIEN n'en a pas.",
    "decalage_invalide": "Écrivez un nombre de points, par exemple -0,5.",
    "decision_inconnue": "Écrivez l'un des codes de décision attendus.",
    "doublon": "Rien, la première de ces lignes identiques est chargée ; supprimez celle-ci.",
    "epreuve_controle": "Une note de contrôle nomme une épreuve du domaine général.",
    "epreuve_inconnue": "Corrigez le code de l'épreuve (celui du règlement).",
    "etape_inconnue": "Écrivez l'une des étapes attendues, ou laissez vide.",
    "fichier_illisible": "Enregistrez de nouveau le fichier en CSV ou en XLSX, et renvoyez-le.",
    "fichier_vide": "Renvoyez le fichier rempli.",
    "forme_inconnue": "Écrivez GLOBALE ou PROGRESSIVE.",
    "formule_en_erreur": "Remplacez la formule en erreur par sa valeur.",
    "guillemets": "Fermez les guillemets de la ligne, ou retirez-les.",
    "ligne_trop_longue": "Coupez la ligne : deux lignes ont sans doute été collées.",
    "livret_inconnu": "Écrivez O ou N.",
    "mode_inconnu": "Écrivez PONCTUEL, CCF, BENEFICE ou REPORT.",
    "nombre_de_champs": "Mettez entre guillemets un texte qui contient le séparateur.",
    "note_bornes": "Écrivez une note de 0 à 20.",
    "note_decimales": "Écrivez deux décimales au plus.",
    "remplace": "Rien : un envoi plus récent de ce modèle remplace celui-ci.",
    "reserve_inconnue": "Écrivez O ou N, ou laissez vide.",
    "session_hors_dossier": "Corrigez l'année de la session.",
    "specialite_hors_dossier": "Corrigez le code de la spécialité.",
    "statut_inconnu": "Écrivez l'un des statuts attendus.",
    "type_inconnu": "Écrivez l'un des types d'établissement attendus.",
    "type_unite_inconnu": "Écrivez etablissement, centre, commission, lot ou correcteur.",
}
COLONNES = ("ligne", "colonne", "valeur", "probleme", "correction")
LIBELLES = {
    "ligne": "Ligne du fichier",
    "colonne": "Colonne",
    "valeur": "Lu",
    "probleme": "Problème",
    "correction": "Correction",
}


def explain_rejects(rejets: pl.DataFrame) -> pl.DataFrame:
    """Return the rejects of a file with probleme and correction, in the order of its lines.

    Parameters
    ----------
    rejets
        Rows of `marts.rejet`.
    """
    # The message of an import ends with its state and remedy, said better here.
    probleme = pl.col("message").str.split_exact(" (règle ", 1).struct.field("field_0")
    return rejets.sort("ligne", "colonne", "regle", nulls_last=False).with_columns(
        probleme=probleme,
        correction=pl.col("regle").replace_strict(
            CORRECTIONS, default="Corrigez la ligne.", return_dtype=pl.String
        ),
    )


def sheet(fichier: str, unite: str, rejets: pl.DataFrame, lues: int, rejetees: int) -> Fragment:
    """Return the body of the page: how many rows were set aside, and each with its correction.

    The problem names column and value: the page needs no column for them, and fits a telephone.
    """
    return stack(
        _opening(fichier, unite, lues, rejetees),
        table(
            rejets.with_columns(pl.col("probleme").map_elements(hold_spaces, pl.String)),
            ["ligne", "probleme", "correction"],
            identifier="corrections",
            caption=f"À corriger dans {fichier}",
            labels=LIBELLES | {"ligne": "Ligne"},
            natures={"ligne": "entier"},
            note="Ligne : celle du fichier, en-tête compris ; vide quand tout le fichier est en "
            "cause.",
        ),
    )


def _opening(fichier: str, unite: str, lues: int, rejetees: int) -> Fragment:
    if lues == rejetees:
        return paragraph(
            "<strong>Rien du fichier {x} n’est chargé</strong> : il ne compte dans aucun résultat. "
            "Corrigez-le, puis renvoyez-le en entier.",
            x=fichier,
        )
    return paragraph(
        "Fichier {x} : <strong>{n}</strong> sur {m}. Ce qui est écarté ne compte dans aucun "
        "résultat ; le reste du fichier est chargé. Corrigez ce qui suit, puis renvoyez le fichier "
        "en entier.",
        x=fichier,
        n=format_count(rejetees, f"{unite} écartée", f"{unite}s écartées"),
        m=format_count(lues, f"{unite} lue", f"{unite}s lues"),
    )
