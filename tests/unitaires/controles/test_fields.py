"""Fields copied as far as they may change are those that pydantic copies whole."""

import subprocess
import sys
from typing import Any, ClassVar, Literal

import pytest
from pydantic.v1 import BaseModel, Field, ValidationError, create_model, validator
from pydantic.v1.fields import ModelField

from perequation.controles.fields import inherited_lightly


class Cat(BaseModel):
    kind: Literal["cat"]


class Dog(BaseModel):
    kind: Literal["dog"]


class Parent(BaseModel):
    name: str = Field("x", min_length=1, note="one")
    animal: Cat | Dog = Field(Cat(kind="cat"), discriminator="kind")
    counts: dict[str, list[int | None]] = {}

    @validator("name", allow_reuse=True)  # pyright: ignore[reportUntypedFunctionDecorator]
    @classmethod
    def _title(cls, value: str) -> str:
        return value.title()


def _child() -> Any:
    class Child(Parent):
        other: int = 0

        class Config:
            fields: ClassVar = {"name": {"alias": "nom", "description": "two"}}
            allow_population_by_field_name = True

        @validator("name", allow_reuse=True)  # pyright: ignore[reportUntypedFunctionDecorator]
        @classmethod
        def _doubled(cls, value: str) -> str:
            return value * 2

    return Child


def test_a_child_changes_its_fields_and_not_its_parents() -> None:
    before = Parent.schema_json()
    stock = _child()
    with inherited_lightly():
        light = _child()
    assert light.schema_json() == stock.schema_json()
    assert Parent.schema_json() == before != light.schema_json()
    for kind in (light, stock):
        made = kind(nom="ab", animal={"kind": "dog"}, counts={"a": [1, None]})
        assert (made.name, type(made.animal), made.counts) == ("AbAb", Dog, {"a": [1, None]})
        with pytest.raises(ValidationError):
            kind(animal={"kind": "cow"})
    assert Parent.parse_obj({"name": "ab"}).name == "Ab"
    ours, theirs = light.__fields__["animal"], Parent.__fields__["animal"]
    assert ours.sub_fields_mapping["dog"] in ours.sub_fields
    assert ours.sub_fields_mapping["dog"] is not theirs.sub_fields_mapping["dog"]  # type: ignore[index]


def test_only_the_block_copies_so() -> None:
    with inherited_lightly():
        create_model("Made", __base__=Parent)
    assert not hasattr(ModelField, "__deepcopy__")


EVERY_FIELD = """
import hashlib, re, sys
from contextlib import nullcontext
from perequation.controles.fields import inherited_lightly
sys.modules["rfc3987_syntax"] = None
with {}():
    import great_expectations
from pydantic.v1 import BaseModel
from pydantic.v1.fields import FieldInfo, ModelField

def families(parent):
    for child in parent.__subclasses__():
        yield child
        yield from families(child)

def show(value):
    if isinstance(value, (FieldInfo, ModelField)):
        return {{name: show(getattr(value, name, None)) for name in value.__slots__}}
    if isinstance(value, dict):
        return {{str(key): show(item) for key, item in value.items()}}
    if isinstance(value, (list, tuple)):
        return [show(item) for item in value]
    return re.sub("0x[0-9a-f]+", "", repr(value))

made = {{(c.__module__, c.__qualname__): show(c.__fields__) for c in families(BaseModel)}}
print(len(made), hashlib.sha256(repr(sorted(made.items())).encode()).hexdigest())
"""


@pytest.mark.slow
def test_every_field_of_great_expectations_is_the_same() -> None:
    stock, light = (
        subprocess.run(
            [sys.executable, "-c", EVERY_FIELD.format(copied)],
            check=True,
            capture_output=True,
            text=True,
            env={"PYTHONHASHSEED": "0"},
            timeout=300,
        ).stdout
        for copied in ("nullcontext", "inherited_lightly")
    )
    assert int(stock.split()[0]) > 300
    assert stock == light
