"""What the publication's import read of files that are as they were: taken from there, not read again.

Reading a file depends on its bytes, on the session's settings and règlements, on the profiles and on
our own code, and on nothing else. What was read under another of these is read again, and so is a
file that could not be read.
"""

import hashlib
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import Self

import duckdb

from perequation.ingestion.fichiers import FichierEntree
from perequation.ingestion.profils import Profil
from perequation.socle.configuration import Configuration
from perequation.socle.dossier import Dossier
from perequation.socle.entrepot import attach_read_only
from perequation.socle.erreurs import PerequationError
from perequation.socle.freshness import computing_fingerprint
from perequation.socle.publication import EMPREINTE, is_as_published

_AVANT = "avant"
_OF_ITS_KIND = "fichier = $nom and type_fichier = $sorte"
# As it was then or not at all: a copy is of a file of then, a template is replaced by one of then.
_OF_THE_SESSION = "(copie_de, remplace_par)"


def reading_fingerprint(
    configuration: Configuration, profils: Iterable[Profil], codes: object
) -> str:
    """Return the hash of all that a file is read under, but the file."""
    read = [computing_fingerprint(), configuration.model_dump_json(), repr(codes)]
    read += [profil.model_dump_json() for profil in profils]
    return hashlib.sha256("\n".join(read).encode()).hexdigest()


@contextmanager
def attached_publication(
    con: duckdb.DuckDBPyConnection, dossier: Dossier, *, reread: bool = False
) -> Generator[bool]:
    """Attach the published warehouse to a construction, outside any transaction; say whether it is.

    It is not when everything is to be `reread`, nor when nothing tells that it is, byte for byte, what
    was published.
    """
    sealed = dossier.entrepot.is_file() and (dossier.exports / EMPREINTE).is_file()
    there = sealed and not reread and is_as_published(dossier)
    try:
        if there:
            attach_read_only(con, _AVANT, dossier.entrepot)
    except PerequationError:
        there = False
    yield there
    if there:
        con.execute(f"detach {_AVANT}")


class PublishedImport:
    """What the published import read, under the same things.

    Parameters
    ----------
    con
        The construction; the published warehouse is attached to it, where there is something to take.
    known
        SHA-256 of each file that was read whole, by kind and name.
    """

    def __init__(
        self,
        con: duckdb.DuckDBPyConnection,
        known: Mapping[tuple[str, str], str] = MappingProxyType({}),
    ) -> None:
        self._con, self._known = con, known
        #: How many files needn't be read.
        self.taken = 0

    @classmethod
    def of(cls, con: duckdb.DuckDBPyConnection, fingerprint: str) -> Self:
        """Return what the attached publication read under what a fingerprint stands for."""
        there = con.execute(
            "select 1 from duckdb_tables() "
            "where database_name = ? and schema_name = 'raw' and table_name = 'lecture'",
            [_AVANT],
        ).fetchone()
        if not there:
            return cls(con)
        rows = con.execute(
            f"""
            select type_fichier, fichier, sha256
            from {_AVANT}.raw.fichier
            where
                classeur is null and copie_de is null
                and (select empreinte from {_AVANT}.raw.lecture) = ?
                and not exists (
                    from {_AVANT}.raw.rejet as refus
                    where
                        refus.rang is null and refus.type_fichier = fichier.type_fichier
                        and refus.fichier = fichier.fichier
                )
            """,
            [fingerprint],
        ).fetchall()
        return cls(con, {(sorte, nom): sha256 for sorte, nom, sha256 in rows})

    def take(self, entree: FichierEntree) -> bool:
        """Take what was read of a file, sheets included; return whether it was read before."""
        if entree.copie_de is not None or not entree.sha256:
            return False
        if self._known.get((entree.type_fichier, entree.nom)) != entree.sha256:
            return False
        found = self._con.execute(
            f"select fichier from {_AVANT}.raw.fichier "
            "where type_fichier = ? and (fichier = ? or classeur = ?) order by rowid",
            [entree.type_fichier, entree.nom, entree.nom],
        ).fetchall()
        for (nom,) in found:
            given = {"sorte": entree.type_fichier, "nom": nom}
            self._copy("fichier", f"* exclude {_OF_THE_SESSION}", _OF_ITS_KIND, given)
            self._copy("rejet", "*", _OF_ITS_KIND, given)
            self._copy("colonne_epreuve", "*", "fichier = $nom", {"nom": nom})
            self._copy(entree.type_fichier, "*", "fichier = $nom", {"nom": nom})
        self.taken += 1
        return True

    def _copy(self, table: str, columns: str, condition: str, given: dict[str, str]) -> None:
        # As they were read: rules tell rows of a tie apart by their order, which DuckDB keeps.
        self._con.execute(
            f"insert into raw.{table} by name "
            f"select {columns} from {_AVANT}.raw.{table} where {condition}",
            given,
        )


def keep_fingerprint(con: duckdb.DuckDBPyConnection, fingerprint: str) -> None:
    """Say in a construction under what its files were read, for the next import."""
    con.execute("create or replace table raw.lecture as select ? as empreinte", [fingerprint])
