"""The harmonisation meeting shifts the CCF marks of a few establishments, and writes it down."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from perequation.demo.faits import Faits
from perequation.demo.parcours import CCF, FeuilleNotes
from perequation.demo.population import Entiers, Population

EFFECTIF_MINIMAL = 6
NB_MAINTIENS = 4
NB_OUBLIS = 3  # candidates whose mark the last decision did not reach


@dataclass(frozen=True)
class DecisionReunion:
    """What the meeting decided on one unit; ``decalage2`` is in half points."""

    epreuve: str
    etablissement: int
    decalage2: int


def harmonise(
    faits: Faits, population: Population, feuilles: dict[str, FeuilleNotes], verites: pl.DataFrame
) -> tuple[list[DecisionReunion], pl.DataFrame]:
    """Shift the CCF marks of the establishments whose effect is strongest.

    The last shift is not applied to its first candidates: real files have such gaps.

    Parameters
    ----------
    faits, population, verites
        The session, its candidates, and the effects put in at the transmise stage.
    feuilles
        Sheets, changed in place (``demi``).

    Returns
    -------
    tuple
        The decisions taken, and the effects that remain at the harmonisee stage.
    """
    transmises = verites.filter(etape="transmise").with_columns(
        rang=pl.col("unite").replace_strict(
            {e.uai: rang for rang, e in enumerate(faits.etablissements) if e.uai},
            return_dtype=pl.Int64,
        )
    )
    examinees = transmises.filter(
        pl.col("n") >= EFFECTIF_MINIMAL, ~pl.col("epreuve").str.starts_with("EF")
    ).sort(pl.col("effet").abs(), descending=True, maintain_order=True)
    decisions: list[DecisionReunion] = []
    nb_decalages = faits.nombres["harmonisations"]
    for epreuve, rang, effet in examinees.select("epreuve", "rang", "effet").iter_rows():
        decalages = sum(d.decalage2 != 0 for d in decisions)
        if len(decisions) == nb_decalages + NB_MAINTIENS:
            break
        wanted = -int(np.sign(effet)) * (2 if abs(effet) > 1.2 else 1)
        exact = _is_exact(population, feuilles[epreuve], rang, wanted)
        possible = exact and decalages < nb_decalages
        decisions.append(DecisionReunion(epreuve, rang, wanted if possible else 0))
    decales = [d for d in decisions if d.decalage2]
    for decision in decales:
        oublis = NB_OUBLIS if decision is decales[-1] else 0
        feuille = feuilles[decision.epreuve]
        feuille.demi[_members(population, feuille, decision.etablissement)[oublis:]] += (
            decision.decalage2
        )
    return decisions, _describe(population, feuilles, transmises)


def _members(population: Population, feuille: FeuilleNotes, etablissement: int) -> Entiers:
    """Return the candidates of a unit whose marks can be shifted."""
    ici = (population.etablissement == etablissement) & (feuille.mode == CCF) & feuille.notee
    return np.flatnonzero(ici)


def _is_exact(
    population: Population, feuille: FeuilleNotes, etablissement: int, decalage2: int
) -> bool:
    """Tell whether every mark of a unit can be shifted without leaving [0, 20]."""
    membres = _members(population, feuille, etablissement)
    decalees = feuille.transmise[membres] + decalage2
    saisies = not feuille.non_saisie[membres].any()
    return bool(saisies and decalees.min() >= 0 and decalees.max() <= 40)


def _describe(
    population: Population, feuilles: dict[str, FeuilleNotes], transmises: pl.DataFrame
) -> pl.DataFrame:
    """Return the effect of each unit once the meeting has shifted its marks."""
    decalages: list[float] = []
    for epreuve, rang in transmises.select("epreuve", "rang").iter_rows():
        feuille = feuilles[epreuve]
        membres = _members(population, feuille, rang)
        decalages.append(float(np.mean(feuille.demi[membres] - feuille.transmise[membres])) / 2)
    return transmises.with_columns(
        etape=pl.lit("harmonisee"), effet=pl.col("effet") + pl.Series(decalages, dtype=pl.Float64)
    ).drop("rang")
