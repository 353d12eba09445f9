"""The columns of `marts.ecart`: the contract's first, then what the reports need."""

#: In the contract, in its order.
CONTRAT = [
    "session", "specialite", "epreuve", "etape", "type_unite", "unite",
    "n", "moyenne", "ecart_brut", "ecart_ajuste", "erreur_type", "ecart_retenu",
    "ic_bas", "ic_haut", "probabilite_materielle", "q_valeur", "signal",
    "lambda", "fiabilite_ancres", "fragile", "motif_indisponible",
]  # fmt: skip

#: Further columns, with their meaning in French (printed in the reports' methods annex).
COMPLEMENTS: dict[str, str] = {
    "motif_code": "code du motif d'indisponibilité",
    "composante": "groupe d'unités comparables entre elles (0 : le plus grand)",
    "n_ancre": "candidats ayant au moins une ancre",
    "nb_candidats": "N, candidats de l'analyse ayant au moins une ancre",
    "nb_unites": "J, unités de l'analyse",
    "nb_unites_comparables": "unités d'au moins cinq candidats ayant une ancre",
    "nb_ancres": "K, ancres ayant des notes",
    "part_sans_ancre": "part des candidats de l'unité sans aucune ancre",
    "part_deux_ancres": "part des candidats de l'unité ayant au moins deux ancres",
    "part_deux_ancres_total": "part des candidats de l'analyse ayant au moins deux ancres",
    "ecart_brut_ancre": "écart brut sur les seuls candidats ayant une ancre (points)",
    "ecart_ancres": "écart des mêmes candidats sur les ancres (points)",
    "moyenne_ancre_unite": "moyenne de l'unité sur les candidats ayant une ancre (points)",
    "moyenne_attendue": "moyenne que les ancres laissent attendre (points)",
    "b_w": "pente de régression intra-unité sur les ancres",
    "ecart_lambda_bas": "écart ajusté avec λ = pente de régression (points)",
    "ecart_lambda_un": "écart ajusté avec λ = 1 (points)",
    "erreur_type_lambda": "erreur type de λ",
    "v_lambda": "variance de λ",
    "lambda_origine": "λ estimé sur l'épreuve, ou mis en commun (specialite, session)",
    "ecart_type_residuel": "s, écart type résiduel intra-unité (points)",
    "effet_commission": "D, effet de grappe des commissions",
    "commission_connue": "toutes les notes ont une commission",
    "tau2": "τ², variance entre unités (points carrés)",
    "tau2_nb_unites": "nombre d'unités sur lequel τ² est estimé",
    "tau2_origine": "τ² estimé sur l'épreuve, ou mis en commun (specialite, session)",
    "icc": "part de la variance résiduelle qui est entre unités",
    "ecart_type_retenu": "écart type de l'écart retenu (points)",
    "ecart_type_unite": "écart type des notes de l'unité (points)",
    "rapport_dispersion": "dispersion de l'unité rapportée à celle de toutes",
    "dispersion_atypique": "dispersion hors de ses limites à 99 %",
    "part_vingt": "part des notes égales à 20",
    "delta_ancre_max": "plus grand changement de l'écart quand on retire une ancre (points)",
    "ancre_influente": "ancre dont le retrait change l'écart de plus d'un demi-point",
    "alerte_ecart": "Δ, écart à partir duquel une différence compte (points)",
}

COLONNES = [*CONTRAT, *COMPLEMENTS]

#: Adjusted figures, blanked for masked units and units without anchors.
MASQUEES = [
    "ecart_ajuste", "erreur_type", "ecart_retenu", "ic_bas", "ic_haut", "probabilite_materielle",
    "q_valeur", "fragile", "part_deux_ancres", "ecart_brut_ancre", "ecart_ancres",
    "moyenne_ancre_unite", "moyenne_attendue", "ecart_lambda_bas", "ecart_lambda_un",
    "ecart_type_retenu",
    "delta_ancre_max", "ancre_influente",
]  # fmt: skip

#: Figures of all the marks of a unit, blanked for masked units only.
DESCRIPTIVES = [
    "moyenne", "ecart_brut", "part_vingt", "part_sans_ancre", "ecart_type_unite",
    "rapport_dispersion", "dispersion_atypique",
]  # fmt: skip
