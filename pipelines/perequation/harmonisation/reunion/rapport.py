"""What the record of the harmonisation meeting says: who decided what, why, and what was done."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from perequation.presentation.lexique import Nature
from perequation.presentation.tableaux import table
from perequation.presentation.textes import (
    Fragment,
    box,
    bullets,
    fill,
    heading,
    key_figures,
    paragraph,
    stack,
)
from perequation.socle import formats

#: What is still to settle of a decision.
OUVERTES = ("a_reporter", "suivie_en_partie", "non_suivie", "sans_decision")
_LIBELLES = {
    "nom": "Unité",
    "n": "n",
    "intervalle": "Intervalle à 95 %",
    "probabilite_materielle": "Proba.",
    "decision": "Décision",
    "decalage": "Décalage",
    "auteur": "Auteur",
    "date": "Date",
    "signal": "Indices",
    "nb_notes": "Notes",
    "nb_modifiees": "Modifiées",
    "decalage_decide": "Décalage décidé",
    "moyenne_transmise": "Moyenne transmise",
}
_NATURES: dict[str, Nature] = {
    "intervalle": "ecart",
    "decalage": "ecart",
    "date": "date",
    "decalage_decide": "ecart",
    "nb_notes": "entier",
    "nb_modifiees": "entier",
    "signal": "code",
    # A decimal: 89,6 % is not yet the 90 % of a unit to examine.
    "probabilite_materielle": "taux",
}


def opening(decisions: pl.DataFrame, rejetees: int) -> Fragment:
    """Return what the record is, and its counts.

    Parameters
    ----------
    decisions
        epreuve, nom, decision, auteur, date: one row per decision.
    rejetees
        Lines of decisions that the import rejected.
    """
    decalages = decisions.filter(decision="DECALAGE").height
    auteurs = decisions["auteur"].drop_nulls().unique().sort().to_list()
    jours = decisions["date"].drop_nulls().unique().sort().to_list()
    parts = [
        key_figures(
            [
                (formats.format_integer(decisions.height), "Décisions", ""),
                (formats.format_integer(decalages), "Décalages", "points ajoutés ou ôtés"),
                (
                    formats.format_integer(decisions.height - decalages),
                    "Maintiens",
                    "notes laissées telles quelles",
                ),
            ]
        ),
        paragraph(
            "Décisions prises par {qui}, {quand}.",
            qui=formats.join_words(auteurs) or "(auteur non indiqué)",
            quand=formats.join_words(f"le {formats.format_date(jour, long=True)}" for jour in jours)
            or "à une date non indiquée",
        ),
    ]
    if rejetees:
        parts.append(
            box(
                "avertissement",
                paragraph(
                    "{n} dans le fichier de décisions : ce compte rendu n’en tient pas compte. Leurs "
                    "motifs sont dans le rapport de qualité.",
                    n=formats.format_count(rejetees, "ligne rejetée", "lignes rejetées"),
                ),
            )
        )
    parts.append(
        box(
            "information",
            paragraph(
                "Un écart à examiner n’est ni une faute ni une preuve. Aucune note n’a été corrigée "
                "automatiquement : chaque changement vient d’une décision de la commission, motivée "
                "ci-dessous."
            ),
        )
    )
    return stack(*parts)


def decided(lignes: pl.DataFrame, titres: Mapping[str, str]) -> Fragment:
    """Return what was decided, épreuve by épreuve, beside the evidence the meeting had.

    Parameters
    ----------
    lignes
        Decisions joined with the gaps of their units (null where there is none).
    titres
        Titles of the épreuves by code.
    """
    return stack(
        *(
            stack(
                heading("{e} · {titre}", e=epreuve, titre=titres.get(str(epreuve), "")),
                table(
                    siennes,
                    [
                        "nom",
                        "n",
                        "ecart_retenu",
                        "intervalle",
                        "probabilite_materielle",
                        "signal",
                        "decision",
                        "decalage",
                        "motif",
                        "auteur",
                        "date",
                    ],
                    identifier=f"decisions-{str(epreuve).lower()}",
                    caption=f"{epreuve} : décisions",
                    labels=_LIBELLES,
                    natures=_NATURES,
                    dense=True,
                    marked=pl.col("decision") == "DECALAGE",
                ),
            )
            for (epreuve,), siennes in lignes.group_by("epreuve", maintain_order=True)
        )
    )


def done(effets: pl.DataFrame) -> Fragment:
    """Return what was done of each decision (`marts.harmonisation_effet`, units named)."""
    return table(
        effets,
        [
            "epreuve",
            "nom",
            "decision",
            "decalage_decide",
            "nb_notes",
            "nb_modifiees",
            "moyenne_transmise",
            "moyenne_harmonisee",
            "decalage_constate",
            "decision_conforme",
            "rangs_inverses",
        ],
        identifier="fait",
        caption="Notes transmises et notes harmonisées",
        labels=_LIBELLES,
        natures=_NATURES,
        dense=True,
        marked=~pl.col("decision_conforme"),
        note="Conforme : chaque note vaut la note transmise plus le décalage décidé, à l’arrondi "
        "près. Rangs inversés : paires de candidats dont l’ordre a changé, l’un au moins de l’unité (une "
        "unité maintenue en a quand une autre a été corrigée). Lignes marquées : ce "
        "qui a été fait n’est pas ce qui a été décidé.",
        empty="Les notes harmonisées ne sont pas encore connues.",
    )


def left_open(sans_decision: pl.DataFrame, non_conformes: pl.DataFrame) -> Fragment:
    """Say what is still to settle: units without a decision, decisions not carried out as taken."""
    items = [
        *(
            fill(
                "<strong>{e}</strong>, {nom} : à examiner ({ecart} point), aucune décision.",
                e=row["epreuve"],
                nom=row["nom"],
                ecart=formats.format_gap(row["ecart_retenu"]),
            )
            for row in sans_decision.iter_rows(named=True)
        ),
        *(
            fill(
                "<strong>{e}</strong>, {nom} : {quoi}.",
                e=row["epreuve"],
                nom=row["nom"],
                quoi=outcome(row),
            )
            for row in non_conformes.iter_rows(named=True)
        ),
    ]
    if not items:
        return box("accord", paragraph("{x}", x="Rien ne reste ouvert."))
    return box("avertissement", bullets(items))


def outcome(row: Mapping[str, Any]) -> str:
    """Say what became of a decision, in one sentence without its full stop.

    Parameters
    ----------
    row
        suite_donnee, decision, decalage_decide, nb_modifiees, decalage_constate, nb_conformes and
        nb_notes (`marts.ecart_en_vigueur` beside `marts.harmonisation_effet`).
    """
    changees = formats.format_count(row["nb_modifiees"], "note changée", "notes changées")
    match row["suite_donnee"]:
        case "aucune":
            return "aucune décision, aucune note changée"
        case "sans_decision":
            constate = formats.format_gap(row["decalage_constate"])
            return f"{changees} sans décision ; constaté {constate} point en moyenne"
        case "maintenue":
            return "maintien décidé et suivi : les notes sont harmonisées telles quelles"
        case "a_reporter":
            return (
                f"{_shift(row)} décidé, pas encore reporté (perequation decisions appliquer DOSSIER "
                "propose les notes)"
            )
        case "suivie":
            return f"{_shift(row)} décidé et suivi"
        case suite:
            wanted = "maintien" if row["decision"] == "MAINTIEN" else _shift(row)
            part = "suivi en partie" if suite == "suivie_en_partie" else "non suivi"
            constate = formats.format_gap(row["decalage_constate"])
            return (
                f"{wanted} décidé, {part} : {formats.format_integer(row['nb_conformes'])} sur "
                f"{formats.format_count(row['nb_notes'], 'note')} suivent la décision ; constaté "
                f"{constate} point en moyenne, {changees}"
            )


def _shift(row: Mapping[str, Any]) -> str:
    return f"décalage de {formats.format_gap(row['decalage_decide'])} point"


def agreement(decisions: pl.DataFrame) -> Fragment:
    """Say, épreuve by épreuve, when the exam office gave its go-ahead, or that it did not."""
    dates = decisions.group_by("epreuve").agg(pl.col("accord").max()).sort("epreuve")
    return bullets(
        fill(
            "<strong>{e}</strong> : {quoi}.",
            e=epreuve,
            quoi=f"accord donné le {formats.format_date(jour, long=True)}"
            if jour
            else "pas d’accord de saisie enregistré",
        )
        for epreuve, jour in dates.iter_rows()
    )


def signatures(auteurs: list[str]) -> Fragment:
    """Return room to sign."""
    return stack(
        *(paragraph("{qui} : …………………………………………", qui=auteur) for auteur in auteurs or ["Signature"])
    )
