"""From sheets to the rows of the input files."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from perequation.demo.affectation import TAILLE_COMMISSION, Lieux
from perequation.demo.faits import Etablissement, Faits
from perequation.demo.harmonisation import DecisionReunion
from perequation.demo.jury import Controle, DecisionJury
from perequation.demo.parcours import CCF, DI, MODES, FeuilleNotes, group_units
from perequation.demo.population import Booleens, Entiers, Population

AUTEUR = "Réunion d'harmonisation des CCF"
COLONNES_DECISION = (
    "epreuve",
    "unite",
    "type_unite",
    "decision",
    "decalage",
    "motif",
    "auteur",
    "date",
)


def build_notes(
    population: Population, feuilles: dict[str, FeuilleNotes], lieux: Lieux
) -> pl.DataFrame:
    """Return every mark of the first group, one row per candidate, épreuve and stage.

    Returns
    -------
    polars.DataFrame
        The columns of a notes file, except that ``demi`` and ``code_rang`` stand for the mark,
        plus ``nature`` (conservees, facultatives, ccf, ecrits, oraux) and ``uai``: which file the
        row goes to. ``etape`` is empty for definitive marks.
    """
    return pl.concat(list(_list_notes(population, feuilles, lieux)))


@dataclass(frozen=True)
class LotFichiers:
    """Rows of one épreuve at one stage, for some candidates."""

    feuille: FeuilleNotes
    lesquels: Booleens
    etape: str
    nature: str
    epreuve: str


def _list_notes(
    population: Population, feuilles: dict[str, FeuilleNotes], lieux: Lieux
) -> Iterator[pl.DataFrame]:
    for lot in _list_lots(feuilles):
        yield _select(population, lieux, lot)


def _list_lots(feuilles: dict[str, FeuilleNotes]) -> Iterator[LotFichiers]:
    for feuille in feuilles.values():
        nature, code = _find_nature(feuille), feuille.epreuve.code
        en_ccf = feuille.convoque & (feuille.mode == CCF)
        definitives = feuille.inscrit & ~en_ccf & ~feuille.entiere
        yield LotFichiers(feuille, definitives, "", nature, code)
        if feuille.epreuve.est_ccf:
            yield LotFichiers(feuille, en_ccf, "transmise", "ccf", code)
            yield LotFichiers(feuille, en_ccf & ~feuille.non_saisie, "harmonisee", "ccf", code)
    for premiere, *_ in group_units(feuilles):
        groupe = premiere.epreuve.groupe
        yield LotFichiers(premiere, premiere.entiere, "", _find_nature(premiere), groupe)


def _find_nature(feuille: FeuilleNotes) -> str:
    if feuille.epreuve.est_facultative:
        return "facultatives"
    return "ecrits" if feuille.epreuve.est_ecrite else "oraux"


def _select(population: Population, lieux: Lieux, lot: LotFichiers) -> pl.DataFrame:
    feuille = lot.feuille
    rangs = np.flatnonzero(lot.lesquels)
    demi = feuille.transmise if lot.etape == "transmise" else feuille.demi
    conservee = (feuille.mode[rangs] > CCF) | (feuille.code[rangs] == DI)
    natures = pl.Series([lot.nature, "conservees"]).gather(conservee.astype(np.int64))
    # A mark kept whole has no place, whatever was foreseen before it was known to be kept.
    a_lieu = ~feuille.entiere[rangs]
    centre = lieux.name(feuille.centre[rangs] * a_lieu)
    est_langue = feuille.epreuve.groupe in ("E2", "EF1")
    langues = pl.Series([*population.langues, ""])
    langue = feuille.langue[rangs] if est_langue else np.full(len(rangs), len(langues) - 1)
    candidats = population.roster[rangs]
    return pl.DataFrame(
        {
            "numero_candidat": candidats["numero_candidat"],
            "specialite": candidats["specialite"],
            "session": candidats["session"],
            "epreuve": [lot.epreuve] * len(rangs),
            "demi": demi[rangs],
            "code_rang": feuille.code[rangs],
            "mode": pl.Series(MODES).gather(feuille.mode[rangs]),
            "centre": centre,
            "commission": _name_commissions(feuille, rangs, a_lieu, centre),
            "etape": [lot.etape] * len(rangs),
            "langue": langues.gather(langue),
            "reserve": pl.Series(["", "O"]).gather(feuille.reserve[rangs].astype(np.int64)),
            "nature": natures,
            "uai": candidats["uai"],
            "academie": candidats["academie"],
        },
        schema_overrides={"epreuve": pl.String, "etape": pl.String},
    )


def _name_commissions(
    feuille: FeuilleNotes, rangs: Entiers, a_lieu: Booleens, centre: pl.Series
) -> pl.Series:
    """Return the commissions: `E41-C03` for an oral, the UAI and a jury number for a CCF."""
    code = feuille.epreuve.a_la_suite_de or feuille.epreuve.code
    table = pl.DataFrame(
        {
            "numero": feuille.commission[rangs] * a_lieu,
            "ccf": feuille.mode[rangs] == CCF,
            "centre": centre,
        }
    )
    numero = pl.col("numero").cast(pl.String)
    return table.select(
        pl.when(numero == "0")
        .then(pl.lit(""))
        .when("ccf")
        .then(pl.format("{}-J{}", "centre", numero))
        .otherwise(pl.format("{}-C{}", pl.lit(code), numero.str.zfill(2)))
        .alias("commission")
    ).to_series()


def build_controles(
    faits: Faits, population: Population, controles: list[Controle]
) -> pl.DataFrame:
    """Return the control marks, same columns as :func:`build_notes`."""
    tables: list[pl.DataFrame] = []
    for controle in controles:
        candidats = population.roster[controle.candidats]
        numero = np.arange(len(controle.candidats)) // TAILLE_COMMISSION + 1
        tables.append(
            candidats.select(
                "numero_candidat",
                "specialite",
                "session",
                epreuve=pl.lit(controle.groupe),
                demi=pl.Series(controle.demi),
                code_rang=pl.Series(controle.code),
                mode=pl.lit("PONCTUEL"),
                centre=pl.lit(faits.lieu_de_controle),
                commission=pl.format(
                    "{}-R{}",
                    pl.lit(controle.groupe),
                    pl.Series(numero).cast(pl.String).str.zfill(2),
                ),
                etape=pl.lit("controle"),
                langue=pl.Series(population.langues).gather(controle.langue)
                if controle.groupe == "E2"
                else pl.lit(""),
                reserve=pl.lit(""),
                nature=pl.lit("controle"),
                uai="uai",
                academie="academie",
            )
        )
    return pl.concat(tables)


def build_etablissements(faits: Faits) -> pl.DataFrame:
    """Return the table of establishments that have a UAI."""
    avec: list[Etablissement] = [e for e in faits.etablissements if e.uai]
    return pl.DataFrame(
        {
            "uai": [e.uai for e in avec],
            "nom": [e.nom for e in avec],
            "academie": [e.academie for e in avec],
            "type": [e.type for e in avec],
            "ccf": [e.ccf for e in avec],
            "alias": ["|".join(e.alias) for e in avec],
        }
    ).sort("uai")


def build_decisions_harmonisation(faits: Faits, decisions: list[DecisionReunion]) -> pl.DataFrame:
    """Return what the meeting decided, one row per épreuve and establishment."""
    lignes = [
        {
            "epreuve": d.epreuve,
            "unite": faits.etablissements[d.etablissement].uai,
            "type_unite": "etablissement",
            "decision": "DECALAGE" if d.decalage2 else "MAINTIEN",
            "decalage": f"{d.decalage2 / 2:g}".replace(".", ",") if d.decalage2 else "",
            "motif": _explain(d),
            "auteur": AUTEUR,
            "date": faits.harmonisation,
        }
        for d in sorted(decisions, key=lambda d: (d.epreuve, d.etablissement))
    ]
    return pl.DataFrame(lignes, schema=dict.fromkeys(COLONNES_DECISION, pl.String))


def _explain(decision: DecisionReunion) -> str:
    if not decision.decalage2:
        return "Écart expliqué par l'équipe, copies et grilles examinées"
    sens = "supérieures" if decision.decalage2 < 0 else "inférieures"
    return f"Notes {sens} à ce que laissent attendre les autres épreuves, grilles examinées"


def build_decisions_jury(population: Population, decisions: list[DecisionJury]) -> pl.DataFrame:
    """Return the decisions of the jury that are not the règlement's."""
    rangs = [d.candidat for d in decisions]
    return (
        population.roster[rangs]
        .select(
            "numero_candidat",
            "specialite",
            "session",
            etape=pl.Series([d.etape for d in decisions], dtype=pl.String),
            decision=pl.Series([d.decision for d in decisions], dtype=pl.String),
            livret_examine=pl.lit("O"),
            motif=pl.Series([d.motif for d in decisions], dtype=pl.String),
        )
        .sort("numero_candidat", "etape")
    )


def build_verite(faits: Faits, verites: pl.DataFrame) -> pl.DataFrame:
    """Return the known effects, also centred on their épreuve, stage and type of unit.

    ``effet_centre`` is what a gap should find: the effect less the mean effect on all the
    candidates marked in the same way.
    """
    groupe = ["epreuve", "etape", "type_unite"]
    moyenne = (pl.col("effet") * pl.col("n")).sum().over(groupe) / pl.col("n").sum().over(groupe)
    return (
        verites.with_columns(effet_centre=(pl.col("effet") - moyenne).round(4))
        .select(
            pl.lit(faits.specialite).alias("specialite"),
            pl.lit(str(faits.session)).alias("session"),
            *groupe,
            "unite",
            "n",
            pl.col("effet").round(4),
            "effet_centre",
        )
        .sort(*groupe, "unite")
    )
