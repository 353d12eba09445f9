"""Step 4 (pooling). Which τ² each analysis uses: its own, its neighbours', or none."""

from collections.abc import Iterable

import polars as pl

from perequation.harmonisation.ecarts.motifs import EFFECTIF_MASQUE, UNITES_RETRECISSEMENT
from perequation.harmonisation.ecarts.variance import Vector, paule_mandel

_NIVEAUX = {
    "epreuve": ["analyse"],
    "specialite": ["session", "specialite", "etape", "type_unite"],
    "session": ["session", "etape", "type_unite"],
}


def choose_variances(ecarts: pl.DataFrame) -> pl.DataFrame:
    """Estimate τ² of each analysis, pooled when it has fewer than eight comparable units.

    Parameters
    ----------
    ecarts
        One row per analyse and unite: session, specialite, etape, type_unite, n_ancre,
        ecart_ajuste and erreur_type (> 0), points out of 20.

    Returns
    -------
    pl.DataFrame
        analyse, tau2 (squared points), tau2_nb_unites (J of the estimate), tau2_origine
        (``epreuve``, ``specialite`` or ``session``). Analyses for which even the pool has fewer
        than eight units of five candidates are absent: no shrinkage, no signal. Earlier sessions
        are not pooled, for the reason `chargement.choose_loadings` gives.
    """
    restantes = ecarts
    choisies: list[pl.DataFrame] = []
    for origine, par in _NIVEAUX.items():
        choisies.append(_estimate_level(ecarts, restantes, par, origine))
        restantes = restantes.join(choisies[-1], on="analyse", how="anti")
    return pl.concat(choisies)


def _estimate_level(
    ecarts: pl.DataFrame, restantes: pl.DataFrame, par: list[str], origine: str
) -> pl.DataFrame:
    comparables = (pl.col("n_ancre") >= EFFECTIF_MASQUE).sum().over(par)
    groupes = ecarts.filter(comparables >= UNITES_RETRECISSEMENT).join(
        restantes.select(par).unique(), on=par
    )
    lignes = [
        {"analyse": analyse, "tau2": tau2, "tau2_nb_unites": len(groupe), "tau2_origine": origine}
        for groupe in groupes.partition_by(par)
        for tau2 in (paule_mandel(list(_vectors(groupe.partition_by("analyse")))),)
        for analyse in groupe["analyse"].unique(maintain_order=True)
    ]
    schema = {
        "analyse": ecarts.schema["analyse"],
        "tau2": pl.Float64,
        "tau2_nb_unites": pl.Int64,
        "tau2_origine": pl.String,
    }
    return pl.DataFrame(lignes, schema=schema).join(
        restantes.select("analyse").unique(), on="analyse", how="semi"
    )


def _vectors(analyses: Iterable[pl.DataFrame]) -> Iterable[tuple[Vector, Vector]]:
    for analyse in analyses:
        yield analyse["ecart_ajuste"].to_numpy(), analyse["erreur_type"].to_numpy() ** 2
