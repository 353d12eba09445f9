"""Random sessions: every candidate agrees with the regulation written in exact fractions."""

import re
from decimal import Decimal
from fractions import Fraction
from random import Random
from typing import Any

import pytest
from scenarios import montage
from scenarios.modele import Candidat, Regles, reglement_de
from scenarios.reference import Attendu, arrondi, decider
from scenarios.tirage import draw_regles, draw_session

from perequation.socle.reglement import Reglement, available_reglements

DERNIERE = 2027
# What the reference tells beside the decision, and the words the results say it in.
SIGNALEMENTS = {
    "fraude": r"fraude \(FR\) à ",
    "langue": "dans la langue de l'épreuve obligatoire",
    "suite": r"après une absence \(AB\)",
    "cinq_ans": "vient de la session|viendrait de la session",
    "jury": "n'ouvre pas au jury",
}
SESSIONS = [
    pytest.param(r, annee, id=f"{r.specialite}-{annee}")
    for r in available_reglements()
    for annee in range(r.debut, (r.fin or DERNIERE) + 1)
]


def check_session(
    reglement: Reglement, session: int, candidats: list[Candidat], regles: Regles
) -> None:
    """Compare every candidate of a session with the reference."""
    with montage.decide_session(reglement, session, candidats, regles) as con:
        resultats = montage.read(con, "resultat_candidat")
        rattrapages = montage.read(con, "rattrapage")
    assert len(resultats) == len(candidats)
    ecarts = []
    for candidat in candidats:
        attendu = decider(candidat, reglement, session, regles)
        obtenu = observed(resultats[candidat.numero], rattrapages.get(candidat.numero))
        if obtenu != expected(attendu):
            ecarts.append((candidat, expected(attendu), obtenu))
    assert not ecarts, f"{len(ecarts)} écarts, le premier : {ecarts[0]}"


def observed(resultat: dict[str, Any], rattrapage: dict[str, Any] | None) -> dict[str, Any]:
    """Return what the SQL says, in the terms of the reference."""
    obtenu = {
        cle: resultat[cle]
        for cle in (
            "decision_calculee",
            "decision_finale",
            "moyenne_generale",
            "moyenne_professionnelle",
            "est_present",
            "est_provisoire",
            "peut_etre_appele",
        )
    }
    obtenu |= {
        cle: exact(resultat[cle])
        for cle in ("points", "coefficients", "points_manquants", "points_controle")
    }
    obtenu["signalements"] = frozenset(
        mot
        for mot, motif in SIGNALEMENTS.items()
        if any(re.search(motif, raison) for raison in resultat["raisons_verification"])
    )
    obtenu["est_appele"] = rattrapage is not None
    if rattrapage:
        obtenu |= {
            "epreuves_possibles": rattrapage["epreuves_possibles"],
            "gain_maximal": exact(rattrapage["gain_maximal"]),
            "atteignable": rattrapage["atteignable"],
            "moyenne_finale": rattrapage["moyenne_finale"],
            "decision_rattrapage": rattrapage["decision_finale"],
        }
    return obtenu


def expected(attendu: Attendu) -> dict[str, Any]:
    """Return what the reference says, in the same terms."""
    prevu = {
        "decision_calculee": attendu.decision_calculee,
        "decision_finale": attendu.decision_finale,
        "moyenne_generale": arrondi(attendu.generale),
        "moyenne_professionnelle": arrondi(attendu.professionnelle),
        "est_present": attendu.est_present,
        "est_provisoire": attendu.est_provisoire,
        "peut_etre_appele": attendu.peut_etre_appele,
        "points": attendu.points,
        "coefficients": attendu.coefficients,
        "points_manquants": attendu.points_manquants,
        "points_controle": attendu.gain_obtenu,
        "est_appele": attendu.est_appele,
        "signalements": attendu.signalements,
    }
    if attendu.est_appele:
        prevu |= {
            "epreuves_possibles": attendu.epreuves_possibles,
            "gain_maximal": attendu.gain_maximal,
            "atteignable": None
            if attendu.gain_maximal is None or attendu.points_manquants is None
            else attendu.gain_maximal >= attendu.points_manquants,
            "moyenne_finale": arrondi(attendu.finale),
            "decision_rattrapage": attendu.decision_rattrapage,
        }
    return prevu


def exact(valeur: Decimal | None) -> Fraction | None:
    """Return a decimal of the warehouse as a fraction; a float would be a fault."""
    assert valeur is None or isinstance(valeur, Decimal)
    return None if valeur is None else Fraction(valeur)


@pytest.mark.lourd
@pytest.mark.parametrize(
    ("specialite", "session"),
    [
        pytest.param("NDRC", 2020, marks=pytest.mark.lourd),
        pytest.param("MCO", 2021, marks=pytest.mark.lourd),
        pytest.param("MCO", 2022, marks=pytest.mark.lourd),
        ("CCST", 2023),
        ("MCO", 2026),
    ],
)
def test_a_thousand_candidates_agree_with_the_reference(specialite: str, session: int) -> None:
    rng = Random(f"{specialite}{session}")
    reglement = reglement_de(specialite, session)
    candidats, regles = draw_session(rng, reglement, 200), draw_regles(rng, reglement)
    check_session(reglement, session, candidats, regles)


@pytest.mark.slow
def test_twenty_thousand_candidates_of_every_session_agree_with_the_reference() -> None:
    nombre = 0
    for reglement, session in (p.values for p in SESSIONS):
        rng = Random(f"{reglement.specialite}{session}")
        candidats, regles = draw_session(rng, reglement, 1000), draw_regles(rng, reglement)
        check_session(reglement, session, candidats, regles)
        nombre += len(candidats)
    print(f"{nombre} candidats d'accord avec la référence, sur {len(SESSIONS)} sessions")
    assert nombre >= 20_000


@pytest.mark.lourd
def test_random_sessions_reach_every_outcome() -> None:
    rng = Random("issues")
    reglement = reglement_de("MCO", 2023)
    regles = Regles()
    attendus = [decider(c, reglement, 2023, regles) for c in draw_session(rng, reglement, 2000)]
    calculees = {a.decision_calculee for a in attendus}
    assert calculees == {"ADMIS", "CONTROLE", "REFUSE", "ELIMINE", "INCOMPLET", "EN_COURS"}
    apres_controle = [a.decision_rattrapage for a in attendus if a.finale is not None]
    assert min(apres_controle.count("ADMIS"), apres_controle.count("REFUSE")) > 20
    assert any(a.generale == 10 for a in attendus)
    assert any(a.generale == 8 for a in attendus)
    assert any(a.professionnelle == 10 for a in attendus if a.generale and a.generale < 10)
    assert any(a.finale == 10 for a in attendus)
