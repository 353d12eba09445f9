"""What Papermill's entry point loads.

Imports nothing itself, so that Papermill and the engine can be imported in any order.
"""

from typing import Any


class LazyEngine:
    """The engine as Papermill knows it: the real one is imported when a notebook runs."""

    @classmethod
    def execute_notebook(cls, nb: Any, kernel_name: str, **options: Any) -> Any:
        """Execute a notebook node; see `papermill.engines.Engine.execute_notebook`."""
        from perequation.edition.moteur.engine import ForkedEngine

        return ForkedEngine.execute_notebook(nb, kernel_name, **options)

    @classmethod
    def nb_kernel_name(cls, nb: Any, name: str | None = None) -> str:
        """Return the kernel name, as the default engine does."""
        from papermill.engines import Engine

        return Engine.nb_kernel_name(nb, name)

    @classmethod
    def nb_language(cls, nb: Any, language: str | None = None) -> str:
        """Return the language, as the default engine does."""
        from papermill.engines import Engine

        return Engine.nb_language(nb, language)
