"""The jury's decisions: the file to fill in, and its reading back.

The jury is sovereign: what it decides is checked for slips, never corrected.
"""

from perequation.jury.preparation import prepare_decisions
from perequation.jury.proces_verbal import write_minutes
from perequation.jury.verification import check_decisions

__all__ = ["check_decisions", "prepare_decisions", "write_minutes"]
