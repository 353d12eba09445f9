"""Corrections run side by side through the decision rules, and what each changes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from perequation.harmonisation.ecarts.trames import CLE
from perequation.harmonisation.simulation.comptes import count_consequences
from perequation.harmonisation.simulation.decisions import decide_scenarios
from perequation.harmonisation.simulation.etude import Etude
from perequation.harmonisation.simulation.notes import (
    Methode,
    count_inversions,
    describe_marks,
    simulate_marks,
)

_ENSEMBLE = "ensemble"
# From this gap on, aligning on the general mean is another correction than the method's.
_NOTABLE = 0.25


@dataclass(frozen=True)
class Correction:
    """A correction to simulate; see `harmonisation.simulate_marks`."""

    methode: Methode = "decalage"
    kappa: float = 1.0
    signales_seulement: bool = False
    decalages: pl.DataFrame | None = None
    pas: float | None = None


@dataclass(frozen=True)
class Consequences:
    """What corrections change.

    Attributes
    ----------
    unites
        correction, `CLE`, unite, the columns of `harmonisation.describe_marks`, those of
        `count_consequences`, aligne_moyenne_brute and eloigne_de_l_attendu (see
        `mark_doubtful`).
    epreuves
        correction, `CLE`, nb_notes, nb_modifiees, variation_moyenne (mean |Δ| of the marks moved,
        points), moyenne_avant, moyenne_apres, rangs_inverses (pairs of candidates),
        variance_avant, variance_apres, and the counts; each épreuve is corrected alone.
    total
        correction, session, specialite, nb_notes, nb_modifiees, variation_moyenne and the counts,
        all the épreuves corrected together.
    """

    unites: pl.DataFrame
    epreuves: pl.DataFrame
    total: pl.DataFrame


def study_corrections(
    path: Path, etude: Etude, corrections: Mapping[str, Correction]
) -> Consequences:
    """Simulate corrections and count what each changes.

    Parameters
    ----------
    path
        The published warehouse `etude` was read from.
    etude
        Marks, one unit each, and gaps.
    corrections
        Corrections by name; the name fills the column ``correction``.

    Raises
    ------
    ValueError
        See `harmonisation.simulate_marks`.
    """
    lots = {
        nom: simulate_marks(
            etude.notes,
            etude.ecarts,
            c.methode,
            kappa=c.kappa,
            pas=c.pas,
            signales_seulement=c.signales_seulement,
            decalages=c.decalages,
        )
        for nom, c in corrections.items()
    }
    lot = pl.concat([marks.with_columns(correction=pl.lit(nom)) for nom, marks in lots.items()])
    decisions = _decide(path, lot)
    seules = decisions.filter(pl.col("epreuve") != _ENSEMBLE)
    ensemble = decisions.filter(pl.col("epreuve") == _ENSEMBLE)
    unite, epreuve = ["correction", *CLE, "unite"], ["correction", *CLE]
    total = ["correction", "session", "specialite"]
    membres = lot.select(*unite, "numero_candidat")
    comptes = seules.join(membres, on=[*epreuve, "numero_candidat"])
    unites = pl.concat(
        describe_marks(marks, etude.ecarts).with_columns(correction=pl.lit(nom))
        for nom, marks in lots.items()
    ).join(count_consequences(comptes, unite), on=unite)
    libres = [nom for nom, c in corrections.items() if c.methode == "libre"]
    return Consequences(
        mark_doubtful(unites, etude.ecarts, pl.col("correction").is_in(libres)).sort(unite),
        _sum_up(lot, epreuve)
        .join(_inversions(lots), on=epreuve)
        .join(unites.select(*epreuve, "variance_avant", "variance_apres").unique(), on=epreuve)
        .join(count_consequences(seules, epreuve), on=epreuve)
        .sort(epreuve),
        _sum_up(lot, total).join(count_consequences(ensemble, total), on=total).sort(total),
    )


def _decide(path: Path, lot: pl.DataFrame) -> pl.DataFrame:
    """Decide each candidate, épreuve by épreuve then all épreuves together."""
    keys = pl.concat(
        [
            lot,
            lot.with_columns(
                epreuve_corrigee=pl.col("epreuve"),
                epreuve=pl.lit(_ENSEMBLE),
                etape=pl.lit(""),
                type_unite=pl.lit(""),
            ),
        ],
        how="diagonal",
    )
    reference = pl.concat_str(*CLE, separator="|")
    scenarios = keys.with_columns(
        reference=reference, scenario=pl.concat_str("correction", reference, separator="|")
    )
    decisions = decide_scenarios(
        path, scenarios.with_columns(epreuve=pl.coalesce("epreuve_corrigee", "epreuve"))
    )
    noms = scenarios.select("scenario", "correction", "epreuve", "etape", "type_unite").unique()
    return decisions.join(noms, on="scenario")


def _sum_up(lot: pl.DataFrame, par: Sequence[str]) -> pl.DataFrame:
    delta = (pl.col("note_simulee") - pl.col("note")).abs()
    est_modifiee = delta > 1e-9
    return lot.group_by(par).agg(
        nb_notes=pl.len(),
        nb_modifiees=est_modifiee.sum(),
        variation_moyenne=delta.filter(est_modifiee).mean(),
        moyenne_avant=pl.col("note").mean(),
        moyenne_apres=pl.col("note_simulee").mean(),
    )


def _inversions(lots: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Count the pairs of an épreuve once each: those of two units would else be seen twice."""
    return pl.concat(
        count_inversions(marks.with_columns(unite=pl.lit("")))
        .drop("unite")
        .with_columns(correction=pl.lit(nom))
        for nom, marks in lots.items()
    )


def mark_doubtful(unites: pl.DataFrame, ecarts: pl.DataFrame, est_libre: pl.Expr) -> pl.DataFrame:
    """Point out the shifts, chosen by hand, that the anchors speak against.

    Parameters
    ----------
    unites
        Moved units: `CLE`, unite, moyenne_avant, moyenne_apres, ecart_avant, ecart_apres.
    ecarts
        Rows of ``marts.ecart``.
    est_libre
        Which rows are of a correction chosen by hand.

    Returns
    -------
    polars.DataFrame
        The same rows with aligne_moyenne_brute (the shift takes the raw gap away, which the
        anchors explain in part) and eloigne_de_l_attendu (the unit ends farther from what its
        anchors predict than it was), false where the gap is not known.
    """
    key = [*CLE, "unite"]
    mouvement = pl.col("moyenne_apres") - pl.col("moyenne_avant")
    bouge = est_libre & (mouvement.abs() > 0.05)
    rest_brut = (pl.col("ecart_brut") + mouvement).abs()
    explique = (pl.col("ecart_brut") - pl.col("ecart_ajuste")).abs() > _NOTABLE
    eloigne = pl.col("ecart_apres").abs() > pl.col("ecart_avant").abs() + 0.05
    return (
        unites.join(ecarts.select(*key, "ecart_brut", "ecart_ajuste"), on=key, how="left")
        .with_columns(
            aligne_moyenne_brute=(bouge & (rest_brut < 0.05) & explique).fill_null(value=False),
            eloigne_de_l_attendu=(bouge & eloigne).fill_null(value=False),
        )
        .drop("ecart_brut", "ecart_ajuste")
    )
