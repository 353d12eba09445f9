from carnets.atelier import carnet, dossier, publie, vega

__all__ = ["carnet", "dossier", "publie", "vega"]
