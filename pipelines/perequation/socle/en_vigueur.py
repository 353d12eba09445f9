"""The marks in force, and what is left to explain once they are looked at: said here, and only here.

For an épreuve and a type of unit, the marks in force are those of the latest stage they have:
``definitive``, else ``harmonisee``, else ``transmise``; at each stage ``marts.ecart`` takes the
marks as that stage leaves them, so that its latest stage is the marks in force of every unit.
``marts.ecart_en_vigueur`` has them, one line per unit: what the gap was before the meeting
(``*_avant``), what was decided and what was done of it (``decision``, ``suite_donnee``), what it is now.
"""

from collections.abc import Iterable
from dataclasses import astuple, dataclass
from pathlib import Path

import polars as pl

from perequation.socle import entrepot
from perequation.socle.formats import format_count
from perequation.socle.schema import ETAPES

_TABLE = "ecart_en_vigueur"


def keep_in_force(rows: pl.DataFrame) -> pl.DataFrame:
    """Keep the rows of the marks in force, analysis by analysis.

    Parameters
    ----------
    rows
        ``marts.ecart`` or any table that has specialite, epreuve, etape and type_unite.
    """
    rank = stage_rank()
    return rows.filter(rank == rank.max().over(_analysis(rows)))


def keep_as_sent(rows: pl.DataFrame) -> pl.DataFrame:
    """Keep the rows of the first stage each analysis has: what the meeting looks at."""
    rank = stage_rank()
    return rows.filter(rank == rank.min().over(_analysis(rows)))


def stage_rank() -> pl.Expr:
    """Return the place of ``etape`` among the stages, the earliest first."""
    ranks = {etape: place for place, etape in enumerate(ETAPES, start=1)}
    return pl.col("etape").replace_strict(ranks, return_dtype=pl.Int8)


def _analysis(rows: pl.DataFrame) -> list[str]:
    names = ("session", "specialite", "epreuve", "type_unite")
    return [name for name in names if name in rows.columns]


@dataclass(frozen=True)
class Restants:
    """The gaps on the marks in force, over the whole session.

    Attributes
    ----------
    nb_juges
        Units that could be judged; none is not the same as no gap.
    nb_signales
        Units to examine.
    nb_maintenus
        Those of them whose marks the meeting kept as they were, with a reason.
    """

    nb_juges: int
    nb_signales: int
    nb_maintenus: int

    @property
    def nb_restants(self) -> int:
        """Units still to examine: the meeting hasn't kept their marks as they were."""
        return self.nb_signales - self.nb_maintenus

    def __str__(self) -> str:
        """Say it in French: «12 écarts à examiner, dont 2 maintenus par la réunion».

        Where the meeting kept every one: «2 écarts, déjà maintenus par la réunion».
        """
        if not self.nb_juges:
            return "aucun écart ne peut être jugé"
        words = format_count(self.nb_signales, "écart à examiner", "écarts à examiner")
        if not self.nb_maintenus:
            return words
        if self.nb_maintenus == self.nb_signales:
            kept = "maintenu" if self.nb_signales < 2 else "maintenus"
            return f"{format_count(self.nb_signales, 'écart')}, déjà {kept} par la réunion"
        return f"{words}, dont {format_count(self.nb_maintenus, 'maintenu')} par la réunion"


def total(restants: Iterable[Restants]) -> Restants:
    """Add the gaps of several sessions."""
    counts = zip((0, 0, 0), *map(astuple, restants), strict=True)
    return Restants(*map(sum, counts))


def read_remaining(path: Path) -> Restants | None:
    """Count the gaps that remain on the marks in force.

    Parameters
    ----------
    path
        A published warehouse.

    Returns
    -------
    Restants or None
        None when the warehouse has no gaps: data that block, or an earlier version's results.
    """
    with entrepot.open_read_only(path) as con:
        if not entrepot.has_relation(con, f"marts.{_TABLE}"):
            return None
        rows = entrepot.read_relation(con, f"marts.{_TABLE}")
    return Restants(
        rows.filter(pl.col("signal") != "indisponible").height,
        rows.filter(signal="signale").height,
        rows.filter("est_maintenu").height,
    )
