"""Imported by the warm server alone, before all else: once no one needs it, it simply stops.

Python would take apart, object by object, what its imports made: half a second of nothing.
"""

import atexit
import os

atexit.register(os._exit, 0)
