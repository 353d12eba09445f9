"""What the report of a whole campaign says and shows."""

from typing import Any

import polars as pl

from perequation.presentation import graphiques
from perequation.presentation.publie import Publie
from perequation.presentation.tableaux import table
from perequation.presentation.textes import Fragment, box, key_figures, paragraph, stack
from perequation.resultats.panorama import ETABLISSEMENTS_MINIMUM, Panorama
from perequation.socle import formats

_ANGLES = {"specialite": "spécialité", "academie": "académie", "statut": "statut"}
_CONSTATS = {
    "plus_haut": "au-dessus des autres",
    "plus_bas": "au-dessous des autres",
    "comme_les_autres": "comme les autres",
    "indisponible": "ne peut pas être jugé",
}
_LIGNES = 60


def headline(vue: Panorama) -> Fragment:
    """Return how many sessions are read, and the overall rate of the latest year."""
    ensemble = vue.taux.frame.filter(angle="specialite").drop_nulls("admis")
    if ensemble.is_empty():
        return box("information", paragraph("Aucun résultat n’est publié par ces sessions."))
    derniere = ensemble.filter(pl.col("session") == ensemble["session"].max())
    presents, admis = int(derniere["presents"].sum()), int(derniere["admis"].sum())
    said = f"{formats.format_integer(admis)} admis sur {formats.format_count(presents, 'présent')}"
    figures = [
        ("Dossiers de session", formats.format_integer(vue.nb_dossiers), ""),
        ("Spécialités", formats.format_integer(ensemble["groupe"].n_unique()), ""),
        (
            f"Taux de réussite, {derniere['session'][0]}",
            formats.format_percent(admis / presents if presents else None),
            said,
        ),
    ]
    return key_figures(figures)


def warnings(vue: Panorama) -> Fragment:
    """Say what may count twice; nothing when nothing may."""
    said: list[Fragment] = []
    if vue.nb_copies:
        count = formats.format_count(vue.nb_copies, "dossier est", "dossiers sont")
        said.append(paragraph("{x} la copie d’un autre et n’ont pas été comptés.", x=count))
    if vue.doublons.height:
        said.append(
            paragraph(
                "Plusieurs dossiers donnent la même session, spécialité et académie : leurs candidats "
                "peuvent compter deux fois ({x}).",
                x=", ".join(
                    f"{row['specialite']} {row['session']} {row['academie']}"
                    for row in vue.doublons.to_dicts()
                ),
            )
        )
    return box("avertissement", *said) if said else stack()


def rates_chart(vue: Panorama, angle: str) -> Any:
    """Return the rates of the latest session by group, with their intervals."""
    rows = vue.taux.filter(angle=angle).drop_nulls("taux_reussite")
    if rows.is_empty():
        return paragraph("Aucun taux n’est publié.")
    latest = rows["session"].max()
    rows = rows.filter(pl.col("session") == latest).with_columns(modalite=pl.col("groupe"))
    if rows.height < 2:
        return paragraph("Moins de deux groupes dont le taux est publié : pas de graphique.")
    return graphiques.rates(rows.sort("taux_reussite"), f"{_ANGLES[angle]}, session {latest}")


def rates_table(vue: Panorama, angle: str) -> Fragment:
    """Return rates and averages by group and session."""
    titre = _ANGLES[angle]
    return table(
        vue.taux.filter(angle=angle),
        [
            "groupe",
            "session",
            "presents",
            "admis",
            "taux_reussite",
            "taux_bas",
            "taux_haut",
            "moyenne_generale",
            "nb_non_publies",
        ],
        identifier=f"panorama-{angle}",
        caption=f"Taux de réussite et moyennes par {titre} et par session",
        labels={"groupe": titre.capitalize(), "nb_non_publies": "Résultats non publiés"},
        natures={"nb_non_publies": "entier"},
        note="Somme de ce que chaque session publie ; « Résultats non publiés » compte ceux qui n’y "
        "sont pas additionnés. Moyenne : moyenne générale du premier groupe.",
    )


def structure_table(structure: Publie) -> Fragment:
    """Return the change between sessions and its two parts."""
    return table(
        structure,
        [
            "session",
            "session_avant",
            "nb_specialites",
            "taux_avant",
            "taux_apres",
            "changement",
            "effet_taux",
            "effet_structure",
        ],
        identifier="panorama-structure",
        caption="Changement du taux d’ensemble entre deux sessions",
        labels={
            "session_avant": "Depuis",
            "nb_specialites": "Spécialités communes",
            "taux_avant": "Taux avant",
            "taux_apres": "Taux après",
            "changement": "Changement",
            "effet_taux": "dû aux taux",
            "effet_structure": "dû à la structure",
        },
        natures={
            "nb_specialites": "entier",
            "taux_avant": "taux",
            "taux_apres": "taux",
            "changement": "taux",
            "effet_taux": "taux",
            "effet_structure": "taux",
        },
        empty="Une seule session, ou aucune spécialité commune à deux sessions.",
        note="Spécialités présentes aux deux sessions. Dû aux taux : ce que donnerait le changement "
        "des taux à effectifs constants ; dû à la structure : celui des effectifs, à taux constants "
        "(Kitagawa, 1955). Les deux font le changement.",
    )


def establishments_table(etablissements: pl.DataFrame | None) -> Fragment:
    """Return the establishments seen several times, the furthest from the others first."""
    if etablissements is None:
        return paragraph("Réservé au service des examens.")
    if etablissements.height < ETABLISSEMENTS_MINIMUM:
        return box(
            "information",
            paragraph(
                "Moins de {n} établissements sont vus dans plusieurs spécialités ou sessions : rien "
                "ne peut en être dit.",
                n=ETABLISSEMENTS_MINIMUM,
            ),
        )
    rows = etablissements.sort(
        pl.col("ecart_retenu").abs(), descending=True, nulls_last=True, maintain_order=True
    )
    count = rows.filter(pl.col("constat").is_in(["plus_haut", "plus_bas"])).height
    said = formats.format_count(count, "établissement s’écarte", "établissements s’écartent")
    return stack(
        paragraph(
            "{said} des autres de leurs sessions, spécialités et années ensemble ; c’est un constat "
            "sur des résultats, non sur des notes, et il n’en dit pas la cause.",
            said=said,
        ),
        table(
            rows.with_columns(pl.col("constat").replace(_CONSTATS)),
            [
                "libelle",
                "nb_specialites",
                "nb_sessions",
                "presents",
                "admis",
                "attendus",
                "nb_au_dessus",
                "nb_resultats",
                "ecart_retenu",
                "ecart_bas",
                "ecart_haut",
                "constat",
            ],
            identifier="panorama-etablissements",
            caption="Établissements vus dans plusieurs spécialités ou sessions",
            labels={
                "libelle": "Établissement",
                "nb_specialites": "Spécialités",
                "nb_sessions": "Sessions",
                "attendus": "Admis attendus",
                "nb_au_dessus": "Fois au-dessus",
                "nb_resultats": "sur",
                "ecart_retenu": "Écart de taux retenu",
                "ecart_bas": "de",
                "ecart_haut": "à",
                "constat": "Constat",
            },
            natures={
                "nb_specialites": "entier",
                "nb_sessions": "entier",
                "attendus": "note",
                "nb_au_dessus": "entier",
                "nb_resultats": "entier",
                "ecart_retenu": "taux",
                "ecart_bas": "taux",
                "ecart_haut": "taux",
            },
            limit=_LIGNES,
            note="Admis attendus : ses présents, au taux des autres établissements des mêmes "
            "résultats. Écart retenu : rétréci vers zéro selon ce que le hasard seul explique ; "
            "intervalle à 95 %.",
        ),
    )


def epreuves_table(epreuves: pl.DataFrame | None) -> Fragment:
    """Return the épreuves whose units differ most from what their anchors say."""
    if epreuves is None:
        return paragraph("Réservé au service des examens.")
    rows = epreuves.sort(
        "part_signales",
        "ecart_moyen",
        "specialite",
        "epreuve",
        descending=[True, True, False, False],
        nulls_last=True,
    )
    return table(
        rows,
        [
            "specialite",
            "epreuve",
            "type_unite",
            "nb_sessions",
            "nb_juges",
            "nb_signales",
            "part_signales",
            "ecart_moyen",
        ],
        identifier="panorama-epreuves",
        caption="Épreuves dont les notes s’accordent le moins avec leurs ancres",
        labels={
            "nb_sessions": "Sessions",
            "nb_juges": "Unités jugées",
            "nb_signales": "Signalées",
            "part_signales": "Part",
            "ecart_moyen": "Écart moyen (points)",
        },
        natures={
            "nb_sessions": "entier",
            "nb_juges": "entier",
            "nb_signales": "entier",
            "part_signales": "taux",
            "ecart_moyen": "points",
        },
        limit=_LIGNES,
        note="Sur les notes en vigueur. « – » : aucune unité n’a pu être jugée, ce qui n’est pas "
        "l’absence d’écart. Écart moyen : valeur absolue des écarts retenus.",
    )


def quality_table(qualite: pl.DataFrame | None) -> Fragment:
    """Return what each establishment sent, the most faulty first."""
    if qualite is None:
        return paragraph("Réservé au service des examens.")
    rows = qualite.sort(
        pl.col("nb_rejetees")
        + pl.col("nb_anomalies")
        + pl.col("nb_attendues")
        - pl.col("nb_recues"),
        "uai",
        descending=[True, False],
    )
    return table(
        rows,
        [
            "uai",
            "etablissement",
            "nb_envois",
            "nb_attendues",
            "nb_recues",
            "nb_rejetees",
            "nb_anomalies",
            "nb_hors_delai",
        ],
        identifier="panorama-qualite",
        caption="Notes de CCF, par établissement qui les envoie",
        labels={
            "nb_envois": "Envois",
            "nb_attendues": "Notes attendues",
            "nb_recues": "Reçues",
            "nb_rejetees": "Rejetées",
            "nb_anomalies": "Anomalies",
            "nb_hors_delai": "Hors délai",
        },
        natures=dict.fromkeys(
            (
                "nb_envois",
                "nb_attendues",
                "nb_recues",
                "nb_rejetees",
                "nb_anomalies",
                "nb_hors_delai",
            ),
            "entier",
        ),
        limit=_LIGNES,
    )
