"""What a finding says of a line, with the words of a reader beside the names of the files."""

import polars as pl

from perequation.presentation import lexique

# Columns of the files whose name is not the word; what a cell holds stays as it is written.
_COLONNES = {
    "annee_naissance": "année de naissance",
    "bareme": "barème",
    "date_naissance": "date de naissance",
    "decision": "décision",
    "epreuve": "épreuve",
    "etablissement": "établissement",
    "etape": "étape",
    "ine": "INE",
    "livret_examine": "livret examiné",
    "modele": "modèle",
    "numero_candidat": "n° de candidat",
    "session_origine": "session d’origine",
    "specialite": "spécialité",
    "uai": "UAI",
}


def in_words(rows: pl.DataFrame) -> pl.DataFrame:
    """Return findings or rejects whose `message` names columns and decisions in words.

    Parameters
    ----------
    rows
        `marts.anomalie` or `marts.rejet`: at least message, that begins with the column.
    """
    message = pl.col("message")
    for name, words in _COLONNES.items():
        message = message.str.replace(rf"^{name} (« |\(vide\))", f"{words} ${{1}}")
    for code, words in lexique.DANS_UNE_PHRASE.items():
        message = message.str.replace_all(rf"(proposition(?: :)? |, ){code}\b", f"${{1}}{words}")
    return rows.with_columns(message) if rows.height else rows
