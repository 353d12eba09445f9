"""The targets of the contrôle, against trying every mark of the grid."""

from decimal import Decimal
from fractions import Fraction
from random import Random
from typing import Any

import pytest
from scenarios import montage
from scenarios.modele import Candidat, Note, Regles, reglement_de, replace
from scenarios.tirage import draw_session
from voies import first_of

REGLEMENT = reglement_de("CCST", 2023)


def called(pas_note: str) -> tuple[list[Candidat], dict[str, list[dict[str, Any]]]]:
    """Decide a random session before contrôle; return the candidates and the marts read."""
    tires = draw_session(Random("cibles"), REGLEMENT, 900)
    candidats = [
        replace(c, jury=(), rejets=(), notes=tuple(n for n in c.notes if n.etape != "controle"))
        for c in tires
    ]
    with montage.decide_session(
        REGLEMENT,
        2023,
        candidats,
        Regles(controle_langue="E22"),
        pas_note=pas_note,
        marts=montage.MARTS,
    ) as con:
        marts = {
            m: montage.read_rows(con, m)
            for m in ("rattrapage", "epreuve_controle", "cible_controle", "cible_couple")
        }
    return candidats, marts


def grid(pas_note: str) -> list[Fraction]:
    """Return the marks of the grid, 20 included."""
    pas = Fraction(pas_note)
    return [*(pas * k for k in range(int(20 / pas) + 1) if pas * k < 20), Fraction(20)]


def gains(epreuve: dict[str, Any] | None, marks: list[Fraction]) -> list[Fraction]:
    """Return what each mark of the grid brings at an épreuve."""
    if epreuve is None:
        return [Fraction(0)] * len(marks)
    coefficient, points = Fraction(epreuve["coefficient"]), Fraction(epreuve["points"])
    return [max(Fraction(0), coefficient * mark - points) for mark in marks]


def first_enough(
    marks: list[Fraction], brought: list[Fraction], wanted: Fraction
) -> Fraction | None:
    """Return the smallest mark that brings enough."""
    return next((m for m, g in zip(marks, brought, strict=True) if g >= wanted), None)


@pytest.mark.lourd
@pytest.mark.parametrize("pas_note", first_of(["0.5", "0.3", "0.25", "1"], 2))
def test_targets_are_the_smallest_marks_of_the_grid(pas_note: str) -> None:
    _, marts = called(pas_note)
    assert len(marts["rattrapage"]) > 50
    epreuves = {(e["numero_candidat"], e["epreuve"]): e for e in marts["epreuve_controle"]}
    marks = grid(pas_note)
    for cible in marts["cible_controle"]:
        un = gains(epreuves[cible["numero_candidat"], cible["epreuve_1"]], marks)
        deux = gains(epreuves.get((cible["numero_candidat"], cible["epreuve_2"])), marks)
        missing = Fraction(cible["points_manquants"])
        ensemble = [a + b for a, b in zip(un, deux, strict=True)]
        egale = first_enough(marks, ensemble, missing)
        assert as_fraction(cible["note_egale"]) == egale
        assert cible["atteignable"] == (egale is not None)
        if cible["epreuve_2"] is None:
            assert cible["note_1_minimale"] is None
            continue
        minimales = (
            first_enough(marks, un, missing - deux[-1]),
            first_enough(marks, deux, missing - un[-1]),
        )
        assert as_fraction(cible["note_1_minimale"]) == minimales[0]
        assert as_fraction(cible["note_2_minimale"]) == minimales[1]


def as_fraction(value: Decimal | None) -> Fraction | None:
    """Return a mark as a fraction."""
    return None if value is None else Fraction(value)


@pytest.mark.lourd
def test_every_pair_of_targets_is_minimal_and_complete() -> None:
    _, marts = called("0.5")
    epreuves = {(e["numero_candidat"], e["epreuve"]): e for e in marts["epreuve_controle"]}
    couples: dict[tuple[str, str, str], set[tuple[Fraction, Fraction]]] = {}
    for c in marts["cible_couple"]:
        cle = (c["numero_candidat"], c["epreuve_1"], c["epreuve_2"])
        couples.setdefault(cle, set()).add((Fraction(c["note_1"]), Fraction(c["note_2"])))
    paires = [c for c in marts["cible_controle"] if c["epreuve_2"] and c["atteignable"]]
    assert {(c["numero_candidat"], c["epreuve_1"], c["epreuve_2"]) for c in paires} == set(couples)
    marks = grid("0.5")
    for cible in paires:
        numero, code_1, code_2 = cible["numero_candidat"], cible["epreuve_1"], cible["epreuve_2"]
        un = gains(epreuves[numero, code_1], marks)
        deux = gains(epreuves[numero, code_2], marks)
        missing = Fraction(cible["points_manquants"])
        # For each first mark the smallest second one; kept when no smaller first mark has it.
        minimaux: dict[Fraction, Fraction] = {}
        for mark, brought in zip(marks, un, strict=True):
            seconde = first_enough(marks, deux, missing - brought)
            if seconde is not None:
                minimaux.setdefault(seconde, mark)
        assert couples[numero, code_1, code_2] == {(a, b) for b, a in minimaux.items()}


@pytest.mark.lourd
def test_a_target_reached_admits_and_a_step_below_refuses() -> None:
    candidats, marts = called("0.5")
    par_numero = {c.numero: c for c in candidats}
    essais, attendus = [], {}
    for i, cible in enumerate(marts["cible_controle"]):
        if cible["note_egale"] is None or cible["note_egale"] == 0:
            continue
        for decision, note in (
            ("ADMIS", cible["note_egale"]),
            ("REFUSE", cible["note_egale"] - Decimal("0.5")),
        ):
            candidat = par_numero[cible["numero_candidat"]]
            codes = [code for code in (cible["epreuve_1"], cible["epreuve_2"]) if code]
            controle = tuple(Note(code, note, "controle") for code in codes)
            numero = f"{i:05d}-{decision}"
            essais.append(replace(candidat, numero=numero, notes=candidat.notes + controle))
            attendus[numero] = decision
    with montage.decide_session(REGLEMENT, 2023, essais, Regles(controle_langue="E22")) as con:
        resultats = montage.read(con, "resultat_candidat")
    assert len(attendus) > 200
    assert {n: r["decision_finale"] for n, r in resultats.items()} == attendus
