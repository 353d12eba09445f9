"""The command line: French, quick to help, exit codes of the contract."""

import errno
import gettext
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from perequation import cli
from perequation.socle.ressources import PACKAGE

pytestmark = pytest.mark.entier


def run(*arguments: str) -> int:
    try:
        cli.main(list(arguments))
    except SystemExit as fin:
        return int(fin.code or 0)
    return 0


def every_command() -> Iterator[list[str]]:
    """Yield the words of every command and subcommand."""
    for name, command in cli.cli.commands.items():
        yield [name]
        yield from ([name, sub] for sub in getattr(command, "commands", {}))


@pytest.mark.parametrize("words", [[], *every_command()], ids=" ".join)
def test_every_command_explains_itself_in_french(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*words, "--help") == 0
    texte = capsys.readouterr().out
    assert "Emploi :" in texte
    english = ("Usage", "Show this", "Commands", "COMMAND ", "default:", "required", "RANGE")
    for mot in (*english, "INTEGER", "TEXT", "PATH", "FLOAT", "DATE]", ">="):
        assert mot not in texte
    assert "Options :\n" in texte
    assert "..." not in texte, "cut short: give the command a short_help"


@pytest.mark.parametrize(
    ("arguments", "mot"),
    [
        (["inconnue"], "Commande inconnue"),
        (["executer"], "Argument manquant"),
        (["executer", "d", "--inconnue"], "Option inconnue"),
        (["editer", "d", "--date", "hier"], "aaaa-mm-jj"),
        (["labo"], "Indiquez le dossier"),
        (["modele-ccf", "d", "--version", "0"], "0 ne convient pas (au moins 1)"),
        (["labo", "d", "--port", "70000"], "70000 ne convient pas (de 1 à 65535)"),
        (["editer", "d", "--dask", "ailleurs"], "n'a pas la forme tcp://machine:8786"),
        (["reglement", "modele", "d", "--specialite", "../x", "--session", "2023"], "« ../x »"),
    ],
)
def test_wrong_usage_is_code_2_and_french(
    arguments: list[str], mot: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*arguments) == 2
    assert mot in capsys.readouterr().err


@pytest.mark.parametrize("commande", ["importer", "controler", "calculer", "editer", "etat"])
def test_a_folder_that_does_not_exist_is_code_6(
    commande: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(commande, str(tmp_path / "absent")) == 6
    assert "n'existe pas" in capsys.readouterr().err


def test_a_file_is_not_a_session_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fichier = tmp_path / "fichier"
    fichier.touch()
    assert run("etat", str(fichier)) == 6
    assert "est un fichier, non un dossier de session" in capsys.readouterr().err
    assert run("init", str(fichier), "--specialite", "MCO", "--session", "2022") == 2
    assert f"« {fichier}/donnees/modeles » : ce n'est pas un dossier." in capsys.readouterr().err


def test_a_folder_that_may_not_be_written_is_said_in_french(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), "sortie/.verrou")

    arguments = ("--specialite", "MCO", "--session", "2022", "--academie", "TOULOUSE")
    assert run("init", str(tmp_path / "s"), *arguments) == 0
    monkeypatch.setattr("perequation.socle.journal._hold", refused)
    capsys.readouterr()
    assert run("executer", str(tmp_path / "s")) == 2
    assert capsys.readouterr().err == (
        "« sortie/.verrou » : accès refusé. Remédiez-y, puis relancez. "
        "Ce qui était publié est resté en place.\n"
    )


def test_a_folder_without_what_is_asked_is_code_6(tmp_path: Path) -> None:
    folder = str(tmp_path / "x")
    assert run("reglement", "afficher", "MCO", "--session", "2022", "--dossier", folder) == 6


def test_an_internal_fault_is_code_1_without_a_traceback(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("perequation.socle.dossier.open_dossier", broken)
    assert run("etat", str(tmp_path)) == 1
    erreur = capsys.readouterr().err
    assert "Faute interne (ZeroDivisionError)" in erreur
    assert "Traceback" not in erreur


def test_help_answers_at_once_because_nothing_heavy_is_imported() -> None:
    script = "import sys, perequation.cli; print(len(sys.modules)); print(*sys.modules)"
    modules = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    ).stdout.split()
    heavy = {"duckdb", "polars", "numpy", "pydantic", "great_expectations", "altair", "papermill"}
    assert not heavy & set(modules)


def test_french_does_not_depend_on_the_machine_s_language() -> None:
    environment = os.environ | {"LANG": "de_DE.UTF-8", "LC_ALL": "C"}
    environment.pop("LANGUAGE", None)
    texte = subprocess.run(
        [sys.executable, "-m", "perequation", "--help"],
        capture_output=True,
        text=True,
        check=True,
        env=environment,
    ).stdout
    assert "Affiche cette aide." in texte
    assert "Affiche la version." in texte


def test_the_compiled_catalogue_is_that_of_the_text() -> None:
    folder = PACKAGE / "locale" / "fr" / "LC_MESSAGES"
    with (folder / "messages.po").open("rb") as po, (folder / "messages.mo").open("rb") as mo:
        texte, compiled = read_po(po), gettext.GNUTranslations(mo)
    for message in (m for m in texte if m.id):
        if isinstance(message.id, tuple):
            pair = (compiled.ngettext(*message.id, 1), compiled.ngettext(*message.id, 2))
            assert pair == message.string
        else:
            assert compiled.gettext(message.id) == message.string


def test_init_makes_a_folder_that_is_ready(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dossier = tmp_path / "ma session"
    arguments = ("--specialite", "mco", "--session", "2022")
    assert run("init", str(dossier), *arguments, "--academie", "Toulouse") == 0
    assert "perequation executer" in capsys.readouterr().out
    assert run("etat", str(dossier)) == 0
    assert "Aucun résultat publié" in capsys.readouterr().out
    assert run("executer", str(dossier)) == 6
    assert "Aucun fichier de candidats" in capsys.readouterr().err
    assert run("init", str(dossier), "--specialite", "mco", "--session", "2022") == 2
    assert "déjà un dossier de session" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("ecrit", "compris"),
    [
        ("aix marseille", "AIX-MARSEILLE"),
        ("Académie de Nancy-Metz", "NANCY-METZ"),
        ("académie d'Orléans-Tours", "ORLEANS-TOURS"),
        ("La Réunion", "LA REUNION"),
        (None, "À COMPLÉTER"),
    ],
)
def test_init_writes_the_academie_as_the_files_do(
    tmp_path: Path, ecrit: str | None, compris: str
) -> None:
    option = ("--academie", ecrit) if ecrit else ()
    assert (
        run("init", str(tmp_path / "s"), "--specialite", "MCO", "--session", "2022", *option) == 0
    )
    session = (tmp_path / "s" / "session.toml").read_text(encoding="utf-8")
    assert f'academie_pilote = "{compris}"' in session


def test_a_session_without_its_academie_is_made_then_refused_until_it_is_filled_in(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dossier = tmp_path / "s"
    (dossier / "donnees").mkdir(parents=True)
    (dossier / "donnees" / "candidats.csv").touch()
    assert run("init", str(dossier), "--specialite", "MCO", "--session", "2022") == 0
    dit = capsys.readouterr().out
    assert "1. Complétez session.toml : l'académie et le titre" in dit
    assert f"perequation modele-ccf {dossier}" in dit
    for commande in ("etat", "modele-ccf", "executer"):
        assert run(commande, str(dossier)) == 2
        assert "session.academie_pilote : reste à compléter" in capsys.readouterr().err
    toml = dossier / "session.toml"
    rempli = toml.read_text(encoding="utf-8").replace("À COMPLÉTER", "TOULOUSE")
    toml.write_text(rempli, encoding="utf-8")
    assert run("etat", str(dossier)) == 0


@pytest.mark.parametrize(
    ("ecrit", "conseil"),
    [("Toulous", "Vouliez-vous TOULOUSE"), ("Atlantide", "Connues : AIX-MARSEILLE, ")],
)
def test_init_refuses_an_academie_that_does_not_exist(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], ecrit: str, conseil: str
) -> None:
    dossier = tmp_path / "s"
    arguments = ("--specialite", "MCO", "--session", "2022", "--academie", ecrit)
    assert run("init", str(dossier), *arguments) == 2
    erreur = capsys.readouterr().err
    assert f"L'académie « {ecrit} » n'existe pas. {conseil}" in erreur
    assert not dossier.exists()


def test_reglement_prints_its_table_and_its_doubts(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("reglement", "afficher", "ccst", "--session", "2023") == 0
    texte = capsys.readouterr().out
    assert "NON CONFIRMÉ" in texte
    assert "E62" in texte
    assert run("reglement", "afficher", "ccst", "--session", "2019") == 2


def test_a_blank_reglement_is_valid_and_never_overwritten(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ("reglement", "modele", str(tmp_path), "--specialite", "tc", "--session", "2024")
    assert run(*arguments) == 0
    assert run("reglement", "afficher", "TC", "--session", "2024", "--dossier", str(tmp_path)) == 0
    assert "NON CONFIRMÉ" in capsys.readouterr().out
    assert run(*arguments) == 2
