"""Where each épreuve takes place: written centre, oral centre and commission, establishment."""

import numpy as np
import polars as pl

from perequation.demo.faits import CentreOral, Faits
from perequation.demo.parcours import CCF, PONCTUEL, FeuilleNotes
from perequation.demo.population import Booleens, Entiers, Population, Tirage

TAILLE_COMMISSION = 12
# From this size an establishment holds its CCF situations with several juries.
TAILLE_PLUSIEURS_JURYS = 24


class Lieux:
    """Places by rank; rank 0 is no place. Units keep the same rank in all épreuves."""

    def __init__(self, faits: Faits) -> None:
        oraux = [lieu for oral in faits.centres_oraux for lieu in oral.lieux]
        uai = [e.uai for e in faits.etablissements]
        self.noms = list(
            dict.fromkeys(["", *uai, *faits.centres_ecrits(), *oraux, faits.lieu_de_controle])
        )
        self._rangs = {nom: rang for rang, nom in enumerate(self.noms)}

    def rank(self, nom: str) -> int:
        """Return the rank of a place."""
        return self._rangs[nom]

    def name(self, rangs: Entiers) -> pl.Series:
        """Return the names of places, as text."""
        return pl.Series(self.noms, dtype=pl.String).gather(rangs)


def assign_lieux(tirage: Tirage, feuilles: dict[str, FeuilleNotes]) -> Lieux:
    """Fill the centre and the commission of every sheet.

    Parameters
    ----------
    tirage
        The session and its candidates; chance decides who comes before which commission.
    feuilles
        Sheets, changed in place.

    Returns
    -------
    Lieux
        The places the ranks refer to.
    """
    faits, population = tirage.faits, tirage.population
    lieux = Lieux(faits)
    uai = np.array([lieux.rank(e.uai) for e in faits.etablissements])[population.etablissement]
    ecrit = np.array([lieux.rank(g.centre_ecrit) for g in faits.groupes])[population.groupe]
    for feuille in feuilles.values():
        ponctuel = feuille.convoque & (feuille.mode == PONCTUEL)
        ccf = feuille.convoque & (feuille.mode == CCF)
        feuille.centre = np.where(feuille.inscrit & (feuille.mode == CCF), uai, 0)
        feuille.commission = _number_jurys(faits, population, ccf)
        if feuille.epreuve.a_la_suite_de:
            parent = feuilles[feuille.epreuve.a_la_suite_de]
            feuille.centre = np.where(feuille.convoque, parent.centre, 0)
            feuille.commission = np.where(feuille.convoque, parent.commission, 0)
        elif feuille.epreuve.est_ecrite:
            feuille.centre = np.where(ponctuel, ecrit, feuille.centre)
        else:
            _hold_orals(tirage, feuille, lieux, ponctuel)
    return lieux


def _number_jurys(faits: Faits, population: Population, ccf: Booleens) -> Entiers:
    """Return the jury of each CCF candidate of a large establishment, when files tell it."""
    commission = np.zeros(len(population), dtype=np.int64)
    if faits.ccf_par_etablissement:
        return commission
    ordre = np.flatnonzero(ccf)
    etablissement = population.etablissement[ordre]
    effectif = np.bincount(etablissement, minlength=len(faits.etablissements))[etablissement]
    rang = _rank_within(etablissement)
    jurys = np.maximum(1, np.rint(effectif / TAILLE_COMMISSION)).astype(np.int64)
    commission[ordre] = np.where(effectif >= TAILLE_PLUSIEURS_JURYS, 1 + rang % jurys, 0)
    return commission


def _rank_within(key: Entiers) -> Entiers:
    """Return the rank of each item among those of the same key, in order."""
    ordre = np.argsort(key, kind="stable")
    triees = key[ordre]
    start = np.searchsorted(triees, triees)
    rang = np.empty(len(key), dtype=np.int64)
    rang[ordre] = np.arange(len(key)) - start
    return rang


def _hold_orals(tirage: Tirage, feuille: FeuilleNotes, lieux: Lieux, ponctuel: Booleens) -> None:
    """Send ponctuel candidates to the circular's centres, then cut each centre in commissions."""
    faits, population = tirage.faits, tirage.population
    rest = ponctuel.copy()
    for oral in (o for o in faits.centres_oraux if feuille.epreuve.code in o.epreuves):
        ici = rest & _accept(faits, population, feuille, oral)
        rangs = np.array([lieux.rank(lieu) for lieu in oral.lieux])
        feuille.centre[ici] = rangs[population.etablissement[ici] % len(rangs)]
        rest &= ~ici
    place = ponctuel & (feuille.centre > 0)
    est_langue = feuille.epreuve.groupe in ("E2", "EF1")
    langue = feuille.langue if est_langue else np.zeros_like(feuille.langue)
    cellule = feuille.centre[place] * 100 + langue[place]
    feuille.commission[place] = _cut(tirage.rng, cellule)


def _accept(
    faits: Faits, population: Population, feuille: FeuilleNotes, oral: CentreOral
) -> Booleens:
    accepte = np.ones(len(population), dtype=np.bool_)
    if oral.academie:
        accepte &= (population.roster["academie"] == oral.academie).to_numpy()
    if oral.langues:
        rangs = [r for r, nom in enumerate(faits.langues) if nom in oral.langues]
        accepte &= np.isin(feuille.langue, rangs)
    return accepte


def _cut(rng: np.random.Generator, cellule: Entiers) -> Entiers:
    """Return commission numbers, from 1: about a dozen candidates each, in random order."""
    _, dense, effectifs = np.unique(cellule, return_inverse=True, return_counts=True)
    counts = np.ceil(effectifs / TAILLE_COMMISSION).astype(np.int64)
    debuts = np.concatenate([[0], np.cumsum(counts)[:-1]]).astype(np.int64)
    passage = rng.permutation(len(cellule))
    rang = np.empty(len(cellule), dtype=np.int64)
    rang[passage] = _rank_within(dense[passage])
    return 1 + debuts[dense] + rang * counts[dense] // effectifs[dense]
