"""What all pages of a pack share: session, date of the data, counts of rejects, chart engine."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cached_property
from importlib.metadata import version
from pathlib import Path

from perequation.edition import graphique
from perequation.edition.empreinte import (
    data_fingerprint,
    report_fingerprint,
    warehouse_fingerprint,
)
from perequation.edition.moteur import process
from perequation.edition.page import Contexte, Fait
from perequation.edition.plan import QUALITE, RESULTATS, Niveau, Rapport
from perequation.edition.propre import Habillage, read_look
from perequation.socle.dossier import Dossier, list_reserves
from perequation.socle.en_vigueur import Restants, read_remaining
from perequation.socle.entrepot import open_read_only
from perequation.socle.etapes import imported_on
from perequation.socle.fichiers import make_folder
from perequation.socle.formats import begin, format_count, format_date
from perequation.socle.manifeste import read_manifeste


@dataclass(frozen=True)
class Fond:
    """The background of a pack.

    `donnees` and `precedent` are the fingerprints of what the results come from, and of what those
    published before did; `diffuse`, of what was given outside the office, when it differs.
    `restants` is said of the exam office's own packs only.
    """

    session: str
    academie: str
    niveau: Niveau
    date: str
    origine_date: str
    faits: tuple[Fait, ...]
    comptes: tuple[Fait, ...]
    donnees: str
    precedent: str
    diffuse: str
    sortie: Path
    restants: Restants | None = None
    habillage: Habillage = field(default_factory=Habillage)

    @cached_property
    def vega(self) -> Path:
        """The packed chart engine, made when a report first needs it."""
        return chart_engine(self.sortie)

    @property
    def every_fact(self) -> tuple[Fait, ...]:
        """What holds for every document, then the session's own counts."""
        return (*self.faits, *self.comptes)

    def context_of(self, rapport: Rapport) -> Contexte:
        """Return what surrounds the body of a report."""
        # A fiche leaves the pack and is headed by its subject: the session's counts aren't its own.
        faits = self.faits if rapport.est_fiche else self.every_fact
        marques = {
            "rapport": rapport.nom,
            "niveau": rapport.niveau,
            "empreinte": fingerprint(rapport, self),
        }
        return Contexte(
            self.session,
            rapport.titre,
            rapport.niveau,
            self.date,
            self.origine_date,
            faits,
            _mention(rapport.niveau),
            marques,
            self.vega,
            est_seule=rapport.est_fiche,
            habillage=self.habillage,
        )

    def plain_context(self, titre: str) -> Contexte:
        """Return what surrounds a page that is not a report."""
        restants = [Fait(str(self.restants))] if self.restants else []
        faits = (*self.every_fact, *restants)
        return Contexte(
            self.session,
            titre,
            self.niveau,
            self.date,
            self.origine_date,
            faits,
            habillage=self.habillage,
        )


_ECHEANCES = {
    "reunion": "réunion",
    "jury": "jury",
    "resultats": "résultats",
    "controle": "contrôle",
    "second_jury": "second jury",
}


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
    calendrier = _calendar(dossier) if niveau == "interne" else ()
    quand, origine = page_date(dossier, jour, entrepot)
    return Fond(
        session=session.titre,
        academie=session.academie_pilote,
        niveau=niveau,
        date=quand,
        origine_date=origine,
        faits=(*calendrier, *reserves_in_short(dossier)),
        comptes=tuple(_session_counts(entrepot, niveau)),
        donnees=data_fingerprint(dossier, entrepot),
        precedent=warehouse_fingerprint(dossier.precedent),
        diffuse=_other_publication(dossier, entrepot),
        sortie=dossier.sortie,
        restants=read_remaining(entrepot) if niveau == "interne" else None,
        habillage=read_look(dossier),
    )


def _other_publication(dossier: Dossier, entrepot: Path) -> str:
    """Return the hash of what was last given outside, or published before; empty when the same."""
    before = dossier.diffuse if dossier.diffuse.is_file() else dossier.precedent
    avant = warehouse_fingerprint(before)
    return "" if avant == warehouse_fingerprint(entrepot) else avant


def page_date(
    dossier: Dossier, jour: date | None = None, entrepot: Path | None = None
) -> tuple[str, str]:
    """Return the date pages carry, in ISO, and what it is the date of.

    The production date given, or ``SOURCE_DATE_EPOCH``; else the day these very inputs were first
    published here, or imported where they are not published. Never today's of itself, nor that of
    a file, which a copy changes: the same inputs give the same pages.
    """
    if jour is not None:
        return jour.isoformat(), "édité le"
    if epoch := os.environ.get("SOURCE_DATE_EPOCH"):
        return datetime.fromtimestamp(int(epoch), UTC).date().isoformat(), "édité le"
    path = entrepot or dossier.entrepot
    du = (read_manifeste(path) or {}).get("donnees_du") or imported_on(path)
    return (du, "données du") if du else ("", "")


def _calendar(dossier: Dossier) -> Iterator[Fait]:
    """Yield the dates of the session, those `[calendrier]` gives, as one fact."""
    calendrier = dossier.configuration.calendrier
    dates = [
        f"{quoi} le {format_date(jour, long=True)}"
        for nom, quoi in _ECHEANCES.items()
        if (jour := getattr(calendrier, nom)) is not None
    ]
    if dates:
        text = ", ".join(dates)
        yield Fait(begin(text))


def reserves_in_short(dossier: Dossier) -> Iterator[Fait]:
    """Yield what each reserve of the session is about; the pages say it whole."""
    for reserve in list_reserves(dossier):
        yield Fait(re.split(r" [:;] ", reserve)[0].rstrip("."), alerte=True)


def _session_counts(entrepot: Path, niveau: Niveau) -> Iterator[Fait]:
    """Yield what a report of the session says of its data: rows read, rejected, warnings."""
    lien = "10_qualite.html" if niveau == "interne" else ""
    lues, rejets, regles, anomalies = _counts(entrepot)
    yield Fait(format_count(lues, "donnée lue", "données lues"))
    yield Fait(format_count(rejets, "rejet") if rejets else "aucun rejet", lien, rejets > 0)
    # A control fails once, whatever the number of rows that make it fail.
    echecs = format_count(regles, "vérification en échec", "vérifications en échec")
    yield Fait(
        f"{echecs} ({format_count(anomalies, 'anomalie')})"
        if regles
        else "aucune vérification en échec",
        lien,
        regles > 0,
    )


def _counts(entrepot: Path) -> tuple[int, int, int, int]:
    """Count rows read and rejected, the controls that fail, information apart, and their rows."""
    with open_read_only(entrepot) as con:
        return con.execute(
            "select coalesce(sum(lignes_lues), 0)::bigint, "
            "coalesce(sum(lignes_rejetees), 0)::bigint, "
            "(select count(distinct regle) from marts.anomalie where gravite <> 'info'), "
            "(select count(*) from marts.anomalie where gravite <> 'info') "
            "from marts.bilan_import"
        ).fetchall()[0]


def _mention(niveau: Niveau) -> str:
    if niveau == "interne":
        return (
            "Document nominatif ou préparatoire : "
            "ne pas diffuser hors du jury et de la division des examens."
        )
    if niveau == "etablissement":
        return "Document destiné au seul établissement, ou au seul centre, qu’il nomme."
    return "Document agrégé : les petits effectifs sont masqués."


def fingerprint(rapport: Rapport, fond: Fond) -> str:
    """Return what a page depends on, as a hash: same fingerprint, same page."""
    dated = f"{fond.origine_date} {fond.date}"
    # These compare with a publication before.
    compared = {QUALITE: fond.precedent, RESULTATS: fond.diffuse}
    avant = compared.get(rapport.notebook.stem, "")
    return report_fingerprint(
        rapport, fond.session, dated, fond.donnees, avant, repr(fond.habillage)
    )


def chart_engine(sortie: Path) -> Path:
    """Return the packed chart engine, made once per account and version of vl-convert.

    Where the account has no folder of its own to keep it in, once per session folder.
    """
    nom = f"vega-{version('vl-convert-python')}.txt"
    folders = [folder for folder in (_account_cache(), sortie / ".cache") if folder is not None]
    made = next((folder / nom for folder in folders if (folder / nom).is_file()), None)
    if made is None:
        made = next(folder for folder in folders if _is_writable(folder)) / nom
        process.call(graphique.pack_engine, (str(made),), timeout=120)
    return made


def _account_cache() -> Path | None:
    """Return where this account keeps what any program may make again; None when it has no home."""
    base = os.environ.get("LOCALAPPDATA" if os.name == "nt" else "XDG_CACHE_HOME", "")
    try:
        folder = Path(base) if base else Path.home() / ".cache"
    except RuntimeError:
        return None
    return folder / "perequation" if folder.is_absolute() else None


def _is_writable(folder: Path) -> bool:
    try:
        return os.access(make_folder(folder), os.W_OK)
    except OSError:
        return False
