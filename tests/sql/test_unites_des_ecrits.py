"""Markers and lots of written papers: which mark has which unit."""

import pytest
from scenarios import montage
from scenarios.modele import Regles, reglement_de

from perequation.socle.couches import build_relations
from perequation.socle.unites import label_unit

REGLEMENT = reglement_de("CCST", 2023)
# numero, epreuve, etape, mode, lot, correcteur → its units.
NOTES = [
    ("1", "E1", "definitive", "PONCTUEL", "L1", "12", {"correcteur": "12"}),
    ("2", "E1", "definitive", "PONCTUEL", "L1", None, {}),  # others' markers are known: no lot
    ("3", "E1", "definitive", "PONCTUEL", None, None, {}),
    ("1", "E3", "definitive", "PONCTUEL", "L1", None, {"lot": "L1"}),
    ("2", "E3", "definitive", "PONCTUEL", None, None, {}),
    # Told at one stage, it holds at the others; a second marker's own mark is his.
    ("1", "E5", "transmise", "PONCTUEL", None, "7", {"correcteur": "7"}),
    ("1", "E5", "harmonisee", "PONCTUEL", None, None, {"correcteur": "7"}),
    ("2", "E5", "transmise", "PONCTUEL", None, "7", {"correcteur": "7"}),
    ("2", "E5", "definitive", "PONCTUEL", None, "8", {"correcteur": "8"}),
    # Not a written paper, or not marked this session.
    ("1", "E4", "definitive", "PONCTUEL", "L1", "12", {}),
    ("3", "E5", "definitive", "BENEFICE", "L1", "12", {}),
    ("1", "E22", "definitive", "CCF", "L1", "12", {"etablissement": "9990001A"}),
    ("1", "E1", "controle", "PONCTUEL", "L1", "12", {}),
]


def test_a_mark_has_the_unit_that_is_told_of_it_and_no_other() -> None:
    with montage.open_warehouse() as con:
        montage.describe_session(con, [REGLEMENT], 2023, Regles())
        for numero in "123":
            con.execute(
                "insert into staging.candidat by name select ? as numero_candidat, 'CCST' as "
                "specialite, 2023 as session, '9990001A' as uai",
                [numero],
            )
        for ligne, (numero, epreuve, etape, mode, lot, correcteur, _) in enumerate(NOTES):
            con.execute(
                "insert into staging.note by name select ? as numero_candidat, 'CCST' as specialite,"
                " 2023 as session, ? as epreuve, ? as etape, ? as mode, 11 as note, ? as lot, "
                "? as correcteur, 'n.csv' as fichier, ? as ligne",
                [numero, epreuve, etape, mode, lot, correcteur, ligne],
            )
        build_relations(con, ["intermediate.unite_note"])
        lues = con.sql("select ligne, type_unite, unite from intermediate.unite_note").fetchall()
    obtenu = {ligne: {t: u for n, t, u in lues if n == ligne} for ligne in range(len(NOTES))}
    assert obtenu == {ligne: voulu for ligne, (*_, voulu) in enumerate(NOTES)}


@pytest.mark.parametrize(
    ("type_unite", "unite", "dite"),
    [
        ("correcteur", "12", "correcteur 12"),
        ("correcteur", "Correcteur 12", "Correcteur 12"),
        ("lot", "7", "lot 7"),
        ("lot", "Lot 7", "Lot 7"),
        ("lot", "*", "*"),
        ("commission", "E4-C01", "E4-C01"),
        ("centre", "Lycée", "Lycée"),
    ],
)
def test_a_bare_number_is_told_with_what_it_is(type_unite: str, unite: str, dite: str) -> None:
    assert label_unit(type_unite, unite) == dite
