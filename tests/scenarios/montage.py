"""Build `staging.*` and `reference.*` straight from test candidates, and decide them in SQL."""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from functools import cache
from typing import Any

import duckdb
import polars as pl
from scenarios.modele import Candidat, Note, Regles

from perequation.socle.couches import build_order, build_relations, relations_read, sql_files
from perequation.socle.entrepot import SCHEMAS
from perequation.socle.referentiel import create_tables, insert_reglements, insert_rules
from perequation.socle.reglement import Reglement

STAGING = {
    "candidat": """
        numero_candidat varchar, ine varchar, nom varchar, prenom varchar, date_naissance date,
        sexe varchar, specialite varchar, session integer, academie varchar, uai varchar,
        etablissement varchar, statut varchar, forme varchar, centre_ecrit varchar,
        bac_origine varchar, fichier varchar, ligne bigint""",
    "note": """
        numero_candidat varchar, specialite varchar, session integer, epreuve varchar,
        etape varchar, note decimal(4, 2), code varchar, mode varchar, centre varchar,
        commission varchar, langue varchar, est_reserve boolean, motif_nv varchar,
        session_origine integer, lot varchar, correcteur varchar, fichier varchar, ligne bigint""",
    "decision_harmonisation": """
        epreuve varchar, unite varchar, type_unite varchar, decision varchar,
        decalage decimal(5, 2), motif varchar, auteur varchar, date date, accord date, fichier varchar,
        ligne bigint""",
    "decision_jury": """
        numero_candidat varchar, specialite varchar, session integer, etape varchar,
        decision varchar, livret varchar, motif varchar, fichier varchar,
        ligne bigint""",
    "rejet_note": """
        rang bigint, fichier varchar, ligne bigint, colonne varchar, valeur varchar,
        regle varchar, message varchar, numero_candidat varchar, specialite varchar,
        session integer, epreuve varchar, etape varchar""",
    "rejet_decision_jury": """
        rang bigint, fichier varchar, ligne bigint, colonne varchar, valeur varchar,
        regle varchar, message varchar, numero_candidat varchar, specialite varchar,
        session integer, etape varchar""",
}
MARTS = (
    "note_retenue",
    "resultat_candidat",
    "rattrapage",
    "epreuve_controle",
    "cible_controle",
    "cible_couple",
    "non_appele",
    "reussite",
    "statistique_epreuve",
    "statistique_epreuve_ensemble",
    "elimination",
    "correlation_epreuve",
    "fidelite",
    "absence",
    "rendement_controle",
    "rendement_epreuve_controle",
)


DECIDENT = ("resultat_candidat", "rattrapage")


@cache
def decision_relations(marts: tuple[str, ...] = MARTS) -> list[str]:
    """Return what the wanted marts need, imports and référentiel apart."""
    needed = {f"marts.{name}" for name in marts}
    with duckdb.connect() as con:
        for name in reversed(build_order()):
            if name in needed:
                needed |= relations_read(con, sql_files()[name])
    return [name for name in needed if name.startswith(("intermediate.", "marts."))]


def open_warehouse() -> duckdb.DuckDBPyConnection:
    """Open an empty warehouse in memory, with the staging tables the decisions read."""
    con = duckdb.connect()
    for schema in SCHEMAS:
        con.execute(f"create schema {schema}")
    create_tables(con)
    for table, columns in STAGING.items():
        con.execute(f"create table staging.{table} ({columns})")
    return con


def describe_session(
    con: duckdb.DuckDBPyConnection,
    reglements: Iterable[Reglement],
    session: int,
    regles: Regles,
    pas_note: str = "0.5",
) -> None:
    """Fill `reference.*`."""
    con.execute("insert into reference.session values (?, 'essai', 'TOULOUSE', true)", [session])
    insert_rules(con, session)
    con.execute(
        "insert into reference.parametre values (0.5, 5, ?, 0.05, ?, ?, ?)",
        [
            Decimal(pas_note),
            regles.controle_langue,
            regles.controle_reprend_benefice,
            regles.controle_forme_progressive,
        ],
    )
    insert_reglements(con, reglements, session)


def decide_session(
    reglement: Reglement,
    session: int,
    candidats: Sequence[Candidat],
    regles: Regles | None = None,
    *,
    pas_note: str = "0.5",
    marts: tuple[str, ...] = DECIDENT,
) -> duckdb.DuckDBPyConnection:
    """Load the candidates and build the wanted marts."""
    con = open_warehouse()
    describe_session(con, [reglement], session, regles or Regles(), pas_note)
    load_candidats(con, reglement.specialite, session, candidats)
    build_relations(con, decision_relations(marts))
    return con


def load_candidats(
    con: duckdb.DuckDBPyConnection, specialite: str, session: int, candidats: Iterable[Candidat]
) -> None:
    """Fill `staging.*` from test candidates."""
    candidats = list(candidats)
    cle = {"specialite": specialite, "session": session}
    _insert(con, "candidat", [_candidat(c) | cle for c in candidats])
    _insert(
        con,
        "note",
        [{"numero_candidat": c.numero, **cle} | note for c in candidats for note in _notes(c)],
    )
    _insert(
        con,
        "decision_jury",
        [
            {
                "numero_candidat": c.numero,
                **cle,
                "etape": j.etape,
                "decision": j.decision,
                "livret": j.livret,
                "motif": j.motif,
                "fichier": "donnees/decisions_jury.csv",
                "ligne": 2,
            }
            for c in candidats
            for j in c.jury
        ],
    )
    _insert(
        con,
        "rejet_note",
        [
            {
                "fichier": "donnees/notes_rejets.csv",
                "ligne": 100 + i,
                "colonne": r.colonne,
                "valeur": r.valeur,
                "regle": r.regle,
                "message": f"règle {r.regle}",
                "numero_candidat": c.numero,
                "specialite": specialite if r.specialite == "" else r.specialite,
                "session": session if r.session == 0 else r.session,
                "epreuve": r.epreuve,
                "etape": r.etape,
            }
            for c in candidats
            for i, r in enumerate(c.rejets)
        ],
    )


def _candidat(c: Candidat) -> dict[str, Any]:
    return {
        "numero_candidat": c.numero,
        "nom": "Nom",
        "prenom": "Prénom",
        "sexe": "F",
        "academie": "TOULOUSE",
        "uai": "9990001A",
        "etablissement": "Lycée fictif",
        "statut": "SCOLAIRE",
        "forme": c.forme,
        "centre_ecrit": "Centre fictif",
        "fichier": "donnees/candidats.csv",
        "ligne": 2,
    } | c.identite


def _notes(c: Candidat) -> Iterator[dict[str, Any]]:
    for ligne, n in enumerate(c.notes, start=2):
        yield _note(n) | {"fichier": "donnees/notes.csv", "ligne": ligne}


def _note(n: Note) -> dict[str, Any]:
    est_code = isinstance(n.valeur, str)
    return {
        "epreuve": n.epreuve,
        "etape": n.etape,
        "note": None if est_code else n.valeur,
        "code": n.valeur if est_code else None,
        "mode": n.mode,
        "est_reserve": n.reserve,
        "langue": n.langue,
        "motif_nv": n.motif_nv,
        "session_origine": n.session_origine,
    }


def _insert(con: duckdb.DuckDBPyConnection, table: str, rows: list[dict[str, Any]]) -> None:
    if rows:
        frame = pl.DataFrame(rows, infer_schema_length=None)
        con.register("lignes", frame.to_arrow())
        con.execute(f"insert into staging.{table} by name select * from lignes").fetchall()
        con.unregister("lignes")


def read(con: duckdb.DuckDBPyConnection, mart: str) -> dict[str, dict[str, Any]]:
    """Return the rows of a mart by candidate number."""
    return {r["numero_candidat"]: r for r in read_rows(con, mart)}


def read_rows(con: duckdb.DuckDBPyConnection, mart: str) -> list[dict[str, Any]]:
    """Return the rows of a mart as dictionaries."""
    return con.sql(f"select * from marts.{mart}").pl().to_dicts()
