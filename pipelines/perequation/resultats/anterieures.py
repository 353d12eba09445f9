"""The results of earlier sessions, read from their own folders, beside those of this one."""

from dataclasses import dataclass
from pathlib import Path

import duckdb
import polars as pl

from perequation.presentation.publie import Publie
from perequation.resultats.intervalles import with_wilson
from perequation.socle.correspondance import Correspondance, earlier_codes, load_correspondances
from perequation.socle.dossier import Dossier, open_dossier
from perequation.socle.entrepot import columns_of, open_read_only, read_relation
from perequation.socle.erreurs import PerequationError

_REUSSITE: dict[str, type[pl.DataType]] = {
    "session": pl.Int64,
    "inscrits": pl.Int64,
    "presents": pl.Int64,
    "admis": pl.Int64,
    "taux_reussite": pl.Float64,
    "moyenne_generale": pl.Float64,
}
_NOTES: dict[str, type[pl.DataType]] = {
    "session": pl.Int64,
    "epreuve": pl.String,
    "n": pl.Int64,
    "moyenne": pl.Float64,
}
_EPREUVES: dict[str, type[pl.DataType]] = {"epreuve": pl.String, "titre": pl.String}


@dataclass(frozen=True)
class _Session:
    """What one warehouse says of a spécialité."""

    annee: int
    reussite: pl.DataFrame
    notes: pl.DataFrame
    epreuves: pl.DataFrame


@dataclass(frozen=True)
class Anterieures:
    """The session and the earlier ones, comparable.

    Attributes
    ----------
    demandees
        Whether the session names earlier ones.
    reussite
        One row per session, this one included: session, inscrits, presents, admis, taux_reussite,
        taux_bas, taux_haut, moyenne_generale; figures null under the smallest number published.
    epreuves
        One row per session and épreuve of this session's numbering: session, epreuve, titre, rang,
        epreuve_alors (its code in that session, null when not known), n, moyenne (null when not
        known or on too few marks).
    absentes
        Folders, or patterns, without results of an earlier session one can read.
    renumerotations
        The changes of numbering between these sessions.
    """

    demandees: bool
    reussite: Publie
    epreuves: Publie
    absentes: tuple[str, ...]
    renumerotations: tuple[Correspondance, ...]


def read_earlier_results(
    dossier: Dossier, specialite: str, minimum: int = 1, masquage: pl.DataFrame | None = None
) -> Anterieures:
    """Read success rates and averages of the folders `[donnees] sessions_precedentes` names.

    Parameters
    ----------
    dossier
        A session folder whose results are published; earlier ones are only read.
    specialite
        The spécialité compared.
    minimum
        Présents, or marks, under which a figure is not given.
    masquage
        What is hidden of this session (`marts.masquage`); default: what its warehouse says. Each
        earlier one is hidden as its own publication was.

    Raises
    ------
    ConfigurationError
        A file of correspondances has faults.
    """
    session = dossier.configuration.session.annee
    changements = load_correspondances(specialite, dossier.racine)
    courante = _read(dossier.entrepot, specialite, session, masquage)
    lues = {session: courante} if courante else {}
    absentes: list[str] = []
    for nom, folder in dossier.earlier_folders():
        lue = _open(folder, specialite) if folder else None
        if lue is None or lue.annee >= session or lue.annee in lues:
            absentes.append(nom)
        else:
            lues[lue.annee] = lue
    ordre = [lues[annee] for annee in sorted(lues)]
    compared = courante is not None and len(ordre) > 1
    return Anterieures(
        demandees=bool(dossier.configuration.donnees.sessions_precedentes),
        reussite=Publie(_rates(ordre if compared else [], minimum), "public"),
        epreuves=Publie(
            _averages(courante, ordre, changements, minimum)
            if courante and compared
            else _no_average(),
            "public",
        ),
        absentes=tuple(absentes),
        renumerotations=tuple(
            c for c in changements if any(c.separates(lue.annee, session) for lue in ordre)
        ),
    )


def _open(folder: Path, specialite: str) -> _Session | None:
    try:
        ancien = open_dossier(folder)
    except PerequationError:
        return None
    return _read(ancien.entrepot, specialite, ancien.configuration.session.annee)


def _read(
    entrepot: Path, specialite: str, session: int, masquage: pl.DataFrame | None = None
) -> _Session | None:
    """Return what a warehouse says, or nothing when it can't be read or has no such results."""
    cle = {"session": session, "specialite": specialite}
    try:
        with open_read_only(entrepot) as con:
            reussite = read_relation(con, "marts.reussite", maille="total", **cle)
            notes = read_relation(con, "marts.statistique_epreuve_ensemble", **cle)
            epreuves = read_relation(con, "reference.epreuve", specialite=specialite)
            if masquage is None and columns_of(con, "marts.masquage"):
                masquage = read_relation(con, "marts.masquage", **cle)
        typed = (
            reussite.select(pl.col(c).cast(t) for c, t in _REUSSITE.items()),
            notes.select(pl.col(c).cast(t) for c, t in _NOTES.items()),
            epreuves.sort("rang").select(pl.col(c).cast(t) for c, t in _EPREUVES.items()),
        )
    except (PerequationError, duckdb.Error, pl.exceptions.PolarsError):
        return None
    if reussite.is_empty():
        return None
    return _Session(session, *_hide(*typed, masquage))


def _hide(
    reussite: pl.DataFrame,
    notes: pl.DataFrame,
    epreuves: pl.DataFrame,
    masquage: pl.DataFrame | None,
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Empty what is hidden of the whole session."""
    if masquage is None:
        return reussite, notes, epreuves
    hidden = masquage.filter("est_masque", maille="total", mode="ENSEMBLE")
    known = {
        (mesure, epreuve) for mesure, epreuve in hidden.select("mesure", "epreuve").iter_rows()
    }
    empty = [name for name in ("admis", "taux_reussite") if ("admis", "") in known]
    empty += ["moyenne_generale"] if ("moyenne", "") in known else []
    hidden_marks = [epreuve for mesure, epreuve in known if mesure == "moyenne"]
    told = ~pl.col("epreuve").is_in(hidden_marks)
    return (
        reussite.with_columns(pl.lit(None, _REUSSITE[name]).alias(name) for name in empty),
        notes.with_columns(moyenne=pl.when(told).then("moyenne")),
        epreuves,
    )


def _rates(sessions: list[_Session], minimum: int) -> pl.DataFrame:
    rows = pl.concat([pl.DataFrame(schema=_REUSSITE), *(s.reussite for s in sessions)])
    figures = ("admis", "taux_reussite", "taux_bas", "taux_haut", "moyenne_generale")
    enough = pl.col("presents") >= minimum
    return with_wilson(rows).with_columns(pl.when(enough).then(n).alias(n) for n in figures)


def _averages(
    courante: _Session,
    sessions: list[_Session],
    changements: tuple[Correspondance, ...],
    minimum: int,
) -> pl.DataFrame:
    """Return the averages of each session under this session's codes."""
    ranged = courante.epreuves.with_row_index("rang")
    rows = [
        ranged.join(_codes(courante, alors, changements), on="epreuve", how="left")
        .join(alors.notes, left_on="epreuve_alors", right_on="epreuve", how="left")
        .with_columns(session=pl.lit(alors.annee, pl.Int64))
        for alors in sessions
    ]
    enough = pl.col("n") >= minimum
    return pl.concat(rows).select(
        "session",
        "epreuve",
        "titre",
        "rang",
        "epreuve_alors",
        "n",
        moyenne=pl.when(enough).then("moyenne"),
    )


def _codes(
    courante: _Session, alors: _Session, changements: tuple[Correspondance, ...]
) -> pl.DataFrame:
    """Return, for each épreuve of this session, its code in another one.

    One code is one épreuve as long as its title stays; a change of numbering says which code it had.
    """
    codes = earlier_codes(courante.epreuves["epreuve"], changements, alors.annee, courante.annee)
    known = pl.DataFrame(
        {"epreuve": list(codes), "epreuve_alors": list(codes.values())},
        schema={"epreuve": pl.String, "epreuve_alors": pl.String},
    )
    titles = known.join(courante.epreuves, on="epreuve").join(
        alors.epreuves, left_on="epreuve_alors", right_on="epreuve", suffix="_alors"
    )
    same = _plain("titre") == _plain("titre_alors")
    renumbered = pl.col("epreuve") != pl.col("epreuve_alors")
    return titles.filter(same | renumbered).select("epreuve", "epreuve_alors")


def _plain(column: str) -> pl.Expr:
    return pl.col(column).str.to_lowercase().str.replace_all(r"[^\p{L}\d]+", " ").str.strip_chars()


def _no_average() -> pl.DataFrame:
    return pl.DataFrame(
        schema={
            "session": pl.Int64,
            "epreuve": pl.String,
            "titre": pl.String,
            "rang": pl.UInt32,
            "epreuve_alors": pl.String,
            "n": pl.Int64,
            "moyenne": pl.Float64,
        }
    )
