"""Invented people: surnames made of syllables nobody bears, ordinary first names with accents."""

import numpy as np
import polars as pl

_DEBUTS = (
    "Bel",
    "Bour",
    "Cal",
    "Char",
    "Dan",
    "Dour",
    "Fal",
    "Fleu",
    "Gar",
    "Gri",
    "Jol",
    "Lam",
    "Lou",
    "Mar",
    "Mir",
    "Nav",
    "Ost",
    "Pal",
    "Pel",
    "Quin",
    "Rau",
    "Sal",
    "Sor",
    "Tam",
    "Val",
    "Ver",
    "Vir",
    "Zel",
)
_MILIEUX = ("a", "e", "i", "o", "ou", "é", "an", "in", "on", "è")
_FINS = (
    "bruquel",
    "chandoir",
    "deluze",
    "fabelle",
    "gnolet",
    "landrou",
    "mirage",
    "nuvelle",
    "phémère",
    "quignol",
    "ravelle",
    "rêvoir",
    "songel",
    "tamarou",
    "touvier",
    "vagnole",
    "zébrun",
    "çonnel",
    "œuvrard",
    "lunaud",
)
_PRENOMS_F = (
    "Adèle",
    "Aïcha",
    "Alice",
    "Anaïs",
    "Assia",
    "Camille",
    "Chloé",
    "Clara",
    "Élise",
    "Emma",
    "Fatou",
    "Gaëlle",
    "Inès",
    "Jeanne",
    "Kenza",
    "Léa",
    "Lina",
    "Louise",
    "Manon",
    "Maëlys",
    "Nawel",
    "Océane",
    "Pauline",
    "Romane",
    "Sarah",
    "Yasmine",
    "Zoé",
    "Marie-Lou",
)
_PRENOMS_M = (
    "Adam",
    "Amine",
    "Antoine",
    "Baptiste",
    "Clément",
    "Dylan",
    "Enzo",
    "Étienne",
    "François",
    "Gaël",
    "Hugo",
    "Ilyès",
    "Jérémy",
    "Karim",
    "Léo",
    "Loïc",
    "Lucas",
    "Mathis",
    "Mehdi",
    "Nathan",
    "Noël",
    "Paul",
    "Raphaël",
    "Rémi",
    "Samuel",
    "Théo",
    "Yanis",
    "Jean-Loup",
)


def draw_identites(rng: np.random.Generator, nombre: int, session: int) -> pl.DataFrame:
    """Draw people who don't exist.

    Parameters
    ----------
    rng
        Source of randomness.
    nombre
        How many.
    session
        Year of the exam: most are 20 to 23 years old that year.

    Returns
    -------
    polars.DataFrame
        ``nom`` (capitals), ``prenom``, ``sexe``, ``date_naissance`` (Date), in random order.
    """
    est_femme = rng.random(nombre) < 0.53
    prenoms = pl.Series([*_PRENOMS_F, *_PRENOMS_M])
    rang_prenom = np.where(
        est_femme,
        rng.integers(len(_PRENOMS_F), size=nombre),
        len(_PRENOMS_F) + rng.integers(len(_PRENOMS_M), size=nombre),
    )
    ages = rng.choice([20, 21, 22, 23, 26, 34], size=nombre, p=[0.45, 0.28, 0.14, 0.07, 0.04, 0.02])
    jours = rng.integers(365, size=nombre)
    return pl.DataFrame(
        {
            "nom": _draw(rng, _DEBUTS, nombre)
            + _draw(rng, _MILIEUX, nombre)
            + _draw(rng, _FINS, nombre),
            "prenom": prenoms.gather(rang_prenom),
            "sexe": pl.Series(["M", "F"]).gather(est_femme.astype(np.int64)),
            "annee": session - ages,
            "jour": jours,
        }
    ).select(
        pl.col("nom").str.to_uppercase(),
        "prenom",
        "sexe",
        date_naissance=pl.date("annee", 1, 1) + pl.duration(days="jour"),
    )


def _draw(rng: np.random.Generator, parmi: tuple[str, ...], count: int) -> pl.Series:
    return pl.Series(parmi).gather(rng.integers(len(parmi), size=count))
