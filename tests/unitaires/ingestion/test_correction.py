"""Records taken out of a text file, the rest as it was."""

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perequation.ingestion.correction import without_lines
from perequation.ingestion.profils import SEPARATEURS

pytestmark = pytest.mark.entier

_CELLS = st.text(st.characters(codec="latin-1", exclude_characters="\r\x00"), max_size=8)


@settings(max_examples=60)
@given(
    rows=st.lists(st.lists(_CELLS, min_size=3, max_size=3), min_size=1, max_size=6),
    out=st.sets(st.integers(0, 5)),
    ending=st.sampled_from(["\r\n", "\n"]),
    separator=st.sampled_from(list(SEPARATEURS)),
)
def test_the_records_taken_out_are_those_alone(
    rows: list[list[str]], out: set[int], ending: str, separator: str
) -> None:
    """A record may go over several lines, and hold any sign; its first line tells it."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=separator, quoting=csv.QUOTE_ALL, lineterminator=ending)
    writer.writerow(["a", "b", "c"])
    begins: list[int] = []
    for row in rows:
        begins.append(buffer.getvalue().count("\n") + 1)
        writer.writerow(row)
    taken = {begins[place] for place in out if place < len(rows)}
    left = without_lines(buffer.getvalue().encode("latin-1"), taken, separator).decode("latin-1")
    expected = [["a", "b", "c"], *(r for b, r in zip(begins, rows, strict=True) if b not in taken)]
    assert list(csv.reader(io.StringIO(left, newline=""), delimiter=separator)) == expected


@pytest.mark.parametrize("content", [b"PK\x03\x04\x00\x00", "a;b\n1;2\n".encode("utf-16")])
def test_what_is_no_text_is_not_rewritten(content: bytes) -> None:
    with pytest.raises(csv.Error):
        without_lines(content, {2}, ";")


def test_a_preamble_hides_no_separator() -> None:
    """The separator is the one the import found, not the one a first line would suggest."""
    text = 'Jury, session 2023, Toulouse\na;b\n1;"x\ny"\n2;z\n'
    assert without_lines(text.encode(), {3}, ";").decode() == (
        "Jury, session 2023, Toulouse\na;b\n2;z\n"
    )
