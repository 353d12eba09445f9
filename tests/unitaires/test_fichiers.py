"""Files are written whole or not at all, for their owner alone, and never run anything."""

import csv
import os
import stat
from pathlib import Path

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from voies import draws

from perequation.socle import fichiers

posix = pytest.mark.skipif(os.name == "nt", reason="POSIX permissions")


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


@posix
@pytest.mark.parametrize("umask", [0o000, 0o022, 0o277])
def test_what_is_written_is_its_owners_alone_whatever_the_umask(tmp_path: Path, umask: int) -> None:
    previous = os.umask(umask)
    try:
        fichiers.write_whole(tmp_path / "a" / "b" / "liste.txt", "été")
        fichiers.write_csv(tmp_path / "a" / "liste.csv", pl.DataFrame({"n": [1]}))
    finally:
        os.umask(previous)
    assert (tmp_path / "a/b/liste.txt").read_text("utf-8") == "été"
    assert {_mode(tmp_path / "a"), _mode(tmp_path / "a/b")} == {0o700}
    assert {_mode(tmp_path / "a/b/liste.txt"), _mode(tmp_path / "a/liste.csv")} == {0o600}


def test_a_write_that_fails_leaves_what_was_there_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "liste.txt"
    fichiers.write_whole(path, "avant")
    with pytest.raises(ZeroDivisionError), fichiers.written_whole(path) as hidden:
        hidden.write_text(f"à moiti{1 / 0}")
    assert path.read_text() == "avant"
    assert [p.name for p in tmp_path.iterdir()] == ["liste.txt"]


def test_a_refusal_names_the_file_that_was_wanted(tmp_path: Path) -> None:
    path = tmp_path / "liste.txt"
    path.mkdir()
    with pytest.raises(OSError) as told:  # noqa: PT011 (which one depends on the system)
        fichiers.write_whole(path, "x")
    assert str(told.value.filename) == str(path)
    assert [p.name for p in tmp_path.iterdir()] == ["liste.txt"]


@posix
def test_a_link_is_replaced_and_never_followed(tmp_path: Path) -> None:
    ailleurs = tmp_path / "ailleurs.txt"
    ailleurs.write_text("à moi")
    (tmp_path / "liste.txt").symlink_to(ailleurs)
    fichiers.write_whole(tmp_path / "liste.txt", "nouveau")
    assert ailleurs.read_text() == "à moi"
    assert not (tmp_path / "liste.txt").is_symlink()


def test_what_a_killed_run_left_is_swept_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "rapports").mkdir()
    left = tmp_path / "rapports" / f"{fichiers.WORK}abc"
    left.write_text("x")
    (tmp_path / f"{fichiers.WORK}dossier" / "dedans").mkdir(parents=True)
    (tmp_path / "perequation.txt").write_text("x")
    fichiers.sweep(tmp_path)
    assert sorted(p.name for p in tmp_path.rglob("*")) == ["perequation.txt", "rapports"]


textes = st.text(st.sampled_from("=+-@\t\r \n;'\"0123456789,.ABCé＝＋"), max_size=12)


@given(st.lists(textes, min_size=1, max_size=4))
@example(["=HYPERLINK(1)", "@SUM(A1)", "-2+3", "+33 6", "-2", "+1,5", "-", "=", "\t=1"])
@settings(max_examples=draws(40, 150))
def test_no_cell_of_a_csv_is_a_formula_and_no_text_is_lost(
    tmp_path_factory: pytest.TempPathFactory, valeurs: list[str]
) -> None:
    path = tmp_path_factory.mktemp("csv") / "liste.csv"
    fichiers.write_csv(path, pl.DataFrame({"valeur": valeurs, "n": list(range(len(valeurs)))}))
    octets = path.read_bytes()
    assert octets.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(octets.decode("utf-8-sig").splitlines(keepends=True), delimiter=";"))
    lues = [row[0] for row in rows[1:]]
    assert len(lues) == len(valeurs)
    for ecrite, valeur in zip(lues, valeurs, strict=True):
        assert ecrite in {valeur, f"'{valeur}"}
        if ecrite[:1] in set("=+-@\t\r"):
            float(ecrite.replace(",", "."))


def test_a_list_is_one_text_in_a_csv(tmp_path: Path) -> None:
    rows = pl.DataFrame({"n": [1, 2, 3], "l": [["=a", "b"], [], None]})
    fichiers.write_csv(tmp_path / "liste.csv", rows)
    texte = (tmp_path / "liste.csv").read_text("utf-8-sig")
    assert texte.splitlines() == ["n;l", "1;'=a|b", '2;""', "3;"]


def test_what_is_under_way_is_no_file_to_show(tmp_path: Path) -> None:
    for nom in ("b.html", "a.html", ".b.tmp.html", "~$a.html", "c.xlsx"):
        (tmp_path / nom).touch()
    assert [p.name for p in fichiers.list_visible(tmp_path, "*.html")] == ["a.html", "b.html"]
