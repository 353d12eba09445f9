"""`session.toml` as a form: the file stays its author's, and each fault is beside its field."""

import re
import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unitaires.bureau.conftest import SESSION, Browser
from voies import draws

from perequation.bureau import settings as bureau_settings
from perequation.bureau.labels import LIBELLES, SECTIONS
from perequation.bureau.settings import read_expected, save_settings, tell_expected
from perequation.bureau.toml_lines import Rows, change, statements
from perequation.socle.configuration import Configuration
from perequation.socle.erreurs import ConfigurationError
from perequation.socle.ressources import ressource

pytestmark = pytest.mark.entier

MODELE = ressource("gabarits", "session.toml").read_text("utf-8").replace("$annee", "2023")
MODELE = MODELE.replace("$titre", '"T"').replace("$academie", '"TOULOUSE"')
MODELE = MODELE.replace("$specialites", '["CCST"]').replace("$confirmation", "")

texts = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=20)
values = st.one_of(
    st.booleans(),
    st.integers(-(10**9), 10**9),
    texts,
    st.lists(texts, max_size=3).map(tuple),
    st.dates(),
    st.decimals(-100, 100, places=2),
    st.none(),
)
keys = st.tuples(
    st.sampled_from(["session", "donnees", "ccf", "calendrier", "seuils", "regles", "nouvelle"]),
    st.sampled_from(["annee", "titre", "candidats", "pas_note", "x", "clé", "a b"]),
)
rows = st.lists(st.fixed_dictionaries({"maille": texts, "n": st.integers(0, 99)}), max_size=3)


@settings(max_examples=draws(40, 150))
@given(st.dictionaries(keys, values, max_size=5), rows, st.booleans())
def test_what_is_asked_is_what_is_read_and_the_rest_stays(
    wanted: dict[Any, Any], tables: list[dict[str, Any]], has_tables: bool
) -> None:
    text = MODELE + ('\n[[effectif_attendu]]\nmaille = "total"\nn = 1\n' if has_tables else "")
    changed = change(text, {**wanted, ("effectif_attendu",): Rows(tuple(tables))})
    read = tomllib.loads(changed, parse_float=Decimal)
    for (section, name), value in wanted.items():
        found = read.get(section, {}).get(name)
        assert found == (list(value) if isinstance(value, tuple) else value)
    assert read.get("effectif_attendu", []) == tables
    comments = [line for line in text.splitlines() if line.startswith("#")]
    assert [line for line in changed.splitlines() if line.startswith("#")] == comments
    untouched = {
        line.split("=")[0]
        for line in text.splitlines()
        if "=" in line
        and not line.startswith("#")
        and line.split("=")[0].strip() not in {name for _, name in wanted} | {"maille", "n"}
    }
    for start in untouched:
        assert any(line.startswith(start) for line in changed.splitlines())


def test_nothing_asked_changes_nothing() -> None:
    assert change(MODELE, {}) == MODELE
    assert change(MODELE, {("seuils", "pas_note"): Decimal("0.5")}) == MODELE


def test_a_comment_stays_at_the_end_of_its_line() -> None:
    text = '[a]\nx = "a # b"    # dit pourquoi\ny = [\n  1, # un\n  2,\n]\nz = 3\n'
    assert change(text, {("a", "x"): "c"}) == text.replace('"a # b"    #', '"c"        #')
    assert (
        change(text, {("a", "y"): (1,)}) == '[a]\nx = "a # b"    # dit pourquoi\ny = [1]\nz = 3\n'
    )


def test_a_value_may_look_like_a_section() -> None:
    text = 'x = """\n[b]\ny = 1\n"""\n[b]\ny = 2\n'
    assert change(text, {("b", "y"): 3}) == text.replace("y = 2", "y = 3")
    assert [s.chemin for s in statements(text.split("\n"))] == [("x",), (), ("b", "y")]


@pytest.mark.parametrize("text", ["ccf = {epreuves = []}\n", "ccf.epreuves = []\n"])
def test_a_file_that_cannot_be_changed_safely_is_left(text: str) -> None:
    with pytest.raises(ConfigurationError, match="à la main"):
        change(text, {("ccf", "date_limite"): "x"})


def test_every_setting_is_on_the_page() -> None:
    asked = {f"{s}.{n}" for s, n, _, _ in bureau_settings._settings()} | {*bureau_settings._TABLES}
    assert asked == set(LIBELLES)
    assert set(SECTIONS) == set(Configuration.model_fields)


def form_of(page: str) -> dict[str, Any]:
    """Return what a browser would send of the form of the settings, untouched."""
    import html

    form: dict[str, Any] = {}
    body = page[page.index("/reglages") :]
    for tag in re.finditer(r"<input ([^>]*)>", body):
        found = dict(re.findall(r'([\w-]+)="([^"]*)"', tag[1]))
        if found.get("type") != "checkbox" or tag[1].endswith("checked"):
            form.setdefault(found.get("name", ""), []).append(html.unescape(found.get("value", "")))
    for name, text in re.findall(
        r'<textarea id="[^"]*" name="([^"]*)"[^>]*>(.*?)</textarea>', body, re.DOTALL
    ):
        form[name] = html.unescape(text)
    for name, inside in re.findall(
        r'<select id="[^"]*" name="([^"]*)"[^>]*>(.*?)</select>', body, re.DOTALL
    ):
        chosen = re.search(r'<option selected value="([^"]*)"', inside)
        form[name] = html.unescape(chosen[1]) if chosen else ""
    return form


def test_saving_the_form_untouched_changes_nothing(browser: Browser, racine: Path) -> None:
    path = racine / SESSION / "session.toml"
    path.write_text(
        path.read_text("utf-8") + '\n[[effectif_attendu]]\nmaille = "total"\ncode = "TOTAL"\n'
        'inscrits = 170\n\n[[reference_nationale]]\nsource = "Note 22.1"\ntaux_reussite = 0.812\n'
        "\n[calendrier]\njury = 2023-06-29 # le jeudi\n",
        "utf-8",
    )
    before = path.read_text("utf-8")
    form = form_of(browser.get(f"/s/{SESSION}/reglages").text)
    answer = browser.submit(f"/s/{SESSION}/reglages", form)
    assert "Réglages enregistrés" in answer.text
    assert path.read_text("utf-8") == before


def test_each_fault_is_beside_its_field_and_nothing_is_written(
    browser: Browser, racine: Path
) -> None:
    path = racine / SESSION / "session.toml"
    before = path.read_text("utf-8")
    form = form_of(browser.get(f"/s/{SESSION}/reglages").text)
    wrong = {
        "seuils.pas_note": "0,3",
        "session.annee": "l’an dernier",
        "calendrier.jury": "2023-06-01",
        "calendrier.reunion": "2023-06-07",
        "donnees.notes": "../notes.csv",
        "effectif_attendu": "TOTAL 170",
    }
    answer = browser.submit(f"/s/{SESSION}/reglages", form | wrong)
    assert answer.status_code == 422
    for key in ("seuils.pas_note", "session.annee", "calendrier.jury", "donnees.notes"):
        identifier = f"c-{key.replace('.', '-')}"
        assert f'id="{identifier}-faute"' in answer.text, key
        field = re.search(rf'<\w+ [^>]*id="{identifier}"[^>]*>', answer.text)
        assert field is not None
        assert 'aria-invalid="true"' in field[0]
        assert f"{identifier}-faute" in field[0]
    assert answer.text.count("aria-invalid") == 4
    assert "l’an dernier" in answer.text
    assert path.read_text("utf-8") == before


def test_a_file_broken_by_hand_is_mended_as_text(browser: Browser, racine: Path) -> None:
    path = racine / SESSION / "session.toml"
    good = path.read_text("utf-8")
    path.write_text("[session\n", "utf-8")
    assert "n’est pas lisible comme formulaire" in browser.get(f"/s/{SESSION}/reglages").text
    assert browser.get("/").status_code == 200
    bad = browser.submit(f"/s/{SESSION}/reglages/texte", {"texte": "[session]\nx = 1\n"})
    assert "annee" in bad.text
    assert path.read_text("utf-8") == "[session\n"
    browser.submit(f"/s/{SESSION}/reglages/texte", {"texte": good})
    assert path.read_text("utf-8") == good


def test_the_circular_is_pasted_as_it_is() -> None:
    pasted = (
        "TOTAL : 1 170 candidats\nToulouse\t170\n0310038b Lycée X 24\n"
        "Lycée Y – Montrécit ; 40\ncentre_ecrit ; Z ; 3\n\n"
    )
    assert [tuple(row.values()) for row in read_expected(pasted)] == [
        ("total", "TOTAL", 1170),
        ("academie", "TOULOUSE", 170),
        ("etablissement", "0310038B", 24),
        ("centre_ecrit", "Lycée Y – Montrécit", 40),
        ("centre_ecrit", "Z", 3),
    ]
    with pytest.raises(ConfigurationError) as refused:
        read_expected("TOTAL 3\nLycée sans nombre\n\nLycée X 4\nvingt")
    assert [d.split(",")[0] for d in refused.value.details] == [
        "effectif_attendu : ligne 2",
        "effectif_attendu : ligne 5",
    ]


def test_a_line_without_a_code_amid_establishments_is_one() -> None:
    rows = read_expected(
        "Centre A 3\n0960011R 10\nENSEIGN.DISTANCE RESIDANT 31 - TOULOUSE 1\n0960013T 11\nCentre B 4"
    )
    assert [row["maille"] for row in rows] == [
        "centre_ecrit",
        "etablissement",
        "etablissement",
        "etablissement",
        "centre_ecrit",
    ]
    told = list(tell_expected(rows))
    assert "établissements sans code" in told[0]
    assert "ENSEIGN.DISTANCE" in told[0]
    assert "Centre A" in told[1]
    assert "centre_ecrit" in told[2]
    assert list(tell_expected(read_expected("TOTAL 3\n0960011R 3"))) == []
    assert [
        row["maille"] for row in read_expected("0960011R 1\ncentre_ecrit ; X ; 1\n0960013T 1")
    ] == ["etablissement", "centre_ecrit", "etablissement"]


def test_a_session_is_made_whole_or_not_at_all(browser: Browser, racine: Path) -> None:
    form = {"specialites": "CCST", "annee": "2023", "academie": "TOULOUSE", "dossier": "essai"}
    answer = browser.submit("/sessions", form | {"effectifs": "Effectifs inscrits\nTOTAL 3\nvingt"})
    assert answer.status_code == 422
    assert "ligne 1" in answer.text
    assert "ligne 3" in answer.text
    assert not (racine / "essai").exists()
    # What can only be known of the whole file is no half-made folder either.
    answer = browser.submit("/sessions", form | {"effectifs": "TOTAL 99999999999"})
    assert answer.status_code == 422
    assert not (racine / "essai").exists()
    answer = browser.submit("/sessions", form | {"effectifs": "TOTAL 3\nCentre Z 3"})
    assert "lus comme centres d’écrit" in answer.text.replace("\xa0", " ")
    assert (racine / "essai" / "session.toml").is_file()


def test_the_box_of_the_coefficients_says_what_it_does(browser: Browser, racine: Path) -> None:
    page = browser.get(f"/s/{SESSION}/reglages").text
    assert "Règlement CCST, à vérifier" in page
    path = racine / SESSION / "session.toml"
    text = path.read_text("utf-8")
    path.write_text(text.replace("confirmes = false", "confirmes = true"), "utf-8")
    page = browser.get(f"/s/{SESSION}/reglages").text
    assert "non confirmé mais vérifié par vous" in page
    assert "disent encore" in page


def test_permissions_stay(racine: Path) -> None:
    path = racine / SESSION / "session.toml"
    path.chmod(0o664)
    save_settings(path, {("session", "titre"): "Un autre"})
    assert path.stat().st_mode & 0o777 == 0o664
