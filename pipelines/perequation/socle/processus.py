"""What a process of ours sets for itself: when and how it ends, how often it looks for unused objects."""

import atexit
import gc
import os
import signal
import sys
from contextlib import suppress

_PR_SET_PDEATHSIG = 1

_code: int | None = None


def die_with_parent(told: int = int(getattr(signal, "SIGKILL", signal.SIGTERM))) -> None:
    """Have Linux send a signal to this process when its parent ends, even killed.

    Parameters
    ----------
    told
        The signal; one that can't be caught by default.

    Notes
    -----
    Elsewhere than on Linux it does nothing.
    """
    with suppress(OSError, AttributeError):
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, told)


def collect_less_often() -> None:
    """Have Python look for cycles of unused objects every fifty thousand objects, not seven hundred.

    It is a fifth of what importing large libraries costs. Children forked from here do as much.
    """
    gc.set_threshold(50_000, 20, 20)


def end_at_once() -> None:
    """Have this process, once all that is registered for its end is done, simply stop.

    Python would take apart, object by object, what large libraries made: half a second after Great
    Expectations. To be called before anything else is registered, and only where no one measures or
    debugs: nothing registered earlier is done.
    """
    atexit.register(_stop)


def end_with(code: int) -> None:
    """Say with which code; unless it is said, the process ends as any other."""
    global _code  # noqa: PLW0603 (a process ends once)
    _code = code


def _stop() -> None:
    if _code is None:
        return
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (AttributeError, OSError, ValueError):
        return  # Python tells
    os._exit(_code)
