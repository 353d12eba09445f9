"""What another page, another machine or a hostile file would try on the page."""

import socket
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from starlette.routing import Route
from unitaires.bureau.conftest import BASE, PORT, SESSION, Browser

from perequation.bureau import uploads
from perequation.bureau.application import load, make_application
from perequation.bureau.command import open_bureau
from perequation.bureau.desk import Desk
from perequation.bureau.places import safe_name

pytestmark = pytest.mark.lourd

DEPOT = f"/s/{SESSION}/fichiers/depot"


def drop(browser: Browser, name: str, content: bytes) -> Any:
    return browser.submit(DEPOT, {"auteur": "Mme X"}, files={"fichiers": (name, content)})


def routes(desk: Desk) -> list[Route]:
    return [r for r in make_application(desk).routes if isinstance(r, Route)]


def test_nothing_is_shown_without_the_address(stranger: Browser, desk: Desk) -> None:
    for route in routes(desk):
        if "GET" in (route.methods or ()) and "documents" not in route.path:
            path = route.path.format(nom=SESSION, fichier="bureau.css")
            assert stranger.get(path).status_code == 403, path
    for essay in ("", "faux", desk.known.jeton[:-1], desk.known.temoin):
        assert stranger.get("/", params={"jeton": essay}).status_code == 403
    assert stranger.get(f"/documents/faux/{SESSION}/donnees/modeles/notes.csv").status_code == 403
    stranger.cookies.set(desk.known.cookie, "faux")
    assert stranger.get("/").status_code == 403


def test_the_cookie_is_for_this_page_alone(stranger: Browser, desk: Desk) -> None:
    answer = stranger.get(desk.known.adresse)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    cookie = answer.headers["set-cookie"].lower()
    assert all(word in cookie for word in ("httponly", "samesite=strict", str(PORT)))
    assert desk.known.jeton not in answer.headers["set-cookie"]


@pytest.mark.parametrize(
    "host", ["attaque.example", "127.0.0.1:80", "127.0.0.1", "", f"[::1]:{PORT}"]
)
def test_another_name_for_this_machine_is_refused(browser: Browser, host: str) -> None:
    assert browser.get("/", headers={"host": host}).status_code == 400


def test_every_form_is_refused_from_elsewhere(browser: Browser, desk: Desk) -> None:
    """Neither another origin, nor none, nor a form that doesn't have the token of ours."""
    forms = [r for r in routes(desk) if "POST" in (r.methods or ())]
    assert len(forms) > 20
    before = sorted(desk.places.racine.rglob("*"))
    for route in forms:
        path = route.path.format(nom=SESSION)
        good = {"formulaire": desk.known.formulaire}
        for origin in ({}, {"origin": "null"}, {"origin": "http://attaque.example"}):
            assert browser.post(path, data=good, headers=origin).status_code == 403, path
        for bad in ({}, {"formulaire": ""}, {"formulaire": desk.known.jeton}):
            answer = browser.post(path, data=bad, headers={"origin": BASE})
            assert answer.status_code == 403, path
        assert browser.get(path, headers={"origin": BASE}).status_code in {200, 404, 405}
    assert sorted(desk.places.racine.rglob("*")) == before
    assert not desk.works.busy


def test_every_page_forbids_what_comes_from_elsewhere(browser: Browser) -> None:
    for path in ("/", f"/s/{SESSION}/fichiers", f"/s/{SESSION}/reglages", "/s/nulle-part/fichiers"):
        headers = browser.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "http" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"


OUTSIDE = (
    "..",
    "../secret",
    "%2e%2e/secret",
    "..%2fsecret",
    "%2e%2e%2fsecret",
    "....//secret",
    "/etc",
    "%00",
    "lien",
    "absent",
    "con",
    ".git",
)


def test_folders_outside_the_root_are_out_of_reach(browser: Browser, racine: Path) -> None:
    secret = racine.parent / "secret"
    secret.mkdir()
    (secret / "session.toml").write_text("[session]\n", "utf-8")
    (racine / "lien").symlink_to(secret)
    for nom in OUTSIDE:
        assert browser.get(f"/s/{nom}/reglages").status_code in {400, 404, 405}, nom
        sent = browser.submit(f"/s/{nom}/reglages/texte", {"texte": "a=1"})
        assert sent.status_code in {404, 405}, nom
    assert (secret / "session.toml").read_text("utf-8") == "[session]\n"
    page = browser.get("/").text
    assert f'href="/s/{SESSION}"' in page
    assert 'href="/s/lien"' not in page


PRIVATE = (
    "session.toml",
    "../secret.html",
    "sortie/../../../secret.html",
    "sortie/..%2f..%2f..%2fsecret.html",
    "sortie/%2e%2e/%2e%2e/%2e%2e/secret.html",
    "sortie\\..\\secret.html",
    "/etc/passwd",
    "sortie/lien.html",
    "sortie/dossier/secret.html",
    "sortie/journal/x.csv",
    "sortie/.verrou.json",
    "sortie/.cache.html",
    "sortie/perequation.duckdb",
    "donnees/%00.csv",
)


def test_documents_are_those_of_the_session(browser: Browser, racine: Path, desk: Desk) -> None:
    (racine.parent / "secret.html").write_text("SECRET", "utf-8")
    sortie = racine / SESSION / "sortie"
    (sortie / "journal").mkdir(parents=True)
    (sortie / "lien.html").symlink_to(racine.parent / "secret.html")
    (sortie / "dossier").symlink_to(racine.parent)
    for name in ("journal/x.csv", ".verrou.json", ".cache.html", "perequation.duckdb"):
        (sortie / name).write_text("SECRET", "utf-8")
    for chemin in PRIVATE:
        answer = browser.get(f"/documents/{desk.known.documents}/{SESSION}/{chemin}")
        assert answer.status_code in {404, 400}, chemin
        assert "SECRET" not in answer.text, chemin


def test_a_document_is_shown_but_can_ask_for_nothing(
    browser: Browser, racine: Path, desk: Desk
) -> None:
    (racine / SESSION / "sortie").mkdir()
    (racine / SESSION / "sortie" / "page.html").write_text("<script>1</script>", "utf-8")
    answer = browser.get(f"/documents/{desk.known.documents}/{SESSION}/sortie/page.html")
    assert answer.status_code == 200
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("sandbox ")
    assert "allow-same-origin" not in policy
    assert answer.headers["referrer-policy"] == "no-referrer"


NAMES = {
    "../../etc/passwd.csv": "passwd.csv",
    "C:\\Users\\x\\notes.csv": "notes.csv",
    ".bashrc.csv": "bashrc.csv",
    "~$notes.csv": "_$notes.csv".replace("$", "_").lstrip("_"),
    "con.csv": "fichier_con.csv",
    "notes\0.csv": "notes.csv",
    "": "fichier_",
    "..": "fichier_",
    "<img src=x>.csv": "_img src_x_.csv",
    "a" * 300 + ".csv": "a" * 80 + ".csv",
}


def test_a_name_sent_is_only_a_name(browser: Browser, desk: Desk) -> None:
    for sent, kept in NAMES.items():
        assert safe_name(sent).removeprefix("_").removeprefix("_") == kept.removeprefix("_"), sent
    drop(browser, "../<img src=x onerror=alert(1)>.csv", b"a;b\n1;2\n")
    [waiting] = desk.uploads.waiting(SESSION)
    assert waiting.chemin.parent.parent == Path(desk.uploads.folder)
    page = browser.get(f"/s/{SESSION}/fichiers").text
    assert waiting.chemin.name in page
    assert "<img" not in page


STRANGERS = (
    ("notes.exe", b"a;b", "sorte de fichier"),
    ("notes.html", b"<html>", "sorte de fichier"),
    ("notes", b"a;b", "sorte de fichier"),
    ("notes.csv", b"MZ\x90\x00", "une table"),
    ("notes.csv", b"\x7fELF", "une table"),
    ("notes.csv", b"PK\x03\x04", "une table"),
    ("notes.xlsx", b"%PDF-1.7", "une table"),
    ("notes.xlsx", b"a;b\n", "une table"),
    ("notes.csv", b"", "vide"),
)


def test_what_is_no_table_is_refused(browser: Browser, desk: Desk) -> None:
    for name, content, words in STRANGERS:
        assert words in drop(browser, name, content).text, (name, content)
        assert not desk.uploads.waiting(SESSION)


def test_a_file_is_bounded_in_size(browser: Browser, racine: Path, desk: Desk) -> None:
    settings = racine / SESSION / "session.toml"
    settings.write_text(settings.read_text("utf-8") + "\n[bornes]\ntaille_mo = 1\n", "utf-8")
    assert "borne" in drop(browser, "notes.csv", b"a" * ((1 << 20) + 1)).text
    assert not desk.uploads.waiting(SESSION)
    drop(browser, "notes.csv", b"a;b\n" + b"x" * 100)
    assert len(desk.uploads.waiting(SESSION)) == 1


def test_a_request_is_bounded_whatever_it_announces(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "OCTETS", 10_000)
    with Browser(make_application(desk), base_url=BASE) as client:
        client.desk = desk
        client.get(desk.known.adresse)
        sent = drop(client, "notes.csv", b"a" * 20_000)
        assert sent.status_code == 413

        def pieces() -> Any:
            for _ in range(20):
                yield b"a" * 1000

        kind = {"content-type": "application/x-www-form-urlencoded", "origin": BASE}
        assert client.post(DEPOT, content=pieces(), headers=kind).status_code == 413
        for length in ("-1", "1e9", "dix"):
            asked = client.get("/", headers={"content-length": length})
            assert asked.status_code == 413


def test_what_is_typed_is_written_as_text(browser: Browser, racine: Path) -> None:
    evil = "<script>alert(1)</script>"
    path = racine / SESSION / "session.toml"
    titre = next(line for line in path.read_text("utf-8").splitlines() if line.startswith("titre"))
    path.write_text(path.read_text("utf-8").replace(titre, f'titre = "{evil}"'), "utf-8")
    (racine / SESSION / "donnees" / f"notes{evil.replace('/', '')}.csv").write_text("a", "utf-8")
    for page in ("/", f"/s/{SESSION}/fichiers", f"/s/{SESSION}/reglages"):
        assert "<script>alert" not in browser.get(page).text
    browser.submit("/sessions", {"dossier": evil, "annee": "2023", "academie": "TOULOUSE"})
    assert not [p for p in racine.iterdir() if "script" in p.name]


def test_a_folder_that_leads_elsewhere_receives_nothing(
    browser: Browser, racine: Path, desk: Desk
) -> None:
    elsewhere = racine.parent / "ailleurs"
    elsewhere.mkdir()
    donnees = racine / SESSION / "donnees"
    for path in sorted(donnees.rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    donnees.rmdir()
    donnees.symlink_to(elsewhere)
    drop(browser, "etablissements.csv", b"uai;nom\n0960011R;X\n")
    [waiting] = desk.uploads.waiting(SESSION)
    form = {"cle": waiting.cle, "sorte": "etablissements", "auteur": "Mme X"}
    assert "par un lien" in browser.submit(f"/s/{SESSION}/fichiers/ranger", form).text
    assert not list(elsewhere.iterdir())


def test_only_inputs_are_withdrawn(browser: Browser, racine: Path) -> None:
    victim = racine / SESSION / "session.toml"
    for name in ("session.toml", "../secret", "/etc/passwd", str(victim), ""):
        browser.submit(f"/s/{SESSION}/fichiers/retirer", {"fichier": name})
    assert victim.is_file()


@pytest.mark.parametrize("glob", ["/etc", "../../ailleurs", "../a/../../b"])
def test_settings_name_no_session_outside_the_root(
    browser: Browser, racine: Path, glob: str
) -> None:
    path = racine / SESSION / "session.toml"
    text = path.read_text("utf-8").replace(
        "[donnees] ", f'[donnees] # x\nsessions_precedentes = ["{glob}"]\n# '
    )
    assert glob in text
    answer = browser.submit(f"/s/{SESSION}/reglages/texte", {"texte": text})
    assert "sort du dossier des sessions" in answer.text
    assert glob not in path.read_text("utf-8")


async def _all_views(desk: Desk) -> list[Any]:
    return [await load(r.name) for r in routes(desk) if "." in r.name]


def test_every_address_has_what_answers_it(desk: Desk) -> None:
    import anyio

    assert len(anyio.run(_all_views, desk)) > 25


def test_it_listens_to_this_machine_alone_and_stops_by_itself(tmp_path: Path) -> None:
    opened = threading.Event()
    known: list[Desk] = []

    def ready(desk: Desk) -> None:
        known.append(desk)
        opened.set()

    options = {"browser": False, "minutes": 0.03, "ready": ready}
    serving = threading.Thread(target=open_bureau, args=(tmp_path,), kwargs=options, daemon=True)
    serving.start()
    assert opened.wait(20)
    port = known[0].known.port
    with socket.create_connection(("127.0.0.1", port), 5) as there:
        assert there.getpeername() == ("127.0.0.1", port)
    addresses = {info[4][0] for info in socket.getaddrinfo(socket.gethostname(), port)}
    for address in addresses - {"127.0.0.1", "::1"}:
        with pytest.raises(OSError, match=r".*"), socket.create_connection((str(address), port), 2):
            pass
    debut = time.monotonic()
    serving.join(20)
    assert not serving.is_alive()
    assert time.monotonic() - debut < 15
    assert not list(tmp_path.iterdir())
