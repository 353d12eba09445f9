"""Who is called to the épreuves de contrôle, what they choose, and what the jury decides.

The generator does the sums itself, on whole numbers, so that it owes nothing to the SQL it tests:
marks in half points times coefficients in halves are quarters of a weighted point.
"""

from dataclasses import dataclass

import numpy as np

from perequation.demo.faits import Faits
from perequation.demo.notation import BRUIT
from perequation.demo.parcours import AB, CCF, DI, NOTE, NV, FeuilleNotes
from perequation.demo.population import Booleens, Entiers, Tirage
from perequation.socle.regles_decision import rules_at

TAUX_ABSENTS = 0.06
TAUX_AUTRE_CHOIX = 0.15
BONUS_CONTROLE = 1.5


@dataclass(frozen=True)
class BilanJury:
    """Sums of the first group, in quarters of a point; ``decide`` tells who has a decision."""

    points: Entiers
    seuil10: Entiers
    est_elimine: Booleens
    decide: Booleens
    est_appele: Booleens

    @property
    def manque(self) -> Entiers:
        """Quarters of a weighted point missing to 10 on average."""
        return np.maximum(0, self.seuil10 - self.points)


@dataclass(frozen=True)
class Controle:
    """One control mark: candidates (ranks), the épreuve taken again, marks and codes."""

    groupe: str
    candidats: Entiers
    demi: Entiers
    code: Entiers
    langue: Entiers


@dataclass(frozen=True)
class DecisionJury:
    """A decision of the jury that differs from the sums."""

    candidat: int
    etape: str
    decision: str
    motif: str


def sum_up(faits: Faits, feuilles: dict[str, FeuilleNotes]) -> BilanJury:
    """Apply the règlement's thresholds to the sheets, in whole numbers.

    Parameters
    ----------
    faits
        The session, which says how many optional épreuves count and whether anyone is called.
    feuilles
        Marked sheets.
    """
    obligatoires = [f for f in feuilles.values() if not f.epreuve.est_facultative]
    points, seuil = _weigh(obligatoires)
    pro, seuil_pro = _weigh([f for f in obligatoires if f.epreuve.domaine == "professionnel"])
    regime = rules_at(faits.session).regime
    points = points + _sum_facultatives(feuilles, regime.facultatives_maximales)
    est_elimine = np.any([f.inscrit & np.isin(f.code, (AB, NV)) for f in obligatoires], axis=0)
    complet = np.all([f.inscrit for f in obligatoires], axis=0)
    decide = complet & ~est_elimine & (seuil > 0)
    est_appele = decide & (points < seuil) & (10 * points >= 8 * seuil) & (pro >= seuil_pro)
    est_appele &= regime.controle == "permanent"
    return BilanJury(points, seuil, est_elimine, decide, est_appele)


def _weigh(feuilles: list[FeuilleNotes]) -> tuple[Entiers, Entiers]:
    """Return weighted points and the points 10 would make, in quarters; DI counts in neither."""
    points = sum(f.epreuve.coefficient2 * np.where(f.code == NOTE, f.demi, 0) for f in feuilles)
    seuil = sum(f.epreuve.coefficient2 * np.where(f.code == DI, 0, 20) for f in feuilles)
    return np.asarray(points), np.asarray(seuil)


def _sum_facultatives(feuilles: dict[str, FeuilleNotes], maximum: int) -> Entiers:
    """Return the points above 10 of the best optional épreuves."""
    gains = np.array(
        [
            f.epreuve.coefficient2 * np.maximum(0, f.demi - 20) * (f.inscrit & (f.code == NOTE))
            for f in feuilles.values()
            if f.epreuve.est_facultative
        ]
    )
    return np.sort(gains, axis=0)[-maximum:].sum(axis=0)


def hold_jury(
    rng: np.random.Generator, faits: Faits, bilan: BilanJury
) -> tuple[list[DecisionJury], Booleens]:
    """Rescue a few candidates just under 10; return them and who is still called to contrôle."""
    proches = bilan.decide & (bilan.points < bilan.seuil10)
    proches &= 1000 * bilan.points >= 975 * bilan.seuil10
    choisis = np.sort(rng.permutation(np.flatnonzero(proches))[: faits.nombres["repechages"]])
    motif = "Livret scolaire favorable, repêchage"
    decisions = [DecisionJury(int(c), "premier_groupe", "ADMIS", motif) for c in choisis]
    appeles = bilan.est_appele.copy()
    appeles[choisis] = False
    return decisions, appeles


def decide_exceptional(
    faits: Faits, bilan: BilanJury, premier: list[DecisionJury]
) -> list[DecisionJury]:
    """Decide of those called by an exceptional contrôle, whose outcome no rule computes.

    Everybody under 10 whom the jury has not admitted at once was called; it admits the nearest.
    """
    if rules_at(faits.session).regime.controle != "exceptionnel":
        return []
    appeles = bilan.decide & (bilan.points < bilan.seuil10)
    appeles[[decision.candidat for decision in premier]] = False
    admis = 1000 * bilan.points >= 960 * bilan.seuil10
    motif = "Oraux de contrôle du dispositif exceptionnel"
    return [
        DecisionJury(int(c), "controle", "ADMIS" if admis[c] else "REFUSE", motif)
        for c in np.flatnonzero(appeles)
    ]


def take_controles(
    tirage: Tirage, feuilles: dict[str, FeuilleNotes], appeles: Booleens
) -> list[Controle]:
    """Let each called candidate take two general épreuves again, the most useful as a rule.

    Parameters
    ----------
    tirage
        The session and its candidates.
    feuilles
        Marked sheets; dispensed and kept épreuves can't be chosen.
    appeles
        Who is called.

    Returns
    -------
    list
        One item per general épreuve (E2 as a whole).
    """
    groupes = _group_general(feuilles)
    choix = _choose(tirage.rng, np.array([_gain(membres) for membres in groupes.values()]))
    code = np.where(tirage.rng.random(tirage.nombre) < TAUX_ABSENTS, AB, NOTE)
    controles: list[Controle] = []
    for (groupe, membres), choisi in zip(groupes.items(), choix, strict=True):
        candidats = np.flatnonzero(appeles & choisi)
        demi = _mark(tirage, membres)[candidats]
        langue = membres[0].langue[candidats]
        controles.append(Controle(groupe, candidats, demi, code[candidats], langue))
    return controles


def _group_general(feuilles: dict[str, FeuilleNotes]) -> dict[str, list[FeuilleNotes]]:
    groupes: dict[str, list[FeuilleNotes]] = {}
    for feuille in feuilles.values():
        if feuille.epreuve.domaine == "general":
            groupes.setdefault(feuille.epreuve.groupe, []).append(feuille)
    return groupes


def _choose(rng: np.random.Generator, gains: Entiers) -> Booleens:
    """Return the two épreuves of each candidate, one row per épreuve; chance breaks ties."""
    hasard = rng.random(gains.shape)
    autre = rng.random(gains.shape[1]) < TAUX_AUTRE_CHOIX
    interet = np.where(autre, hasard, gains + hasard)
    interet = np.where(gains < 0, -1.0, interet)
    rangs = np.argsort(np.argsort(-interet, axis=0, kind="stable"), axis=0, kind="stable")
    return (rangs < 2) & (gains >= 0)


def _mark(tirage: Tirage, membres: list[FeuilleNotes]) -> Entiers:
    """Return everybody's control mark: an easier oral, with its own noise."""
    attendu = np.mean([tirage.faits.moyennes[f.epreuve.code] for f in membres]) + BONUS_CONTROLE
    bruit = tirage.rng.normal(0, BRUIT, tirage.nombre)
    note = attendu + tirage.population.aptitude + bruit
    return np.clip(np.rint(2 * note), 0, 40).astype(np.int64)


def _gain(membres: list[FeuilleNotes]) -> Entiers:
    """Return what a 20 would bring to an épreuve, or -1 when it can't be chosen."""
    possible = ~np.any([f.mode > CCF for f in membres], axis=0)
    possible &= ~np.all([f.code == DI for f in membres], axis=0)
    gain = sum(
        f.epreuve.coefficient2 * np.where(f.code == NOTE, 40 - f.demi, 40) * (f.code != DI)
        for f in membres
    )
    return np.where(possible, np.asarray(gain), -1)


def add_controles(
    bilan: BilanJury, feuilles: dict[str, FeuilleNotes], controles: list[Controle]
) -> Entiers:
    """Return everybody's points after contrôle, in quarters: the better mark of each épreuve."""
    points = bilan.points.copy()
    for controle in controles:
        membres = [f for f in feuilles.values() if f.epreuve.groupe == controle.groupe]
        premier = _weigh(membres)[0][controle.candidats]
        coefficient2 = _weigh(membres)[1][controle.candidats] // 20
        nouveau = coefficient2 * np.where(controle.code == NOTE, controle.demi, 0)
        points[controle.candidats] += np.maximum(0, nouveau - premier)
    return points


def close_jury(
    rng: np.random.Generator, bilan: BilanJury, appeles: Booleens, points: Entiers
) -> list[DecisionJury]:
    """Rescue one candidate still just under 10 after contrôle, when there is one."""
    proches = appeles & (points < bilan.seuil10) & (1000 * points >= 980 * bilan.seuil10)
    motif = "Repêchage après les épreuves de contrôle"
    choisis = rng.permutation(np.flatnonzero(proches))[:1]
    return [DecisionJury(int(c), "controle", "ADMIS", motif) for c in choisis]
