"""Whatever data holds appears as text, in every piece of a page."""

import pytest

from perequation.presentation import textes

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "**gras** [lien](javascript:x)",
    "&lt;b&gt;",
    "{nom}",
    "nom\x00\x1bcoupé",
    "\u202eesrevni",
    "A" * 200,
]


def pieces(value: str) -> list[textes.Fragment]:
    return [
        textes.paragraph("Candidat {x}", x=value),
        textes.heading("{x}", x=value),
        textes.bullets([value]),
        textes.key_figures([(value, value, value)]),
        textes.definitions([(value, value)]),
        textes.box("avertissement", textes.fill("{x}", x=value)),
    ]


@pytest.mark.parametrize("value", HOSTILE)
def test_values_never_become_markup(value: str) -> None:
    for piece in pieces(value):
        assert "<script" not in piece.html
        assert "<img" not in piece.html
        assert "\x00" not in piece.html
        assert "\x1b" not in piece.html


def test_direction_marks_are_kept_in_a_box_of_their_own() -> None:
    assert textes.escape("\u202eABC") == "<bdi>\u202eABC</bdi>"


def test_a_fragment_is_not_escaped_twice() -> None:
    inner = textes.fill("<em>{x}</em>", x="a<b")
    assert textes.paragraph("{x}", x=inner).html == "<p><em>a&lt;b</em></p>"


def test_the_plain_twin_is_short_and_without_tags() -> None:
    shown = repr(textes.paragraph("<strong>{x}</strong>", x="mot " * 200))
    assert "<" not in shown
    assert len(shown) <= 120


def test_a_notice_says_its_tone_in_words() -> None:
    assert "Attention" in textes.box("avertissement", textes.paragraph("x")).html


def test_nothing_is_a_dash() -> None:
    assert textes.fill("{x}", x=None).html == "–"
