"""One session that fails stops no other; what each came to is counted, told and given a code."""

import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from unitaires.campagne.test_ordre import SESSION

from perequation.campagne.batch import ESSAIS, _Batch
from perequation.campagne.bilan import BilanCampagne
from perequation.campagne.page import write_index
from perequation.campagne.session import (
    Demande,
    SessionFaite,
    Statut,
    _count_tries,
    _describe,
    next_of,
)
from perequation.campagne.session import _run as _run_session
from perequation.campagne.sessions import Order, Trouvee
from perequation.socle.dossier import open_dossier
from perequation.socle.en_vigueur import Restants
from perequation.socle.erreurs import PerequationError
from perequation.socle.fichiers import make_folder
from perequation.socle.journal import Journal
from perequation.suivi.calendrier import Etape


class Runners:
    """Runs nothing: tells what it was told that sessions would come to, try after try."""

    def __init__(self, issues: dict[str, list[tuple[str, Any]]], places: int = 2) -> None:
        self._issues, self._places = issues, places
        self._running: list[str] = []
        self.most = 0
        self.closed = False

    @property
    def free(self) -> int:
        return self._places - len(self._running)

    def run(self, demande: Demande, _: float) -> None:
        self._running.append(demande.nom)
        self.most = max(self.most, len(self._running))

    def wait(self) -> Iterator[tuple[Any, str, Any]]:
        nom = self._running.pop(0)
        yield nom, *self._issues[nom].pop(0)

    def close(self) -> None:
        self.closed = True


def _run(issues: dict[str, list[tuple[str, Any]]]) -> tuple[dict[str, SessionFaite], Runners]:
    runners = Runners(issues)
    demandes = {nom: Demande(nom, Path(nom)) for nom in issues}
    batch = _Batch(demandes, runners, 10.0, Journal("campagne", silencieux=True))
    batch.run(Order(tuple(Trouvee(nom, Path(nom)) for nom in issues)))
    return batch.faites, runners


def _faite(nom: str, statut: Statut = "faite", code: int = 0) -> tuple[str, Any]:
    return "result", SessionFaite(nom, statut, code)


def test_a_session_that_dies_is_tried_again_then_told_and_the_others_go_on() -> None:
    faites, runners = _run(
        {
            "a": [("died", "signal 9")] * ESSAIS,
            "b": [("died", "signal 9"), _faite("b")],
            "c": [("timeout", None)],
            "d": [("failed", "Traceback…")],
            "e": [_faite("e")],
        }
    )
    assert {nom: f.statut for nom, f in faites.items()} == {
        "a": "echec",
        "b": "faite",
        "c": "echec",
        "d": "echec",
        "e": "faite",
    }
    assert {nom: f.essais for nom, f in faites.items()} == {"a": 2, "b": 2, "c": 1, "d": 1, "e": 1}
    assert "signal 9" in faites["a"].message
    assert "10 s" in faites["c"].message
    assert runners.closed
    assert runners.most == 2


@pytest.mark.parametrize(
    ("statuts", "code"),
    [
        (["faite", "inchangee"], 0),
        (["faite", "attendue"], 6),
        (["attendue", "tenue"], 5),
        (["attendue", "tenue", "echec"], 4),
    ],
)
def test_the_code_is_that_of_the_gravest_end(
    tmp_path: Path, statuts: list[Statut], code: int
) -> None:
    sessions = tuple(SessionFaite(str(n), statut) for n, statut in enumerate(statuts))
    assert BilanCampagne(tmp_path, sessions).code == code


@pytest.fixture
def bilan(tmp_path: Path) -> BilanCampagne:
    return BilanCampagne(
        tmp_path,
        (
            SessionFaite(
                "a/ccst",
                "faite",
                titre="BTS CCST 2023",
                academie="TOULOUSE",
                specialites=("CCST",),
                resume=("CCST 2023 : 170 inscrits",),
                prochaine="réunion d'harmonisation le 12 juin 2023 : il manque 1 établissement",
                manque="1 établissement",
                jour=date(2023, 6, 12),
                attendus=("CCST  0310001A  Lycée <b>Vert</b> : 0 note sur 12",),
                restants=Restants(10, 3, 1),
                mots="0310001A Lycée Vert",
                a_un_index=True,
            ),
            SessionFaite("b", "echec", 2, "session.toml a des fautes.", ("annee : manquante",)),
        ),
    )


def test_the_page_says_state_awaited_gaps_and_search_words(bilan: BilanCampagne) -> None:
    write_index(bilan)
    page = bilan.index.read_text(encoding="utf-8")
    assert 'href="../a/ccst/sortie/rapports/index.html"' in page
    assert "Lycée &lt;b&gt;Vert&lt;/b&gt;\u00a0: 0 note sur 12" in page
    assert "écarts à examiner\u00a0: 2" in page
    assert "écarts maintenus par la réunion\u00a0: 1" in page
    assert "annee\u00a0: manquante" in page
    assert 'data-mots="a/ccst CCST TOULOUSE 0310001A Lycée Vert"' in page
    assert "le 12 juin 2023" in page.replace("\u00a0", " ")


def test_a_campaign_without_gaps_computed_does_not_say_that_there_is_none(tmp_path: Path) -> None:
    bilan = BilanCampagne(tmp_path, (SessionFaite("b", "attendue", 6, "rien"),))
    write_index(bilan)
    page = bilan.index.read_text(encoding="utf-8")
    assert "aucun écart n’a pu être calculé" in page


def test_the_mail_has_what_to_do_and_the_json_the_rest(bilan: BilanCampagne) -> None:
    bilan.write()
    texte = (bilan.dossier / "bilan.txt").read_text(encoding="utf-8")
    assert "b : session.toml a des fautes." in texte
    assert (
        "Prochaine étape, et ce qui lui manque :\n"
        "  - a/ccst : réunion d'harmonisation le 12 juin 2023 : il manque 1 établissement\n"
    ) in texte
    assert (
        "Établissements dont des notes de CCF sont attendues :\n"
        "  - a/ccst\n"
        "      CCST  0310001A  Lycée <b>Vert</b> : 0 note sur 12\n"
    ) in texte
    assert "3 écarts à examiner, dont 1 maintenu par la réunion" in texte.replace("\u00a0", " ")
    contenu = json.loads((bilan.dossier / "bilan.json").read_text(encoding="utf-8"))
    assert contenu["code"] == 4
    assert [s["nom"] for s in contenu["sessions"]] == ["a/ccst", "b"]


def test_what_a_step_asked_for_lacks_is_said_once_and_what_another_lacks_too(
    tmp_path: Path,
) -> None:
    notes, jury = "la note de contrôle de 14 candidats", "la décision après contrôle de 5 candidats"
    asked = SessionFaite(
        "a",
        "attendue",
        6,
        f"Pas prêt pour : épreuves de contrôle. Il manque {notes}.",
        prochaine=f"épreuves de contrôle : il manque {notes}",
        manque=notes,
    )
    other = SessionFaite("b", "faite", prochaine=f"second jury : il manque {jury}", manque=jury)
    done = SessionFaite("c", "faite", prochaine="jury")
    lines = list(BilanCampagne(tmp_path, (asked, other, done)).lines())
    assert sum(notes in line for line in lines) == 1
    assert f"  - b : second jury : il manque {jury}" in lines
    assert not any(line.startswith("  - c") for line in lines)


def test_gaps_the_meeting_kept_are_none_to_examine(tmp_path: Path) -> None:
    sessions = tuple(
        SessionFaite(nom, "faite", restants=restants)
        for nom, restants in (("a", Restants(9, 2, 2)), ("b", Restants(9, 3, 1)))
    )
    bilan = BilanCampagne(tmp_path, sessions)
    write_index(bilan)
    page = bilan.index.read_text(encoding="utf-8").replace("\u00a0", " ")
    assert '<li class="alerte">écarts à examiner : 2</li>' in page
    assert "<li>écarts maintenus par la réunion : 3</li>" in page
    lines = list(bilan.lines())
    assert [line for line in lines if line.startswith("  - ")] == [f"  - b : {Restants(9, 3, 1)}"]


def test_sessions_of_one_title_are_told_apart_and_a_name_is_said_once(tmp_path: Path) -> None:
    sessions = (
        SessionFaite("x/un", "faite", titre="BTS CCST"),
        SessionFaite("x/deux", "echec", 4, "non", titre="BTS CCST"),
        SessionFaite("x/abime", "echec", 2, "fautes"),
    )
    bilan = BilanCampagne(tmp_path, sessions)
    write_index(bilan)
    page = bilan.index.read_text(encoding="utf-8")
    assert page.count("· dossier x/un<") == page.count("· dossier x/deux<") == 1
    assert "<strong>BTS CCST</strong> (x/deux), échec" in page
    assert "<strong>x/abime</strong>, échec" in page
    assert "dossier x/abime" not in page


def test_a_session_run_again_is_said_so_everywhere(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    issues = {"a": [("died", "signal 9"), _faite("a")], "b": [_faite("b")]}
    demandes = {nom: Demande(nom, Path(nom)) for nom in issues}
    batch = _Batch(demandes, Runners(issues), 10.0, Journal("campagne"))
    batch.run(Order(tuple(Trouvee(nom, Path(nom)) for nom in issues)))
    told = {line.split()[2]: line for line in capsys.readouterr().out.splitlines()}
    assert told["a"].endswith("(0,00 s, 2e essai)")
    assert told["b"].endswith("(0,00 s)")
    bilan = BilanCampagne(tmp_path, tuple(batch.faites.values()))
    write_index(bilan)
    assert bilan.index.read_text(encoding="utf-8").count("faite, 2e essai") == 1
    lines = list(bilan.lines())
    assert lines[lines.index("Relancées, leur processus ayant été perdu en route :") + 1] == (
        "  - a : faite (2e essai)"
    )


def test_the_next_step_is_the_first_that_is_not_past() -> None:
    passee = Etape("réunion", None, est_tenue=True, est_passee=True, manques=(), resume="")
    jury = Etape("jury", None, est_tenue=False, est_passee=False, manques=(), resume="")
    assert next_of([passee, jury]) == jury
    assert next_of([passee]) is None


def test_the_runs_of_one_demand_are_counted_those_killed_on_their_way_too(tmp_path: Path) -> None:
    (tmp_path / "session.toml").write_text(SESSION, encoding="utf-8")
    first, second = Demande("s", tmp_path), Demande("s", tmp_path)
    dossier = open_dossier(tmp_path)
    make_folder(dossier.journal)
    for rank, demande in enumerate((first, second, second)):
        with suppress(PerequationError):
            _run_session(demande)
        assert len(list(dossier.journal.glob("*-campagne.jsonl"))) == rank + 1
    assert [_count_tries(dossier, each) for each in (second, Demande("s", tmp_path))] == [2, 1]
    assert _describe(SessionFaite("s", "attendue"), second).essais == 2
