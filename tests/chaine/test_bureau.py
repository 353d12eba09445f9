"""What the page reads of a session that the commands made, and what it writes in it."""

import csv
import html
import io
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from unitaires.bureau.conftest import BASE, PORT, Browser
from voies import first_of

from perequation.bureau import work
from perequation.bureau.application import make_application
from perequation.bureau.desk import Desk
from perequation.bureau.guard import Secrets
from perequation.bureau.places import Places
from perequation.bureau.state import Situations, read_situation
from perequation.bureau.views import controle
from perequation.bureau.work import ETAPES
from perequation.socle.dossier import open_dossier
from perequation.socle.erreurs import MissingInputError
from perequation.suivi import calendrier

CCST = "ccst-2023-toulouse"
JURY = "staging.decision_jury"


@pytest.fixture
def racine(publie: Path, tmp_path: Path) -> Path:
    shutil.copytree(publie, tmp_path / "racine" / CCST)
    return tmp_path / "racine"


@pytest.fixture
def office(racine: Path) -> Iterator[Browser]:
    """The page of a session that is over."""
    desk = Desk(Places(racine), Secrets(PORT))
    with Browser(make_application(desk), base_url=BASE) as client:
        client.desk = desk
        client.get(desk.known.adresse)
        yield client


def form_of(page: str, action: str) -> dict[str, str]:
    """Return what the form of a page would send."""
    text = page.split(f'action="/s/{CCST}/{action}"', 1)[1].split("</form>", 1)[0]
    fields = {}
    for found in re.finditer(r"<input[^>]*>", text):
        if name := re.search(r' name="([^"]+)"', found[0]):
            value = re.search(r' value="([^"]*)"', found[0])
            if 'type="checkbox"' not in found[0]:
                fields[name[1]] = html.unescape(value[1]) if value else ""
    for found in re.finditer(r'<select name="([^"]+)".*?</select>', text, re.DOTALL):
        chosen = re.search(r'<option value="([^"]*)" selected', found[0])
        fields[found[1]] = chosen[1] if chosen else ""
    return fields


def rows_of(folder: Path, kind: str) -> list[dict[str, str]]:
    rows: list[dict[str, str]] = []
    for path in sorted(folder.glob(f"{kind}*.csv")):
        content = path.read_bytes()
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = content.decode("cp1252")
        read = csv.DictReader(io.StringIO(text, newline=""), delimiter=";")
        rows += [{name.lower(): value for name, value in row.items()} for row in read]
    return rows


def test_the_progress_counts_the_steps_of_a_run(publie: Path) -> None:
    """`executer` is these three commands, then the reports, one by one."""
    logs = sorted((publie / "sortie" / "journal").glob("*.jsonl"))
    events = [json.loads(line) for log in logs for line in log.read_text("utf-8").splitlines()]
    steps = [e["message"] for e in events if e["niveau"] == "debug" and "secondes" in e]
    assert len(steps) == ETAPES["executer"]


def test_a_decision_of_the_meeting_is_shown_and_corrected(office: Browser, racine: Path) -> None:
    """What is recorded is in the form; changed, it takes the place of what was, which is kept."""
    donnees = racine / CCST / "donnees"
    before = rows_of(donnees, "decisions_harmonisation")
    page = office.get(f"/s/{CCST}/reunion").text
    form = form_of(page, "reunion/decider")
    place = next(n[len("avant_") :] for n, v in form.items() if n.startswith("avant_") and v)
    key = {nom: form[f"{nom}_{place}"] for nom in ("epreuve", "unite")}
    shown = next(row for row in before if key.items() <= row.items())
    assert form[f"motif_{place}"] == shown["motif"]

    form |= {"auteur": "Mme Z", "date": "2023-06-08", f"motif_{place}": "Grilles relues"}
    answer = office.submit(f"/s/{CCST}/reunion/decider", form)
    assert "Décisions enregistrées" in answer.text
    assert "Décision remplacée" in answer.text
    after = rows_of(donnees, "decisions_harmonisation")
    assert len(after) == len(before)
    changed = [row for row in after if row["motif"] == "Grilles relues"]
    assert [(r["unite"], r["auteur"], r["saisi_par"]) for r in changed] == [
        (shown["unite"], "Mme Z", "Mme Z")
    ]
    assert {r["motif"] for r in before} - {shown["motif"]} <= {r["motif"] for r in after}
    kept = rows_of(donnees / "retires", "*decisions_harmonisation")
    assert shown in kept
    assert "Grilles relues" in answer.text

    # The same form again: nothing is changed any more.
    again = form_of(office.get(f"/s/{CCST}/reunion").text, "reunion/decider")
    answer = office.submit(f"/s/{CCST}/reunion/decider", again | {"auteur": "Mme Z"})
    assert "Aucune décision n’est saisie ni changée" in answer.text


def test_a_decision_of_the_jury_is_shown_corrected_and_never_lost(
    office: Browser, racine: Path
) -> None:
    donnees = racine / CCST / "donnees"
    address = f"/s/{CCST}/jury?etape=premier_groupe&liste=saisies"
    form = form_of(office.get(address).text, "jury/decider")
    assert form["decision_0"] == "ADMIS"
    form |= {"auteur": "M. Y"}

    emptied = form | {"decision_0": "", "livret_examine_0": "", "motif_0": ""}
    answer = office.submit(f"/s/{CCST}/jury/decider", emptied)
    assert answer.status_code == 422
    assert "elle ne s’efface pas" in answer.text

    someone_else = form | {"avant_0": "", "decision_0": "REFUSE"}
    answer = office.submit(f"/s/{CCST}/jury/decider", someone_else)
    assert answer.status_code == 422
    assert "entre-temps" in answer.text
    assert not (donnees / "retires").exists()

    corrected = form | {"decision_0": "REFUSE", "livret_examine_0": "O", "motif_0": "Relu"}
    answer = office.submit(f"/s/{CCST}/jury/decider", corrected)
    assert "Décisions enregistrées" in answer.text
    assert "liste=saisies" in str(answer.url)
    rows = [r for r in rows_of(donnees, "decisions_jury") if r["etape"] == "premier_groupe"]
    assert [(r["decision"], r["motif"], r["saisi_par"]) for r in rows] == [
        ("REFUSE", "Relu", "M. Y")
    ]
    assert form_of(answer.text, "jury/decider")["decision_0"] == "REFUSE"


def test_after_the_controle_nobody_is_called_again(office: Browser) -> None:
    page = office.get(f"/s/{CCST}/jury?etape=controle&liste=tous").text
    assert '<option value="ADMIS"' in page
    assert '<option value="CONTROLE"' not in page


@pytest.mark.parametrize("tab", first_of(["jury", "reunion"], 1))
def test_nothing_is_decided_on_what_is_out_of_date(office: Browser, racine: Path, tab: str) -> None:
    form = form_of(office.get(f"/s/{CCST}/{tab}?liste=tous").text, f"{tab}/decider")
    notes = racine / CCST / "donnees" / "notes_oraux.csv"
    notes.write_bytes(notes.read_bytes() + b"\r\n")
    page = office.get(f"/s/{CCST}/{tab}").text
    assert "Calculez d’abord la session" in page
    assert "Enregistrer les décisions" not in page
    before = rows_of(racine / CCST / "donnees", "decisions")
    form |= {"auteur": "Mme Z", "date": "2023-06-08", "decision_0": "MAINTIEN", "motif_0": "x"}
    form |= {"decision_0": "REFUSE", "livret_examine_0": "O"} if tab == "jury" else {}
    answer = office.submit(f"/s/{CCST}/{tab}/decider", form)
    assert "Des fichiers ont changé depuis le dernier calcul" in answer.text
    assert rows_of(racine / CCST / "donnees", "decisions") == before


def test_the_next_step_is_to_sign_what_the_meeting_decided(
    racine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calendrier, "_jury_has_met", lambda _: False)
    monkeypatch.setattr(calendrier, "_control_has_begun", lambda _: False)
    monkeypatch.setattr(calendrier, "_proposed", lambda _: 46)
    there = read_situation(racine / CCST)
    assert "il manque la signature de 46 notes" in there.prochaine
    assert "« Signer et classer » (onglet Réunion)" in there.prochaine
    assert there.onglet == "reunion"
    assert "reunion" not in there.faits
    assert "appliquer" in next(calendrier.next_step(open_dossier(racine / CCST)))


def test_the_second_jury_is_left_as_long_as_it_has_decided_nothing(
    racine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dossier = open_dossier(racine / CCST)
    assert read_situation(racine / CCST).adresse == "resultats"
    rows = calendrier._rows  # pyright: ignore[reportPrivateUsage]
    monkeypatch.setattr(
        calendrier,
        "_rows",
        lambda d, r: rows(d, r).filter(etape="premier_groupe") if r == JURY else rows(d, r),
    )
    called = calendrier.read_mart(dossier.entrepot, "rattrapage").height
    there = read_situation(racine / CCST)
    assert f"Second jury ; il manque la décision après contrôle de {called} candidats" in (
        there.prochaine
    )
    assert there.adresse == "jury?etape=controle"
    assert "controle" not in there.faits
    # Its marks are there: it can be held.
    calendrier.require_ready(dossier, "controle")


def test_who_is_called_is_told_from_who_may_be_and_named(
    office: Browser, racine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dossier = open_dossier(racine / CCST)
    with_names = calendrier._rows(dossier, "staging.candidat")  # pyright: ignore[reportPrivateUsage]
    one, other = with_names["numero_candidat"].sort().to_list()[:2]
    step = calendrier.Etape(
        "épreuves de contrôle et second jury",
        None,
        est_tenue=False,
        est_passee=False,
        manques=("x", "y"),
        resume="",
        candidats=(
            calendrier.Attendu("CCST", one, "note de contrôle attendue"),
            calendrier.Attendu("CCST", other, "peut être appelé", est_possible=True),
        ),
    )
    monkeypatch.setattr(controle, "read_step", lambda *_: step)
    page = html.unescape(office.get(f"/s/{CCST}/controle").text)
    nom = with_names.filter(numero_candidat=one)["nom"].item()
    assert "1\xa0candidat attendu :" in page
    assert f"{one} {nom}" in page
    assert "1\xa0autre candidat, pas encore décidé" in page
    assert other not in page


def test_each_warning_and_result_to_verify_is_told(office: Browser) -> None:
    page = html.unescape(office.get(f"/s/{CCST}/resultats").text)
    assert "Résultat à vérifier : CCST " in page
    assert "Avertissement : " in page


def test_results_that_cannot_be_read_are_made_again(
    office: Browser, racine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are no fault of the settings, and the same files are computed with all the same."""

    def unreadable(*_: object) -> None:
        raise MissingInputError("Publié par une autre version.")

    monkeypatch.setattr(calendrier, "read_step", unreadable)
    office.desk.situations = Situations()
    started: list[tuple[str, ...]] = []
    monkeypatch.setattr(work, "_spawn", lambda *words: started.append(words) or quiet())
    page = html.unescape(office.get(f"/s/{CCST}/fichiers").text)
    assert "Les réglages de cette session ne sont pas lisibles" not in page
    assert "calculez la session à nouveau" in page
    office.submit(f"/s/{CCST}/executer", {"onglet": "fichiers"})
    assert [words[0] for words in started] == ["executer"]
    assert "--refaire" in started[0]
    del racine


def quiet() -> "subprocess.Popen[str]":
    """Return a command that does nothing."""
    return subprocess.Popen([sys.executable, "-c", ""], stdout=subprocess.PIPE, text=True)
