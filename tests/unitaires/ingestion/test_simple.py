"""Which files DuckDB may read as they are: those where nothing needs care."""

from pathlib import Path

import pytest

from perequation.ingestion.lecture.encodage import detect_encoding
from perequation.ingestion.lecture.entete import Entete
from perequation.ingestion.lecture.simple import Simple, scan_simple

ENTETE = Entete(1, ("a", "b", "c"), {}, {}, (), ())


def scan(tmp_path: Path, texte: str) -> Simple | None:
    chemin = tmp_path / "x.csv"
    chemin.write_bytes(texte.encode())
    return scan_simple(chemin, detect_encoding(chemin), ";", ENTETE)


@pytest.mark.parametrize(
    ("lignes", "attendu"),
    [
        ("1;2;3\n4;;6\n", Simple(2, False, False)),
        ("1;2;3\r\n4; 5;6\r\n", None),
        ("1;2;3\n4; 5;6", Simple(2, True, False)),
        ('"1";"2";"3"\n"4";"";"é"\n', Simple(2, False, True)),
        ('"1";"2;2";3\n4;5;"6;"', Simple(2, False, True)),
        ('"1";" 2";3\n', Simple(1, True, True)),
    ],
)
def test_a_simple_file_is_known_for_what_it_is(
    tmp_path: Path, lignes: str, attendu: Simple | None
) -> None:
    assert scan(tmp_path, f"a;b;c\n{lignes}") == attendu


@pytest.mark.parametrize(
    "lignes",
    [
        pytest.param("1;2\n", id="a field too few"),
        pytest.param("1;2;3;4\n1;2\n", id="counts that make up for each other"),
        pytest.param("1;2;3\n\n", id="blank line"),
        pytest.param(";2;3\n", id="empty first field"),
        pytest.param('"1";"2";"3"\n\n', id="blank line after quotes"),
        pytest.param('"";"2";"3"\n', id="empty first field in quotes"),
        pytest.param('" ";"2";"3"\n', id="blank first field in quotes"),
        pytest.param('"1";"2""2";"3"\n', id="quote in a field"),
        pytest.param('"1";"2\n2";"3"\n', id="newline in a field"),
        pytest.param('1;2"2";3\n', id="quotes in the middle"),
        pytest.param('1;"2"2;3\n', id="text after the quotes"),
        pytest.param('1;"2;3\n', id="quotes never closed"),
        pytest.param('1;"2;3\n4;5";6\n', id="quotes closed on another line"),
        pytest.param("1;2\x00;3\n", id="control character"),
    ],
)
def test_what_needs_care_gets_it(tmp_path: Path, lignes: str) -> None:
    assert scan(tmp_path, f"a;b;c\n{lignes}") is None
