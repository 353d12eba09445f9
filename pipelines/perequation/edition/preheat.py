"""What our reports need, imported once by the warm server before it forks.

Ours is derived from the notebooks: what they import, and the rest of the slices they import it from.
"""

import ast
import importlib
import json
import os
import pkgutil
from collections.abc import Iterator
from contextlib import suppress

from perequation.socle.ressources import ressource

# Reports are small and run side by side: one thread each is faster than cores × cores threads.
os.environ.setdefault("POLARS_MAX_THREADS", "1")

# Of the libraries: those that ours import only when they draw or compute, and what these do so too.
LIBRARIES = (
    "nbconvert.exporters.html",
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
    "scipy.special",
    # A child runs again what the command's script imports: this one.
    "perequation.cli",
    "perequation.edition.rendu",
)

# Great Expectations' side of the controls and the search of the secret, which no report runs.
NOT_FOR_REPORTS = frozenset(
    {
        *(
            f"perequation.controles.{name}"
            for name in ("atelier_gx", "dialecte", "rows", "validation")
        ),
        *(
            f"perequation.resultats.{name}"
            for name in ("alike", "attaque", "echanges", "groupes", "moves", "suppression", "swaps")
        ),
    }
)


def notebook_imports() -> Iterator[str]:
    """Yield the modules of ours that the notebooks import."""
    for path in sorted(ressource("notebooks").glob("*.ipynb")):
        cells = json.loads(path.read_text("utf-8"))["cells"]
        for cell in (c for c in cells if c["cell_type"] == "code"):
            for node in ast.walk(ast.parse("".join(cell["source"]))):
                if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(
                    "perequation."
                ):
                    yield str(node.module)
                    yield from (f"{node.module}.{alias.name}" for alias in node.names)


def modules_to_warm() -> Iterator[str]:
    """Yield what the notebooks import, then every module of the same slices."""
    wanted = list(dict.fromkeys(notebook_imports()))
    yield from wanted
    for package in dict.fromkeys(".".join(name.split(".")[:2]) for name in wanted):
        with suppress(Exception):
            path = importlib.import_module(package).__path__
            found = (module.name for module in pkgutil.walk_packages(path, f"{package}."))
            yield from (name for name in found if name not in NOT_FOR_REPORTS)


def _warm_charts() -> None:
    """Compile what checks charts: plain Python, kept by the library itself."""
    import altair

    points = altair.Chart(altair.InlineData([{"x": 1}])).mark_point()
    (points.encode(x=altair.X("x:Q", title="x"), y="x:N", tooltip=["x:Q"]) + points).to_dict()


def _warm_installation() -> None:
    """Read what no session changes, and each report would read again: our words, our own hash."""
    from perequation.socle import couches, dictionnaire, freshness, reglement

    dictionnaire.published_tables()
    reglement.available_reglements()
    couches.build_order()
    freshness.code_fingerprint("gabarits")


def _warm_page() -> None:
    """Compile the templates of pages."""
    importlib.import_module("perequation.edition.page").prepare()


def _main() -> None:
    from perequation.edition.moteur.preload import import_all

    import_all(LIBRARIES)
    import_all(modules_to_warm())
    for warm in (_warm_charts, _warm_page, _warm_installation):
        with suppress(Exception):
            warm()


_main()
