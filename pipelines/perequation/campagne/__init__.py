"""Many sessions at once: every session folder below another, through the recipe, and one page of all."""

from perequation.campagne.batch import run_campaign
from perequation.campagne.bilan import BilanCampagne

__all__ = ["BilanCampagne", "run_campaign"]
