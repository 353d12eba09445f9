"""What stays of a session once nobody may be found in it: its published aggregates."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from perequation.resultats.mesures import ENSEMBLE, MAILLES_D_EPREUVE, MODES
from perequation.resultats.porte import PUBLIC, Decision
from perequation.socle import entrepot
from perequation.socle.dossier import Dossier
from perequation.socle.fichiers import remove
from perequation.socle.lecture import open_lecture

# Nothing of a candidate in these: the log, the chart engine, the public pack and its ZIP.
_RESTENT = frozenset(
    {"journal", ".cache", ".verrou", "rapports-public", "rapports-public.zip", "perequation.duckdb"}
)


@dataclass(frozen=True)
class Effacement:
    """What was removed of a session folder, and the tables that stay."""

    effaces: tuple[Path, ...]
    tables: tuple[str, ...]


def list_nominative(dossier: Dossier) -> tuple[Path, ...]:
    """List what holds data of candidates: the inputs, and what is produced but aggregates."""
    racines = {
        (dossier.racine / path.relative_to(dossier.racine).parts[0]) for path in _inputs(dossier)
    }
    produced = dossier.sortie.iterdir() if dossier.sortie.is_dir() else ()
    return (*sorted(racines), *sorted(path for path in produced if path.name not in _RESTENT))


def _inputs(dossier: Dossier) -> Iterator[Path]:
    yield from (path for path in dossier.inputs() if path.is_relative_to(dossier.racine))
    if (dossier.racine / "donnees").is_dir():
        yield dossier.racine / "donnees"


def erase_nominative(dossier: Dossier) -> Effacement:
    """Erase the data of candidates from a session folder; published aggregates stay.

    The warehouse is made again with them alone, as the public documents hide them: success rates,
    marks by épreuve, gaps of units that are large enough. Done again, it goes on from where it
    stopped.

    Raises
    ------
    PerequationError
        A file can't be removed.
    """
    nominative = list_nominative(dossier)
    tables: tuple[str, ...] = ()
    if entrepot.is_readable(dossier.entrepot):
        tables = _keep_aggregates(dossier)
    for path in nominative:
        remove(path)
    return Effacement(nominative, tables)


def _keep_aggregates(dossier: Dossier) -> tuple[str, ...]:
    """Replace the warehouse by one that holds aggregates alone; return its tables."""
    session = dossier.configuration.session
    kept: dict[str, list[pl.DataFrame]] = {}
    for specialite in session.specialites:
        for name, frame in _aggregates(dossier, session.annee, specialite):
            kept.setdefault(name, []).append(frame)
    if not kept:
        return ()
    with entrepot.open_construction(dossier.construction, fresh=True) as con:
        for name, frames in kept.items():
            entrepot.write_table(con, name, pl.concat(frames).unique(maintain_order=True))
    entrepot.publish(dossier.construction, dossier.entrepot)
    return tuple(kept)


def _aggregates(
    dossier: Dossier, annee: int, specialite: str
) -> Iterator[tuple[str, pl.DataFrame]]:
    lecture = open_lecture(str(dossier.racine), annee, specialite)
    if not lecture.has("resultat_candidat"):
        # Erased already: what is there stays.
        yield from _already(lecture.entrepot)
        return
    decision = Decision.of(lecture, PUBLIC)
    yield "marts.masquage", decision.lignes
    rates = decision.hide_rates(lecture.table("reussite"))
    yield "marts.reussite", rates.drop("masque", "masque_admis", "masque_moyenne")
    whole = {"mode": ENSEMBLE, "maille": "total", "modalite": "total"}
    marks = decision.hide_marks(lecture.table("statistique_epreuve_ensemble"), **whole)
    yield "marts.statistique_epreuve_ensemble", marks.drop("masque")
    by_mode = lecture.table("statistique_epreuve").filter(
        pl.col("mode").is_in(MODES), pl.col("maille").is_in(MAILLES_D_EPREUVE)
    )
    yield "marts.statistique_epreuve", decision.hide_marks(by_mode).drop("masque")
    # A marker may be a person's name: their gaps go with the names.
    gaps = lecture.table("ecart").filter(
        pl.col("n") >= lecture.effectif_minimal, pl.col("type_unite") != "correcteur"
    )
    yield "marts.ecart", gaps.drop("moyenne")
    yield "reference.epreuve", lecture.table("reference.epreuve")
    yield "reference.specialite", lecture.table("reference.specialite")


def _already(path: Path) -> Iterator[tuple[str, pl.DataFrame]]:
    with entrepot.open_read_only(path) as con:
        for schema in ("marts", "reference"):
            for name in entrepot.list_tables(con, schema):
                relation = f"{schema}.{name}"
                yield relation, entrepot.read_relation(con, relation)
