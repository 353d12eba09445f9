"""What the notebooks are made of, and what they say of a whole, an empty and a partial session."""

import ast
import json
import re
import shutil
from collections.abc import Callable
from functools import cache
from html import unescape
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import nbformat
import numpy as np
import openpyxl
import polars as pl
import pytest
from scipy.optimize import Bounds, LinearConstraint, milp

from perequation.controles.listes import write_everything_to_correct
from perequation.jury.listes import write_lists
from perequation.presentation import theme
from perequation.presentation.lexique import code_label
from perequation.socle.dossier import Dossier, open_dossier
from perequation.socle.erreurs import ConfigurationError
from perequation.socle.ressources import ressource

CARNETS = (
    "10_qualite",
    "20_resultats",
    "30_harmonisation",
    "35_annexe",
    "36_reunion",
    "40_jury",
    "50_rattrapage",
    "60_fiche",
)
FICHE = {"maille": "etablissement", "code": "0960015V"}
NOMINATIFS = {"10_qualite", "40_jury", "50_rattrapage"}
ANGLAIS = re.compile(
    r"\b(the|and|count|value|mean|average|missing|none|nan|true|false|null|error|show|rows?)\b",
    re.IGNORECASE,
)


def cells(carnet: str, kind: str = "code") -> list[Any]:
    notebook = nbformat.read(ressource("notebooks", f"{carnet}.ipynb"), 4)
    return [cell for cell in notebook.cells if cell.cell_type == kind]


@pytest.mark.parametrize("carnet", CARNETS)
def test_a_notebook_opens_with_its_question_and_stores_nothing(carnet: str) -> None:
    notebook = nbformat.read(ressource("notebooks", f"{carnet}.ipynb"), 4)
    nbformat.validate(notebook)
    first = notebook.cells[0]
    assert first.cell_type == "markdown"
    assert first.source.startswith("# ")
    assert "?" in first.source
    assert all(not cell.outputs and cell.execution_count is None for cell in cells(carnet))
    assert len({cell.id for cell in notebook.cells}) == len(notebook.cells)


@pytest.mark.parametrize("carnet", CARNETS)
def test_headings_follow_one_another(carnet: str) -> None:
    text = "\n".join(cell.source for cell in cells(carnet, "markdown"))
    levels = [len(mark) for mark in re.findall(r"^(#+) ", text, re.MULTILINE)]
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


@pytest.mark.parametrize("carnet", CARNETS)
def test_parameters_are_typed_and_explained(carnet: str) -> None:
    tagged = [c for c in cells(carnet) if "parameters" in c.metadata.get("tags", [])]
    assert len(tagged) == 1
    lines = tagged[0].source.splitlines()
    assert all(re.fullmatch(r"\w+: (str|int|float|bool) = \S+  # \S.*", line) for line in lines)
    names = [line.split(":")[0] for line in lines]
    assert names[:2] == ["dossier", "session"]
    assert ("specialite" in names) == (carnet != "10_qualite")


@pytest.mark.parametrize("carnet", CARNETS)
def test_cells_load_look_and_say(carnet: str) -> None:
    for cell in cells(carnet):
        assert len(cell.source.splitlines()) <= 10
        assert not re.search(
            r"\b(select \w|from \w+\.\w+ where|join \w|group by)", cell.source, re.IGNORECASE
        )
        for node in ast.walk(ast.parse(cell.source)):
            assert not isinstance(node, ast.FunctionDef | ast.Lambda | ast.ClassDef | ast.BinOp)


# What the notebooks say -----------------------------------------------------------------------


@pytest.fixture
def copie(publie: Dossier, tmp_path: Path) -> Dossier:
    return open_dossier(shutil.copytree(publie.racine, tmp_path / "session"))


def output_of(value: object) -> str:
    """Return what a notebook would show of a value: its HTML, or the chart as JSON on one line."""
    if html := getattr(value, "_repr_html_", None):
        return html()
    return json.dumps(value._repr_mimebundle_()[theme.MIME], ensure_ascii=False)  # type: ignore[attr-defined]


def run(carnet: str, session: Dossier, /, **parameters: Any) -> str:
    """Run the cells of a notebook in this process and return all they show, charts included."""
    shown: list[str] = []

    def display(*values: object) -> None:
        shown.extend(output_of(value) for value in values if value is not None)

    values: dict[str, Any] = {"dossier": str(session.racine), "session": 2023}
    if carnet != "10_qualite":
        values["specialite"] = "CCST"
    if carnet == "60_fiche":
        values |= FICHE
    space: dict[str, Any] = {"display": display}
    for cell in cells(carnet):
        tree = ast.parse(cell.source)
        last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, carnet, "exec"), space)
        if isinstance(last, ast.Expr):
            display(eval(compile(ast.Expression(last.value), carnet, "eval"), space))
        if "parameters" in cell.metadata.get("tags", []):
            space |= values | parameters
    return "\n".join(shown[1:])  # the first output is the style


@pytest.fixture(scope="module")
def sorties(publie: Dossier) -> Callable[[str], str]:
    """What a notebook shows of the published session, run once for all the tests."""
    return cache(lambda carnet: run(carnet, publie))


def words(html: str) -> str:
    """Return the text a reader meets in tables and sentences."""
    return re.sub(r"<[^>]+>", " ", "\n".join(x for x in html.split("\n") if not x.startswith("{")))


def rows_of(html: str, identifier: str) -> int:
    # A long table is in slices, each a table of its own; the next one has an identifier.
    part = html.split(f'id="{identifier}"', 1)[1].split(' id="', 1)[0]
    return len(re.findall(r"<tr(?: class=\"(?:marque|attenue)\")?><td", part))


@pytest.mark.parametrize("carnet", CARNETS)
def test_nothing_in_english(carnet: str, sorties: Callable[[str], str]) -> None:
    assert not set(ANGLAIS.findall(words(sorties(carnet))))


@pytest.mark.parametrize("carnet", [c for c in CARNETS if c not in NOMINATIFS])
def test_no_candidate_in_what_leaves_the_jury(
    carnet: str, publie: Dossier, sorties: Callable[[str], str]
) -> None:
    html = sorties(carnet)
    with duckdb.connect(str(publie.entrepot), read_only=True) as con:
        people = con.execute("select numero_candidat, nom from staging.candidat").fetchall()
    assert len(people) == 170
    assert not [numero for numero, _ in people if numero in html]
    assert not [nom for _, nom in people if re.search(rf"\b{re.escape(nom)}\b", words(html))]


def test_the_jury_has_every_candidate_once(sorties: Callable[[str], str]) -> None:
    assert rows_of(sorties("40_jury"), "candidats") == 170


def test_the_rattrapage_lists_those_called(publie: Dossier, sorties: Callable[[str], str]) -> None:
    with duckdb.connect(str(publie.entrepot), read_only=True) as con:
        (called,) = con.execute("select count(*) from marts.rattrapage").fetchall()[0]
    assert called > 0
    assert rows_of(sorties("50_rattrapage"), "appeles") == called


def test_results_give_the_session_s_figures(publie: Dossier, sorties: Callable[[str], str]) -> None:
    html = sorties("20_resultats").replace("\u00a0", " ")
    with duckdb.connect(str(publie.entrepot), read_only=True) as con:
        inscrits, presents = con.execute(
            "select inscrits, presents from marts.reussite where maille = 'total'"
        ).fetchall()[0]
    assert f"<strong>{inscrits}</strong>" in html
    assert f"sur {presents} présents" in html
    assert "Le règlement employé n’est pas confirmé" in html
    assert html.count('"description"') >= 6


def test_small_groups_have_no_figures_in_the_session_report(sorties: Callable[[str], str]) -> None:
    html = sorties("20_resultats")
    for part in html.split('id="taux-')[1:]:
        for row in re.findall(r"<tr class=\"attenue\"><td>.*?</tr>", part.split("</table>")[0]):
            figures = re.findall(r'<td class="d">(.*?)</td>', row)[2:]
            assert set(figures) == {"–"}


def test_the_session_report_says_absences_agreement_and_groups(
    sorties: Callable[[str], str],
) -> None:
    html = sorties("20_resultats").replace("\u00a0", " ")
    # Three absences at most: none is told, nor worked out from the rest.
    assert "Trop peu d’absences, à chaque épreuve" in html
    assert re.search(r"Fidélité de la moyenne générale \(alpha\) : 0,\d\d, sur \d+", html)
    pairs = table_of(html, "correlations")
    assert all(int(row[2]) >= 30 for row in pairs)
    # With their counts.
    means = table_of(html, "epreuves-sexe")
    told = [cell for row in means for cell in row[2:] if cell != "–"]
    assert told
    assert all(re.fullmatch(r"\d+,\d\d \(\d+\)", cell) for cell in told)
    assert "Trait vertical : session : 79,8 %" in html


def test_a_national_reference_is_beside_the_session_s_rate(copie: Dossier) -> None:
    toml = copie.racine / "session.toml"
    reference = '[[reference_nationale]]\nsource = "Note 23.07"\ntaux_reussite = 0.771\n'
    toml.write_text(f"{toml.read_text('utf-8')}\n{reference}", "utf-8")
    html = run("20_resultats", open_dossier(copie.racine)).replace("\u00a0", " ")
    said = "(Note 23.07) : taux de réussite de 79,8 % ici, 77,1 % au national"
    assert f"<strong>Référence nationale</strong> {said}" in html
    assert "session : 79,8 % ; Note 23.07 : 77,1 %" in html


def table_of(html: str, identifier: str) -> list[list[str]]:
    """Return the cells of a table, row by row."""
    part = html.split(f'id="{identifier}"', 1)[1].split("</table>", 1)[0].split("<tbody>", 1)[1]
    rows = re.findall(r"<tr.*?</tr>", part)
    return [[unescape(x) for x in re.findall(r"<td[^>]*>(.*?)</td>", row)] for row in rows]


def test_nothing_hidden_is_found_again_from_the_published_page(
    publie: Dossier, sorties: Callable[[str], str]
) -> None:
    """Read the page as an attacker who knows who is in which groups, and solve for the rest."""
    html = sorties("20_resultats")
    with duckdb.connect(str(publie.entrepot), read_only=True) as con:
        people = con.sql(
            "select academie, coalesce(uai, etablissement) as etablissement, centre_ecrit, statut, "
            "sexe, forme, est_present from marts.resultat_candidat order by numero_candidat"
        ).pl()
        labels = con.execute("select maille, modalite, libelle from marts.reussite").fetchall()
    total = con_total(html)
    shown, counts, hidden = [np.ones(people.height)], [total], {}
    for maille, modalite, libelle in labels:
        if maille == "total":
            continue
        inside = (people[maille] == modalite).to_numpy().astype(float)
        name = code_label(libelle) if maille in {"statut", "sexe", "forme"} else libelle
        (row,) = [r for r in table_of(html, f"taux-{maille.replace('_', '-')}") if r[0] == name]
        if row[3] == "–":
            hidden[maille, name] = inside
        else:
            shown.append(inside)
            counts.append(float(row[3]))
    assert len(hidden) >= 4
    bounds = Bounds(0, people["est_present"].to_numpy().astype(float))
    for group, inside in hidden.items():
        ends = [
            sign
            * milp(
                sign * inside,
                integrality=np.ones(people.height),
                bounds=bounds,
                constraints=LinearConstraint(np.array(shown), counts, counts),
            ).fun
            for sign in (1, -1)
        ]
        size = people.filter(pl.Series(inside > 0))["est_present"].sum()
        needed = min(2, size) if size < 5 else 1
        assert round(ends[1] - ends[0]) >= needed, f"{group} : de {ends[0]} à {ends[1]}"


def con_total(html: str) -> float:
    """Return the admis of the whole session: its decisions say them."""
    counts = {row[0]: row[1] for row in table_of(html, "decisions")}
    return float(counts["Admis au premier groupe"]) + float(counts["Admis après contrôle"])


def test_no_published_slice_of_averages_holds_a_few(sorties: Callable[[str], str]) -> None:
    html = sorties("20_resultats")
    assert all(int(row[2]) >= 5 for row in table_of(html, "repartition-moyennes"))
    chart = next(x for x in html.split("\n") if x.startswith("{") and '"hauteur"' in x)
    data = [row for rows in json.loads(chart)["datasets"].values() for row in rows]
    assert all(row["n"] >= 5 for row in data if "n" in row)


def test_the_same_data_give_the_same_output(publie: Dossier, sorties: Callable[[str], str]) -> None:
    assert run("30_harmonisation", publie) == sorties("30_harmonisation")


@pytest.fixture(scope="module")
def emptied(publie: Dossier, tmp_path_factory: pytest.TempPathFactory) -> Dossier:
    """A session whose tables are all empty, to read."""
    empty = open_dossier(shutil.copytree(publie.racine, tmp_path_factory.mktemp("vide") / "s"))
    with duckdb.connect(str(empty.entrepot)) as con:
        tables = con.execute(
            "select table_schema || '.' || table_name from information_schema.tables "
            "where table_schema in ('raw', 'staging', 'intermediate', 'marts')"
        ).fetchall()
        for (table,) in tables:
            con.execute(f"truncate {table}")
    return empty


# A session without candidates has no fiche.
@pytest.mark.parametrize("carnet", [c for c in CARNETS if c != "60_fiche"])
def test_an_empty_session_is_said_in_a_sentence(carnet: str, emptied: Dossier) -> None:
    assert re.search(r"[Aa]ucune? ", words(run(carnet, emptied)))


@pytest.fixture(scope="module")
def unmarked(publie: Dossier, tmp_path_factory: pytest.TempPathFactory) -> Dossier:
    """A session whose candidates have no mark yet, to read."""
    waiting = open_dossier(shutil.copytree(publie.racine, tmp_path_factory.mktemp("attend") / "s"))
    with duckdb.connect(str(waiting.entrepot)) as con:
        for table in (
            "marts.note_retenue",
            "marts.ecart",
            "marts.rattrapage",
            "marts.repartition_moyenne",
            "marts.statistique_epreuve",
            "marts.statistique_epreuve_ensemble",
        ):
            con.execute(f"truncate {table}")
        con.execute(
            "update marts.resultat_candidat set moyenne_generale = null, points_manquants = null, "
            "decision_calculee = 'INCOMPLET', decision_finale = 'INCOMPLET', "
            "peut_etre_appele = true"
        )
        con.execute("update marts.reussite set presents = 0, admis = 0, taux_reussite = null")
    return waiting


@pytest.mark.parametrize("carnet", CARNETS)
def test_a_session_without_marks_yet_does_not_break(carnet: str, unmarked: Dossier) -> None:
    assert run(carnet, unmarked)


def signals_of(html: str) -> list[str]:
    """Return the conclusions of every table of gaps of a harmonisation report."""
    names = sorted(set(re.findall(r'id="(ecarts-e[^"]+)"', html)))
    return [row[-1] for name in names for row in table_of(html, name)]


def test_another_threshold_changes_the_first_page_and_the_signals(
    publie: Dossier, sorties: Callable[[str], str]
) -> None:
    own, other = (
        html.replace("\u00a0", " ")
        for html in (sorties("30_harmonisation"), run("30_harmonisation", publie, seuil=3.0))
    )
    assert "1 établissement sur 7 à examiner" in own
    assert "Un écart compte à partir de 0,50" in own
    assert "à examiner" in signals_of(own)
    assert "Seuil choisi pour cette édition : 3,00 point" in other
    assert "Aucun écart à examiner ni à surveiller" in other
    assert "aucune correction n’est simulée" in other
    assert len(signals_of(other)) == len(signals_of(own))
    assert not {"à examiner", "à surveiller"} & set(signals_of(other))


def test_another_threshold_moves_the_gaps_to_discuss(
    publie: Dossier, sorties: Callable[[str], str]
) -> None:
    higher = run("30_harmonisation", publie, seuil=3.0)
    own = sorties("30_harmonisation")
    assert to_examine(own) == signals_of(own).count("à examiner") > 0
    assert not signals_of(higher).count("à examiner")


def to_examine(html: str) -> int:
    """Count the rows of the first table that are to examine, decided on already or not."""
    first = html.split('id="ecarts-restants"')[1].split("</table>", maxsplit=1)[0]
    groups = dict(part.split("</th></tr>", 1) for part in first.split('scope="colgroup">')[1:])
    decided = groups.get("Déjà décidé par la réunion", "").split("<tr")[1:]
    return groups.get("À examiner", "").split("</tbody>")[0].count("<tr") + sum(
        "à examiner" in row.lower() for row in decided
    )


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"seuil": -1.0}, "Seuil d'écart « -1 »"),
        ({"seuil": 25.0}, "au plus 20"),
        ({"epreuves": "E99"}, "Épreuve « E99 »"),
        ({"type_unite": "lycee"}, "Type d’unité"),
        ({"etape": "finale"}, "Étape « finale »"),
    ],
)
def test_a_wrong_choice_fails_in_french(wrong: dict[str, Any], words: str, publie: Dossier) -> None:
    with pytest.raises(ConfigurationError, match=words):
        run("30_harmonisation", publie, **wrong)


def test_ccf_and_anchors_of_the_whole_session_are_side_by_side(
    publie: Dossier, sorties: Callable[[str], str]
) -> None:
    rows = {row[0]: row for row in table_of(sorties("35_annexe"), "ccf-ponctuel")}
    with duckdb.connect(str(publie.entrepot), read_only=True) as con:
        marks = con.execute(
            "select sum(n), sum(somme_ccf) / sum(n), sum(somme_ancres) / sum(n) "
            "from intermediate.harmonisation_ponctuel "
            "where etape = 'transmise' and unite = '0960015V' and epreuve not like 'EF%'"
        ).fetchall()[0]
        (name,) = con.execute(
            "select any_value(etablissement) from staging.candidat where uai = '0960015V'"
        ).fetchall()[0]
    assert len(rows) == 11
    shown = [rows[name][k] for k in (1, 3, 4)]
    assert shown == [str(marks[0]), *(f"{x:.2f}".replace(".", ",") for x in marks[1:])]


def test_before_the_written_marks_the_report_describes_and_signals_nothing(copie: Dossier) -> None:
    """The meeting of the CCF: marks received, spread, no conclusion."""
    with duckdb.connect(str(copie.entrepot)) as con:
        con.execute("delete from marts.ecart where type_unite <> 'etablissement'")
        con.execute("truncate intermediate.harmonisation_ponctuel")
        con.execute(
            "update marts.ecart set ecart_ajuste = null, ecart_retenu = null, ic_bas = null, "
            "ic_haut = null, probabilite_materielle = null, signal = 'indisponible', "
            "motif_code = 'ancres_absentes', motif_indisponible = 'les ancres manquent', "
            "ecart_lambda_bas = null, ecart_lambda_un = null where moyenne is not null"
        )
    html = run("30_harmonisation", copie)
    assert "Mode réduit" in html
    assert "Aucune épreuve ne peut être comparée" in html
    annexe = run("35_annexe", copie)
    (name,) = re.findall(r'id="(attente-e4-\w+-etablissement)"', annexe)
    assert rows_of(annexe, name) == 11
    assert "à examiner</td>" not in html


def test_quality_is_told_even_when_nothing_was_computed(copie: Dossier) -> None:
    with duckdb.connect(str(copie.entrepot)) as con:
        for table in (
            "completude",
            "resultat_candidat",
            "note_retenue",
            "controle_qualite",
            "anomalie",
            "rapprochement_effectif",
        ):
            con.execute(f"drop table marts.{table}")
    construction = copie.entrepot.rename(copie.construction)
    assert "Fichiers lus" in run("10_qualite", copie, entrepot=str(construction))


@pytest.mark.parametrize(
    "wrong",
    [
        {"dossier": ""},
        {"session": 0},
        {"session": 2022},
        {"specialite": ""},
        {"specialite": "XXXX"},
    ],
)
def test_a_missing_or_unknown_parameter_fails(wrong: dict[str, Any], publie: Dossier) -> None:
    with pytest.raises(ConfigurationError):
        run("20_resultats", publie, **wrong)


def test_hostile_names_appear_as_text(copie: Dossier) -> None:
    hostile = "<script>alert(1)</script>"
    with duckdb.connect(str(copie.entrepot)) as con:
        con.execute("update staging.candidat set nom = ?, etablissement = ?", [hostile, hostile])
        con.execute("update marts.resultat_candidat set etablissement = ?", [hostile])
        con.execute(
            "update marts.reussite set libelle = ? where maille = 'etablissement'", [hostile]
        )
    for carnet in ("20_resultats", "30_harmonisation", "40_jury"):
        tables = "\n".join(x for x in run(carnet, copie).split("\n") if not x.startswith("{"))
        assert "<script" not in tables


def test_the_lists_have_everyone_once(publie: Dossier) -> None:
    books = {
        path.name: openpyxl.load_workbook(path)
        for path in (*write_lists(publie), write_everything_to_correct(publie))
    }
    assert set(books) == {
        "jury_CCST.xlsx",
        "rattrapage_CCST.xlsx",
        "apres_controle_CCST.xlsx",
        "a_corriger.xlsx",
    }
    lists = ["Jury", "À examiner", "Notes", "Candidats"]
    assert books["jury_CCST.xlsx"].sheetnames == ["Abréviations", *lists, "Réserve"]
    # Every short heading of the lists is explained on the first sheet.
    said = {row[0].value for row in books["jury_CCST.xlsx"]["Abréviations"].iter_rows(min_row=2)}
    short = {c.value for n in lists for c in books["jury_CCST.xlsx"][n][1] if "." in str(c.value)}
    assert short <= said
    notes = books["jury_CCST.xlsx"]["Notes"]
    marks = [row[[c.value for c in notes[1]].index("E1")].value for row in notes.iter_rows()][1:]
    assert len(marks) == 170
    assert any(isinstance(mark, float | int) for mark in marks)
    assert {"AB"} <= {mark for mark in marks if isinstance(mark, str)}
    for book in books.values():
        for sheet in book:
            assert sheet.page_setup.orientation == "landscape"
            assert sheet.print_title_rows == "$1:$1"
    jury = books["jury_CCST.xlsx"]["Jury"]
    headings = [cell.value for cell in jury[1]]
    numbers = [row[headings.index("N° candidat")].value for row in jury.iter_rows(min_row=2)]
    assert len(set(numbers)) == len(numbers) == 170
    assert all(isinstance(number, str) and number.startswith("0") for number in numbers)
    with duckdb.connect(str(publie.entrepot), read_only=True) as con:
        (called,) = con.execute("select count(*) from marts.rattrapage").fetchall()[0]
    assert books["rattrapage_CCST.xlsx"]["Appelés"].max_row == called + 1
