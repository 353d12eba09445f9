"""Marks: one ability per candidate, noise per épreuve, and the effects to be found again."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from perequation.demo.affectation import Lieux
from perequation.demo.parcours import (
    BENEFICE,
    CCF,
    PONCTUEL,
    REPORT,
    FeuilleNotes,
    group_units,
    name_commission,
)
from perequation.demo.population import Booleens, Entiers, Reels, Tirage
from perequation.socle.erreurs import ConfigurationError

BRUIT = 2.4
ECART_TYPE_HALO = 0.5  # shared by all the CCF épreuves of an establishment
ECART_TYPE_PROPRE = 0.62  # own to one épreuve: 0.8 with the halo
ECART_TYPE_JURY = 0.3
ECART_TYPE_COMMISSION = 0.6
ECART_TYPE_CENTRE = 0.3
BONUS_CCF = 0.5

EffetsPlantes = Mapping[tuple[str, str], float]


@dataclass
class Effets:
    """Known effects, drawn or planted; ``plantes`` is None when they are drawn."""

    rng: np.random.Generator
    plantes: EffetsPlantes | None
    vus: set[tuple[str, str]] = field(default_factory=set)

    def draw(self, epreuve: str, unites: list[str], ecart_type: float) -> Reels:
        """Return one effect per unit, in points: drawn, or 0 except where planted."""
        if self.plantes is None:
            return self.rng.normal(0, ecart_type, len(unites))
        keys = [(epreuve, unite) for unite in unites]
        self.vus.update(key for key in keys if key in self.plantes)
        return np.array([self.plantes.get(key, 0.0) for key in keys], dtype=np.float64)

    def check(self) -> None:
        """Raise when a planted effect has no unit to go to."""
        if inconnus := sorted(set(self.plantes or ()) - self.vus):
            raise ConfigurationError(f"Effets plantés sans unité dans cette session : {inconnus}.")


@dataclass(frozen=True)
class Unites:
    """The units of one épreuve, of one type, at one stage."""

    epreuve: str
    etape: str
    type_unite: str
    noms: list[str]


def mark_feuilles(
    tirage: Tirage, feuilles: dict[str, FeuilleNotes], lieux: Lieux, plantes: EffetsPlantes | None
) -> pl.DataFrame:
    """Mark every sheet, in half points, and return the effects that were put in.

    Parameters
    ----------
    tirage
        The session and its candidates.
    feuilles
        Sheets, changed in place (``demi`` and ``transmise``).
    lieux
        The places.
    plantes
        (épreuve, unit) → points, replacing every random effect; None draws them.

    Returns
    -------
    polars.DataFrame
        ``epreuve``, ``etape``, ``type_unite``, ``unite``, ``n``, ``effet`` (points), before any
        harmonisation.
    """
    rng, faits, aptitude = tirage.rng, tirage.faits, tirage.population.aptitude
    effets = Effets(rng, plantes)
    halo = rng.normal(0, ECART_TYPE_HALO, len(faits.etablissements)) * (plantes is None)
    verites: list[pl.DataFrame] = []
    for feuille in feuilles.values():
        bruit = rng.normal(0, BRUIT, tirage.nombre)
        attendu = faits.moyennes[feuille.epreuve.code] + aptitude + bruit
        effet_ccf = _add_ccf(effets, tirage, feuille, halo, verites)
        effet_oral = _add_orals(effets, feuille, lieux, verites)
        demi = np.rint(2 * (attendu + effet_ccf + effet_oral)).astype(np.int64)
        feuille.demi = _bound(np.clip(demi, 0, 40), feuille)
    _share_kept(feuilles)
    for feuille in feuilles.values():
        feuille.transmise = feuille.demi.copy()
    effets.check()
    return pl.concat(verites)


def _bound(demi: Entiers, feuille: FeuilleNotes) -> Entiers:
    """Keep a bénéfice at 10 or more and a report below."""
    demi = np.where(feuille.mode == BENEFICE, np.maximum(demi, 20), demi)
    return np.where(feuille.mode == REPORT, np.minimum(demi, 19), demi)


def _share_kept(feuilles: dict[str, FeuilleNotes]) -> None:
    """Give the units of an épreuve kept whole its one mark: their mean, in half points."""
    for membres in group_units(feuilles):
        commune = np.rint(np.mean([feuille.demi for feuille in membres], axis=0)).astype(np.int64)
        for feuille in membres:
            feuille.demi = _bound(np.where(feuille.entiere, commune, feuille.demi), feuille)


def _add_ccf(
    effets: Effets, tirage: Tirage, feuille: FeuilleNotes, halo: Reels, verites: list[pl.DataFrame]
) -> Reels:
    """Return the effect of the establishment on its CCF marks, and of its juries."""
    est_ccf = feuille.mode == CCF
    notes = est_ccf & feuille.notee
    if not np.any(notes):
        return np.zeros(tirage.nombre)
    etablissement = tirage.population.etablissement
    uai = [e.uai for e in tirage.faits.etablissements]
    propre = effets.draw(feuille.epreuve.code, uai, ECART_TYPE_PROPRE) + halo
    unites = Unites(feuille.epreuve.code, "transmise", "etablissement", uai)
    verites.append(_describe(unites, propre, etablissement, notes))
    effet = propre[etablissement]
    jury = etablissement * 100 + feuille.commission
    if effets.plantes is None:
        _, dense = np.unique(jury, return_inverse=True)
        effet_jury = effets.rng.normal(0, ECART_TYPE_JURY, int(dense.max()) + 1)[dense]
        effet = effet + np.where(feuille.commission > 0, effet_jury, 0.0)
        effet = effet + BONUS_CCF
    return np.where(est_ccf, effet, 0.0)


def _add_orals(
    effets: Effets, feuille: FeuilleNotes, lieux: Lieux, verites: list[pl.DataFrame]
) -> Reels:
    """Return the effect of the centre and of the commission on ponctuel orals."""
    oral = feuille.convoque & (feuille.mode == PONCTUEL) & (feuille.commission > 0)
    if not np.any(oral):
        return np.zeros(len(oral))
    code = feuille.epreuve.code
    centres = np.unique(feuille.centre[oral])
    noms = [lieux.noms[rang] for rang in centres]
    par_centre = np.zeros(len(lieux.noms))
    dernier = int(feuille.commission[oral].max())
    par_centre[centres] = effets.draw(code, noms, ECART_TYPE_CENTRE)
    commissions = [name_commission(feuille, numero + 1) for numero in range(dernier)]
    par_commission = np.concatenate([[0.0], effets.draw(code, commissions, ECART_TYPE_COMMISSION)])
    numero = np.where(oral, feuille.commission, 0)
    total = np.where(oral, par_centre[feuille.centre] + par_commission[numero], 0.0)
    notes = oral & feuille.notee
    de_centre = Unites(code, "definitive", "centre", lieux.noms)
    de_commission = Unites(code, "definitive", "commission", ["", *commissions])
    verites.append(_average(de_centre, total, feuille.centre, notes))
    verites.append(_average(de_commission, total, numero, notes))
    return total


def _average(unites: Unites, effet: Reels, key: Entiers, notes: Booleens) -> pl.DataFrame:
    """Describe units by the mean effect on the candidates they really marked."""
    n = np.bincount(key[notes], minlength=len(unites.noms))
    somme = np.bincount(key[notes], weights=effet[notes], minlength=len(unites.noms))
    return _describe(unites, somme / np.maximum(n, 1), key, notes)


def _describe(unites: Unites, effet: Reels, key: Entiers, notes: Booleens) -> pl.DataFrame:
    """Return one row per unit that gave a mark; ``effet`` has one value per unit."""
    n = np.bincount(key[notes], minlength=len(unites.noms))
    table = pl.DataFrame({"unite": unites.noms, "n": n.astype(np.int64), "effet": effet})
    return table.filter(pl.col("n") > 0).select(
        pl.lit(unites.epreuve).alias("epreuve"),
        pl.lit(unites.etape).alias("etape"),
        pl.lit(unites.type_unite).alias("type_unite"),
        "unite",
        "n",
        "effet",
    )
