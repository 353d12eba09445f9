"""Seeded sessions with known effects, and the real SQL run on them."""

import os
from dataclasses import dataclass, field
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import duckdb
import numpy as np
import polars as pl
from numpy.typing import NDArray

from perequation.harmonisation import Trames
from perequation.harmonisation.simulation import decisions as simulation
from perequation.socle import couches
from perequation.socle.referentiel import create_tables, insert_rules

ANCRES = ("E1", "E21", "E3", "E5")
ORAUX = ("E4", "E22")
#: The relations the statistics start from, after those they read.
HARMONISATION = tuple(
    relation
    for relation in couches.build_order()
    if relation.startswith("intermediate.harmonisation_")
    or relation in simulation.relations_of("intermediate.note_retenue")
)
#: With those that decide, and those that compare decisions with what was done.
TOUTES = (
    *HARMONISATION,
    *simulation.relations_of(simulation.DECISION),
    "intermediate.note_decidee",
    "marts.harmonisation_effet",
)

_STAGING = """
    create schema staging; create schema intermediate; create schema marts;
    create table staging.candidat(
        session integer, specialite varchar, numero_candidat varchar, uai varchar, forme varchar,
        academie varchar);
    create table staging.note(
        session integer, specialite varchar, numero_candidat varchar, epreuve varchar,
        etape varchar, note decimal(4, 2), code varchar, mode varchar, centre varchar,
        commission varchar, correcteur varchar, lot varchar, motif_nv varchar,
        session_origine integer, langue varchar, est_reserve boolean, fichier varchar, ligne bigint);
    create table staging.rejet_note(
        session integer, specialite varchar, numero_candidat varchar, epreuve varchar,
        etape varchar, fichier varchar, ligne bigint, colonne varchar, valeur varchar,
        regle varchar, message varchar);
    create table staging.decision_harmonisation(
        epreuve varchar, unite varchar, type_unite varchar, decision varchar,
        decalage decimal(5, 2), motif varchar, auteur varchar, date date, accord date,
        fichier varchar, ligne bigint);
"""
_COLONNES_NOTE = (
    "session",
    "specialite",
    "numero_candidat",
    "epreuve",
    "etape",
    "note",
    "code",
    "mode",
    "centre",
    "commission",
)
_COLONNES_DECISION = ("epreuve", "unite", "type_unite", "decision", "decalage", "motif")


@dataclass(frozen=True)
class Plan:
    """How sessions are simulated; marks in points out of 20."""

    candidats: int = 1334
    etablissements: int = 35
    centres: int = 12
    #: Standard deviation of abilities between and within establishments.
    niveau_entre: float = 1.2
    niveau_dans: float = 2.0
    #: Standard deviation of the noise of one written mark and of one assessed mark.
    bruit_ecrit: float = 2.8
    bruit_oral: float = 2.9
    #: How much of ability shows in the assessed mark.
    charge: float = 0.8
    #: Standard deviation of the units' true gaps.
    effet_ccf: float = 0.7
    effet_oral: float = 0.5
    ancres: tuple[str, ...] = ANCRES
    part_manquante: float = 0.03
    pas: float = 0.5


@dataclass(frozen=True)
class Simulees:
    """Candidates and marks of several sessions, with what is true of them."""

    candidats: pl.DataFrame
    notes: pl.DataFrame
    #: session, type_unite, unite, effet (true gap), niveau (mean ability of the unit's candidates)
    verite: pl.DataFrame
    ancres: tuple[str, ...] = field(default=ANCRES)


def simulate_sessions(plan: Plan, graine: int, nombre: int = 1) -> Simulees:
    """Simulate sessions numbered from 1: E4 in CCF by establishment, E22 an oral by centre."""
    rng = np.random.default_rng(graine)
    n, total = plan.candidats, plan.candidats * nombre
    session = np.repeat(np.arange(1, nombre + 1), n)
    tailles = rng.lognormal(0.0, 0.6, (nombre, plan.etablissements))
    seuils = np.cumsum(tailles / tailles.sum(axis=1, keepdims=True), axis=1)
    tirage = rng.random((nombre, n))
    etablissement = (
        (tirage[:, :, None] > seuils[:, None, :]).sum(axis=2).clip(max=plan.etablissements - 1)
    )
    niveau_etab = rng.normal(0, plan.niveau_entre, (nombre, plan.etablissements))
    # Neighbouring establishments share an oral centre: centres too differ in their candidates.
    centre = etablissement * plan.centres // plan.etablissements
    aptitude = (
        np.take_along_axis(niveau_etab, etablissement, 1)
        + rng.normal(0, plan.niveau_dans, (nombre, n))
    ).ravel()
    effets = {
        "etablissement": rng.normal(0, plan.effet_ccf, (nombre, plan.etablissements)),
        "centre": rng.normal(0, plan.effet_oral, (nombre, plan.centres)),
    }
    unites = {"etablissement": etablissement, "centre": centre}
    numero = np.array([f"{k:09d}" for k in range(total)])
    etab, salle = (
        np.char.add(p, u.ravel().astype(str)) for p, u in (("U", etablissement), ("C", centre))
    )
    base = {"session": session, "specialite": "X", "numero_candidat": numero}
    cadres: list[pl.DataFrame] = []
    for ancre in plan.ancres:
        note = 10 + aptitude + rng.normal(0, plan.bruit_ecrit, total)
        cadre = pl.DataFrame(
            base
            | {
                "epreuve": ancre,
                "note": _round(note, plan.pas),
                "mode": "PONCTUEL",
                "centre": salle,
            }
        )
        cadres.append(cadre.filter(pl.Series(rng.random(total) >= plan.part_manquante)))
    for epreuve, type_unite, mode, lieu in (
        ("E4", "etablissement", "CCF", etab),
        ("E22", "centre", "PONCTUEL", salle),
    ):
        effet = np.take_along_axis(effets[type_unite], unites[type_unite], 1).ravel()
        note = 11.5 + plan.charge * aptitude + effet + rng.normal(0, plan.bruit_oral, total)
        cadres.append(
            pl.DataFrame(
                base
                | {"epreuve": epreuve, "note": _round(note, plan.pas), "mode": mode, "centre": lieu}
            )
        )
    verite = pl.concat(
        pl.DataFrame(
            {
                "session": session,
                "type_unite": t,
                "unite": u,
                "aptitude": aptitude,
                "effet": np.take_along_axis(effets[t], unites[t], 1).ravel(),
            }
        )
        .group_by("session", "type_unite", "unite")
        .agg(pl.col("effet").first(), niveau=pl.col("aptitude").mean(), effectif=pl.len())
        for t, u in (("etablissement", etab), ("centre", salle))
    )
    # A gap is measured from the candidates' mean, so is the truth.
    poids = pl.col("effectif")
    moyenne = ((pl.col("effet") * poids).sum() / poids.sum()).over("session", "type_unite")
    return Simulees(
        pl.DataFrame(base | {"uai": etab, "forme": "GLOBALE"}),
        pl.concat(cadres).with_columns(
            etape=pl.lit("transmise"),
            code=pl.lit(None, pl.String),
            commission=pl.lit(None, pl.String),
        ),
        verite.with_columns(effet=pl.col("effet") - moyenne).sort("session", "type_unite", "unite"),
        plan.ancres,
    )


def _round(note: NDArray[np.float64], pas: float) -> NDArray[np.float64]:
    return np.clip(np.round(note / pas) * pas, 0, 20)


def open_warehouse(
    simulees: Simulees,
    alerte: float = 0.5,
    *,
    relations: tuple[str, ...] = HARMONISATION,
    chemin: Path | None = None,
    decisions: pl.DataFrame | None = None,
    rejets: pl.DataFrame | None = None,
    ancres_par: str = "",
) -> duckdb.DuckDBPyConnection:
    """Load simulated marks as the staging layer and build the real relations on them."""
    con = duckdb.connect(str(chemin) if chemin else ":memory:")
    create_tables(con)
    con.execute(_STAGING)
    _insert(con, "staging.candidat", simulees.candidats)
    lues = simulees.notes.select(pl.col(_COLONNES_NOTE))
    # A row of marks is known by its file and line.
    lignes = pl.int_range(1, pl.len() + 1)
    _insert(con, "staging.note", lues.with_columns(fichier=pl.lit("notes.csv"), ligne=lignes))
    if decisions is not None:
        _insert(con, "staging.decision_harmonisation", decisions)
    if rejets is not None:
        _insert(con, "staging.rejet_note", rejets)
    for annee in simulees.candidats["session"].unique().sort():
        insert_rules(con, annee)
    formes = simulees.notes.select("specialite", "epreuve").unique().sort("specialite", "epreuve")
    for rang, (specialite, epreuve) in enumerate(formes.rows(), start=1):
        est_oral = epreuve in ORAUX
        con.execute(
            "insert into reference.epreuve (specialite, epreuve, epreuve_groupe, titre, coefficient,"
            " domaine, forme, est_facultative, est_ancre, est_ccf, rang, est_langue)"
            " values (?, ?, ?, ?, 3, ?, ?, false, ?, ?, ?, false)",
            [
                specialite,
                epreuve,
                epreuve,
                epreuve,
                "professionnel" if est_oral else "general",
                "oral" if est_oral else "ecrit",
                epreuve in simulees.ancres,
                epreuve == "E4",
                rang,
            ],
        )
    con.execute(
        "insert into reference.type_unite values ('etablissement'), ('centre'), ('commission')"
    )
    con.execute(
        f"insert into reference.parametre values ({alerte}, 5, 0.5, 0.05, 'epreuve', false, true)"
    )
    if ancres_par:
        con.execute("insert into reference.ancrage values (?)", [ancres_par])
    couches.build_relations(con, relations)
    return con


def _insert(con: duckdb.DuckDBPyConnection, relation: str, lignes: pl.DataFrame) -> None:
    con.register("a_inserer", lignes)
    con.execute(f"insert into {relation} by name select * from a_inserer")
    con.unregister("a_inserer")


def read_frames(simulees: Simulees, alerte: float = 0.5, *, ancres_par: str = "") -> Trames:
    """Return the frames the statistics start from."""
    con = open_warehouse(simulees, alerte, ancres_par=ancres_par)
    try:
        return Trames.read(lambda relation: con.sql(f"select * from {relation}").pl())
    finally:
        con.close()
