"""Rules about what is said at several steps: each step compared with its own, the last one counted."""

import duckdb

from perequation.socle.ressources import ressource


def _rows(con: duckdb.DuckDBPyConnection, suite: str, regle: str) -> list[tuple[object, ...]]:
    sql = ressource("sql", "controles", suite, f"{regle}.sql").read_text(encoding="utf-8")
    return sorted(con.sql(sql).select("numero_candidat", "ligne", "valeur").fetchall())


def test_a_decision_after_the_controle_is_compared_with_what_was_proposed_then() -> None:
    with duckdb.connect() as con:
        con.execute(
            """
            create schema staging; create schema marts;
            create table marts.resultat_candidat as from (values
                ('a', 'X', 2023, 'CONTROLE', 'REFUSE'), ('b', 'X', 2023, 'CONTROLE', 'ADMIS'),
                ('c', 'X', 2023, 'REFUSE', null)
            ) as t(numero_candidat, specialite, session, decision_calculee, decision_apres_controle);
            create table staging.decision_jury as from (values
                ('f', 1, 'a', 'X', 2023, 'controle', 'ADMIS'), ('f', 2, 'b', 'X', 2023, 'controle', 'ADMIS'),
                ('f', 3, 'c', 'X', 2023, 'premier_groupe', 'CONTROLE'),
                ('f', 4, 'c', 'X', 2023, 'controle', 'ADMIS')
            ) as t(fichier, ligne, numero_candidat, specialite, session, etape, decision)
            """
        )
        # c was proposed nothing after the contrôle: there is nothing to depart from.
        assert _rows(con, "resultats", "jury_ecart") == [("a", 1, "ADMIS"), ("c", 3, "CONTROLE")]


def test_a_reserve_is_that_of_the_last_mark_known() -> None:
    with duckdb.connect() as con:
        con.execute(
            """
            create schema staging; create schema reference;
            create table reference.etape_note as from (values ('transmise', 1), ('harmonisee', 2))
                as t(etape, rang);
            create table staging.note as from (values
                ('f', 1, 'a', 'X', 'E4', 'transmise', 12.5, true),
                ('g', 2, 'a', 'X', 'E4', 'harmonisee', 12.5, true),
                ('f', 3, 'b', 'X', 'E4', 'transmise', 9, true),
                ('g', 4, 'b', 'X', 'E4', 'harmonisee', 9, false),
                ('f', 5, 'c', 'X', 'E4', 'transmise', 8, true),
                ('f', 6, 'c', 'X', 'E5', 'transmise', 8, false)
            ) as t(fichier, ligne, numero_candidat, specialite, epreuve, etape, note, est_reserve)
            """
        )
        # Told twice, it is one; lifted since, it is none.
        found = _rows(con, "notes", "note_sous_reserve")
        assert [(who, line) for who, line, _ in found] == [("a", 2), ("c", 5)]
