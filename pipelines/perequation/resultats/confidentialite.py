"""Statistical confidentiality: which figures of the public report are hidden, and which with them.

The success rates of one session are published by académie, establishment, centre, statut, sexe and
forme: tables that cut the same candidates in several ways. A small group hidden in one may follow
from another; so each hidden count is attacked with all that is published, by linear programming,
and more is hidden until none can be found again.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

# The columns that make the groups of `marts.reussite`; an establishment is known by its UAI.
_MAILLES = {
    "total": pl.lit("total"),
    "academie": pl.col("academie"),
    "etablissement": pl.coalesce("uai", "etablissement"),
    "centre_ecrit": pl.col("centre_ecrit"),
    "statut": pl.col("statut"),
    "sexe": pl.col("sexe"),
    "forme": pl.col("forme"),
}
_FIGURES = (
    "admis",
    "admis_controle",
    "admis_non_presents",
    "appeles",
    "controle",
    "refuses",
    "elimines",
    "incomplets",
    "taux_reussite",
    "taux_bas",
    "taux_haut",
    "moyenne_generale",
)
# Width the attack must leave to a hidden count, when the group is that large.
_WIDTH = 2
_TINY = 1e-6
# What the admis, then the others, of the whole session are made of.
_DECISIONS = (
    ("admis_premier_groupe", "admis_controle"),
    ("controle", "refuses", "elimines", "incomplets"),
)
_OF_THE_CONTROLE = frozenset({"admis_controle", "controle"})


@dataclass
class _Publication:
    """The published counts: groups × atoms, an atom being candidates alike in every maille.

    `dans` says which atoms a group is made of; `plafond` bounds the admis of each atom.
    """

    dans: Any
    plafond: Any
    admis: Any
    presents: Any
    cache: Any

    def hide(self, groupe: int) -> None:
        """Hide a group, and those made of the same candidates under another name."""
        self.cache |= (self.dans == self.dans[groupe]).all(axis=1)

    def attack(self, groupe: int) -> tuple[float, set[int]]:
        """Return how wide a hidden count stays, and the published groups that bound it."""
        from scipy.optimize import linprog

        shown = np.flatnonzero(~self.cache)
        known: dict[str, Any] = {"bounds": np.c_[np.zeros_like(self.plafond), self.plafond]}
        if shown.size:
            known |= {"A_eq": self.dans[shown], "b_eq": self.admis[shown]}
        aim = self.dans[groupe]
        low, high = (linprog(sign * aim, method="highs", **known) for sign in (1, -1))
        weights = np.abs(low.eqlin.marginals) + np.abs(high.eqlin.marginals)
        return -high.fun - low.fun, {int(i) for i in shown[weights > _TINY]}

    def protect(self, groupe: int, width: int) -> None:
        """Hide other groups, the smallest first, until this one stays that unknown."""
        needed = min(width, self.presents[groupe])
        whole = self.dans.all(axis=1)
        while needed:
            left, proof = self.attack(groupe)
            useful = [i for i in proof if not whole[i]]
            if left >= needed - _TINY or not useful:
                return
            self.hide(min(useful, key=lambda i: (self.presents[i], i)))


def hide_small_groups(
    reussite: pl.DataFrame, resultats: pl.DataFrame, minimum: int
) -> pl.DataFrame:
    """Hide the figures of small groups, and of those that would give them back.

    Parameters
    ----------
    reussite
        `marts.reussite` of one session and spécialité, all mailles together, with its intervals.
    resultats
        `marts.resultat_candidat` of the same: who is in which groups at once.
    minimum
        Candidates (présents, or those with an average) under which figures are hidden.

    Returns
    -------
    polars.DataFrame
        The same rows with `masque` (boolean); figures other than inscrits and présents are null
        where it is true. Whoever knows every published figure, and how many candidates are in each
        crossing of the groups, still can't tell the admis of a hidden group to within one (to
        within the group itself when it has one présent); unless the rate of the whole session
        tells it of everyone, nearly all being admitted, or nearly none.

    Notes
    -----
    Complementary suppression in linked tables, by the linear programs of the attacker: M. Fischetti
    and J. J. Salazar, *Models and algorithms for optimizing cell suppression in tabular data with
    linear constraints*, JASA 95, 2000; here greedily, the smallest group of the proof first.
    """
    if reussite.is_empty() or resultats.is_empty():
        return reussite.with_columns(masque=pl.lit(value=False))
    groupes = reussite.with_row_index("groupe")
    publication, averaged = _publication(groupes, resultats)
    inscrits = groupes["inscrits"].to_numpy()
    few = (publication.presents < minimum) & (inscrits > 0)
    few |= (averaged > 0) & (averaged < minimum)
    for groupe in np.flatnonzero(few):
        publication.hide(int(groupe))
    done: set[int] = set()
    # Those hidden to protect others are then protected in their turn, as less would do.
    while waiting := {int(i) for i in np.flatnonzero(publication.cache)} - done:
        groupe = min(waiting, key=lambda i: (not few[i], -publication.presents[i], i))
        publication.protect(groupe, _WIDTH if few[groupe] else 1)
        done.add(groupe)
    hidden = pl.Series("masque", publication.cache)
    figures = [name for name in _FIGURES if name in reussite.columns]
    return reussite.with_columns(hidden).with_columns(
        pl.when(~pl.col("masque")).then(pl.col(name)).alias(name) for name in figures
    )


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


def _publication(groupes: pl.DataFrame, resultats: pl.DataFrame) -> tuple[_Publication, Any]:
    """Return what is published before anything is hidden, and how many averages each group has."""
    named = resultats.with_columns(
        modalite.fill_null("NON RENSEIGNE").alias(maille) for maille, modalite in _MAILLES.items()
    )
    atomes = (
        named.group_by(*_MAILLES, maintain_order=True)
        .agg(
            presents=pl.col("est_present").sum(),
            admis=(pl.col("decision_finale") == "ADMIS").sum(),
            moyennes=pl.col("moyenne_generale").count(),
        )
        .with_row_index("atome")
    )
    places = atomes.unpivot(
        list(_MAILLES), index="atome", variable_name="maille", value_name="modalite"
    ).join(groupes.select("groupe", "maille", "modalite"), on=["maille", "modalite"])
    dans = np.zeros((groupes.height, atomes.height))
    dans[places["groupe"].to_numpy(), places["atome"].to_numpy()] = 1
    counts = {n: atomes[n].to_numpy().astype(float) for n in ("presents", "admis", "moyennes")}
    # Some are admitted on kept marks alone, without being présents.
    plafond = np.maximum(counts["presents"], counts["admis"])
    publication = _Publication(
        dans,
        plafond,
        dans @ counts["admis"],
        dans @ counts["presents"],
        np.zeros(groupes.height, dtype=bool),
    )
    return publication, dans @ counts["moyennes"]
