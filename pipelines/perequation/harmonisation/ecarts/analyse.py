"""Step 7. What is analysed: the unit chosen, the analyses by component, and why some are not."""

import polars as pl

from perequation.harmonisation.ecarts.motifs import (
    EFFECTIF_MASQUE,
    EFFECTIF_SIGNAL,
    EFFECTIF_TOTAL,
    UNITES_MINIMALES,
    Motif,
)
from perequation.harmonisation.ecarts.trames import CLE

_SANS_TYPE = [colonne for colonne in CLE if colonne != "type_unite"]


def choose_units(unites: pl.DataFrame) -> pl.DataFrame:
    """Keep centres where there are at least six of them, commissions otherwise.

    Centres too few stay, marked by ``est_ecartee``, so that the reason is told; commissions are
    dropped where centres are enough.

    Parameters
    ----------
    unites
        See `Trames`.
    """
    nb_centres = unites.filter(pl.col("type_unite") == "centre").group_by(_SANS_TYPE)
    centres = nb_centres.agg(nb_centres=pl.col("unite").n_unique())
    type_unite, assez = pl.col("type_unite"), pl.col("nb_centres") >= UNITES_MINIMALES
    return (
        unites.join(centres, on=_SANS_TYPE, how="left")
        .filter((type_unite != "commission") | ~assez.fill_null(value=False))
        .with_columns(est_ecartee=(type_unite == "centre") & ~assez)
        .drop("nb_centres")
    )


def number_analyses(unites: pl.DataFrame, composantes: pl.DataFrame) -> pl.DataFrame:
    """Add ``composante`` and ``analyse``: one number per `CLE` and component.

    Units none of whose candidates has an anchor have a null component, and are described apart.
    """
    cle = pl.struct(*CLE, pl.col("composante").fill_null(2**31))
    return unites.join(composantes, on=[*CLE, "unite"], how="left").with_columns(
        analyse=cle.rank("dense")
    )


def sum_commissions(commissions: pl.DataFrame) -> pl.DataFrame:
    """Sum commissions into one row per analyse and unite."""
    sommes = [
        "n",
        "y",
        "yy",
        "nb_vingt",
        "n_ancre",
        "n_deux_ancres",
        "y_ancre",
        "yy_ancre",
        "a_ancre",
        "aa_ancre",
        "aaa_ancre",
        "aaaa_ancre",
        "ya_ancre",
        "yaa_ancre",
    ]
    return (
        commissions.group_by(
            ["analyse", *CLE, "composante", "est_ecartee", "unite"], maintain_order=True
        )
        .agg(pl.col(sommes).sum())
        .sort("analyse", "unite")
    )


def explain_analyses(
    unites: pl.DataFrame, ancres: pl.DataFrame, attendues: pl.DataFrame
) -> pl.DataFrame:
    """Say of each analysis whether it can be made, and why not.

    Parameters
    ----------
    unites
        One row per analyse and unite.
    ancres
        analyse, nb_ancres: K, the anchors that have marks.
    attendues
        `CLE`, nb_ancres_declarees.

    Returns
    -------
    pl.DataFrame
        analyse, `CLE`, composante, nb_ancres, nb_unites_comparables (of at least five candidates
        with an anchor), motif_analyse (null when λ, τ² and signals may be looked for).
    """
    bilan = (
        unites.group_by(["analyse", *CLE, "composante"])
        .agg(
            pl.col("est_ecartee").any(),
            nb_ancres_total=pl.col("n_ancre").sum(),
            nb_unites_comparables=(pl.col("n_ancre") >= EFFECTIF_MASQUE).sum(),
        )
        .join(ancres, on="analyse", how="left")
        .join(attendues, on=CLE, how="left")
        .with_columns(
            pl.col("nb_ancres").fill_null(0),
            nb_composantes=pl.col("composante").drop_nulls().n_unique().over(CLE),
        )
    )
    return bilan.with_columns(motif_analyse=_reason_of_analysis()).drop(
        "est_ecartee", "nb_ancres_total", "nb_composantes", "nb_ancres_declarees"
    )


def _reason_of_analysis() -> pl.Expr:
    trop_petite = (pl.col("nb_ancres_total") < EFFECTIF_TOTAL) | (
        pl.col("nb_unites_comparables") < UNITES_MINIMALES
    )
    return _first_reason(
        (pl.col("est_ecartee"), Motif.CENTRES_PEU_NOMBREUX),
        (pl.col("nb_ancres_declarees") == 0, Motif.SANS_ANCRE_DECLAREE),
        (pl.col("nb_composantes") == 0, Motif.ANCRES_ABSENTES),
        (pl.col("composante").is_null(), Motif.UNITE_SANS_ANCRE),
        ((pl.col("nb_composantes") > 1) & trop_petite, Motif.NON_CONNEXE),
        (pl.col("nb_ancres_total") < EFFECTIF_TOTAL, Motif.EFFECTIF_TOTAL),
        (pl.col("nb_unites_comparables") < UNITES_MINIMALES, Motif.UNITES_PEU_NOMBREUSES),
        (pl.col("nb_ancres") == 1, Motif.UNE_SEULE_ANCRE),
    )


def reason_of_unit(masque: int) -> pl.Expr:
    """Say why a unit has no signal: its own size first (`masque`), then its analysis."""
    return pl.coalesce(
        _first_reason((pl.col("n") < masque, Motif.EFFECTIF_MASQUE)),
        pl.col("motif_analyse"),
        _first_reason(
            (pl.col("n_ancre") < masque, Motif.UNITE_SANS_ANCRE),
            (pl.col("n_ancre") < EFFECTIF_SIGNAL, Motif.EFFECTIF_FAIBLE),
        ),
    )


def _first_reason(*cas: tuple[pl.Expr, Motif]) -> pl.Expr:
    """Return the code of the first condition that holds, else null."""
    return pl.coalesce(*(pl.when(condition).then(pl.lit(str(motif))) for condition, motif in cas))
