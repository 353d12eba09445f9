"""What the machine refuses, told in French: no disk, no memory, no right. None of it is our fault.

Libraries say it each in their words: DuckDB, Polars and Arrow don't raise the system's own errors.
"""

import os
import re
from collections.abc import Iterator

from perequation.socle.erreurs import (
    REFUS_DU_DISQUE,
    ConfigurationError,
    PerequationError,
    describe_refusal,
)

_INTACT = "Ce qui était publié est resté en place."
_MEMOIRE = (
    "La mémoire permise ne suffit pas. Fermez d'autres programmes, levez la limite (ulimit -v), ou "
    f"utilisez une machine qui en a davantage, puis relancez. {_INTACT}"
)
_SANS_MEMOIRE = re.compile(
    r"out of memory|bad_alloc|cannot allocate memory|os error 12\b|malloc of size|memory allocation"
    r"|failed to allocate|can't start new thread|resource temporarily unavailable|os error 11\b",
    re.IGNORECASE,
)
# Address space a session of 1,334 candidates takes (docs/dev/fiabilite.md), most of it never touched:
# libraries set it aside, more of it where there are more cores.
_ESPACE_MO, _ESPACE_PAR_COEUR_MO = 2500, 512
_DISQUE = (
    (
        re.compile(r"no space left|os error 28\b|enospc|not enough space", re.IGNORECASE),
        "est plein",
    ),
    (re.compile(r"disk quota|os error 122\b", re.IGNORECASE), "est plein pour cet utilisateur"),
    (
        re.compile(r"file too large|os error 27\b", re.IGNORECASE),
        "refuse un fichier de cette taille (ulimit -f)",
    ),
    (re.compile(r"read-only file system|os error 30\b", re.IGNORECASE), "est en lecture seule"),
    (re.compile(r"permission denied|os error 13\b", re.IGNORECASE), "refuse l'accès"),
    (re.compile(r"too many open files|os error 24\b", re.IGNORECASE), "a trop de fichiers ouverts"),
    (re.compile(r"input/output error|os error 5\b", re.IGNORECASE), "ne répond plus"),
)


def tell_refusal(error: BaseException) -> PerequationError | None:
    """Return what the machine refused, as a sentence; None when the fault is ours."""
    for cause in _chain(error):
        if isinstance(cause, PerequationError):
            return cause
        if isinstance(cause, MemoryError) or _SANS_MEMOIRE.search(str(cause)):
            return ConfigurationError(_MEMOIRE)
        if isinstance(cause, OSError) and cause.errno in REFUS_DU_DISQUE:
            return ConfigurationError(_tell_file(cause))
        for motif, refus in _DISQUE:
            if _is_native(cause) and motif.search(str(cause)):
                return ConfigurationError(
                    f"Le disque {refus}. Remédiez-y, puis relancez la même commande. {_INTACT}"
                )
    return None


def find_shortage() -> PerequationError | None:
    """Return what to say when this process may not have the memory a session takes.

    Short of it, a native library ends the process without a word, wherever it happens to be.
    """
    allowed = _allowed_space()
    needed = _ESPACE_MO + _ESPACE_PAR_COEUR_MO * (os.cpu_count() or 1)
    if allowed is None or allowed >= needed:
        return None
    return ConfigurationError(
        f"La mémoire permise à la commande ({allowed} Mo, ulimit -v) ne suffit pas : il lui en faut "
        f"{needed} sur cette machine. Levez la limite, puis relancez. {_INTACT}"
    )


def _allowed_space() -> int | None:
    """Return the address space this process may have, in Mio; None without a limit."""
    try:
        import resource
    except ImportError:  # Windows
        return None
    allowed, _ = resource.getrlimit(resource.RLIMIT_AS)
    return None if allowed == resource.RLIM_INFINITY else allowed >> 20


def _tell_file(error: OSError) -> str:
    quoi = f"« {error.filename} »" if error.filename else "Écriture impossible"
    return f"{quoi} : {describe_refusal(error)}. Remédiez-y, puis relancez. {_INTACT}"


def _is_native(error: BaseException) -> bool:
    """Say whether an error comes from a library of machine code, whose words alone tell."""
    module = type(error).__module__.split(".")[0]
    return module in {"duckdb", "_duckdb", "polars", "pyarrow", "pyo3_runtime", "xlsxwriter"} or (
        isinstance(error, OSError)
    )


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Yield an error, then what caused it, and so on."""
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        yield current
        current = current.__cause__ or current.__context__
