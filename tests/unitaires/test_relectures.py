"""A file read back alone has beside it every table of reference its relations read."""

import re

import pytest

from perequation.harmonisation.reunion import verification as meeting
from perequation.jury import verification as jury
from perequation.socle.couches import sql_files, upstream_of


@pytest.mark.parametrize(
    ("relation", "given"),
    [
        ("staging.decision_jury", jury._PUBLIEES),
        ("staging.decision_harmonisation", meeting._REFERENCE),
    ],
)
def test_what_a_relation_reads_of_the_reference_is_there(
    relation: str, given: tuple[str, ...]
) -> None:
    built = upstream_of([relation]) - set(given)
    read = {name for each in built for name in re.findall(r"reference\.\w+", sql_files()[each])}
    assert read
    assert read <= set(given)
