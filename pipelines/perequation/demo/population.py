"""The roster: who is enrolled where, in which statut, with which language and which ability."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from perequation.demo.faits import Faits
from perequation.demo.noms import draw_identites

Entiers = npt.NDArray[np.int64]
Reels = npt.NDArray[np.float64]
Booleens = npt.NDArray[np.bool_]

ECART_TYPE_ETABLISSEMENT = 0.9
ECART_TYPE_CANDIDAT = 2.1
# Candidates who prepare alone come with less: ability is confounded with the establishment.
DECALAGE_STATUT = {"EAD": -0.7, "INDIVIDUEL": -0.8, "FORMATION CONTINUE": 0.3}


@dataclass(frozen=True)
class Population:
    """Candidates in the order of their number; arrays have one value per candidate.

    ``roster`` has the columns of a candidats file, ``etablissement`` and ``groupe`` are ranks in
    the facts, ``a_ccf`` tells who is assessed in CCF, ``aptitude`` is in points of mark.
    """

    roster: pl.DataFrame
    etablissement: Entiers
    groupe: Entiers
    langue: Entiers
    langues: tuple[str, ...]
    a_ccf: Booleens
    aptitude: Reels

    def __len__(self) -> int:
        """Return the number of candidates."""
        return self.roster.height

    def has_statut(self, *statuts: str) -> Booleens:
        """Return who has one of these statuts."""
        return self.roster["statut"].is_in(list(statuts)).to_numpy()

    def from_origine(self, faits: Faits, origine: str) -> Booleens:
        """Return who comes from an origin, under any of its spellings in the circular."""
        rangs = [
            rang
            for rang, groupe in enumerate(faits.groupes)
            if origine in (groupe.origine, faits.etablissements[groupe.etablissement].nom)
        ]
        return np.isin(self.groupe, rangs)


@dataclass(frozen=True)
class Tirage:
    """What every step draws from: its own source of randomness, the session, its candidates."""

    rng: np.random.Generator
    faits: Faits
    population: Population

    @property
    def nombre(self) -> int:
        """Number of candidates."""
        return len(self.population)


def build_population(rng: np.random.Generator, faits: Faits) -> Population:
    """Draw the candidates of a session.

    Parameters
    ----------
    rng
        Source of randomness.
    faits
        Groups and their sizes.
    """
    effectifs = np.array([groupe.effectif for groupe in faits.groupes])
    groupe = np.repeat(np.arange(len(faits.groupes)), effectifs)
    count = len(groupe)
    identites = draw_identites(rng, count, faits.session).with_columns(groupe=groupe)
    identites = identites.sort("nom", "prenom", "date_naissance", "groupe", maintain_order=True)
    groupe = identites["groupe"].to_numpy()
    etablissement = np.array([g.etablissement for g in faits.groupes])[groupe]
    forme = _draw_forme(rng, faits, groupe)
    roster = _build_roster(rng, faits, identites, etablissement, forme)
    types = [e.ccf == "O" for e in faits.etablissements]
    return Population(
        roster=roster,
        etablissement=etablissement,
        groupe=groupe,
        langue=rng.choice(len(faits.langues), size=count, p=list(faits.langues.values())),
        langues=tuple(faits.langues),
        a_ccf=np.array(types)[etablissement],
        aptitude=_draw_aptitude(rng, faits, groupe, etablissement),
    )


def _draw_forme(rng: np.random.Generator, faits: Faits, groupe: Entiers) -> Booleens:
    """Return who chose the progressive form: never a scolaire nor an apprenti."""
    libres = np.array([g.statut not in ("SCOLAIRE", "APPRENTI") for g in faits.groupes])[groupe]
    forces = np.isin(
        np.array([g.origine for g in faits.groupes])[groupe], [h[0] for h in faits.hors_epreuve]
    )
    return libres & ((rng.random(len(groupe)) < 0.3) | forces)


def _draw_aptitude(
    rng: np.random.Generator, faits: Faits, groupe: Entiers, etablissement: Entiers
) -> Reels:
    statut = np.array([DECALAGE_STATUT.get(g.statut, 0.0) for g in faits.groupes])
    commune = rng.normal(0, ECART_TYPE_ETABLISSEMENT, len(faits.etablissements))
    propre = rng.normal(0, ECART_TYPE_CANDIDAT, len(groupe))
    return commune[etablissement] + statut[groupe] + propre


def _build_roster(
    rng: np.random.Generator,
    faits: Faits,
    identites: pl.DataFrame,
    etablissement: Entiers,
    est_progressive: Booleens,
) -> pl.DataFrame:
    count = identites.height
    groupe = identites["groupe"].to_numpy()

    def per_etablissement(valeurs: list[str]) -> pl.Series:
        return pl.Series(valeurs, dtype=pl.String).gather(etablissement)

    def per_groupe(valeurs: list[str]) -> pl.Series:
        return pl.Series(valeurs, dtype=pl.String).gather(groupe)

    return identites.select(
        numero_candidat=_number(rng, count, faits.session),
        ine=_draw_ine(rng, count),
        nom="nom",
        prenom="prenom",
        date_naissance="date_naissance",
        sexe="sexe",
        specialite=pl.lit(faits.specialite),
        session=pl.lit(str(faits.session)),
        academie=per_etablissement([e.academie for e in faits.etablissements]),
        uai=per_etablissement([e.uai for e in faits.etablissements]),
        etablissement=per_etablissement([e.libelle for e in faits.etablissements]),
        statut=per_groupe([g.statut for g in faits.groupes]),
        forme=pl.Series(["GLOBALE", "PROGRESSIVE"]).gather(est_progressive.astype(np.int64)),
        centre_ecrit=per_groupe([g.centre_ecrit for g in faits.groupes]),
    )


def _number(rng: np.random.Generator, count: int, session: int) -> pl.Series:
    """Return increasing numbers of eleven digits, the first a zero."""
    premiers = session % 100 * 10**8 + 96 * 10**6
    return _to_text(premiers + np.cumsum(rng.integers(1, 6, size=count)), 11)


def _draw_ine(rng: np.random.Generator, count: int) -> pl.Series:
    """Return distinct identifiers of a valid form; the digits 096 lead, as in the UAIs."""
    suite = rng.permutation(max(10 * count, 10**6))[:count]
    lettres = pl.Series(list("ABCDEFGHJK"))
    end = lettres.gather(rng.integers(10, size=count))
    ancien = _to_text(960000000 // 10 + suite, 10) + end
    recent = _to_text(96000000 + suite, 9) + lettres.gather(rng.integers(10, size=count)) + end
    choix = pl.DataFrame({"a": ancien, "r": recent, "q": rng.random(count) < 0.2})
    return choix.select(pl.when("q").then("a").otherwise("r")).to_series()


def _to_text(nombres: npt.NDArray[Any], width: int) -> pl.Series:
    return pl.Series(nombres).cast(pl.String).str.zfill(width)
