"""Done once by the warm server, before any fork: imports and templates, never a computation.

An exception other than ImportError here would kill the server, and a missing library is
the notebook's business, not ours: every import is attempted on its own.
"""

import importlib
import os
import pkgutil
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress

# JupyterLab's jsonschema extra compiles a one-second grammar that checking a chart never needs.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
# Reports are small and run side by side: one thread each is faster than cores × cores threads.
os.environ.setdefault("POLARS_MAX_THREADS", "1")

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
    "nbconvert.exporters.html",
    "nbformat.v4",
    "duckdb",
    "encodings.utf_8_sig",
    "polars",
    "polars._utils.udfs",
    "narwhals._duration",
    "narwhals._polars.dataframe",
    "narwhals._polars.namespace",
    "narwhals.stable.v1._namespace",
    "altair",
    "vl_convert",
    "scipy.stats",
    "scipy.special",
    "perequation.controles.comptes",
    "perequation.controles.rapport",
    "perequation.edition.moteur.shell",
    "perequation.resultats.fiche",
    "perequation.socle.lecture",
    "perequation.edition.moteur.engine",
    "perequation.edition.rendu",
    "perequation.resultats.anterieures",
    # A child runs again what the command's script imports: this one.
    "perequation.cli",
    "perequation.harmonisation.simulation",
    "perequation.resultats.confidentialite",
    "perequation.harmonisation.anterieures",
    "perequation.harmonisation.simulation.decisions",
    "perequation.resultats.intervalles",
)
PACKAGES = (
    "perequation.presentation",
    "perequation.harmonisation",
    "perequation.jury",
    "perequation.resultats",
)


def import_all(names: Iterable[str]) -> None:
    """Import each module that can be."""
    for name in names:
        with suppress(Exception):
            importlib.import_module(name)


def modules_of(package: str) -> Iterator[str]:
    """Yield the modules of a package of ours."""
    with suppress(Exception):
        path = importlib.import_module(package).__path__
        yield from (module.name for module in pkgutil.walk_packages(path, f"{package}."))


def warm_schemas() -> None:
    """Compile what checks notebooks and charts: plain Python, kept by the libraries themselves."""
    import altair
    import nbformat

    nbformat.validate(nbformat.v4.new_notebook())
    points = altair.Chart(altair.InlineData([{"x": 1}])).mark_point()
    (points.encode(x=altair.X("x:Q", title="x"), y="x:N", tooltip=["x:Q"]) + points).to_dict()


def warm_page() -> None:
    """Compile the templates of pages."""
    importlib.import_module("perequation.edition.page").prepare()


import_all(LIBRARIES)
for _package in PACKAGES:
    import_all(modules_of(_package))
for _warm in (warm_schemas, warm_page):
    with suppress(Exception):
        _warm()
