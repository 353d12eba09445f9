"""What may be told of figures that aren't sums of a value over groups: counts, correlations, slices.

Each is one figure of the whole session; whoever knows some candidates takes theirs away.
"""

from collections.abc import Iterator

import polars as pl

from perequation.resultats.confidentialite import (
    COMPLEMENT,
    DEDUIT,
    PETIT,
    hide_causes,
    hide_few_decisions,
    keep_told_causes,
)
from perequation.resultats.familles import EFFECTIF_DISPERSION, SCHEMA
from perequation.resultats.mesures import CLE, ENSEMBLE

# Under so many candidates, no correlation.
EFFECTIF_CORRELATION = 30
_ABSENT = ("AB", "AJ")


def decide_counts(
    candidats: pl.DataFrame,
    notes: pl.DataFrame,
    tables: dict[str, pl.DataFrame],
    masquage: pl.DataFrame,
    minimum: int,
) -> pl.DataFrame:
    """Decide which counts, correlations and slices of the whole session are hidden.

    Parameters
    ----------
    candidats, notes
        `marts.resultat_candidat` and `marts.note_retenue`.
    tables
        reussite and elimination of `marts`.
    masquage
        What was decided of sums (`decide_masking`).
    minimum
        Candidates under which nothing may be worked out.

    Returns
    -------
    polars.DataFrame
        More rows of `marts.masquage`: mesure absence, correlation, fidelite, repartition, decision,
        elimination.
    """
    unite = candidats.select(*CLE, "numero_candidat", unite=pl.coalesce("uai", "etablissement"))
    marks = notes.join(unite, on=[*CLE, "numero_candidat"])
    averages = candidats.drop_nulls("moyenne_generale").join(
        unite, on=[*CLE, "numero_candidat"], how="left"
    )
    every = (
        _absences(marks, candidats, minimum),
        _agreement(_pairs(marks), "correlation", EFFECTIF_CORRELATION),
        _agreement(_complete(marks), "fidelite", EFFECTIF_CORRELATION),
        _agreement(averages, "repartition", minimum),
        *_decisions(tables, masquage, minimum),
    )
    typed = pl.concat(_typed(rows, minimum) for rows in every)
    return _beside(typed, masquage)


def _typed(rows: pl.DataFrame, minimum: int) -> pl.DataFrame:
    given = {
        "epreuve": pl.lit(""),
        "mode": pl.lit(ENSEMBLE),
        "maille": pl.lit("total"),
        "modalite": pl.lit("total"),
        "effectif_minimal": pl.lit(minimum),
        "est_masque": pl.col("raison").is_not_null(),
    }
    missing = {name: value for name, value in given.items() if name not in rows.columns}
    return rows.with_columns(**missing).select(
        pl.col(name).cast(kind) for name, kind in SCHEMA.items()
    )


def _beside(rows: pl.DataFrame, masquage: pl.DataFrame) -> pl.DataFrame:
    """Hide correlations where a spread is hidden, and slices where the mean is."""
    whole = masquage.filter("est_masque", mode=ENSEMBLE, maille="total")
    spreads, means = (
        whole.filter(mesure=mesure).select(*CLE, "epreuve") for mesure in ("dispersion", "moyenne")
    )
    one = rows.filter(mesure="correlation").join(spreads, on=[*CLE, "epreuve"], how="semi")
    other = rows.filter(mesure="correlation").join(
        spreads, left_on=[*CLE, "modalite"], right_on=[*CLE, "epreuve"], how="semi"
    )
    slices = rows.filter(mesure="repartition").join(means, on=[*CLE, "epreuve"], how="semi")
    hidden = pl.concat([one, other, slices]).select(*SCHEMA).unique()
    told = rows.join(hidden, on=list(SCHEMA), how="anti", nulls_equal=True)
    return pl.concat(
        [
            told,
            hidden.with_columns(
                est_masque=pl.lit(value=True), raison=pl.coalesce("raison", pl.lit(COMPLEMENT))
            ),
        ]
    )


def _absences(marks: pl.DataFrame, candidats: pl.DataFrame, minimum: int) -> pl.DataFrame:
    """Decide about absences: not few, nor one alone for whoever knows the others."""
    sat = marks.filter(
        ~pl.col("est_facultative"), ~pl.col("est_dispensee"), ~pl.col("est_conservee")
    )
    absent = pl.col("code").is_in(_ABSENT).fill_null(value=False)
    counts = sat.group_by(*CLE, "epreuve").agg(
        n=pl.col("note").is_not_null().sum(), absents=absent.sum()
    )
    theirs = _known(sat.filter(absent), "epreuve")
    rows = counts.join(theirs, on=[*CLE, "epreuve"], how="left").join(
        candidats.group_by(CLE).agg(inscrits=pl.len()), on=CLE
    )
    others = pl.sum_horizontal(
        "inscrits", -pl.col("n").cast(pl.Int64), -pl.col("absents").cast(pl.Int64)
    )
    few = pl.any_horizontal((k > 0) & (k < minimum) for k in (pl.col("absents"), others))
    alone = pl.col("reste") == 1
    return rows.with_columns(
        mesure=pl.lit("absence"),
        raison=pl.when(few).then(pl.lit(PETIT)).when(alone).then(pl.lit(DEDUIT)),
    )


def _pairs(marks: pl.DataFrame) -> pl.DataFrame:
    """Return the candidates with marks of this session at two compulsory épreuves, pair by pair."""
    noted = marks.filter(
        pl.col("note").is_not_null(), ~pl.col("est_conservee"), ~pl.col("est_facultative")
    ).select(*CLE, "numero_candidat", "unite", "epreuve", "rang")
    both = noted.join(
        noted, on=[*CLE, "numero_candidat", "unite"], suffix="_autre", nulls_equal=True
    )
    return both.filter(pl.col("rang") < pl.col("rang_autre")).rename({"epreuve_autre": "modalite"})


def _complete(marks: pl.DataFrame) -> pl.DataFrame:
    """Return the candidates with a mark of this session at every compulsory épreuve."""
    noted = pl.col("note").is_not_null() & ~pl.col("est_conservee") & ~pl.col("est_dispensee")
    people = marks.filter(~pl.col("est_facultative")).group_by(*CLE, "numero_candidat", "unite")
    return people.agg(est_complet=noted.all()).filter("est_complet")


def _agreement(people: pl.DataFrame, mesure: str, fewest: int) -> pl.DataFrame:
    """Decide about a figure of these candidates: enough of them, whoever knows some."""
    names = [name for name in ("epreuve", "modalite") if name in people.columns]
    maille = {"maille": pl.lit("epreuve")} if names else {}
    return _known(people, *names).with_columns(
        mesure=pl.lit(mesure),
        **maille,
        raison=pl.when(pl.col("n") < fewest)
        .then(pl.lit(PETIT))
        .when(pl.col("reste") < EFFECTIF_DISPERSION)
        .then(pl.lit(DEDUIT)),
    )


def _known(people: pl.DataFrame, *names: str) -> pl.DataFrame:
    """Count candidates, and the fewest that one or two establishments don't know (reste, not 0)."""
    keys = [*CLE, *names]
    sizes = people.group_by(*keys, "unite").agg(k=pl.len().cast(pl.Int64))
    theirs = pl.when(pl.col("unite").is_not_null()).then("k").otherwise(0)
    first, two = theirs.max(), theirs.top_k(2).sum()
    n = pl.col("k").sum()
    return sizes.group_by(keys).agg(
        n=n, reste=pl.when(n > two).then(n - two).when(n > first).then(n - first).otherwise(n)
    )


def _decisions(
    tables: dict[str, pl.DataFrame], masquage: pl.DataFrame, minimum: int
) -> Iterator[pl.DataFrame]:
    """Yield what is hidden of the decisions of each session, then of the causes of elimination."""
    hidden = masquage.filter("est_masque", mesure="admis", maille="total").select(CLE)
    totals = tables["reussite"].filter(maille="total")
    shown = totals.join(hidden, on=CLE, how="anti")
    counted = {"n": pl.lit(0), "raison": pl.lit(None, pl.String)}
    empty = totals.head(0).select(*CLE, mesure=pl.lit("decision"), modalite=pl.lit(""), **counted)
    yield empty
    for row in shown.partition_by(*CLE):
        key = row.select(*CLE, n="inscrits")
        decisions = hide_few_decisions(row, minimum)
        yield key.join(decisions, how="cross").select(
            *CLE,
            "n",
            mesure=pl.lit("decision"),
            modalite="decision",
            raison=pl.when(pl.col("nb_candidats").is_null()).then(pl.lit(COMPLEMENT)),
        )
        causes = keep_told_causes(tables["elimination"]).join(key, on=CLE)
        told = dict(decisions.iter_rows()).get("elimines")
        few = pl.col("nb_avant") < minimum
        yield (
            hide_causes(causes.with_columns(nb_avant="nb_candidats"), told, minimum)
            .with_columns(
                mesure=pl.lit("elimination"),
                modalite="cause",
                raison=pl.when(pl.col("nb_candidats").is_null()).then(
                    pl.when(few).then(pl.lit(PETIT)).otherwise(pl.lit(COMPLEMENT))
                ),
            )
            .select(*CLE, "epreuve", "n", "mesure", "modalite", "raison")
        )
