"""What an installation may hold beyond the base, and the sentence that says what is missing.

The base imports, validates, decides, computes gaps and exports. The rest is installed when wanted:
see `[project.optional-dependencies]` of pyproject.toml.
"""

from importlib.util import find_spec
from typing import Literal

from perequation.socle.erreurs import ConfigurationError

Extra = Literal["rapports", "labo", "dask", "bureau"]

# The package by which an extra is recognised, and who asks for it.
_EXTRAS: dict[Extra, tuple[str, str]] = {
    "rapports": ("papermill", "L'édition des rapports"),
    "labo": ("jupyterlab", "La commande labo"),
    "dask": ("distributed", "L'option --dask"),
    "bureau": ("starlette", "La commande bureau"),
}


def has_extra(extra: Extra) -> bool:
    """Say whether an extra is installed, without importing it."""
    return find_spec(_EXTRAS[extra][0]) is not None


def missing_extra(extra: Extra) -> str:
    """Return the sentence that says what asks for an extra, and how to install it."""
    return (
        f"{_EXTRAS[extra][1]} demande l'extra « {extra} » : réinstallez Péréquation avec "
        f"lui, sous le nom perequation[{extra}]."
    )


def require_extra(extra: Extra) -> None:
    """Stop when an extra is not installed.

    Raises
    ------
    ConfigurationError
        It is not.
    """
    if not has_extra(extra):
        raise ConfigurationError(missing_extra(extra))
