"""Random sessions full of the rare cases: codes, kept marks, rejects, stages, jury, contrôle."""

from decimal import Decimal
from random import Random

from scenarios.modele import Candidat, Jury, Note, Regles, Rejet

from perequation.socle.reglement import Epreuve, Reglement

ETAPES = ("transmise", "harmonisee", "definitive")
MOTIFS = ("STAGE_COURT", "NON_SIGNE", "HORS_DELAI", "SANS_DOSSIER")


def draw_regles(rng: Random, reglement: Reglement) -> Regles:
    """Draw the settings of the open points."""
    langues = ["epreuve", *(e.code for e in reglement.epreuves if e.code in ("E21", "E22"))]
    return Regles(
        controle_langue=rng.choice(langues),
        controle_reprend_benefice=rng.random() < 0.4,
        controle_forme_progressive=rng.random() < 0.6,
    )


def draw_session(rng: Random, reglement: Reglement, nombre: int) -> list[Candidat]:
    """Draw candidates whose averages crowd around 8 and 10."""
    return [_candidat(rng, reglement, f"{i:011d}") for i in range(nombre)]


def _candidat(rng: Random, reglement: Reglement, numero: str) -> Candidat:
    niveau = rng.choice((7.5, 8, 9, 9.5, 10, 10.5, 13))
    ecart_professionnel = rng.choice((0, 0, 1, 2.5))
    forme = "PROGRESSIVE" if rng.random() < 0.2 else "GLOBALE"
    rare = rng.random()
    notes: list[Note] = []
    rejets: list[Rejet] = []
    for e in reglement.epreuves:
        if e.facultative and rng.random() < 0.6:
            continue
        attendu = niveau + (ecart_professionnel if e.domaine == "professionnel" else 0)
        if rare < 0.12 and rng.random() < 0.15:
            continue
        if rare > 0.95 and rng.random() < 0.2:
            rejets.append(_rejet(rng, e.code))
        notes.extend(_etapes(rng, e, attendu, rare))
    notes = _gardees_entieres(rng, reglement, notes) if rng.random() < 0.04 else notes
    if rng.random() < 0.7:
        notes.extend(_controle(rng, reglement))
    if rng.random() < 0.03:
        rejets.append(Rejet(rng.choice(("E1", "E2", "E3")), "controle"))
    return Candidat(numero, forme, tuple(notes), tuple(rejets), tuple(_jury(rng)))


def _etapes(rng: Random, epreuve: Epreuve, attendu: float, rare: float) -> list[Note]:
    etapes = rng.sample(ETAPES, k=rng.choice((1, 1, 1, 2, 3)))
    mode = "PONCTUEL"
    if 0.12 < rare < 0.4 and rng.random() < 0.3:
        mode = rng.choice(("BENEFICE", "REPORT"))
    langue = rng.choice((None, "Anglais", " ANGLAIS", "espagnol")) if epreuve.langue else None
    origine = rng.choice((None, 2015, 2018, 2020, 2022, 2025)) if mode != "PONCTUEL" else None
    return [
        Note(
            epreuve.code,
            valeur := _valeur(rng, attendu, rare),
            etape,
            mode,
            rng.random() < 0.01,
            langue,
            rng.choice((None, *MOTIFS)) if valeur == "NV" else None,
            origine,
        )
        for etape in etapes
    ]


def _gardees_entieres(rng: Random, reglement: Reglement, notes: list[Note]) -> list[Note]:
    """Replace the parts of one épreuve by a kept mark of the whole, now and then beside one part."""
    groupes = sorted({e.epreuve for e in reglement.obligatoires if e.epreuve})
    if not groupes:
        return notes
    groupe = rng.choice(groupes)
    parties = [e.code for e in reglement.obligatoires if e.epreuve == groupe]
    gardee = set(parties[:1]) if rng.random() < 0.2 else set[str]()
    entiere = Note(
        groupe,
        Decimal(rng.randint(16, 30)) / 2,
        mode=rng.choice(("BENEFICE", "REPORT")),
        session_origine=rng.choice((None, 2019, 2022)),
    )
    return [n for n in notes if n.epreuve not in set(parties) - gardee] + [entiere]


def _valeur(rng: Random, attendu: float, rare: float) -> Decimal | str:
    if 0.3 < rare < 0.6 and rng.random() < 0.12:
        return rng.choice(("DI", "DI", "DI", "AJ", "AJ", "NV" if rare < 0.34 else "DI"))
    if 0.6 < rare < 0.64 and rng.random() < 0.2:
        return "AB"
    if 0.64 < rare < 0.66 and rng.random() < 0.2:
        return "FR"
    note = min(20.0, max(0.0, rng.gauss(attendu, 2.5)))
    if rare > 0.9:
        return Decimal(round(note * 100)) / 100
    return Decimal(round(note * 2)) / 2


def _rejet(rng: Random, code: str) -> Rejet:
    return Rejet(
        code,
        rng.choice(ETAPES),
        regle=rng.choice(("note_bornes", "code_inconnu", "doublon", "remplace")),
    )


def _controle(rng: Random, reglement: Reglement) -> list[Note]:
    groupes = sorted({e.groupe for e in reglement.obligatoires if e.domaine == "general"})
    choisies = rng.sample(groupes, k=rng.choice((1, 2, 2, 2, 3)))
    return [
        Note(
            g,
            rng.choice(("AB", "AB", "AJ", "FR"))
            if rng.random() < 0.08
            else Decimal(round(min(20.0, max(0.0, rng.gauss(11, 3))) * 2)) / 2,
            "controle",
        )
        for g in choisies
    ]


def _jury(rng: Random) -> list[Jury]:
    decisions: list[Jury] = []
    if rng.random() < 0.1:
        decision = rng.choice(("ADMIS", "CONTROLE", "CONTROLE", "REFUSE", "ELIMINE"))
        decisions.append(Jury(decision, livret=rng.choice(("O", "N", "AUCUN", None))))
    if rng.random() < 0.05:
        decisions.append(Jury(rng.choice(("ADMIS", "REFUSE", "CONTROLE")), "controle"))
    return decisions
