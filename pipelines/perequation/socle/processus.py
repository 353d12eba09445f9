"""Child processes that don't outlive the command."""

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
