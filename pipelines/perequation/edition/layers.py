"""Charts made of charts, which altair copies whole twice each time one is made or copied.

It does so for the parameters (selections) that it moves up from them, and ours have none.
"""

from collections.abc import Sequence
from typing import Any


def share_layers() -> None:
    """Have charts without parameters keep the very charts they are made of, in this process.

    For a process made for one report of ours: what it draws is the same, and no chart of ours is
    changed once it is part of another.
    """
    from altair import Undefined
    from altair.vegalite.v6 import api

    library: dict[str, Any] = api.__dict__
    without_twice = library["_remove_duplicate_params"]
    combined = library["_combine_subchart_params"]

    def is_plain(chart: Any) -> bool:
        own = all(getattr(chart, name, Undefined) is Undefined for name in ("params", "name"))
        return own and all(map(is_plain, getattr(chart, "layer", ())))

    def without_duplicates(layers: Sequence[Any]) -> Sequence[Any]:
        return layers if all(map(is_plain, layers)) else without_twice(layers)

    def combine(params: Any, charts: Sequence[Any]) -> tuple[Any, Sequence[Any]]:
        plain = params is Undefined and all(map(is_plain, charts))
        return (Undefined, charts) if plain else combined(params, charts)

    library["_remove_duplicate_params"] = without_duplicates
    library["_combine_subchart_params"] = combine
