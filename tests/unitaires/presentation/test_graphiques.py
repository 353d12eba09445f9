"""Charts: a sentence each, French titles and numbers, no data beyond what is drawn."""

from collections.abc import Callable
from typing import Any

import polars as pl
import pytest

from perequation.harmonisation import frame_heaping
from perequation.harmonisation.figures import figures
from perequation.harmonisation.rapport import graphiques as graphiques_ecarts
from perequation.harmonisation.rapport import graphiques_session
from perequation.presentation import graphiques, theme

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
