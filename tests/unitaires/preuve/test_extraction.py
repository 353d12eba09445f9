"""A hostile archive writes nothing outside its folder, nothing larger than it says, nothing else."""

import hashlib
import os
import struct
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perequation.preuve import contenu
from perequation.preuve.contenu import FORMAT, SOMMAIRE, Sommaire
from perequation.preuve.extraction import extract_archive, is_inside
from perequation.socle.erreurs import ConfigurationError, MissingInputError


def _sommaire(membres: dict[str, bytes], format_: int = FORMAT) -> bytes:
    said = Sommaire(
        format=format_,
        titre="t",
        archive_le="2026-01-01",
        calcule_le="2026-01-01T00:00:00",
        jour="",
        options=(),
        versions={},
        calcul="",
        anterieures={},
        fichiers={nom: hashlib.sha256(c).hexdigest() for nom, c in membres.items()},
        pages={},
    )
    return contenu.as_json(said).encode()


def _archive(
    tmp_path: Path, membres: dict[str, bytes], annonces: dict[str, bytes] | None = None
) -> Path:
    path = tmp_path / "a.zip"
    with ZipFile(path, "w", ZIP_DEFLATED) as packed:
        packed.writestr(SOMMAIRE, _sommaire(membres if annonces is None else annonces))
        for nom, content in membres.items():
            packed.writestr(ZipInfo(nom), content, ZIP_DEFLATED)
    return path


def _refused(tmp_path: Path, path: Path, words: str) -> None:
    folder = tmp_path / "out" / "ici"
    folder.mkdir(parents=True)
    with pytest.raises(ConfigurationError) as error:
        extract_archive(path, folder)
    assert words in " ".join(error.value.lines())
    assert not list(folder.iterdir())
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["ici"]


def test_a_sound_archive_is_extracted_as_it_says(tmp_path: Path) -> None:
    path = _archive(tmp_path, {"session/session.toml": b"x", "tables/a.parquet": b"y" * 10_000})
    folder = tmp_path / "ici"
    folder.mkdir()
    assert extract_archive(path, folder).titre == "t"
    assert (folder / "session" / "session.toml").read_bytes() == b"x"
    assert (folder / "tables" / "a.parquet").stat().st_size == 10_000


@pytest.mark.parametrize(
    "nom", ["../dehors", "/etc/dehors", "a/../../dehors", "C:/dehors", "a\\..\\b", "a//b", "./a"]
)
def test_a_member_that_would_leave_its_folder_stops_all(tmp_path: Path, nom: str) -> None:
    _refused(tmp_path, _archive(tmp_path, {"session/a": b"1", nom: b"2"}), "sortirait")


def test_a_link_stops_all(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with ZipFile(path, "w") as packed:
        packed.writestr(SOMMAIRE, _sommaire({"session/lien": b"/etc/passwd"}))
        link = ZipInfo("session/lien")
        link.external_attr = 0o120777 << 16
        packed.writestr(link, b"/etc/passwd")
    _refused(tmp_path, path, "lien")


def test_what_is_not_announced_or_is_missing_stops_all(tmp_path: Path) -> None:
    extra = _archive(tmp_path, {"session/a": b"1", "session/b": b"2"}, {"session/a": b"1"})
    _refused(tmp_path, extra, "annonce")


def test_names_that_a_disk_takes_for_one_stop_all(tmp_path: Path) -> None:
    _refused(tmp_path, _archive(tmp_path, {"session/a": b"1", "session/A": b"2"}), "deux fois")


def test_a_size_beyond_bounds_stops_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("perequation.preuve.extraction.MAXIMAL_BYTES", 1000)
    _refused(tmp_path, _archive(tmp_path, {"session/a": b"0" * 1001}), "plus que permis")


def test_a_member_longer_than_it_says_is_cut_short(tmp_path: Path) -> None:
    membres = {"session/a": b"0" * 100_000}
    path = _archive(tmp_path, membres)
    octets = bytearray(path.read_bytes())
    # The size announced, in the member's header and in the directory: 100,000 becomes 10.
    size = struct.pack("<I", 100_000)
    assert octets.count(size) == 2
    path.write_bytes(bytes(octets.replace(size, struct.pack("<I", 10))))
    folder = tmp_path / "ici"
    folder.mkdir()
    with pytest.raises(ConfigurationError):
        extract_archive(path, folder)
    assert sum(p.stat().st_size for p in folder.rglob("*") if p.is_file()) <= 10


def test_altered_content_is_named(tmp_path: Path) -> None:
    path = _archive(tmp_path, {"session/a": b"autre"}, {"session/a": b"celui-ci"})
    folder = tmp_path / "ici"
    folder.mkdir()
    with pytest.raises(ConfigurationError, match="modifiée") as error:
        extract_archive(path, folder)
    assert error.value.details == ("session/a",)


def test_other_files_are_not_archives_of_ours(tmp_path: Path) -> None:
    with pytest.raises(MissingInputError):
        extract_archive(tmp_path / "absente.zip", tmp_path)
    (tmp_path / "texte.zip").write_text("bonjour", encoding="utf-8")
    _refused(tmp_path, tmp_path / "texte.zip", "le fichier est abîmé, ou n'en est pas un.")


def test_a_damaged_archive_is_told_in_french(tmp_path: Path) -> None:
    path = _archive(tmp_path, {"session/a": os.urandom(1000)})
    octets = bytearray(path.read_bytes())
    start = octets.index(b"session/a") + len(b"session/a")
    octets[start : start + 200] = b"\xff" * 200
    path.write_bytes(bytes(octets))
    folder = tmp_path / "ici"
    folder.mkdir()
    with pytest.raises(ConfigurationError, match="n'est pas un ZIP lisible : le fichier est abîmé"):
        extract_archive(path, folder)


def test_a_page_altered_with_its_hash_is_named_for_its_fingerprint_is_another(
    tmp_path: Path,
) -> None:
    path = _archive(tmp_path, {"pages/10_qualite.html": b"<p>595</p>"})
    folder = tmp_path / "ici"
    folder.mkdir()
    with pytest.raises(ConfigurationError, match="modifiée") as error:
        extract_archive(path, folder)
    assert error.value.details == ("pages/10_qualite.html",)


def test_a_zip_without_description_is_refused(tmp_path: Path) -> None:
    with ZipFile(tmp_path / "b.zip", "w") as packed:
        packed.writestr("session/a", b"1")
    _refused(tmp_path, tmp_path / "b.zip", "perequation archiver")


def test_another_format_is_told(tmp_path: Path) -> None:
    with ZipFile(tmp_path / "b.zip", "w") as packed:
        packed.writestr(SOMMAIRE, _sommaire({}, FORMAT + 1))
    _refused(tmp_path, tmp_path / "b.zip", "format")


@settings(max_examples=200)
@given(st.text(alphabet="ab./\\:~", min_size=1, max_size=12))
def test_a_name_said_to_be_inside_is(nom: str) -> None:
    if is_inside(nom):
        racine = Path("/racine/dossier")
        place = Path(os.path.normpath(racine.joinpath(nom)))
        assert place.is_relative_to(racine)
        assert place != racine
