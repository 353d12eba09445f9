"""What adding or taking points would change, unit by unit: what a meeting tries before it decides."""

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from perequation.harmonisation.ecarts.signaux import change_threshold
from perequation.harmonisation.ecarts.trames import CLE
from perequation.harmonisation.simulation.comptes import grid_of_points
from perequation.harmonisation.simulation.etude import read_those
from perequation.presentation.tableaux import NOMINATIVES
from perequation.socle import entrepot

#: Points one may try on a unit; each is decided by the rules of the results.
POINTS = tuple(step / 2 for step in range(-6, 7) if step)
#: Counts that add up over units, in the order of the page.
COMPTES = ("nb_modifiees", "admis", "controle", "refuse", "gagnent_admission", "perdent_admission")
_DECISIONS = ("ADMIS", "CONTROLE", "REFUSE")


@dataclass(frozen=True)
class EssaiDePoints:
    """What one may try.

    Attributes
    ----------
    unites
        `CLE`, unite, code (what the meeting's file calls the unit), points, `COMPTES` (admis,
        controle, refuse: after minus before), signal, ecart_retenu and its interval. Units
        whose gap isn't known are never moved, and left out.
    analyses
        Those with a unit to examine or to watch.
    avant
        Proposals of the first group over the spécialité as the marks stand: admis, controle,
        refuse. The same for every épreuve.
    """

    unites: pl.DataFrame
    analyses: pl.DataFrame
    avant: tuple[int, int, int]


def study_points(path: Path, analyses: pl.DataFrame, alerte: float = 0.0) -> EssaiDePoints:
    """Count what each number of points would change, for each unit of the analyses.

    Parameters
    ----------
    path
        A published warehouse.
    analyses
        What `harmonisation.summarise_analyses` returns, of one spécialité; those without a unit to
        examine or to watch are left out.
    alerte
        Gap from which units are to examine, points; 0 for the session's own.
    """
    wanted = analyses.filter((pl.col("nb_signales") > 0) | (pl.col("nb_a_surveiller") > 0))
    ecarts = read_those(path, "marts.ecart", wanted.select(CLE))
    if alerte:
        ecarts = change_threshold(ecarts, alerte)
    known = ecarts.filter(pl.col("ecart_retenu").is_not_null())
    # Nobody looks for a unit among thousands that there is nothing to say of.
    known = known.filter(
        pl.col("signal").is_in(["signale", "a_surveiller"]) | (pl.len().over(CLE) <= NOMINATIVES)
    )
    if known.is_empty():
        types = dict.fromkeys([*CLE, "unite", "code", "signal"], pl.String) | {"points": pl.Float64}
        return EssaiDePoints(pl.DataFrame(schema=types), wanted.head(0), (0, 0, 0))
    known = known.select(*CLE, "unite", "signal", "ecart_retenu", "ic_bas", "ic_haut")
    notes = read_those(path, "intermediate.harmonisation_note", known.select(*CLE, "unite"))
    moved = {
        name: pl.col(f"{name}_apres").cast(pl.Int64) - pl.col(f"{name}_avant").cast(pl.Int64)
        for name in ("admis", "controle", "refuse")
    }
    grid = grid_of_points(path, notes, POINTS).with_columns(**moved)
    units = grid.select(*CLE, "unite", "points", *COMPTES, code="unite")
    units = units.join(known, on=[*CLE, "unite"])
    return EssaiDePoints(units, wanted, _proposals(path, wanted["specialite"][0]))


def _proposals(path: Path, specialite: str) -> tuple[int, int, int]:
    with entrepot.open_read_only(path) as con:
        found = con.execute(
            "select decision_calculee, count(*) from marts.resultat_candidat "
            "where specialite = ? group by all",
            [specialite],
        ).fetchall()
    counts = [dict(found).get(code, 0) for code in _DECISIONS]
    return counts[0], counts[1], counts[2]
