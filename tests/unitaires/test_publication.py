"""A construction half done is never taken up; a warehouse that can't be read is never destroyed."""

import json
from pathlib import Path

import duckdb
import pytest

from perequation.socle import entrepot, etapes, publication
from perequation.socle.dossier import Dossier, open_dossier
from perequation.socle.erreurs import FolderBusyError, MissingInputError
from perequation.socle.manifeste import read_manifeste

pytestmark = pytest.mark.lourd

SESSION = """
[session]
annee = 2023
titre = "Essai"
academie_pilote = "TOULOUSE"
specialites = ["CCST"]
[donnees]
candidats = ["donnees/candidats*.csv"]
notes = ["donnees/notes*.csv"]
"""


@pytest.fixture
def dossier(tmp_path: Path) -> Dossier:
    (tmp_path / "session.toml").write_text(SESSION, encoding="utf-8")
    return open_dossier(tmp_path)


def _build(dossier: Dossier, contenu: str = "1") -> None:
    with entrepot.open_construction(dossier.construction, fresh=True) as con:
        etapes.start_step(con, "importer")
        con.execute(
            "create table raw.fichier as select 'donnees/notes.csv' as fichier, "
            f"'{contenu}' as sha256, 'notes' as type_fichier, 3 as lignes_lues, null::varchar as classeur"
        )
        con.execute(f"create table marts.essai as select '{contenu}' as n")
        etapes.end_step(con, "importer", dossier)
        publication.prepare(con, dossier)


def _publish(dossier: Dossier, contenu: str) -> None:
    _build(dossier, contenu)
    publication.publish(dossier)


def _value(path: Path) -> str:
    return entrepot.read_mart(path, "essai")["n"][0]


def test_a_step_that_did_not_end_has_not_happened(dossier: Dossier) -> None:
    _build(dossier)
    with entrepot.open_construction(dossier.construction) as con:
        etapes.require_step(con, "importer", dossier)
        with pytest.raises(MissingInputError, match="controler DOSSIER"):
            etapes.require_step(con, "controler", dossier)
        etapes.start_step(con, "importer")
        with pytest.raises(MissingInputError, match="pas été mené à son terme"):
            etapes.require_step(con, "importer", dossier)
    assert not etapes.is_imported(dossier.construction)
    with (
        entrepot.open_construction(dossier.construction, fresh=True) as con,
        pytest.raises(MissingInputError, match="pas été mené à son terme"),
    ):
        etapes.require_step(con, "importer", dossier)


def test_a_construction_made_under_other_settings_is_not_taken_up(dossier: Dossier) -> None:
    _build(dossier)
    with (dossier.racine / "session.toml").open("a", encoding="utf-8") as toml:
        toml.write("[seuils]\nalerte_ecart = 1\n")
    with (
        entrepot.open_construction(dossier.construction) as con,
        pytest.raises(MissingInputError, match=r"session\.toml.*a changé depuis l'import"),
    ):
        etapes.require_step(con, "importer", dossier)


@pytest.mark.parametrize(
    "trouves",
    [
        {("donnees/notes.csv", "2")},
        {("donnees/notes.csv", "1"), ("donnees/notes_2.csv", "1")},
        set[tuple[str, str]](),
    ],
)
def test_files_that_change_while_they_are_read_stop_the_import(
    dossier: Dossier, trouves: set[tuple[str, str]]
) -> None:
    _build(dossier)
    with entrepot.open_construction(dossier.construction) as con:
        etapes.require_every_file(con, {("donnees/notes.csv", "1")})
        with pytest.raises(MissingInputError, match="ont changé pendant leur lecture"):
            etapes.require_every_file(con, trouves)


def test_a_publication_is_kept_as_the_previous_one_with_its_exports(dossier: Dossier) -> None:
    _publish(dossier, "a")
    _publish(dossier, "b")
    assert (_value(dossier.entrepot), _value(dossier.precedent)) == ("b", "a")
    manifeste = json.loads((dossier.exports / "manifeste.json").read_text("utf-8"))
    assert manifeste == read_manifeste(dossier.entrepot)
    assert publication.is_as_published(dossier)


@pytest.mark.parametrize("quand", ["avant", "apres"])
def test_a_run_killed_while_publishing_leaves_results_and_the_right_previous(
    dossier: Dossier, monkeypatch: pytest.MonkeyPatch, quand: str
) -> None:
    _publish(dossier, "a")
    _publish(dossier, "b")
    vraie = entrepot.publish

    def killed(construction: Path, cible: Path) -> None:
        if quand == "apres":
            vraie(construction, cible)
        raise KeyboardInterrupt

    _build(dossier, "c")
    with monkeypatch.context() as patch:
        patch.setattr(entrepot, "publish", killed)
        with pytest.raises(KeyboardInterrupt):
            publication.publish(dossier)
    assert dossier.entrepot.is_file()
    assert _value(dossier.precedent) == "a"
    publication.finish(dossier)
    assert _value(dossier.precedent) == ("a" if quand == "avant" else "b")
    assert not list(dossier.sortie.glob(".precedent*"))


def test_without_hard_links_the_previous_warehouse_is_copied(
    dossier: Dossier, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> None:
        raise OSError

    monkeypatch.setattr(Path, "hardlink_to", refused)
    _publish(dossier, "a")
    avant = dossier.entrepot.read_bytes()
    _publish(dossier, "b")
    assert dossier.precedent.read_bytes() == avant


def test_a_publication_changed_by_hand_is_noticed(dossier: Dossier) -> None:
    _publish(dossier, "a")
    with duckdb.connect(str(dossier.entrepot)) as con:
        con.execute("update marts.essai set n = 'z'")
    assert not publication.is_as_published(dossier)


def test_the_date_of_the_data_outlives_a_copy_and_a_computation(dossier: Dossier) -> None:
    _publish(dossier, "a")
    with duckdb.connect(str(dossier.entrepot)) as con:
        con.execute(
            "update reference.manifeste set contenu = "
            'regexp_replace(contenu, \'"donnees_du": "[0-9-]+"\', \'"donnees_du": "2023-06-30"\')'
        )
    _publish(dossier, "a")
    assert (read_manifeste(dossier.entrepot) or {})["donnees_du"] == "2023-06-30"
    _publish(dossier, "b")
    assert (read_manifeste(dossier.entrepot) or {})["donnees_du"] > "2023-06-30"


@pytest.mark.parametrize("illisible", ["abime", "vide"])
def test_what_cannot_be_read_is_set_aside_whole_when_it_is_replaced(
    dossier: Dossier, illisible: str
) -> None:
    dossier.sortie.mkdir()
    octets = {"abime": _damaged, "vide": _empty}[illisible](dossier.entrepot)
    _publish(dossier, "b")
    assert _value(dossier.entrepot) == "b"
    (garde,) = dossier.sortie.glob("perequation-illisible-*.duckdb")
    assert garde.read_bytes() == octets
    assert not dossier.precedent.exists()


def test_a_previous_warehouse_that_cannot_be_read_is_set_aside(dossier: Dossier) -> None:
    _publish(dossier, "a")
    octets = _damaged(dossier.precedent)
    _publish(dossier, "b")
    (garde,) = dossier.sortie.glob("precedent-illisible-*.duckdb")
    assert garde.read_bytes() == octets
    assert _value(dossier.precedent) == "a"


def _damaged(path: Path) -> bytes:
    path.write_bytes(b"rien de bon" * 2000)
    return path.read_bytes()


def _empty(path: Path) -> bytes:
    path.write_bytes(b"")
    return b""


# What DuckDB 1.5 says of a file that DuckDB 2 wrote in its own format.
LATER = (
    "IO Error: Trying to read a database file with version number 999, but we can only read "
    "versions between 64 and 68.\nThe database file was created with an newer version of DuckDB."
)


def test_another_version_is_not_called_damage(
    dossier: Dossier, monkeypatch: pytest.MonkeyPatch
) -> None:
    dossier.sortie.mkdir()
    _damaged(dossier.entrepot)
    with pytest.raises(MissingInputError, match="abîmé"):
        entrepot.open_read_only(dossier.entrepot)

    def refuse(*_: object, **__: object) -> None:
        raise duckdb.IOException(LATER)

    monkeypatch.setattr(duckdb, "connect", refuse)
    with pytest.raises(MissingInputError, match="intact") as told:
        entrepot.open_read_only(dossier.entrepot)
    assert "abîmé" not in told.value.message


def test_a_warehouse_is_written_in_a_format_older_tools_read(dossier: Dossier) -> None:
    _publish(dossier, "a")
    # DuckDB 1.3 and later read format 66; 1.5 reads up to 68, and is the oldest we run on.
    version = int.from_bytes(dossier.entrepot.read_bytes()[12:20], "little")
    assert version == 66


def test_exports_that_are_a_link_do_not_block(dossier: Dossier, tmp_path: Path) -> None:
    ailleurs = tmp_path / "ailleurs"
    ailleurs.mkdir()
    (ailleurs / "a_moi.txt").write_text("x")
    dossier.sortie.mkdir()
    dossier.exports.symlink_to(ailleurs)
    for contenu in "abc":
        _publish(dossier, contenu)
    assert _value(dossier.entrepot) == "c"
    assert [p.name for p in ailleurs.iterdir()] == ["a_moi.txt"]
    assert publication.is_as_published(dossier)


@pytest.mark.parametrize("tenu", ["exports", "perequation.duckdb"])
def test_what_windows_will_not_move_is_refused_before_anything_is_replaced(
    dossier: Dossier, monkeypatch: pytest.MonkeyPatch, tenu: str
) -> None:
    _publish(dossier, "a")
    _build(dossier, "b")
    monkeypatch.setattr(publication, "HELD_FILES_STAY", True)
    vrai = Path.rename

    def refuse(path: Path, target: Path) -> Path:
        if path.name == tenu:
            raise PermissionError(13, "sharing violation", str(path))
        return vrai(path, target)

    with monkeypatch.context() as windows:
        windows.setattr(Path, "rename", refuse)
        with pytest.raises(FolderBusyError, match=tenu):
            publication.publish(dossier)
    assert _value(dossier.entrepot) == "a"
    assert publication.is_as_published(dossier)
    publication.publish(dossier)
    assert (_value(dossier.entrepot), _value(dossier.precedent)) == ("b", "a")


def test_a_kill_while_a_file_is_tried_is_mended_at_the_next_start(dossier: Dossier) -> None:
    _publish(dossier, "a")
    dossier.exports.rename(dossier.sortie / ".exports-remplaces")
    dossier.entrepot.rename(dossier.sortie / ".precedent-a-garder.duckdb")
    publication.finish(dossier)
    assert _value(dossier.entrepot) == "a"
    assert publication.is_as_published(dossier)
