"""The account of an import: files and rows read, loaded, rejected."""

from collections.abc import Iterator
from dataclasses import dataclass

import duckdb

from perequation.socle.dossier import Dossier
from perequation.socle.formats import format_count, free_spaces


@dataclass(frozen=True)
class BilanImport:
    """What an import read, in files and in rows."""

    fichiers: int
    lues: int
    chargees: int
    rejetees: int
    illisibles: tuple[str, ...] = ()
    decales: tuple[str, ...] = ()
    masquees: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Say the account in French."""
        fichiers = format_count(self.fichiers, "fichier")
        if self.illisibles:
            fichiers += f" (dont {format_count(len(self.illisibles), 'illisible')})"
        lues = format_count(self.lues, "ligne lue", "lignes lues")
        chargees = format_count(self.chargees, "chargée")
        rejetees = format_count(self.rejetees, "rejetée")
        return free_spaces(f"{fichiers}, {lues} = {chargees} + {rejetees}")


def count_import(con: duckdb.DuckDBPyConnection) -> BilanImport:
    """Count what was read; name the files that nothing could be read of, and why."""
    fichiers, lues, chargees, rejetees = con.execute(
        "select count(*), coalesce(sum(lignes_lues), 0)::bigint, "
        "coalesce(sum(lignes_chargees), 0)::bigint, coalesce(sum(lignes_rejetees), 0)::bigint "
        "from marts.bilan_import"
    ).fetchall()[0]
    illisibles = con.execute(
        "select fichier || ' : ' || message from raw.rejet "
        "where rang is null and regle = 'fichier_illisible' order by all"
    ).fetchall()
    # The message goes on with a mark as an example: no log needs it.
    decales = con.execute(
        "select concat(fichier, ' : ', split_part(message, ', dès la ligne', 1), '.') "
        "from raw.rejet where rang is null and regle = 'virgule_decimale' order by all"
    ).fetchall()
    masquees = con.execute(
        "select concat(fichier, ' : lignes masquées ou filtrées, lues comme les autres : ', "
        "lignes_masquees) from raw.fichier where lignes_masquees <> '' order by all"
    ).fetchall()
    return BilanImport(
        *(fichiers, lues, chargees, rejetees),
        tuple(ligne for (ligne,) in illisibles),
        tuple(ligne for (ligne,) in decales),
        tuple(ligne for (ligne,) in masquees),
    )


def say_unread(dossier: Dossier) -> Iterator[str]:
    """Say which tables left beside the inputs were not read: the first three, and how many."""
    noms = [path.relative_to(dossier.racine).as_posix() for path in dossier.unread()]
    if noms:
        suite = f" et {len(noms) - 3} de plus" if len(noms) > 3 else ""
        yield (
            f"Non lus, faute de motif dans [donnees] de session.toml : "
            f"{', '.join(noms[:3])}{suite}."
        )


def say_taken(count: int) -> Iterator[str]:
    """Say how many files were not read again, being as they were."""
    if count:
        yield f"  {format_count(count, 'fichier inchangé repris', 'fichiers inchangés repris')}."
