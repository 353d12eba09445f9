"""The schema `raw`: what was read, as text, with its file and its line."""

import duckdb

from perequation.socle.schema import TABLES

_FICHIER = """
    fichier varchar, type_fichier varchar, sha256 varchar, octets bigint, encodage varchar,
    separateur varchar, profil varchar, lignes_lues bigint, unite_compte varchar,
    colonnes_ignorees varchar, ligne_entete bigint, feuille varchar, feuilles_ignorees varchar,
    valeurs_fournies varchar, copie_de varchar, modele_uai varchar, modele_specialite varchar,
    modele_version varchar, modele_etape varchar, modele_conforme boolean, modifie_le varchar,
    remplace_par varchar, convertit_baremes boolean, classeur varchar, mots_vides varchar, pieds varchar,
    invisibles varchar, lignes_masquees varchar, rang_envoi bigint"""

# `rang` numbers the rejected data rows of a file; a reject that holds for a whole file has none.
_REJET = """
    fichier varchar, type_fichier varchar, rang bigint, ligne bigint, colonne varchar,
    valeur varchar, regle varchar, message varchar"""

# In a wide file (a CCF template), where the marks of an épreuve are: the label of its column, and
# its letter in a workbook.
_COLONNE_EPREUVE = "fichier varchar, epreuve varchar, libelle varchar, lettre varchar"


def create_raw_tables(con: duckdb.DuckDBPyConnection) -> None:
    """Create the empty tables of the schema `raw`."""
    con.execute("create schema if not exists raw")
    con.execute(f"create or replace table raw.fichier ({_FICHIER})")
    con.execute(f"create or replace table raw.rejet ({_REJET})")
    con.execute(f"create or replace table raw.colonne_epreuve ({_COLONNE_EPREUVE})")
    for table in TABLES.values():
        colonnes = ", ".join(f'"{nom}" varchar' for nom in table.noms)
        con.execute(
            f"create or replace table raw.{table.nom} "
            f"({colonnes}, fichier varchar, ligne bigint, supplement varchar)"
        )
