"""Read one file for a trial: how many rows would go in, which codes it has, which make no sense."""

from dataclasses import dataclass
from pathlib import Path

import duckdb

from perequation.ingestion.fichiers import FichierEntree
from perequation.ingestion.importation import read_alone
from perequation.ingestion.profils import Profil
from perequation.socle.configuration import Configuration
from perequation.socle.entrepot import build_missing, open_scratch
from perequation.socle.referentiel import create_tables
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
            "date_naissance": ("date_naissance_lue", "date_naissance"),
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
            "livret_examine": ("livret_lu", "est_livret_examine"),
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
_LIBRES = ("note", "date_naissance", "decalage", "date")


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


@dataclass(frozen=True)
class Essai:
    """What reading a file gave.

    Attributes
    ----------
    lues, chargees
        Rows of the file, and those that can be cut into fields.
    illisibles
        Why the others can't: rule and number of rows.
    codes
        Different values of the coded columns, the most frequent first.
    nb_autres
        For a column with more values than are kept, how many are not.
    """

    lues: int
    chargees: int
    illisibles: tuple[tuple[str, int], ...]
    codes: tuple[CodeRencontre, ...]
    nb_autres: dict[str, int]


def try_file(
    chemin: Path,
    type_fichier: str,
    profil: Profil,
    connus: dict[str, frozenset[str]],
    configuration: Configuration | None = None,
) -> Essai:
    """Read a whole file into a database in memory, as the import would.

    Parameters
    ----------
    chemin
        The file.
    type_fichier
        One of the tables of `schema.TABLES`.
    profil
        The import profile to try.
    connus
        Known codes of `epreuve` and of `specialite`.
    configuration
        The session, when there is one.
    """
    entree = FichierEntree(chemin, chemin.name, type_fichier, chemin.stat().st_size, "")
    with open_scratch() as con:
        create_tables(con)
        # Only the century of dates with two digits depends on it, and no date is shown.
        con.execute("insert into reference.session values (2100, '', '', true)")
        read_alone(con, entree, profil, tuple(sorted(connus["epreuve"])), configuration)
        lues = con.execute("select lignes_lues from raw.fichier").fetchall()[0][0]
        chargees = con.execute(f"select count(*) from raw.{type_fichier}").fetchall()[0][0]
        illisibles = con.execute(
            "select regle, count(distinct rang) from raw.rejet where rang is not null "
            "group by all order by 2 desc, 1"
        ).fetchall()
        codes, autres = _codes_met(con, type_fichier, connus)
    return Essai(lues, chargees, tuple(illisibles), tuple(codes), autres)


def _codes_met(
    con: duckdb.DuckDBPyConnection, type_fichier: str, connus: dict[str, frozenset[str]]
) -> tuple[list[CodeRencontre], dict[str, int]]:
    relation, colonnes = _COMPRIS[type_fichier]
    build_missing(con, [relation])
    codes: list[CodeRencontre] = []
    autres: dict[str, int] = {}
    montrees = [c.nom for c in TABLES[type_fichier].colonnes if c.type == "code"]
    for colonne in (*montrees, *(c for c in colonnes if c in _LIBRES)):
        inconnues = _not_understood(con, relation, colonnes.get(colonne))
        valeurs = _values(con, type_fichier, colonne, inconnues)
        for valeur, nombre in valeurs[:CODES_MONTRES]:
            plat = valeur.upper().replace(" ", "").replace("\u00a0", "")
            est_compris = plat in connus.get(colonne, {plat}) and valeur not in inconnues
            codes.append(CodeRencontre(colonne, valeur, nombre, est_compris))
        if len(valeurs) > CODES_MONTRES:
            autres[colonne] = len(valeurs) - CODES_MONTRES
    return codes, autres


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
    con: duckdb.DuckDBPyConnection, type_fichier: str, colonne: str, inconnues: frozenset[str]
) -> list[tuple[str, int]]:
    """Return the values of a column worth showing, the most frequent first."""
    rangees = con.execute(
        f"select {colonne}, count(*) from raw.{type_fichier} where {colonne} is not null "
        "group by all order by 2 desc, 1"
    ).fetchall()
    if colonne not in _LIBRES:
        return rangees
    return [
        (valeur, nombre)
        for valeur, nombre in rangees
        if valeur in inconnues or (colonne == "note" and not _is_number(valeur))
    ]


def _is_number(texte: str) -> bool:
    return texte.replace(",", ".").replace(".", "", 1).isdecimal()
