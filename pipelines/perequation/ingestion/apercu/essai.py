"""Import one file for a trial: rows loaded, rejected or blocked and why, codes that make no sense.

The very import of a session runs, into a database in memory: what is promised is what it does.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from perequation.ingestion.apercu.codes_rencontres import CodeRencontre, codes_met
from perequation.ingestion.apercu.session_essayee import SessionEssayee
from perequation.ingestion.fichiers import FichierEntree, hash_file, list_files
from perequation.ingestion.importation import list_codes, try_entries
from perequation.ingestion.profils import Profil
from perequation.socle.couches import build_layer, build_missing, build_relations, relations_read
from perequation.socle.entrepot import open_scratch
from perequation.socle.referentiel import create_reference
from perequation.socle.schema import TABLES

if TYPE_CHECKING:
    from perequation.controles import Regle

_REJETS = {
    "candidats": "staging.rejet_candidat",
    "notes": "staging.rejet_note",
    "etablissements": "staging.rejet_etablissement",
    "decisions_jury": "staging.rejet_decision_jury",
    "decisions_harmonisation": "staging.rejet_decision_harmonisation",
}
# What is told of the way a file was read, beside what blocks.
_LECTURE = frozenset({"note_numero_repare", "unite_fusionnee", "unite_ressemblante"})
# A session that is only supposed has no roster: what is read stands for it.
_LISTE_SUPPOSEE = """
    insert into raw.candidats
        (numero_candidat, specialite, session, nom, prenom, academie, statut, forme, fichier)
    select distinct numero_candidat, specialite, session.annee::varchar, '', '', '', 'EAD',
           'GLOBALE', ''
    from raw.{} cross join reference.session as session
    where numero_candidat is not null and specialite is not null"""


@dataclass(frozen=True)
class MotifRejet:
    """Why rows would be rejected.

    Attributes
    ----------
    regle
        Name of the rule.
    nombre
        Rows it would reject; 0 when it holds for the whole file.
    exemple
        What is said of the first one, without what names a candidate.
    """

    regle: str
    nombre: int
    exemple: str


@dataclass(frozen=True)
class Essai:
    """What importing a file gave.

    Attributes
    ----------
    lues, chargees, rejetees
        Rows of the file (filled marks, in a wide one), those loaded, those rejected.
    rejets
        Why, the most frequent first.
    blocages
        Why nothing would be published; one sentence each.
    dits
        What the import says of the way it read the file: conversions, repairs, merged units.
    codes
        Different values of the coded columns, the most frequent first.
    nb_autres
        For a column with more values than are kept, how many are not.
    suppose
        What was supposed of the session, when none was given: neither its candidates nor its
        other files were looked at.
    """

    lues: int
    chargees: int
    rejetees: int
    rejets: tuple[MotifRejet, ...]
    blocages: tuple[str, ...]
    dits: tuple[str, ...]
    codes: tuple[CodeRencontre, ...]
    nb_autres: dict[str, int]
    suppose: str = ""


def try_file(
    chemin: Path,
    type_fichier: str,
    profil: Profil,
    connus: dict[str, frozenset[str]],
    session: SessionEssayee,
) -> Essai:
    """Import a file, with the others of its session, into a database in memory.

    Parameters
    ----------
    chemin
        The file.
    type_fichier
        One of the tables of `schema.TABLES`.
    profil
        The import profile it is read with.
    connus
        Known codes of `epreuve` and of `specialite`.
    session
        The session it is tried in.
    """
    entree, others = _entries(chemin, type_fichier, session)
    epreuves = tuple(sorted(connus["epreuve"]))
    codes = replace(list_codes(session.reglements), epreuves=epreuves, groupes=epreuves)
    with open_scratch() as con:
        create_reference(con, session.dossier, session.reglements)
        try_entries(con, session.dossier, [*others, entree], (chemin, profil), codes)
        if not con.execute("select 1 from raw.candidats limit 1").fetchone():
            _suppose_roster(con, type_fichier)
        build_layer(con, "staging")
        build_relations(con, ["marts.rejet", "marts.bilan_import"])
        sa_place = _Place(con, type_fichier, entree.nom)
        lues, chargees, rejetees = sa_place.counts()
        regles = _rules(session)
        blocages, dits = sa_place.findings(regles)
        rencontres, nb_others = codes_met(con, type_fichier, connus, sa_place.noms)
        return Essai(
            *(lues, chargees, rejetees),
            *(sa_place.rejects(), blocages, dits),
            *(tuple(rencontres), nb_others, session.suppose),
        )


def _entries(
    chemin: Path, type_fichier: str, session: SessionEssayee
) -> tuple[FichierEntree, list[FichierEntree]]:
    """Return the file as an input, and the other inputs of the session; a copy of it is no other."""
    data, sha256 = chemin.stat().st_size, hash_file(chemin)
    entree = FichierEntree(chemin, chemin.name, type_fichier, data, sha256)
    others: list[FichierEntree] = []
    for sorte in TABLES:
        for autre in list_files(session.dossier, sorte):
            if sorte == type_fichier and autre.chemin.resolve() == chemin.resolve():
                entree = replace(entree, nom=autre.nom)
            elif sorte != type_fichier or autre.sha256 != sha256:
                others.append(autre)
    return entree, others


def _suppose_roster(con: duckdb.DuckDBPyConnection, type_fichier: str) -> None:
    if {"numero_candidat", "specialite"} <= set(TABLES[type_fichier].noms):
        con.execute(_LISTE_SUPPOSEE.format(type_fichier))


def _rules(session: SessionEssayee) -> "list[Regle]":
    """Return the rules that block, and those that tell how a file was read."""
    from perequation.controles import load_regles

    suites = (
        ("imports",) if session.suppose else ("imports", "candidats", "notes", "etablissements")
    )
    bloquantes = session.dossier.configuration.qualite.bloquer
    return [
        regle if regle.regle not in bloquantes else replace(regle, gravite="critique")
        for regle in load_regles((*suites, "notes") if session.suppose else suites)
        if regle.suite == "imports"
        or regle.regle in _LECTURE
        or (not session.suppose and (regle.gravite == "critique" or regle.regle in bloquantes))
    ]


class _Place:
    """The rows of one file in a database where a whole session is."""

    def __init__(self, con: duckdb.DuckDBPyConnection, type_fichier: str, nom: str) -> None:
        self._con = con
        self._type = type_fichier
        self.noms = [
            str(found)
            for (found,) in con.execute(
                "select fichier from raw.fichier where type_fichier = ? and ? in (fichier, classeur)",
                [type_fichier, nom],
            ).fetchall()
        ]

    def counts(self) -> tuple[int, int, int]:
        """Return the rows read, loaded, rejected."""
        (comptes,) = self._con.execute(
            "select coalesce(sum(lignes_lues), 0)::bigint, coalesce(sum(lignes_chargees), 0)::bigint,"
            " coalesce(sum(lignes_rejetees), 0)::bigint from marts.bilan_import "
            "where type_fichier = ? and list_contains(?, fichier)",
            [self._type, self.noms],
        ).fetchall()
        return int(comptes[0]), int(comptes[1]), int(comptes[2])

    def rejects(self) -> tuple[MotifRejet, ...]:
        """Return why rows are rejected, the most frequent reason first."""
        nominatives = [c.nom for c in TABLES[self._type].colonnes if c.nominative]
        rangees = self._con.execute(
            f"""
            with motifs as (
                select regle, rang, ligne, colonne, valeur, message
                from raw.rejet where type_fichier = $sorte and list_contains($noms, fichier)
                union all
                select regle, rang, ligne, colonne, valeur, message
                from {_REJETS[self._type]} where list_contains($noms, fichier)
            )
            select regle, count(distinct rang),
                   min_by(concat('ligne ' || ligne || ' : ', if(list_contains($secrets, colonne),
                                 replace(message, ' « ' || valeur || ' »', ''), message)),
                          coalesce(ligne, 0))
            from motifs group by regle order by 2 desc, 1""",
            {"sorte": self._type, "noms": self.noms, "secrets": nominatives},
        ).fetchall()
        return tuple(MotifRejet(regle, count, _short(text)) for regle, count, text in rangees)

    def findings(self, regles: "Sequence[Regle]") -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return what blocks, then what is told of the way the file was read."""
        from perequation.controles.anomalies import create_tables, list_anomalies

        con = self._con
        build_missing(
            con, {r.relation for r in regles}.union(*(relations_read(con, r.sql) for r in regles))
        )
        create_tables(con, dict.fromkeys(r.suite for r in regles))
        list_anomalies(con, regles, {regle.regle: regle.gravite for regle in regles})
        rangees = con.execute(
            """
            select gravite = 'critique', regle, concat(min(message), if(count(*) > 1,
                   ' (et ' || (count(*) - 1) || ' de plus)', ''))
            from marts.anomalie
            where fichier is null or list_contains(?, fichier)
            group by all order by 2""",
            [self.noms],
        ).fetchall()
        tus = {"colonnes_ignorees", "feuilles_ignorees"}
        return (
            tuple(_short(text) for bloque, _, text in rangees if bloque),
            tuple(_short(t) for bloque, regle, t in rangees if not bloque and regle not in tus),
        )


def _short(message: str) -> str:
    """Return what is said of a row, without the rule nor the remedy that follow."""
    return " ".join(message.split(" (règle ", maxsplit=1)[0].split())
