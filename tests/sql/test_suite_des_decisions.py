"""What became of the meeting's decisions, mark by mark: five of each kind, and what outcome changes."""

from decimal import Decimal

import duckdb
import polars as pl
import pytest

from perequation.harmonisation.reunion.rapport import outcome
from perequation.socle import couches, entrepot
from perequation.socle.referentiel import create_tables

ICI = "2023 as session, 'CCST' as specialite"
# Kind, decision, shifts decided, marks after for marks sent 10, 11, 12 and the rest of its sentence.
GENRES = {
    "maintenue": ("MAINTIEN", (None,) * 5, lambda note, _d: note, "maintien décidé et suivi"),
    "suivie": (
        "DECALAGE",
        (-2, -1, -0.5, 0.5, 1),
        lambda note, d: note + d,
        "point décidé et suivi",
    ),
    "non_suivie": (
        "DECALAGE",
        (-2, -1, -0.5, 0.5, 1),
        lambda note, _d: note + 3,
        "non suivi : 0 sur 3 notes",
    ),
    "suivie_en_partie": (
        "DECALAGE",
        (-2, -1, -0.5, 0.5, 1),
        lambda note, d: note if note == 11 else note + d,
        "suivi en partie : 2 sur 3 notes suivent la décision",
    ),
    "sans_decision": (
        None,
        (None,) * 5,
        lambda note, _d: note + 1,
        "3 notes changées sans décision",
    ),
}


@pytest.fixture
def con() -> duckdb.DuckDBPyConnection:
    con = entrepot.open_memory()
    create_tables(con)
    for schema in ("staging", "intermediate", "marts"):
        con.execute(f"create schema {schema}")
    con.execute(
        "create or replace table reference.parametre as select 0.5::decimal(3,2) as pas_note, "
        "true as controle_forme_progressive"
    )
    con.execute(
        "create or replace table reference.regime as select 2023 as session, 'permanent' as controle, "
        "1000 as admission_c, 800 as appel_c, 1000 as professionnelle_c"
    )
    con.execute(
        "create table intermediate.harmonisation_note (session int, specialite varchar, epreuve "
        "varchar, type_unite varchar, unite varchar, numero_candidat varchar, etape varchar, "
        "note decimal(4,2))"
    )
    con.execute(
        "create table intermediate.decision_unite (session int, specialite varchar, epreuve varchar, "
        "type_unite varchar, unite varchar, decision varchar, decalage decimal(5,2), motif varchar, "
        "est_commune boolean)"
    )
    con.execute(
        "create table intermediate.unite_note as select session, specialite, epreuve, type_unite, "
        "unite, numero_candidat, 'f.csv' as fichier, 1::bigint as ligne "
        "from intermediate.harmonisation_note"
    )
    con.execute(
        "create table staging.note as select session, specialite, epreuve, numero_candidat, "
        "'f.csv' as fichier, 1::bigint as ligne, etape from intermediate.harmonisation_note"
    )
    con.execute(
        "create table marts.note_retenue (session int, specialite varchar, numero_candidat varchar, "
        "epreuve varchar, note decimal(4,2), coefficient decimal(4,2), domaine varchar, "
        "est_facultative boolean)"
    )
    con.execute(
        "create table marts.resultat_candidat (session int, specialite varchar, numero_candidat "
        "varchar, forme varchar, points decimal(12,4), coefficients decimal(8,2), "
        "points_professionnels decimal(12,4), coefficients_professionnels decimal(8,2), "
        "moyenne_generale decimal(5,2), decision_calculee varchar)"
    )
    return con


def add_mark(
    con: duckdb.DuckDBPyConnection,
    numero: str,
    avant: float,
    apres: float,
    *unites: tuple[str, str],
) -> None:
    """Add a mark of E4 sent then harmonised, in each of its units (type, unit)."""
    for genre, unite in unites:
        for etape, note in (("transmise", avant), ("harmonisee", apres)):
            con.execute(
                f"insert into intermediate.harmonisation_note by name select {ICI}, 'E4' as epreuve, "
                "? as type_unite, ? as unite, ? as numero_candidat, ? as etape, ? as note",
                [genre, unite, numero, etape, note],
            )


def decide(
    con: duckdb.DuckDBPyConnection, genre: str, unite: str, decision: str, decalage: float | None
) -> None:
    con.execute(
        f"insert into intermediate.decision_unite by name select {ICI}, 'E4' as epreuve, "
        "? as type_unite, ? as unite, ? as decision, ? as decalage, 'm' as motif, "
        "false as est_commune",
        [genre, unite, decision, decalage],
    )


def build(con: duckdb.DuckDBPyConnection) -> tuple[pl.DataFrame, pl.DataFrame]:
    con.execute(
        "insert into intermediate.unite_note by name select distinct session, specialite, epreuve, "
        "type_unite, unite, numero_candidat, 'f.csv' as fichier, 1 as ligne "
        "from intermediate.harmonisation_note"
    )
    con.execute(
        "insert into staging.note by name select distinct session, specialite, epreuve, "
        "numero_candidat, 'f.csv' as fichier, 1 as ligne, etape from intermediate.harmonisation_note"
    )
    couches.build_relations(
        con, ["intermediate.note_decidee", "marts.harmonisation_effet", "marts.note_hors_decision"]
    )
    return (
        entrepot.read_relation(con, "marts.harmonisation_effet"),
        entrepot.read_relation(con, "marts.note_hors_decision"),
    )


def test_five_decisions_of_each_kind_give_the_right_sentence(
    con: duckdb.DuckDBPyConnection,
) -> None:
    for suite, (decision, decalages, after, _) in GENRES.items():
        for rang, decalage in enumerate(decalages):
            unite = f"{suite} {rang}"
            for place, note in enumerate((10, 11, 12)):
                apres = after(note, decalage)
                add_mark(con, f"{unite} {place}", note, apres, ("etablissement", unite))
            if decision:
                decide(con, "etablissement", unite, decision, decalage)
    effets, hors = build(con)
    assert effets.height == 25
    for ligne in effets.iter_rows(named=True):
        suite, rang = ligne["unite"].rsplit(" ", 1)
        _, decalages, _, phrase = GENRES[suite]
        assert ligne["suite_donnee"] == suite
        dit = outcome(ligne).replace("\u00a0", " ")
        assert phrase in dit
        decalage = decalages[int(rang)]
        if decalage is not None:
            assert f"{abs(decalage):.2f}".replace(".", ",") in dit
    comptes = dict(hors.group_by("suite_donnee").len().iter_rows())
    assert comptes == {"non_suivie": 15, "suivie_en_partie": 5, "sans_decision": 15}


def test_a_mark_with_a_centre_and_a_commission_is_told_once(con: duckdb.DuckDBPyConnection) -> None:
    lieux = (("centre", "C"), ("commission", "K"))
    add_mark(con, "1", 10, 9, *lieux)
    add_mark(con, "2", 12, 11, *lieux)
    add_mark(con, "3", 12, 13, *lieux)
    decide(con, "commission", "K", "DECALAGE", -1)
    effets, hors = build(con)
    # Of the centre the meeting said nothing: the commission it named tells what was not followed.
    suites = dict(effets.select("type_unite", "suite_donnee").iter_rows())
    assert suites == {"centre": "aucune", "commission": "suivie_en_partie"}
    assert hors.select("numero_candidat", "type_unite", "note_decidee").rows() == [
        ("3", "commission", Decimal("11.00"))
    ]


def test_a_decision_of_one_unit_is_not_missing_from_the_other(
    con: duckdb.DuckDBPyConnection,
) -> None:
    add_mark(con, "1", 10, 9, ("centre", "C"), ("commission", "K"))
    decide(con, "commission", "K", "DECALAGE", -1)
    effets, hors = build(con)
    assert dict(effets.select("type_unite", "suite_donnee").iter_rows()) == {
        "centre": "aucune",
        "commission": "suivie",
    }
    assert hors.is_empty()


@pytest.mark.parametrize(
    ("general", "professionnel", "apres", "calculee", "suivie"),
    [
        # E4 counts 4 of 10 of coefficient, 4 of 6 professional; decided: a point less than received.
        ("100.0", "64", 13, "ADMIS", "CONTROLE"),
        ("104.0", "60", 13, "ADMIS", "ADMIS"),
        # 8 of average and 10 of professional average, then 9,33: no contrôle any more.
        ("90.0", "60", 13, "CONTROLE", "REFUSE"),
        ("90.0", "64", 13, "CONTROLE", "CONTROLE"),
        ("83.9", "90", 13, "CONTROLE", "REFUSE"),
        ("84.0", "90", 13, "CONTROLE", "CONTROLE"),
    ],
)
def test_the_outcome_is_recomputed_with_both_averages(  # noqa: PLR0917
    con: duckdb.DuckDBPyConnection,
    general: str,
    professionnel: str,
    apres: float,
    calculee: str,
    suivie: str,
) -> None:
    add_mark(con, "1", 12, apres, ("etablissement", "A"))
    con.execute(
        f"insert into marts.note_retenue by name select {ICI}, '1' as numero_candidat, "
        "'E4' as epreuve, ? as note, 4 as coefficient, 'professionnel' as domaine, "
        "false as est_facultative",
        [apres],
    )
    con.execute(
        f"insert into marts.resultat_candidat by name select {ICI}, '1' as numero_candidat, "
        "'GLOBALE' as forme, ?::decimal(12,4) as points, 10 as coefficients, "
        "?::decimal(12,4) as points_professionnels, 6 as coefficients_professionnels, "
        "? as decision_calculee",
        [general, professionnel, calculee],
    )
    _, hors = build(con)
    ligne = hors.row(0, named=True)
    assert ligne["decision_si_suivie"] == suivie
    assert ligne["change_de_decision"] == (calculee != suivie)
