"""Great Expectations' rule on unexpected rows, asking for the rows only where they are shown.

The library asks every query twice: how many rows, and which, though only a result of format COMPLETE
shows them. Named as the library's, this one takes its place in the process: same configuration, same
results, half the queries.
"""

from typing import Any

from great_expectations.expectations.core.unexpected_rows_expectation import (
    UnexpectedRowsExpectation as EveryRow,
)

_ROWS = "unexpected_rows_query.table"


class UnexpectedRowsExpectation(EveryRow):
    """The library's rule but for what it asks."""

    def get_validation_dependencies(
        self, execution_engine: Any = None, runtime_configuration: Any = None
    ) -> Any:
        """Return what is to be asked."""
        asked = super().get_validation_dependencies(execution_engine, runtime_configuration)
        if not self._shows_rows(runtime_configuration):
            asked.remove_metric_configuration(_ROWS)
        return asked

    def _validate(
        self, metrics: Any, runtime_configuration: Any = None, execution_engine: Any = None
    ) -> Any:
        answers = {_ROWS: [], **metrics}
        return super()._validate(answers, runtime_configuration, execution_engine)

    def _shows_rows(self, runtime_configuration: Any) -> bool:
        asked: Any = self._get_result_format(runtime_configuration)
        return (asked.get("result_format") if isinstance(asked, dict) else asked) == "COMPLETE"
