"""One run at a time on a folder, and a log of each."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from perequation.socle.configuration import Configuration
from perequation.socle.dossier import Dossier
from perequation.socle.erreurs import FolderBusyError, PerequationError
from perequation.socle.journal import open_run


@pytest.fixture
def dossier(tmp_path: Path) -> Dossier:
    configuration = Configuration.model_validate(
        {
            "session": {
                "annee": 2023,
                "titre": "t",
                "academie_pilote": "TOULOUSE",
                "specialites": ["CCST"],
            },
            "donnees": {"candidats": ["c.csv"], "notes": ["n.csv"]},
        }
    )
    return Dossier(tmp_path, configuration)


def lines(dossier: Dossier) -> list[dict[str, object]]:
    (path,) = dossier.journal.glob("*.jsonl")
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_a_run_leaves_a_log_that_says_how_it_ended(
    dossier: Dossier, capsys: pytest.CaptureFixture[str]
) -> None:
    with open_run(dossier, "importer") as journal:
        journal.say("Import : 3 lignes.", lues=3)
    assert capsys.readouterr().out == "Import : 3 lignes.\n"
    first, *_, last = lines(dossier)
    assert first["message"] == "début"
    assert (last["message"], last["code"]) == ("fin", 0)
    assert {"lues": 3}.items() <= lines(dossier)[1].items()


def test_a_failed_run_logs_its_code(dossier: Dossier) -> None:
    with pytest.raises(PerequationError), open_run(dossier, "importer"):
        raise PerequationError("non", ["a"])
    assert lines(dossier)[-1]["code"] == 1
    assert lines(dossier)[-1]["details"] == ["a"]


def test_the_second_run_is_refused_and_names_the_first(dossier: Dossier) -> None:
    script = (
        "import sys; from pathlib import Path\n"
        "from perequation.socle.journal import _hold\n"
        "with _hold(Path(sys.argv[1]), 'executer'):\n"
        "    print('tenu', flush=True); sys.stdin.read()\n"
    )
    dossier.sortie.mkdir()
    with subprocess.Popen(
        [sys.executable, "-c", script, str(dossier.sortie)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == "tenu\n"
        with pytest.raises(FolderBusyError) as info, open_run(dossier, "importer"):
            pass
        assert f"processus {first.pid}" in info.value.message
        assert "executer" in info.value.message
        assert re.search(r"depuis le \d\d/\d\d/\d{4} à \d\d:\d\d\)", info.value.message)
        first.kill()
    with open_run(dossier, "importer"):  # a killed run holds nothing
        pass


def test_an_output_that_cannot_be_written_is_a_sentence(dossier: Dossier) -> None:
    dossier.sortie.write_text("un fichier à la place du dossier")
    with pytest.raises(PerequationError, match="Impossible d'écrire"), open_run(dossier, "x"):
        pass


def test_long_work_is_followed_by_plain_lines_without_a_terminal(
    dossier: Dossier, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("perequation.socle.journal.SECONDES_ENTRE_DEUX_LIGNES", 0.0)
    with open_run(dossier, "importer") as journal, journal.follow("Lecture") as tell:
        tell("notes.csv", 1000, 1, 3)
    assert capsys.readouterr().out == "  Lecture : notes.csv, 1000 lignes (2/3 fichiers)\n"


def test_long_work_has_a_bar_on_a_terminal(
    dossier: Dossier, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    with open_run(dossier, "importer") as journal, journal.follow("Lecture") as tell:
        tell("notes.csv", 1000, 1, 3)
    capture = capsys.readouterr()
    assert capture.out == ""
    assert "notes.csv, 1000 lignes" in capture.err
