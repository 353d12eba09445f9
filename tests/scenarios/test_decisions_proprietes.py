"""What must hold of any session, with hypothesis."""

from decimal import Decimal
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scenarios import montage
from scenarios.modele import Candidat, Jury, Note, Regles, Rejet, reglement_de, replace
from scenarios.test_decisions_reference import check_session
from scenarios.tirage import draw_regles, draw_session
from voies import draws

from perequation.socle.reglement import Reglement

pytestmark = pytest.mark.lourd

REGLEMENTS = st.sampled_from(
    [("CCST", 2023), ("MCO", 2022), ("NDRC", 2022), ("MCO", 2021), ("NDRC", 2020)]
)
GRAINES = st.integers(0, 2**32)
RANG = {"REFUSE": 0, "CONTROLE": 1, "ADMIS": 2}
# One warehouse an example: a few examples of many candidates each.
quelques = settings(
    max_examples=draws(2, 6), suppress_health_check=list(HealthCheck), derandomize=True
)


def draw(graine: int, reglement: Reglement, nombre: int = 60) -> tuple[list[Candidat], Regles]:
    """Draw candidates and settings."""
    rng = Random(graine)
    return draw_session(rng, reglement, nombre), draw_regles(rng, reglement)


def decide(
    reglement: Reglement, session: int, candidats: list[Candidat], regles: Regles
) -> dict[str, dict[str, Any]]:
    """Return `resultat_candidat` by candidate number."""
    with montage.decide_session(reglement, session, candidats, regles) as con:
        return montage.read(con, "resultat_candidat")


@quelques
@given(REGLEMENTS, GRAINES)
def test_the_order_of_rows_changes_nothing(cle: tuple[str, int], graine: int) -> None:
    reglement = reglement_de(*cle)
    candidats, regles = draw(graine, reglement)
    melange = [
        replace(c, notes=tuple(Random(graine).sample(c.notes, len(c.notes))))
        for c in reversed(candidats)
    ]
    assert decide(reglement, cle[1], candidats, regles) == decide(
        reglement, cle[1], melange, regles
    )


@quelques
@given(REGLEMENTS, GRAINES, st.sampled_from([2, 3, 10]))
def test_scaled_coefficients_decide_the_same(
    cle: tuple[str, int], graine: int, facteur: int
) -> None:
    reglement = reglement_de(*cle)
    candidats, regles = draw(graine, reglement)
    agrandi = reglement.model_copy(
        update={
            "epreuves": tuple(
                e.model_copy(update={"coefficient": e.coefficient * facteur})
                for e in reglement.epreuves
            )
        }
    )
    avant = decide(reglement, cle[1], candidats, regles)
    apres = decide(agrandi, cle[1], candidats, regles)
    for numero, resultat in avant.items():
        for colonne in (
            "decision_calculee",
            "decision_finale",
            "moyenne_generale",
            "moyenne_professionnelle",
            "moyenne_finale",
            "a_verifier",
        ):
            assert apres[numero][colonne] == resultat[colonne]
        for colonne in ("points", "coefficients", "points_manquants", "points_controle"):
            attendu = None if resultat[colonne] is None else resultat[colonne] * facteur
            assert apres[numero][colonne] == attendu


@quelques
@given(REGLEMENTS, GRAINES)
def test_a_better_mark_never_lowers_a_result(cle: tuple[str, int], graine: int) -> None:
    reglement = reglement_de(*cle)
    candidats, regles = draw(graine, reglement)
    candidats = [replace(c, jury=()) for c in candidats]
    mieux = [
        replace(c, notes=_raise_one(Random(graine + i), c.notes)) for i, c in enumerate(candidats)
    ]
    avant = decide(reglement, cle[1], candidats, regles)
    apres = decide(reglement, cle[1], mieux, regles)
    for numero, resultat in avant.items():
        for colonne in ("points", "moyenne_generale", "moyenne_professionnelle"):
            if resultat[colonne] is not None:
                assert apres[numero][colonne] >= resultat[colonne]
        for colonne in ("decision_calculee", "decision_finale"):
            if resultat[colonne] in RANG:
                assert RANG[apres[numero][colonne]] >= RANG[resultat[colonne]]


def _raise_one(rng: Random, notes: tuple[Note, ...]) -> tuple[Note, ...]:
    chiffrees = [
        i
        for i, n in enumerate(notes)
        if isinstance(n.valeur, Decimal) and n.valeur <= Decimal("19.5") and n.etape != "controle"
    ]
    if not chiffrees:
        return notes
    choisie = rng.choice(chiffrees)
    return tuple(
        replace(n, valeur=n.valeur + Decimal("0.5")) if i == choisie else n
        for i, n in enumerate(notes)
    )


@quelques
@given(REGLEMENTS, GRAINES)
def test_the_controle_never_lowers(cle: tuple[str, int], graine: int) -> None:
    reglement = reglement_de(*cle)
    candidats, regles = draw(graine, reglement, 150)
    sans = [replace(c, notes=tuple(n for n in c.notes if n.etape != "controle")) for c in candidats]
    avant = decide(reglement, cle[1], sans, regles)
    apres = decide(reglement, cle[1], candidats, regles)
    for numero, resultat in apres.items():
        for colonne in ("points", "moyenne_generale", "decision_calculee", "points_manquants"):
            assert resultat[colonne] == avant[numero][colonne]
        if resultat["moyenne_finale"] is None:
            assert resultat["decision_finale"] == avant[numero]["decision_finale"]
        else:
            assert resultat["moyenne_finale"] >= resultat["moyenne_generale"]
            assert resultat["points_controle"] >= 0


NOTES = st.one_of(
    st.integers(0, 40).map(lambda n: Decimal(n) / 2),
    st.integers(14, 22).map(lambda n: Decimal(n) / 2),
    st.integers(0, 2000).map(lambda n: Decimal(n) / 100),
    st.sampled_from(["AB", "AJ", "NV", "DI"]),
)


@st.composite
def un_candidat(tirer: st.DrawFn, reglement: Reglement) -> Candidat:
    """Any candidate; shrinks towards one with few marks."""
    codes = [e.code for e in reglement.epreuves]
    base = tirer(st.integers(14, 24)) / 2
    notes = {code: [Note(code, Decimal(str(base)))] for code in codes if code[1] != "F"}
    for code in tirer(st.lists(st.sampled_from(codes), max_size=4, unique=True)):
        etapes = st.lists(st.sampled_from(["transmise", "harmonisee", "definitive"]), unique=True)
        mode = tirer(st.sampled_from(["PONCTUEL", "CCF", "BENEFICE", "REPORT"]))
        notes[code] = [Note(code, tirer(NOTES), etape, mode) for etape in tirer(etapes)]
    controles = st.lists(st.sampled_from(["E1", "E2", "E3"]), max_size=3, unique=True)
    rejets = st.lists(
        st.builds(
            Rejet,
            st.sampled_from(codes),
            st.sampled_from(["transmise", "harmonisee", "definitive"]),
            regle=st.sampled_from(["note_bornes", "doublon"]),
        ),
        max_size=1,
    )
    jury = st.lists(st.builds(Jury, st.sampled_from(["ADMIS", "CONTROLE", "REFUSE"])), max_size=1)
    return Candidat(
        "1",
        tirer(st.sampled_from(["GLOBALE", "PROGRESSIVE"])),
        (
            *(note for liste in notes.values() for note in liste),
            *(Note(code, tirer(NOTES), "controle") for code in tirer(controles)),
        ),
        tuple(tirer(rejets)),
        tuple(tirer(jury)),
    )


@settings(quelques, max_examples=draws(5, 15))
@given(st.data(), REGLEMENTS)
def test_any_candidate_agrees_with_the_reference(data: st.DataObject, cle: tuple[str, int]) -> None:
    reglement = reglement_de(*cle)
    regles = data.draw(
        st.builds(Regles, st.sampled_from(["epreuve", "E21", "E22"]), st.booleans(), st.booleans())
    )
    tires = data.draw(st.lists(un_candidat(reglement), min_size=1, max_size=25))
    candidats = [replace(c, numero=f"{i:03d}") for i, c in enumerate(tires)]
    check_session(reglement, cle[1], candidats, regles)
