"""From a simple file, or from the temporary files, to `raw.*` in DuckDB: everything as text."""

from dataclasses import dataclass, replace
from glob import escape
from pathlib import Path

import duckdb

from perequation.ingestion.fichiers import FichierEntree
from perequation.ingestion.lecture.blancs import BLANCS, INVISIBLES
from perequation.ingestion.lecture.decoupage import (
    FIN_CHAMP,
    LIGNE_MAXIMALE,
    MOTS_VIDES,
    SAUT,
    fold_code,
)
from perequation.ingestion.lecture.echelle import PEUT_DIRE, either, title_scale
from perequation.ingestion.lecture.entete import Entete
from perequation.ingestion.lecture.rejets import out_of_filter
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

    def scaled(self, echelles: dict[int, str]) -> "Chargement":
        """Return the same, with the scale that lines under the marks say of some columns."""
        entete = self.entete
        dites = {
            i: either({e, entete.baremes.get(i, "20") if entete.says_scale(i) else e})
            for i, e in echelles.items()
            if e != entete.baremes.get(i, "20")
        }
        return replace(self, entete=replace(entete, baremes=entete.baremes | dites))

    def load_records(self, tampon: Tampon) -> None:
        """Load records from their temporary file; those the filter sets aside are rejected."""
        width = len(self.entete.libelles) + (2 if self.entete.epreuves else 0)
        lecture = Expressions(
            self.entete,
            self.disposition,
            self.fournies,
            Traits(
                sauts=tampon.a_des_sauts,
                blancs=tampon.a_des_blancs or bool(tampon.invisibles),
                invisibles=bool(tampon.invisibles),
                egales=tampon.a_des_egales,
            ),
        )
        source = read_temporary(tampon.enregistrements, ["ligne", *_fields(width)])
        gardees = lecture.kept()
        if gardees is None:
            self._insert(lecture, "ligne", source)
            return
        self._insert(lecture, "ligne", f"{source} where {gardees}")
        filtre = ", ".join(
            f"{nom} : {', '.join(valeurs)}" for nom, valeurs in self.disposition.filtre.items()
        )
        self.con.execute(
            "insert into raw.rejet "
            f"select {quote(self.entree.nom)}, {quote(self.entree.type_fichier)}, "
            f"{tampon.nb_rejets} + row_number() over (), ligne, null, null, 'hors_filtre', "
            f"{quote(out_of_filter(filtre))} from {source} where not ({gardees})"
        )

    def load_simple(self, simple: Simple, separateur: str) -> bool:
        """Load a simple file straight from where it is; return whether that went as foreseen.

        Its lines are its records, read in order: each row's line is its place. When DuckDB
        has not as many rows as the scan has lines, nothing is kept: the careful way must be taken.
        """
        lecture = Expressions(
            self.entete, self.disposition, self.fournies, Traits(blancs=simple.a_des_blancs)
        )
        champs = _fields(len(self.entete.libelles))
        source = _read_csv(
            self.entree.chemin,
            separateur,
            champs,
            self.entete.derniere_ligne,
            guillemet='"' if simple.a_des_guillemets else "",
        )
        table, nom = f"raw.{self.entree.type_fichier}", quote(self.entree.nom)
        try:
            ligne = f"row_number() over () + {self.entete.derniere_ligne}"
            chargees = self._insert(lecture, ligne, source)
        except duckdb.Error:
            chargees = -1
        if chargees != simple.lignes:
            self.con.execute(f"delete from {table} where fichier = {nom}")
            return False
        return True

    def _insert(self, lecture: "Expressions", ligne: str, source: str) -> int:
        """Insert the columns of ours that the file or its profile gives; return how many rows."""
        noms_voulus = TABLES[self.entree.type_fichier].noms
        if "bareme" in noms_voulus:
            lecture.remarques = self._remarked_scales(lecture, source)
        dites = {nom: lecture.column(nom) for nom in noms_voulus}
        colonnes = {nom: expression for nom, expression in dites.items() if expression is not None}
        colonnes["fichier"] = quote(self.entree.nom)
        colonnes |= {"ligne": ligne, "supplement": lecture.extra_columns()}
        noms = ", ".join(f'"{nom}"' for nom in colonnes)
        lues = self.con.execute(
            f"insert into raw.{self.entree.type_fichier} ({noms}) "
            f"select {', '.join(colonnes.values())} from {source}"
        ).fetchone()
        return int(lues[0]) if lues else 0

    def _remarked_scales(self, lecture: "Expressions", source: str) -> dict[str, str]:
        """Return the texts beside the marks that say a scale, as a title would, and which."""
        texts = lecture.asides()
        if not texts:
            return {}
        rows = self.con.execute(
            f"select distinct texte from (select unnest([{', '.join(texts)}]) as texte from {source}) "
            f"where regexp_matches(texte, {quote(PEUT_DIRE)})"
        ).fetchall()
        return {text: scale for (text,) in rows if (scale := title_scale(text))}


def empty_words(con: duckdb.DuckDBPyConnection) -> None:
    """Empty the values of `raw.*` that are a word for no value; say it once in `raw.fichier`.

    A person may be called Null: names stay as they are.
    """
    words = ", ".join(quote(x) for mot in MOTS_VIDES for x in {mot, mot.lower(), mot.capitalize()})
    words += ", 'NaN', 'NaT'"
    for table in TABLES.values():
        # Millions of marks hold few distinct values: those are looked at.
        found = con.execute(
            " union all ".join(
                f'(select {quote(nom)} from (select distinct "{nom}" as mot from raw.{table.nom}) '
                f"where mot in ({words}) limit 1)"
                for nom in table.noms
                if nom not in {"nom", "prenom"}
            )
        ).fetchall()
        for (nom,) in sorted(found, key=lambda row: table.noms.index(row[0])):
            _empty_column(con, table.nom, nom, words)


def _empty_column(con: duckdb.DuckDBPyConnection, table: str, nom: str, mots: str) -> None:
    comptes = con.execute(
        f"""select fichier, count(*) from raw.{table} where "{nom}" in ({mots}) group by fichier"""
    ).fetchall()
    for fichier, count in comptes:
        con.execute(
            "update raw.fichier set mots_vides = concat_ws(', ', mots_vides, ?) "
            "where fichier = ? and type_fichier = ?",
            [f"{nom} ({count})", fichier, table],
        )
    con.execute(f'update raw.{table} set "{nom}" = null where "{nom}" in ({mots})')


def load_rejects(con: duckdb.DuckDBPyConnection, entree: FichierEntree, tampon: Tampon) -> None:
    """Load what could not be read into `raw.rejet`; the buffer is flushed."""
    if not tampon.rejets.stat().st_size:
        return
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
    # One reader: with two, each piece of the table is copied to put them in order, a third more work.
    types = ", ".join(
        f"{quote(nom)}: {quote('BIGINT' if nom == 'ligne' else 'VARCHAR')}" for nom in noms
    )
    return (
        f"read_csv({quote(escape(str(chemin)))}, delim={quote(separateur)}, "
        f"quote={quote(guillemet)}, escape={quote(guillemet)}, "
        f"header=false, skip={passees}, auto_detect=false, strict_mode=true, parallel=false, "
        f"max_line_size={8 * LIGNE_MAXIMALE}, columns={{{types}}})"
    )


def _fields(width: int) -> list[str]:
    return [f"c{i}" for i in range(width)]


@dataclass(frozen=True)
class Traits:
    """What the values of a file have around or inside that is no part of them."""

    sauts: bool = False
    blancs: bool = False
    invisibles: bool = False
    egales: bool = False


class Expressions:
    """The SQL expression of each column, from its position in the file and from the profile."""

    def __init__(
        self, entete: Entete, disposition: Disposition, fournies: dict[str, str], traits: Traits
    ) -> None:
        self._traits = traits
        self._entete = entete
        self._disposition = disposition
        self._fournies = fournies
        #: The scale each text of `asides` says, those that say one.
        self.remarques: dict[str, str] = {}

    def asides(self) -> list[str]:
        """Return the expressions of the columns of no name of ours."""
        return [self._text(position) for position in self._entete.supplements.values()]

    def column(self, nom: str) -> str | None:
        """Return the expression of a column of ours, None when nothing gives it."""
        if nom == "bareme":
            return self._scale()
        valeur = self._own(nom)
        if nom == "note" and valeur is not None:
            valeur = self._mark(valeur)
        return self._by_epreuve(nom, valeur)

    def extra_columns(self) -> str:
        """Return the expression of the other columns, as JSON, NULL when they are all empty."""
        others = self._entete.supplements
        if not others:
            return "null"
        texts = {nom: self._text(position) for nom, position in others.items()}
        paires = ", ".join(f"{quote(nom)}, {text}" for nom, text in texts.items())
        empty = " and ".join(f"{text} is null" for text in texts.values())
        return f"case when {empty} then null else json_object({paires})::varchar end"

    def kept(self) -> str | None:
        """Return the condition of the rows the profile's filter takes, None without a filter."""
        conditions = [
            f"coalesce(upper(strip_accents({self._named(nom)})) in "
            f"({', '.join(quote(fold_code(v)) for v in valeurs)}), false)"
            for nom, valeurs in self._disposition.filtre.items()
        ]
        return " and ".join(conditions) or None

    def _named(self, nom: str) -> str:
        """Return the expression of a column by its label, or by our name for it."""
        position = self._entete.find(nom)
        return self._own(nom) or "null" if position is None else self._text(position)

    def _own(self, nom: str) -> str | None:
        position = self._position(nom)
        codes = self._disposition.codes.get(nom, {})
        if position is None:
            fournie = self._fournies.get(nom)
            plis = {fold_code(lu): v for lu, v in codes.items()}
            return None if fournie is None else quote(plis.get(fold_code(fournie), fournie))
        valeur = self._text(position)
        if not codes:
            return valeur
        cas = " ".join(f"when {quote(fold_code(lu))} then {quote(v)}" for lu, v in codes.items())
        return f"case upper(strip_accents(trim({valeur}))) {cas} else {valeur} end"

    def _by_epreuve(self, nom: str, valeur: str | None) -> str | None:
        """Let the value the profile gives for some épreuves come before the file's."""
        valeurs = self._disposition.selon_epreuve.get(nom)
        epreuve = self._own("epreuve")
        if not valeurs or epreuve is None:
            return valeur
        cas = " ".join(
            f"when {quote(code.upper())} then {quote(v) if v else 'null'}"
            for code, v in valeurs.items()
        )
        return f"case replace(upper({epreuve}), ' ', '') {cas} else {valeur or 'null'} end"

    def _mark(self, note: str) -> str:
        """Put the code of an absence where there is no mark; beside a mark, show both."""
        absence = self._disposition.absence
        if absence is None:
            return note
        lue = f"upper(strip_accents({self._named(absence.colonne)}))"
        dites = ", ".join(quote(fold_code(valeur)) for valeur in absence.valeurs)
        code = quote(absence.code)
        return (
            f"case when {lue} in ({dites}) then case when {note} is null or upper({note}) = {code} "
            f"then {code} else concat({note}, ' et ', {code}) end else {note} end"
        )

    def _scale(self) -> str | None:
        """Return the scale of the marks: the file's and the profile's, both when they differ."""
        dites = [
            self._own("bareme"),
            self._header_scale(),
            self._by_epreuve("bareme", None),
            self._remarked_scale(),
        ]
        echelle: str | None = None
        for dite in dites:
            if dite is not None and echelle is not None:
                differe = f"{echelle} is not null and {dite} is not null and {echelle} <> {dite}"
                echelle = (
                    f"case when {differe} then concat({echelle}, ' ou ', {dite}) "
                    f"else coalesce({echelle}, {dite}) end"
                )
            else:
                echelle = dite or echelle
        return echelle

    def _remarked_scale(self) -> str | None:
        """Return the scale that a remark says, row by row, in a column of no name of ours."""
        if not self.remarques:
            return None
        paires = ", ".join(f"{quote(text)}: {quote(e)}" for text, e in self.remarques.items())
        return f"coalesce({', '.join(f'map {{{paires}}}[{text}]' for text in self.asides())})"

    def _header_scale(self) -> str | None:
        entete = self._entete
        if not entete.baremes:
            return None
        if "note" in entete.positions:
            return quote(entete.baremes[entete.positions["note"]])
        cas = " ".join(
            f"when {quote(code)} then {quote(entete.baremes[position])}"
            for code, position in entete.epreuves.items()
            if position in entete.baremes
        )
        return f"case {self._own('epreuve')} {cas} end"

    def _position(self, nom: str) -> int | None:
        if self._entete.epreuves and nom in {"epreuve", "note"}:
            return len(self._entete.libelles) + (nom == "note")
        return self._entete.positions.get(nom)

    def _text(self, position: int) -> str:
        valeur = f"c{position}"
        if self._traits.sauts:
            valeur = f"replace({valeur}, {quote(SAUT)}, chr(10))"
        if self._traits.invisibles:
            valeur = f"regexp_replace({valeur}, {quote(f'[{INVISIBLES}]')}, '', 'g')"
        if self._traits.egales:
            # Excel's way to keep a number as text.
            valeur = f"""regexp_replace({valeur}, '^="(.*)"$', '\\1')"""
        if self._traits.blancs or self._traits.sauts:
            valeur = f"nullif(trim({valeur}, {quote(BLANCS)}), '')"
        if self._disposition.vides:
            empties = ", ".join(quote(v.strip()) for v in self._disposition.vides)
            valeur = f"case when {valeur} in ({empties}) then null else {valeur} end"
        return valeur


def quote(texte: str) -> str:
    """Write a text as a SQL literal."""
    return "'" + texte.replace("'", "''") + "'"
