"""What is published about which group: every figure of every document, family by family.

Sums of one quantity over all its groups (`perequation.resultats.mesures`) are decided together.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from polars.dataframe.group_by import GroupBy

from perequation.resultats.mesures import (
    CLE,
    ENSEMBLE,
    GROUPES_D_EPREUVE,
    PROFILS,
    Mesure,
    Notes,
    count_admis,
    sum_averages,
    sum_marks,
)

if TYPE_CHECKING:
    from perequation.resultats.groupes import Famille
    from perequation.resultats.suppression import Suppression

# Spread and quantiles tell nearly every mark of fewer.
EFFECTIF_DISPERSION = 10
# Of marks nearer to one another, what is printed has one solution.
DISPERSION_MINIMALE = 1.0
PEU_DISPERSE = "peu_disperse"

SCHEMA: dict[str, type[pl.DataType]] = {
    "session": pl.Int32,
    "specialite": pl.String,
    "mesure": pl.String,
    "epreuve": pl.String,
    "mode": pl.String,
    "maille": pl.String,
    "modalite": pl.String,
    "n": pl.Int64,
    "est_masque": pl.Boolean,
    "raison": pl.String,
    "effectif_minimal": pl.Int64,
}
_PLACE = ["mode", "maille", "modalite"]
# One candidate's largest value, and how far a sum stays from none and from all: two candidates for
# a count; five points for marks, which nearly all 20 or nearly all 0 would else tell; as much,
# around ten, for their squares.
BORNES = {
    "admis": (1, 2),
    "part_sup_10": (1, 2),
    "moyenne": (2000, 500),
    "dispersion": (2000**2, 100 * 100**2),
}


def decide_masking(resultats: pl.DataFrame, notes: pl.DataFrame, minimum: int) -> pl.DataFrame:
    """Decide once, for all documents of a session, which figures of which groups are hidden.

    Parameters
    ----------
    resultats
        `marts.resultat_candidat`.
    notes
        `marts.note_retenue`.
    minimum
        Candidates under which nothing may be worked out.

    Returns
    -------
    polars.DataFrame
        One row per session, spécialité, mesure, épreuve, mode, maille and modalité that documents
        print: n, est_masque, raison (null when it is shown).
    """
    parts = [pl.DataFrame(schema=SCHEMA)]
    for cle, candidats in resultats.group_by(*CLE, maintain_order=True):
        siennes = notes.filter(pl.col("session") == cle[0], pl.col("specialite") == cle[1])
        every = _decide(candidats, siennes, minimum)
        parts += [
            part.with_columns(
                session=pl.lit(cle[0], pl.Int32),
                specialite=pl.lit(cle[1], pl.String),
                effectif_minimal=pl.lit(minimum, pl.Int64),
            ).select(pl.col(name).cast(kind) for name, kind in SCHEMA.items())
            for part in every
        ]
    return pl.concat(parts).sort(list(SCHEMA))


def _decide(resultats: pl.DataFrame, notes: pl.DataFrame, minimum: int) -> Iterator[pl.DataFrame]:
    """Yield the decision about each quantity of one session and spécialité."""
    yield _hide(count_admis(resultats), minimum)
    for marks in (sum_averages(resultats), *sum_marks(resultats, notes)):
        yield from _decide_marks(marks, minimum)


def _decide_marks(marks: Notes, minimum: int) -> Iterator[pl.DataFrame]:
    """Yield the decision about means, then shares and spreads: never shown where the mean isn't."""
    means = _hide(marks.moyenne, minimum)
    yield means
    hidden = means.filter("est_masque")
    if marks.part is not None:
        yield _hide(marks.part, minimum, hidden)
    alike = _alike(marks.dispersion).join(hidden, on=_PLACE, how="anti")
    already = pl.concat([hidden.select(*_PLACE, "raison"), alike])
    yield _hide(marks.dispersion, max(minimum, EFFECTIF_DISPERSION), already)


def _alike(mesure: Mesure) -> pl.DataFrame:
    """Return the groups whose marks are nearly all equal: mode, maille, modalite, raison."""
    few = pl.col("ecart_type").fill_null(0.0) < DISPERSION_MINIMALE
    spread = pl.col("note").cast(pl.Float64).std()
    groups = _by_group(mesure, "note").agg(n=pl.len(), ecart_type=spread)
    alike = groups.filter(few, pl.col("n") >= EFFECTIF_DISPERSION).join(_tables(mesure), on="table")
    return alike.select(*_PLACE, raison=pl.lit(PEU_DISPERSE))


def _by_group(mesure: Mesure, *values: str) -> GroupBy:
    """Gather some values of the candidates by table (its column) and modality."""
    long = mesure.candidats.unpivot(
        list(mesure.tables), index=values, variable_name="table", value_name="modalite"
    )
    return long.drop_nulls("modalite").group_by("table", "modalite")


def _tables(mesure: Mesure) -> pl.DataFrame:
    """Return the tables of a quantity in their order: table, mode, maille, rang."""
    rows = [
        (name, mode, maille, rang)
        for rang, (name, (mode, maille)) in enumerate(mesure.tables.items())
    ]
    return pl.DataFrame(rows, schema=["table", "mode", "maille", "rang"], orient="row")


def _hide(mesure: Mesure, minimum: int, already: pl.DataFrame | None = None) -> pl.DataFrame:
    """Decide about one quantity; groups `already` hidden for another figure stay so."""
    # Scipy's optimisers: the reports read what was decided, and need none.
    from perequation.resultats.suppression import Suppression

    cells = cells_of(mesure)
    if cells.is_empty():
        return _rows(mesure, cells, [], [])
    suppression = Suppression(family_of(mesure, cells, minimum))
    if already is not None:
        _carry(suppression, cells, already)
    suppression.run()
    return _rows(mesure, cells, list(suppression.cache), suppression.raison)


def cells_of(mesure: Mesure) -> pl.DataFrame:
    """Return the groups of a quantity: cellule, table, mode, maille, modalite, n, presents."""
    read = mesure.presents.meta.root_names()
    groups = _by_group(mesure, *read).agg(n=pl.len(), presents=mesure.presents)
    placed = groups.join(_tables(mesure), on="table").sort("rang", "modalite")
    columns = ("modalite", "n", "presents", "table", "mode", "maille")
    return placed.select(columns).with_row_index("cellule")


def _carry(suppression: "Suppression", cells: pl.DataFrame, already: pl.DataFrame) -> None:
    for i, raison in cells.join(already, on=_PLACE).select("cellule", "raison").iter_rows():
        if not suppression.cache[i]:
            suppression.hide(i, raison)


def family_of(mesure: Mesure, cells: pl.DataFrame, minimum: int) -> "Famille":
    """Gather the candidates of a quantity in atoms that no group separates."""
    from perequation.resultats.groupes import Famille

    names = list(mesure.tables)
    atoms = (
        mesure.candidats.group_by("unite", *names, maintain_order=True)
        .agg(n=pl.len(), somme=pl.col("valeur").sum())
        .with_row_index("atome")
    )
    found = atoms.unpivot(names, index="atome", variable_name="table", value_name="modalite")
    found = found.join(cells.select("cellule", "table", "modalite"), on=["table", "modalite"])
    rows = found["table"].replace_strict({name: row for row, name in enumerate(names)})
    places = np.full((len(names), atoms.height), -1)
    places[rows.to_numpy(), found["atome"].to_numpy()] = found["cellule"].to_numpy()
    plafond, marge = BORNES[mesure.nom]
    # Marks are half points: who looks for them knows it.
    step = int(np.gcd.reduce(mesure.candidats["valeur"].to_numpy(), initial=np.gcd(plafond, marge)))
    units = atoms["unite"].rank("dense").cast(pl.Int64) - 1
    return Famille(
        places=places,
        effectif=atoms["n"].to_numpy().astype(float),
        somme=atoms["somme"].to_numpy().astype(float) / step,
        unite=units.fill_null(-1).to_numpy(),
        table=cells["table"].rank("dense").to_numpy(),
        valeur=cells.select(_worth(of_an_epreuve=bool(mesure.epreuve))).to_series().to_numpy(),
        plafond=plafond // step,
        marge=marge // step,
        minimum=minimum,
        trop_peu=(cells["presents"] < minimum).to_numpy(),
    )


def _worth(*, of_an_epreuve: bool) -> pl.Expr:
    """Return what is kept longest: the session's own figures, those of each mode, then of units."""
    whole, together = pl.col("maille") == "total", pl.col("mode") == ENSEMBLE
    aside = pl.col("maille").is_in(PROFILS) | (
        pl.col("maille").is_in(GROUPES_D_EPREUVE) & pl.lit(of_an_epreuve)
    )
    ranks = pl.when(whole & together).then(2).when(whole).then(1)
    return ranks.when(aside).then(-1).otherwise(0)


def _rows(
    mesure: Mesure, cells: pl.DataFrame, hidden: list[bool], reasons: list[str]
) -> pl.DataFrame:
    return cells.select(
        pl.lit(mesure.nom).alias("mesure"),
        pl.lit(mesure.epreuve).alias("epreuve"),
        "mode",
        "maille",
        "modalite",
        pl.col("n").cast(pl.Int64),
        pl.Series("est_masque", hidden, pl.Boolean),
        pl.Series("raison", [reason or None for reason in reasons], pl.String),
    )
