"""What publishing again would tell: two publications of a session differ by a few candidates.

Between two publications, one mark is corrected: every figure it enters moves, and whoever kept the
first reads the correction from the difference.
"""

from collections import Counter
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from perequation.resultats.mesures import CLE, memberships, read_candidates
from perequation.socle.dossier import Dossier
from perequation.socle.entrepot import (
    columns_of,
    has_relation,
    is_readable,
    open_read_only,
    read_relation,
)

# Nobody knows how far a corrected value moves.
_FAR = 1000
_FIGURE = ["mesure", "epreuve", "mode", "maille", "modalite"]
_SCHEMA: dict[str, type[pl.DataType]] = {
    "specialite": pl.String,
    **dict.fromkeys(_FIGURE, pl.String),
    "changes": pl.Int64,
}
# Who is behind each figure of a session and spécialité, and what is hidden (None: not known).
_Publication = tuple[pl.DataFrame, pl.DataFrame | None]


def list_revealing(dossier: Dossier, minimum: int) -> pl.DataFrame:
    """List the figures whose change since the earlier publication would tell of a few candidates.

    Parameters
    ----------
    dossier
        A session folder whose results are published.
    minimum
        Candidates under which nothing may be worked out.

    Returns
    -------
    polars.DataFrame
        specialite, mesure, epreuve, mode, maille, modalite, changes (candidates whose value or
        group differs): shown both before and now, and telling of fewer than `minimum`, alone or
        together. No row when nothing was given before.

    Notes
    -----
    Compared with what was last given outside the office: results that nobody received are not
    subtracted from anything. Of versions that kept no trace of what they gave, the results before
    these.
    """
    before = given_before(dossier)
    if before is None or not is_readable(dossier.entrepot):
        return pl.DataFrame(schema=_SCHEMA)
    old, new = _read(before), _read(dossier.entrepot)
    every = [
        _compare(old[key], new[key], minimum).with_columns(specialite=pl.lit(key[1]))
        for key in sorted(old.keys() & new.keys())
    ]
    listed = pl.concat([pl.DataFrame(schema=_SCHEMA), *(rows.select(*_SCHEMA) for rows in every)])
    return listed.sort(list(_SCHEMA))


def given_before(dossier: Dossier) -> Path | None:
    """Return the results that documents outside the office may have shown; None when none left."""
    if dossier.diffuse.is_file():
        return dossier.diffuse if is_readable(dossier.diffuse) else None
    if not is_readable(dossier.precedent):
        return None
    with open_read_only(dossier.precedent) as con:
        keeps_trace = has_relation(con, "marts.masquage")
    return None if keeps_trace else dossier.precedent


def _read(entrepot: Path) -> dict[Any, _Publication]:
    with open_read_only(entrepot) as con:
        resultats = read_candidates(partial(read_relation, con))
        notes = read_relation(con, "marts.note_retenue")
        # A publication older than the decision may have shown anything.
        decided = columns_of(con, "marts.masquage")
        masquage = read_relation(con, "marts.masquage") if decided else None
    found: dict[Any, _Publication] = {}
    for key, candidats in resultats.group_by(*CLE):
        same = (pl.col("session") == key[0]) & (pl.col("specialite") == key[1])
        hidden = None if masquage is None else masquage.filter(same, "est_masque")
        found[key] = memberships(candidats, notes.filter(same)), hidden
    return found


def _compare(old: _Publication, new: _Publication, minimum: int) -> pl.DataFrame:
    """Count who changed behind each figure shown twice; keep those that tell of a few."""
    keys = [*_FIGURE, "numero_candidat"]
    both = old[0].join(new[0], on=keys, how="full", coalesce=True, suffix="_nouvelle")
    moved = both.filter(pl.col("valeur").ne_missing(pl.col("valeur_nouvelle"))).with_columns(
        unite=pl.coalesce("unite", "unite_nouvelle")
    )
    for hidden in (old[1], new[1]):
        if hidden is not None:
            moved = moved.join(hidden, on=_FIGURE, how="anti")
    rows = moved.group_by(_FIGURE).agg(changes=pl.len().cast(pl.Int64))
    told = [
        rows.join(list_telling(some, minimum), on=_FIGURE, how="semi")
        for _, some in moved.group_by("mesure", "epreuve", maintain_order=True)
    ]
    return pl.concat([rows.clear(), *told])


def list_telling(moved: pl.DataFrame, minimum: int) -> pl.DataFrame:
    """List the figures of one quantity whose differences tell of a few who changed.

    Parameters
    ----------
    moved
        mode, maille, modalite, numero_candidat, unite: who changed behind each figure shown twice.
    minimum
        Candidates under which nothing may be worked out.

    Returns
    -------
    polars.DataFrame
        mesure, epreuve, mode, maille, modalite of the figures that tell, alone, by subtraction, or
        to one or two establishments that know what changed for theirs.
    """
    # Scipy's optimisers: reports ask this module for nothing that needs them.
    from perequation.resultats.attaque import Attaque
    from perequation.resultats.groupes import PERSONNE, Famille
    from perequation.resultats.moves import bits

    figures = moved.select(_FIGURE).unique().sort(_FIGURE).with_row_index("figure")
    placed = moved.join(figures, on=_FIGURE)
    people = placed.group_by("numero_candidat").agg(
        pl.col("figure").unique().sort(), pl.col("unite").first()
    )
    atoms = people.group_by("unite", "figure").agg(n=pl.len()).sort("unite", "figure")
    tables = figures.select(pl.struct("mode", "maille").rank("dense")).to_series().to_numpy()
    n = atoms["n"].to_numpy().astype(float)
    units = atoms["unite"].rank("dense").cast(pl.Int64) - 1
    famille = Famille(
        places=_places(atoms["figure"].to_list(), tables),
        effectif=n,
        # How far a value moves isn't known: as good as without bounds.
        somme=n * _FAR,
        unite=units.fill_null(PERSONNE).to_numpy(),
        table=tables,
        valeur=np.zeros(figures.height),
        plafond=2 * _FAR,
        marge=1,
        minimum=minimum,
        trop_peu=np.zeros(figures.height, dtype=bool),
    )
    proofs = Attaque(famille).proofs(bits(range(figures.height)))
    telling = [figure for proof in proofs for figure in proof]
    # Figures of the same candidates change by as much.
    alike = np.isin(famille.twins, famille.twins[telling])
    return figures.filter(pl.Series(alike, dtype=pl.Boolean)).drop("figure")


def _places(figures: list[list[int]], tables: Any) -> Any:
    """Place each atom's figures, those of one table in several rows when its candidates moved."""
    rows: dict[tuple[int, int], int] = {}
    found: list[tuple[int, int, int]] = []
    for k, inside in enumerate(figures):
        met: Counter[int] = Counter()
        for figure in inside:
            table = int(tables[figure])
            row = rows.setdefault((table, met[table]), len(rows))
            met[table] += 1
            found.append((row, k, figure))
    places = np.full((len(rows), len(figures)), -1)
    row, atom, figure = np.array(found, dtype=int).reshape(-1, 3).T
    places[row, atom] = figure
    return places
