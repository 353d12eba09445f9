"""What is where in an archive, and how a table or a page is fingerprinted."""

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from perequation.socle.dossier import Dossier
from perequation.socle.fichiers import list_visible
from perequation.socle.ressources import PACKAGE

#: The description, at the top of the archive.
SOMMAIRE = "archive.json"
FORMAT = 1
# The session folder, as deep as the earlier sessions it names lie beside it.
SESSION = "session"
# The published results, what they were compared with, what came with perequation.
TABLES, PAGES, AVANT, LIVRES, ANTERIEURES = "tables", "pages", "avant", "livres", "anterieures"
_EMPREINTE = re.compile(rb'<meta name="perequation-empreinte" content="[0-9a-f]+">')
_VERSION = re.compile(rb'<meta name="generator" content="[^"]*">')


class Sommaire(BaseModel):
    """What an archive says of itself.

    Attributes
    ----------
    versions
        Of everything that computes, by name.
    calcul
        Fingerprint of our code and of these versions together.
    archive_le, calcule_le
        ISO dates: the archive's, the results'.
    jour
        Production date the pages were made with; empty when they carry the date of their data.
    options
        Optional documents of the pack: ``fiches``, ``annexe``, ``reunion``.
    anterieures
        The earlier sessions read, as `session.toml` finds them, and where they are in the archive.
    fichiers
        SHA-256 of every member, by name.
    pages
        Fingerprint of every page, by name: what it is but for the marks of what made it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: int
    titre: str
    archive_le: str
    calcule_le: str
    jour: str
    options: tuple[str, ...]
    versions: dict[str, str]
    calcul: str
    anterieures: dict[str, str]
    fichiers: dict[str, str]
    pages: dict[str, str]


def shipped_folders() -> dict[str, Path]:
    """Return the folders of the règlements, rules and profiles that come with perequation."""
    return {
        "reglements": PACKAGE / "reglements",
        "regles": PACKAGE / "regles",
        "profils": PACKAGE / "ingestion" / "profils",
    }


def page_fingerprint(content: bytes) -> str:
    """Return the hash of a page without the marks of the version and inputs that made it."""
    return hashlib.sha256(_VERSION.sub(b"", _EMPREINTE.sub(b"", content))).hexdigest()


def list_pages(folder: Path) -> Iterator[Path]:
    """Yield the reports of the exam office's pack; its index also says which lists lie beside it."""
    for place in (folder, folder / "fiches"):
        yield from (p for p in list_visible(place, "*.html") if p.name != "index.html")


def fingerprint_pages(folder: Path) -> dict[str, str]:
    """Return the fingerprint of each report of a pack, by its name there."""
    return {
        path.relative_to(folder).as_posix(): page_fingerprint(path.read_bytes())
        for path in list_pages(folder)
    }


def list_tables(dossier: Dossier) -> Iterator[Path]:
    """Yield the published tables."""
    yield from list_visible(dossier.exports, "*.parquet")


def as_json(sommaire: Sommaire) -> str:
    """Write a description."""
    return sommaire.model_dump_json(indent=2) + "\n"


def read_json(text: str | bytes) -> Any:
    """Read a description; pydantic tells what is wrong with it."""
    return Sommaire.model_validate_json(text)
