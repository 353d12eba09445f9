"""A session walked through its steps: at each, one number of gaps, and who it waits for."""

from pathlib import Path

import pytest
from chaine.accord import agree, pages_agree
from chaine.conftest import run

from perequation import execution
from perequation.edition import BilanEdition, publish_reports
from perequation.socle.dossier import Dossier
from perequation.suivi.calendrier import ETAPES

#: What each step receives, in the order of a session, and the steps that can then be held.
STEPS = (
    ("before the written papers", (), {"reunion"}),
    ("before the meeting", ("notes_ecrits.csv", "notes_oraux.csv"), {"reunion"}),
    ("decided", ("decisions_harmonisation.csv",), {"reunion"}),
    ("marks applied", ("notes_ccf_harmonisees.csv",), {"reunion", "jury"}),
    ("the jury has met", ("decisions_jury.csv",), {"reunion", "jury"}),
    ("contrôle and final", ("notes_controle.csv",), {"reunion", "jury", "controle"}),
)
PAGES = ["10_qualite", "30_harmonisation_CCST"]


@pytest.fixture
def later(session: Path, tmp_path: Path) -> Path:
    """Take away what comes after the CCF marks; return where it waits."""
    attente = tmp_path / "attente"
    attente.mkdir()
    for nom in (nom for _, noms, _ in STEPS for nom in noms):
        (session / "donnees" / nom).rename(attente / nom)
    return attente


def edit_pages(dossier: Dossier, *_: object, **__: object) -> BilanEdition:
    """Make the pages that say the number, and no other."""
    return publish_reports(dossier, PAGES, processus=1)


@pytest.mark.slow
def test_the_number_of_gaps_is_one_at_each_step_and_each_says_who_it_awaits(
    session: Path, later: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(execution, "editer", edit_pages)
    seen: dict[str, int] = {}
    for step, files, ready in STEPS:
        for nom in files:
            (later / nom).rename(session / "donnees" / nom)
        assert run("executer", str(session)) == 0, capsys.readouterr().err
        restants = agree(session)
        pages_agree(session, restants)
        seen[step] = restants.nb_signales - restants.nb_maintenus
        if step == STEPS[0][0]:
            # Not computed is no «none»: neither word nor number says zero.
            assert restants.nb_juges == 0
        codes = {etape: run("executer", str(session), "--pret", etape) for etape in ETAPES}
        assert codes == {etape: 0 if etape in ready else 6 for etape in ETAPES}, step
    assert seen["before the meeting"] > 0
    # What the meeting corrected or kept is not asked a second time.
    assert seen["marks applied"] == seen["contrôle and final"] == 0
