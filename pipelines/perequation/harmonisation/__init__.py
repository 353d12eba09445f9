"""Harmonisation statistics: gaps between marking units, and how sure we are. Frames in and out."""

from .accumulation import frame_heaping, list_heaping
from .attente import frame_waiting, list_waiting
from .calcul import compute_ecarts
from .etapes import compare_stages
from .figures import (
    compare_sessions,
    frame_anchors,
    frame_caterpillar,
    frame_distribution,
    frame_funnel,
    summarise_analyses,
)
from .ponctuel import frame_ccf
from .signaux import change_threshold
from .simulation import count_inversions, describe_marks, simulate_marks
from .trames import CLE, Trames

__all__ = [
    "CLE",
    "Trames",
    "change_threshold",
    "compare_sessions",
    "compare_stages",
    "compute_ecarts",
    "count_inversions",
    "describe_marks",
    "frame_anchors",
    "frame_caterpillar",
    "frame_ccf",
    "frame_distribution",
    "frame_funnel",
    "frame_heaping",
    "frame_waiting",
    "list_heaping",
    "list_waiting",
    "simulate_marks",
    "summarise_analyses",
]
