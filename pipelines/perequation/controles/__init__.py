"""Controls: Great Expectations says how many rows break a rule, SQL says which; both must agree."""

from perequation.controles.bilan import Bilan, ResultatRegle
from perequation.controles.passage import run_controls
from perequation.controles.regles_propres import load_own_rules
from perequation.controles.suites import Regle, load_regles

__all__ = ["Bilan", "Regle", "ResultatRegle", "load_own_rules", "load_regles", "run_controls"]
