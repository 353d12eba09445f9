"""An archive has all a session was made from, and puts it back as it lay, wherever that was."""

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from zipfile import ZipFile

import pytest

from perequation.preuve import archive_session, contenu, verification
from perequation.preuve.extraction import extract_archive
from perequation.socle import entrepot
from perequation.socle.dossier import Dossier, open_dossier
from perequation.socle.erreurs import ConfigurationError, MissingInputError

pytestmark = pytest.mark.lourd

SESSION = """
[session]
annee = 2023
titre = "BTS CCST 2023"
academie_pilote = "TOULOUSE"
specialites = ["CCST"]

[donnees]
candidats = ["donnees/c*.csv"]
notes = ["donnees/n*.csv"]
sessions_precedentes = [{precedentes}]

[acces]
groupe = "un-groupe-d-ailleurs"
"""


def _sha(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _publish(racine: Path, precedentes: str = "") -> Dossier:
    (racine / "donnees").mkdir(parents=True)
    (racine / "session.toml").write_text(SESSION.format(precedentes=precedentes), encoding="utf-8")
    for nom in ("c.csv", "n.csv"):
        (racine / "donnees" / nom).write_text(nom, encoding="utf-8")
    dossier = open_dossier(racine)
    manifeste = {
        "calcule_le": "2023-07-01T10:00:00+02:00",
        "donnees_du": "2023-06-30",
        "entrees": [
            {"fichier": f"donnees/{nom}", "sha256": _sha(racine / "donnees" / nom)}
            for nom in ("c.csv", "n.csv")
        ],
        "session_toml": _sha(racine / "session.toml"),
    }
    with entrepot.open_construction(dossier.entrepot, fresh=True) as con:
        con.execute("create table marts.reussite as select 2022 as session, 12 as presents")
        con.execute("create table marts.secret as select 'NOM' as nom")
        con.execute(
            "create table reference.manifeste as select ? as contenu", [json.dumps(manifeste)]
        )
        con.execute("create table t as select 1 as x")
    dossier.exports.mkdir()
    (dossier.exports / "manifeste.json").write_text(json.dumps(manifeste), encoding="utf-8")
    with entrepot.open_memory() as con:
        con.execute(f"copy (select 1 as x) to '{dossier.exports / 'reussite.parquet'}'")
    (dossier.rapports / "fiches").mkdir(parents=True)
    for nom in ("10_qualite", "35_annexe_CCST", "fiches/CCST_0310001A", "index", ".10_qualite.tmp"):
        page = f'<meta name="perequation-empreinte" content="{nom.encode().hex()}"><p>{nom}</p>'
        (dossier.rapports / f"{nom}.html").write_text(page, encoding="utf-8")
    return dossier


@pytest.mark.parametrize("where", ["../avant", "../../ailleurs/avant", "absolue"])
def test_the_earlier_session_is_read_where_the_settings_say(tmp_path: Path, where: str) -> None:
    racine = tmp_path / "un" / "deux" / "session"
    avant = tmp_path / "loin" if where == "absolue" else racine / where
    _publish(Path(avant).resolve())
    nom = avant.as_posix() if where == "absolue" else where
    dossier = _publish(racine, json.dumps(nom))
    archive = archive_session(dossier, tmp_path / "a.zip")
    # Of the earlier session, the tables that reports read, and no other.
    members = set(ZipFile(archive).namelist())
    assert {"session/donnees/c.csv", "anterieures/1.duckdb", "anterieures/1.toml"} <= members

    ici = tmp_path / "ici"
    ici.mkdir()
    sommaire = extract_archive(archive, ici)
    assert set(sommaire.options) == {"fiches", "annexe"}
    assert set(sommaire.pages) == {
        "10_qualite.html",
        "35_annexe_CCST.html",
        "fiches/CCST_0310001A.html",
    }
    settled, remis = verification._settle(ici, sommaire)
    assert settled.racine.is_relative_to(ici)
    assert remis == ()
    assert settled.configuration.acces.groupe == ""
    ((_, folder),) = settled.earlier_folders()
    assert folder is not None
    assert folder.resolve().is_relative_to(ici.resolve())
    lue = open_dossier(folder)
    with entrepot.open_read_only(lue.entrepot) as con:
        assert entrepot.list_tables(con, "marts") == ["reussite"]
    assert json.loads((settled.exports / "manifeste.json").read_text("utf-8"))["donnees_du"] == (
        "2023-06-30"
    )


def test_regulations_of_then_are_put_back_when_todays_differ(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = archive_session(_publish(tmp_path / "session"), tmp_path / "a.zip")
    ici = tmp_path / "ici"
    ici.mkdir()
    sommaire = extract_archive(archive, ici)
    today = {nom: tmp_path / "livres" / nom for nom in contenu.shipped_folders()}
    for nom, folder in contenu.shipped_folders().items():
        for path in folder.rglob("*.toml"):
            copy = today[nom] / path.relative_to(folder)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(path.read_bytes())
    changed = today["reglements"] / "ccst-2023.toml"
    changed.write_text("# autre", encoding="utf-8")
    monkeypatch.setattr(contenu, "shipped_folders", lambda: today)
    settled, remis = verification._settle(ici, sommaire)
    assert remis == (f"reglements/{changed.name}",)
    assert (settled.racine / "reglements" / changed.name).read_text("utf-8") != "# autre"


def test_files_that_are_not_those_of_the_results_are_not_archived(tmp_path: Path) -> None:
    dossier = _publish(tmp_path / "session")
    (dossier.racine / "donnees" / "n.csv").write_text("autre", encoding="utf-8")
    with pytest.raises(MissingInputError, match="ne sont plus ceux") as error:
        archive_session(dossier, tmp_path / "a.zip")
    assert "donnees/n.csv" in error.value.details[0]
    assert not (tmp_path / "a.zip").exists()


def test_nothing_published_or_a_name_taken_is_told(tmp_path: Path) -> None:
    dossier = _publish(tmp_path / "session")
    cible = tmp_path / "a.zip"
    cible.write_bytes(b"autre chose")
    with pytest.raises(ConfigurationError, match="existe déjà"):
        archive_session(dossier, cible)
    assert cible.read_bytes() == b"autre chose"
    dossier.entrepot.unlink()
    with pytest.raises(MissingInputError, match="Rien à archiver"):
        archive_session(dossier, tmp_path / "b.zip")


def test_the_same_session_gives_the_same_archive(tmp_path: Path) -> None:
    dossier = _publish(tmp_path / "session")
    first, second = (archive_session(dossier, tmp_path / f"{n}.zip") for n in "ab")
    assert first.read_bytes() == second.read_bytes()


def test_pages_compared_are_those_of_the_archive_but_for_the_marks_of_what_made_them(
    tmp_path: Path,
) -> None:
    mark = '<meta name="perequation-empreinte" content="{}"><meta name="generator" content="{}">'
    for side, marks in (("avant", ("0a", "P 1")), ("apres", ("0b", "P 2"))):
        (tmp_path / side / "fiches").mkdir(parents=True)
        for nom in ("egale", "fiches/autre", f"que_{side}", ".sous_main.tmp"):
            text = "595" if (side, nom) == ("avant", "fiches/autre") else "596"
            page = f"{mark.format(*marks)}<p>{text}</p>"
            (tmp_path / side / f"{nom}.html").write_text(page, encoding="utf-8")
    pages = tuple(verification._other_pages(tmp_path / "avant", tmp_path / "apres"))
    assert pages == (
        "fiches/autre.html : différente",
        "que_apres.html : n'était pas faite",
        "que_avant.html : n'est plus faite",
    )


def test_what_differs_under_another_version_is_said_to_come_from_it(tmp_path: Path) -> None:
    sommaire = extract_sommaire(tmp_path)
    constat = verification.Constat(sommaire, 1, 2, pages=("p : différente",))
    same = list(constat.lines())
    assert "  p : différente" in same
    assert "archive modifiée" in same[-1]
    one = list(replace(constat, versions=("polars : 1 puis 2",)).lines())
    assert "  p : différente (autre version)" in one
    assert "A changé de version depuis :" in one
    many = list(replace(constat, versions=("polars : 1 puis 2", "scipy : 1 puis 2")).lines())
    assert "Ont changé de version depuis :" in many
    assert many[0].endswith("résultats du 01/07/2023, refaits.")


def extract_sommaire(tmp_path: Path) -> contenu.Sommaire:
    ici = tmp_path / "ici"
    ici.mkdir()
    return extract_archive(archive_session(_publish(tmp_path / "s"), tmp_path / "s.zip"), ici)
