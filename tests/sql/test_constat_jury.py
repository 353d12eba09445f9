"""A contrôle decided in a session that had none, or not for that candidate."""

from pathlib import Path

import duckdb
import pytest

from perequation.presentation.lexique import DANS_UNE_PHRASE
from perequation.socle import entrepot
from perequation.socle.referentiel import create_tables, insert_rules
from perequation.socle.ressources import ressource

REGLES = {"REFUSE": "refus_sous_8", "ELIMINE": "absence_non_justifiee", "CONTROLE": "controle"}
CONSTAT = ressource("sql", "jury", "constat.sql").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("session", "proposition", "regles"),
    [
        (2020, "REFUSE", {"controle_session", "proposition_contraire"}),
        (2021, "CONTROLE", set()),
        (2021, "ELIMINE", {"controle_session", "proposition_contraire"}),
        (2022, "CONTROLE", set()),
        (2022, "REFUSE", {"proposition_contraire"}),
    ],
)
def test_a_controle_before_2022(
    tmp_path: Path, session: int, proposition: str, regles: set[str]
) -> None:
    base = tmp_path / "publie.duckdb"
    with duckdb.connect(str(base)) as con:
        for schema in ("staging", "marts"):
            con.execute(f"create schema {schema}")
        create_tables(con)
        insert_rules(con, session)
        con.execute(
            "create table staging.decision_jury (numero_candidat varchar, specialite varchar, "
            "session integer, etape varchar, decision varchar, est_livret_examine boolean, "
            "fichier varchar, ligne bigint)"
        )
        con.execute(
            "create table marts.resultat_candidat as select '1' as numero_candidat, "
            "'MCO' as specialite, ?::integer as session, ? as decision_calculee, "
            "null::varchar as decision_apres_controle, 9.5::decimal(5, 2) as moyenne_generale, "
            "null::decimal(5, 2) as moyenne_finale, ? as regle",
            [session, proposition, REGLES[proposition]],
        )
        con.execute("create table marts.rattrapage as select '0' as numero_candidat")
    with duckdb.connect() as con:
        for schema in entrepot.SCHEMAS:
            con.execute(f"create schema {schema}")
        entrepot.attach_read_only(con, "publie", base)
        con.execute(
            "create table staging.decision_jury_lue as select 0::bigint as rang, 2::bigint as "
            "ligne, '1' as numero_candidat, 'MCO' as specialite, ?::integer as session, "
            "'premier_groupe' as etape, 'CONTROLE' as decision, 'CONTROLE' as decision_lue, "
            "null::varchar as livret_lu, null::boolean as est_livret_examine, "
            "null::varchar as motif",
            [session],
        )
        con.execute(
            "create table staging.rejet_decision_jury (rang bigint, ligne bigint, "
            "numero_candidat varchar, regle varchar, message varchar)"
        )
        con.execute(
            "create table raw.rejet (rang bigint, ligne bigint, regle varchar, message varchar)"
        )
        mots = {"codes": list(DANS_UNE_PHRASE), "mots": list(DANS_UNE_PHRASE.values())}
        lignes = con.execute(CONSTAT, {"fichier": "x.csv"} | mots).fetchall()
    assert {regle for _, _, _, regle, _ in lignes} == regles
    contraires = [m for _, _, _, regle, m in lignes if regle == "proposition_contraire"]
    limites = {"ELIMINE": "CE D643-24", "REFUSE": "à partir de 8 de moyenne générale"}
    assert all(limites[proposition] in m for m in contraires)
    assert all("appelé au contrôle" in message for *_, message in lignes)
    assert not [m for *_, m in lignes for code in DANS_UNE_PHRASE if code in m]
