"""What a run does around the computation: takes back what was filled in, prepares what comes next.

Nothing is decided nor corrected here. A file is taken back when it has no fault (and, for marks, when
someone signed it); the papers of the next step are prepared, and never over one that was filled in.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path

from perequation.harmonisation.reunion import (
    application,
    check_decisions,
    file_marks,
    prepare_decisions,
    propose_marks,
    write_record,
)
from perequation.harmonisation.reunion import dossier as meeting
from perequation.harmonisation.reunion.verification import is_blank as is_blank_meeting
from perequation.ingestion.ccf.controle import (
    control_templates,
    file_control_template,
    has_no_mark,
    make_control_templates,
)
from perequation.jury import check_decisions as check_jury
from perequation.jury import dossier as jury
from perequation.jury import prepare_decisions as prepare_jury
from perequation.jury import write_minutes
from perequation.jury.verification import is_blank as is_blank_jury
from perequation.socle import entrepot
from perequation.socle.dossier import Dossier
from perequation.socle.erreurs import ConfigurationError, PerequationError
from perequation.socle.filled_file import Depot, Remise, filled_in, require_alone
from perequation.suivi.calendrier import read_step, second_jury_has_met


@dataclass(frozen=True)
class Reprise:
    """A file that was filled in where it was prepared.

    Attributes
    ----------
    fichier
        The file.
    depot
        What became of it; None when it can't be taken yet.
    faute
        Why not.
    commande
        The command that says every fault of it.
    """

    fichier: Path
    depot: Depot | None
    faute: PerequationError | None
    commande: str


def take_back(dossier: Dossier) -> tuple[Reprise, ...]:
    """Check the files filled in where they were prepared, and file those without a fault.

    Parameters
    ----------
    dossier
        A session folder; nothing is taken back before its first publication.

    Returns
    -------
    tuple of Reprise
        One for each file filled in since it was prepared, in the order of a session.
    """
    if not entrepot.is_readable(dossier.entrepot):
        return ()
    return tuple(
        _take(fichier, lire, commande) for fichier, lire, commande in _filled_files(dossier)
    )


def _take(fichier: Path, lire: Callable[[], Depot], commande: str) -> Reprise:
    try:
        return Reprise(fichier, lire(), None, commande)
    except PerequationError as faute:
        return Reprise(fichier, None, faute, commande)


def _filled_files(dossier: Dossier) -> Iterator[tuple[Path, Callable[[], Depot], str]]:
    """Yield each file filled in, what files it, and the command that reads it alone."""
    prepared, is_blank = meeting.prepared_files(dossier), partial(is_blank_meeting, dossier)
    for path, lire in _alone(dossier, prepared, is_blank, check_decisions):
        yield path, lire, "decisions verifier"
    marks = application.proposal(dossier)
    if filled_in(dossier, [marks]):
        yield marks, partial(_file_signed, dossier, marks), "decisions appliquer"
    stems = {path.stem for path in jury.prepared_files(dossier)}
    for stem in sorted(stems):
        paths = [path for path in jury.prepared_files(dossier) if path.stem == stem]
        for path, lire in _alone(dossier, paths, partial(is_blank_jury, dossier), check_jury):
            yield path, lire, "jury verifier"
    for path in filled_in(dossier, control_templates(dossier), partial(has_no_mark, dossier)):
        yield path, partial(file_control_template, dossier, path), "apercu"


def _file_signed(dossier: Dossier, marks: Path) -> Depot:
    """File the harmonised marks when someone signed them."""
    if signature := application.read_signature(marks):
        return file_marks(dossier, signature)
    dit = f"{marks.name} : pas encore signé (feuille Signature), rien n'en est repris."
    return Depot(marks, None, 0, (dit,))


def _alone(
    dossier: Dossier,
    paths: Iterable[Path],
    is_blank: Callable[[Path], bool],
    check: Callable[[Dossier, Path], Depot],
) -> Iterator[tuple[Path, Callable[[], Depot]]]:
    """Yield the file filled in for some decisions and what files it: a fault when several are."""

    def lire() -> Depot:
        require_alone(filled)
        return check(dossier, filled[0])

    filled = filled_in(dossier, paths, is_blank)
    if filled:
        yield filled[0], lire


def prepare_next(dossier: Dossier, jour: date | None = None) -> tuple[Remise, ...]:
    """Prepare the papers of the step a session is at, and write the records of those behind it.

    Parameters
    ----------
    dossier
        A session folder whose results are published.
    jour
        Production date printed on the records; see `edition.contexte.page_date`.

    Returns
    -------
    tuple of Remise
        What was written; a file filled in and not taken back is left alone.
    """
    return tuple(_write(dossier, jour))


def _write(dossier: Dossier, jour: date | None) -> Iterator[Remise]:
    meeting_step = read_step(dossier, "reunion")
    if meeting_step.est_tenue:
        yield Remise((write_record(dossier, jour),), 0, ())
    a_decider = (
        () if meeting_step.est_passee else tuple(_hand_out(partial(prepare_decisions, dossier)))
    )
    if a_decider:
        yield from a_decider
    elif meeting_step.est_tenue and not application.read_proposal(dossier).is_empty():
        yield from _hand_out(partial(propose_marks, dossier))
    else:
        yield from _after_meeting(dossier, jour)


def _after_meeting(dossier: Dossier, jour: date | None) -> Iterator[Remise]:
    jury_step, control = read_step(dossier, "jury"), read_step(dossier, "controle")
    if jury_step.est_passee:
        yield Remise((write_minutes(dossier, jour),), 0, ())
    else:
        yield from _hand_out(partial(prepare_jury, dossier, etape=jury.ETAPES[0]))
    if not control.est_passee and (jury_step.est_passee or not jury_step.manques):
        yield from _hand_out(partial(make_control_templates, dossier))
    if control.est_tenue and not second_jury_has_met(dossier):
        yield from _hand_out(partial(prepare_jury, dossier, etape=jury.ETAPES[1]))


def _hand_out(write: Callable[[], Remise]) -> Iterator[Remise]:
    try:
        remise = write()
    except ConfigurationError:
        # Filled in and not taken back: said by `take_back`, and never written over.
        return
    if remise.nombre:
        yield remise
