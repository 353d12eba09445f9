"""A what-if to play with in the harmonisation report, without a server.

The page only adds up, unit by unit, counts that were made by the decision rules, and at the values
of κ they were made for (`reports/gabarits/page/simulateur.js`).
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from perequation.presentation.textes import Fragment, escape
from perequation.socle import formats

_PLURIELS = {"etablissement": "établissements", "centre": "centres", "commission": "commissions"}
_CLE = ("epreuve", "etape", "type_unite")
#: What the page adds up, in this order, and where it writes it.
MESURES = (
    "nb_modifiees",
    "variation_totale",
    "passent_10",
    "perdent_10",
    "passent_8",
    "perdent_8",
    "admis_apres",
    "controle_apres",
    "refuse_apres",
    "entrent_rattrapage",
    "sortent_rattrapage",
    "nb_decisions_changees",
)


def what_if(grille: pl.DataFrame, row: Mapping[str, Any]) -> Fragment:
    """Return a slider on κ and a choice of units; the page shows them once its script runs.

    Parameters
    ----------
    grille
        Rows of `consequences.Grille.unites` for the analysis, units named in words.
    row
        The analysis.
    """
    mobiles = grille.filter(pl.col("ecart_retenu").is_not_null()).sort("unite", "kappa")
    fixes = grille.filter(pl.col("ecart_retenu").is_null(), pl.col("kappa") == 0)
    kappas = mobiles["kappa"].unique().sort().to_list()
    unites = [
        [list(point) for point in lignes.select(MESURES).iter_rows()]
        for lignes in mobiles.partition_by("unite", maintain_order=True)
    ]
    donnees = [kappas, unites, [list(ligne) for ligne in fixes.select(MESURES).iter_rows()]]
    nom = "-".join(["simulateur", *(str(row[name]).lower() for name in _CLE)])
    chiffres = json.dumps(donnees, separators=(",", ":"))
    return Fragment(
        f'<div class="pq-simulateur" id="{escape(nom)}" data-simulateur="{escape(chiffres)}" '
        f'role="group" aria-label="{escape(row["epreuve"])} : essai d’une correction" hidden>'
        f"{_slider(nom, kappas)}{_choices(mobiles.filter(kappa=0.0), row)}{_results()}"
        "</div>"
    )


def _slider(nom: str, kappas: Sequence[float]) -> str:
    return (
        f'<p class="pq-reglage"><label for="{nom}-k">Part de l’écart retenu que l’on ôte, κ'
        f'</label> <input type="range" id="{nom}-k" min="0" max="{len(kappas) - 1}" step="1" '
        f'value="{(len(kappas) - 1) // 2}"> <output for="{nom}-k"></output></p>'
    )


def _choices(unites: pl.DataFrame, row: Mapping[str, Any]) -> str:
    first = "signale" if "signale" in unites["signal"] else "a_surveiller"
    boxes = "".join(
        f'<label><input type="checkbox" data-signal="{escape(signal)}"'
        f"{' checked' if signal == first else ''}> {escape(unite)} "
        f"<span>{formats.format_gap(ecart)}</span></label>"
        for unite, signal, ecart in unites.select("unite", "signal", "ecart_retenu").iter_rows()
    )
    buttons = "".join(
        f'<button type="button" data-choix="{code}">{label}</button>'
        for code, label in (
            ("signale", "À examiner"),
            ("signale a_surveiller", "À examiner ou à surveiller"),
            ("tous", "Toutes"),
            ("", "Aucune"),
        )
    )
    return (
        f'<p class="pq-choix" role="group" aria-label="Unités corrigées">Unités corrigées : '
        f"{buttons}</p><details><summary>Choisir parmi les {unites.height} "
        f"{_PLURIELS[row['type_unite']]}</summary>"
        f"<fieldset><legend>Unités corrigées (écart retenu)</legend>{boxes}</fieldset></details>"
    )


def _results() -> str:
    def cell(measure: str, when: str = "apres") -> str:
        return f'<td class="d" data-{when}="{MESURES.index(measure)}"></td>'

    decisions = "".join(
        f'<tr><th scope="row">{label}</th>{cell(code, "avant")}{cell(code)}'
        f'<td class="d" data-ecart="{MESURES.index(code)}"></td></tr>'
        for code, label in (
            ("admis_apres", "Admis"),
            ("controle_apres", "Contrôle"),
            ("refuse_apres", "Refusés"),
        )
    )
    pairs = "".join(
        f'<tr><th scope="row">{label}</th>{cell(up)}{cell(down)}<td></td></tr>'
        for label, up, down in (
            ("Moyenne générale de 10", "passent_10", "perdent_10"),
            ("Moyenne générale de 8", "passent_8", "perdent_8"),
            ("Rattrapage", "entrent_rattrapage", "sortent_rattrapage"),
        )
    )
    return (
        '<p class="pq-resume" role="status"></p><div class="pq-tableau"><table>'
        "<caption>Ce que cet essai change</caption><thead><tr><th></th>"
        '<th class="d" scope="col">avant</th><th class="d" scope="col">après</th>'
        f'<th class="d" scope="col">différence</th></tr></thead><tbody>{decisions}</tbody>'
        '<thead><tr><th></th><th class="d" scope="col">franchie ou entrées</th>'
        '<th class="d" scope="col">perdue ou sorties</th><th></th></tr></thead>'
        f"<tbody>{pairs}</tbody></table></div>"
    )
