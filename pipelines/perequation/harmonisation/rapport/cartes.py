"""The card of a unit to examine or to watch: verdict, observed and expected, its marks as dots."""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from perequation.harmonisation.rapport.choix import by_unit, unit_of
from perequation.harmonisation.rapport.essentiel import nothing_to_discuss
from perequation.harmonisation.rapport.mots import (
    decision,
    effect,
    gap_in_words,
    kept_points,
    long_run,
    past,
    signed_points,
    verdict,
)
from perequation.harmonisation.rapport.restants import ELSEWHERE
from perequation.presentation.dessins import dot_strip
from perequation.presentation.tableaux import NOMINATIVES
from perequation.presentation.textes import Fragment, fill, fold, paragraph, stack
from perequation.socle import formats

_FEW = 20
# What is known of one unit.
_Rows = Sequence[Mapping[str, Any]]


def cards(
    rows: pl.DataFrame,
    ecarts: pl.DataFrame,
    notes: pl.DataFrame,
    historique: pl.DataFrame,
    essais: pl.DataFrame,
) -> Fragment:
    """Return a card per unit to examine, then those to watch, folded.

    Parameters
    ----------
    rows
        What `list_remaining` returned.
    ecarts
        Gaps the report is about: without any to discuss, they say why.
    notes
        `intermediate.harmonisation_distribution`, units named in words.
    historique, essais
        See `remaining_table`.
    """
    if rows.is_empty():
        return paragraph("{x}.", x=nothing_to_discuss(ecarts))
    shown = rows.head(NOMINATIVES)
    marks, known, tried = (by_unit(frame, shown) for frame in (notes, historique, essais))
    made = {
        signal: [
            _card(row, *(of.get(unit_of(row), ()) for of in (marks, known, tried)))
            for row in shown.filter(signal=signal).iter_rows(named=True)
        ]
        for signal in ("signale", "a_surveiller")
    }
    watched = made["a_surveiller"]
    folded = fold(f"{formats.format_count(len(watched), 'écart')} à surveiller", *watched)
    return stack(*made["signale"], folded if watched else None, _without_card(shown, rows))


def _without_card(shown: pl.DataFrame, rows: pl.DataFrame) -> Fragment | None:
    """Say how many gaps have no card, on the page of a session that has thousands."""
    if shown.height == rows.height:
        return None
    return paragraph(
        "{n} écarts sur {total} ont une carte, les premiers du tableau ; {elsewhere}.",
        n=formats.format_integer(shown.height),
        total=formats.format_integer(rows.height),
        elsewhere=ELSEWHERE,
    )


def _card(row: Mapping[str, Any], marks: _Rows, known: _Rows, tried: _Rows) -> Fragment:
    mark = formats.format_mark
    seen, expected = (round(row[name], 2) for name in ("moyenne", "moyenne_attendue"))
    counts = dict(
        sorted((each["demi_point"], each["n"]) for each in marks if each["etape"] == row["etape"])
    )
    where = f", {row['centre']}" if row["centre"] else ""
    means = {"observé": seen, "attendu": expected}
    words = f"Notes de {row['unite']} à {row['epreuve']}, par demi-point"
    facts = [f"Décision : {decision(row)}", effect(row, tried)]
    if (said := past(known)) != formats.MISSING:
        facts.insert(0, f"session {said}")
    if lasting := long_run(row, known):
        facts.insert(1, lasting)
    return fill(
        '<section class="pq-carte" id="u{a}"><h3>{e} · {u}{where}</h3>'
        "<p><strong>{verdict}</strong> : {gap}.</p>"
        "<p>Observé {obs} − attendu {exp} = {raw} ; {pulled}</p>{dots}<p>{facts}.</p></section>",
        a=row["ancre"],
        e=row["epreuve"],
        u=row["unite"],
        where=where,
        verdict=formats.begin(verdict(row)),
        gap=gap_in_words(row),
        obs=mark(seen),
        exp=mark(expected),
        # Of what is shown: a subtraction one can do again.
        raw=formats.format_gap(seen - expected),
        pulled=_pulled(row),
        dots=dot_strip(counts, means, words) if counts else "",
        facts=". ".join(formats.begin(fact) for fact in facts),
    )


def _pulled(row: Mapping[str, Any]) -> str:
    """Say why the gap kept is closer to zero than the difference."""
    kept = signed_points(kept_points(row))
    notes = formats.format_count(row["n"], "note")
    why = (
        f"{notes} seulement portent une part de hasard"
        if row["n"] < _FEW
        else f"même sur {notes}, une part tient au hasard"
    )
    return f"ramené à environ {kept}, car {why}."
