"""What the section on corrections of a report shows: usual corrections, and the what-if's grid."""

from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from perequation.harmonisation.ecarts.signaux import change_threshold
from perequation.harmonisation.ecarts.trames import CLE
from perequation.harmonisation.simulation.comptes import grid_of_shifts
from perequation.harmonisation.simulation.corrections import (
    Consequences,
    Correction,
    study_corrections,
)
from perequation.harmonisation.simulation.etude import read_study

#: The values of κ the report's slider has, exact at each of them; the first must be 0.
KAPPAS = tuple(rang / 10 for rang in range(11))
#: The corrections the report puts side by side.
USUELLES: dict[str, Correction] = {
    "demi_signales": Correction(kappa=0.5, signales_seulement=True),
    "entier_signales": Correction(signales_seulement=True),
    "entier_tous": Correction(),
    "moyenne_ecart_type": Correction("moyenne_ecart_type"),
    "equipercentile": Correction("equipercentile"),
}


@dataclass(frozen=True)
class Grille:
    """The what-if of a report.

    Attributes
    ----------
    unites
        Rows of `grid_of_shifts` with the unit's signal and ecart_retenu (null: never
        moved); variation_totale is Σ|Δ|, decalage the shift, points.
    par_kappa
        `CLE`, portee (``signale``: units to examine; ``a_surveiller``: to watch, when there is
        none to examine; ``tous``), nb_unites, kappa and the counts, summed over all the units of
        the épreuve: those out of the portee stay as they are.
    corrections
        `Consequences` of the usual corrections.
    analyses
        Those studied.
    """

    unites: pl.DataFrame
    par_kappa: pl.DataFrame
    corrections: Consequences
    analyses: pl.DataFrame


def study_for_report(path: Path, analyses: pl.DataFrame, alerte: float = 0.0) -> Grille:
    """Compute what the section on corrections of a report shows.

    Parameters
    ----------
    path
        A published warehouse.
    analyses
        What `harmonisation.summarise_analyses` returns; those without a unit to examine or to
        watch are left out, for there is nothing to correct.
    alerte
        Gap from which units are to examine, points; 0 for the session's own.
    """
    wanted = analyses.filter((pl.col("nb_signales") > 0) | (pl.col("nb_a_surveiller") > 0))
    etude = read_study(path, wanted)
    if etude.notes.is_empty():
        empty = pl.DataFrame(schema=dict.fromkeys([*CLE, "unite"], pl.String))
        return Grille(empty, empty, Consequences(empty, empty, empty), empty)
    if alerte:
        etude = replace(etude, ecarts=change_threshold(etude.ecarts, alerte))
    grille = grid_of_shifts(path, etude.notes, etude.ecarts, KAPPAS)
    signaux = etude.ecarts.select(*CLE, "unite", "signal", "ecart_retenu")
    grille = grille.join(signaux, on=[*CLE, "unite"], how="left").with_columns(
        variation_totale=pl.col("variation_moyenne") * pl.col("nb_candidats"),
        decalage=-pl.col("kappa") * pl.col("ecart_retenu"),
    )
    return Grille(grille, sum_by_kappa(grille), study_corrections(path, etude, USUELLES), wanted)


#: What adds up over units in the grid.
COMPTES = (
    "nb_modifiees",
    "variation_totale",
    "passent_10",
    "perdent_10",
    "passent_8",
    "perdent_8",
    "admis_apres",
    "controle_apres",
    "refuse_apres",
    "entrent_rattrapage",
    "sortent_rattrapage",
    "nb_decisions_changees",
)


def sum_by_kappa(grille: pl.DataFrame) -> pl.DataFrame:
    """Sum the grid over the units, corrected within a choice of units and left alone out of it.

    Parameters
    ----------
    grille
        `Grille.unites`.

    Returns
    -------
    polars.DataFrame
        `Grille.par_kappa`.
    """
    key = [*CLE, "unite"]
    telle_quelle = grille.filter(kappa=0.0).select(*key, *COMPTES)
    base = grille.join(telle_quelle, on=key, suffix="_sans")
    signale = pl.col("signal") == "signale"
    portees = {
        "signale": signale,
        "a_surveiller": (pl.col("signal") == "a_surveiller") & ~signale.any().over(CLE),
        "tous": pl.col("ecart_retenu").is_not_null(),
    }
    return pl.concat(
        base.with_columns(choisie=est_choisie.fill_null(value=False))
        .group_by(*CLE, "kappa")
        .agg(
            nb_unites=pl.col("choisie").sum(),
            **{c: pl.when("choisie").then(c).otherwise(f"{c}_sans").sum() for c in COMPTES},
        )
        .with_columns(
            portee=pl.lit(portee),
            variation_moyenne=pl.when(pl.col("nb_modifiees") > 0).then(
                pl.col("variation_totale") / pl.col("nb_modifiees")
            ),
        )
        for portee, est_choisie in portees.items()
    ).sort(*CLE, "portee", "kappa")
