"""What is published about which group: every figure of every document, family by family.

The public page, the fiches and the sessions that come after print sums of the same candidates.
This is the one list of them: a figure printed elsewhere is not protected until it is here.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from perequation.resultats.groupes import Famille
from perequation.resultats.suppression import Suppression

MAILLES = ("total", "academie", "etablissement", "centre_ecrit", "statut", "sexe", "forme")
# By épreuve and mode: the public page has the session's, the fiches the other two.
MAILLES_D_EPREUVE = ("total", "etablissement", "centre_ecrit")
MODES = ("CCF", "PONCTUEL")
ENSEMBLE = "ENSEMBLE"
NON_RENSEIGNE = "NON RENSEIGNE"
# Spread and quantiles tell nearly every mark of fewer.
EFFECTIF_DISPERSION = 10
DISPERSION_MINIMALE = 0.5
PEU_DISPERSE = "peu_disperse"

CLE = ("session", "specialite")
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
# One candidate's largest value, and how far a sum stays from none and from all: two candidates for
# a count; five points for marks, which nearly all 20 or nearly all 0 would else tell.
BORNES = {"admis": (1, 2), "part_sup_10": (1, 2), "moyenne": (2000, 500)}


@dataclass(frozen=True)
class Mesure:
    """Candidates, the tables that divide them (one column each), and the value added up."""

    nom: str
    epreuve: str
    candidats: pl.DataFrame
    tables: Mapping[str, tuple[str, str]]  # column: (mode, maille)
    presents: pl.Expr


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


def memberships(resultats: pl.DataFrame, notes: pl.DataFrame) -> pl.DataFrame:
    """Return who is behind each figure of one session and spécialité, and with which value.

    Parameters
    ----------
    resultats, notes
        `marts.resultat_candidat` and `marts.note_retenue`.

    Returns
    -------
    polars.DataFrame
        mesure (admis, moyenne), epreuve, mode, maille, modalite, numero_candidat, valeur,
        unite (the establishment that knows it). Shares and spreads are of the same candidates as means.
    """
    mesures = [*count_results(resultats), *(mean for mean, _ in sum_marks(resultats, notes))]
    return pl.concat(
        mesure.candidats.drop_nulls(column).select(
            pl.lit(mesure.nom).alias("mesure"),
            pl.lit(mesure.epreuve).alias("epreuve"),
            pl.lit(mode).alias("mode"),
            pl.lit(maille).alias("maille"),
            pl.col(column).alias("modalite"),
            "numero_candidat",
            "valeur",
            "unite",
        )
        for mesure in mesures
        for column, (mode, maille) in mesure.tables.items()
    )


def _decide(resultats: pl.DataFrame, notes: pl.DataFrame, minimum: int) -> Iterator[pl.DataFrame]:
    """Yield the decision about each quantity of one session and spécialité."""
    for mesure in count_results(resultats):
        yield _hide(mesure, minimum)
    for mean, share in sum_marks(resultats, notes):
        means = _hide(mean, minimum)
        yield means
        yield _hide(share, minimum, means.filter("est_masque"))
        yield _spread(mean, means)


def count_results(resultats: pl.DataFrame) -> Iterator[Mesure]:
    """Yield who is admitted, then the averages."""
    people = _people(resultats)
    tables = {maille: (ENSEMBLE, maille) for maille in MAILLES}
    is_admis = pl.col("decision_finale") == "ADMIS"
    counted = people.filter(pl.col("est_present") | is_admis)
    admis = counted.with_columns(valeur=is_admis.cast(pl.Int64))
    yield Mesure("admis", "", admis, tables, pl.col("est_present").sum())
    means = people.drop_nulls("moyenne_generale")
    means = means.with_columns(valeur=_hundredths("moyenne_generale"))
    yield Mesure("moyenne", "", means, tables, pl.len())


def sum_marks(resultats: pl.DataFrame, notes: pl.DataFrame) -> Iterator[tuple[Mesure, Mesure]]:
    """Yield, for each épreuve, its marks and which are at least ten; kept marks apart."""
    tables = {"ensemble": (ENSEMBLE, "total")}
    columns = [pl.lit("total").alias("ensemble")]
    for mode in MODES:
        for maille in MAILLES_D_EPREUVE:
            name = f"{mode} {maille}"
            tables[name] = (mode, maille)
            columns.append(pl.when(pl.col("mode") == mode).then(maille).alias(name))
    people = _people(resultats).select("numero_candidat", "unite", *MAILLES_D_EPREUVE)
    marks = notes.filter(pl.col("note").is_not_null(), ~pl.col("est_conservee"))
    placed = marks.join(people, on="numero_candidat").with_columns(columns)
    for (epreuve,), theirs in placed.group_by("epreuve", maintain_order=True):
        means = theirs.with_columns(valeur=_hundredths("note"))
        shares = theirs.with_columns(valeur=(pl.col("note") >= 10).cast(pl.Int64))
        yield (
            Mesure("moyenne", str(epreuve), means, tables, pl.len()),
            Mesure("part_sup_10", str(epreuve), shares, tables, pl.len()),
        )


def _people(resultats: pl.DataFrame) -> pl.DataFrame:
    """Name the group of each candidate in every maille, and the establishment that knows it."""
    unit = pl.coalesce("uai", "etablissement")
    named = {"total": pl.lit("total"), "etablissement": unit}
    return resultats.with_columns(
        unite=unit,
        **{
            maille: named.get(maille, pl.col(maille)).fill_null(NON_RENSEIGNE) for maille in MAILLES
        },
    )


def _hundredths(column: str) -> pl.Expr:
    return (pl.col(column).cast(pl.Float64) * 100).round().cast(pl.Int64)


def _spread(mesure: Mesure, means: pl.DataFrame) -> pl.DataFrame:
    """Hide spreads and quantiles where the mean is, under ten marks, and when all are alike."""
    spreads = pl.concat(
        mesure.candidats.drop_nulls(name)
        .group_by(modalite=name)
        .agg(ecart_type=pl.col("note").cast(pl.Float64).std())
        .with_columns(mode=pl.lit(mode), maille=pl.lit(maille))
        for name, (mode, maille) in mesure.tables.items()
    )
    rows = means.join(spreads, on=["mode", "maille", "modalite"], how="left")
    alike = (pl.col("ecart_type") < DISPERSION_MINIMALE).fill_null(value=True)
    raison = (
        pl.when("est_masque")
        .then("raison")
        .when(pl.col("n") < EFFECTIF_DISPERSION)
        .then(pl.lit("petit_effectif"))
        .when(alike)
        .then(pl.lit(PEU_DISPERSE))
    )
    spread = rows.with_columns(mesure=pl.lit("dispersion"), raison=raison)
    return spread.with_columns(est_masque=pl.col("raison").is_not_null()).drop("ecart_type")


def _hide(mesure: Mesure, minimum: int, already: pl.DataFrame | None = None) -> pl.DataFrame:
    """Decide about one quantity; groups `already` hidden for another figure stay so."""
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
    return pl.concat(
        mesure.candidats.drop_nulls(name)
        .group_by(modalite=name)
        .agg(n=pl.len(), presents=mesure.presents)
        .sort("modalite")
        .with_columns(table=pl.lit(name), mode=pl.lit(mode), maille=pl.lit(maille))
        for name, (mode, maille) in mesure.tables.items()
    ).with_row_index("cellule")


def _carry(suppression: Suppression, cells: pl.DataFrame, already: pl.DataFrame) -> None:
    keys = ["mode", "maille", "modalite"]
    for i, raison in cells.join(already, on=keys).select("cellule", "raison").iter_rows():
        if not suppression.cache[i]:
            suppression.hide(i, raison)


def family_of(mesure: Mesure, cells: pl.DataFrame, minimum: int) -> Famille:
    """Gather the candidates of a quantity in atoms that no group separates."""
    names = list(mesure.tables)
    atoms = (
        mesure.candidats.group_by("unite", *names, maintain_order=True)
        .agg(n=pl.len(), somme=pl.col("valeur").sum())
        .with_row_index("atome")
    )
    places = atoms.unpivot(names, index="atome", variable_name="table", value_name="modalite")
    places = places.join(cells.select("cellule", "table", "modalite"), on=["table", "modalite"])
    dans = np.zeros((cells.height, atoms.height))
    dans[places["cellule"].to_numpy(), places["atome"].to_numpy()] = 1
    plafond, marge = BORNES[mesure.nom]
    # Marks are half points: who looks for them knows it.
    step = int(np.gcd.reduce(mesure.candidats["valeur"].to_numpy(), initial=np.gcd(plafond, marge)))
    units = atoms["unite"].rank("dense").cast(pl.Int64) - 1
    return Famille(
        dans=dans,
        effectif=atoms["n"].to_numpy().astype(float),
        somme=atoms["somme"].to_numpy().astype(float) / step,
        unite=units.fill_null(-1).to_numpy(),
        table=cells["table"].rank("dense").to_numpy(),
        valeur=cells.select(_worth()).to_series().to_numpy(),
        plafond=plafond // step,
        marge=marge // step,
        minimum=minimum,
        trop_peu=(cells["presents"] < minimum).to_numpy(),
    )


def _worth() -> pl.Expr:
    """Return what is kept longest: the session's own figures, then those of each mode."""
    whole = pl.col("maille") == "total"
    return pl.when(whole & (pl.col("mode") == ENSEMBLE)).then(2).when(whole).then(1).otherwise(0)


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
