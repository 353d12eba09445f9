"""What dated data of the law have in common: frozen, checked, each fact with its source."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Certitude = Literal["texte", "secondaire", "deduit", "inconnu"]


class Donnee(BaseModel):
    """A frozen record that refuses unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Provenance(Donnee):
    """Where a fact was read, and how sure it is.

    Attributes
    ----------
    objet
        What it is the source of.
    """

    objet: str = Field(min_length=1)
    texte: str = Field(min_length=1)
    certitude: Certitude
