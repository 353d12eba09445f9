"""Tables: French values, escaped text, light markup, rows pointed out in the right place."""

import re
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perequation.presentation import lexique
from perequation.presentation.tableaux import table

FRAME = pl.DataFrame(
    {
        "modalite": ["<b>x</b>", "LYCÉE B", None],
        "inscrits": [1334, 4, 7],
        "taux_reussite": [0.834, None, 1.0],
        "moyenne_generale": [Decimal("12.50"), None, Decimal("9.99")],
        "statut": ["SCOLAIRE", "APPRENTI", "autre"],
        "academie": ["A", "A", "<i>B</i>"],
    }
)
COLUMNS = ["modalite", "inscrits", "taux_reussite", "moyenne_generale", "statut"]


def shown(**options: object) -> str:
    return table(FRAME, COLUMNS, identifier="t", caption="Titre <i>", **options).html  # type: ignore[arg-type]


def cells(html: str) -> list[str]:
    return re.findall(r"<td[^>]*>(.*?)</td>", html)


def test_values_are_written_in_french_and_escaped() -> None:
    written = cells(shown())
    assert written[:5] == ["&lt;b&gt;x&lt;/b&gt;", "1\u00a0334", "83,4\u00a0%", "12,50", "Scolaire"]
    assert written[10:] == ["–", "7", "100,0\u00a0%", "9,99", "autre"]


def test_captions_groups_and_notes_are_escaped() -> None:
    html = shown(group="academie", note="<script>")
    assert "<caption>Titre &lt;i&gt;</caption>" in html
    assert "&lt;i&gt;B&lt;/i&gt;" in html
    assert "<i>" not in html
    assert "<script>" not in html


def test_a_group_says_what_its_name_is_of() -> None:
    groups = re.findall(r'<tr class="groupe"><th[^>]*>(.*?)</th>', shown(group="academie"))
    assert groups == ["Académie\u00a0: A", "Académie\u00a0: &lt;i&gt;B&lt;/i&gt;"]
    others = re.findall(r'<tr class="groupe"><th[^>]*>(.*?)</th>', shown(group="statut"))
    assert others == ["Scolaire", "Apprenti", "autre"]


def test_headings_say_what_the_lexicon_says() -> None:
    headings = re.findall(r'<th[^>]*scope="col"[^>]*>(.*?)</th>', shown())
    assert headings == [lexique.column(name).libelle for name in COLUMNS]


def test_numbers_are_at_the_right_and_the_style_is_not_repeated() -> None:
    html = shown()
    assert html.count('<td class="d">') == 9
    assert "<style" not in html
    assert "gt_" not in html
    assert len(html) < 1200


def test_marked_and_muted_rows_are_the_right_ones() -> None:
    html = shown(marked=pl.col("inscrits") == 4, muted=pl.col("inscrits") > 1000, group="academie")
    rows = dict(re.findall(r'<tr class="(marque|attenue)"><td>(.*?)</td>', html))
    assert rows == {"attenue": "&lt;b&gt;x&lt;/b&gt;", "marque": "LYCÉE B"}


def test_marks_follow_their_row_when_groups_are_not_side_by_side() -> None:
    frame = FRAME.with_columns(academie=pl.Series(["A", "B", "A"]))
    html = table(
        frame,
        COLUMNS,
        identifier="t",
        caption="T",
        group="academie",
        marked=pl.col("inscrits") == 4,
    ).html
    assert re.findall(r'<tr class="marque"><td>(.*?)</td>', html) == ["LYCÉE B"]
    assert html.count('<tr class="groupe">') == 2


def test_what_is_left_out_is_told() -> None:
    html = shown(limit=2)
    assert "2 lignes sur 3" in html
    assert "9,99" not in html


@settings(max_examples=25)
@given(sizes=st.lists(st.integers(1, 130), min_size=1, max_size=5))
def test_a_long_table_is_laid_out_in_slices_that_hold_every_row_once(sizes: list[int]) -> None:
    groups = [name for name, size in zip("ABCDE", sizes, strict=False) for _ in range(size)]
    frame = pl.DataFrame({"numero_candidat": range(len(groups)), "academie": groups})
    html = table(
        frame.cast(pl.String), ["numero_candidat"], identifier="t", caption="x", group="academie"
    ).html

    slices = html.split("<table>")[1:]
    read: list[tuple[str, str]] = []
    for piece in slices:
        for body in piece.split("<tbody>")[1:]:
            name = re.findall(r"colgroup\">Académie\u00a0: (.)", body)[0]
            read += [(name, cell) for cell in cells(body)]

    assert read == [(name, str(row)) for row, name in enumerate(groups)]
    if len(groups) <= 100:
        assert len(slices) == 1
        assert "<col " not in html
        return
    assert max(len(cells(piece)) for piece in slices) <= 80
    widths = {tuple(re.findall(r'<col style="width:([\d.]+)%">', piece)) for piece in slices}
    assert len(widths) == 1
    assert all(sum(map(float, width)) == pytest.approx(100, abs=0.1) for width in widths)
    assert html.count("(suite)") == len(slices) - 1


def test_an_empty_table_is_a_sentence() -> None:
    html = table(FRAME.clear(), COLUMNS, identifier="t", caption="T", empty="Rien du tout.").html
    assert "Rien du tout." in html
    assert "<table" not in html


def test_columns_the_frame_lacks_are_left_out() -> None:
    html = table(FRAME, ["inscrits", "inconnue"], identifier="t", caption="T").html
    assert html.count("<th") == 2  # <thead> and one heading


def test_the_same_table_has_the_same_bytes() -> None:
    assert shown(group="academie") == shown(group="academie")


def test_every_code_and_definition_has_its_words() -> None:
    for decision in ("ADMIS", "CONTROLE", "REFUSE", "ELIMINE", "INCOMPLET", "EN_COURS"):
        assert lexique.code_label(decision) != decision
    for words in lexique.DEFINITIONS.values():
        assert words.endswith(".")
