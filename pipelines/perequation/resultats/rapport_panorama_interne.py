"""What the panorama shows the exam office alone: establishments, épreuves, what each sender sent."""

import polars as pl

from perequation.presentation.classeur import Feuille
from perequation.presentation.tableaux import table
from perequation.presentation.textes import Fragment, box, heading, paragraph, stack
from perequation.resultats.panorama import ETABLISSEMENTS_MINIMUM, Panorama
from perequation.socle import formats

_CONSTATS = {
    "plus_haut": "au-dessus des autres",
    "plus_bas": "au-dessous des autres",
    "comme_les_autres": "comme les autres",
    "indisponible": "ne peut pas être jugé",
}
_LIGNES = 60
_AILLEURS = "tous sont dans 70_panorama.xlsx, à côté de ce document"


def sections(vue: Panorama) -> Fragment:
    """Return the sections of the exam office alone; nothing in a document that leaves it."""
    if vue.etablissements is None or vue.epreuves is None or vue.qualite is None:
        return stack()
    return stack(
        heading("Établissements, toutes spécialités et sessions ensemble", level=2),
        establishments_table(vue.etablissements),
        heading("Épreuves et ancres", level=2),
        epreuves_table(vue.epreuves),
        heading("Qualité des envois", level=2),
        quality_table(vue.qualite),
    )


def lists(vue: Panorama) -> list[Feuille]:
    """Return the lists of the exam office, whole, as the sheets of a workbook."""
    if vue.etablissements is None or vue.epreuves is None or vue.qualite is None:
        return []
    return [_establishments(vue.etablissements), _epreuves(vue.epreuves), _senders(vue.qualite)]


def _show(feuille: Feuille, identifier: str, note: str, empty: str) -> Fragment:
    return table(
        feuille.lignes,
        feuille.colonnes,
        identifier=identifier,
        caption=feuille.titre,
        labels=feuille.libelles,
        natures=feuille.natures,
        note=note,
        empty=empty,
        limit=_LIGNES,
        elsewhere=_AILLEURS,
        stacked=True,
    )


def establishments_table(etablissements: pl.DataFrame) -> Fragment:
    """Return the establishments seen several times, the furthest from the others first."""
    if etablissements.height < ETABLISSEMENTS_MINIMUM:
        return box(
            "information",
            paragraph(
                "Moins de {n} établissements sont vus dans plusieurs spécialités ou sessions : rien "
                "ne peut en être dit.",
                n=ETABLISSEMENTS_MINIMUM,
            ),
        )
    apart = etablissements.filter(pl.col("constat").is_in(["plus_haut", "plus_bas"]))
    chance = formats.format_number(apart["proba_contraire"].sum(), 1)
    return stack(
        paragraph(
            "{said} sur {n} {verb} de ce que donnent les autres établissements des mêmes sessions et "
            "spécialités{chance}. C’est un constat sur des résultats, non sur des notes, et il n’en "
            "dit pas la cause. « À chaque fois » : dans le même sens à toutes ses sessions et "
            "spécialités.",
            said=formats.format_count(apart.height, "établissement"),
            n=formats.format_integer(etablissements.height),
            verb="s’écartent" if apart.height > 1 else "s’écarte",
            chance=f", dont environ {chance} par hasard" if apart.height else "",
        ),
        _show(
            _establishments(etablissements),
            "panorama-etablissements",
            "Admis attendus : ses présents, au taux des autres établissements des mêmes résultats ; les "
            "sessions dont des décisions sont attendues n’y sont pas. Écart retenu : rétréci vers zéro "
            "selon ce que le hasard seul explique ; intervalle à 95 %.",
            "Aucun.",
        ),
    )


def _establishments(etablissements: pl.DataFrame) -> Feuille:
    counts = ("nb_specialites", "nb_sessions", "presents", "admis")
    gaps = {"ecart_retenu": "Écart de taux retenu (points)", "ecart_bas": "de", "ecart_haut": "à"}
    rows = etablissements.sort(
        pl.col("ecart_retenu").abs(), descending=True, nulls_last=True, maintain_order=True
    )
    return Feuille(
        "Établissements",
        rows.with_columns(
            _finding(),
            pl.col(*gaps) * 100,
            au_dessus=pl.format("{} sur {}", "nb_au_dessus", "nb_resultats"),
        ),
        ("libelle", *counts, "attendus", "au_dessus", *gaps, "constat"),
        "Établissements vus dans plusieurs spécialités ou sessions",
        {
            "libelle": "Établissement",
            "nb_specialites": "Spécialités",
            "nb_sessions": "Sessions",
            "attendus": "Admis attendus",
            "au_dessus": "Fois au-dessus",
            "constat": "Constat",
            **gaps,
        },
        {
            **dict.fromkeys(counts, "entier"),
            **dict.fromkeys(gaps, "ecart"),
            "attendus": "note",
            "constat": "texte",
        },
    )


def _finding() -> pl.Expr:
    """Say whether an establishment differs, and whether it does each time."""
    above = pl.col("nb_au_dessus")
    always = pl.when(pl.col("constat") == "plus_haut").then(pl.col("nb_resultats")).otherwise(0)
    how = pl.when(above == always).then(pl.lit(", à chaque fois"))
    apart = pl.col("constat").is_in(["plus_haut", "plus_bas"])
    said = pl.when(apart).then(how.otherwise(pl.lit(", pas à chaque fois"))).otherwise(pl.lit(""))
    return (pl.col("constat").replace(_CONSTATS) + said).alias("constat")


def epreuves_table(epreuves: pl.DataFrame) -> Fragment:
    """Return the épreuves whose units differ most from what their anchors say."""
    left = epreuves.height - epreuves.filter(pl.col("nb_juges") > 0).height
    unknown = formats.format_count(
        left,
        "épreuve et type d’unité sans unité jugée",
        "épreuves et types d’unité sans unité jugée",
    )
    return _show(
        _epreuves(epreuves),
        "panorama-epreuves",
        "Sur les notes en vigueur. Écart moyen : valeur absolue des écarts retenus des unités jugées."
        + (f" {unknown} : ce n’est pas l’absence d’écart." if left else ""),
        "Aucune unité n’a pu être jugée : rien n’en est dit.",
    )


def _epreuves(epreuves: pl.DataFrame) -> Feuille:
    counts = ("nb_sessions", "nb_juges", "nb_signales")
    return Feuille(
        "Épreuves",
        epreuves.filter(pl.col("nb_juges") > 0).sort(
            "part_signales",
            "ecart_moyen",
            "specialite",
            "epreuve",
            descending=[True, True, False, False],
            nulls_last=True,
        ),
        ("specialite", "epreuve", "type_unite", *counts, "part_signales", "ecart_moyen"),
        "Épreuves dont les notes s’accordent le moins avec leurs ancres",
        {
            "nb_sessions": "Sessions",
            "nb_juges": "Unités jugées",
            "nb_signales": "Signalées",
            "part_signales": "Part",
            "ecart_moyen": "Écart moyen (points)",
        },
        {**dict.fromkeys(counts, "entier"), "part_signales": "taux", "ecart_moyen": "points"},
    )


def quality_table(qualite: pl.DataFrame) -> Fragment:
    """Return what each establishment sent, the most faulty first."""
    return _show(
        _senders(qualite),
        "panorama-qualite",
        "Envois attendus : un par session et spécialité. Lignes à vérifier : de ses propres fichiers. "
        "Hors délai : « – » quand aucun envoi ne dit sa date, ou sans date limite.",
        "Aucun envoi de notes de CCF.",
    )


def _senders(qualite: pl.DataFrame) -> Feuille:
    labels = {
        "nb_envois": "Envois attendus",
        "nb_attendues": "Notes attendues",
        "nb_recues": "Reçues",
        "nb_rejetees": "Rejetées",
        "nb_anomalies": "Lignes à vérifier",
        "nb_hors_delai": "Hors délai",
    }
    missing = pl.col("nb_attendues") - pl.col("nb_recues")
    faulty = pl.col("nb_rejetees") + pl.col("nb_anomalies") + missing
    return Feuille(
        "Envois",
        qualite.sort(faulty, "uai", descending=[True, False]),
        ("uai", "etablissement", *labels),
        "Notes de CCF, par établissement qui les envoie",
        labels,
        dict.fromkeys(labels, "entier"),
    )
