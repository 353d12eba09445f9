"""What whole sessions need, imported once by the warm server: what reports do, then the controls."""

import importlib
from contextlib import suppress

from perequation.controles.validation import import_library
from perequation.socle.freshness import computing_fingerprint

importlib.import_module("perequation.edition.preheat")
# Before any module of the library is imported by name: what it doesn't need is set aside first.
with suppress(Exception):
    import_library()
for name in (
    "fastexcel",
    "great_expectations.expectations.core",
    "scipy.optimize",
    "sqlalchemy.dialects.postgresql",
    "xlsxwriter",
    "perequation.campagne.session",
    "perequation.controles",
    "perequation.controles.listes",
    "perequation.controles.passage",
    "perequation.edition.lot",
    "perequation.jury.listes",
    "perequation.resultats.porte",
    "perequation.resultats.suppression",
):
    with suppress(Exception):
        importlib.import_module(name)
with suppress(Exception):
    computing_fingerprint()
