"""The fields that a class of Great Expectations takes from its parent, copied as far as they may change.

The library builds 370 pydantic classes as it is imported, and pydantic copies whole, down to each type,
the fields of each parent: a fifth of that import. What a class changes of a field that it inherits is
the field, its information, and the tables of its validators: these are copied.
"""

import copy
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from pydantic.v1.fields import ModelField

_NESTED = ("sub_fields", "sub_fields_mapping", "key_field")


@contextmanager
def inherited_lightly() -> Generator[None]:
    """Have fields so copied while a block defines classes."""
    field: Any = ModelField
    field.__deepcopy__ = _copied
    try:
        yield
    finally:
        del field.__deepcopy__


def _copied(field: Any, memo: dict[int, Any]) -> Any:
    made = copy.copy(field)
    made.field_info = copy.copy(field.field_info)
    made.field_info.extra = dict(field.field_info.extra)
    made.class_validators = dict(field.class_validators)
    for name in _NESTED:
        if getattr(field, name):
            setattr(made, name, copy.deepcopy(getattr(field, name), memo))
    return made
