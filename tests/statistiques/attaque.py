"""An attacker of published sums: integer programming on candidates, independent of the product."""

from collections.abc import Iterator
from itertools import combinations
from typing import Any

import numpy as np
import polars as pl
from scipy.optimize import Bounds, LinearConstraint, milp

MAILLES = ("total", "academie", "etablissement", "centre_ecrit", "statut", "sexe", "forme")
PROFILS = ("bac_origine", "annee_naissance")
MINIMUM = 5


def session_of(*atomes: tuple[str, str, str, str, int, int]) -> pl.DataFrame:
    """Candidates by (établissement, centre, statut, sexe): présents, and admis among them."""
    columns = ("etablissement", "centre_ecrit", "statut", "sexe")
    rows = [
        dict(zip(columns, atome[:4], strict=True))
        | {
            "decision_finale": "ADMIS" if i < atome[5] else "REFUSE",
            # Half points, above ten for the admis.
            "moyenne_generale": 10.0 + (i * 7 % 13) / 2 if i < atome[5] else 4.0 + (i % 11) / 2,
        }
        for atome in atomes
        for i in range(atome[4])
    ]
    return pl.DataFrame(rows).with_columns(
        session=pl.lit(2023, pl.Int64),
        specialite=pl.lit("CCST"),
        numero_candidat=pl.int_range(pl.len()).cast(pl.String),
        uai=pl.lit(None, pl.String),
        academie=pl.lit("A"),
        # Two columns of the roster that cut across everything else.
        bac_origine=pl.when(pl.int_range(pl.len()) % 3 == 0)
        .then(pl.lit("B"))
        .otherwise(pl.lit("A")),
        annee_naissance=(2000 + pl.int_range(pl.len()) * 5 % 7 // 3).cast(pl.String),
        forme=pl.lit("GLOBALE"),
        est_present=pl.lit(value=True),
    )


def marks_of(session: pl.DataFrame) -> pl.DataFrame:
    """One épreuve: CCF for the scolaires, ponctuel for the others; marks in half points."""
    mode = pl.when(pl.col("statut") == "S0").then(pl.lit("CCF")).otherwise(pl.lit("PONCTUEL"))
    return session.select(
        "session",
        "specialite",
        "numero_candidat",
        epreuve=pl.lit("E1"),
        mode=mode,
        note=pl.col("moyenne_generale"),
        est_conservee=pl.lit(value=False),
    )


# By quantity: what one candidate adds at most, how near to none or all tells, and how few do.
BORNES = {
    "admis": (1, 2, MINIMUM),
    "part_sup_10": (1, 2, MINIMUM),
    "moyenne": (20, 5, MINIMUM),
    "dispersion": (400, 100, 10),
}


def groups_of(
    frame: pl.DataFrame, mode: str, mailles: tuple[str, ...], inside: pl.Series | None = None
) -> dict[Any, Any]:
    """Return who is in each group of some mailles, by mode, maille and modalité."""
    some = pl.repeat(value=True, n=frame.height, eager=True) if inside is None else inside
    return {
        (mode, maille, modalite): ((frame[maille] == modalite) & some).to_numpy().astype(float)
        for maille in mailles
        for modalite in frame.filter(some)[maille].unique().sort()
    }


def attack(
    mesure: str, groups: dict[Any, Any], shown: set[Any], values: Any, units: Any
) -> list[str]:
    """Return what is worked out of a quantity from the groups whose figure is shown."""
    assert shown <= set(groups)
    cap, marge, minimum = BORNES[mesure]
    attacker = Attaquant(groups, shown, values, list(units), cap)
    return list(attacker.found(marge=marge, whole=cap == 1, minimum=minimum))


class Attaquant:
    """Holds every published sum, and looks for what it did not have.

    Candidates that no group tells apart and one establishment knows are one variable, but for one
    of them, looked for alone.
    """

    def __init__(
        self, groups: dict[Any, Any], shown: set[Any], values: Any, unite: list[str], cap: float
    ) -> None:
        places = np.array([groups[name] for name in groups]).T
        kinds: dict[Any, list[int]] = {}
        for i, unit in enumerate(unite):
            kinds.setdefault((unit, *places[i]), []).append(i)
        parts = [part for who in kinds.values() for part in (who[:1], who[1:]) if part]
        self.names, self.cap = list(groups), cap
        self.places = np.array([places[part[0]] for part in parts]).T
        self.sizes = np.array([len(part) for part in parts])
        self.values = np.array([values[part].sum() for part in parts])
        self.unite = np.array([unite[part[0]] for part in parts])
        self.matrix = self.places[[name in shown for name in groups]]
        self.sums = self.matrix @ self.values
        # What differs from the truth in other values that would have given the same publication.
        self.moved = np.empty((0, len(self.values)))

    def coalitions(self) -> Iterator[Any]:
        """Yield who knows what: nobody, an establishment, two together."""
        names = sorted(set(self.unite))
        yield np.zeros(len(self.unite), dtype=bool)
        for together in (1, 2):
            for some in combinations(names, together):
                yield np.isin(self.unite, some)

    def is_told(self, target: Any, known: Any, *, whole: bool) -> bool:
        """Say whether what is published leaves one value only to a sum of candidates."""
        least = 0.5 if whole else 0.01
        if (np.abs(self._unknowing(known) @ target) > least).any():
            return False
        low = np.where(known, self.values, 0)
        high = np.where(known, self.values, self.cap * self.sizes)
        rules = LinearConstraint(self.matrix, self.sums, self.sums) if len(self.matrix) else ()
        true = self.values[target].sum()
        for sign in (1, -1):
            found = milp(
                sign * target.astype(float),
                constraints=rules,
                integrality=np.full(len(target), int(whole)),
                bounds=Bounds(low, high),
            )
            if abs(sign * found.fun - true) > least:
                self.moved = np.vstack([self.moved, found.x - self.values])
                return False
        return True

    def _unknowing(self, known: Any) -> Any:
        """Return the other values found so far that agree with what is known."""
        return self.moved[(np.abs(self.moved[:, known]) < 1e-7).all(axis=1)]

    def found(self, *, marge: float, whole: bool, minimum: int = MINIMUM) -> Iterator[str]:
        """Yield what is worked out: a few, or a group nearly all of one kind."""
        for known in self.coalitions():
            for name, inside in zip(self.names, self.places, strict=True):
                left = inside.astype(bool) & ~known
                n, total = self.sizes[left].sum(), self.values[left].sum()
                few = n < minimum or total < marge or self.cap * n - total < marge
                if n and few and self.is_told(left, known, whole=whole):
                    yield f"{name} : {n} candidats ({self._words(known)})"
        ones = np.eye(len(self.unite), dtype=bool)[self.sizes == 1]
        for known in (np.zeros(len(self.unite), dtype=bool), *ones):
            # All at once those about whom other values leave a doubt: they are nearly all.
            doubt = (np.abs(self._unknowing(known)) > (0.5 if whole else 0.01)).any(axis=0)
            for one in ones[~doubt[self.sizes == 1]]:
                if not (one & known).any() and self.is_told(one, known, whole=whole):
                    yield f"un candidat de {self._words(one)} ({self._words(known)})"

    def _words(self, known: Any) -> str:
        return ", ".join(sorted(set(self.unite[known]))) or "tous"
