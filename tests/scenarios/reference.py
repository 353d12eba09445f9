"""The regulation in plain Python and exact fractions: slow, independent of the SQL.

Written from the reference document on the regulation (sections 2 to 5), one candidate at a time.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import floor

from scenarios.modele import Candidat, Note, Regles, replace

from perequation.socle.reglement import Epreuve, Reglement

CONSERVEES = {"BENEFICE", "REPORT"}
ETAPES = ("transmise", "harmonisee", "definitive")


@dataclass
class Attendu:
    """What the regulation says about a candidate."""

    decision_calculee: str
    decision_finale: str
    coefficients: Fraction
    points: Fraction | None = None
    generale: Fraction | None = None
    professionnelle: Fraction | None = None
    points_manquants: Fraction | None = None
    est_appele: bool = False
    epreuves_possibles: list[str] | None = None
    gain_maximal: Fraction | None = None
    gain_obtenu: Fraction | None = None
    finale: Fraction | None = None
    decision_rattrapage: str | None = None
    est_present: bool = False
    est_provisoire: bool = False
    # What must be flagged, one word each; the sets are compared with those the SQL's sentences say.
    signalements: frozenset[str] = frozenset()
    peut_etre_appele: bool | None = None


def arrondi(x: Fraction | None) -> Decimal | None:
    """Round to two decimals, half up."""
    return None if x is None else Decimal(floor(x * 100 + Fraction(1, 2))) / 100


def note_du_premier_groupe(candidat: Candidat, epreuve: str) -> Note | None:
    """Most advanced stage wins; a rejected mark is never replaced by an earlier stage."""
    for etape in reversed(ETAPES):
        if any(
            r.epreuve == epreuve
            and r.regle not in ("doublon", "remplace")
            and (r.etape == etape or (etape == "definitive" and r.etape is None))
            for r in candidat.rejets
        ):
            return None
        for note in candidat.notes:
            if note.epreuve == epreuve and note.etape == etape:
                return note
    return None


def valeur(note: Note) -> Fraction:
    """A justified absence is worth zero."""
    return Fraction(0) if note.valeur == "AJ" else Fraction(note.valeur)


def decider(candidat: Candidat, reglement: Reglement, session: int, regles: Regles) -> Attendu:
    """Apply the rules in their order."""
    obligatoires = [e for e in reglement.epreuves if not e.facultative]
    candidat = repartir_les_epreuves_conservees(candidat, reglement)
    retenues = {e.code: note_du_premier_groupe(candidat, e.code) for e in reglement.epreuves}
    presentes = [e for e in obligatoires if not _a_le_code(retenues[e.code], "DI")]
    attendu = Attendu(
        decision_calculee="",
        decision_finale="",
        coefficients=sum((Fraction(e.coefficient) for e in presentes), Fraction(0)),
        est_present=any(_fait_un_present(retenues[e.code]) for e in obligatoires),
        est_provisoire=any(n is not None and n.etape == "transmise" for n in retenues.values()),
    )
    fraudes = [c for c, n in retenues.items() if _a_le_code(n, "FR")]
    attendu.decision_calculee = (
        "INCOMPLET" if fraudes else _sans_moyenne(candidat, presentes, retenues)
    )
    if not attendu.decision_calculee:
        _calculer_les_moyennes(attendu, reglement, presentes, retenues)
        attendu.decision_calculee = _selon_les_moyennes(attendu, candidat, session, regles)
    elif attendu.decision_calculee == "INCOMPLET" and presentes and not fraudes:
        essais = _remplir(attendu, reglement, presentes, retenues)
        attendu.peut_etre_appele = any(
            _selon_les_moyennes(e, candidat, session, regles) == "CONTROLE" for e in essais
        )
    jury = {j.etape: j.decision for j in candidat.jury}
    standing = jury.get("premier_groupe", attendu.decision_calculee)
    attendu.est_appele = standing == "CONTROLE"
    apres_controle = None
    if attendu.est_appele:
        possibles = _epreuves_possibles(reglement, presentes, retenues, regles)
        apres_controle = _controle(attendu, candidat, possibles, retenues, session)
    attendu.signalements = frozenset(signaler(candidat, reglement, session, retenues, attendu))
    attendu.decision_rattrapage = jury.get("controle") or apres_controle
    attendu.decision_finale = attendu.decision_rattrapage or standing
    return attendu


def repartir_les_epreuves_conservees(candidat: Candidat, reglement: Reglement) -> Candidat:
    """A kept mark of a whole épreuve stands for each of its parts that has none of its own line."""
    parties: dict[str, list[str]] = {}
    for e in reglement.obligatoires:
        if e.epreuve:
            parties.setdefault(e.epreuve, []).append(e.code)
    propres = {(n.epreuve, n.etape) for n in candidat.notes if n.epreuve not in parties}
    notes: list[Note] = []
    for n in candidat.notes:
        if n.epreuve in parties and n.etape != "controle":
            notes += [
                replace(n, epreuve=code)
                for code in parties[n.epreuve]
                if (code, n.etape) not in propres
            ]
        else:
            notes.append(n)
    return replace(candidat, notes=tuple(notes))


def signaler(
    candidat: Candidat,
    reglement: Reglement,
    session: int,
    retenues: dict[str, Note | None],
    attendu: Attendu,
) -> Iterator[str]:
    """Say what must be told of a candidate beside the decision, kind by kind."""
    notees = {c: n for c, n in retenues.items() if n and not isinstance(n.valeur, str)}
    if any(_a_le_code(n, "FR") for n in retenues.values()):
        yield "fraude"
    langues = {e.code: e for e in reglement.epreuves if e.langue}
    dites = [
        (langues[c].facultative, _plier(n.langue))
        for c, n in notees.items()
        if c in langues and n.langue
    ]
    if any(fac and (False, langue) in dites for fac, langue in dites):
        yield "langue"
    for e in reglement.epreuves:
        suivie = e.a_la_suite_de
        if suivie and e.code in notees and e.facultative:
            absents = {f.code for f in reglement.epreuves if suivie in (f.code, f.groupe)}
            if any(_a_le_code(retenues[c], "AB") for c in absents):
                yield "suite"
    gardees = [retenues[e.code] for e in reglement.obligatoires]
    origines = [
        n.session_origine
        for n in gardees
        if n and n.mode in CONSERVEES and n.valeur != "DI" and n.session_origine
    ]
    if any(o >= session or session - o > 5 for o in origines):
        yield "cinq_ans"
    yield from _limites(candidat, retenues, reglement, session, attendu)


def _limites(
    candidat: Candidat,
    retenues: dict[str, Note | None],
    reglement: Reglement,
    session: int,
    attendu: Attendu,
) -> Iterator[str]:
    """A jury that decides what the text doesn't open to it; a setting of the session is no text."""
    calculee, generale, pro = attendu.decision_calculee, attendu.generale, attendu.professionnelle
    sous_les_seuils = calculee == "REFUSE" and (
        (generale is not None and generale < 8) or (pro is not None and pro < 10)
    )
    codes = {n.valeur for e in reglement.obligatoires if (n := retenues[e.code])}
    fraude = any(_a_le_code(n, "FR") for n in retenues.values())
    ferme = calculee == "ELIMINE" and bool(codes & {"AB", "NV"})
    for j in candidat.jury:
        appel = j.decision == "CONTROLE"
        if (
            (appel and j.etape == "controle")
            or fraude
            or (ferme and j.decision in ("ADMIS", "CONTROLE"))
            or (appel and session < 2021)
            or (appel and session == 2021 and calculee != "CONTROLE")
            or (appel and session > 2021 and sous_les_seuils)
        ):
            yield "jury"


def _plier(langue: str) -> str:
    return langue.strip().lower().replace("é", "e")


def _a_le_code(note: Note | None, code: str) -> bool:
    return note is not None and note.valeur == code


def _fait_un_present(note: Note | None) -> bool:
    if note is None:
        return False
    if isinstance(note.valeur, str):
        return note.valeur == "NV"
    return note.mode not in CONSERVEES


def _sans_moyenne(
    candidat: Candidat, presentes: list[Epreuve], retenues: dict[str, Note | None]
) -> str:
    """Return the decision taken before any average, if any."""
    if any(_a_le_code(retenues[e.code], "AB") for e in presentes):
        return "ELIMINE"
    if any(_a_le_code(retenues[e.code], "NV") for e in presentes):
        return "ELIMINE"
    if any(retenues[e.code] is None for e in presentes):
        return "EN_COURS" if candidat.forme == "PROGRESSIVE" else "INCOMPLET"
    return "" if presentes else "INCOMPLET"


def _calculer_les_moyennes(
    attendu: Attendu,
    reglement: Reglement,
    presentes: list[Epreuve],
    retenues: dict[str, Note | None],
) -> None:
    bonus = sorted(
        (
            Fraction(e.coefficient) * max(Fraction(0), Fraction(note.valeur) - 10)
            for e in reglement.epreuves
            if e.facultative
            and (note := retenues[e.code]) is not None
            and not isinstance(note.valeur, str)
        ),
        reverse=True,
    )
    attendu.points = _points(presentes, retenues) + sum(bonus[:3])
    attendu.generale = attendu.points / attendu.coefficients
    attendu.points_manquants = max(Fraction(0), 10 * attendu.coefficients - attendu.points)
    professionnelles = [e for e in presentes if e.domaine == "professionnel"]
    if professionnelles:
        attendu.professionnelle = _points(professionnelles, retenues) / sum(
            Fraction(e.coefficient) for e in professionnelles
        )


def _remplir(
    attendu: Attendu,
    reglement: Reglement,
    presentes: list[Epreuve],
    retenues: dict[str, Note | None],
) -> Iterator[Attendu]:
    """Yield the averages that marks at the edges of what is possible would give.

    The least that reaches the professional threshold, and from there the least that reaches 8.
    """

    def essai(pro: Fraction, autre: Fraction) -> Attendu:
        notes = {
            e.code: Note(e.code, pro if e.domaine == "professionnel" else autre)  # type: ignore[arg-type]
            for e in presentes
            if retenues[e.code] is None
        }
        obtenu = Attendu("", "", attendu.coefficients)
        _calculer_les_moyennes(obtenu, reglement, presentes, retenues | notes)
        return obtenu

    def plus_petite(atteint: Callable[[Fraction], Fraction | None], seuil: int) -> Fraction:
        """Return the mark from which a mean, linear in it, is at a threshold; within 0 to 20."""
        bas, haut = atteint(Fraction(0)), atteint(Fraction(20))
        if bas is None or haut is None or bas >= seuil or haut == bas:
            return Fraction(0)
        return min(Fraction(20), 20 * (seuil - bas) / (haut - bas))

    zero, vingt = Fraction(0), Fraction(20)
    yield essai(zero, zero)  # in 2021 the general mean alone calls
    moindre = plus_petite(lambda x: essai(x, zero).professionnelle, 10)
    yield essai(moindre, zero)
    yield essai(moindre, plus_petite(lambda x: essai(moindre, x).generale, 8))
    yield essai(max(moindre, plus_petite(lambda x: essai(x, vingt).generale, 8)), vingt)


def _points(epreuves: list[Epreuve], retenues: dict[str, Note | None]) -> Fraction:
    total = Fraction(0)
    for e in epreuves:
        note = retenues[e.code]
        assert note is not None
        total += Fraction(e.coefficient) * valeur(note)
    return total


def _selon_les_moyennes(attendu: Attendu, candidat: Candidat, session: int, regles: Regles) -> str:
    assert attendu.generale is not None
    if attendu.generale >= 10:
        return "ADMIS"
    ouvert = candidat.forme != "PROGRESSIVE" or regles.controle_forme_progressive
    if (
        session >= 2022
        and attendu.generale >= 8
        and attendu.professionnelle is not None
        and attendu.professionnelle >= 10
        and ouvert
    ):
        return "CONTROLE"
    if session == 2021:
        return "CONTROLE"
    return "REFUSE"


def _epreuves_possibles(
    reglement: Reglement, presentes: list[Epreuve], retenues: dict[str, Note | None], regles: Regles
) -> dict[str, list[Epreuve]]:
    """Return the épreuves that may be taken again, with the sous-épreuves the mark stands for."""
    possibles: dict[str, list[Epreuve]] = {}
    for e in presentes:
        note = retenues[e.code]
        if e.domaine != "general" or note is None or note.valeur in ("AB", "NV", "FR"):
            continue
        if note.mode in CONSERVEES and not regles.controle_reprend_benefice:
            continue
        du_groupe = {f.code for f in reglement.epreuves if f.groupe == e.groupe}
        if regles.controle_langue in du_groupe and e.code != regles.controle_langue:
            continue
        possibles.setdefault(e.groupe, []).append(e)
    return possibles


def _controle(
    attendu: Attendu,
    candidat: Candidat,
    possibles: dict[str, list[Epreuve]],
    retenues: dict[str, Note | None],
    session: int,
) -> str | None:
    """Say what the contrôle may bring, and its outcome once a control mark is in."""
    if session < 2022:
        return None
    attendu.epreuves_possibles = list(possibles)
    if attendu.points is None:
        return None
    gains = {g: _gain(epreuves, retenues, Fraction(20)) for g, epreuves in possibles.items()}
    attendu.gain_maximal = _best_choice(gains, possibles)

    rejetees = {r.epreuve for r in candidat.rejets if r.etape == "controle"}
    obtenus = {
        n.epreuve: _gain(possibles[n.epreuve], retenues, Fraction(n.valeur))
        for n in candidat.notes
        if n.etape == "controle"
        and n.epreuve in possibles
        and n.epreuve not in rejetees
        and not isinstance(n.valeur, str)
    }
    codes = [
        n.valeur for n in candidat.notes if n.etape == "controle" and n.epreuve not in rejetees
    ]
    if "FR" in codes or not (obtenus or codes.count("AB") >= 2):
        return None
    attendu.gain_obtenu = _best_choice(obtenus, possibles)
    attendu.finale = (attendu.points + attendu.gain_obtenu) / attendu.coefficients
    return "ADMIS" if attendu.finale >= 10 else "REFUSE"


def _best_choice(gains: dict[str, Fraction], possibles: dict[str, list[Epreuve]]) -> Fraction:
    """Return the best of every choice of one or two épreuves, never two of them languages."""
    langues = {g for g, epreuves in possibles.items() if any(e.langue for e in epreuves)}
    choix = [{g} for g in gains] + [{a, b} for a in gains for b in gains if a != b]
    return max(
        (sum((gains[g] for g in c), Fraction(0)) for c in choix if len(c & langues) < 2),
        default=Fraction(0),
    )


def _gain(epreuves: list[Epreuve], retenues: dict[str, Note | None], note: Fraction) -> Fraction:
    coefficient = sum(Fraction(e.coefficient) for e in epreuves)
    return max(Fraction(0), coefficient * note - _points(epreuves, retenues))
