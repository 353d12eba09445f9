"""Why an analysis or a unit gets no signal, in the words the reports print."""

from enum import StrEnum

import polars as pl

#: Smallest sizes (statistics, section 7).
EFFECTIF_MASQUE = 5
EFFECTIF_SIGNAL = 10
EFFECTIF_TOTAL = 100
UNITES_MINIMALES = 6


class Motif(StrEnum):
    """A reason code; `LIBELLES` gives its sentence."""

    CENTRES_PEU_NOMBREUX = "centres_peu_nombreux"
    SANS_ANCRE_DECLAREE = "sans_ancre_declaree"
    ANCRES_ABSENTES = "ancres_absentes"
    NON_CONNEXE = "non_connexe"
    EFFECTIF_TOTAL = "effectif_total"
    UNITES_PEU_NOMBREUSES = "unites_peu_nombreuses"
    SANS_DISPERSION = "sans_dispersion"
    UNE_SEULE_ANCRE = "une_seule_ancre"
    LAMBDA_INDETERMINE = "lambda_indetermine"
    LAMBDA_NEGATIF = "lambda_negatif"
    ANCRES_CONTRADICTOIRES = "ancres_contradictoires"
    SUIT_ACADEMIE = "suit_academie"
    EFFECTIF_MASQUE = "effectif_masque"
    UNITE_SANS_ANCRE = "unite_sans_ancre"
    EFFECTIF_FAIBLE = "effectif_faible"


LIBELLES: dict[Motif, str] = {
    Motif.CENTRES_PEU_NOMBREUX: (
        "moins de six centres : la comparaison se fait entre commissions, quand elles sont connues"
    ),
    Motif.SANS_ANCRE_DECLAREE: (
        "aucune autre épreuve anonyme n'est déclarée comme ancre : les différences brutes ne"
        " comparent pas les notations"
    ),
    Motif.ANCRES_ABSENTES: (
        "les notes des ancres ne sont pas encore arrivées : les différences brutes ne comparent"
        " pas les notations"
    ),
    Motif.NON_CONNEXE: (
        "unités sans ancre corrigée en commun avec les autres : aucune comparaison n'est possible"
    ),
    Motif.EFFECTIF_TOTAL: "moins de 100 candidats ayant une épreuve de repère : pas d'analyse isolée",
    Motif.UNITES_PEU_NOMBREUSES: (
        "moins de six unités d'au moins cinq candidats : pas d'analyse isolée"
    ),
    Motif.SANS_DISPERSION: (
        "aucune dispersion des notes à l'intérieur des unités : rien ne permet de mesurer"
        " l'incertitude"
    ),
    Motif.UNE_SEULE_ANCRE: (
        "une seule ancre : l'écart n'est connu que par une fourchette, sans estimation ni signal"
    ),
    Motif.LAMBDA_INDETERMINE: (
        "le lien entre l'épreuve et ses ancres est trop imprécis : l'écart n'est connu que par"
        " une fourchette"
    ),
    Motif.LAMBDA_NEGATIF: (
        "les candidats qui réussissent les ancres réussissent moins bien l'épreuve : elles ne"
        " disent rien de ce qu'on doit y attendre"
    ),
    Motif.ANCRES_CONTRADICTOIRES: (
        "les ancres se contredisent : réussir l'une va avec échouer à une autre, ou à l'épreuve"
    ),
    Motif.SUIT_ACADEMIE: (
        "les écarts suivent l'académie : les correcteurs de ses ancres, ou ses candidats, peuvent en"
        " être la cause, et aucune unité ne peut être jugée ; si les ancres ont été corrigées académie"
        ' par académie, « ancres_par = "academie" » dans session.toml les compare à l\'intérieur de'
        " chacune"
    ),
    Motif.EFFECTIF_MASQUE: "effectif trop faible : résultat masqué",
    Motif.UNITE_SANS_ANCRE: "moins de cinq candidats de l'unité ont une ancre",
    Motif.EFFECTIF_FAIBLE: (
        "moins de dix candidats ayant une épreuve de repère : donné à titre indicatif, jamais signalé"
    ),
}


def label_reason(code: pl.Expr) -> pl.Expr:
    """Turn a column of reason codes into the sentences of `LIBELLES` (null stays null)."""
    return code.replace_strict(
        {str(motif): texte for motif, texte in LIBELLES.items()}, return_dtype=pl.String
    )
