"""What a unit of harmonisation is called in words."""

from collections.abc import Mapping

import polars as pl

from perequation.socle.schema import TYPES_UNITE

# A lot or a marker is often a bare number: it is told with what it is.
_NOMMES = {"lot": "lot", "correcteur": TYPES_UNITE["correcteur"][0]}


def label_unit(type_unite: str, unite: str) -> str:
    """Return the label of a unit that has no name of its own: ``"correcteur 12"``.

    Parameters
    ----------
    type_unite
        One of `schema.TYPES_UNITE`.
    unite
        Its code; one that already says what it is (« Lot 3 ») is left as it is.
    """
    word = _NOMMES.get(type_unite)
    if word is None or unite == "*" or unite.lower().startswith(word):
        return unite
    return f"{word} {unite}"


def labels(frame: pl.DataFrame, noms: Mapping[str, str]) -> pl.Series:
    """Return the label of each row's unit (columns type_unite and unite).

    Parameters
    ----------
    noms
        Names of establishments by UAI, as they are to be written.
    """
    lignes = frame.select("type_unite", "unite").iter_rows()
    return pl.Series(
        "unite",
        [
            None
            if unite is None
            else noms.get(unite, unite)
            if type_unite == "etablissement"
            else label_unit(type_unite, unite)
            for type_unite, unite in lignes
        ],
        dtype=pl.String,
    )
