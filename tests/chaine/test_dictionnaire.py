"""The column dictionary says all that is published, and says it right."""

import re
import shutil
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
from chaine.conftest import run

from perequation.socle.dictionnaire import ColonnePubliee, describe_tables, published_tables
from perequation.socle.entrepot import open_read_only, read_mart
from perequation.socle.ressources import PACKAGE

PAGE = PACKAGE.parent.parent / "docs" / "colonnes.md"
COLONNES = [(nom, c) for nom, table in published_tables().items() for c in table.colonnes]
TEXTES = [(nom, c) for nom, c in COLONNES if c.type == "varchar"]


def name(case: tuple[str, ColonnePubliee]) -> str:
    return f"{case[0]}.{case[1].nom}"


@cache
def read(publie: Path, table: str) -> pl.DataFrame:
    return read_mart(publie / "sortie" / "perequation.duckdb", table)


def values(publie: Path, table: str, colonne: str) -> set[Any]:
    return set(read(publie, table)[colonne].drop_nulls())


def test_the_dictionary_is_the_warehouse(publie: Path) -> None:
    with open_read_only(publie / "sortie" / "perequation.duckdb") as con:
        rows = con.execute(
            "select table_name, column_name, lower(data_type) from information_schema.columns "
            "where table_schema = 'marts' order by table_name, ordinal_position"
        ).fetchall()
    published: dict[str, list[tuple[str, str]]] = {}
    for table, colonne, type_ in rows:
        published.setdefault(table, []).append((colonne, type_))
    described = {
        nom: [(c.nom, c.type) for c in table.colonnes] for nom, table in published_tables().items()
    }
    assert described == published


@pytest.mark.parametrize("case", [c for c in TEXTES if c[1].valeurs], ids=name)
def test_a_code_is_one_of_those_described(publie: Path, case: tuple[str, ColonnePubliee]) -> None:
    assert values(publie, case[0], case[1].nom) <= set(case[1].valeurs)


@pytest.mark.parametrize("case", [c for c in TEXTES if not c[1].nominative], ids=name)
def test_no_candidate_is_named_in_a_column_said_not_nominative(
    publie: Path, case: tuple[str, ColonnePubliee]
) -> None:
    numeros = values(publie, "resultat_candidat", "numero_candidat")
    lus = {mot for texte in values(publie, case[0], case[1].nom) for mot in re.split(r"\W", texte)}
    assert not numeros & lus


def test_what_is_measured_has_a_unit_and_every_row_a_grain() -> None:
    sans_unite = {
        "lambda_ancres",
        "b_w",
        "erreur_type_lambda",
        "v_lambda",
        "effet_commission",
        "rapport_dispersion",
        "degres_variance",
        "composante",
        "rang",
        "session_origine",
    }
    nombres = re.compile(r"decimal|double|u?integer|bigint")
    assert {c.nom for _, c in COLONNES if nombres.match(c.type) and not c.unite} == sans_unite
    assert all(table.grain.startswith("une ligne par ") for table in published_tables().values())


def test_a_column_is_described_once_when_it_is_the_same_everywhere() -> None:
    listed = [
        colonne
        for path in (PACKAGE / "colonnes").glob("[0-9]*.toml")
        for table in tomllib.loads(path.read_text("utf-8")).values()
        for colonne in table["colonnes"]
    ]
    communes = tomllib.loads((PACKAGE / "colonnes" / "communes.toml").read_text("utf-8"))
    assert not [c["nom"] for c in communes["colonnes"] if listed.count(c["nom"]) < 2]
    assert not [c["nom"] for c in listed if isinstance(c, dict) and listed.count(c) > 1]


def test_the_page_is_what_the_command_writes(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("colonnes") == 0
    assert PAGE.read_text(encoding="utf-8") == capsys.readouterr().out


def test_one_table_is_described_and_an_unknown_one_gives_the_nearest(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run("colonnes", "marts.Reussite") == 0
    texte = capsys.readouterr().out
    assert texte.splitlines() == list(describe_tables("reussite"))
    assert "| `taux_reussite` | `double` | part (0 à 1) | admis / presents" in texte
    assert run("colonnes", "resultats_candidats") == 2
    assert "Vouliez-vous resultat_candidat" in capsys.readouterr().err
    assert run("colonnes", "xyz") == 2
    assert "Tables : bilan_import, " in capsys.readouterr().err


def test_the_guide_s_example_traces_marks_to_lines(publie: Path) -> None:
    guide = (PAGE.parent / "guide.md").read_text(encoding="utf-8")
    exemple = guide.split("<!-- tracer : début")[1].split("```python\n")[1].split("```")[0]
    *avant, dernier = exemple.replace("mco-2022/", f"{publie}/").strip().splitlines()
    noms: dict[str, Any] = {}
    exec("\n".join(avant), noms)
    lignes = eval(dernier, noms)
    assert lignes.height == 6
    for numero, fichier, ligne in lignes.select("numero_candidat", "fichier", "ligne").rows():
        texte = (publie / fichier).read_text(encoding="utf-8-sig").splitlines()[ligne - 1]
        assert numero in texte
        assert "E22" in texte


@pytest.mark.parametrize(
    "change",
    ["alter table marts.rattrapage drop column points_manquants", "drop table marts.absence"],
)
def test_results_of_another_version_are_told_from_a_fault(
    publie: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], change: str
) -> None:
    """What an earlier version published has neither its tables nor its columns."""
    folder = shutil.copytree(publie, tmp_path / "session")
    with duckdb.connect(str(folder / "sortie" / "perequation.duckdb")) as con:
        con.execute(change)

    for command in (["editer", str(folder)], ["jury", "preparer", str(folder)]):
        assert run(*command) == 6, command
        said = capsys.readouterr().err
        assert "par une autre version de Péréquation" in said
        assert "executer DOSSIER --refaire" in said
