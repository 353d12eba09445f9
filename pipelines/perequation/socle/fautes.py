"""The faults of a file checked by pydantic, each told in French with its key."""

import tomllib
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from perequation.socle.erreurs import ConfigurationError

Modele = TypeVar("Modele", bound=BaseModel)

_MESSAGES = {
    "missing": "clé obligatoire absente",
    "extra_forbidden": "clé inconnue",
    "int_type": "un nombre entier est attendu",
    "int_parsing": "un nombre entier est attendu",
    "int_from_float": "un nombre entier est attendu",
    "string_type": "un texte entre guillemets est attendu",
    "bool_type": "true ou false est attendu",
    "bool_parsing": "true ou false est attendu",
    "tuple_type": "une liste [ … ] est attendue",
    "model_type": "une section [ … ] est attendue",
    "decimal_type": "un nombre est attendu",
    "decimal_parsing": "un nombre est attendu",
    "decimal_max_places": "au plus {decimal_places} décimales",
    "float_type": "un nombre est attendu",
    "float_parsing": "un nombre est attendu",
    "greater_than_equal": "doit être supérieur ou égal à {ge}",
    "greater_than": "doit être supérieur à {gt}",
    "less_than_equal": "doit être inférieur ou égal à {le}",
    "less_than": "doit être inférieur à {lt}",
    "too_short": "la liste ne peut pas être vide",
    "string_too_short": "le texte ne peut pas être vide",
    "string_pattern_mismatch": "forme non reconnue (attendu : {pattern})",
    "literal_error": "valeur hors de {expected}",
    "value_error": "{error}",
    "date_type": "une date (aaaa-mm-jj) est attendue",
    "date_parsing": "une date (aaaa-mm-jj) est attendue",
    "date_from_datetime_parsing": "une date (aaaa-mm-jj) est attendue",
}


def read_model(path: Path, modele: type[Modele], quoi: str, refus: str) -> Modele:
    """Read a TOML file as a model.

    Parameters
    ----------
    path
        The file, in UTF-8 with or without BOM.
    modele
        What it must be.
    quoi, refus
        What the file is called when it can't be read, and how its refusal is said.

    Raises
    ------
    ConfigurationError
        With one line per fault.
    """
    try:
        return modele.model_validate(tomllib.loads(path.read_text(encoding="utf-8-sig")))
    except RecursionError as erreur:
        raise ConfigurationError(f"{quoi} {path.name} est imbriqué trop profondément.") from erreur
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as erreur:
        raise ConfigurationError(f"{quoi} {path.name} illisible : {erreur}.") from erreur
    except ValidationError as erreur:
        raise ConfigurationError(
            f"{quoi} {path.name} {refus}.", describe_faults(erreur)
        ) from erreur


def describe_faults(erreur: ValidationError) -> Iterator[str]:
    """Yield one French line per fault of a pydantic validation: key, value, what is expected."""
    for faute in erreur.errors(include_url=False):
        contexte: dict[str, Any] = dict(faute.get("ctx", {}))
        _let_go(contexte.get("error"))
        if "expected" in contexte:
            contexte["expected"] = str(contexte["expected"]).replace(" or ", " ou ")
        message = _MESSAGES.get(faute["type"], "valeur refusée").format(**contexte)
        saisie = faute.get("input")
        a_une_valeur = faute["type"] != "missing" and isinstance(
            saisie, str | int | float | Decimal | bool
        )
        valeur = f" (lu : « {saisie} »)" if a_une_valeur else ""
        yield f"{_key(faute['loc'])} : {message}{valeur}"


def _let_go(raised: BaseException | None) -> None:
    """Forget where an error was raised, and those it comes from.

    Pydantic keeps it where the collector can't see: its frames, and all they hold (an open warehouse,
    say), would stay in memory for good.
    """
    while raised is not None:
        raised.__traceback__ = None
        raised = raised.__cause__ or raised.__context__


def _key(loc: tuple[str | int, ...]) -> str:
    key = ""
    for part in loc:
        key += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if key else part
    return key
