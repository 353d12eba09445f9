"""The values a file has in its coded columns, and whether the import knows what they mean."""

from dataclasses import dataclass

import duckdb

from perequation.socle.dossier import Dossier
from perequation.socle.reglement import available_reglements
from perequation.socle.schema import TABLES

CODES_MONTRES = 12

# Where `staging` says what it made of a coded value: relation, then text read and value understood.
_COMPRIS = {
    "candidats": (
        "staging.candidat_lu",
        {
            "statut": ("statut_lu", "statut"),
            "forme": ("forme_lue", "forme"),
            "sexe": ("sexe_lu", "sexe"),
        },
    ),
    "notes": (
        "staging.note_ecrite",
        {
            "note": ("note_lue", "coalesce(note::varchar, code)"),
            "mode": ("mode_lu", "mode"),
            "etape": ("etape_lue", "etape"),
            "reserve": ("reserve_lue", "est_reserve"),
        },
    ),
    "etablissements": (
        "staging.etablissement_lu",
        {"type": ("type_lu", "type"), "ccf": ("ccf_lu", "ccf")},
    ),
    "decisions_jury": (
        "staging.decision_jury_lue",
        {
            "etape": ("etape_lue", "etape"),
            "decision": ("decision_lue", "decision"),
            "livret_examine": ("livret_lu", "livret"),
        },
    ),
    "decisions_harmonisation": (
        "staging.decision_harmonisation_lue",
        {
            "type_unite": ("type_unite_lu", "type_unite"),
            "decision": ("decision_lue", "decision"),
            "decalage": ("decalage_lu", "decalage"),
            "date": ("date_lue", "date"),
        },
    ),
}
# Columns of which only what is not a plain number or date is worth showing.
_LIBRES = ("note", "decalage", "date")


@dataclass(frozen=True)
class CodeRencontre:
    """A value of a coded column.

    Attributes
    ----------
    colonne, valeur
        Where, and what is written.
    nombre
        On how many rows.
    est_compris
        Whether the import knows what it means.
    """

    colonne: str
    valeur: str
    nombre: int
    est_compris: bool


def codes_met(
    con: duckdb.DuckDBPyConnection,
    type_fichier: str,
    connus: dict[str, frozenset[str]],
    fichiers: list[str],
) -> tuple[list[CodeRencontre], dict[str, int]]:
    """Return the values of the coded columns of some files, once `staging` is built.

    Parameters
    ----------
    con
        Where they are loaded.
    type_fichier
        One of the tables of `schema.TABLES`.
    connus
        Known codes of `epreuve` and of `specialite`.
    fichiers
        Names of the files.

    Returns
    -------
    tuple
        The values, at most `CODES_MONTRES` a column; how many more some columns have.
    """
    relation, colonnes = _COMPRIS[type_fichier]
    codes: list[CodeRencontre] = []
    others: dict[str, int] = {}
    montrees = [c.nom for c in TABLES[type_fichier].colonnes if c.type == "code"]
    for colonne in (*montrees, *(c for c in colonnes if c in _LIBRES)):
        inconnues = _not_understood(con, relation, colonnes.get(colonne))
        valeurs = _values(con, type_fichier, colonne, inconnues, fichiers)
        for valeur, count in valeurs[:CODES_MONTRES]:
            plat = valeur.upper().replace(" ", "").replace("\u00a0", "")
            est_compris = plat in connus.get(colonne, {plat}) and valeur not in inconnues
            codes.append(CodeRencontre(colonne, valeur, count, est_compris))
        if len(valeurs) > CODES_MONTRES:
            others[colonne] = len(valeurs) - CODES_MONTRES
    return codes, others


def _not_understood(
    con: duckdb.DuckDBPyConnection, relation: str, expressions: tuple[str, str] | None
) -> frozenset[str]:
    if expressions is None:
        return frozenset()
    lue, comprise = expressions
    rangees = con.execute(
        f"select distinct {lue} from {relation} where {lue} is not null and {comprise} is null"
    ).fetchall()
    return frozenset(valeur for (valeur,) in rangees)


def _values(
    con: duckdb.DuckDBPyConnection,
    type_fichier: str,
    colonne: str,
    inconnues: frozenset[str],
    fichiers: list[str],
) -> list[tuple[str, int]]:
    """Return the values of a column worth showing, the most frequent first."""
    rangees = con.execute(
        f"select {colonne}, count(*) from raw.{type_fichier} where {colonne} is not null "
        "and list_contains(?, fichier) group by all order by 2 desc, 1",
        [fichiers],
    ).fetchall()
    if colonne not in _LIBRES:
        return rangees
    return [
        (valeur, count)
        for valeur, count in rangees
        if valeur in inconnues or (colonne == "note" and not _is_number(valeur))
    ]


def _is_number(texte: str) -> bool:
    return texte.replace(",", ".").replace(".", "", 1).isdecimal()


def known_codes(dossier: Dossier | None) -> dict[str, frozenset[str]]:
    """Return codes of épreuves and spécialités: the session's, else those of every règlement."""
    reglements = available_reglements(dossier.racine if dossier else None)
    if dossier is not None:
        wanted = dossier.configuration.session.specialites
        reglements = tuple(r for r in reglements if r.specialite in wanted) or reglements
    return {
        "epreuve": frozenset(
            code for r in reglements for code in (*r.codes, *(e.groupe for e in r.epreuves))
        ),
        "specialite": frozenset(r.specialite for r in reglements),
    }
