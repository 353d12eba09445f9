"""A small session without a fault: typed tables as staging makes them, results by our SQL."""

from collections.abc import Iterator
from typing import Any

import duckdb

from perequation.ingestion.tables import create_raw_tables
from perequation.socle.couches import (
    build_order,
    build_relations,
    relations_read,
    sql_files,
    upstream_of,
)
from perequation.socle.entrepot import SCHEMAS
from perequation.socle.referentiel import create_tables, insert_rules

LETTRES = "ABCDEFGHJKLMNPRSTUVWXYZ"
EPREUVES = [
    # epreuve, groupe, coefficient, domaine, forme, facultative, ccf, à la suite de
    ("E1", "E1", "3", "general", "ecrit", False, False, None),
    ("E21", "E2", "1.5", "general", "ecrit", False, False, None),
    ("E22", "E2", "1.5", "general", "oral", False, True, None),
    ("E3", "E3", "3", "general", "ecrit", False, False, None),
    ("E4", "E4", "4", "professionnel", "oral", False, True, None),
    ("E5", "E5", "4", "professionnel", "ecrit", False, False, None),
    ("E61", "E6", "2", "professionnel", "oral", False, True, None),
    ("E62", "E6", "2", "professionnel", "oral", False, True, None),
    ("EF1", "EF1", "1", None, "oral", True, False, None),
    ("EF2", "EF2", "1", None, None, True, False, None),
    ("EF3", "EF3", "1", None, None, True, False, "E61"),
    ("EF4", "EF4", "1", None, None, True, False, None),
]
STAGING = {
    "candidat": """numero_candidat varchar, ine varchar, nom varchar, prenom varchar,
        date_naissance date, sexe varchar, specialite varchar, session integer, academie varchar,
        uai varchar, etablissement varchar, statut varchar, forme varchar, centre_ecrit varchar,
        bac_origine varchar, fichier varchar, ligne bigint""",
    "note": """numero_candidat varchar, specialite varchar, session integer, epreuve varchar,
        etape varchar, note decimal(4, 2), code varchar, mode varchar, centre varchar,
        commission varchar, langue varchar, est_reserve boolean, motif_nv varchar,
        session_origine integer, lot varchar, correcteur varchar, fichier varchar, ligne bigint""",
    "etablissement": """uai varchar, nom varchar, academie varchar, type varchar, ccf varchar,
        alias varchar[], fichier varchar, ligne bigint""",
    "decision_jury": """numero_candidat varchar, specialite varchar, session integer,
        etape varchar, decision varchar, livret varchar, motif varchar,
        fichier varchar, ligne bigint, date date, date_lue varchar, probleme_date varchar""",
    "decision_harmonisation": """epreuve varchar, unite varchar, type_unite varchar,
        decision varchar, decalage decimal(5, 2), motif varchar, auteur varchar, date date, accord date,
        fichier varchar, ligne bigint, probleme_date varchar""",
}
REJET = """rang bigint, fichier varchar, ligne bigint, colonne varchar, valeur varchar,
    regle varchar, message varchar, numero_candidat varchar, specialite varchar, session integer,
    epreuve varchar, etape varchar"""
FICHIERS = [
    ("donnees/candidats.csv", "candidats", "candidat"),
    ("donnees/notes.csv", "notes", "note"),
    ("donnees/etablissements.csv", "etablissements", "etablissement"),
    ("donnees/decisions_jury.csv", "decisions_jury", "decision_jury"),
]
# Rejected rows of the marks file, so that the share of rejects is neither zero nor near the limit.
NB_REJETS = 2


def uai(numero: int) -> str:
    """Return a valid UAI of a department that does not exist."""
    return f"{numero:07d}{LETTRES[numero % 23]}"


LYCEE, CFA, GRETA = uai(990001), uai(990002), uai(990003)


def create_session(con: duckdb.DuckDBPyConnection) -> None:
    """Fill every schema with a session in which no rule is broken."""
    for schema in SCHEMAS:
        con.execute(f"create schema if not exists {schema}")
    _fill_reference(con)
    for table, colonnes in STAGING.items():
        con.execute(f"create table staging.{table} ({colonnes})")
        con.execute(f"create table staging.rejet_{table} ({REJET})")
    con.execute(
        """create table staging.unite_ecrite (genre varchar, ecrite varchar, cle varchar,
        nb bigint, retenue varchar)"""
    )
    con.execute(
        """create table staging.reparation (fichier varchar, ligne bigint, colonne varchar,
            valeur varchar, valeur_retenue varchar, regle varchar, message varchar)"""
    )
    con.execute(
        """create table staging.valeur_ecartee (type_fichier varchar, fichier varchar,
            ligne bigint, colonne varchar, valeur varchar, numero_candidat varchar,
            specialite varchar)"""
    )
    fichier = "donnees/etablissements.csv"
    _insert(
        con,
        "staging.etablissement",
        [
            (LYCEE, "Lycée Imaginaire", "UTOPIE", "PUBLIC", "O", ["LGT IMAGINAIRE"], fichier, 2),
            (CFA, "CFA des Songes", "UTOPIE", "CFA", "O", None, fichier, 3),
            (GRETA, "Greta du Lointain", "UTOPIE", "GRETA", "ETENDU", None, fichier, 4),
        ],
    )
    candidats = list(_candidats())
    _insert(con, "staging.candidat", candidats)
    _insert(con, "staging.note", list(_notes(candidats)))
    cle, fichier = ("CCST", 2023, "premier_groupe"), "donnees/decisions_jury.csv"
    _insert(
        con,
        "staging.decision_jury",
        [
            ("01230000000", *cle, "CONTROLE", None, None, fichier, 2),
            ("01230000001", *cle, "REFUSE", "O", None, fichier, 3),
        ],
    )
    con.execute(
        f"""insert into staging.rejet_note by name
        select 900 + i as rang, rang as ligne, 'donnees/notes.csv' as fichier,
            'epreuve' as colonne, 'E9' as valeur, 'epreuve_inconnue' as regle, 'E9' as message
        from range({NB_REJETS}) as rejets(i)"""
    )
    _fill_raw(con)
    voulues = _without_gaps(con)
    build_relations(con, [n for n in build_order() if n in voulues])


def _without_gaps(con: duckdb.DuckDBPyConnection) -> set[str]:
    """Return what SQL makes from the staging tables written above alone: gaps are computed."""
    of_gaps = {nom for nom, sql in sql_files().items() if "marts.ecart" in relations_read(con, sql)}
    return {
        nom
        for nom in sql_files()
        if nom.startswith(("intermediate.", "marts.")) and not of_gaps & upstream_of([nom])
    }


def synchronise(con: duckdb.DuckDBPyConnection) -> None:
    """Make the import accounts agree with the staging tables again, after a change in these."""
    for fichier, _, table in FICHIERS:
        con.execute(
            f"""update marts.bilan_import set
                lignes_chargees = (select count(*) from staging.{table}),
                lignes_lues = (select count(*) from staging.{table}) + lignes_rejetees
            where fichier = ?""",
            [fichier],
        )
    con.execute("delete from marts.bilan_import where lignes_lues = 0")


def _fill_reference(con: duckdb.DuckDBPyConnection) -> None:
    create_tables(con)
    insert_rules(con, 2023)
    con.execute("insert into reference.session values (2023, 'Session', 'UTOPIE', true)")
    con.execute(
        "insert into reference.specialite by name "
        "select 'CCST' as specialite, 'CCST' as titre, 2022 as session_debut, "
        "2025 as session_fin, true as est_confirme"
    )
    _insert(
        con,
        "reference.epreuve",
        [
            (
                "CCST",
                e,
                g,
                e,
                c,
                d,
                f,
                opt,
                d is not None and f == "ecrit",
                ccf,
                suite,
                rang,
                g == "E2",
                g,
            )
            for rang, (e, g, c, d, f, opt, ccf, suite) in enumerate(EPREUVES, 1)
        ],
    )
    con.execute(
        "insert into reference.parametre values (0.5, 5, 0.5, 0.05, 'epreuve', false, true)"
    )
    _insert(
        con,
        "reference.effectif_attendu",
        [
            ("total", "", 15),
            ("academie", "Utopie", 15),
            ("etablissement", LYCEE, 6),
            ("etablissement", CFA, 4),
            ("etablissement", "Greta du lointain", 3),
            ("etablissement", "EAD 99", 2),
            ("centre_ecrit", "LGT Imaginaire", 15),
        ],
    )


def _candidats() -> Iterator[tuple[Any, ...]]:
    groupes = [
        (6, LYCEE, "Lycée Imaginaire", "SCOLAIRE", "GLOBALE"),
        (4, CFA, "CFA des Songes", "APPRENTI", "GLOBALE"),
        (3, GRETA, "Greta du Lointain", "FORMATION CONTINUE", "PROGRESSIVE"),
        (2, None, "EAD 99", "EAD", "GLOBALE"),
    ]
    i = 0
    for taille, code, nom, statut, forme in groupes:
        for _ in range(taille):
            yield (
                f"012300000{i:02d}",
                f"{i:010d}A",
                f"Nom{i}",
                f"Prénom{i}",
                f"2003-01-{i + 1:02d}",
                "FM"[i % 2],
                "CCST",
                2023,
                "UTOPIE",
                code,
                nom,
                statut,
                forme,
                "Lycée Imaginaire",
                None,
                "donnees/candidats.csv",
                i + 2,
            )
            i += 1


def _notes(candidats: list[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    ligne = 1
    for i, candidat in enumerate(candidats):
        for ligne_note in _notes_d_un_candidat(i, candidat):
            ligne += 1
            yield (*ligne_note, "donnees/notes.csv", ligne)


def _notes_d_un_candidat(i: int, candidat: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    numero, code = candidat[0], candidat[9]
    for epreuve, groupe, _, domaine, forme, facultative, ccf, _ in EPREUVES:
        if facultative and not (i == 2 and epreuve in ("EF1", "EF3")):
            continue
        note = str(11 + (i + len(epreuve)) % 5 + 0.5 * (i % 2))
        if i == 0:  # called to contrôle: 8 in the general domain, 10,5 in the professional
            note = "8" if domaine == "general" else "10.5"
        if i == 1:  # refused
            note = "6.5"
        # the Greta is habilitated for CCF everywhere
        en_ccf = code is not None and (ccf or (code == GRETA and not facultative))
        mode = "CCF" if en_ccf else "PONCTUEL"
        centre = code if en_ccf else "Centre d'oral" if forme == "oral" else None
        langue = "anglais" if groupe == "E2" or epreuve == "EF1" else None
        yield _note(numero, epreuve, "definitive", note, mode, centre, langue)
    if i == 0:
        yield _note(numero, "E1", "controle", "12", "PONCTUEL", "Centre", None)
    if i == 3:  # an earlier stage changes nothing
        yield _note(numero, "E4", "transmise", "10", "CCF", code, None)


def _note(  # noqa: PLR0917
    numero: str,
    epreuve: str,
    etape: str,
    note: str,
    mode: str,
    centre: str | None,
    langue: str | None,
) -> tuple[Any, ...]:
    return (
        numero,
        "CCST",
        2023,
        epreuve,
        etape,
        note,
        None,
        mode,
        centre,
        None,
        langue,
        False,
        *(None,) * 4,
    )


def _fill_raw(con: duckdb.DuckDBPyConnection) -> None:
    create_raw_tables(con)
    for fichier, type_fichier, table in FICHIERS:
        rejets = NB_REJETS if table == "note" else 0
        con.execute(
            f"""insert into raw.fichier by name
            select ? as fichier, ? as type_fichier, md5(?) as sha256, 100 as octets,
                'utf-8' as encodage, ';' as separateur, 'perequation' as profil,
                count(*) + ? as lignes_lues, 'ligne' as unite_compte
            from staging.{table}""",
            [fichier, type_fichier, fichier, rejets],
        )


def _insert(con: duckdb.DuckDBPyConnection, table: str, rows: list[tuple[Any, ...]]) -> None:
    # The last columns of a table may be left out.
    names = [row[0] for row in con.execute(f"describe {table}").fetchall()][: len(rows[0])]
    values = ", ".join("?" * len(names))
    con.executemany(f"insert into {table} ({', '.join(names)}) values ({values})", rows)
