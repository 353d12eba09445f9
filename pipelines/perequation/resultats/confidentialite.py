"""Counts of the whole session that are grouped or hidden among themselves: decisions, averages."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import polars as pl

# Why a figure is hidden.
PETIT = "petit_effectif"
HOMOGENE = "groupe_homogene"
COMPLEMENT = "complement"
DEDUIT = "deductible"

# What the admis, then the others, of the whole session are made of.
_DECISIONS = (
    ("admis_premier_groupe", "admis_controle"),
    ("controle", "refuses", "elimines", "incomplets"),
)
_OF_THE_CONTROLE = frozenset({"admis_controle", "controle"})


def hide_few_decisions(total: pl.DataFrame, minimum: int) -> pl.DataFrame:
    """Return the decisions of the whole session, few ones hidden with enough others.

    Parameters
    ----------
    total
        The row `maille = total` of `marts.reussite`; nothing is told of it when its admis are
        hidden.
    minimum
        Candidates under which a count is hidden; a zero is not.

    Returns
    -------
    polars.DataFrame
        decision (admis_premier_groupe, admis_controle, controle, refuses, elimines, incomplets)
        and nb_candidats, null when hidden. The first two add up to the admis, the others to the
        rest of the inscrits, both published: at least two of a sum are hidden, for twice the
        minimum together. Without anyone called, the contrôle has no row.
    """
    rows: list[dict[str, Any]] = []
    for row in total.filter(pl.col("admis").is_not_null()).iter_rows(named=True):
        counts = row | {"admis_premier_groupe": row["admis"] - row["admis_controle"]}
        for names in _DECISIONS:
            kept = [name for name in names if row["appeles"] or name not in _OF_THE_CONTROLE]
            hidden = _hidden({name: counts[name] for name in kept}, minimum)
            rows += [
                {"decision": name, "nb_candidats": None if name in hidden else counts[name]}
                for name in kept
            ]
    return pl.DataFrame(rows, schema={"decision": pl.String, "nb_candidats": pl.Int64})


def group_averages(repartition: pl.DataFrame, minimum: int) -> pl.DataFrame:
    """Join neighbouring slices of averages until each holds enough candidates.

    Parameters
    ----------
    repartition
        `marts.repartition_moyenne`: tranche (lower bound of a half-point), n.
    minimum
        Candidates of the smallest slice published.

    Returns
    -------
    polars.DataFrame
        tranche, fin (upper bound, not included), n, and hauteur (candidates per half-point). The
        slices cover 0 to 20; 8 and 10 stay bounds as long as there are enough candidates on both
        sides. Without enough candidates in all, no row.
    """
    counts = {float(t): int(n) for t, n in repartition.select("tranche", "n").iter_rows()}
    slices = [_Slice(i / 2, (i + 1) / 2, counts.get(i / 2, 0)) for i in range(40)]
    # 20 alone is the last slice of the mart.
    slices[-1].n += sum(n for tranche, n in counts.items() if tranche >= 20)
    zones = [
        [s for s in slices if low <= s.debut < high] for low, high in ((0, 8), (8, 10), (10, 20))
    ]
    joined = _join((s for zone in zones for s in _join(zone, minimum)), minimum)
    return pl.DataFrame(
        {
            "tranche": [s.debut for s in joined],
            "fin": [s.fin for s in joined],
            "n": [s.n for s in joined],
            "hauteur": [s.n / (2 * (s.fin - s.debut)) for s in joined],
        },
        schema={"tranche": pl.Float64, "fin": pl.Float64, "n": pl.Int64, "hauteur": pl.Float64},
    ).filter(pl.col("n") >= minimum)


def keep_told_causes(rows: pl.DataFrame) -> pl.DataFrame:
    """Leave out the absences of each épreuve, told elsewhere with those that are justified."""
    absence = pl.col("cause") == "absence_non_justifiee"
    return rows.filter(~absence | (pl.col("epreuve") == "toutes"))


def hide_causes(rows: pl.DataFrame, count: int | None, minimum: int) -> pl.DataFrame:
    """Hide counts of eliminations that would tell of a few.

    Those under the minimum, and every count over all épreuves when one of them is, or when the
    number of eliminated candidates is hidden (`count` is None): each would tell the other.
    """
    whole = pl.col("epreuve") == "toutes"
    small = pl.col("nb_candidats") < minimum
    hidden = small | (whole & ((small & whole).any() | pl.lit(count is None)))
    return rows.with_columns(nb_candidats=pl.when(~hidden).then("nb_candidats"))


@dataclass
class _Slice:
    """Candidates from one average to another."""

    debut: float
    fin: float
    n: int


def _join(slices: Iterable[_Slice], minimum: int) -> list[_Slice]:
    """Add each slice to the one before as long as that one is short; the last short one joins."""
    joined: list[_Slice] = []
    for each in slices:
        if joined and joined[-1].n < minimum:
            joined[-1].fin, joined[-1].n = each.fin, joined[-1].n + each.n
        else:
            joined.append(_Slice(each.debut, each.fin, each.n))
    if len(joined) > 1 and joined[-1].n < minimum:
        last = joined.pop()
        joined[-1].fin, joined[-1].n = last.fin, joined[-1].n + last.n
    return joined


def _hidden(counts: dict[str, int], minimum: int) -> set[str]:
    """Return the counts to hide among those of one published sum."""
    hidden = {name for name, n in counts.items() if 0 < n < minimum}
    others = sorted(counts.keys() - hidden, key=lambda name: (counts[name] == 0, counts[name]))
    for name in others:
        if not hidden:
            break
        if len(hidden) > 1 and sum(counts[each] for each in hidden) >= 2 * minimum:
            break
        hidden.add(name)
    return hidden
