"""What a page keeps of a chart: all of its data and its look, each written once."""

import copy
import json
import re
from typing import Any

from perequation.edition.graphique import SHARED, Figures
from perequation.edition.page import set_in_french

LIGNES = [{"nom": "A", "n": 1}, {"nom": "</script>", "n": None}]


def spec(**changes: Any) -> dict[str, Any]:
    encodage = {"x": {"field": "n", "title": "Nombre"}}
    whole = {"config": {"font": "Arial"}, "data": {"name": "d"}, "encoding": encodage}
    return whole | {"datasets": {"d": copy.deepcopy(LIGNES)}} | changes


def embedded(page: str) -> dict[str, Any]:
    texts = re.findall(r'<script type="application/json">(.*?)</script>', page)
    assert len(texts) == 1
    return json.loads(texts[0])


def test_the_look_of_the_charts_is_written_once_and_another_is_kept() -> None:
    figures, other = Figures(), {"font": "Times"}

    first, second, third, bare = (
        embedded(figures.add(s)) for s in (spec(), spec(), spec(config=other), {"datasets": {}})
    )

    assert figures.theme == {"font": "Arial"}
    assert [first["config"], second["config"], third["config"]] == [SHARED, SHARED, other]
    assert "config" not in bare


def test_the_names_of_columns_are_written_once() -> None:
    given = spec()

    kept = embedded(Figures().add(given))

    assert kept["datasets"]["d"] == {
        "champs": ["nom", "n"],
        "lignes": [["A", 1], ["</script>", None]],
    }
    assert given == spec()


def test_rows_of_other_shapes_stay_as_they_are() -> None:
    for rows in ([], [1, 2], [{"a": 1}, {"b": 2}], [{"a": 1, "b": 2}, {"b": 2, "a": 1}]):
        kept = embedded(Figures().add(spec(datasets={"autre": rows})))
        assert kept["datasets"]["autre"] == rows


def test_apostrophes_are_curled_in_texts_and_nowhere_else() -> None:
    page = (
        "<p title=\"l'été\">d'Aix &#x27;x&#x27; l&#x27;or 5'3</p><script>a='b';c'd</script>"
        "<code>l'or</code>"
    )
    assert set_in_french(page) == (
        "<p title=\"l'été\">d’Aix &#x27;x&#x27; l’or 5'3</p><script>a='b';c'd</script>"
        "<code>l'or</code>"
    )
