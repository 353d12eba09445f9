"""What all pages of a pack share: session, date of the data, counts of rejects, chart engine."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import cache
from importlib.metadata import version
from pathlib import Path

import perequation
from perequation import manifeste
from perequation.configuration import Dossier
from perequation.edition import enfant, graphique
from perequation.edition.page import Contexte, Fait
from perequation.edition.plan import Niveau, Rapport
from perequation.edition.sujets import open_elsewhere
from perequation.entrepot import open_read_only
from perequation.presentation.formats import format_count
from perequation.ressources import ressource


@dataclass(frozen=True)
class Fond:
    """The background of a pack. `donnees` is the fingerprint of what the results come from."""

    session: str
    academie: str
    niveau: Niveau
    date: str
    origine_date: str
    faits: tuple[Fait, ...]
    donnees: str
    vega: Path

    def context_of(self, rapport: Rapport) -> Contexte:
        """Return what surrounds the body of a report."""
        # A fiche leaves the pack: it has no link to what stays there, and is headed by its subject.
        faits = tuple(replace(fait, lien="") for fait in self.faits)
        marques = {
            "rapport": rapport.nom,
            "niveau": rapport.niveau,
            "empreinte": fingerprint(rapport, self),
        }
        return Contexte(
            self.session, rapport.titre, rapport.niveau, self.date, self.origine_date,
            faits if rapport.est_fiche else self.faits, _mention(rapport.niveau), marques,
            self.vega, est_seule=rapport.est_fiche,
        )  # fmt: skip

    def plain_context(self, titre: str) -> Contexte:
        """Return what surrounds a page that is not a report."""
        return Contexte(self.session, titre, self.niveau, self.date, self.origine_date, self.faits)


def make_background(
    dossier: Dossier, niveau: Niveau, jour: date | None, entrepot: Path | None = None
) -> Fond:
    """Gather what the pages of a pack share; `entrepot` is another warehouse than the published.

    Raises
    ------
    MissingInputError
        The session has no results yet.
    """
    session = dossier.configuration.session
    entrepot = entrepot or dossier.entrepot
    faits = tuple(_facts(entrepot, niveau))
    quand, origine = page_date(dossier, jour)
    return Fond(
        session=session.titre,
        academie=session.academie_pilote,
        niveau=niveau,
        date=quand,
        origine_date=origine,
        faits=faits,
        donnees=_data_fingerprint(entrepot),
        vega=chart_engine(dossier.sortie),
    )


def page_date(dossier: Dossier, jour: date | None = None) -> tuple[str, str]:
    """Return the date pages carry, in ISO, and what it is the date of.

    The production date given, or ``SOURCE_DATE_EPOCH``; else the day the newest input file was
    written. Never today's of itself: the same inputs give the same pages.
    """
    if jour is not None:
        return jour.isoformat(), "édité le"
    if epoch := os.environ.get("SOURCE_DATE_EPOCH"):
        return datetime.fromtimestamp(int(epoch), UTC).date().isoformat(), "édité le"
    dates = [path.stat().st_mtime for path in dossier.inputs()]
    if not dates:
        return "", ""
    return datetime.fromtimestamp(max(dates), UTC).astimezone().date().isoformat(), "données du"


def _facts(entrepot: Path, niveau: Niveau) -> Iterator[Fait]:
    """Yield what every report says of its data (rows read, rejected, warnings)."""
    lien = "10_qualite.html" if niveau == "interne" else ""
    lues, rejets, avertissements = _counts(entrepot)
    yield Fait(format_count(lues, "donnée lue", "données lues"))
    yield Fait(format_count(rejets, "rejet") if rejets else "aucun rejet", lien, rejets > 0)
    yield Fait(
        format_count(avertissements, "avertissement") if avertissements else "aucun avertissement",
        lien,
        avertissements > 0,
    )


def _counts(entrepot: Path) -> tuple[int, int, int]:
    import duckdb

    try:
        with open_read_only(entrepot) as con:
            return con.execute(
                "select coalesce(sum(lignes_lues), 0)::bigint, "
                "coalesce(sum(lignes_rejetees), 0)::bigint, "
                "(select count(*) from marts.anomalie where gravite <> 'info') "
                "from marts.bilan_import"
            ).fetchall()[0]
    except duckdb.IOException as error:
        raise open_elsewhere(entrepot) from error


def _mention(niveau: Niveau) -> str:
    if niveau == "interne":
        return (
            "Document nominatif ou préparatoire : "
            "ne pas diffuser hors du jury et de la division des examens."
        )
    if niveau == "etablissement":
        return "Document destiné au seul établissement nommé."
    return "Document agrégé : les petits effectifs sont masqués."


def fingerprint(rapport: Rapport, fond: Fond) -> str:
    """Return what a page depends on, as a hash: same fingerprint, same page."""
    elements = [
        rapport.nom,
        rapport.titre,
        rapport.niveau,
        hashlib.sha256(rapport.notebook.read_bytes()).hexdigest(),
        # The folder may be moved: what is in it counts, not where it is.
        json.dumps(dict(rapport.parametres) | {"dossier": ""}, sort_keys=True, default=str),
        fond.session,
        f"{fond.origine_date} {fond.date}",
        fond.donnees,
        perequation.__version__,
        _templates_fingerprint(),
    ]
    return hashlib.sha256("\n".join(elements).encode()).hexdigest()


def _data_fingerprint(entrepot: Path) -> str:
    """Return the hash of what the results were made from, or of the results where that is lost."""
    contenu = manifeste.read_manifeste(entrepot)
    if contenu is None:
        return manifeste.sha256_of(entrepot)
    return hashlib.sha256(json.dumps(contenu, sort_keys=True).encode()).hexdigest()


@cache
def _templates_fingerprint() -> str:
    """Return the hash of the templates and of our own code that makes pages."""
    dossiers = (ressource("gabarits"), Path(perequation.__file__).parent)
    empreinte = hashlib.sha256()
    for dossier in dossiers:
        for path in sorted(p for p in dossier.rglob("*") if p.suffix not in {".pyc", ""}):
            if path.is_file() and "_ressources" not in path.parts:
                empreinte.update(path.read_bytes())
    return empreinte.hexdigest()


def chart_engine(sortie: Path) -> Path:
    """Return the packed chart engine, made once per session folder and version of vl-convert."""
    path = sortie / ".cache" / f"vega-{version('vl-convert-python')}.txt"
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        enfant.call(graphique.pack_engine, (str(path),), timeout=120)
    return path
