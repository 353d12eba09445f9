from carnets.atelier import carnet, dossier, vega

__all__ = ["carnet", "dossier", "vega"]
