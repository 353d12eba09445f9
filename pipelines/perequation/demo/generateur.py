"""From a seed to a session folder: the same seed writes the same bytes."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from zlib import crc32

import numpy as np
import polars as pl

from perequation.demo.affectation import Lieux, assign_lieux
from perequation.demo.faits import Faits, load_faits
from perequation.demo.fichiers import (
    ANCIEN,
    LOGICIEL,
    TABLEUR,
    TABULE,
    Dialecte,
    format_notes,
    write_csv,
)
from perequation.demo.harmonisation import DecisionReunion, harmonise
from perequation.demo.jury import (
    DecisionJury,
    add_controles,
    close_jury,
    decide_exceptional,
    hold_jury,
    sum_up,
    take_controles,
)
from perequation.demo.notation import EffetsPlantes, mark_feuilles
from perequation.demo.parcours import FeuilleNotes, build_feuilles, hold_whole
from perequation.demo.population import Population, Tirage, build_population
from perequation.demo.session import prepare_dossier, write_lisezmoi, write_session_toml
from perequation.demo.tables import (
    build_controles,
    build_decisions_harmonisation,
    build_decisions_jury,
    build_etablissements,
    build_notes,
    build_verite,
)

GRAINE = 2023
VERSION_TIRAGE = 17  # changing it redraws every session: a changelog line
ETAPES = ("population", "parcours", "lieux", "notes", "jury")
COLONNES_NOTES = (
    "numero_candidat",
    "specialite",
    "session",
    "epreuve",
    "note",
    "mode",
    "centre",
    "commission",
    "etape",
    "langue",
    "reserve",
)


@dataclass(frozen=True)
class _Generation:
    """Everything drawn for a session, before it is written."""

    faits: Faits
    population: Population
    feuilles: dict[str, FeuilleNotes]
    lieux: Lieux
    verites: pl.DataFrame
    harmonisation: list[DecisionReunion]
    jury: list[DecisionJury]
    controles: pl.DataFrame


def make_session(
    nom: str,
    destination: Path,
    graine: int = GRAINE,
    *,
    effets: EffetsPlantes | None = None,
    effectifs: Mapping[str, int] | None = None,
) -> Path:
    """Write a demonstration session folder.

    Parameters
    ----------
    nom
        One of :func:`perequation.demo.list_sessions`.
    destination
        The session folder itself; made when missing, an earlier demonstration is replaced.
    graine
        Seed. The same seed, name and options write the same bytes.
    effets
        Planted effects, (épreuve, UAI or centre or commission) → points. When given (even empty)
        they replace all the random effects, and no harmonisation shift is made.
    effectifs
        UAI (or name, for EAD and individuels) → number of candidates, other than the circular's.

    Returns
    -------
    pathlib.Path
        The folder, ready for ``perequation executer``.

    Raises
    ------
    ConfigurationError
        Unknown session, establishment, or unit of a planted effect; or the folder holds a session
        that is not a demonstration.
    """
    faits = load_faits(nom)
    if effectifs:
        faits = faits.with_effectifs(effectifs)
    return write_faits(faits, destination, graine, effets=effets)


def write_faits(
    faits: Faits,
    destination: Path,
    graine: int = GRAINE,
    *,
    effets: EffetsPlantes | None = None,
    en_une_etape: bool = False,
) -> Path:
    """Draw and write the session of these facts, whatever they are; return its folder.

    Parameters
    ----------
    faits, destination, graine, effets
        As for `make_session`, the facts in the place of the name.
    en_une_etape
        Write the marks of the CCF in one step, not in two.
    """
    tiree = _draw(faits, graine, effets)
    _write(tiree, destination, graine, en_une_etape=en_une_etape)
    return destination


def _draw(faits: Faits, graine: int, effets: EffetsPlantes | None) -> _Generation:
    # One stream per step: a change in one doesn't move the others.
    graines = [VERSION_TIRAGE, graine, crc32(faits.nom.encode())]
    sources = np.random.SeedSequence(graines).spawn(len(ETAPES))
    rng = {
        etape: np.random.Generator(np.random.PCG64(source))
        for etape, source in zip(ETAPES, sources, strict=True)
    }
    if effets is not None:
        faits = replace(faits, nombres={**faits.nombres, "harmonisations": 0})
    population = build_population(rng["population"], faits)
    tirages = {etape: Tirage(source, faits, population) for etape, source in rng.items()}
    feuilles = build_feuilles(tirages["parcours"])
    lieux = assign_lieux(tirages["lieux"], feuilles)
    hold_whole(faits, feuilles)
    verites = mark_feuilles(tirages["notes"], feuilles, lieux, effets)
    harmonisation, apres = harmonise(faits, population, feuilles, verites)
    bilan = sum_up(faits, feuilles)
    premier, appeles = hold_jury(rng["jury"], faits, bilan)
    controles = take_controles(tirages["jury"], feuilles, appeles)
    second = close_jury(rng["jury"], bilan, appeles, add_controles(bilan, feuilles, controles))
    return _Generation(
        faits=faits,
        population=population,
        feuilles=feuilles,
        lieux=lieux,
        verites=build_verite(faits, pl.concat([verites, apres])),
        harmonisation=harmonisation,
        jury=[*premier, *second, *decide_exceptional(faits, bilan, premier)],
        controles=build_controles(faits, population, controles),
    )


def _write(
    tiree: _Generation, destination: Path, graine: int, *, en_une_etape: bool = False
) -> None:
    donnees = prepare_dossier(destination)
    write_session_toml(tiree.faits, destination, avec_decisions=True)
    write_lisezmoi(tiree.faits, destination, graine)
    _write_candidats(tiree, donnees)
    _write_notes(tiree, donnees, en_une_etape=en_une_etape)
    write_csv(build_etablissements(tiree.faits), donnees / "etablissements.csv", TABLEUR)
    decisions = build_decisions_harmonisation(tiree.faits, tiree.harmonisation)
    write_csv(decisions, donnees / "decisions_harmonisation.csv", ANCIEN)
    jury = build_decisions_jury(tiree.population, tiree.jury)
    write_csv(jury, donnees / "decisions_jury.csv", TABLEUR)
    write_csv(tiree.verites, donnees / "verite" / "effets.csv", LOGICIEL)
    aptitudes = tiree.population.roster.select(
        "numero_candidat", aptitude=pl.Series(tiree.population.aptitude).round(4)
    )
    write_csv(aptitudes, donnees / "verite" / "candidats.csv", LOGICIEL)


def _write_candidats(tiree: _Generation, donnees: Path) -> None:
    """Write one file per route, or per académie when there are several."""
    roster = tiree.population.roster
    if len(tiree.faits.academies) > 1:
        lots = [
            (nom.lower().replace(" ", "-"), pl.col("academie") == nom)
            for nom, _ in tiree.faits.academies
        ]
    else:
        apprentis = pl.col("statut") == "APPRENTI"
        scolaires = pl.col("statut") == "SCOLAIRE"
        lots = [
            ("scolaires", scolaires),
            ("apprentis", apprentis),
            ("autres", ~scolaires & ~apprentis),
        ]
    dialectes = (TABLEUR, ANCIEN, LOGICIEL)
    for rang, (nom, lesquels) in enumerate(lots):
        lot = roster.filter(lesquels)
        if rang == 0:  # an extra column, as exam offices' exports have
            lot = lot.with_columns(amenagement=pl.lit(""))
        write_csv(lot, donnees / f"candidats_{nom}.csv", dialectes[rang % len(dialectes)])


def _write_notes(tiree: _Generation, donnees: Path, *, en_une_etape: bool) -> None:
    notes = build_notes(tiree.population, tiree.feuilles, tiree.lieux)
    lots_par_nature = notes.partition_by("nature", as_dict=True)
    par_nature = {str(nature): lot for (nature,), lot in lots_par_nature.items()}
    dialectes = {"ecrits": TABLEUR, "oraux": ANCIEN, "facultatives": LOGICIEL, "conservees": TABULE}
    for nature, dialecte in dialectes.items():
        if nature in par_nature:
            _write_lot(par_nature[nature], donnees / f"notes_{nature}.csv", dialecte)
    if tiree.controles.height:
        _write_lot(tiree.controles, donnees / "notes_controle.csv", TABLEUR)
    if "ccf" in par_nature:
        _write_ccf(tiree, par_nature["ccf"], donnees, en_une_etape=en_une_etape)


def _write_ccf(tiree: _Generation, ccf: pl.DataFrame, donnees: Path, *, en_une_etape: bool) -> None:
    harmonisees = ccf.filter(etape="harmonisee")
    _write_lot(harmonisees, donnees / "notes_ccf_harmonisees.csv", ANCIEN)
    if en_une_etape:
        return
    key = "uai" if tiree.faits.ccf_par_etablissement else "academie"
    lots = ccf.filter(etape="transmise").partition_by(key, as_dict=True)
    for rang, ((nom,), lot) in enumerate(sorted(lots.items())):
        path = donnees / "ccf" / f"ccf_{str(nom).lower()}.csv"
        _write_lot(lot, path, (TABLEUR, ANCIEN, LOGICIEL)[rang % 3])


def _write_lot(lot: pl.DataFrame, chemin: Path, dialecte: Dialecte) -> None:
    note = format_notes(lot["demi"], lot["code_rang"], dialecte)
    table = lot.with_columns(note=note).select(COLONNES_NOTES)
    empties = [nom for nom in ("langue", "reserve") if not (table[nom] != "").any()]
    table = table.sort("numero_candidat", "epreuve", "etape").drop(empties)
    write_csv(table, chemin, dialecte)
