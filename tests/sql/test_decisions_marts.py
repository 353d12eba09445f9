"""The decision tables as a whole: columns, types, identities, counts."""

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from random import Random
from typing import Any

import duckdb
import polars as pl
import pytest
from scenarios import montage
from scenarios.modele import Candidat, Jury, Note, Regles, reglement_de, replace
from scenarios.tirage import draw_session

from perequation.socle.couches import build_relations

CONTRAT = {
    "note_retenue": "session, specialite, numero_candidat, epreuve, note, code, mode, centre, "
    "commission, etape, provisoire",
    "resultat_candidat": "session, specialite, numero_candidat, academie, uai, centre_ecrit, "
    "statut, forme, points, coefficients, moyenne_generale, moyenne_professionnelle, "
    "decision_calculee, decision_jury, decision_finale, motif, points_manquants, a_verifier",
    "rattrapage": "session, specialite, numero_candidat, moyenne_generale, "
    "moyenne_professionnelle, points_manquants, epreuves_possibles, gain_maximal, atteignable, "
    "moyenne_finale, decision_finale",
    "reussite": "session, specialite, maille, modalite, inscrits, presents, admis, "
    "admis_controle, controle, refuses, elimines, incomplets, taux_reussite, moyenne_generale",
    "statistique_epreuve": "session, specialite, epreuve, mode, maille, modalite, n, moyenne, "
    "ecart_type, mediane, q1, q3, part_sup_10, minimum, maximum",
}
MAILLES = {"total", "academie", "etablissement", "centre_ecrit", "statut", "sexe", "forme"}


@pytest.fixture(scope="module")
def candidats() -> list[Candidat]:
    rng = Random("marts")
    tires = draw_session(rng, reglement_de("MCO", 2022), 500)
    return [
        replace(
            c,
            identite={
                "sexe": rng.choice("FM"),
                "uai": (uai := rng.choice(["9990001A", "9990002B", None])),
                "etablissement": "Individuels" if uai is None else f"Lycée {uai}",
                "statut": rng.choice(["SCOLAIRE", "APPRENTI"]),
                "centre_ecrit": rng.choice(["Centre 1", None]),
                "academie": rng.choice(["AIX-MARSEILLE", "CORSE"]),
            },
        )
        for c in tires
    ]


@pytest.fixture(scope="module")
def con(candidats: list[Candidat]) -> Iterator[duckdb.DuckDBPyConnection]:
    with montage.decide_session(
        reglement_de("MCO", 2022), 2022, candidats, marts=montage.MARTS
    ) as con:
        yield con


def columns(con: duckdb.DuckDBPyConnection, mart: str) -> dict[str, str]:
    """Return the columns of a mart and their types."""
    return dict(
        con.execute(
            "select column_name, data_type from information_schema.columns "
            "where table_schema = 'marts' and table_name = ?",
            [mart],
        ).fetchall()
    )


@pytest.mark.parametrize("mart", CONTRAT)
def test_columns_of_the_contract(con: duckdb.DuckDBPyConnection, mart: str) -> None:
    assert set(CONTRAT[mart].split(", ")) <= set(columns(con, mart))


def test_no_float_in_what_decides(con: duckdb.DuckDBPyConnection) -> None:
    tables = con.execute(
        "select table_schema || '.' || table_name, column_name, data_type "
        "from information_schema.columns where data_type in ('DOUBLE', 'FLOAT')"
    ).fetchall()
    statistiques = {
        "marts.reussite",
        "marts.statistique_epreuve",
        "marts.statistique_epreuve_ensemble",
        "marts.correlation_epreuve",
        "marts.fidelite",
        "marts.rendement_controle",
        "marts.rendement_epreuve_controle",
        "reference.parametre",
    }
    assert {table for table, _, _ in tables} <= statistiques


def test_keys_are_unique(con: duckdb.DuckDBPyConnection, candidats: list[Candidat]) -> None:
    cles = {
        "note_retenue": "numero_candidat, epreuve",
        "resultat_candidat": "numero_candidat",
        "rattrapage": "numero_candidat",
        "epreuve_controle": "numero_candidat, epreuve",
        "cible_controle": "numero_candidat, epreuve_1, epreuve_2",
        "reussite": "maille, modalite",
        "statistique_epreuve": "epreuve, mode, maille, modalite",
        "non_appele": "numero_candidat",
        "elimination": "cause, epreuve",
    }
    for mart, cle in cles.items():
        lignes = con.execute(
            f"select count(*), count(distinct ({cle})) from marts.{mart}"
        ).fetchall()
        assert lignes[0][0] == lignes[0][1] > 0, mart
    assert len(montage.read_rows(con, "resultat_candidat")) == len(candidats)


def test_one_row_for_every_compulsory_epreuve(
    con: duckdb.DuckDBPyConnection, candidats: list[Candidat]
) -> None:
    notes = montage.read_rows(con, "note_retenue")
    obligatoires = Counter(n["numero_candidat"] for n in notes if not n["est_facultative"])
    assert obligatoires == {c.numero: 8 for c in candidats}
    facultatives = {(n["numero_candidat"], n["epreuve"]) for n in notes if n["est_facultative"]}
    assert facultatives >= {
        (c.numero, n.epreuve) for c in candidats for n in c.notes if n.epreuve.startswith("EF")
    }


def test_a_fourth_optional_mark_does_not_count() -> None:
    marks = {"EF1": "12", "EF2": "14", "EF3": "11", "EF4": "16"}
    notes = tuple(Note(code, Decimal(mark)) for code, mark in marks.items())
    with montage.decide_session(
        reglement_de("MCO", 2022), 2022, [Candidat("1", notes=notes)], marts=("note_retenue",)
    ) as con:
        retenues = {
            n["epreuve"]: (n["est_comptee"], n["points"])
            for n in montage.read_rows(con, "note_retenue")
            if n["est_facultative"]
        }
    assert retenues == {"EF1": (True, 2), "EF2": (True, 4), "EF3": (False, 0), "EF4": (True, 6)}


def test_reussite_adds_up(con: duckdb.DuckDBPyConnection, candidats: list[Candidat]) -> None:
    reussite = con.sql("select * from marts.reussite").pl()
    assert set(reussite["maille"]) == MAILLES
    identite = pl.sum_horizontal("admis", "controle", "refuses", "elimines", "incomplets")
    assert reussite.filter(identite != pl.col("inscrits")).is_empty()
    assert reussite.filter(pl.col("admis_controle") > pl.col("admis")).is_empty()
    comptes = ["inscrits", "presents", "admis", "admis_controle", "controle", "refuses"]
    sommes = reussite.group_by("maille").agg(pl.col(comptes).sum()).drop("maille").unique()
    assert len(sommes) == 1
    assert sommes["inscrits"][0] == len(candidats)


def test_reussite_counts_what_the_results_say(con: duckdb.DuckDBPyConnection) -> None:
    resultats = con.sql("select * from marts.resultat_candidat").pl()
    corse = resultats.filter(academie="CORSE")
    ligne = (
        con.sql("select * from marts.reussite where maille = 'academie' and modalite = 'CORSE'")
        .pl()
        .row(0, named=True)
    )
    admis = corse.filter(decision_finale="ADMIS")
    assert ligne["inscrits"] == len(corse)
    assert ligne["presents"] == corse["est_present"].sum()
    assert ligne["admis"] == len(admis)
    assert ligne["admis_controle"] == admis["est_appele"].sum()
    assert ligne["taux_reussite"] == pytest.approx(len(admis) / corse["est_present"].sum())
    assert ligne["moyenne_generale"] == pytest.approx(
        float(corse["moyenne_generale"].cast(pl.Float64).mean() or 0)
    )


def test_an_establishment_without_uai_goes_by_its_name(con: duckdb.DuckDBPyConnection) -> None:
    modalites = con.execute(
        "select modalite from marts.reussite where maille = 'etablissement' order by all"
    ).fetchall()
    assert [m for (m,) in modalites] == ["9990001A", "9990002B", "Individuels"]


def test_rate_is_empty_when_nobody_is_present() -> None:
    absent = Candidat("1", notes=(Note("E1", "AB"),))
    with montage.decide_session(
        reglement_de("MCO", 2022), 2022, [absent], marts=("reussite",)
    ) as con:
        lignes = montage.read_rows(con, "reussite")
    assert {(r["presents"], r["taux_reussite"], r["elimines"]) for r in lignes} == {(0, None, 1)}


def test_statistics_of_an_epreuve() -> None:
    notes = [
        ("8", "PONCTUEL"),
        ("9", "PONCTUEL"),
        ("10", "PONCTUEL"),
        ("15", "PONCTUEL"),
        ("AJ", "PONCTUEL"),
        ("13", "BENEFICE"),
        ("12", "CCF"),
    ]
    candidats = [
        Candidat(str(i), notes=(Note("E1", v if v.isalpha() else Decimal(v), mode=mode),))
        for i, (v, mode) in enumerate(notes)
    ]
    with montage.decide_session(
        reglement_de("MCO", 2022), 2022, candidats, marts=montage.MARTS
    ) as con:
        lignes = montage.read_rows(con, "statistique_epreuve")
        ensemble = montage.read_rows(con, "statistique_epreuve_ensemble")
    totaux = {r["mode"]: r for r in lignes if r["maille"] == "total"}
    assert {mode: r["n"] for mode, r in totaux.items()} == {"PONCTUEL": 4, "BENEFICE": 1, "CCF": 1}
    ponctuel = totaux["PONCTUEL"]
    assert ponctuel["moyenne"] == pytest.approx(10.5)
    assert ponctuel["ecart_type"] == pytest.approx(3.1091, abs=1e-4)
    assert (ponctuel["q1"], ponctuel["mediane"], ponctuel["q3"]) == (8.75, 9.5, 11.25)
    assert ponctuel["part_sup_10"] == 0.5
    assert (ponctuel["minimum"], ponctuel["maximum"]) == (8, 15)
    assert totaux["CCF"]["ecart_type"] is None
    assert [(r["epreuve"], r["n"]) for r in ensemble] == [("E1", 5)]


def test_figures_do_not_depend_on_the_order_of_rows(candidats: list[Candidat]) -> None:
    lues = {
        "marts.note_retenue": "numero_candidat, epreuve",
        "marts.epreuve_controle": "numero_candidat, epreuve",
    }
    figures = ["statistique_epreuve", "statistique_epreuve_ensemble", "rendement_epreuve_controle"]
    vues: list[list[Any]] = []
    with montage.decide_session(
        reglement_de("MCO", 2022), 2022, candidats, marts=montage.MARTS
    ) as con:
        for tour in range(3):
            for relation, cle in lues.items():
                con.execute(
                    f"create or replace table {relation} as from {relation} "
                    f"order by hash(concat_ws('-', {tour}, {cle}))"
                )
            build_relations(con, [f"marts.{nom}" for nom in figures])
            vues.append([montage.read_rows(con, nom) for nom in figures])
    assert all(vues[0])
    assert vues[0] == vues[1] == vues[2]


def test_the_same_mark_for_all_has_no_spread() -> None:
    candidats = [Candidat(str(i), notes=(Note("E1", Decimal("11.30")),)) for i in range(7)]
    with montage.decide_session(
        reglement_de("MCO", 2022), 2022, candidats, marts=montage.MARTS
    ) as con:
        ecarts = {r["ecart_type"] for r in montage.read_rows(con, "statistique_epreuve")}
    assert ecarts == {0.0}


def notes_of(**notes: float) -> tuple[Note, ...]:
    """Return CCST marks, 10 where nothing is said."""
    codes = [e.code for e in reglement_de("CCST", 2023).obligatoires]
    return tuple(Note(code, Decimal(str(notes.get(code, 10)))) for code in codes)


def test_who_is_not_called_and_why() -> None:
    cas = {
        "750": notes_of(E1=4, E21=4.5, E22=4.5, E3=4),
        "749": notes_of(E1=4, E21=4.5, E22=4, E3=4),
        "799": notes_of(E1=5, E21=5.5, E22=6, E3=5),
        "pro950": notes_of(E4=9, E5=9, E61=10.5, E62=10.5, E1=9.5),
        "pro949": notes_of(E4=9, E5=9, E61=10.5, E62=10, E1=9.5),
        "appele": notes_of(E1=9),
        "admis": notes_of(),
        "jury": notes_of(E1=9),
        "progressif": notes_of(E1=9),
    }
    candidats = [
        Candidat(
            nom,
            "PROGRESSIVE" if nom == "progressif" else "GLOBALE",
            notes,
            jury=(Jury("REFUSE"),) if nom == "jury" else (),
        )
        for nom, notes in cas.items()
    ]
    with montage.decide_session(
        reglement_de("CCST", 2023),
        2023,
        candidats,
        Regles(controle_forme_progressive=False),
        marts=("non_appele",),
    ) as con:
        raisons = {n: r["raison"] for n, r in montage.read(con, "non_appele").items()}
        manques = montage.read(con, "non_appele")["799"]
    assert raisons == {
        "750": "generale_7_50",
        "799": "generale_7_50",
        "pro950": "professionnelle_9_50",
        "jury": "decision_jury",
        "progressif": "refus_progressive",
    }
    assert manques["points_manquants_generale_8"] == Decimal("0.75")


def test_yield_of_the_controle(con: duckdb.DuckDBPyConnection) -> None:
    rattrapages = montage.read_rows(con, "rattrapage")
    ligne = montage.read_rows(con, "rendement_controle")[0]
    assert ligne["appeles"] == len(rattrapages)
    assert ligne["passes"] == sum(bool(r["epreuves_passees"]) for r in rattrapages)
    decisions = Counter(r["decision_finale"] for r in rattrapages)
    assert ligne["admis_controle"] == decisions["ADMIS"]
    assert ligne["appeles"] == (
        ligne["admis_controle"] + ligne["refuses_controle"] + ligne["sans_decision"]
    )


def test_eliminations_are_counted_by_cause_and_epreuve() -> None:
    candidats = [
        Candidat("1", notes=(Note("E1", "AB"), *notes_of()[1:])),
        Candidat("2", notes=(Note("E1", "NV"), Note("E3", "NV"))),
        Candidat("3", notes=notes_of(), jury=(Jury("ELIMINE"),)),
    ]
    with montage.decide_session(
        reglement_de("CCST", 2023), 2023, candidats, marts=("elimination",)
    ) as con:
        lignes = {
            (r["cause"], r["epreuve"]): r["nb_candidats"]
            for r in montage.read_rows(con, "elimination")
        }
    assert lignes == {
        ("absence_non_justifiee", "toutes"): 1,
        ("absence_non_justifiee", "E1"): 1,
        ("non_valide", "toutes"): 1,
        ("non_valide", "E1"): 1,
        ("non_valide", "E3"): 1,
        ("decision_jury", "toutes"): 1,
    }


def test_a_rejected_jury_decision_is_flagged() -> None:
    with montage.open_warehouse() as con:
        reglement = reglement_de("CCST", 2023)
        montage.describe_session(con, [reglement], 2023, Regles())
        montage.load_candidats(con, "CCST", 2023, [Candidat("1", notes=notes_of())])
        con.execute(
            "insert into staging.rejet_decision_jury by name select 'j.csv' as fichier, "
            "3 as ligne, 'decision' as colonne, 'ADMISS' as valeur, 'decision_inconnue' as regle, "
            "'1' as numero_candidat"
        )
        montage.build_relations(con, montage.decision_relations(("resultat_candidat",)))
        resultat: dict[str, Any] = montage.read_rows(con, "resultat_candidat")[0]
    assert resultat["a_verifier"]
    assert resultat["raisons_verification"] == ["décision du jury rejetée à l'import"]


def test_two_specialites_in_one_folder_decide_as_apart() -> None:
    reglements = [reglement_de(s, 2022) for s in ("MCO", "NDRC")]
    tires = {
        r.specialite: [
            replace(c, numero=f"{r.specialite}{c.numero}")
            for c in draw_session(Random(r.specialite), r, 150)
        ]
        for r in reglements
    }
    with montage.open_warehouse() as con:
        montage.describe_session(con, reglements, 2022, Regles())
        for specialite, candidats in tires.items():
            montage.load_candidats(con, specialite, 2022, candidats)
        montage.build_relations(con, montage.decision_relations(montage.DECIDENT))
        ensemble = montage.read(con, "resultat_candidat")
    apart: dict[str, Any] = {}
    for r in reglements:
        with montage.decide_session(r, 2022, tires[r.specialite]) as con:
            apart |= montage.read(con, "resultat_candidat")
    assert ensemble == apart
