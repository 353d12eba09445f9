"""Why a candidate got the result they got: every mark, both averages, the rule, what is missing.

It reads what the SQL decided and decides nothing: the averages are written again as exact
fractions of the published points and coefficients.
"""

from perequation.jury.explication.lecture import explain
from perequation.jury.explication.modele import EpreuveControle, Explication, Moyenne, NoteExpliquee
from perequation.jury.explication.texte import render_text

__all__ = ["EpreuveControle", "Explication", "Moyenne", "NoteExpliquee", "explain", "render_text"]
