"""Done once by the warm server, before any fork: imports, never a computation.

An exception other than ImportError here would kill the server, and a missing library is
the notebook's business, not ours: every import is attempted on its own.
"""

import gc
import importlib
import sys
from collections.abc import Iterable
from contextlib import suppress

# JupyterLab's jsonschema extra compiles a one-second grammar that checking a notebook never needs.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]

LIBRARIES = (
    "bdb",
    "encodings.ascii",
    "papermill.execute",
    "papermill.engines",
    "IPython.core.application",
    "IPython.core.completer",
    "IPython.core.completerlib",
    "IPython.core.logger",
    "IPython.core.oinspect",
    "IPython.core.ultratb",
    "IPython.utils.wildcard",
    "ipykernel.ipkernel",
    "ipykernel.zmqshell",
    "nbformat.v4",
    "perequation.edition.moteur.shell",
    "perequation.edition.moteur.engine",
)


def import_all(names: Iterable[str]) -> None:
    """Import each module that can be."""
    for name in names:
        with suppress(Exception):
            importlib.import_module(name)


def _warm_schema() -> None:
    """Compile what checks notebooks: plain Python, kept by the library itself."""
    import nbformat

    nbformat.validate(nbformat.v4.new_notebook())


# As the command does (`socle.processus`), which the engine knows nothing of.
gc.set_threshold(50_000, 20, 20)
import_all(LIBRARIES)
with suppress(Exception):
    _warm_schema()
