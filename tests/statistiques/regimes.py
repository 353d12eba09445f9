"""Sessions where the model is not exactly true, summed straight from arrays: no SQL, seconds.

`sum_marks` gives what ``sql/intermediate/harmonisation_*.sql`` gives; a test compares them.
"""

from dataclasses import dataclass, fields

import numpy as np
import polars as pl
from numpy.typing import NDArray

from perequation.harmonisation import Trames, compute_ecarts
from perequation.harmonisation.ecarts.trames import CLE

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Regime:
    """How sessions are simulated; marks in points out of 20, spreads as standard deviations."""

    candidats: int = 1334
    unites: int = 35
    #: Every unit of the same size, instead of lognormal sizes.
    tailles_egales: bool = False
    niveau_entre: float = 1.2
    niveau_dans: float = 2.0
    bruit_ecrit: float = 2.8
    bruit_oral: float = 2.9
    charge: float = 0.8
    ecart: float = 0.7
    ancres: int = 4
    part_manquante: float = 0.03
    #: Gap of the first unit, in place of its own.
    extreme: float | None = None
    #: Log standard deviation of the units' residual spreads.
    dispersion: float = 0.0
    #: A corrector for each anchor and unit.
    correcteur: float = 0.0
    #: Mark gained per squared point of ability.
    courbure: float = 0.0
    #: Points the anchors of a quarter of the units are marked higher, in another académie.
    academie: float = 0.0
    #: Unit effects on all anchors, and on the assessed mark without being a gap.
    enseignement: float = 0.0
    oral: float = 0.0
    #: Commissions per unit, and the spread of their habits.
    commissions: int = 1
    habitude: float = 0.0
    commission_connue: bool = False
    #: Loadings of the anchors on ability.
    charges_ancres: tuple[float, ...] = (1.0, 1.0, 1.0, 1.0, 1.0, 1.0)


@dataclass(frozen=True)
class Marques:
    """Marks of simulated sessions, one row per candidate, and the gaps realised in each unit."""

    notes: pl.DataFrame
    verite: pl.DataFrame
    ancres: tuple[str, ...]


def simulate(regime: Regime, graine: int, nombre: int) -> Marques:
    """Simulate `nombre` sessions numbered from 1, one assessed épreuve each."""
    r, rng = regime, np.random.default_rng(graine)
    taille = (nombre, r.candidats)
    unite = _draw_units(r, rng, nombre)

    def per_unit(ecart_type: float) -> Array:
        return np.take_along_axis(rng.normal(0, ecart_type, (nombre, r.unites)), unite, 1)

    aptitude = per_unit(r.niveau_entre) + rng.normal(0, r.niveau_dans, taille)
    effets = rng.normal(0, r.ecart, (nombre, r.unites))
    if r.extreme is not None:
        effets[:, 0] = r.extreme
    effet = np.take_along_axis(effets, unite, 1)
    commission = rng.integers(0, r.commissions, taille)
    habitudes = rng.normal(0, r.habitude, (nombre, r.unites * r.commissions))
    effet = effet + np.take_along_axis(habitudes, unite * r.commissions + commission, 1)
    spread = np.exp(np.take_along_axis(rng.normal(0, r.dispersion, (nombre, r.unites)), unite, 1))
    note = 11.5 + r.charge * aptitude + r.courbure * (aptitude**2 - 4) + effet + per_unit(r.oral)
    note = note + spread * rng.normal(0, r.bruit_oral, taille)
    est_ailleurs = unite % 4 == 0
    commun = per_unit(r.enseignement) + r.academie * est_ailleurs
    colonnes: dict[str, Array] = {}
    for k in range(r.ancres):
        z = 10 + r.charges_ancres[k] * aptitude + commun + per_unit(r.correcteur)
        z = _round(z + rng.normal(0, r.bruit_ecrit, taille))
        colonnes[f"E{k}"] = np.where(rng.random(taille) < r.part_manquante, np.nan, z)
    notes = pl.DataFrame(
        {
            "session": np.repeat(np.arange(1, nombre + 1), r.candidats),
            "unite": np.char.add("U", unite.ravel().astype(str)),
            "commission": np.char.add("J", commission.ravel().astype(str)),
            "academie": np.where(est_ailleurs, "B", "A").ravel(),
            "y": _round(note).ravel(),
            "effet": effet.ravel(),
            **{nom: valeurs.ravel() for nom, valeurs in colonnes.items()},
        }
    ).with_columns(pl.col(list(colonnes)).fill_nan(None))
    if not r.commission_connue:
        notes = notes.with_columns(commission=pl.lit(None, pl.String))
    centre = pl.col("effet") - pl.col("effet").mean().over("session")
    verite = (
        notes.with_columns(effet=centre)
        .group_by("session", "unite")
        .agg(pl.col("effet").mean())
        .sort("session", "unite")
    )
    return Marques(notes.drop("effet"), verite, tuple(colonnes))


def _draw_units(r: Regime, rng: np.random.Generator, nombre: int) -> NDArray[np.int64]:
    if r.tailles_egales:
        return np.tile(np.arange(r.candidats) % r.unites, (nombre, 1))
    tailles = rng.lognormal(0.0, 0.6, (nombre, r.unites))
    seuils = np.cumsum(tailles / tailles.sum(axis=1, keepdims=True), axis=1)
    tirage = rng.random((nombre, r.candidats))
    return (tirage[:, :, None] > seuils[:, None, :]).sum(axis=2).clip(max=r.unites - 1)


def _round(note: Array) -> Array:
    return np.clip(np.round(note * 2) / 2, 0, 20)


def sum_marks(marques: Marques, alerte: float = 0.5, *, par_academie: bool = False) -> Trames:
    """Return the sums the statistics start from, as the SQL makes them."""
    cle = {"specialite": "X", "epreuve": "E9", "etape": "transmise", "type_unite": "etablissement"}
    groupe = ["session", "academie"] if par_academie else ["session"]
    noms = list(marques.ancres)
    scores = marques.notes.with_columns(pl.col(c) - pl.col(c).mean().over(groupe) for c in noms)
    scores = scores.with_columns(
        a=pl.mean_horizontal(noms),
        nb_ancres=pl.sum_horizontal(pl.col(c).is_not_null() for c in noms),
        **{nom: pl.lit(valeur) for nom, valeur in cle.items()},
    )
    unite = [*CLE, "unite"]
    # Anchors marked académie by académie link no unit to those of another.
    commission = pl.col("academie") if par_academie else pl.lit(None, pl.String)
    frames = {
        "unites": _sum_units(scores, [*unite, "commission"]),
        "unites_ancres": pl.concat(_sum_anchor(scores, unite, c) for c in noms),
        "paires": pl.concat(
            _sum_pair(scores, unite, a, b) for k, a in enumerate(noms) for b in noms[k + 1 :]
        ),
        "liens": pl.concat(
            scores.filter(pl.col(c).is_not_null())
            .group_by([*unite, commission.alias("commission_ancre")])
            .agg(n=pl.len(), ancre=pl.lit(c))
            for c in noms
        ),
        "academies": scores.filter(pl.col("nb_ancres") > 0)
        .group_by([*unite, "academie"])
        .agg(n=pl.len()),
    }
    connus = {champ.name for champ in fields(Trames)}
    return Trames(
        **{nom: frame for nom, frame in frames.items() if nom in connus},
        ancres_declarees=pl.DataFrame({"specialite": ["X"] * len(noms), "epreuve": noms}),
        alerte_ecart=alerte,
    )


def _sum_units(scores: pl.DataFrame, par: list[str]) -> pl.DataFrame:
    y, a, est_ancre = pl.col("y"), pl.col("a"), pl.col("nb_ancres") > 0
    return scores.group_by(par).agg(
        n=pl.len(),
        yy=(y**2).sum(),
        nb_vingt=(y == 20).sum(),
        n_ancre=est_ancre.sum(),
        n_deux_ancres=(pl.col("nb_ancres") >= 2).sum(),
        y_ancre=y.filter(est_ancre).sum(),
        yy_ancre=(y**2).filter(est_ancre).sum(),
        a_ancre=a.sum(),
        aa_ancre=(a**2).sum(),
        aaa_ancre=(a**3).sum(),
        aaaa_ancre=(a**4).sum(),
        ya_ancre=(y * a).sum(),
        yaa_ancre=(y * a**2).sum(),
        y=y.sum(),
    )


def _sum_anchor(scores: pl.DataFrame, par: list[str], ancre: str) -> pl.DataFrame:
    y, z, a, k = pl.col("y"), pl.col(ancre), pl.col("a"), pl.col("nb_ancres")
    return (
        scores.filter(z.is_not_null())
        .group_by(par)
        .agg(
            ancre=pl.lit(ancre),
            n=pl.len(),
            z=z.sum(),
            yz=(y * z).sum(),
            a=a.sum(),
            n_seule=(k == 1).sum(),
            y_seule=y.filter(k == 1).sum(),
            a_sans=((k * a - z) / (k - 1)).filter(k > 1).sum(),
            y=y.sum(),
        )
    )


def _sum_pair(scores: pl.DataFrame, par: list[str], a: str, b: str) -> pl.DataFrame:
    return (
        scores.filter(pl.col(a).is_not_null() & pl.col(b).is_not_null())
        .group_by(par)
        .agg(
            ancre=pl.lit(a),
            ancre_b=pl.lit(b),
            n=pl.len(),
            z=pl.col(a).sum(),
            z_b=pl.col(b).sum(),
            zz=(pl.col(a) * pl.col(b)).sum(),
            z2=(pl.col(a) ** 2).sum(),
            z2_b=(pl.col(b) ** 2).sum(),
        )
    )


#: Regimes the marks, or the roster, let one tell.
IDENTIFIABLES = {
    "référence, τ 0,7": Regime(),
    "centres, τ 0,5, J 12": Regime(unites=12, ecart=0.5),
    "une unité à −6, τ 0,3, J 35": Regime(ecart=0.3, extreme=-6),
    "une unité à −6, τ 0,3, J 12": Regime(unites=12, ecart=0.3, extreme=-6),
    "dispersions inégales": Regime(dispersion=0.5),
    "un correcteur par ancre et unité": Regime(correcteur=0.8),
    "relation convexe, aucun écart": Regime(courbure=0.08, ecart=0),
    "relation convexe, τ 0,7": Regime(courbure=0.08),
    "ancres +2, autre académie, aucun écart": Regime(academie=2, ecart=0),
    "deux commissions, inconnues": Regime(commissions=2, habitude=1),
    "deux commissions, connues": Regime(commissions=2, habitude=1, commission_connue=True),
    "charges inégales": Regime(charges_ancres=(1.5, 0.5, 1.2, 0.8)),
    "deux ancres, charges inégales": Regime(ancres=2, charges_ancres=(1.4, 0.6)),
    "deux ancres, charges 1,5 et 0,5": Regime(ancres=2, charges_ancres=(1.5, 0.5)),
    "charges très inégales": Regime(charges_ancres=(1.7, 0.3, 1.7, 0.3)),
    "niveaux très triés": Regime(niveau_entre=2.0, niveau_dans=1.5),
    "petite session, τ 0,7": Regime(candidats=150, unites=10),
    "7 unités de 100, une à +3": Regime(700, 7, tailles_egales=True, ecart=0.0, extreme=3.0),
    "une unité à +3, 9 petites": Regime(154, 9, tailles_egales=True, ecart=0.0, extreme=3.0),
    "aucun écart, J 35": Regime(ecart=0),
    "aucun écart, J 12": Regime(unites=12, ecart=0),
    "aucun écart, J 8, 300 candidats": Regime(candidats=300, unites=8, ecart=0),
    "λ négatif, τ 0,7": Regime(charge=-0.8),
    "ancres contradictoires": Regime(charges_ancres=(1.0, 1.0, 1.0, -1.0)),
}
#: Regimes nothing in the marks lets one tell: the page must name them.
INDISCERNABLES = {
    "enseignement sur toutes les ancres, aucun écart": Regime(enseignement=0.8, ecart=0),
    "aisance à l'oral par unité, aucun écart": Regime(oral=1.0, ecart=0),
}


def run_regime(
    regime: Regime, graine: int, nombre: int = 40, *, par_academie: bool = False
) -> pl.DataFrame:
    """Return the gaps of simulated sessions beside the truth, one row per unit."""
    marques = simulate(regime, graine, nombre)
    ecarts = compute_ecarts(sum_marks(marques, par_academie=par_academie))
    return ecarts.join(marques.verite, on=["session", "unite"])


def measure(etude: pl.DataFrame, alerte: float = 0.5) -> dict[str, float]:
    """Return what the method got wrong, and what it announced.

    A signal is false when the true gap is not material, or of the other sign. ``seuil`` is the
    number of false signals two standard deviations above the announced one.
    """
    juges = etude.filter(pl.col("ecart_retenu").is_not_null())
    effet, signale = pl.col("effet"), pl.col("signal") == "signale"
    juste = (effet.abs() > alerte) & (effet * pl.col("ecart_retenu") > 0)
    p = pl.col("probabilite_materielle")
    mesures = juges.select(
        rmse=((pl.col("ecart_retenu") - effet) ** 2).mean().sqrt(),
        couverture=((pl.col("ic_bas") <= effet) & (effet <= pl.col("ic_haut"))).mean(),
        signales=signale.sum(),
        faux=(signale & ~juste).sum(),
        annonces=(1 - p).filter(signale).sum(),
        variance=(p * (1 - p)).filter(signale).sum(),
        puissance=(signale & juste).filter(effet.abs() > alerte).mean(),
    ).row(0, named=True)
    return mesures | {"seuil": mesures["annonces"] + 2 * mesures["variance"] ** 0.5}
