"""The printed pages, read back and attacked: the public page and every fiche held together."""

import json
import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import polars as pl
import pytest
from carnets.test_carnets_contenu import run, table_of
from statistiques.attaque import MAILLES, PROFILS, attack, groups_of

from perequation.demo import make_session
from perequation.edition.sujets import list_sujets
from perequation.execution import calculer, controler, importer
from perequation.presentation.lexique import code_label
from perequation.socle.dossier import Dossier, open_dossier
from perequation.socle.entrepot import open_read_only, read_mart, read_relation
from perequation.socle.journal import open_run

MODES = {"CCF": "CCF", "PONCTUEL": "Ponctuel"}
TOTAL = ("ENSEMBLE", "total", "total")
CODED = {"statut", "sexe", "forme"}
Figure = tuple[str, str, str]  # mode, maille, modalite
Printed = dict[tuple[str, str], set[Figure]]  # by mesure and épreuve
pytestmark = pytest.mark.slow


@pytest.fixture(
    scope="module",
    params=[
        ("ccst-2023-toulouse", "CCST"),
        ("ndrc-2022-toulouse", "NDRC"),
        ("mco-2022-aix-marseille-corse", "MCO"),
    ],
    ids=lambda demo: demo[1],
)
def session(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Dossier:
    """A demonstration session with its results."""
    name, code = request.param
    if code == "CCST":
        return request.getfixturevalue("publie")
    dossier = open_dossier(make_session(name, tmp_path_factory.mktemp("attaque") / code))
    with open_run(dossier, "executer") as journal:
        for step in (importer, controler, calculer):
            step(dossier, journal)
    return dossier


@pytest.fixture(scope="module")
def pages(session: Dossier) -> dict[Any, str]:
    """The public page (None), and each fiche by maille and code."""
    of = session.configuration.session
    about = {"session": of.annee, "specialite": of.specialites[0]}
    found: dict[Any, str] = {None: run("20_resultats", session, **about)}
    for sujet in list_sujets(session.entrepot, list(of.specialites)):
        parameters = about | {"maille": sujet.maille, "code": sujet.code}
        found[sujet.maille, sujet.code] = run("60_fiche", session, **parameters)
    spaces = str.maketrans("\u00a0\u202f", "  ")
    return {place: page.translate(spaces) for place, page in found.items()}


@pytest.fixture(scope="module")
def people(session: Dossier) -> pl.DataFrame:
    with open_read_only(session.entrepot) as con:
        roster = read_relation(con, "staging.candidat")
    roster = roster.select(
        "numero_candidat",
        "bac_origine",
        annee_naissance=pl.col("date_naissance").dt.year().cast(pl.String),
    )
    rows = read_mart(session.entrepot, "resultat_candidat").join(roster, on="numero_candidat")
    unit = pl.coalesce("uai", "etablissement")
    keyed = rows.with_columns(etablissement=unit, total=pl.lit("total"))
    return keyed.with_columns(pl.col(*MAILLES, *PROFILS).fill_null("NON RENSEIGNE"))


@pytest.fixture(scope="module")
def printed(session: Dossier, pages: dict[Any, str]) -> Printed:
    """Which figure of which group some page prints."""
    shown: Printed = {}
    sources = (
        of_results(session, pages[None]),
        of_epreuves(pages[None]),
        *(of_a_fiche(place, page) for place, page in pages.items() if place),
    )
    for mesure, epreuve, figure in (each for source in sources for each in source):
        shown.setdefault((mesure, epreuve), set()).add(figure)
    return shown


def lines(page: str, identifier: str) -> list[list[str]]:
    return table_of(page, identifier) if f'id="{identifier}"' in page else []


def of_results(session: Dossier, page: str) -> Iterator[tuple[str, str, Figure]]:
    """Yield what the public page prints of results: each group, then the whole session."""
    rows = read_mart(session.entrepot, "reussite").to_dicts()
    named = [code_label(r["libelle"]) if r["maille"] in CODED else r["libelle"] for r in rows]
    for row, name in zip(rows, named, strict=True):
        maille, modalite = row["maille"], row["modalite"]
        twin = sum(r["maille"] == maille and n == name for r, n in zip(rows, named, strict=True))
        label = f"{name} ({modalite})" if twin > 1 else name
        for line in lines(page, f"taux-{maille.replace('_', '-')}"):
            if line[0] == label:
                yield from of_a_group([*line[3:5], line[6]], ("ENSEMBLE", maille, modalite))
    for maille in PROFILS:
        for line in lines(page, f"profil-{maille.replace('_', '-')}"):
            yield from of_a_group(line[3:], ("ENSEMBLE", maille, line[0]))
    yield from (("admis", "", TOTAL), ("moyenne", "", TOTAL))


def of_a_group(cells: list[str], figure: Figure) -> Iterator[tuple[str, str, Figure]]:
    *rates, mean = cells
    if set(rates) != {"–"}:
        yield "admis", "", figure
    if mean != "–":
        yield "moyenne", "", figure


def of_epreuves(page: str) -> Iterator[tuple[str, str, Figure]]:
    """Yield what the public page prints of marks."""
    for row in lines(page, "epreuves"):
        yield from of_marks(row[0], TOTAL, row[3], row[10], row[4:10])
    for row in lines(page, "modes"):
        whole = (mode_of(row[2]), "total", "total")
        yield from of_marks(row[0], whole, row[4], row[6], [row[5]])
    for maille in ("statut", "sexe"):
        if f'id="epreuves-{maille}"' in page:
            head = page.split(f'id="epreuves-{maille}"', 1)[1].split("</thead>", 1)[0]
            names = [unescape(x) for x in re.findall(r"<th[^>]*>(.*?)</th>", head)][2:]
            codes = {code_label(code): code for code in CODES[maille]}
            for row in lines(page, f"epreuves-{maille}"):
                for name, cell in zip(names, row[2:], strict=True):
                    if cell != "–":
                        yield "moyenne", row[0], ("ENSEMBLE", maille, codes[name])


CODES = {
    "statut": ("SCOLAIRE", "APPRENTI", "FORMATION CONTINUE", "INDIVIDUEL", "EAD"),
    "sexe": ("F", "M"),
}


def of_marks(
    epreuve: str, figure: Figure, mean: str, share: str, spread: list[str]
) -> Iterator[tuple[str, str, Figure]]:
    cells = {"moyenne": [mean], "part_sup_10": [share], "dispersion": spread}
    for mesure, texts in cells.items():
        if set(texts) != {"–"}:
            yield mesure, epreuve, figure


def of_a_fiche(place: tuple[str, str], page: str) -> Iterator[tuple[str, str, Figure]]:
    """Yield what a fiche prints: its own figures, and the session's, of one mode or of all."""
    own = ("ENSEMBLE", *place)
    if re.search(r"Taux de réussite : \d", page):
        yield "admis", "", own
    if re.search(r"Moyenne générale : \d", page):
        yield "moyenne", "", own
    if "premier groupe ; de" in page:
        yield "dispersion", "", own
    for row in lines(page, "epreuves"):
        mode = mode_of(row[2])
        yield from of_marks(row[0], (mode, *place), row[4], row[8], [row[5]])
        yield from of_marks(row[0], (f"{mode}?", "total", "total"), row[6], row[9], [row[7]])


def mode_of(word: str) -> str:
    return next(code for code, each in MODES.items() if each == word)


def settle(printed: Printed, mesure: str, epreuve: str, decided: set[Figure]) -> set[Figure]:
    """Say which session's figure a fiche gives: that of the mode where it is shown, else of all."""
    shown = printed.get((mesure, epreuve), set())
    whole = {figure for figure in shown if figure[0].endswith("?")}
    for mode, *place in whole:
        own = (mode.rstrip("?"), *place)
        shown = shown | {own if own in decided else TOTAL}
    return shown - whole


def decided_by(session: Dossier, mesure: str, epreuve: str) -> set[Figure]:
    rows = read_mart(session.entrepot, "masquage", mesure=mesure, epreuve=epreuve)
    return set(rows.filter(~pl.col("est_masque")).select("mode", "maille", "modalite").rows())


def test_no_result_is_found_again_from_all_the_pages(
    session: Dossier, people: pl.DataFrame, printed: Printed
) -> None:
    is_admis = pl.col("decision_finale") == "ADMIS"
    counted = people.filter(pl.col("est_present") | is_admis)
    means = people.drop_nulls("moyenne_generale")
    notes = means["moyenne_generale"].cast(pl.Float64).to_numpy()
    held = {
        "admis": (counted, counted.select(is_admis.cast(pl.Float64)).to_series().to_numpy()),
        "moyenne": (means, notes),
        "dispersion": (means, notes**2),
    }
    for mesure, (some, values) in held.items():
        groups = groups_of(some, "ENSEMBLE", (*MAILLES, *PROFILS))
        shown = {figure for figure in printed[mesure, ""] if groups[figure].sum()}
        assert shown <= decided_by(session, mesure, "")
        assert not attack(mesure, groups, shown, values, some["etablissement"]), mesure


def test_no_mark_is_found_again_from_all_the_pages(
    session: Dossier, people: pl.DataFrame, printed: Printed
) -> None:
    notes = read_mart(session.entrepot, "note_retenue")
    notes = notes.filter(pl.col("note").is_not_null(), ~pl.col("est_conservee")).join(
        people.select("numero_candidat", *MAILLES), on="numero_candidat"
    )
    for (epreuve,), marks in notes.group_by("epreuve"):
        values = marks["note"].cast(pl.Float64).to_numpy()
        groups = groups_of(marks, "ENSEMBLE", ("total", "statut", "sexe"))
        for mode in MODES:
            places = ("total", "etablissement", "centre_ecrit")
            groups |= groups_of(marks, mode, places, marks["mode"] == mode)
        kinds = {
            "moyenne": values,
            "part_sup_10": (values >= 10).astype(float),
            "dispersion": values**2,
        }
        for mesure, each in kinds.items():
            decided = decided_by(session, mesure, str(epreuve))
            shown = settle(printed, mesure, str(epreuve), decided)
            assert shown <= decided
            assert not attack(mesure, groups, shown, each, marks["etablissement"]), epreuve


def test_charts_hold_nothing_that_tables_hide(
    session: Dossier, pages: dict[Any, str], printed: Printed
) -> None:
    """What a chart embeds of a group is what a table prints of it."""
    labels = {
        code_label(row["libelle"]) if row["maille"] in CODED else row["libelle"]
        for row in read_mart(session.entrepot, "reussite").to_dicts()
        if ("ENSEMBLE", row["maille"], row["modalite"]) in printed["admis", ""]
    }
    seen = 0
    for rows in (rows for page in pages.values() for rows in datasets(page)):
        for row in rows:
            if row.get("taux_reussite") is not None and "modalite" in row:
                seen += 1
                assert row["modalite"].split(" (")[0] in {x.split(" (")[0] for x in labels}
            assert not {"minimum", "maximum", "numero_candidat"} & set(row)
    assert seen


def datasets(page: str) -> Iterator[list[dict[str, Any]]]:
    """Yield the rows embedded in each chart of a page."""
    for line in page.split("\n"):
        if line.startswith("{"):
            yield from json.loads(line).get("datasets", {}).values()


def test_no_extreme_is_printed(pages: dict[Any, str]) -> None:
    assert not [
        place for place, page in pages.items() if ">Minimum<" in page or ">Maximum<" in page
    ]
