"""From a simple file, or from the temporary files, to `raw.*` in DuckDB: everything as text."""

import unicodedata
from dataclasses import dataclass
from pathlib import Path

import duckdb

from perequation.ingestion.fichiers import FichierEntree
from perequation.ingestion.lecture.blancs import BLANCS
from perequation.ingestion.lecture.decoupage import FIN_CHAMP, LIGNE_MAXIMALE, SAUT
from perequation.ingestion.lecture.entete import Entete
from perequation.ingestion.lecture.simple import Simple
from perequation.ingestion.lecture.tampon import Tampon
from perequation.ingestion.profils import Disposition
from perequation.socle.schema import TABLES


@dataclass(frozen=True)
class Chargement:
    """Where the records of a file go, and what their fields are.

    Attributes
    ----------
    con
        Writable connection.
    entree
        The file.
    entete
        Which column is where.
    disposition
        The profile's empty texts and codes.
    fournies
        Columns the file doesn't have, with the value the profile gives them.
    """

    con: duckdb.DuckDBPyConnection
    entree: FichierEntree
    entete: Entete
    disposition: Disposition
    fournies: dict[str, str]

    def load_records(self, tampon: Tampon) -> None:
        """Load records from their temporary file."""
        largeur = len(self.entete.libelles) + (2 if self.entete.epreuves else 0)
        lecture = Expressions(
            self.entete,
            self.disposition,
            a_des_sauts=tampon.a_des_sauts,
            a_des_blancs=tampon.a_des_blancs,
        )
        source = read_temporary(tampon.enregistrements, ["ligne", *_fields(largeur)])
        self._insert(lecture, "ligne", source)

    def load_simple(self, simple: Simple, separateur: str) -> bool:
        """Load a simple file straight from where it is; return whether that went as foreseen.

        Its lines are its records, in order: each row's line is known from its place. When DuckDB
        has not as many rows as the scan has lines, nothing is kept: the careful way must be taken.
        """
        lecture = Expressions(
            self.entete, self.disposition, a_des_sauts=False, a_des_blancs=simple.a_des_blancs
        )
        champs = _fields(len(self.entete.libelles))
        source = _read_csv(
            self.entree.chemin,
            separateur,
            champs,
            self.entete.ligne,
            guillemet='"' if simple.a_des_guillemets else "",
        )
        table, nom = f"raw.{self.entree.type_fichier}", quote(self.entree.nom)
        try:
            chargees = self._insert(lecture, "null", source)
        except duckdb.Error:
            chargees = -1
        if chargees != simple.lignes:
            self.con.execute(f"delete from {table} where fichier = {nom}")
            return False
        self.con.execute(
            f"update {table} set ligne = rowid - premiere + {self.entete.ligne + 1} "
            f"from (select min(rowid) as premiere from {table} where fichier = {nom}) "
            f"where fichier = {nom}"
        )
        return True

    def _insert(self, lecture: "Expressions", ligne: str, source: str) -> int:
        """Insert the columns of ours that the file or its profile gives; return how many rows."""
        colonnes: dict[str, str] = {}
        for nom in TABLES[self.entree.type_fichier].noms:
            expression = lecture.column(nom)
            if expression is None and nom in self.fournies:
                expression = quote(self.fournies[nom])
            if expression is not None:
                colonnes[nom] = expression
        colonnes["fichier"] = quote(self.entree.nom)
        colonnes |= {"ligne": ligne, "supplement": lecture.extra_columns()}
        noms = ", ".join(f'"{nom}"' for nom in colonnes)
        lues = self.con.execute(
            f"insert into raw.{self.entree.type_fichier} ({noms}) "
            f"select {', '.join(colonnes.values())} from {source}"
        ).fetchone()
        return int(lues[0]) if lues else 0


def load_rejects(con: duckdb.DuckDBPyConnection, entree: FichierEntree, tampon: Tampon) -> None:
    """Load what could not be read into `raw.rejet`."""
    noms = ["rang", "ligne", "colonne", "valeur", "regle", "message"]
    con.execute(
        "insert into raw.rejet "
        f"select {quote(entree.nom)}, {quote(entree.type_fichier)}, rang::bigint, ligne, colonne, "
        f"replace(valeur, {quote(SAUT)}, chr(10)), regle, message "
        f"from {read_temporary(tampon.rejets, noms)}"
    )


def read_temporary(chemin: Path, noms: list[str]) -> str:
    """Return the table function that reads a temporary file; `ligne` is a number, the rest text.

    No quote, no detection, no tolerance: the temporary file was written for this.
    """
    return _read_csv(chemin, FIN_CHAMP, noms, 0)


def _read_csv(
    chemin: Path, separateur: str, noms: list[str], passees: int, *, guillemet: str = ""
) -> str:
    types = ", ".join(
        f"{quote(nom)}: {quote('BIGINT' if nom == 'ligne' else 'VARCHAR')}" for nom in noms
    )
    return (
        f"read_csv({quote(str(chemin))}, delim={quote(separateur)}, "
        f"quote={quote(guillemet)}, escape={quote(guillemet)}, "
        f"header=false, skip={passees}, auto_detect=false, strict_mode=true, "
        f"max_line_size={8 * LIGNE_MAXIMALE}, columns={{{types}}})"
    )


def _fields(largeur: int) -> list[str]:
    return [f"c{i}" for i in range(largeur)]


class Expressions:
    """The SQL expression of each column, from its position in the file."""

    def __init__(
        self, entete: Entete, disposition: Disposition, *, a_des_sauts: bool, a_des_blancs: bool
    ) -> None:
        self._a_des_blancs = a_des_blancs
        self._entete = entete
        self._disposition = disposition
        self._a_des_sauts = a_des_sauts

    def column(self, nom: str) -> str | None:
        """Return the expression of a column of ours, None when the file doesn't have it."""
        position = self._position(nom)
        if position is None:
            return None
        valeur = self._text(position)
        codes = self._disposition.codes.get(nom, {})
        if not codes:
            return valeur
        cas = " ".join(f"when {quote(_fold_code(lu))} then {quote(v)}" for lu, v in codes.items())
        return f"case upper(strip_accents(trim({valeur}))) {cas} else {valeur} end"

    def extra_columns(self) -> str:
        """Return the expression of the other columns, as JSON, NULL when they are all empty."""
        autres = self._entete.supplements
        if not autres:
            return "null"
        textes = {nom: self._text(position) for nom, position in autres.items()}
        paires = ", ".join(f"{quote(nom)}, {texte}" for nom, texte in textes.items())
        vide = " and ".join(f"{texte} is null" for texte in textes.values())
        return f"case when {vide} then null else json_object({paires})::varchar end"

    def _position(self, nom: str) -> int | None:
        if self._entete.epreuves and nom in {"epreuve", "note"}:
            return len(self._entete.libelles) + (nom == "note")
        return self._entete.positions.get(nom)

    def _text(self, position: int) -> str:
        valeur = f"c{position}"
        if self._a_des_sauts:
            valeur = f"replace({valeur}, {quote(SAUT)}, chr(10))"
        if self._a_des_blancs or self._a_des_sauts:
            valeur = f"nullif(trim({valeur}, {quote(BLANCS)}), '')"
        if self._disposition.vides:
            vides = ", ".join(quote(v.strip()) for v in self._disposition.vides)
            valeur = f"case when {valeur} in ({vides}) then null else {valeur} end"
        return valeur


def _fold_code(texte: str) -> str:
    plat = unicodedata.normalize("NFKD", texte.strip())
    return "".join(c for c in plat if not unicodedata.combining(c)).upper()


def quote(texte: str) -> str:
    """Write a text as a SQL literal."""
    return "'" + texte.replace("'", "''") + "'"
