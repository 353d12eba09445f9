"""What the harmonisation report says: which gaps are to be explained, which are not, and why.

The words are those of an inquiry: a gap is to be explained, nobody is called generous or severe.
"""

from perequation.harmonisation.rapport.accumulation import heaping_table, nothing_heaped
from perequation.harmonisation.rapport.cartes import cards
from perequation.harmonisation.rapport.choix import (
    check_choice,
    choose,
    flagged,
    named_units,
    rows_of,
)
from perequation.harmonisation.rapport.durable import long_run_table
from perequation.harmonisation.rapport.epreuve import (
    charts,
    diagnostics,
    gaps_table,
    title,
    title_only,
    units_table,
)
from perequation.harmonisation.rapport.essentiel import (
    first_page,
    not_analysed,
    nothing_compared,
    nothing_flagged,
    reduced_mode,
    sentence,
    threshold,
)
from perequation.harmonisation.rapport.hypotheses import assumptions
from perequation.harmonisation.rapport.restants import (
    LIEU,
    answer,
    discussion,
    list_remaining,
    meeting_page,
    places,
)
from perequation.harmonisation.rapport.session import (
    ccf_overview,
    described,
    effect_table,
    expected_marks,
    nothing_waiting,
    stages_table,
    waiting,
)

__all__ = [
    "LIEU",
    "answer",
    "assumptions",
    "cards",
    "ccf_overview",
    "charts",
    "check_choice",
    "choose",
    "described",
    "diagnostics",
    "discussion",
    "effect_table",
    "expected_marks",
    "first_page",
    "flagged",
    "gaps_table",
    "heaping_table",
    "list_remaining",
    "long_run_table",
    "meeting_page",
    "named_units",
    "not_analysed",
    "nothing_compared",
    "nothing_flagged",
    "nothing_heaped",
    "nothing_waiting",
    "places",
    "reduced_mode",
    "rows_of",
    "sentence",
    "stages_table",
    "threshold",
    "title",
    "title_only",
    "units_table",
    "waiting",
]
