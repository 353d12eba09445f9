"""What each command prints goes out in any encoding; what it writes is its owner's alone."""

import io
import os
import shutil
import stat
import sys
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import pytest
from chaine.conftest import CCST, run
from voies import first_of

from perequation import cli
from perequation.demo import make_session
from perequation.socle.entrepot import open_read_only

ENCODAGES = ("latin-1", "ascii", "cp850", "cp1252")


def every_command(group: click.Command, words: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield the words of every command, whatever its depth."""
    yield words
    for name, command in getattr(group, "commands", {}).items():
        yield from every_command(command, (*words, name))


@contextmanager
def outputs_in(encoding: str) -> Generator[io.BytesIO]:
    """Give the process two outputs of an encoding, that refuse what it lacks."""
    written, kept = io.BytesIO(), (sys.stdout, sys.stderr)
    sys.stdout = io.TextIOWrapper(written, encoding, errors="strict", write_through=True)
    sys.stderr = io.TextIOWrapper(written, encoding, errors="strict", write_through=True)
    try:
        yield written
    finally:
        # Detached, or their end would close what they wrote in.
        for stream in (sys.stdout, sys.stderr):
            stream.detach()
        sys.stdout, sys.stderr = kept


@pytest.mark.parametrize("encoding", ENCODAGES)
def test_every_help_goes_out_in_any_encoding(encoding: str) -> None:
    for words in every_command(cli.cli):
        with outputs_in(encoding) as written:
            assert run(*words, "--help") == 0, words
        assert b"Emploi" in written.getvalue(), words


@pytest.fixture(scope="module")
def decomposed(publie: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A published session whose folder and files have accents in two characters."""
    racine = tmp_path_factory.mktemp("accents") / "session de l’e\u0301te\u0301 œuvre"
    shutil.copytree(publie, racine)
    mal = "numero_candidat;specialite;session;epreuve;note;mode\n1;CCST;2023;E1;é;PONCTUEL\n"
    (racine / "donnees" / "notes_de\u0301partement.csv").write_text(mal, encoding="utf-8")
    return racine


@pytest.mark.parametrize("encoding", first_of(ENCODAGES, 2))
def test_commands_on_a_session_go_out_in_any_encoding(
    decomposed: Path, publie: Path, tmp_path: Path, encoding: str
) -> None:
    with open_read_only(publie / "sortie" / "perequation.duckdb") as con:
        ((numero, unite),) = con.execute(
            "select numero_candidat, (select unite from marts.ecart where epreuve = 'E3' limit 1) "
            "from marts.resultat_candidat where decision_calculee = 'ADMIS' limit 1"
        ).fetchall()
    dossier = str(decomposed)
    decalages = tmp_path / "décalages.csv"
    decalages.write_text(f"epreuve;unite;decalage\nE3;{unite};1,5\n", encoding="utf-8")
    steps = [(step, dossier) for step in ("importer", "controler", "calculer")]
    commands = (
        *(steps if encoding == "latin-1" else ()),
        ("etat", dossier),
        ("comparer", dossier),
        ("colonnes",),
        ("colonnes", "resultat_candidat"),
        ("expliquer", dossier, numero),
        ("requete", dossier, "select libelle, '’œ→ e\u0301' as signe from marts.controle_qualite"),
        ("requete", dossier, "select rien from marts.inconnue"),
        ("simuler", dossier, "--decalages", str(decalages)),
        ("reglement", "afficher", "CCST", "--session", "2023"),
        ("apercu", str(decomposed / "donnees" / "notes_de\u0301partement.csv")),
        ("etat", dossier + "-absent-’œ"),
    )
    for arguments in commands:
        with outputs_in(encoding) as written:
            code = run(*arguments)
        # Of an output in ASCII click thinks that nobody said which, and writes UTF-8.
        text = written.getvalue().decode("utf-8" if encoding == "ascii" else encoding)
        assert code in {0, 2, 3, 6}, (arguments, code, text)
        assert text.strip(), arguments
        assert "Faute interne" not in text, (arguments, text)


def modes_of(folder: Path) -> dict[str, int]:
    """Return what others may do of a folder and what is in it: nothing, where all is well."""
    return {
        path.relative_to(folder.parent).as_posix(): stat.S_IMODE(path.stat().st_mode)
        for path in (folder, *folder.rglob("*"))
        if not path.is_symlink() and stat.S_IMODE(path.stat().st_mode) & 0o077
    }


@pytest.mark.skipif(os.name == "nt", reason="POSIX permissions")
@pytest.mark.parametrize("umask", first_of([0o000, 0o022], 1))
def test_what_commands_write_is_their_owners_alone(tmp_path: Path, umask: int) -> None:
    former = os.umask(umask)
    try:
        racine = make_session(CCST, tmp_path / "demo" / CCST)
        dossier, sortie = str(racine), racine / "sortie"
        export, archive = tmp_path / "export", tmp_path / "archive.zip"
        for arguments, ou in (
            (("importer", dossier), sortie),
            (("controler", dossier), sortie),
            (("calculer", dossier), sortie),
            (("exporter", dossier, "--vers", str(export)), export),
            (("jury", "preparer", dossier), sortie),
            (("archiver", dossier, "--vers", str(archive)), archive),
        ):
            assert run(*arguments) == 0, arguments
            assert modes_of(ou) == {}, arguments
        # Their owner still reads and writes them.
        assert stat.S_IMODE(sortie.stat().st_mode) == 0o700
        assert stat.S_IMODE((sortie / "perequation.duckdb").stat().st_mode) == 0o600
    finally:
        os.umask(former)


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="POSIX permissions")
def test_what_a_run_and_the_demonstration_write_is_their_owners_alone(tmp_path: Path) -> None:
    former = os.umask(0)
    try:
        assert run("demo", str(tmp_path / "demo"), "--session", CCST) == 0
        racine = tmp_path / "demo" / CCST
        assert modes_of(racine / "sortie") == {}
        assert run("executer", str(racine), "--refaire") == 0
        assert modes_of(racine / "sortie") == {}
        assert run("editer", str(racine), "--diffusion", "public") == 0
        assert modes_of(racine / "sortie") == {}
    finally:
        os.umask(former)


def test_the_lists_are_written_again_only_when_they_would_differ(session: Path) -> None:
    def lists() -> dict[str, tuple[int, bytes]]:
        found = sorted((session / "sortie" / "exports").glob("*.xlsx"))
        return {p.name: (p.stat().st_mtime_ns, p.read_bytes()) for p in found}

    def edit() -> dict[str, tuple[int, bytes]]:
        assert run("editer", str(session), "--rapport", "10_qualite") == 0
        return lists()

    written = edit()
    assert {"a_corriger.xlsx", "jury_CCST.xlsx", "rattrapage_CCST.xlsx"} <= set(written)
    assert edit() == written
    # Whatever is done to one of them, all are there again, as they were.
    (session / "sortie" / "exports" / "jury_CCST.xlsx").unlink()
    (session / "sortie" / "exports" / "a_corriger.xlsx").write_bytes(b"rempli a la main")
    again = edit()
    assert {name: content for name, (_, content) in again.items()} == {
        name: content for name, (_, content) in written.items()
    }
    # What the session says is on each of them.
    toml = session / "session.toml"
    toml.write_text(toml.read_text("utf-8").replace('titre = "', 'titre = "Autre '), "utf-8")
    assert edit()["jury_CCST.xlsx"][1] != written["jury_CCST.xlsx"][1]
