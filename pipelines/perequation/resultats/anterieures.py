"""The results of earlier sessions, read from their own folders, beside those of this one."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from perequation.presentation.publie import Publie
from perequation.resultats.evolution import decompose_change, mean_change, with_rate_change
from perequation.resultats.intervalles import (
    EFFECTIF_ARRONDI,
    round_spread,
    with_mean_interval,
    with_wilson,
)
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
    "controle": pl.Int64,
}
_NOTES: dict[str, type[pl.DataType]] = {
    "session": pl.Int64,
    "epreuve": pl.String,
    "n": pl.Int64,
    "moyenne": pl.Float64,
    "ecart_type": pl.Float64,
}
_GROUPES: dict[str, type[pl.DataType]] = {
    "maille": pl.String,
    "modalite": pl.String,
    "presents": pl.Int64,
    "admis": pl.Int64,
}
_STRUCTURE: dict[str, type[pl.DataType]] = {
    "session": pl.Int64,
    "maille": pl.String,
    "composition": pl.Float64,
    "reussite": pl.Float64,
}
# What a change of rate is split by.
AXES = ("statut", "sexe", "forme", "etablissement")
# The groups that are hidden in one of two sessions, together: the published ones tell their sum.
_AUTRES = "autres"
_MOYENNES: dict[str, type[pl.DataType]] = {
    "session": pl.Int64,
    "epreuve": pl.String,
    "titre": pl.String,
    "rang": pl.UInt32,
    "epreuve_alors": pl.String,
    "n": pl.Int64,
    "moyenne": pl.Float64,
    "moyenne_basse": pl.Float64,
    "moyenne_haute": pl.Float64,
    "ecart": pl.Float64,
    "ecart_bas": pl.Float64,
    "ecart_haut": pl.Float64,
}
_EPREUVES: dict[str, type[pl.DataType]] = {"epreuve": pl.String, "titre": pl.String}


@dataclass(frozen=True)
class _Session:
    """What one warehouse says of a spécialité."""

    annee: int
    reussite: pl.DataFrame
    notes: pl.DataFrame
    epreuves: pl.DataFrame
    groupes: pl.DataFrame  # maille, modalite, presents, admis, cache (not published)


@dataclass(frozen=True)
class Anterieures:
    """The session and the earlier ones, comparable.

    Attributes
    ----------
    demandees
        Whether the session names earlier ones.
    reussite
        One row per session, this one included: session, inscrits, presents, admis, taux_reussite,
        taux_bas, taux_haut, moyenne_generale, and how the rate moved from then to now: ecart_taux,
        ecart_bas, ecart_haut; figures null under the smallest number published. est_en_attente:
        candidates called to the contrôle await their decision; nothing is compared with it.
    structure
        One row per earlier session and maille (statut, sexe, forme, etablissement): composition
        and reussite, the two parts of the change of rate, hidden groups together; null when a rate
        is hidden.
    epreuves
        One row per session and épreuve of this session's numbering: session, epreuve, titre, rang,
        epreuve_alors (its code in that session, null when not known), n, moyenne (null when not
        known or on too few marks), moyenne_basse, moyenne_haute (95 %, null where the spread is
        hidden), and from then to now ecart, ecart_bas, ecart_haut.
    absentes
        Folders, or patterns, without results of an earlier session one can read.
    renumerotations
        The changes of numbering between these sessions.
    """

    demandees: bool
    reussite: Publie
    structure: Publie
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
        reussite=Publie(_rates(ordre if compared else [], session, minimum), "public"),
        structure=Publie(_structure(courante, ordre if compared else []), "public"),
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
    key: dict[str, Any] = {"session": session, "specialite": specialite}
    try:
        with open_read_only(entrepot) as con:
            every = read_relation(con, "marts.reussite", **key)
            reussite = every.filter(maille="total")
            notes = read_relation(con, "marts.statistique_epreuve_ensemble", **key)
            epreuves = read_relation(con, "reference.epreuve", specialite=specialite)
            if masquage is None and columns_of(con, "marts.masquage"):
                masquage = read_relation(con, "marts.masquage", **key)
        typed = (
            _typed(reussite, _REUSSITE),
            _typed(notes, _NOTES),
            epreuves.sort("rang").select(pl.col(c).cast(t) for c, t in _EPREUVES.items()),
        )
    except (PerequationError, duckdb.Error, pl.exceptions.PolarsError):
        return None
    if reussite.is_empty():
        return None
    return _Session(session, *_hide(*typed, masquage), _groups(every, masquage))


def _typed(frame: pl.DataFrame, schema: dict[str, type[pl.DataType]]) -> pl.DataFrame:
    """Return the columns of a schema; one that an earlier version had not is empty."""
    missing = [pl.lit(None).alias(name) for name in schema if name not in frame.columns]
    return frame.with_columns(missing).select(pl.col(c).cast(t) for c, t in schema.items())


def _groups(every: pl.DataFrame, masquage: pl.DataFrame | None) -> pl.DataFrame:
    """Return the groups of the axes, and which of them are hidden."""
    rows = _typed(every, _GROUPES).filter(pl.col("maille").is_in(AXES))
    if masquage is None:
        return rows.with_columns(cache=pl.lit(value=False))
    shown = masquage.filter(~pl.col("est_masque"), mesure="admis").select("maille", "modalite")
    known = shown.unique().with_columns(cache=pl.lit(value=False))
    return rows.join(known, on=["maille", "modalite"], how="left").with_columns(
        pl.col("cache").fill_null(value=True)
    )


def _hide(
    reussite: pl.DataFrame,
    notes: pl.DataFrame,
    epreuves: pl.DataFrame,
    masquage: pl.DataFrame | None,
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Empty what is hidden of the whole session; spreads are rounded as they were published."""
    if masquage is None:
        enough = pl.col("n") >= EFFECTIF_ARRONDI
        return reussite, notes.with_columns(pl.when(enough).then("ecart_type")), epreuves
    hidden = masquage.filter("est_masque", maille="total", mode="ENSEMBLE")
    known = {
        (mesure, epreuve) for mesure, epreuve in hidden.select("mesure", "epreuve").iter_rows()
    }
    empty = [name for name in ("admis", "taux_reussite") if ("admis", "") in known]
    empty += ["moyenne_generale"] if ("moyenne", "") in known else []

    def told(quantity: str) -> pl.Expr:
        return ~pl.col("epreuve").is_in([each for mesure, each in known if mesure == quantity])

    return (
        reussite.with_columns(pl.lit(None, _REUSSITE[name]).alias(name) for name in empty),
        round_spread(
            notes.with_columns(
                moyenne=pl.when(told("moyenne")).then("moyenne"),
                ecart_type=pl.when(told("dispersion")).then("ecart_type"),
            )
        ),
        epreuves,
    )


def _rates(sessions: list[_Session], session: int, minimum: int) -> pl.DataFrame:
    rows = pl.concat([pl.DataFrame(schema=_REUSSITE), *(s.reussite for s in sessions)])
    figures = ("admis", "taux_reussite", "taux_bas", "taux_haut", "moyenne_generale")
    enough = pl.col("presents") >= minimum
    shown = with_wilson(rows).with_columns(pl.when(enough).then(n).alias(n) for n in figures)
    waiting = pl.col("controle").fill_null(0) > 0
    moved = ("ecart_taux", "ecart_bas", "ecart_haut")
    # Those called count as refused meanwhile: the change would be that of a count not ended.
    apart = waiting | waiting.filter(pl.col("session") == session).any()
    return with_rate_change(shown, session).select(
        pl.exclude("controle", *moved), pl.when(~apart).then(pl.col(*moved)), est_en_attente=waiting
    )


def _structure(courante: _Session | None, sessions: list[_Session]) -> pl.DataFrame:
    """Split each change of rate along each axis, where what is hidden stays so."""
    rows = [
        {"session": alors.annee, "maille": axe} | _split(alors, courante, axe)
        for alors in sessions
        if courante is not None and alors is not courante
        if not (_is_waiting(alors) or _is_waiting(courante))
        for axe in AXES
    ]
    return pl.DataFrame(rows, schema=_STRUCTURE)


def _is_waiting(session: _Session) -> bool:
    return bool(session.reussite["controle"].fill_null(0).sum())


def _split(alors: _Session, courante: _Session, axe: str) -> dict[str, float | None]:
    """Split a change of rate with published figures alone: it tells nothing more than they do."""
    sessions = (alors, courante)
    shown = [set(_published(each, axe)["modalite"]) for each in sessions]
    known = [set(each.groupes.filter(maille=axe)["modalite"]) for each in sessions]
    # A group published in one session and absent from the other compares with nobody there.
    kept = (shown[0] - known[1]) | (shown[1] - known[0]) | (shown[0] & shown[1])
    hidden = any(each.reussite["admis"].null_count() for each in sessions)
    groups = [_with_the_others(each, axe, kept) for each in sessions if not hidden]
    found = None if hidden else decompose_change(*groups)
    return {
        "composition": found.composition if found else None,
        "reussite": found.reussite if found else None,
    }


def _published(session: _Session, axe: str) -> pl.DataFrame:
    rows = session.groupes.filter(~pl.col("cache"), maille=axe)
    return rows.select("modalite", "presents", "admis").drop_nulls()


def _with_the_others(session: _Session, axe: str, kept: set[str]) -> pl.DataFrame:
    """Return the groups kept of a session, and the rest of it as one group."""
    rows = _published(session, axe).filter(pl.col("modalite").is_in(list(kept)))
    whole = session.reussite.row(0, named=True)
    left = {name: [whole[name] - rows[name].sum()] for name in ("presents", "admis")}
    return pl.concat([rows, pl.DataFrame({"modalite": [_AUTRES]} | left, rows.schema)])


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
    shown = pl.concat(rows).with_columns(moyenne=pl.when(enough).then("moyenne"))
    return _changes(with_mean_interval(shown, "moyenne"), courante.annee).select(list(_MOYENNES))


def _changes(rows: pl.DataFrame, session: int) -> pl.DataFrame:
    """Add how each mean moved from its session to this one."""
    keys = ("n", "moyenne", "ecart_type")
    whole = rows.drop_nulls(keys).filter(session=session)
    now = {row[0]: row[1:] for row in whole.select("epreuve", *keys).iter_rows()}
    changes: list[tuple[float | None, ...]] = []
    for epreuve, then, *figures in rows.select("epreuve", "session", *keys).iter_rows():
        known = then != session and None not in figures and epreuve in now
        found = mean_change(tuple(figures), now[epreuve]) if known else None
        changes.append(found or (None, None, None))
    names = ("ecart", "ecart_bas", "ecart_haut")
    moved = pl.DataFrame(changes, schema=dict.fromkeys(names, pl.Float64), orient="row")
    return rows.hstack(moved)


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
    return pl.DataFrame(schema=_MOYENNES)
