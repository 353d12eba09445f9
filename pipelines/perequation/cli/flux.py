"""The two outputs of the command: they take any French text, and nothing but what we say.

A French Windows, a server in ISO 8859-1, a redirection: the encoding of an output may lack an
apostrophe or a thin space. A letter it lacks is written as the nearest it has, never as an error.
"""

import codecs
import os
import sys
import unicodedata
from typing import TextIO, cast

_PROCHES = {
    "’": "'",
    "‘": "'",
    "“": '"',
    "”": '"',
    "–": "-",
    "—": "-",
    "─": "-",
    "…": "...",
    "œ": "oe",
    "Œ": "OE",
    "«": '"',
    "»": '"',
    "≥": ">=",
    "≤": "<=",
    "−": "-",
    "×": "x",
    "→": "->",
    "λ": "lambda",
    "τ": "tau",
    "€": "EUR",
    "·": "-",
}
_NOM = "perequation-proche"

# Set by `main`: the outputs are those of a command, not of a program that calls it.
is_own_process = False


def nearest(error: UnicodeError) -> tuple[str | bytes, int]:
    """Give the nearest writing of characters that an encoding lacks (a codec's error handler)."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    text = error.object[error.start : error.end]
    return "".join(map(_nearest_one, text)), error.end


def _nearest_one(character: str) -> str:
    if character in _PROCHES:
        return _PROCHES[character]
    if unicodedata.category(character) == "Zs":
        return " "
    if unicodedata.category(character) in {"Mn", "Cf"}:
        return ""
    plain = unicodedata.normalize("NFKD", character).encode("ascii", "ignore").decode("ascii")
    return plain or "?"


def settle() -> None:
    """Have both outputs take any text, and keep native code from writing on the error output.

    A library that fails writes there in English, and at length, before Python knows of it; what
    we say goes on being seen.
    """
    codecs.register_error(_NOM, nearest)
    for flux in (sys.stdout, sys.stderr):
        if hasattr(flux, "reconfigure"):
            flux.reconfigure(errors=_NOM)  # pyright: ignore[reportAttributeAccessIssue]


def hold_native_words() -> None:
    """Send what native code writes on the error output nowhere; ours still goes to the terminal.

    Only where the process is ours, and asked for no trace.
    """
    if not is_own_process or os.name == "nt":
        return
    try:
        ours = os.dup(2)
        nowhere = os.open(os.devnull, os.O_WRONLY)
    except OSError:
        return
    sys.stderr.flush()
    os.dup2(nowhere, 2)
    os.close(nowhere)
    sys.stderr = cast(
        TextIO, os.fdopen(ours, "w", encoding=sys.stderr.encoding, errors=_NOM, buffering=1)
    )


def drop_outputs() -> None:
    """Write nothing any more: who was reading has gone."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for number in (1, 2):
        os.dup2(nowhere, number)
    os.close(nowhere)
    sys.stdout = sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115
