"""Harmonisation statistics: gaps between marking units, and how sure we are. Frames in and out.

From one's own table of marks: `sum_marks`, then `compute_ecarts`, the figures the reports publish;
`summarise_analyses`, `change_threshold`, `compare_sessions` and `estimate_long_run` go on from
there, and the ``frame_…`` functions give what the charts draw. ``docs/statistiques.md`` works an
example through.
"""

from perequation.harmonisation.cadres import sum_marks
from perequation.harmonisation.ecarts.calcul import compute_ecarts
from perequation.harmonisation.ecarts.durable import estimate_long_run
from perequation.harmonisation.ecarts.signaux import change_threshold
from perequation.harmonisation.ecarts.trames import CLE, Trames
from perequation.harmonisation.figures.accumulation import frame_heaping, list_heaping
from perequation.harmonisation.figures.attente import frame_waiting, list_waiting
from perequation.harmonisation.figures.etapes import compare_stages
from perequation.harmonisation.figures.figures import (
    compare_sessions,
    frame_anchors,
    frame_caterpillar,
    frame_distribution,
    frame_funnel,
    summarise_analyses,
)
from perequation.harmonisation.figures.ponctuel import frame_ccf

__all__ = [
    "CLE",
    "Trames",
    "change_threshold",
    "compare_sessions",
    "compare_stages",
    "compute_ecarts",
    "estimate_long_run",
    "frame_anchors",
    "frame_caterpillar",
    "frame_ccf",
    "frame_distribution",
    "frame_funnel",
    "frame_heaping",
    "frame_waiting",
    "list_heaping",
    "list_waiting",
    "sum_marks",
    "summarise_analyses",
]
