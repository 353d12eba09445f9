"""A what-if to play with in the harmonisation report, without a server, in the meeting's own terms.

Points are chosen place by place; the page only adds up counts that were made by the decision rules
(`reports/gabarits/page/simulateur.js`), and writes the meeting's file.
"""

import html
import json
from collections.abc import Mapping, Sequence

import polars as pl

from perequation.harmonisation.rapport.choix import CLE, NOUNS, PLURALS, rows_of, trial_id
from perequation.harmonisation.rapport.essentiel import nothing_to_discuss
from perequation.harmonisation.rapport.mots import kept_points
from perequation.harmonisation.simulation.essai import COMPTES, EssaiDePoints
from perequation.presentation.textes import Fragment, box, escape, fill, paragraph, stack
from perequation.presentation.totaux import bridge
from perequation.socle import formats
from perequation.socle.schema import TABLES

_DECISIONS = (("Admis", 0), ("Appelés au contrôle", 1), ("Refusés", 2))


def what_if(
    essai: EssaiDePoints,
    unites: pl.DataFrame,
    titres: Mapping[str, str],
    ecarts: pl.DataFrame,
    resultats: pl.DataFrame,
) -> Fragment:
    """Return a panel per épreuve, and one button that saves the meeting's file.

    Parameters
    ----------
    essai
        What `simulation.study_points` returned.
    unites
        Its `unites`, named in words, with `code`: what the meeting's file calls the unit.
    titres
        Titles of the épreuves by code.
    ecarts
        Gaps the report is about: without any to discuss, they say why.
    resultats
        `marts.resultat_candidat`: how the totals here become those of the results.
    """
    if essai.analyses.is_empty():
        return paragraph("{x} : aucune correction n’est simulée.", x=nothing_to_discuss(ecarts))
    panels = [
        _panel(
            unites.filter(*(pl.col(n) == row[n] for n in CLE)),
            row["epreuve"],
            row["type_unite"],
            titres,
            rows_of(ecarts, row),
        )
        for row in essai.analyses.iter_rows(named=True)
    ]
    data = {"avant": essai.avant, "colonnes": TABLES["decisions_harmonisation"].noms}
    return stack(
        Fragment(
            '<p class="pq-papier">À l’écran seulement : ouvrez ce rapport dans un navigateur pour '
            "essayer des points, lieu par lieu.</p>"
        ),
        box(
            "information",
            paragraph(
                "Essai seulement : aucune note n’est changée. La réunion décide lieu par lieu et "
                "motive. Chaque épreuve est essayée seule, les autres notes restant ce qu’elles "
                "sont."
            ),
            bridge(resultats),
            _left_out(essai.analyses, ecarts),
        ),
        Fragment(
            f'<div class="pq-essai" data-essai={_attribute(data)} hidden>'
            f"{''.join(panel.html for panel in panels)}"
            '<p><button type="button" data-enregistrer>Enregistrer le fichier de la réunion'
            "</button> (les points essayés, à motiver puis à signer) "
            '<span role="status" data-enregistre></span></p></div>'
        ),
    )


def _left_out(analyses: pl.DataFrame, ecarts: pl.DataFrame) -> Fragment:
    """Say which comparisons have no panel, and why: nothing to correct, or nothing known."""
    others = (
        ecarts.join(analyses, on=["epreuve", "type_unite"], how="anti")
        .group_by("epreuve", "type_unite")
        .agg(est_juge=(pl.col("signal") != "indisponible").any())
        .sort("epreuve", "type_unite")
    )
    whys = {
        True: "rien n’y est à examiner ni à surveiller",
        False: "aucune comparaison n’y est possible",
    }
    said = [
        f"{formats.join_words(names)} ({why})"
        for judged, why in whys.items()
        if (names := _names(others.filter(est_juge=judged)))
    ]
    return paragraph("Sans essai : {x}.", x=" ; ".join(said)) if said else fill("")


def _names(comparisons: pl.DataFrame) -> list[str]:
    pairs = comparisons.select("epreuve", "type_unite").iter_rows()
    return [f"{epreuve} par {NOUNS[unit]}" for epreuve, unit in pairs]


def _panel(
    unites: pl.DataFrame,
    epreuve: str,
    type_unite: str,
    titres: Mapping[str, str],
    ecarts: pl.DataFrame,
) -> Fragment:
    rank = pl.col("signal").replace_strict({"signale": 0, "a_surveiller": 1}, default=2)
    ordered = unites.sort(rank, "unite", "points", maintain_order=True)
    groups = ordered.partition_by("code", maintain_order=True)
    grid = [[group["code"][0], dict(_points(group))] for group in groups]
    data = {"epreuve": epreuve, "type_unite": type_unite, "unites": grid}
    flagged = [g for g in groups if g["signal"][0] in {"signale", "a_surveiller"}]
    others = [g for g in groups if g["signal"][0] not in {"signale", "a_surveiller"}]
    return Fragment(
        f'<div class="pq-simulateur" data-simulateur={_attribute(data)} role="group" '
        f'aria-label="{escape(f"{epreuve} : essai d’une correction")}">'
        + fill(
            "<h3>{e} · {t} ({u})</h3>", e=epreuve, t=titres.get(epreuve, ""), u=PLURALS[type_unite]
        ).html
        + f'<div class="pq-lignes">{_lines(flagged)}</div>'
        + _others(others, type_unite)
        + _unlisted(ecarts, len(groups), type_unite).html
        + _results()
        + "</div>"
    )


def _attribute(data: Mapping[str, object]) -> str:
    """Return data as the value of an attribute: one that is full of quotation marks is long."""
    text = html.escape(json.dumps(data, separators=(",", ":")), quote=False)
    return "'" + text.replace("'", "&#39;") + "'"


def _others(groups: Sequence[pl.DataFrame], type_unite: str) -> str:
    if not groups:
        return ""
    one, several = (f"autre {NOUNS[type_unite]}", f"autres {PLURALS[type_unite]}")
    count = formats.format_count(len(groups), one, several)
    lines = f'<div class="pq-lignes">{_lines(groups)}</div>'
    return f"<details><summary>{escape(count)}</summary>{lines}</details>"


def _unlisted(ecarts: pl.DataFrame, listed: int, type_unite: str) -> Fragment:
    """Say how many units can't be tried here, with nothing to examine or to watch."""
    known = ecarts.filter(pl.col("ecart_retenu").is_not_null())["unite"].n_unique()
    if known <= listed:
        return fill("")
    return paragraph(
        "{n} sans rien à examiner ni à surveiller ne sont pas sur cette page, trop lourde avec.",
        n=formats.format_count(
            known - listed, f"autre {NOUNS[type_unite]}", f"autres {PLURALS[type_unite]}"
        ),
    )


def _points(group: pl.DataFrame) -> list[tuple[str, list[int]]]:
    return [
        (f"{line[0]:g}", list(line[1:])) for line in group.select("points", *COMPTES).iter_rows()
    ]


def _lines(groups: Sequence[pl.DataFrame]) -> str:
    return "".join(
        fill(
            '<label><input type="number" min="-3" max="3" step="0.5" value="0" id="{id}" '
            'data-unite="{code}"> point à <strong>{name}</strong> <span>écart {gap}</span></label>',
            id=trial_id(group.row(0, named=True)),
            code=group["code"][0],
            name=group["unite"][0],
            gap=formats.format_number(kept_points(group.row(0, named=True)), 1, sign=True),
        ).html
        for group in groups
    )


def _results() -> str:
    rows = "".join(
        f'<tr><th scope="row">{label}</th><td class="d" data-avant="{rank}"></td>'
        f'<td class="d" data-apres="{rank}"></td><td class="d" data-ecart="{rank}"></td></tr>'
        for label, rank in _DECISIONS
    )
    return (
        '<p class="pq-resume" role="status"></p><div class="pq-tableau"><table>'
        "<caption>Propositions calculées au premier groupe, toute la spécialité, avant ce que le jury "
        "a décidé</caption>"
        '<thead><tr><th scope="col">Décision</th><th class="d" scope="col">aujourd’hui</th>'
        '<th class="d" scope="col">après l’essai</th><th class="d" scope="col">différence</th></tr>'
        f"</thead><tbody>{rows}</tbody></table></div>"
    )
