"""Two publications of a session: what their difference tells of a few, and who is stopped."""

import shutil
from pathlib import Path

import duckdb
import pytest

from perequation import execution
from perequation.resultats.republication import list_revealing
from perequation.socle import publication
from perequation.socle.dossier import Dossier, open_dossier
from perequation.socle.erreurs import ConfigurationError
from perequation.socle.journal import open_run


def corrected(racine: Path, *updates: str, given: bool = True) -> Dossier:
    """Return the session after a correction; documents of its first results were given, or not."""
    dossier = open_dossier(racine)
    shutil.copyfile(dossier.entrepot, dossier.diffuse if given else dossier.precedent)
    with duckdb.connect(str(dossier.entrepot)) as con:
        for update in updates:
            con.execute(update)
    return dossier


ONE_MARK = (
    "update marts.note_retenue set note = note - 1 where epreuve = 'E3' and numero_candidat = "
    "(select min(numero_candidat) from marts.note_retenue where epreuve = 'E3' and note > 5)"
)


def test_the_same_results_tell_nothing(session: Path) -> None:
    assert list_revealing(corrected(session), 5).is_empty()


def test_one_corrected_mark_is_told_by_every_figure_it_enters(session: Path) -> None:
    rows = list_revealing(corrected(session, ONE_MARK), 5)
    assert set(rows["changes"]) == {1}
    assert set(rows["epreuve"]) == {"E3"}
    assert {"total", "etablissement"} <= set(rows["maille"])


def test_results_nobody_received_are_subtracted_from_nothing(session: Path) -> None:
    """The first documents that leave the office come after every computation of the session."""
    assert list_revealing(corrected(session, ONE_MARK, given=False), 5).is_empty()


def test_a_version_that_kept_no_trace_may_have_given_anything(session: Path) -> None:
    dossier = corrected(session, ONE_MARK, given=False)
    with duckdb.connect(str(dossier.precedent)) as con:
        con.execute("drop table marts.masquage")
    assert list_revealing(dossier, 5).height


def test_many_corrected_marks_tell_of_nobody(session: Path) -> None:
    every = "update marts.note_retenue set note = note / 2 where epreuve = 'E3'"
    rows = list_revealing(corrected(session, every), 5)
    assert rows.is_empty()


def test_it_is_held_back_outside_the_office_unless_told(session: Path) -> None:
    dossier = corrected(session, ONE_MARK)
    with open_run(dossier, "editer") as journal:
        with pytest.raises(ConfigurationError, match="--revele"):
            execution.hold_back(dossier, journal, revele=False)
        execution.hold_back(dossier, journal, revele=True)
    lines = "".join(p.read_text("utf-8") for p in dossier.journal.iterdir())
    assert lines.count("révélerait la correction") >= 2
    assert '"revele": true' in lines


def test_computing_twice_doesn_t_forget_what_was_given(session: Path) -> None:
    """What counts is what left the office, not the results before these."""
    dossier = open_dossier(session)
    shutil.copyfile(dossier.entrepot, dossier.diffuse)
    dossier = corrected(session, ONE_MARK, given=False)
    shutil.copyfile(dossier.entrepot, dossier.precedent)
    assert list_revealing(dossier, 5).height
    publication.keep_diffused(dossier)
    assert list_revealing(dossier, 5).is_empty()
