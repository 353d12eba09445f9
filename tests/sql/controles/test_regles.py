"""Each rule sees its fault, and no other rule does."""

import re
from functools import cache
from pathlib import Path

import duckdb
import pytest
from sql.controles.session_saine import synchronise
from voies import is_usual

from perequation.controles import Regle, load_regles, run_controls
from perequation.controles.suites import GRAVITES
from perequation.controles.validation import count_anomalies
from perequation.socle.couches import relations_read
from perequation.socle.erreurs import PerequationError

pytestmark = pytest.mark.lourd

_FAUTES = Path(__file__).with_name("fautes.sql").read_text("utf-8")
FAUTES: dict[str, str] = dict(
    re.findall(r"^-- faute : (\w+)\n(.*?)(?=^--|\Z)", _FAUTES, re.MULTILINE | re.DOTALL)
)
REGLES = {regle.regle: regle for regle in load_regles()}
CRITIQUES = {
    # a file that can't be read, a required column missing, an empty roster
    "fichier_lisible",
    "colonnes_presentes",
    # marks on another scale than 20 that no profile converts
    "note_sur_20",
    "candidats_presents",
    # a key that is not unique after rejects
    "candidat_cle_unique",
    "note_cle_unique",
    "etablissement_cle_unique",
    "resultat_cle_unique",
    # an accounting identity that is false
    "bilan_equilibre",
    "bilan_chargees",
    "bilan_rejetees",
    "resultat_par_candidat",
    "resultat_points",
    "resultat_moyenne",
    "resultat_points_manquants",
    "resultat_decision",
    "resultat_decision_connue",
    "reussite_inscrits",
    "reussite_decisions",
    "reussite_mailles",
    "reussite_taux",
    "rattrapage_appeles",
    # more rejects than the session admits, or of a rule it made blocking
    "taux_rejet",
    "rejet_bloquant",
}


@cache
def read_by(nom: str) -> set[str]:
    """Return the relations a rule reads."""
    with duckdb.connect() as con:
        return relations_read(con, REGLES[nom].sql)


def broken_rules(con: duckdb.DuckDBPyConnection, touched: set[str]) -> dict[str, int]:
    """Count by plain SQL the rows that break each rule, leaving out the rules that hold.

    A rule that reads nothing of what was touched holds still: the clean session breaks none.
    """
    comptes = {
        nom: len(con.execute(regle.sql).fetchall())
        for nom, regle in REGLES.items()
        if touched & {*read_by(nom), regle.relation, *regle.exige}
        and all(con.execute(f"from {t} limit 1").fetchall() for t in regle.exige)
    }
    return {nom: nombre for nom, nombre in comptes.items() if nombre}


def test_every_rule_has_its_fault() -> None:
    assert set(FAUTES) == set(REGLES)


def test_only_the_contract_s_list_blocks() -> None:
    assert {nom for nom, regle in REGLES.items() if regle.gravite == "critique"} == CRITIQUES
    assert {regle.gravite for regle in REGLES.values()} == set(GRAVITES)


def test_clean_session_breaks_nothing(con: duckdb.DuckDBPyConnection) -> None:
    bilan = run_controls(con)
    assert bilan.failures("critique") == bilan.avertissements == bilan.failures("info") == ()
    assert bilan.non_executees == ()
    assert con.execute("select count(*) from marts.anomalie").fetchall() == [(0,)]
    rows = con.execute("select count(*), bool_and(reussi) from marts.controle_qualite").fetchall()
    assert rows == [(len(REGLES), True)]


@pytest.mark.parametrize("nom", FAUTES)
def test_one_fault_breaks_one_rule(con: duckdb.DuckDBPyConnection, nom: str) -> None:
    con.execute(FAUTES[nom])
    touched = set(re.findall(r"\b[a-z]+\.[a-z_]+\b", FAUTES[nom]))
    if REGLES[nom].suite != "imports":
        synchronise(con)
        touched.add("marts.bilan_import")
    cassees = broken_rules(con, touched)
    assert set(cassees) == {nom}
    # In the usual lane Great Expectations counts with all rules at once, in `test_accord`.
    if not is_usual():
        assert count_anomalies(con, [REGLES[nom]]) == cassees


def test_anomaly_tells_where_what_and_remedy(con: duckdb.DuckDBPyConnection) -> None:
    con.execute(FAUTES["note_pas"])
    bilan = run_controls(con, ["notes"])
    rows = con.execute(
        "select fichier, colonne, valeur, regle, gravite, numero_candidat, epreuve, uai, message "
        "from marts.anomalie"
    ).fetchall()
    message = (
        "note « 12,30 » : hors du pas de la session (règle note_pas). Vérifiez la note ; "
        "elle compte telle quelle. Le pas se règle dans [seuils] pas_note."
    )
    assert rows == [
        (
            "donnees/notes.csv",
            "note",
            "12,30",
            "note_pas",
            "avertissement",
            "01230000002",
            "E1",
            "0990001N",
            message,
        )
    ]
    (resultat,) = bilan.avertissements
    assert resultat.exemples[0].startswith("donnees/notes.csv, ligne ")


def test_session_may_raise_a_rule_to_blocking(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("insert into reference.regle_bloquante values ('note_pas')")
    con.execute(FAUTES["note_pas"])
    bilan = run_controls(con, ["notes"])
    assert [r.regle.regle for r in bilan.critiques] == ["note_pas"]
    assert "note « 12,30 »" in "\n".join(bilan.lignes)
    rows = con.execute("select distinct gravite from marts.anomalie").fetchall()
    assert rows == [("critique",)]


def test_rules_without_what_they_read_say_so(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("delete from staging.etablissement")
    bilan = run_controls(con, ["etablissements", "candidats"])
    assert {r.regle.regle for r in bilan.non_executees} == {
        nom
        for nom, regle in REGLES.items()
        if "staging.etablissement" in regle.exige and regle.suite != "notes"
    }
    assert "aucun fichier d'établissements" in bilan.non_executees[0].message
    rows = con.execute(
        "select reussi, message from marts.controle_qualite where regle = 'candidat_uai_connue'"
    ).fetchall()
    assert rows == [(None, "Non exécutée : aucun fichier d'établissements.")]


def test_second_pass_replaces_the_first(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("update staging.note set note = 21 where epreuve = 'E1'")
    run_controls(con, ["notes"])
    con.execute("update staging.note set note = 12 where epreuve = 'E1'")
    run_controls(con, ["etablissements"])
    assert con.execute("select count(*) from marts.anomalie").fetchall() != [(0,)]
    run_controls(con, ["notes"])
    assert con.execute("select count(*) from marts.anomalie").fetchall() == [(0,)]


def test_rule_that_crashes_is_a_fault_of_ours(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("alter table staging.note drop column langue")
    with pytest.raises(PerequationError, match="note_langue_constante") as erreur:
        run_controls(con, ["notes"])
    assert erreur.value.code == 1


@pytest.mark.parametrize("nom", ["note_bornes", "note_langue_constante"])
def test_crash_inside_great_expectations_is_told_from_a_failure(
    con: duckdb.DuckDBPyConnection, nom: str
) -> None:
    con.execute("alter table staging.note drop column langue")
    con.execute("alter table staging.note drop column note")
    with pytest.raises(PerequationError, match=nom):
        count_anomalies(con, [REGLES[nom]])


def test_disagreement_between_the_two_counts_is_refused(
    con: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    def one_too_many(
        _con: duckdb.DuckDBPyConnection, regles: list[Regle], *_: object
    ) -> dict[str, int]:
        return {regle.regle: 1 for regle in regles}

    monkeypatch.setattr("perequation.controles.validation.count_anomalies", one_too_many)
    with pytest.raises(PerequationError, match="deux comptes"):
        run_controls(con, ["notes"])
