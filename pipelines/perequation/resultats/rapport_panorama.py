"""What the report of a whole campaign says and shows."""

from typing import Any

import polars as pl

from perequation.presentation import graphiques
from perequation.presentation.lexique import Nature
from perequation.presentation.publie import Publie
from perequation.presentation.tableaux import table
from perequation.presentation.textes import Fragment, box, key_figures, paragraph, stack
from perequation.resultats.panorama import PART_PUBLIEE, Panorama
from perequation.socle import formats
from perequation.socle.configuration import Seuils

_ANGLES = {"specialite": "spécialité", "academie": "académie", "statut": "statut"}


def headline(vue: Panorama) -> Fragment:
    """Return how many sessions are read, and the overall rate of the latest year."""
    ensemble = vue.taux.frame.filter(angle="specialite").drop_nulls("admis")
    if ensemble.is_empty():
        return box("information", paragraph("Aucun résultat n’est publié par ces sessions."))
    derniere = ensemble.filter(pl.col("session") == ensemble["session"].max())
    presents, admis = int(derniere["presents_publies"].sum()), int(derniere["admis"].sum())
    said = f"{formats.format_integer(admis)} admis sur {formats.format_count(presents, 'présent')}"
    if vue.doublons.filter(session=derniere["session"][0]).height:
        said += ", dossiers en double compris"
    if derniere["nb_en_attente"].sum():
        said += ", des décisions étant attendues"
    nb_specialites = ensemble["groupe"].n_unique()
    figures = [
        (formats.format_integer(vue.nb_dossiers), "Dossiers de session", ""),
        (formats.format_integer(nb_specialites), "Spécialités", ""),
        (
            formats.format_percent(admis / presents if presents else None),
            f"Taux de réussite, {derniere['session'][0]}",
            said,
        ),
    ]
    return key_figures(figures)


def warnings(vue: Panorama) -> Fragment:
    """Say what may count twice, and what is not final; nothing when nothing is."""
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
    attendus = vue.taux.frame.filter(pl.col("nb_en_attente") > 0, angle="specialite")
    if attendus.height:
        said.append(
            paragraph(
                "Des décisions sont encore attendues après le contrôle ({x}) : les candidats appelés n’y "
                "comptent pas parmi les admis. Ces sessions ne sont comparées ni aux autres années, "
                "ni d’un établissement à l’autre.",
                x=", ".join(f"{row['groupe']} {row['session']}" for row in attendus.to_dicts()),
            )
        )
    return box("avertissement", *said) if said else stack()


def rates_chart(vue: Panorama, angle: str) -> Any:
    """Return the rates by group, with their intervals, of the latest session that has two of them."""
    rows = vue.taux.filter(angle=angle).drop_nulls("taux_reussite")
    several = rows.filter(pl.col("session").is_in(_several(rows["session"])))
    if several.is_empty():
        return paragraph(
            "À aucune session deux groupes n’ont un taux à comparer : pas de graphique."
        )
    latest = several["session"].max()
    rows = several.filter(pl.col("session") == latest).with_columns(modalite=pl.col("groupe"))
    return graphiques.rates(rows.sort("taux_reussite"), f"{_ANGLES[angle]}, session {latest}")


def _several(values: pl.Series) -> list[Any]:
    """Return the values that are there more than once."""
    return values.filter(values.is_duplicated()).unique().to_list()


def rates_table(vue: Panorama, angle: str) -> Fragment:
    """Return rates and averages by group and session."""
    titre = _ANGLES[angle]
    return table(
        vue.taux.filter(angle=angle),
        [
            "groupe",
            "session",
            "presents",
            *(["presents_publies"] if vue.taux["nb_non_publies"].sum() else []),
            "admis",
            "taux_reussite",
            "taux_bas",
            "taux_haut",
            "moyenne_generale",
            *(n for n in ("nb_non_publies", "nb_en_attente") if vue.taux[n].sum()),
        ],
        identifier=f"panorama-{angle}",
        caption=f"Taux de réussite et moyennes par {titre} et par session",
        labels={
            "groupe": titre.capitalize(),
            "presents_publies": "dont publiés",
            "nb_non_publies": "Résultats non publiés",
            "nb_en_attente": "Décisions attendues",
        },
        natures=dict.fromkeys(("presents_publies", "nb_non_publies", "nb_en_attente"), "entier"),
        note="Somme de ce que chaque session publie. « – » : moins de "
        f"{Seuils().effectif_minimal} présents, ou moins de {formats.format_percent(PART_PUBLIEE, 0)} "
        "d’entre eux dont le résultat est publié : ce ne serait pas le taux du groupe. Dont publiés : "
        "les présents que compte le taux. Décisions attendues : nombre de résultats où des candidats "
        "appelés au contrôle n’ont pas encore leur décision. Moyenne : moyenne générale du premier "
        "groupe.",
        stacked=True,
    )


def structure_table(structure: Publie) -> Fragment:
    """Return the change between sessions and its two parts."""
    moved = {
        name: pl.col(name).map_elements(_points, return_dtype=pl.String, skip_nulls=False)
        for name in ("changement", "effet_taux", "effet_structure")
    }
    natures: dict[str, Nature] = dict.fromkeys(
        ("taux_avant", "taux_apres", "intervalle", *moved), "taux"
    )
    natures["nb_specialites"] = "entier"
    interval = pl.struct("changement_bas", "changement_haut").map_elements(
        lambda row: f"de {_points(row['changement_bas'])} à {_points(row['changement_haut'])}",
        return_dtype=pl.String,
    )
    return table(
        structure.with_columns(**moved, intervalle=interval),
        [
            "session",
            "session_avant",
            "nb_specialites",
            "taux_avant",
            "taux_apres",
            "changement",
            "intervalle",
            "effet_taux",
            "effet_structure",
        ],
        identifier="panorama-structure",
        caption="Changement du taux d’ensemble entre deux sessions, en points de pourcentage",
        labels={
            "session_avant": "Depuis",
            "nb_specialites": "Spécialités communes",
            "taux_avant": "Taux avant",
            "taux_apres": "Taux après",
            "changement": "Changement",
            "intervalle": "Intervalle (95 %)",
            "effet_taux": "Dû aux taux",
            "effet_structure": "Dû à la structure",
        },
        natures=natures,
        empty="Une seule session dont toutes les décisions sont connues, ou aucune spécialité "
        "commune à deux.",
        note="Spécialités présentes aux deux sessions et dont toutes les décisions sont connues. Dû aux "
        "taux : ce que donnerait le changement des taux à effectifs constants ; dû à la structure : "
        "celui des effectifs, à taux constants (Kitagawa, 1955). Les deux font le changement. "
        "Intervalle de Newcombe.",
        stacked=True,
    )


def _points(ratio: float | None) -> str:
    """Write a signed difference of rates in points of percentage."""
    return formats.format_number(None if ratio is None else ratio * 100, 1, sign=True)
