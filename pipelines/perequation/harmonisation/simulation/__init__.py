"""What corrections would change, per unit, per épreuve and in total; nothing is ever written.

`harmonisation.simulate_marks` makes the marks, `simulation` decides each candidate by the rules of
the results; here corrections are run side by side and told together.
"""

from perequation.harmonisation.simulation.corrections import (
    Consequences,
    Correction,
    mark_doubtful,
    study_corrections,
)
from perequation.harmonisation.simulation.essai import POINTS, EssaiDePoints, study_points
from perequation.harmonisation.simulation.etude import Etude, choose_study, read_study
from perequation.harmonisation.simulation.grille import (
    COMPTES,
    KAPPAS,
    USUELLES,
    Grille,
    study_for_report,
    sum_by_kappa,
)

__all__ = [
    "COMPTES",
    "KAPPAS",
    "POINTS",
    "USUELLES",
    "Consequences",
    "Correction",
    "EssaiDePoints",
    "Etude",
    "Grille",
    "choose_study",
    "mark_doubtful",
    "read_study",
    "study_corrections",
    "study_for_report",
    "study_points",
    "sum_by_kappa",
]
