"""Charts: a sentence each, French titles and numbers, no data beyond what is drawn."""

import re
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perequation.harmonisation import frame_heaping
from perequation.harmonisation.figures import figures
from perequation.harmonisation.rapport import graphiques as graphiques_ecarts
from perequation.harmonisation.rapport import graphiques_session
from perequation.presentation import graphiques, theme
from perequation.presentation.dessins import dot_strip

pytestmark = pytest.mark.lourd

RATES = pl.DataFrame(
    {
        "modalite": ["A", "B"],
        "inscrits": [10, 12],
        "presents": [9, 12],
        "admis": [6, 11],
        "taux_reussite": [0.67, 0.92],
        "taux_bas": [0.4, 0.7],
        "taux_haut": [0.8, 0.99],
        "numero_candidat": ["01", "02"],
    }
)
EPREUVES = pl.DataFrame(
    {
        "epreuve": ["E1", "E2"],
        "titre": ["a", "b"],
        "n": [9, 8],
        "moyenne": [10.1, 11.2],
        "ecart_type": [2.0, 3.0],
        "mediane": [10.0, 11.0],
        "q1": [8.0, 9.0],
        "q3": [12.0, 13.0],
        "part_sup_10": [0.5, 0.6],
        "mode": ["CCF", "Ponctuel"],
    }
)
GAPS = pl.DataFrame(
    {
        "unite": ["A", "B", "C"],
        "n": [12, 30, 8],
        "n_ancre": [12, 30, 8],
        "ecart_ajuste": [1.0, -0.2, 0.3],
        "ecart_retenu": [0.8, -0.1, 0.1],
        "erreur_type": [0.4, 0.3, 0.6],
        "ic_bas": [0.1, -0.5, -0.6],
        "ic_haut": [1.5, 0.3, 0.8],
        "signal": ["signale", "aucun", "indisponible"],
        "alerte_ecart": [0.5] * 3,
        "ecart_ancres": [0.1, 0.2, -0.4],
        "ecart_brut_ancre": [1.1, 0.0, -0.1],
        "lambda_ancres": [0.9] * 3,
        "ecart_type_residuel": [2.0] * 3,
        "effet_commission": [1.0] * 3,
        "nb_candidats": [50] * 3,
    }
)
NOTES = pl.DataFrame(
    {
        "unite": ["A"] * 21 + ["B"] * 21,
        "demi_point": [float(x) for x in range(21)] * 2,
        "n": [20] * 42,
    }
)

CHARTS: dict[str, Callable[[], Any]] = {
    "taux": lambda: graphiques.rates(RATES, "statut"),
    "moyennes": lambda: graphiques.marks_histogram(
        pl.DataFrame({"tranche": [8.0, 10.0], "n": [3, 4]}), axis="Moyenne"
    ),
    "epreuves": lambda: graphiques.epreuve_spread(EPREUVES),
    "modes": lambda: graphiques.modes_compared(EPREUVES),
    "entonnoir": lambda: graphiques_ecarts.funnel(*figures.frame_funnel(GAPS)),
    "ecarts": lambda: graphiques_ecarts.overview(GAPS),
    "chenille": lambda: graphiques_ecarts.caterpillar(figures.frame_caterpillar(GAPS)),
    "ancres": lambda: graphiques_ecarts.against_anchors(figures.frame_anchors(GAPS)),
    "repartition": lambda: graphiques_ecarts.distribution(
        figures.frame_distribution(NOTES, "A"), "A"
    ),
    "accumulation": lambda: graphiques_session.heaping(frame_heaping(NOTES)),
}


@pytest.fixture(autouse=True)
def _theme() -> None:
    theme.activate()


def spec_of(name: str) -> dict[str, Any]:
    return CHARTS[name]().to_dict()


def titles(node: object) -> list[str]:
    if isinstance(node, dict):
        own = [node["title"]] if isinstance(node.get("title"), str) else []
        return own + [title for value in node.values() for title in titles(value)]
    if isinstance(node, list):
        return [title for value in node for title in titles(value)]
    return []


@pytest.mark.parametrize("name", CHARTS)
def test_a_chart_says_what_it_shows_and_carries_french_numbers(name: str) -> None:
    spec = spec_of(name)
    assert spec["description"].endswith(".")
    assert spec["config"]["locale"]["number"]["decimal"] == ","
    assert spec["config"]["locale"]["time"]["months"][0] == "janvier"


@pytest.mark.parametrize("name", CHARTS)
def test_every_encoding_has_a_french_title(name: str) -> None:
    def encodings(node: object) -> list[tuple[str, dict[str, Any]]]:
        if isinstance(node, dict):
            found = list(node.get("encoding", {}).items())
            return found + [pair for value in node.values() for pair in encodings(value)]
        return [p for v in node for p in encodings(v)] if isinstance(node, list) else []

    seen = titles(spec_of(name)["layer"] if "layer" in spec_of(name) else spec_of(name))
    assert seen
    for title in seen:
        assert "_" not in title
        assert not {"count", "value", "of", "the", "mean"} & set(title.lower().split())
    for channel, encoding in encodings(spec_of(name)):
        if channel == "tooltip":
            assert all(entry.get("title") for entry in encoding)


@pytest.mark.parametrize("name", CHARTS)
def test_the_renderer_gives_vega_lite_alone(name: str) -> None:
    bundle = CHARTS[name]()._repr_mimebundle_()
    assert set(bundle) == {theme.MIME}


def test_only_drawn_columns_reach_the_page() -> None:
    for rows in spec_of("taux")["datasets"].values():
        for row in rows:
            assert "numero_candidat" not in row


def test_no_name_is_written_over_another_whatever_the_width() -> None:
    """Several points at one height, or nearly: each name has a line, within the drawing."""
    near = pl.DataFrame(
        {
            "unite": [f"LYCÉE {i}" for i in range(8)],
            "n": range(10, 18),
            "ecart_retenu": [0.9, 0.9, 0.91, -0.9, -0.9, -0.92, 0.9, -1.4],
            "ic_bas": -2.0,
            "ic_haut": 2.0,
            "signal": ["signale", "a_surveiller"] * 4,
            "alerte_ecart": 0.5,
        }
    )
    spec: dict[str, Any] = graphiques_ecarts.overview(near).to_dict()
    low, high = next(
        layer["encoding"]["y"]["scale"]["domain"]
        for layer in spec["layer"]
        if "scale" in layer.get("encoding", {}).get("y", {})
    )
    names = {
        row["unite"]: row["etiquette"]
        for rows in spec["datasets"].values()
        for row in rows
        if "etiquette" in row and "unite" in row
    }
    places = sorted(names.values())
    line = (high - low) * 12 / spec["height"]
    assert set(names) == set(near["unite"])
    assert all(b - a >= line for a, b in pairwise(places))
    assert low < places[0] < places[-1] < high


@given(st.lists(st.floats(-3, 3), min_size=1, max_size=12).map(sorted), st.floats(0.01, 0.4))
@settings(max_examples=60, deadline=None)
def test_heights_spread_apart_are_apart_and_as_near_as_can_be(
    heights: list[float], step: float
) -> None:
    places = figures.spread_apart(heights, step, -5, 5)
    assert all(b - a >= step - 1e-9 for a, b in pairwise(places))
    assert places == pytest.approx(figures.spread_apart(places, step, -5, 5))
    if all(b - a >= step for a, b in pairwise(heights)):
        assert places == pytest.approx(heights)
    # Pooled, they move as much one way as the other.
    assert sum(places) == pytest.approx(sum(heights))
    assert figures.spread_apart(heights, step, 4, 4 + step * len(heights))[0] >= 4


@pytest.mark.parametrize(
    "marks",
    [(10.2, 12.1), (12.1, 10.2), (10.0, 10.0), (0.4, 1.2), (19.1, 19.8), (0.0, 20.0), (3.0, 17.0)],
)
def test_what_names_a_place_is_above_the_dots_and_inside_the_drawing(
    marks: tuple[float, float],
) -> None:
    named: dict[str, float] = {"observé": marks[0], "attendu": marks[1]}
    svg = dot_strip({float(x) / 2: 1 + x % 9 for x in range(41)}, named, "x").html
    dots = [float(y) for y in re.findall(r'cy="([\d.]+)"', svg)]
    texts = re.findall(
        r'<text x="([-\d.]+)" y="([\d.]+)" text-anchor="(start|end)"[^>]*>(\w+ [\d,]+)', svg
    )
    assert len(texts) == 2
    boxes: list[tuple[float, float, float]] = []
    for x, y, anchor, text in texts:
        # At 15 pixels a letter (a telephone), each is some nine wide.
        wide = 9 * len(text)
        left = float(x) - wide if anchor == "end" else float(x)
        assert left >= 0
        assert left + wide <= 560
        assert float(y) + 3 < min(dots) - 2.4
        boxes.append((left, left + wide, float(y)))
    (a, b, y), (c, d, z) = boxes
    assert b <= c or d <= a or abs(y - z) >= 15


def test_colour_is_never_alone() -> None:
    channels = graphiques_ecarts.funnel(*figures.frame_funnel(GAPS)).to_dict()
    marks = [layer["encoding"] for layer in channels["layer"] if "color" in layer["encoding"]]
    assert marks
    assert all("shape" in encoding for encoding in marks)


@pytest.mark.parametrize("name", CHARTS)
def test_charts_draw(name: str) -> None:
    import vl_convert

    svg = vl_convert.vegalite_to_svg(spec_of(name), vl_version="6.4")
    assert svg.startswith("<svg")
    assert "NaN" not in svg
    assert "undefined" not in svg
