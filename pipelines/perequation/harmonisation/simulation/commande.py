"""`perequation simuler`: what a correction would change, told in the terminal, never applied."""

from collections.abc import Collection, Iterator
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from pathlib import Path

import polars as pl

from perequation.harmonisation.ecarts.trames import CLE
from perequation.harmonisation.simulation import (
    Consequences,
    Correction,
    Etude,
    choose_study,
    study_corrections,
    texte,
)
from perequation.harmonisation.simulation.etude import read_other_codes
from perequation.harmonisation.simulation.notes import Methode
from perequation.ingestion.hors_dossier import read_small_table
from perequation.socle import entrepot
from perequation.socle.dossier import Dossier
from perequation.socle.erreurs import ConfigurationError
from perequation.socle.schema import Colonne, Table

#: A table of free shifts; a file of harmonisation decisions is one too.
DECALAGES = Table(
    "decalages",
    ("epreuve", "unite"),
    (
        Colonne("epreuve", "code", "code de l'épreuve"),
        Colonne("unite", "texte", "centre, commission ou UAI"),
        Colonne("decalage", "points", "points ajoutés à chaque note"),
        Colonne("type_unite", "code", "type d'unité", False),
    ),
)


def make_correction(
    methode: Methode | None,
    *,
    kappa: float | None = None,
    signales_seulement: bool = False,
    decalages: Path | None = None,
    pas: float | None = None,
) -> Correction:
    """Check that options go together and make the correction they ask for.

    Parameters
    ----------
    methode
        See `harmonisation.simulate_marks`; by default ``libre`` with a table of shifts, else
        ``decalage``.
    kappa, signales_seulement, pas
        See `consequences.Correction`.
    decalages
        File of shifts by unit.

    Raises
    ------
    ConfigurationError
        Options that contradict each other, or a table with faults.
    """
    methode = methode or ("libre" if decalages else "decalage")
    if methode == "libre" and decalages is None:
        raise ConfigurationError("La méthode libre demande une table : --decalages FICHIER.csv")
    if methode != "libre" and decalages is not None:
        raise ConfigurationError("--decalages ne va qu'avec --methode libre.")
    if methode != "decalage" and kappa is not None:
        raise ConfigurationError("--kappa ne va qu'avec --methode decalage.")
    if methode == "libre" and signales_seulement:
        raise ConfigurationError("--signales ne va pas avec --methode libre : la table choisit.")
    if pas is not None and (pas <= 0 or Decimal(20) % Decimal(str(pas))):
        raise ConfigurationError("--pas : le pas doit diviser 20 (0,5 ; 0,25 ; 1…).")
    return Correction(
        methode,
        1.0 if kappa is None else kappa,
        signales_seulement,
        read_shifts(decalages) if decalages else None,
        pas,
    )


def read_shifts(chemin: Path) -> pl.DataFrame:
    """Read a table of shifts: epreuve, unite, decalage, and type_unite when the file has it.

    Lines without a shift (a MAINTIEN of the decisions file) are left out.

    Raises
    ------
    ConfigurationError
        Every faulty line is told.
    """
    fautes: list[str] = []
    lignes: dict[tuple[str, str, str], Decimal] = {}
    for numero, ligne in read_small_table(chemin, DECALAGES):
        key = (ligne["epreuve"].upper(), ligne["unite"], ligne.get("type_unite", "").lower())
        faute = _fault(ligne, repetee=key in lignes)
        if faute:
            fautes.append(f"{chemin.name}, ligne {numero} : {faute}")
        elif ligne["decalage"]:
            lignes[key] = _points(ligne["decalage"])
    if fautes:
        raise ConfigurationError(f"{chemin.name} : {len(fautes)} ligne(s) à corriger.", fautes)
    if not lignes:
        raise ConfigurationError(f"{chemin.name} n'a aucun décalage.")
    keys = list(lignes)
    table = pl.DataFrame(
        {
            "epreuve": [c[0] for c in keys],
            "unite": [c[1] for c in keys],
            "type_unite": [_fold(c[2]) for c in keys],
            "decalage": list(lignes.values()),
        }
    )
    return table if all(c[2] for c in keys) else table.drop("type_unite")


def _fault(ligne: dict[str, str], *, repetee: bool) -> str:
    if not ligne["epreuve"] or not ligne["unite"]:
        return "épreuve ou unité vide"
    if repetee:
        return f"l'unité « {ligne['unite']} » est déjà donnée en {ligne['epreuve']}"
    try:
        dans_l_echelle = not ligne["decalage"] or abs(_points(ligne["decalage"])) <= 20
    except InvalidOperation:
        dans_l_echelle = False
    if not dans_l_echelle:
        return f"« {ligne['decalage']} » n'est pas un nombre de points entre -20 et 20"
    return ""


def _points(valeur: str) -> Decimal:
    return Decimal(valeur.replace(",", ".").replace("\u2212", "-"))


def _fold(type_unite: str) -> str:
    return type_unite.replace("é", "e")


def simulate(  # noqa: PLR0913 (options of one command, each with its default)
    dossier: Dossier,
    correction: Correction,
    *,
    specialites: Collection[str] = (),
    epreuves: Collection[str] = (),
    type_unite: str | None = None,
    etape: str | None = None,
) -> Iterator[str]:
    """Yield the lines that tell what a correction would change.

    Parameters
    ----------
    dossier
        A session folder whose results are published; nothing is written in it.
    correction
        What is simulated.
    specialites, epreuves, type_unite, etape
        See `consequences.choose_study`.

    Raises
    ------
    ConfigurationError
        Nothing to simulate on, or a shift for a unit that has no marks here.
    """
    etude = choose_study(
        dossier.entrepot,
        specialites=specialites,
        epreuves=epreuves,
        type_unite=type_unite,
        etape=etape,
    )
    if correction.decalages is not None:
        with entrepot.open_read_only(dossier.entrepot) as con:
            others = read_other_codes(con)
        decalages = correction.decalages.with_columns(pl.col("epreuve").replace(others))
        correction = replace(correction, decalages=decalages)
        etude = _keep_shifted(etude, decalages)
    resultat = study_corrections(dossier.entrepot, etude, {"simulee": correction})
    with entrepot.open_read_only(dossier.entrepot) as con:
        titres = entrepot.read_relation(con, "reference.epreuve")
        candidats = entrepot.read_relation(con, "staging.candidat")
    noms = candidats.select("uai", "etablissement").drop_nulls().unique("uai", keep="first")
    yield from texte.describe_correction(
        correction.methode,
        correction.kappa,
        correction.pas,
        signales_seulement=correction.signales_seulement,
    )
    yield from _tell(
        resultat,
        {(s, e): t for s, e, t in titres.select("specialite", "epreuve", "titre").iter_rows()},
        dict(noms.iter_rows()),
    )


def _keep_shifted(etude: Etude, decalages: pl.DataFrame) -> Etude:
    """Keep the épreuves of the table; a unit without marks is a fault, never silently left out."""
    key = [nom for nom in ("epreuve", "type_unite", "unite") if nom in decalages.columns]
    inconnues = decalages.join(etude.notes, on=key, how="anti")
    if not inconnues.is_empty():
        raise ConfigurationError(
            "Décalages pour des unités qui n'ont pas de notes dans ce choix.",
            [f"{row['epreuve']} : {row['unite']}" for row in inconnues.iter_rows(named=True)],
        )
    wanted = etude.notes.join(decalages, on=key, how="semi").select(CLE).unique()
    return Etude(
        etude.notes.join(wanted, on=CLE, how="semi"), etude.ecarts.join(wanted, on=CLE, how="semi")
    )


def _tell(
    resultat: Consequences, titres: dict[tuple[str, str], str], noms: dict[str, str]
) -> Iterator[str]:
    for row in resultat.epreuves.iter_rows(named=True):
        yield from texte.describe_epreuve(row, titres[row["specialite"], row["epreuve"]])
        siennes = resultat.unites.filter(*(pl.col(nom) == row[nom] for nom in CLE))
        yield from texte.describe_units(siennes, noms)
    for row in resultat.total.iter_rows(named=True):
        yield from texte.describe_total(row)
    yield ""
    yield texte.INTERDIT
