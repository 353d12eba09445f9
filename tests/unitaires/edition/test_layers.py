"""Charts that share the charts they are made of are drawn as those that copy them."""

from collections.abc import Callable
from typing import Any

import altair as alt
import pytest
from altair.vegalite.v6 import api

from perequation.edition.layers import share_layers


def _points(**properties: Any) -> alt.Chart:
    data = alt.InlineData([{"x": 1, "y": 2}])
    return alt.Chart(data).mark_point().encode(x="x:Q", y="y:N").properties(**properties)


def _picked() -> alt.Chart:
    return _points().add_params(alt.selection_point(name="choix", fields=["x"]))


def _facets() -> Any:
    part: Any = _points()
    return alt.layer(part, part.mark_rule()).facet("y:N")


MADE: dict[str, Callable[[], Any]] = {
    "layers": lambda: _points() + _points().mark_rule(),
    "titled": lambda: (_points(width=90) + _points(width=90)).properties(title="Titre"),
    "thrice": lambda: (_points() + _points()) + (_points() + _points()),
    "side by side": lambda: (_points() + _points()) | _points(),
    "one above another": lambda: alt.vconcat(_points() + _points(), _points() + _points()),
    "facets": _facets,
    "named": lambda: (_points(name="un") + _points()) | (_points(name="un") + _points()),
    "picked": lambda: _picked() + _points(),
    "picked, side by side": lambda: (_picked() + _points()) | _picked(),
}


@pytest.mark.filterwarnings("ignore:Automatically deduplicated")
@pytest.mark.parametrize("name", MADE)
def test_the_drawing_is_the_same(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    theirs = MADE[name]().to_dict()
    for function in ("_remove_duplicate_params", "_combine_subchart_params"):
        monkeypatch.setattr(api, function, getattr(api, function))
    share_layers()
    assert MADE[name]().to_dict() == theirs


def test_parts_without_parameters_are_kept_and_left_as_they_were(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for function in ("_remove_duplicate_params", "_combine_subchart_params"):
        monkeypatch.setattr(api, function, getattr(api, function))
    share_layers()
    part = alt.Chart().mark_rule().encode(x="x:Q")
    before = part.to_dict()
    whole = alt.layer(part, alt.Chart().mark_point(), data=alt.InlineData([{"x": 1}]))
    assert whole.layer[0] is part
    whole.properties(title="Titre", width=50).to_dict()
    assert part.to_dict() == before
