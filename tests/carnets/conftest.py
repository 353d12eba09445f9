from carnets.atelier import carnet, dossier, publie, vega
from partage import steps_at_a_lower_cost

__all__ = ["carnet", "dossier", "publie", "steps_at_a_lower_cost", "vega"]
