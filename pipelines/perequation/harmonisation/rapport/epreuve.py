"""One analysis: its charts, its table, what it rests on and what weakens it."""

from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl

from perequation.harmonisation.rapport import graphiques as graphiques_ecarts
from perequation.harmonisation.rapport.choix import NOUNS, PLURALS, count_units
from perequation.harmonisation.rapport.colonnes import (
    GREY_BELOW,
    INTERVAL,
    PAGE_ROWS,
    band,
    identify,
    in_order,
    interval,
)
from perequation.harmonisation.rapport.essentiel import origin, sentence
from perequation.harmonisation.rapport.hypotheses import blind_spots, checks
from perequation.presentation.lexique import code_label
from perequation.presentation.tableaux import NOMINATIVES, table
from perequation.presentation.textes import Fragment, bullets, fill, fold, heading, paragraph, stack
from perequation.socle import formats


def title(row: Mapping[str, Any], titres: Mapping[str, str], etape: str = "") -> Fragment:
    """Return the heading of an analysis and its sentence.

    Parameters
    ----------
    row
        A row of what `harmonisation.summarise_analyses` returns.
    titres
        Titles of the épreuves by code.
    etape
        Stage that was asked for, said in the heading; none for the marks in force: the latest stage
        of an épreuve holds the marks of those that have not reached it too.
    """
    said = sentence(row)
    return stack(
        heading(
            "{epreuve} · {titre} ({noun}{etape})",
            epreuve=row["epreuve"],
            titre=titres.get(row["epreuve"], ""),
            noun=PLURALS[row["type_unite"]],
            etape=f", notes {code_label(etape)}s" if etape else "",
        ),
        paragraph("<strong>{x}</strong>", x=formats.begin(said)),
    )


def title_only(row: Mapping[str, Any], titres: Mapping[str, str]) -> Fragment:
    """Return the heading of an épreuve."""
    return heading("{e} · {titre}", e=row["epreuve"], titre=titres.get(row["epreuve"], ""))


def charts(
    funnel: tuple[pl.DataFrame, pl.DataFrame], caterpillar: pl.DataFrame, anchors: pl.DataFrame
) -> list[Any]:
    """Return the three charts of an analysis; those without a row are left out."""
    drawn: list[Any] = []
    if not funnel[0].is_empty():
        drawn.append(graphiques_ecarts.funnel(*funnel))
    # One scale for all the pages of a chart, or two halves could not be compared.
    ends = pl.concat([caterpillar["ic_bas"], caterpillar["ic_haut"]]).drop_nulls().to_list()
    drawn += [
        graphiques_ecarts.caterpillar(part, (min(ends), max(ends)))
        for part in in_order(caterpillar).iter_slices(PAGE_ROWS)
    ]
    if not anchors.is_empty():
        drawn.append(graphiques_ecarts.against_anchors(anchors))
    return drawn


def gaps_table(rows: pl.DataFrame, row: Mapping[str, Any]) -> Fragment:
    """Return the gaps of every unit of an analysis, in the order of names."""
    return table(
        in_order(rows).with_columns(intervalle=interval("ic_bas", "ic_haut"), bande=band()),
        [
            "unite",
            "n",
            "moyenne",
            "ecart_brut",
            "ecart_ajuste",
            "bande",
            "erreur_type",
            "ecart_retenu",
            "intervalle",
            "probabilite_materielle",
            "q_valeur",
            "signal",
            "fragile",
        ],
        identifier=identify("ecarts", row),
        caption=f"{row['epreuve']} : écarts par {NOUNS[row['type_unite']]}",
        labels={
            "unite": NOUNS[row["type_unite"]].capitalize(),
            "intervalle": INTERVAL,
            "probabilite_materielle": "Proba.",
            "bande": "λ = b / λ = 1",
        },
        # A decimal: 89,6 % is not yet the 90 % of a unit to examine.
        natures={
            "probabilite_materielle": "taux",
            "intervalle": "ecart",
            "bande": "ecart",
            "signal": "code",
        },
        marked=pl.col("signal") == "signale",
        muted=(pl.col("n") < GREY_BELOW) | (pl.col("signal") == "indisponible"),
        note=_table_note(rows),
        dense=True,
    )


def diagnostics(rows: pl.DataFrame, row: Mapping[str, Any]) -> Fragment:
    """Say what the analysis rests on and what weakens it."""
    number, percent = formats.format_number, formats.format_percent
    known = rows.filter(pl.col("tau2").is_not_null()).row(0, named=True)
    items = [
        blind_spots(),
        *checks(rows),
        fill(
            "λ = {l} (erreur type {se}), {o} ; fiabilité des ancres ρ = {r} ; {k} ancres ; "
            "τ² = {t} entre unités.",
            l=number(row["lambda_ancres"]),
            se=number(row["erreur_type_lambda"]),
            o=origin(row["lambda_origine"]),
            r=number(row["fiabilite_ancres"]),
            k=formats.format_integer(row["nb_ancres"]),
            t=number(known["tau2"]),
        ),
        fill(
            "{p} des candidats ont au moins deux épreuves d’ancrage.",
            p=percent(row["part_deux_ancres_total"]),
        ),
        *_cautions(rows),
    ]
    return bullets(items)


def _cautions(rows: pl.DataFrame) -> Iterable[Fragment]:
    wordings = {
        "fragile": "Le sens de l’écart dépend du λ choisi (fragile) : {x}.",
        "dispersion_atypique": "Notes anormalement resserrées ou dispersées : {x}.",
        "ancre_influente": "L’écart change de plus d’un demi-point sans l’une des ancres : {x}.",
    }
    flipped = rows.filter((pl.col("ecart_brut") > 0) != (pl.col("ecart_ajuste") > 0))
    if flipped.height:
        yield fill(
            "L’écart ajusté est de sens contraire à l’écart brut : {x}.",
            x=formats.join_words(flipped["unite"].sort(), 6),
        )
    for column, wording in wordings.items():
        kind = rows.schema[column]
        test = pl.col(column) if kind == pl.Boolean else pl.col(column).is_not_null()
        names = rows.filter(test.fill_null(value=False))["unite"].sort().to_list()
        if names:
            yield fill(wording, x=formats.join_words(names, 6))
    few = rows.filter(pl.col("part_sans_ancre") > 0.2)["unite"].sort().to_list()
    if few:
        text = "Plus d’un candidat sur cinq n’a aucune épreuve d’ancrage : {x}."
        yield fill(text, x=formats.join_words(few, 6))


def _table_note(rows: pl.DataFrame) -> str:
    delta = formats.format_number(rows["alerte_ecart"].drop_nulls().first())  # pyright: ignore
    return (
        "Écarts en points sur 20 ; positif : notes plus hautes que ne le laissent attendre les "
        f"ancres. Proba. : probabilité que l’écart dépasse {delta} point ; à examiner à partir de "
        "90 %, à surveiller à partir de 80 %. En gris : effectif ou ancres insuffisants. "
        "λ = b, λ = 1 : ce que serait l’écart ajusté avec λ égal à la pente de régression, puis à "
        "1. Fragile : le sens change "
        "selon λ. Masqué (« – ») : effectif trop faible."
    )


def units_table(rows: pl.DataFrame, row: Mapping[str, Any]) -> Fragment:
    """Return, folded, every unit of an analysis: observed, expected, difference, conclusion."""
    calm = rows.filter(signal="aucun").height
    noun = NOUNS[row["type_unite"]]
    shown = table(
        in_order(rows).with_columns(intervalle=interval("ic_bas", "ic_haut")),
        ["unite", "n", "moyenne", "moyenne_attendue", "ecart_retenu", "intervalle", "signal"],
        identifier=identify("ecarts", row),
        caption=f"{row['epreuve']} : observé et attendu",
        labels={
            "unite": noun.capitalize(),
            "n": "Notes",
            "moyenne": "Observé",
            "moyenne_attendue": "Attendu",
            "ecart_retenu": "Écart",
            "intervalle": INTERVAL,
        },
        natures={"moyenne_attendue": "note", "intervalle": "ecart", "signal": "code"},
        marked=pl.col("signal") == "signale",
        muted=(pl.col("n") < GREY_BELOW) | (pl.col("signal") == "indisponible"),
        note="En points sur 20. Écart : observé moins attendu, ramené vers zéro selon le nombre de "
        "notes. « – » : trop peu de notes. En gris : trop peu pour conclure.",
        limit=NOMINATIVES,
        elsewhere="toutes les notations sont dans la table ecart (exports)",
        dense=True,
    )
    count = count_units(calm, row["type_unite"])
    return fold(
        f"Toutes les notations comparées : le tableau ({count} sans rien à signaler)", shown
    )
