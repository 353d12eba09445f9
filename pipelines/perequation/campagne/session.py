"""One session of a campaign, run in a child of its own: what was done, and what is awaited."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import takewhile
from pathlib import Path
from typing import Literal
from uuid import uuid4

from perequation import execution
from perequation.ingestion.lecture import ouvrier
from perequation.socle.dossier import Dossier, open_dossier
from perequation.socle.en_vigueur import Restants, read_remaining
from perequation.socle.entrepot import has_relation, open_read_only
from perequation.socle.erreurs import FolderBusyError, MissingInputError, PerequationError
from perequation.socle.journal import open_run
from perequation.socle.monde import tell_refusal
from perequation.suivi.calendrier import SUITE, Etape, read_step, require_ready
from perequation.suivi.etat import summarise

_WORDS = """
    select string_agg(mot, ' ' order by rang, mot) from (
        select distinct 0 as rang, modalite || ' ' || libelle as mot
        from marts.reussite where maille in ('etablissement', 'centre_ecrit', 'academie')
        union all
        select distinct 1, epreuve || ' ' || titre from reference.epreuve
    )
"""

Statut = Literal["faite", "inchangee", "echec", "tenue", "attendue"]


@dataclass(frozen=True)
class Demande:
    """What is asked of every session of a campaign."""

    nom: str
    racine: Path
    jour: date | None = None
    fiches: bool = False
    refaire: bool = True
    pret: str | None = None
    # Written in the session's log by each run of it: how many there are is how many tries it took.
    numero: str = field(default_factory=lambda: uuid4().hex)


@dataclass(frozen=True)
class SessionFaite:
    """What became of one session, and where it stands.

    Attributes
    ----------
    message, details
        Why it is not done.
    resume
        Its key figures, one line per spécialité, then what to look at.
    prochaine
        The step that comes next, when, and what is missing for it, in words.
    manque
        What is missing for it; empty when nothing is.
    attendus
        Who is awaited: establishments whose CCF marks have not all come, one line each.
    mots
        Establishments and centres it speaks of, for the search.
    essais
        Runs it took: more than one when a process, or a worker, was lost on the way.
    """

    nom: str
    statut: Statut
    code: int = 0
    message: str = ""
    details: tuple[str, ...] = ()
    titre: str = ""
    academie: str = ""
    specialites: tuple[str, ...] = ()
    resume: tuple[str, ...] = ()
    prochaine: str = ""
    manque: str = ""
    jour: date | None = None
    attendus: tuple[str, ...] = ()
    restants: Restants | None = None
    mots: str = ""
    a_un_index: bool = False
    secondes: float = 0.0
    essais: int = 1

    @property
    def reprise(self) -> str:
        """Say that it was run again; empty when it wasn't."""
        return f"{self.essais}e essai" if self.essais > 1 else ""


def run_session(_: object, demande: Demande) -> SessionFaite:
    """Run a session through the recipe; every fault is told, none is raised."""
    start = time.perf_counter()
    try:
        faite = _run(demande)
    except PerequationError as error:
        faite = not_done(demande.nom, error)
    except Exception as error:  # noqa: BLE001 (told as a failure of this session alone)
        refus = tell_refusal(error)
        faute = refus or PerequationError(
            f"Faute interne ({type(error).__name__}). Relancez cette session seule : "
            "perequation --debug executer …"
        )
        faite = not_done(demande.nom, faute)
    finally:
        ouvrier.release()
    decrite = _describe(faite, demande)
    return replace(decrite, secondes=round(time.perf_counter() - start, 2))


def _run(demande: Demande) -> SessionFaite:
    dossier = open_dossier(demande.racine)
    with open_run(dossier, "campagne", silencieux=True) as journal:
        journal.log("info", "session d'une campagne", demande=demande.numero)
        bilan = execution.executer(
            dossier, journal, demande.jour, fiches=demande.fiches, refaire=demande.refaire
        )
        if demande.pret:
            _require_ready(dossier, demande.pret)
    return SessionFaite(demande.nom, "inchangee" if bilan is None else "faite")


def _require_ready(dossier: Dossier, pret: str) -> None:
    """Stop when a step can't be held; who is awaited is told with the session's state."""
    try:
        require_ready(dossier, pret)
    except MissingInputError as error:
        raise MissingInputError(error.message) from error


def not_done(nom: str, error: PerequationError) -> SessionFaite:
    """Return what is said of a session that an error stopped."""
    statut: Statut = "echec"
    if isinstance(error, FolderBusyError):
        statut = "tenue"
    elif isinstance(error, MissingInputError):
        statut = "attendue"
    return SessionFaite(nom, statut, error.code, error.message, error.details)


def stopped(nom: str, message: str) -> SessionFaite:
    """Return what is said of a session whose process died, or whose time was up."""
    return SessionFaite(nom, "echec", 4, message)


def _describe(faite: SessionFaite, demande: Demande) -> SessionFaite:
    """Add where the session stands, from what it has published."""
    try:
        dossier = open_dossier(demande.racine)
        session = dossier.configuration.session
        faite = replace(
            faite,
            titre=session.titre,
            academie=session.academie_pilote,
            specialites=session.specialites,
            a_un_index=(dossier.rapports / "index.html").is_file(),
            essais=_count_tries(dossier, demande),
        )
        with open_read_only(dossier.entrepot):  # kept open: it is read many times
            return _with_results(faite, dossier)
    except PerequationError:
        return faite


def _count_tries(dossier: Dossier, demande: Demande) -> int:
    """Count the runs of this demand: a process killed on its way has left its log all the same."""
    logs = sorted(dossier.journal.glob("*-campagne.jsonl"), reverse=True)
    ours = takewhile(lambda path: demande.numero in path.read_text(encoding="utf-8"), logs)
    return max(1, len(list(ours)))


def _with_results(faite: SessionFaite, dossier: Dossier) -> SessionFaite:
    etapes = {code: read_step(dossier, code) for code in SUITE}
    etape = next_of([*etapes.values()])
    # Marks that no candidate still to be decided on needs are not awaited any more.
    est_attendu = etape is not None and bool(etapes["jury"].manques)
    return replace(
        faite,
        resume=tuple(summarise(dossier)),
        prochaine=_next_words(etape),
        jour=etape.jour if etape else None,
        manque=etape.resume if etape else "",
        attendus=etapes["reunion"].manques if est_attendu else (),
        restants=read_remaining(dossier.entrepot),
        mots=_keywords(dossier.entrepot),
    )


def _keywords(entrepot: Path) -> str:
    """Return the establishments, centres and épreuves a session speaks of."""
    with open_read_only(entrepot) as con:
        if not all(has_relation(con, name) for name in ("marts.reussite", "reference.epreuve")):
            return ""
        ((words,),) = con.execute(_WORDS).fetchall()
    return words or ""


def next_of(etapes: Sequence[Etape]) -> Etape | None:
    """Return the first step that isn't past."""
    return next((etape for etape in etapes if not etape.est_passee), None)


def _next_words(etape: Etape | None) -> str:
    if etape is None:
        return "toutes les étapes sont passées"
    return f"{etape.annonce} : il manque {etape.resume}" if etape.resume else etape.annonce
