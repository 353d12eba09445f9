"""A folder's own rules are checked and counted like those of the package."""

from pathlib import Path

import duckdb
import pytest

from perequation.controles import load_own_rules, run_controls
from perequation.socle.erreurs import ConfigurationError

WORDS = """
suite = "notes"
gravite = "avertissement"
libelle = "Aucune note n’est de 20."
constat = "note maximale"
remede = "Faites relire la copie."
"""
SQL = """
select fichier, ligne, 'note' as colonne, note::varchar as valeur, numero_candidat, epreuve
from staging.note where note = 20 and 'a:b{c}' is not null
"""


def write_rule(
    folder: Path, name: str = "note_de_vingt", words: str = WORDS, sql: str = SQL
) -> Path:
    (folder / "regles").mkdir(exist_ok=True)
    (folder / "regles" / f"{name}.toml").write_text(words, "utf-8")
    (folder / "regles" / f"{name}.sql").write_text(sql, "utf-8")
    return folder


def test_no_folder_no_rule(tmp_path: Path) -> None:
    assert load_own_rules(tmp_path) == ()


@pytest.mark.entier
def test_own_rule_is_counted_listed_and_graded(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    con.execute("update staging.note set note = 20 where epreuve = 'E3'")
    expected = con.execute("select count(*) from staging.note where note = 20").fetchall()[0][0]
    assert expected > 0
    bilan = run_controls(con, ["notes"], load_own_rules(write_rule(tmp_path), ["notes"]))
    (found,) = [r for r in bilan.avertissements if r.regle.regle == "note_de_vingt"]
    assert found.nb_anomalies == expected
    rows = con.execute(
        "select count(*), min(message) from marts.anomalie where regle = 'note_de_vingt'"
    ).fetchall()
    assert rows[0][0] == expected
    assert "note maximale (règle note_de_vingt). Faites relire la copie." in rows[0][1]


@pytest.mark.entier
def test_a_rule_may_say_more_and_in_other_types(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    con.execute("update staging.note set note = 20 where epreuve = 'E3'")
    sql = "select note as valeur, fichier, 'autre' as colonne, 7 as de_plus from staging.note where note = 20"
    run_controls(con, ["notes"], load_own_rules(write_rule(tmp_path, sql=sql), ["notes"]))
    rows = con.execute(
        "select distinct valeur, colonne, ligne from marts.anomalie where regle = 'note_de_vingt'"
    ).fetchall()
    assert rows == [("20.00", "autre", None)]


@pytest.mark.entier
def test_it_may_block(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    con.execute("update staging.note set note = 20 where epreuve = 'E3'")
    words = WORDS.replace("avertissement", "critique")
    bilan = run_controls(con, ["notes"], load_own_rules(write_rule(tmp_path, words=words)))
    assert [r.regle.regle for r in bilan.critiques] == ["note_de_vingt"]


def test_it_belongs_to_its_suite_alone(tmp_path: Path) -> None:
    folder = write_rule(tmp_path)
    assert load_own_rules(folder, ["candidats"]) == ()
    assert len(load_own_rules(folder, ["notes"])) == 1


@pytest.mark.parametrize(
    ("name", "words", "sql", "said"),
    [
        ("note_bornes", WORDS, SQL, "une règle livrée porte déjà ce nom"),
        ("a", WORDS.replace('"notes"', '"inconnue"'), SQL, "la suite « inconnue » n’existe pas"),
        ("a", WORDS, "selekt 1", "n’est pas un SELECT"),
        ("a", WORDS, "drop table staging.note", "n’est pas un SELECT"),
        ("a", WORDS.replace("constat", "constats"), SQL, "constat"),
    ],
)
def test_a_faulty_rule_is_told_in_french(
    tmp_path: Path, name: str, words: str, sql: str, said: str
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_own_rules(write_rule(tmp_path, name, words, sql))
    assert said in "\n".join(caught.value.lines())


def test_words_without_sql_are_told(tmp_path: Path) -> None:
    folder = write_rule(tmp_path)
    (folder / "regles" / "note_de_vingt.sql").unlink()
    with pytest.raises(ConfigurationError) as caught:
        load_own_rules(folder)
    assert "note_de_vingt.sql manque" in "\n".join(caught.value.lines())


def test_a_rule_that_reads_nothing_known_is_the_user_s_fault(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    folder = write_rule(tmp_path, sql="select 1 as fichier from staging.inconnue")
    with pytest.raises(ConfigurationError, match=r"regles/note_de_vingt\.sql"):
        run_controls(con, ["notes"], load_own_rules(folder))
