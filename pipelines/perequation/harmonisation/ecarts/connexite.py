"""Step 8. Which units can be compared at all: connected components through shared anchors."""

import numpy as np
import polars as pl

from perequation.harmonisation.ecarts.trames import CLE


def find_components(liens: pl.DataFrame) -> pl.DataFrame:
    """Return the component each unit belongs to, within its analysis.

    The graph joins candidates to the (épreuve, unit) pairs that marked them. Candidates of one
    unit are joined by it, so the graph is contracted to units on one side and anchors (with
    their commission when known) on the other: same components, far fewer nodes.

    Parameters
    ----------
    liens
        One row per `CLE`, unite, ancre and commission_ancre.

    Returns
    -------
    pl.DataFrame
        `CLE`, unite, composante (from 0, by decreasing number of candidate-anchor marks).

    Notes
    -----
    ``scipy.sparse.csgraph.connected_components``.
    """
    schema = {colonne: liens.schema[colonne] for colonne in [*CLE, "unite"]}
    if liens.is_empty():
        return pl.DataFrame(schema=schema | {"composante": pl.UInt32()})
    noeuds = liens.with_columns(
        # Keys of different analyses never meet: the analysis is part of both node names.
        origine=pl.struct(*CLE, "unite").rank("dense") - 1,
        arrivee=pl.struct(*CLE, "ancre", "commission_ancre").rank("dense") - 1,
    )
    labels = _label_units(noeuds["origine"].to_numpy(), noeuds["arrivee"].to_numpy())
    parts = (
        noeuds.with_columns(marque=pl.Series(labels))
        .group_by([*CLE, "marque"])
        .agg(pl.col("n").sum(), pl.col("unite").unique(), premiere=pl.col("unite").min())
        .sort([*CLE, "n", "premiere"], descending=[False] * len(CLE) + [True, False])
        .with_columns(composante=pl.col("marque").cum_count().over(CLE) - 1)
    )
    return parts.explode("unite").select(*CLE, "unite", "composante")


def _label_units(origine: np.ndarray, arrivee: np.ndarray) -> np.ndarray:
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    nb_unites, nb_ancres = int(origine.max()) + 1, int(arrivee.max()) + 1
    taille = nb_unites + nb_ancres
    graphe = coo_array(
        (np.ones(len(origine), dtype=np.int8), (origine, nb_unites + arrivee)),
        shape=(taille, taille),
    )
    _, labels = connected_components(graphe.tocsr(), directed=False)
    return np.asarray(labels)[origine]
