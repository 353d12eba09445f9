"""The look of charts: colours that survive colour blindness and print, French numbers."""

from functools import cache
from importlib.resources import files
from typing import Any

from perequation.presentation.textes import Fragment

# Okabe and Ito (2008).
BLUE = "#0072B2"
SKY = "#56B4E9"
ORANGE = "#E69F00"
VERMILION = "#D55E00"
PURPLE = "#CC79A7"
GREEN = "#009E73"
INK = "#1F2933"
GREY = "#7B8794"
LIGHT = "#CBD2D9"

# An A4 page with 12 mm margins is about 700 CSS pixels wide.
WIDTH = 690

MIME = "application/vnd.vegalite.v6+json"
_FONT = "Marianne, 'Segoe UI', 'Liberation Sans', Arial, sans-serif"


@cache
def chart_config() -> dict[str, Any]:
    """Return the Vega-Lite configuration shared by every chart."""
    import vl_convert

    axis = {
        "labelFont": _FONT,
        "titleFont": _FONT,
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "labelColor": INK,
        "titleColor": INK,
        "gridColor": "#E4E7EB",
        "domainColor": GREY,
        "tickColor": GREY,
        "labelLimit": 300,
        "labelSeparation": 4,
    }
    return {
        "locale": {
            "number": vl_convert.get_format_locale("fr-FR") | {"percent": "\u00a0%"},
            "time": vl_convert.get_time_format_locale("fr-FR"),
        },
        "font": _FONT,
        "background": "white",
        "view": {"stroke": None},
        "axis": axis,
        "axisY": {"grid": False},
        "legend": {
            "labelFont": _FONT,
            "titleFont": _FONT,
            "labelFontSize": 12,
            "titleFontSize": 12,
            "titleFontWeight": "normal",
            "orient": "top",
            "labelLimit": 300,
            "symbolSize": 90,
        },
        "title": {"font": _FONT, "fontSize": 14, "anchor": "start", "color": INK},
        "range": {"category": [BLUE, ORANGE, SKY, VERMILION, PURPLE, GREEN]},
        "autosize": {"type": "fit", "contains": "padding"},
    }


def activate(*, landscape: bool = False, wide: bool = False) -> Fragment:
    """Turn on the theme and the renderer `perequation`; return the style of tables and notices.

    With `wide`, the report takes the width of a screen; with `landscape`, it also prints on A4
    landscape.

    The renderer gives the chart as Vega-Lite alone: the page draws it, or the drawing is made once
    at export, and nothing is fetched.
    """
    import altair as alt

    alt.theme.register("perequation", enable=True)(_theme)
    alt.renderers.register("perequation", lambda spec: {MIME: spec})  # pyright: ignore
    alt.renderers.enable("perequation")
    alt.data_transformers.disable_max_rows()
    page = "@page { size: A4 landscape; }" if landscape else ""
    width = "body { max-width: 80rem; }" if wide or landscape else ""
    return Fragment(f"<style>{style()}{page}{width}</style>")


def style() -> str:
    """Return the style sheet of what this package displays."""
    return files("perequation.presentation").joinpath("style.css").read_text("utf-8")


def _theme() -> Any:
    import altair as alt

    return alt.theme.ThemeConfig(config=chart_config())  # pyright: ignore
