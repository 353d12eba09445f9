"""What the contrôle gave: where it stands, and what it brought by épreuve."""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from perequation.jury.rattrapage import POINTS
from perequation.presentation.tableaux import table
from perequation.presentation.textes import Fragment, box, fill, key_figures, paragraph, stack
from perequation.socle import formats
from perequation.socle.regles_decision import rules_in_force, rules_of


def headline(
    rendement: pl.DataFrame, rows: pl.DataFrame, attendus: Sequence[bool] = ()
) -> Fragment:
    """Return who is called and where the contrôle stands.

    Parameters
    ----------
    rendement
        The row of `marts.rendement_controle`.
    rows
        What `called` returned; tells those without a decision apart.
    attendus
        For each candidate whose marks are not all there, whether the missing ones may still have
        him called (`peut_etre_appele`).
    """
    if rendement.is_empty() or not rendement.row(0, named=True)["appeles"]:
        return _nobody_called(attendus)
    row = rendement.row(0, named=True)
    integer = formats.format_integer
    called = f"sur {integer(row['appeles'])} appelés"
    # Who can still reach the average is computed under the permanent contrôle alone.
    regles = rules_of(session for session in (row.get("session"),) if session)
    figure = (integer(row["atteignables"]), f"Peuvent atteindre {regles.admission}", called)
    proposed = rows.filter(~pl.col("est_decision_du_jury"), decision_finale="ADMIS").height
    admitted = f"{called}, dont {formats.format_count(proposed, 'proposé')}" if proposed else called
    asked = rows["est_a_decider"].sum()
    refused = f"{called}, dont {integer(asked)} à décider par le jury" if asked else called
    reachable = [figure] if regles.regime.controle == "permanent" else []
    return stack(
        key_figures(
            [
                (integer(row["appeles"]), "Appelés", f"sur {integer(row['presents'])} présents"),
                *reachable,
                (integer(row["passes"]), "Ont une note de contrôle", called),
                (integer(row["admis_controle"]), "Admis après contrôle", admitted),
                (integer(row["refuses_controle"]), "Refusés après contrôle", refused),
                (integer(row["sans_decision"]), "Sans résultat du contrôle", called),
            ]
        ),
        paragraph("{x}", x=_state(row)),
        _waiting(rows),
        _may_be_called(attendus),
    )


def _nobody_called(attendus: Sequence[bool]) -> Fragment:
    """Say that nobody is called, or that nobody can be yet: it is not the same."""
    if not any(attendus):
        none = paragraph("Aucun candidat n’est appelé au contrôle.")
        return box("information", none, _may_be_called(attendus))
    return box(
        "avertissement",
        paragraph("<strong>Personne ne peut encore être appelé au contrôle.</strong>"),
        _may_be_called(attendus),
    )


def _may_be_called(attendus: Sequence[bool]) -> Fragment:
    """Say how many await marks, and how many of them these marks may still have called."""
    many, able = len(attendus), sum(attendus)
    if not many:
        return fill("")
    head = formats.format_count(many, "candidat") + " sans toutes "
    head += "leurs notes" if many > 1 else "ses notes"
    if able == many:
        said = "ils peuvent encore être appelés" if many > 1 else "il peut encore être appelé"
        return paragraph("{x}.", x=f"{head} : {said}")
    if able:
        said = "peuvent encore être appelés" if able > 1 else "peut encore être appelé"
        return paragraph("{x}.", x=f"{head}, dont {formats.format_integer(able)} {said}")
    none = "aucun ne peut plus" if many > 1 else "il ne peut plus"
    said = f"{none} être appelé, quoi que vaillent les notes attendues"
    return paragraph("{x}.", x=f"{head} : {said}")


def yield_table(epreuves: pl.DataFrame, reglement: pl.DataFrame) -> Fragment:
    """Return what the contrôle brought, by épreuve (`marts.rendement_epreuve_controle`)."""
    titles = reglement.select(epreuve="epreuve_groupe", titre="titre_groupe").unique()
    return table(
        epreuves.join(titles, on="epreuve", how="left").sort("epreuve"),
        [
            "epreuve",
            "titre",
            "appeles",
            "possibles",
            "passes",
            "ameliores",
            "note_premiere_moyenne",
            "note_controle_moyenne",
            "gain_moyen",
        ],
        identifier="rendement",
        caption="Ce que le contrôle a apporté, par épreuve",
        labels={
            "appeles": "Appelés",
            "possibles": "Peuvent la choisir",
            "passes": "L’ont passée",
            "ameliores": "Ont progressé",
            "note_premiere_moyenne": "Moyenne, 1er groupe",
            "note_controle_moyenne": "Moyenne, contrôle",
            "gain_moyen": "Gain moyen (points)",
        },
        natures={
            "appeles": "entier",
            "possibles": "entier",
            "passes": "entier",
            "ameliores": "entier",
            "note_premiere_moyenne": "note",
            "note_controle_moyenne": "note",
            "gain_moyen": "points",
        },
        note=f"Moyennes : candidats ayant passé l’épreuve. {POINTS}",
        empty="aucune épreuve de contrôle.",
        dense=True,
    )


def _state(row: Mapping[str, Any]) -> str:
    count, integer = formats.format_count, formats.format_integer
    out, seuil = row["hors_d_atteinte"], rules_in_force().admission
    text = (
        f"{count(row['appeles'], 'candidat est appelé', 'candidats sont appelés')} ; il leur "
        f"manque en moyenne {_mean_points(row['points_manquants_moyens'])} (notes × coefficients)."
    )
    if out:
        verb = "ne peut pas" if out == 1 else "ne peuvent pas"
        text += f" {integer(out)} {verb} atteindre {seuil}, même avec 20 aux deux épreuves."
    if row["passes"]:
        text += (
            f" Sur {count(row['passes'], 'qui a', 'qui ont')} une note de contrôle, "
            f"{count(row['admis_controle'], 'est admis', 'sont admis')} "
            f"({formats.format_percent(row['taux_admis_passes'])}), ce qui ajoute "
            f"{_mean_points(row['taux_reussite_apporte'] * 100)} au taux de réussite."
        )
    return text


def _mean_points(size: float) -> str:
    return f"{formats.format_number(size, 1)} {formats.points_word(size)}"


def _waiting(rows: pl.DataFrame) -> Fragment | None:
    """Say who is still without a decision, and whose it is to take."""
    waiting = rows.filter(pl.col("est_en_attente") | pl.col("est_absent"))
    both = waiting.filter(pl.col("est_absent"), ~pl.col("est_en_attente")).height
    one = waiting.filter("est_absent", "est_en_attente").height
    parts = []
    if both:
        said = formats.format_count(both, "appelé absent", "appelés absents")
        words = "compté parmi les refusés" if both == 1 else "comptés parmi les refusés"
        parts.append(f"{said} aux deux oraux, {words} (aucun gain) : le jury conclut")
    if one:
        said = formats.format_count(one, "appelé absent", "appelés absents")
        parts.append(f"{said} au contrôle et sans note, en attente de décision : le jury conclut")
    if expected := waiting.height - both - one:
        said = formats.format_count(expected, "appelé n’a", "appelés n’ont")
        parts.append(f"{said} encore aucune note de contrôle")
    return paragraph("{x}.", x=" ; ".join(parts)) if parts else None
