"""What each candidate sits: épreuves, mode, and the codes that stand for a mark."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from perequation.demo.faits import EpreuveFaits, Faits
from perequation.demo.population import Booleens, Entiers, Population, Reels, Tirage
from perequation.socle.regles_decision import rules_at

MODES = ("PONCTUEL", "CCF", "BENEFICE", "REPORT")
PONCTUEL, CCF, BENEFICE, REPORT = range(4)
CODES = ("", "AB", "AJ", "NV", "DI")
NOTE, AB, AJ, NV, DI = range(5)

TAUX_ABANDON = {"SCOLAIRE": 0.02, "APPRENTI": 0.025, "EAD": 0.08, "INDIVIDUEL": 0.12}
TAUX_CONSERVATION = {"FORMATION CONTINUE": 0.12, "EAD": 0.2, "INDIVIDUEL": 0.25}
TAUX_REDOUBLANT = 0.012
TAUX_ABSENCE, TAUX_JUSTIFIEE, TAUX_NON_VALIDE, TAUX_DISPENSE = 0.004, 0.004, 0.005, 0.012
TAUX_PARTIEL = 0.25


def _zeros() -> Entiers:
    return np.zeros(0, dtype=np.int64)


@dataclass
class FeuilleNotes:
    """One épreuve; arrays have one value per candidate of the population.

    ``demi`` and ``transmise`` are marks in half points (0 to 40): the mark that counts and, in
    CCF, the one the establishment sent. ``centre`` is a rank in the list of places, ``commission``
    a number (0: none), ``langue`` a rank in the session's languages. ``entiere`` tells whose kept
    mark is that of the whole épreuve.
    """

    epreuve: EpreuveFaits
    inscrit: Booleens
    mode: Entiers
    code: Entiers
    langue: Entiers
    reserve: Booleens
    non_saisie: Booleens
    centre: Entiers = field(default_factory=_zeros)
    commission: Entiers = field(default_factory=_zeros)
    demi: Entiers = field(default_factory=_zeros)
    transmise: Entiers = field(default_factory=_zeros)
    entiere: Booleens = field(default_factory=lambda: np.zeros(0, dtype=np.bool_))

    @property
    def convoque(self) -> Booleens:
        """Who is called this session: neither dispensed nor keeping an earlier mark."""
        return self.inscrit & (self.mode <= CCF) & (self.code != DI)

    @property
    def notee(self) -> Booleens:
        """Who gets a number this session."""
        return self.convoque & (self.code == NOTE)


def name_commission(feuille: FeuilleNotes, numero: int) -> str:
    """Return the name of a ponctuel commission; one that goes on straight after keeps its name."""
    return f"{feuille.epreuve.a_la_suite_de or feuille.epreuve.code}-C{numero:02d}"


def build_feuilles(tirage: Tirage) -> dict[str, FeuilleNotes]:
    """Decide who sits what, in which mode, and who gets a code instead of a mark.

    Parameters
    ----------
    tirage
        The session and its candidates; printed numbers of ponctuel candidates are respected.

    Returns
    -------
    dict
        Code of the épreuve → sheet, in the order of the règlement.
    """
    faits, population = tirage.faits, tirage.population
    langue = _choose_langues(faits, population)
    feuilles = {
        epreuve.code: _open_feuille(epreuve, population, langue) for epreuve in faits.epreuves
    }
    _enroll_facultatives(tirage, feuilles)
    proteges = _find_proteges(faits, population)
    obligatoires = [f for f in feuilles.values() if not f.epreuve.est_facultative]
    _keep_marks(tirage, obligatoires, proteges)
    _leave_partial(tirage, obligatoires, proteges)
    _exempt(tirage.rng, obligatoires, proteges)
    _mark_absences(tirage.rng, obligatoires, proteges)
    _give_up(tirage, feuilles, proteges)
    _apply_hors_epreuve(faits, population, feuilles)
    _follow(feuilles)
    _doubt(tirage.rng, obligatoires)
    _forget(tirage, obligatoires)
    return feuilles


def _open_feuille(epreuve: EpreuveFaits, population: Population, langue: Entiers) -> FeuilleNotes:
    count = len(population)
    return FeuilleNotes(
        epreuve=epreuve,
        inscrit=np.full(count, not epreuve.est_facultative),
        mode=np.where(population.a_ccf & epreuve.est_ccf, CCF, PONCTUEL),
        code=np.zeros(count, dtype=np.int64),
        langue=langue.copy(),
        reserve=np.zeros(count, dtype=np.bool_),
        non_saisie=np.zeros(count, dtype=np.bool_),
        entiere=np.zeros(count, dtype=np.bool_),
    )


def _choose_langues(faits: Faits, population: Population) -> Entiers:
    """Return the compulsory language: the drawn one, unless the circular prints it."""
    langue = population.langue.copy()
    for oral in faits.centres_oraux:
        for nom, origine, _ in oral.inscrits:
            if nom and not oral.epreuves[0].startswith("EF"):
                langue[population.from_origine(faits, origine)] = population.langues.index(nom)
    return langue


def _enroll_facultatives(tirage: Tirage, feuilles: dict[str, FeuilleNotes]) -> None:
    faits, population = tirage.faits, tirage.population
    for feuille in (f for f in feuilles.values() if f.epreuve.est_facultative):
        code = feuille.epreuve.code
        hasard = tirage.rng.random(len(population))
        feuille.inscrit = hasard < faits.facultatives.get(code, 0.0)
        if feuille.epreuve.est_ccf and feuille.epreuve.a_la_suite_de is None:
            feuille.inscrit &= population.a_ccf
        if code == "EF1":
            _choose_autre_langue(population, feuille)
            _enroll_imprimes(faits, population, feuilles, hasard)


def _choose_autre_langue(population: Population, feuille: FeuilleNotes) -> None:
    """Make the optional language differ from the compulsory one."""
    espagnol = population.langues.index("ESPAGNOL")
    autre = population.langues.index("ITALIEN") if "ITALIEN" in population.langues else 0
    feuille.langue = np.where(feuille.langue == espagnol, autre, espagnol)


def _enroll_imprimes(
    faits: Faits, population: Population, feuilles: dict[str, FeuilleNotes], hasard: Reels
) -> None:
    """Enroll exactly the printed numbers in EF1, and give them another compulsory language."""
    anglais = population.langues.index("ANGLAIS")
    espagnol = population.langues.index("ESPAGNOL")
    for oral in (o for o in faits.centres_oraux if "EF1" in o.epreuves):
        for nom, origine, effectif in oral.inscrits:
            libres = population.from_origine(faits, origine) & ~feuilles["EF1"].inscrit
            choisis = np.flatnonzero(libres)
            choisis = choisis[np.argsort(hasard[choisis], kind="stable")][:effectif]
            feuilles["EF1"].inscrit[choisis] = True
            for feuille in feuilles.values():
                feuille.langue[choisis] = anglais if nom == "ESPAGNOL" else espagnol
            feuilles["EF1"].langue[choisis] = population.langues.index(nom)


def _find_proteges(faits: Faits, population: Population) -> Booleens:
    """Return whose compulsory orals the circular counts one by one."""
    origines = [
        origine
        for oral in faits.centres_oraux
        if not oral.epreuves[0].startswith("EF")
        for _, origine, _ in oral.inscrits
    ]
    proteges = np.zeros(len(population), dtype=np.bool_)
    for origine in origines:
        proteges |= population.from_origine(faits, origine)
    return proteges


def _rate(population: Population, taux: Mapping[str, float], defaut: float) -> Reels:
    statuts = population.roster["statut"]
    return statuts.replace_strict(dict(taux), default=defaut).cast(float).to_numpy()


def group_units(feuilles: dict[str, FeuilleNotes]) -> list[list[FeuilleNotes]]:
    """Return the sheets of each épreuve made of several units."""
    toutes = list(feuilles.values())
    groupes = ([toutes[rang] for rang in rangs] for rangs in _group(toutes).values())
    return [membres for membres in groupes if len(membres) > 1]


def hold_whole(faits: Faits, feuilles: dict[str, FeuilleNotes]) -> None:
    """Keep whole épreuves where the session's law keeps no unit alone.

    A repeater who keeps a unit keeps the others with it; only a dispense leaves a unit on its own.
    Nothing is drawn: a session whose law keeps units is not changed, nor are the others' places.

    Parameters
    ----------
    faits
        The session.
    feuilles
        Sheets whose places are known, changed in place.
    """
    if rules_at(faits.session).regime.benefice == "unite":
        return
    for membres in group_units(feuilles):
        modes = np.array([feuille.mode for feuille in membres])
        entiere = np.any(modes > CCF, axis=0) & ~np.any([f.code == DI for f in membres], axis=0)
        for feuille in membres:
            _hold(feuille, entiere, modes.max(axis=0))
    for feuille in feuilles.values():
        if feuille.epreuve.a_la_suite_de:
            feuille.inscrit &= feuilles[feuille.epreuve.a_la_suite_de].notee


def _hold(feuille: FeuilleNotes, entiere: Booleens, mode: Entiers) -> None:
    """Let candidates keep the mark of the whole épreuve, whatever they would have sat of it."""
    feuille.entiere = entiere
    feuille.mode[entiere] = mode[entiere]
    feuille.code[entiere] = NOTE
    feuille.inscrit |= entiere
    feuille.reserve &= ~entiere
    feuille.non_saisie &= ~entiere


def _group(feuilles: list[FeuilleNotes]) -> dict[str, list[int]]:
    groupes: dict[str, list[int]] = {}
    for rang, feuille in enumerate(feuilles):
        groupes.setdefault(feuille.epreuve.groupe, []).append(rang)
    return groupes


def _keep_marks(tirage: Tirage, feuilles: list[FeuilleNotes], proteges: Booleens) -> None:
    """Give repeaters some kept marks; under 10 only in the progressive form (report)."""
    rng, population = tirage.rng, tirage.population
    taux = _rate(population, TAUX_CONSERVATION, TAUX_REDOUBLANT)
    concernes = (rng.random(len(population)) < taux) & ~proteges
    progressive = (population.roster["forme"] == "PROGRESSIVE").to_numpy()
    for feuille in feuilles:
        conserve = concernes & (rng.random(len(population)) < 0.35)
        reporte = conserve & progressive & (rng.random(len(population)) < 0.25)
        feuille.mode[conserve] = BENEFICE
        feuille.mode[reporte] = REPORT


def _leave_partial(tirage: Tirage, feuilles: list[FeuilleNotes], proteges: Booleens) -> None:
    """Let some progressive candidates take only part of the épreuves this year."""
    rng, population = tirage.rng, tirage.population
    progressive = (population.roster["forme"] == "PROGRESSIVE").to_numpy()
    partiel = progressive & (rng.random(len(population)) < TAUX_PARTIEL) & ~proteges
    for feuille in feuilles[1:]:
        feuille.inscrit &= ~(partiel & (rng.random(len(population)) < 0.5))


def _exempt(rng: np.random.Generator, feuilles: list[FeuilleNotes], proteges: Booleens) -> None:
    """Dispense holders of another diploma of E1, of E2, of both, or of one sous-épreuve."""
    dispense = (rng.random(len(proteges)) < TAUX_DISPENSE) & ~proteges
    quoi = rng.integers(4, size=len(proteges))
    groupes = _group(feuilles)
    for motif, rangs in enumerate(
        (groupes["E1"], groupes["E2"], [*groupes["E1"], *groupes["E2"]], groupes["E2"][-1:])
    ):
        for rang in rangs:
            feuille = feuilles[rang]
            vises = dispense & (quoi == motif) & feuille.inscrit & (feuille.mode <= CCF)
            feuille.code[vises] = DI


def _mark_absences(
    rng: np.random.Generator, feuilles: list[FeuilleNotes], proteges: Booleens
) -> None:
    """Draw single absences, justified ones (written papers), and files declared non valides.

    Exact numbers, at least one of each: the smallest session shows every case.
    """
    count = len(proteges)
    passage = np.empty(count, dtype=np.int64)
    passage[rng.permutation(np.flatnonzero(~proteges))] = np.arange(int(np.sum(~proteges)))
    passage[proteges] = count
    lequel = rng.integers(len(feuilles), size=count)
    ecrits = [rang for rang, f in enumerate(feuilles) if f.epreuve.forme == "ecrit"]
    dossiers = [rang for rang, f in enumerate(feuilles) if f.epreuve.a_dossier]
    taux = (TAUX_ABSENCE, TAUX_JUSTIFIEE, TAUX_NON_VALIDE)
    seuils = np.cumsum([max(1, round(t * count)) for t in taux])
    for rang, feuille in enumerate(feuilles):
        absent = (passage < seuils[0]) & (lequel == rang)
        justifie = (passage >= seuils[0]) & (passage < seuils[1])
        justifie &= np.take(ecrits, lequel % len(ecrits)) == rang
        non_valide = (passage >= seuils[1]) & (passage < seuils[2])
        non_valide &= np.take(dossiers, lequel % len(dossiers)) == rang
        for lesquels, code in ((absent, AB), (justifie, AJ), (non_valide, NV)):
            feuille.code[lesquels & feuille.convoque] = code


def _give_up(tirage: Tirage, feuilles: dict[str, FeuilleNotes], proteges: Booleens) -> None:
    """Mark those who never came: absent everywhere, or only after their CCF situations."""
    rng, population = tirage.rng, tirage.population
    taux = _rate(population, TAUX_ABANDON, 0.02)
    abandon = (rng.random(len(population)) < taux) & ~proteges
    garde_ccf = rng.random(len(population)) < 0.5
    for feuille in feuilles.values():
        absent = abandon & ~((feuille.mode == CCF) & garde_ccf) & feuille.convoque
        feuille.code[absent] = AB


def _apply_hors_epreuve(
    faits: Faits, population: Population, feuilles: dict[str, FeuilleNotes]
) -> None:
    for origine, code, mode in faits.hors_epreuve:
        feuilles[code].mode[population.from_origine(faits, origine)] = MODES.index(mode)


def _follow(feuilles: dict[str, FeuilleNotes]) -> None:
    """Hold an épreuve taken straight after another only where the other was really taken."""
    for feuille in feuilles.values():
        if feuille.epreuve.a_la_suite_de:
            parent = feuilles[feuille.epreuve.a_la_suite_de]
            feuille.inscrit &= parent.notee
            feuille.mode = parent.mode.copy()
            feuille.code[:] = NOTE


def _doubt(rng: np.random.Generator, feuilles: list[FeuilleNotes]) -> None:
    """Put a very few file-based marks « sous réserve »."""
    feuille = next(f for f in feuilles if f.epreuve.a_dossier)
    notes = np.flatnonzero(feuille.notee)
    count = max(1, len(notes) // 600)
    feuille.reserve[rng.choice(notes, size=min(count, len(notes)), replace=False)] = True


def _forget(tirage: Tirage, feuilles: list[FeuilleNotes]) -> None:
    """Lose a mark here and there, and the harmonised marks of a few candidates of one unit."""
    rng, faits, population = tirage.rng, tirage.faits, tirage.population
    feuille = [f for f in feuilles if f.epreuve.est_ccf][-1]
    scolaires = population.has_statut("SCOLAIRE") & feuille.notee & (feuille.mode == CCF)
    perdus = rng.permutation(np.flatnonzero(scolaires))[: faits.nombres["incomplets"]]
    feuille.inscrit[perdus] = False
    candidats = np.flatnonzero(scolaires & feuille.inscrit)
    if len(candidats):
        unite = population.etablissement == population.etablissement[rng.choice(candidats)]
        choisis = candidats[unite[candidats]][: faits.nombres["provisoires"]]
        feuille.non_saisie[choisis] = True
