"""Steps 1 and 2 (first half). Within-unit cross-products of marks and anchors, and coverage."""

import polars as pl

from perequation.harmonisation.ecarts.motifs import Motif
from perequation.harmonisation.ecarts.trames import CLE

#: Standard errors below zero from which two épreuves are said to go against each other.
CONTRADICTION = 2.0
#: Sums of products this small (squared points) are rounding: marks that do not vary.
NUL = 1e-6

# A unit, and all that loadings may be pooled over.
_UNITE = ["analyse", "unite", "session", "specialite", "etape", "type_unite"]


def multiply_within_units(unites_ancres: pl.DataFrame, paires: pl.DataFrame) -> pl.DataFrame:
    """Sum the within-unit cross-products the loading is made of.

    For each unit j and anchor a, S_j(y, z_a) = Σ y z_a - (Σ y)(Σ z_a) / n over the candidates who
    have both, with n - 1 degrees of freedom; the same for pairs of anchors a < b.

    Parameters
    ----------
    unites_ancres, paires
        See `Trames`, with ``analyse``. Marks in points out of 20, so products are in squared points.

    Returns
    -------
    pl.DataFrame
        analyse, unite, `CLE` but for the épreuve, ancre, num, num_df, den, den_df. The products of
        a pair are given to its first anchor (``ancre``) and the second is kept in ``ancre_b``; rows
        of anchors alone have a null ``ancre_b``.
    """
    notes = unites_ancres.select(
        *_UNITE,
        "ancre",
        ancre_b=pl.lit(None, unites_ancres.schema["ancre"]),
        num=pl.col("yz") - pl.col("y") * pl.col("z") / pl.col("n"),
        num_df=(pl.col("n") - 1).cast(pl.Float64),
        den=pl.lit(0.0),
        den_df=pl.lit(0.0),
    )
    ancres = paires.select(
        *_UNITE,
        "ancre",
        "ancre_b",
        num=pl.lit(0.0),
        num_df=pl.lit(0.0),
        den=pl.col("zz") - pl.col("z") * pl.col("z_b") / pl.col("n"),
        den_df=(pl.col("n") - 1).cast(pl.Float64),
    )
    return pl.concat([notes, ancres])


def count_anchors(unites_ancres: pl.DataFrame, par: list[str]) -> pl.DataFrame:
    """Count K, the anchors that have at least one mark, per group."""
    return unites_ancres.group_by(par).agg(nb_ancres=pl.col("ancre").n_unique())


def list_expected_anchors(unites: pl.DataFrame, declarees: pl.DataFrame) -> pl.DataFrame:
    """Count the anchors the règlement declares for each épreuve, itself excepted."""
    etudiees = unites.select(CLE).unique()
    autres = declarees.rename({"epreuve": "ancre"})
    return (
        etudiees.join(autres, on="specialite", how="left")
        .group_by(CLE)
        .agg(
            nb_ancres_declarees=(
                pl.col("ancre").is_not_null() & (pl.col("ancre") != pl.col("epreuve"))
            ).sum()
        )
    )


def find_contradictions(produits: pl.DataFrame) -> pl.DataFrame:
    """Name the analyses whose anchors cannot tell anything, and why.

    Inside units, the épreuve goes against its anchors (Σ_a S(y, z_a) < 0), or two anchors, or the
    épreuve and one of them, go against each other by more than two standard errors,
    z = Σ_j S_j / sqrt(Σ_j S_j²).

    Returns
    -------
    pl.DataFrame
        analyse, motif_ancres (a `Motif`); analyses without a contradiction have no row.
    """
    produit = pl.col("num") + pl.col("den")
    paires = (
        produits.with_columns(produit=produit)
        .group_by("analyse", "ancre", "ancre_b", maintain_order=True)
        .agg(
            num=pl.col("num").sum(),
            somme=pl.col("produit").sum(),
            z=pl.col("produit").sum() / (pl.col("produit") ** 2).sum().sqrt(),
        )
    )
    negatif = pl.when(pl.col("num").sum() < -NUL).then(pl.lit(str(Motif.LAMBDA_NEGATIF)))
    oppose = (pl.col("z") < -CONTRADICTION) & (pl.col("somme") < -NUL)
    contraire = pl.when(oppose.any()).then(pl.lit(str(Motif.ANCRES_CONTRADICTOIRES)))
    return (
        paires.group_by("analyse", maintain_order=True)
        .agg(motif_ancres=pl.coalesce(negatif, contraire))
        .drop_nulls()
    )
