"""Files received: filed under a name the import reads, never over another, and nothing lost."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from unitaires.bureau.conftest import SESSION, Browser

from perequation.bureau import profile
from perequation.bureau.desk import Desk
from perequation.bureau.filing import Received, file_upload, withdraw_file
from perequation.bureau.places import safe_name
from perequation.bureau.uploads import SORTES
from perequation.ingestion.fichiers import list_files
from perequation.socle.dossier import Dossier, open_dossier
from perequation.socle.schema import TABLES
from perequation.suivi.initialisation import create_dossier

pytestmark = pytest.mark.lourd


@pytest.fixture
def session(racine: Path) -> Dossier:
    path = racine / SESSION / "session.toml"
    text = path.read_text("utf-8").replace("confirmes = false", "confirmes = true")
    path.write_text(text, "utf-8")
    return open_dossier(racine / SESSION)


def received(folder: Path, name: str, content: bytes = b"a;b\n1;2\n") -> Path:
    path = folder / "recu" / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    return path


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    stem=st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), max_size=30),
    suffix=st.sampled_from(SORTES),
    kind=st.sampled_from(sorted(TABLES)),
)
def test_whatever_its_name_a_file_is_read_once_as_its_kind(
    tmp_path_factory: pytest.TempPathFactory, stem: str, suffix: str, kind: str
) -> None:
    folder = tmp_path_factory.mktemp("depot")
    list(create_dossier(folder / "s", ["CCST"], 2023, "TOULOUSE"))
    dossier = open_dossier(folder / "s")
    source = received(folder, safe_name(f"{stem}{suffix}"), stem.encode())
    # Twice: the second never takes the place of the first.
    for _ in range(2):
        list(file_upload(dossier, Received(source, kind, "Mme X")))
    dossier = open_dossier(folder / "s")
    read = {other: [f.chemin for f in list_files(dossier, other)] for other in TABLES}
    assert len(read[kind]) == 2
    assert all(path.read_bytes() == source.read_bytes() for path in read[kind])
    assert not [path for other in set(TABLES) - {kind} for path in read[other]]


def test_a_file_replaced_is_kept_aside(session: Dossier, tmp_path: Path) -> None:
    old = received(tmp_path, "notes_a.csv", b"ancien")
    list(file_upload(session, Received(old, "notes", "Mme X")))
    new = received(tmp_path, "notes_a.csv", b"nouveau")
    told = list(file_upload(session, Received(new, "notes", "Mme X", remplace=True)))
    assert [f.chemin.read_bytes() for f in list_files(session, "notes")] == [b"nouveau"]
    [kept] = (session.racine / "donnees" / "retires").iterdir()
    assert kept.read_bytes() == b"ancien"
    assert kept.name.endswith("-notes_a.csv")
    assert "Mme X" in told[-1]


def test_a_file_withdrawn_is_not_read(session: Dossier, tmp_path: Path) -> None:
    source = received(tmp_path, "candidats.csv")
    list(file_upload(session, Received(source, "candidats", "Mme X")))
    assert "n’est plus lu" in withdraw_file(session, "donnees/candidats.csv")
    assert list_files(session, "candidats") == ()
    assert session.unread() == []


def test_a_returned_template_goes_where_templates_are_read(
    session: Dossier, tmp_path: Path
) -> None:
    source = received(tmp_path, "lycée.csv")
    list(file_upload(session, Received(source, "notes", "Mme X", folder="donnees/ccf")))
    assert (session.racine / "donnees" / "ccf" / "lycée.csv").is_file()
    assert [f.nom for f in list_files(open_dossier(session.racine), "notes")] == [
        "donnees/ccf/lycée.csv"
    ]


NOTES = "Matricule;Filière;Session;Code épreuve;Note obtenue;Façon\n" + "".join(
    f"0239600{n:04d};CCST;2023;E3;{10 + n % 5},5;{'à l’oral' if n % 2 else 'CCF'}\n"
    for n in range(30)
)


@pytest.mark.slow
def test_a_profile_is_completed_by_choosing(browser: Browser, desk: Desk, session: Dossier) -> None:
    """A column said, then the codes of that column said: the file is filed, and read."""
    depot = f"/s/{SESSION}/fichiers/depot"
    files = {"fichiers": ("notes_maison.csv", NOTES.encode())}
    browser.submit(depot, {"auteur": "Mme X"}, files=files)
    [waiting] = desk.uploads.waiting(SESSION)

    def look() -> Any:
        page = browser.get(f"/s/{SESSION}/fichiers/apercu?cle={waiting.cle}")
        assert page.status_code == 200
        return desk.apercus[waiting.cle]

    apercu = look()
    assert apercu.manquantes == ("mode",)
    asked = {q.champ: [v for v, _ in q.choix] for q in profile.ask(apercu)}
    assert "Façon" in asked["colonne_mode"]
    browser.submit(f"/s/{SESSION}/fichiers/profil", {"cle": waiting.cle, "colonne_mode": "Façon"})
    assert (session.racine / "profils" / "notes-maison.toml").is_file()

    again = look()
    assert again.manquantes == ()
    [unknown] = [q for q in profile.ask(again) if "à l’oral" in q.libelle]
    assert "PONCTUEL" in [value for value, _ in unknown.choix]
    said = {"cle": waiting.cle, unknown.champ: "PONCTUEL"}
    browser.submit(f"/s/{SESSION}/fichiers/profil", said)
    last = look()
    assert profile.ask(last) == []
    assert all(code.est_compris for code in last.essai.codes)

    form = {"cle": waiting.cle, "sorte": "notes", "auteur": "Mme X"}
    assert "est rangé" in browser.submit(f"/s/{SESSION}/fichiers/ranger", form).text
    donnees = open_dossier(session.racine).configuration.donnees
    assert donnees.profils == {"donnees/notes_maison.csv": "notes-maison"}
