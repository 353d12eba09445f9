"""What a process of ours sets for itself: when it ends, how often it looks for unused objects."""

import gc
import signal
from contextlib import suppress

_PR_SET_PDEATHSIG = 1


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
