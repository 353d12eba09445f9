"""What a report reads: the tables of one session and spécialité, and what its first page must say.

A notebook opens one `Lecture`; tables come filtered by session and spécialité when they have these
columns, sorted, read-only.
"""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import duckdb
import polars as pl

from perequation.socle.configuration import ReferenceNationale
from perequation.socle.dictionnaire import require_current_in
from perequation.socle.dossier import Dossier, open_dossier
from perequation.socle.entrepot import columns_of, has_relation, open_read_only, read_relation
from perequation.socle.erreurs import ConfigurationError
from perequation.socle.regles_decision import rules_at


@dataclass(frozen=True)
class Reserves:
    """What the first page of a report warns of: counts, and words of the règlement.

    `causes` are the kinds of what is to verify, without the épreuves, the most frequent first.
    """

    rejets: int
    fichiers_rejetes: int
    provisoires: int
    a_verifier: int
    reglement_confirme: bool
    reserves_reglement: tuple[str, ...] = ()
    causes: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class Lecture:
    """Read-only access to one session and spécialité of a warehouse."""

    dossier: Dossier
    session: int
    specialite: str | None
    entrepot: Path

    # Set in a process made for one report alone, which nothing waits behind.
    garde_ouvert: ClassVar[bool] = False
    # Columns a report names of tables that an import that blocks leaves unmade.
    ANOMALIE: ClassVar = ("fichier", "ligne", "message", "regle", "gravite", "uai")
    CONTROLE: ClassVar = ("suite", "regle", "gravite", "reussi", "nb_testes", "nb_anomalies")
    COMPLETUDE: ClassVar = (
        "etablissement",
        "epreuve",
        "rang",
        "attendues",
        "recues",
        "manquantes",
        "rejetees",
        "provisoires",
    )
    COUNTS: ClassVar = frozenset(
        {
            "ligne",
            "nb_testes",
            "nb_anomalies",
            "rang",
            "attendues",
            "recues",
            "manquantes",
            "rejetees",
            "provisoires",
            "attendus",
            "constates",
            "ecart",
            "nb_attendues",
            "nb_recues",
            "nb_rejetees",
        }
    )
    BOOLEANS: ClassVar = frozenset({"reussi", "est_hors_delai", "est_conforme"})
    SUIVI_CCF: ClassVar = (
        "etablissement",
        "uai",
        "specialite",
        "reception",
        "fichier",
        "est_hors_delai",
        "est_conforme",
        "nb_attendues",
        "nb_recues",
        "nb_rejetees",
    )
    RAPPROCHEMENT: ClassVar = ("maille", "code", "libelle", "attendus", "constates", "ecart")

    def table(self, relation: str, columns: Sequence[str] = (), **equalities: Any) -> pl.DataFrame:
        """Return a relation (`marts.x`, or `x` alone) filtered by session and spécialité.

        Parameters
        ----------
        relation
            Name, with its schema when it is not `marts`.
        columns
            When given, what these columns hold is returned, each combination once.
        equalities
            Further column = value conditions.
        """
        name = relation if "." in relation else f"marts.{relation}"
        key: dict[str, Any] = {"session": self.session}
        if self.specialite is not None:
            key["specialite"] = self.specialite
        with self._open() as con:
            present = columns_of(con, name)
            kept = {column: value for column, value in key.items() if column in present}
            return read_relation(con, name, columns, **kept, **equalities)

    def table_or_empty(self, relation: str, columns: tuple[str, ...]) -> pl.DataFrame:
        """Return a relation, or no row of the given columns when it was not built.

        After an import that blocks, only what was read exists.
        """
        if self.has(relation):
            return self.table(relation)
        types = {name: pl.Int64 for name in columns if name in self.COUNTS}
        types |= {name: pl.Boolean for name in columns if name in self.BOOLEANS}
        return pl.DataFrame(schema=dict.fromkeys(columns, pl.String) | types)

    def has(self, relation: str) -> bool:
        """Say whether a relation exists in this warehouse."""
        name = relation if "." in relation else f"marts.{relation}"
        with self._open() as con:
            return has_relation(con, name)

    def require_current(self) -> None:
        """Stop when this publication doesn't have the tables and columns that this version reads.

        Raises
        ------
        MissingInputError
            It was published by another version, or can't be read.
        """
        with self._open() as con:
            require_current_in(con)

    @contextmanager
    def _open(self) -> Generator[duckdb.DuckDBPyConnection]:
        """Give a connection: one for the whole report in a process made for it alone.

        Opening costs more than most tables. Elsewhere (JupyterLab, lists) none is kept, so that
        nothing stands in the way of the next publication.
        """
        if self.garde_ouvert:
            yield self._kept
        else:
            with open_read_only(self.entrepot) as con:
                yield con

    @cached_property
    def _kept(self) -> duckdb.DuckDBPyConnection:
        return open_read_only(self.entrepot)

    @property
    def precedent(self) -> Path:
        """The publication before this one: for a construction that blocks, the published one."""
        blocked = self.entrepot != self.dossier.entrepot
        return self.dossier.entrepot if blocked else self.dossier.precedent

    @cached_property
    def titre(self) -> str:
        """The session's title."""
        return self.dossier.configuration.session.titre

    @cached_property
    def effectif_minimal(self) -> int:
        """Candidates below which a figure is not published."""
        return self.dossier.configuration.seuils.effectif_minimal

    @cached_property
    def reference_nationale(self) -> ReferenceNationale | None:
        """What `session.toml` says of the whole country, for this spécialité."""
        given = self.dossier.configuration.reference_nationale
        return next((each for each in given if each.specialite in {"", self.specialite}), None)

    @cached_property
    def reglements(self) -> list[dict[str, Any]]:
        """The rows of `reference.specialite`: one, or all of the session's."""
        return self.table("reference.specialite").to_dicts()

    @cached_property
    def epreuves(self) -> pl.DataFrame:
        """The épreuves of the règlement, in its order."""
        return self.table("reference.epreuve").sort("rang")

    @cached_property
    def noms(self) -> dict[str, str]:
        """The name of each establishment of the roster, by UAI."""
        rows = self.table("staging.candidat").select("uai", "etablissement").drop_nulls()
        return dict(rows.unique("uai", keep="first", maintain_order=True).iter_rows())

    @cached_property
    def reserves_reglement(self) -> tuple[str, ...]:
        """What is not sure of the year's law, then of the règlements."""
        own = (words for row in self.reglements for words in row["reserves"] or ())
        return (*rules_at(self.session).regime.reserves, *own)

    @cached_property
    def reserves(self) -> Reserves:
        """What the first page must warn of."""
        bilan = self.table("bilan_import").filter(pl.col("lignes_rejetees") > 0)
        calcule = self.has("resultat_candidat")
        resultats = self.table("resultat_candidat") if calcule else pl.DataFrame()
        confirme = all(row["est_confirme"] for row in self.reglements)
        return Reserves(
            rejets=int(bilan["lignes_rejetees"].sum()),
            fichiers_rejetes=bilan.height,
            provisoires=resultats.filter("est_provisoire").height if calcule else 0,
            a_verifier=resultats.filter("a_verifier").height if calcule else 0,
            reglement_confirme=confirme,
            reserves_reglement=self.reserves_reglement,
            causes=_causes(resultats) if calcule else (),
        )


def _causes(resultats: pl.DataFrame) -> tuple[tuple[str, int], ...]:
    """Count the kinds of reasons to verify a result: their words, without the épreuves."""
    kinds = (
        resultats.select(cause=pl.col("raisons_verification").explode())
        .drop_nulls()
        .select(pl.col("cause").str.replace_all(r" \(.*?\)| à [A-Z]+\d.*| ?: .*", ""))
        .group_by("cause")
        .len()
        .sort("len", "cause", descending=[True, False])
    )
    return tuple(kinds.iter_rows())


def open_lecture(dossier: str, session: int, specialite: str | None, entrepot: str = "") -> Lecture:
    """Open the warehouse of a session folder for a report.

    Parameters
    ----------
    dossier, session, specialite
        What the report is about; `None` is every spécialité of the session, an empty text is a
        missing parameter.
    entrepot
        Another warehouse file than the published one (an import that blocks is never published).

    Raises
    ------
    ConfigurationError
        A parameter is missing, or the session folder doesn't hold this session or spécialité.
    MissingInputError
        The results were published by a version that doesn't give what this one reads.
    """
    missing = [
        name
        for name, value in (("dossier", dossier), ("session", session), ("specialite", specialite))
        if not value and value is not None
    ]
    if missing:
        raise ConfigurationError(f"Paramètre de rapport absent : {', '.join(missing)}.")
    opened = open_dossier(dossier)
    known = opened.configuration.session
    if session != known.annee or specialite not in (None, *known.specialites):
        raise ConfigurationError(
            f"Le dossier n'a pas de session {session} pour la spécialité « {specialite} » "
            f"(session {known.annee} : {', '.join(known.specialites)})."
        )
    path = Path(entrepot) if entrepot else opened.entrepot
    lecture = Lecture(opened, session, specialite, path)
    # A construction that was blocked is read as far as it went.
    if path == opened.entrepot and path.is_file():
        lecture.require_current()
    return lecture
