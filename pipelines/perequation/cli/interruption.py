"""Ctrl-C, whoever notices it first.

A library that is told of it may raise an error of its own in its place: duckdb says "Query
interrupted" as a RuntimeError, a class under construction too. So the signal itself is remembered.
"""

import signal
import threading
from types import FrameType

import click

CODE = 130

_pressed = threading.Event()


def listen() -> None:
    """Remember Ctrl-C from now on; it interrupts as before.

    Where it is ignored (a command in the background of a shell) or is someone else's, nothing changes.
    """
    _pressed.clear()
    in_main = threading.current_thread() is threading.main_thread()
    if in_main and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _press)


def is_one(error: BaseException) -> bool:
    """Say whether someone pressed Ctrl-C before this error."""
    # DuckDB's own class is named, not imported: `--help` must answer at once.
    names = {type(error).__name__, type(error.__cause__).__name__}
    told = isinstance(error, KeyboardInterrupt | click.Abort) or "InterruptException" in names
    return told or _pressed.is_set()


def _press(number: int, frame: FrameType | None) -> None:
    _pressed.set()
    signal.default_int_handler(number, frame)
