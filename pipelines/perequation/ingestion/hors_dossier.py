"""Read one file that is not, or not yet, among the inputs of a session."""

from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from perequation.ingestion.fichiers import FichierEntree, hash_file, list_files
from perequation.ingestion.importation import import_entries
from perequation.ingestion.lecture.decoupage import FIN_CHAMP, SAUT
from perequation.ingestion.lecture.disposition_lue import FichierIllisibleError, FichierVideError
from perequation.ingestion.lecture.entete import Attente
from perequation.ingestion.lecture.lecture import open_file
from perequation.ingestion.profils import Disposition
from perequation.socle import couches, entrepot
from perequation.socle.dossier import Dossier, load_reglements
from perequation.socle.erreurs import ConfigurationError, MissingInputError
from perequation.socle.referentiel import create_reference
from perequation.socle.schema import SIGNATURE, Table


def import_one_file(
    con: duckdb.DuckDBPyConnection, dossier: Dossier, chemin: Path, type_fichier: str
) -> None:
    """Read one file into `raw.*` as the import of its session folder would.

    Parameters
    ----------
    con
        Writable connection; its tables `raw.*` are made again.
    dossier
        The session folder, for its import profile.
    chemin
        The file, text or workbook, anywhere.
    type_fichier
        One of the tables of `schema.TABLES`.

    Raises
    ------
    MissingInputError
        There is no such file.
    """
    _require(chemin)
    entree = FichierEntree(
        chemin, chemin.name, type_fichier, chemin.stat().st_size, hash_file(chemin)
    )
    import_entries(con, dossier, [entree])


def read_filed(
    dossier: Dossier,
    kind: str,
    relation: str,
    key: Collection[str],
    recognise: Callable[[duckdb.DuckDBPyConnection], None],
) -> pl.DataFrame:
    """Return what the inputs of a kind hold now, one row per key: see `read_all_filed`.

    Parameters
    ----------
    dossier, kind, relation, recognise
        As for `read_all_filed`.
    key
        Its key; of rows that repeat it, the first.
    """
    rows = read_all_filed(dossier, kind, relation, recognise)
    return rows.unique(key, keep="first", maintain_order=True)


def read_all_filed(
    dossier: Dossier,
    kind: str,
    relation: str,
    recognise: Callable[[duckdb.DuckDBPyConnection], None],
) -> pl.DataFrame:
    """Return what the inputs of a kind hold now, each row with its file and line, and who typed it.

    Parameters
    ----------
    dossier
        A session folder; its files are read as they are, published or not.
    kind
        One of the tables of `schema.TABLES`.
    relation
        What is read of them, a relation of `staging`.
    recognise
        Adds to `raw` what numbers and units are recognised by.

    Returns
    -------
    polars.DataFrame
        The columns of `relation`, saisi_par and saisi_le where the file has them, and `separateur`,
        null for a workbook.
    """
    typed = ", ".join(f"supplement ->> '$.{nom}' as {nom}" for nom in SIGNATURE)
    with entrepot.open_scratch() as con:
        create_reference(con, dossier, load_reglements(dossier))
        import_entries(con, dossier, list_files(dossier, kind))
        recognise(con)
        couches.build_missing(con, [relation])
        rows = entrepot.read_relation(con, relation)
        who = con.sql(f"select fichier, ligne, {typed} from raw.{kind}").pl()
        how = con.sql(f"select fichier, separateur from raw.fichier where type_fichier = '{kind}'")
        who = who.join(how.pl(), on="fichier", how="left")
    joined = rows.join(who, on=["fichier", "ligne"], how="left")
    return joined.sort("fichier", "ligne")


def contradictions(
    read: pl.DataFrame, filed: pl.DataFrame, key: Collection[str], compared: Collection[str]
) -> Iterator[dict[str, Any]]:
    """Yield the rows of a file that say otherwise what an input of the session says already.

    Parameters
    ----------
    read, filed
        Rows of one relation: those of the file, those of the inputs (`read_filed`).
    key, compared
        What a row is about, and what it says of it.
    """
    differs = pl.any_horizontal(pl.col(n).ne_missing(pl.col(f"{n}_filed")) for n in compared)
    common = read.join(filed, on=list(key), suffix="_filed").filter(differs)
    yield from common.sort("ligne").iter_rows(named=True)


def read_small_table(chemin: Path, table: Table) -> list[tuple[int, dict[str, str]]]:
    """Read a small file whose columns are those of `table`, as text.

    Parameters
    ----------
    chemin
        CSV or workbook; encoding, separator and header line are found out.
    table
        Columns known, of which some must be there; other columns are left aside.

    Returns
    -------
    list of tuple
        Physical line and values by column, without blanks around; blank lines are left out.

    Raises
    ------
    MissingInputError
        There is no such file.
    ConfigurationError
        It can't be read, or a column or a line of it is not what it should be.
    """
    _require(chemin)
    try:
        lecture = open_file(chemin, Attente(table, Disposition(), frozenset()))
    except FichierVideError:
        raise ConfigurationError(f"{chemin.name} : le fichier est vide.") from None
    except FichierIllisibleError as erreur:
        raise ConfigurationError(f"{chemin.name} : {erreur}.") from erreur
    entete = lecture.entete
    if not entete.est_complet:
        raise ConfigurationError(
            f"{chemin.name} n'a pas les colonnes attendues ({', '.join(table.obligatoires)}).",
            [f"colonne absente : {nom}" for nom in entete.manquantes]
            + [f"colonne présente deux fois : {nom}" for nom in entete.repetees],
        )
    rangees: list[tuple[int, dict[str, str]]] = []
    for lot in lecture.blocks():
        for defaut in lot.defauts:
            raise ConfigurationError(
                f"{chemin.name}, ligne {defaut.ligne} : ligne illisible (règle {defaut.regle})."
            )
        for enregistrement in (e for bloc in lot.enregistrements for e in bloc.split("\n")):
            ligne, *champs = enregistrement.split(FIN_CHAMP)
            texts = [champ.replace(SAUT, "\n").strip() for champ in champs]
            rangees.append((int(ligne), {n: texts[p] for n, p in entete.positions.items()}))
    return rangees


def _require(chemin: Path) -> None:
    if not chemin.is_file():
        raise MissingInputError(f"Le fichier « {chemin} » n'existe pas.")
