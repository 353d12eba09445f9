"""Libraries that another one imports whole for a function never called here: imported if it is.

What stands for them is a module in all that imports look at; anything asked of it imports the library.
``importlib.util.LazyLoader`` would do, but for Python before 3.12 a second ``import`` is a use of it.
"""

import importlib
import sys
from threading import RLock
from types import ModuleType
from typing import Any

_lock = RLock()


class Deferred(ModuleType):
    """Stands for a library until something of it is asked for."""

    def __getattr__(self, name: str) -> Any:
        """Import the library, then return what is asked of it."""
        with _lock:
            if sys.modules.get(self.__name__) is self:
                del sys.modules[self.__name__]
                vars(self).update(vars(importlib.import_module(self.__name__)))
        return getattr(sys.modules[self.__name__], name)


def defer(name: str) -> None:
    """Have a library imported when something of it is first asked for; no effect once it is."""
    with _lock:
        sys.modules.setdefault(name, Deferred(name))
