"""`session.toml` and the règlements as tables of `reference`, so that SQL needs no template."""

from collections.abc import Iterable, Iterator, Sequence, Set
from typing import Any

import duckdb

from perequation.socle.dossier import Dossier
from perequation.socle.reglement import Reglement
from perequation.socle.regles_decision import ReglesDecision, rules_at, write_threshold
from perequation.socle.schema import CODES_NOTE, ETAPES, MOTIFS_NV

_TABLES = {
    "session": """
        annee integer, titre varchar, academie_pilote varchar, coefficients_confirmes boolean""",
    "specialite": """
        specialite varchar, titre varchar, session_debut integer, session_fin integer,
        source varchar, est_confirme boolean, reserves varchar[], facultatives_maximales integer""",
    "epreuve": """
        specialite varchar, epreuve varchar, epreuve_groupe varchar, titre varchar,
        coefficient decimal(6, 2), domaine varchar, forme varchar, est_facultative boolean,
        est_ancre boolean, est_ccf boolean, a_la_suite_de varchar, rang integer,
        est_langue boolean, titre_groupe varchar""",
    "alias_epreuve": "specialite varchar, alias varchar, epreuve varchar",
    "parametre": """
        alerte_ecart decimal(4, 2), effectif_minimal integer, pas_note decimal(4, 2),
        taux_rejet_maximal double, controle_langue varchar, controle_reprend_benefice boolean,
        controle_forme_progressive boolean""",
    "effectif_attendu": "maille varchar, code varchar, inscrits integer",
    "type_unite": "type_unite varchar",
    "etape_note": "etape varchar, rang integer",
    "ancrage": "par varchar",
    "ccf": "date_limite date",
    "regle_bloquante": "regle varchar",
    "regime": """
        session integer, code varchar, controle varchar, admission_c bigint, appel_c bigint,
        professionnelle_c bigint, facultative_c bigint, conservee_c bigint,
        facultatives_maximales integer, epreuves_au_controle integer,
        admission varchar, appel varchar, professionnelle varchar,
        ouverture integer, unites integer, limite varchar, limite_apres_controle varchar""",
    "regle_decision": """
        session integer, regle varchar, decision varchar, article varchar, court varchar,
        long varchar, motif varchar, ferme varchar[], limite varchar""",
    "code_note": "code varchar",
    "motif_nv": "motif_nv varchar, libelle varchar, formes varchar",
}


def create_reference(
    con: duckdb.DuckDBPyConnection, dossier: Dossier, reglements: Iterable[Reglement]
) -> None:
    """Create and fill the tables of the schema `reference`.

    Parameters
    ----------
    con
        Writable connection.
    dossier
        The session folder.
    reglements
        One règlement per spécialité of the session (`load_reglements`).
    """
    configuration = dossier.configuration
    session, seuils, regles = configuration.session, configuration.seuils, configuration.regles
    reglements = tuple(reglements)
    create_tables(con)
    insert_rules(con, session.annee)
    _insert(
        con,
        "session",
        [(session.annee, session.titre, session.academie_pilote, session.coefficients_confirmes)],
    )
    ancres, ccf = set(configuration.harmonisation.ancres), set(configuration.ccf.epreuves)
    insert_reglements(con, reglements, session.annee, ancres, ccf)
    _insert(
        con,
        "parametre",
        [
            (
                seuils.alerte_ecart,
                seuils.effectif_minimal,
                seuils.pas_note,
                configuration.qualite.taux_rejet_maximal,
                _canonical(reglements, regles.controle_langue),
                regles.controle_reprend_benefice,
                regles.controle_forme_progressive,
            )
        ],
    )
    _insert(
        con,
        "effectif_attendu",
        [(e.maille, e.code, e.inscrits) for e in configuration.effectif_attendu],
    )
    _insert(con, "type_unite", [(t,) for t in configuration.harmonisation.types_unite])
    par = configuration.harmonisation.ancres_par
    _insert(con, "ancrage", [(par,)] if par else [])
    _insert(con, "ccf", [(configuration.ccf.date_limite,)])
    _insert(con, "regle_bloquante", [(r,) for r in configuration.qualite.bloquer])


def create_tables(con: duckdb.DuckDBPyConnection) -> None:
    """Create the tables of the schema `reference`: empty, but for what marks are made of."""
    con.execute("create schema if not exists reference")
    for table, columns in _TABLES.items():
        con.execute(f"create or replace table reference.{table} ({columns})")
    _insert(con, "etape_note", [(etape, rang) for rang, etape in enumerate(ETAPES, start=1)])
    _insert(con, "code_note", [(code,) for code in CODES_NOTE])
    _insert(con, "motif_nv", [(m.code, m.libelle, m.formes) for m in MOTIFS_NV])


def insert_rules(con: duckdb.DuckDBPyConnection, annee: int) -> None:
    """Fill `reference.regime` and `reference.regle_decision` with the rules of a session.

    Parameters
    ----------
    con
        Writable connection.
    annee
        Year of the session.
    """
    regles = rules_at(annee)
    _insert(con, "regime", [_regime(regles)])
    _insert(
        con,
        "regle_decision",
        [
            (
                *(annee, r.code, r.decision, r.article, r.court, r.long, r.motif),
                *(list(r.ferme), r.limite or None),
            )
            for r in regles.regles
        ],
    )


def insert_reglements(
    con: duckdb.DuckDBPyConnection,
    reglements: Iterable[Reglement],
    annee: int,
    ancres: Set[str] = frozenset(),
    ccf: Set[str] = frozenset(),
) -> None:
    """Fill `reference.specialite`, `epreuve` and `alias_epreuve`.

    Parameters
    ----------
    con
        Writable connection.
    reglements
        One règlement per spécialité.
    annee
        Year of the session, which some reserves depend on.
    ancres, ccf
        Anchors and CCF épreuves that the session names; none means the règlement's own.
    """
    reglements = tuple(reglements)
    specialites = [
        (
            *(r.specialite, r.titre, r.debut, r.fin, r.source, r.confirme),
            *(list(r.reserves_at(annee)), r.facultatives_maximales),
        )
        for r in reglements
    ]
    _insert(con, "specialite", specialites)
    _insert(con, "epreuve", list(_epreuves(reglements, ancres, ccf)))
    alias = [(r.specialite, a, e.code) for r in reglements for e in r.epreuves for a in e.alias]
    _insert(con, "alias_epreuve", alias)


def _canonical(reglements: tuple[Reglement, ...], ecrit: str) -> str:
    """Return the code of an épreuve written with any of its codes, else what is written."""
    return next((r.codes[ecrit] for r in reglements if ecrit in r.codes), ecrit)


def _regime(regles: ReglesDecision) -> tuple[Any, ...]:
    """Return the row of `reference.regime`: thresholds in hundredths, and as written."""
    regime = regles.regime
    seuils = (regime.admission, regime.appel, regime.professionnelle)
    des_notes = (regime.facultatives_au_dessus_de, regime.conservee_a_partir_de)
    return (
        regles.session,
        regime.code,
        regime.controle,
        *(int(seuil * 100) for seuil in (*seuils, *des_notes)),
        regime.facultatives_maximales,
        regime.epreuves_au_controle,
        *(write_threshold(seuil) for seuil in seuils),
        regles.ouverture,
        regles.unites,
        regime.limite or None,
        regles.apres_le_controle,
    )


def _epreuves(
    reglements: tuple[Reglement, ...], ancres: Set[str], ccf: Set[str]
) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of `reference.epreuve`; anchors and CCF épreuves named by the session win."""
    for reglement in reglements:
        for rang, e in enumerate(reglement.epreuves, start=1):
            noms = {e.code, *e.alias}
            est_ancre = bool(noms & ancres) if ancres else e.ancre
            est_ccf = bool(noms & ccf) if ccf else e.ccf
            yield (
                reglement.specialite,
                e.code,
                e.groupe,
                e.titre,
                e.coefficient,
                e.domaine,
                e.forme,
                e.facultative,
                est_ancre,
                est_ccf,
                e.a_la_suite_de and reglement.codes.get(e.a_la_suite_de, e.a_la_suite_de),
                rang,
                e.langue,
                reglement.title_of(e.groupe),
            )


def _insert(con: duckdb.DuckDBPyConnection, table: str, rows: Sequence[tuple[Any, ...]]) -> None:
    if rows:
        marks = ", ".join("?" * len(rows[0]))
        con.executemany(f"insert into reference.{table} values ({marks})", rows)
