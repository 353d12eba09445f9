"""The frames the statistics start from: set-based sums made in ``sql/intermediate``."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import ClassVar

import polars as pl

#: What one analysis is: the marks of one épreuve at one stage, compared between units of one type.
CLE = ["session", "specialite", "epreuve", "etape", "type_unite"]
TEXTS = pl.selectors.string()


def find_groups(lignes: pl.DataFrame, *par: str) -> list[slice]:
    """Return where each group is, of rows sorted by the columns that make the groups.

    Thousands of analyses are then slices of a few vectors, not thousands of frames.
    """
    longueurs = lignes.select(pl.struct(par).rle().struct.field("len")).to_series()
    bornes = [0, *longueurs.cum_sum().to_list()]
    return [slice(debut, fin) for debut, fin in pairwise(bornes)]


def _no_academie() -> pl.DataFrame:
    cle = dict.fromkeys([*CLE, "unite", "academie"], pl.String)
    return pl.DataFrame(schema=cle | {"session": pl.Int32, "n": pl.Int64})


@dataclass(frozen=True)
class Trames:
    """Sums per unit, as the ``intermediate.harmonisation_*`` relations give them.

    Parameters
    ----------
    unites
        One row per `CLE`, unite and commission: n, y, yy, nb_vingt (all marks); n_ancre,
        n_deux_ancres, y_ancre, yy_ancre, a_ancre, aa_ancre, aaa_ancre, aaaa_ancre, ya_ancre,
        yaa_ancre (candidates with an anchor; one letter a factor: yaa is Σ y a²).
    unites_ancres
        One row per `CLE`, unite and ancre: n, y, z, yz, a, n_seule, y_seule, a_sans.
    paires
        One row per `CLE`, unite, ancre and ancre_b: n, z, z_b, zz (Σ z z_b), z2, z2_b (squares).
    liens
        One row per `CLE`, unite, ancre and commission_ancre: n.
    academies
        One row per `CLE`, unite and academie: n, candidates with an anchor. May stay empty: then
        gaps are not compared between académies.
    ancres_declarees
        The anchors of the règlement or of ``session.toml``: specialite, epreuve.
    alerte_ecart
        Δ, the gap from which a difference is material, in points out of 20.
    effectif_minimal
        Units with fewer candidates are masked (never below 5, whatever is asked).
    """

    unites: pl.DataFrame
    unites_ancres: pl.DataFrame
    paires: pl.DataFrame
    liens: pl.DataFrame
    ancres_declarees: pl.DataFrame
    alerte_ecart: float = 0.5
    effectif_minimal: int = 5
    academies: pl.DataFrame = field(default_factory=_no_academie)

    RELATIONS: ClassVar[dict[str, str]] = {
        "unites": "intermediate.harmonisation_unite",
        "unites_ancres": "intermediate.harmonisation_unite_ancre",
        "paires": "intermediate.harmonisation_paire",
        "liens": "intermediate.harmonisation_lien",
        "academies": "intermediate.harmonisation_academie",
    }

    def sort(self) -> "Trames":
        """Sort the rows: sums of floating-point numbers must not depend on their order."""
        cle = [*CLE, "unite"]
        return replace(
            self,
            unites=self.unites.sort(*cle, "commission"),
            unites_ancres=self.unites_ancres.sort(*cle, "ancre"),
            paires=self.paires.sort(*cle, "ancre", "ancre_b"),
            liens=self.liens.sort(*cle, "ancre", "commission_ancre"),
        )

    def enumerate(self) -> "Trames":
        """Make one enumeration of all the texts, in their order.

        Joined, sorted and kept as its numbers, they take a quarter of the memory and of the time.
        """
        frames = {champ: getattr(self, champ) for champ in (*self.RELATIONS, "ancres_declarees")}
        texts = [f[c].unique() for f in frames.values() for c in f.select(TEXTS).columns]
        words = pl.Enum(pl.concat(texts).drop_nulls().unique().sort())
        return replace(
            self, **{nom: f.with_columns(TEXTS.cast(words)) for nom, f in frames.items()}
        )

    @classmethod
    def read(cls, read_relation: Callable[[str], pl.DataFrame]) -> "Trames":
        """Fill the frames through a reader of relations, so that no database is known here.

        Parameters
        ----------
        read_relation
            Takes a qualified name (``intermediate.harmonisation_unite``), returns its rows.
        """
        frames = {field: read_relation(relation) for field, relation in cls.RELATIONS.items()}
        epreuves = read_relation("reference.epreuve").filter(pl.col("est_ancre"))
        parametre = read_relation("reference.parametre").row(0, named=True)
        return cls(
            **frames,
            ancres_declarees=epreuves.select("specialite", "epreuve"),
            alerte_ecart=float(parametre["alerte_ecart"]),
            effectif_minimal=int(parametre["effectif_minimal"]),
        )
