"""Lines under the marks that are no candidate's: summaries (« Moyenne », « σ »), and scales."""

import re
from collections.abc import Sequence

from perequation.ingestion.lecture.echelle import scale_below, title_scale

_SANS = {"é": "[eê]", "è": "[eê]", "ç": "c"}
_MOTS = (
    r"moyennes?|moy|médianes?|méd|effectifs?|total|totaux|sous[ -]?tota(?:l|ux)|nombres?|nbre?s?|nb|somme"
    r"|écarts?[ -]?types?|éca?r?t?\.?[ -]?types?|é\.? ?t\.?|variances?|dispersion|étendue|sigma"
    r"|minimums?|maximums?|mini?|maxi?|taux|pourcentages?|q[1-4]"
    r"|(?:\d ?(?:er|ème|e)? )?(?:quartile|décile|centile)s?"
    r"|présents?|absents?|inscrits?|notés|admis|reçus|candidats présents|statistiques?|stats?"
    r"|ensemble|synthèse|bilan|récapitulatif"
    r"|(?:notes? )?(?:la )?(?:plus|moins) (?:haute|basse|forte|faible|élevée)s?|notes? la (?:plus|moins) \w+"
    r"|notes? (?:moyennes?|max\w*|min\w*|médianes?)|meilleures? notes?|[nm] ?[=:]"
    r"|barèmes?|échelle|points possibles|total des points|notée?s? sur|notes?|sur"
)
# Accents are there or not, or characters of their own: « ecart-type », « MEDIANE ».
_MOTS_DE_PIED = re.sub("[éèç]", lambda c: f"(?:{c[0]}|{_SANS[c[0]]}[\u0300-\u036f]?)", _MOTS)
_DEBUT = rf"(?:(?:{_MOTS_DE_PIED})(?![^\W_])|[σΣμØøδ∑](?![^\W\d_])|x[\u0304\u0305]|%)"
_PIED = re.compile(_DEBUT, re.IGNORECASE)
_PIED_DE_LIGNE = re.compile(
    rf"""^[\s;,"(*#«–—-]*{_DEBUT}"""
    r"""|^[\s;,"]*[^\d\s;,"][^;\t\n]{0,200}?"""
    r"(?:\bsur\s+(?:\d|cinq|dix|quinze|trente|quarante|soixante|cent)|/\s?\d{1,3}(?![\d/])|\bbar[eèê]me\b)",
    re.IGNORECASE | re.MULTILINE,
)
# What is around the words of a remark.
_AUTOUR = " ()*#«»\"'–—-\u00a0"
# Numbers, and what a spreadsheet shows where there is none; a formula never computed counts nothing.
_CHIFFRES = re.compile(r"[-+±≈]?[\d\s.,/]+%?|[-–—]|#[^#]*[!A]", re.IGNORECASE)


def has_footer(texte: str) -> bool:
    """Tell whether a line of a text may be a footer."""
    return _PIED_DE_LIGNE.search(texte) is not None


def read_footer(
    champs: Sequence[str], premier: str, numero: int | None, notes: Sequence[int]
) -> dict[int, str] | None:
    """Tell a line that is no candidate's: a summary of the marks, or their scale.

    Parameters
    ----------
    champs
        Its fields.
    premier
        The first one that is filled.
    numero, notes
        Positions of the candidate's number and of the marks.

    Returns
    -------
    dict or None
        By position, the scale it says; None when it is a line like the others.
    """
    if numero is None:
        return None
    remplis = [champ.strip() for champ in champs if champ.strip()]
    # « (notes sur 10) », « Attention : noté sur 10 », alone on its line.
    est_un_mot = _PIED.match(premier.strip(_AUTOUR))
    if not est_un_mot and (len(remplis) > 1 or not title_scale(premier)):
        return None
    lu = champs[numero].strip() if numero < len(champs) else ""
    if lu and lu != premier:
        return None
    echelles = scale_below(champs, numero, notes)
    if echelles or not est_un_mot:
        return echelles or None
    return {} if all(map(_CHIFFRES.fullmatch, remplis[1:])) else None
