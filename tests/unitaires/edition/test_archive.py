"""The ZIP of a pack is offered only while it holds the pack as it is."""

import os
from pathlib import Path

import pytest

from perequation.edition.archive import archive_of, is_current, write_archive


@pytest.fixture
def sortie(tmp_path: Path) -> Path:
    pack = tmp_path / "public"
    (pack / "tables").mkdir(parents=True)
    (pack / "index.html").write_text("<p>1</p>", encoding="utf-8")
    (pack / "tables" / "reussite.parquet").write_bytes(b"PAR1")
    (pack / "bilan.json").write_text("{}", encoding="utf-8")
    return pack


def test_it_holds_the_documents_whatever_the_dates(sortie: Path) -> None:
    assert not is_current(sortie)
    write_archive(sortie)
    assert is_current(sortie)
    # A restored folder has dates of its own; accounts of the run aren't handed over.
    os.utime(sortie / "index.html", (4_000_000_000, 4_000_000_000))
    (sortie / "bilan.json").write_text('{"publies": 1}', encoding="utf-8")
    assert is_current(sortie)


@pytest.mark.parametrize("change", ["autre", "retire", "ajoute", "abime"])
def test_a_document_that_changed_makes_it_old(sortie: Path, change: str) -> None:
    write_archive(sortie)
    page = sortie / "index.html"
    before = page.stat()
    match change:
        case "autre":
            page.write_text("<p>2</p>", encoding="utf-8")
            os.utime(page, (before.st_atime, before.st_mtime))
        case "retire":
            (sortie / "tables" / "reussite.parquet").unlink()
        case "ajoute":
            (sortie / "20.html").write_text("<p>", encoding="utf-8")
        case _:
            archive_of(sortie).write_bytes(b"PK")
    assert not is_current(sortie)
