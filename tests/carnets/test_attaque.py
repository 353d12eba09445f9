"""The printed pages, read back and attacked: the public page and every fiche held together."""

from collections.abc import Iterator
from typing import Any

import polars as pl
import pytest
from carnets.test_carnets_contenu import run, table_of
from statistiques.attaque import MAILLES, Attaquant

from perequation.edition.sujets import list_sujets
from perequation.presentation.lexique import code_label
from perequation.socle.dossier import Dossier
from perequation.socle.entrepot import read_mart

MODES = {"CCF": "CCF", "PONCTUEL": "Ponctuel"}
Figure = tuple[str, str, str]  # mode, maille, modalite


def people_of(session: Dossier) -> pl.DataFrame:
    rows = read_mart(session.entrepot, "resultat_candidat")
    unit = pl.coalesce("uai", "etablissement")
    return rows.with_columns(etablissement=unit, total=pl.lit("total"))


@pytest.fixture(scope="module")
def pages(publie: Dossier) -> dict[Any, str]:
    """The public page (None), and each fiche by maille and code."""
    found: dict[Any, str] = {None: run("20_resultats", publie)}
    for sujet in list_sujets(publie.entrepot, ["CCST"]):
        parameters = {"maille": sujet.maille, "code": sujet.code}
        found[sujet.maille, sujet.code] = run("60_fiche", publie, **parameters)
    return found


def rates_printed(session: Dossier, pages: dict[Any, str]) -> set[tuple[str, str]]:
    """Return the groups whose admis some page prints."""
    shown = {("total", "total")}
    for row in read_mart(session.entrepot, "reussite").to_dicts():
        maille, modalite, libelle = row["maille"], row["modalite"], row["libelle"]
        if maille == "total":
            continue
        name = code_label(libelle) if maille in {"statut", "sexe", "forme"} else libelle
        printed = table_of(pages[None], f"taux-{maille.replace('_', '-')}")
        (line,) = [each for each in printed if each[0] == name]
        fiche = pages.get((maille, modalite), "")
        told = "<strong>" in fiche and f"Taux de réussite : {line[4]}" in fiche
        if line[3] != "–" or told:
            shown.add((maille, modalite))
    return shown


@pytest.mark.slow
def test_no_result_is_found_again_from_all_the_pages(
    publie: Dossier, pages: dict[Any, str]
) -> None:
    people = people_of(publie)
    is_admis = pl.col("decision_finale") == "ADMIS"
    people = people.filter(pl.col("est_present") | is_admis)
    groups = {
        (maille, modalite): (people[maille] == modalite).to_numpy().astype(float)
        for maille in MAILLES
        for modalite in people[maille].drop_nulls().unique().sort()
    }
    admis = people.select(is_admis.cast(pl.Float64)).to_series().to_numpy()
    shown = rates_printed(publie, pages)
    assert len(groups) - len(shown) >= 4
    units = people["etablissement"].to_list()
    assert not list(Attaquant(groups, shown, admis, units, 1).found(marge=2, whole=True))


def means_of_the_session(epreuve: str, page: str) -> Iterator[Figure]:
    """Yield the figures of an épreuve whose mean the public page prints."""
    for row in table_of(page, "epreuves"):
        if row[0] == epreuve and row[3] != "–":
            yield "ENSEMBLE", "total", "total"
    for row in table_of(page, "modes") if 'id="modes"' in page else ():
        if row[0] == epreuve and row[4] != "–":
            yield mode_of(row[2]), "total", "total"


def means_of_a_fiche(
    epreuve: str, place: tuple[str, str], page: str, truth: dict[Figure, str]
) -> Iterator[Figure]:
    """Yield those a fiche prints: its own, and the session's of one mode or of all."""
    for row in table_of(page, "epreuves") if 'id="epreuves"' in page else ():
        if row[0] == epreuve and row[4] != "–":
            yield mode_of(row[2]), *place
        if row[0] == epreuve and row[6] != "–":
            whole = (mode_of(row[2]), "total", "total")
            yield whole if truth[whole] == row[6] else ("ENSEMBLE", "total", "total")


def mode_of(word: str) -> str:
    return next(code for code, each in MODES.items() if each == word)


@pytest.mark.slow
@pytest.mark.parametrize("epreuve", ["E22", "E4", "E61", "E62", "EF3", "E1"])
def test_no_mark_is_found_again_from_all_the_pages(
    epreuve: str, publie: Dossier, pages: dict[Any, str]
) -> None:
    notes = read_mart(publie.entrepot, "note_retenue", epreuve=epreuve)
    notes = notes.filter(pl.col("note").is_not_null(), ~pl.col("est_conservee")).join(
        people_of(publie).select("numero_candidat", "etablissement", "centre_ecrit", "total"),
        on="numero_candidat",
    )
    values = notes["note"].cast(pl.Float64)
    inside: dict[Figure, pl.Series] = {
        ("ENSEMBLE", "total", "total"): pl.Series([True] * notes.height)
    }
    for mode in MODES:
        for maille in ("total", "etablissement", "centre_ecrit"):
            for modalite in notes.filter(mode=mode)[maille].drop_nulls().unique().sort():
                both = (notes["mode"] == mode) & (notes[maille] == modalite)
                inside[mode, maille, modalite] = both
    truth = {
        name: f"{values.filter(mask).mean():.2f}".replace(".", ",") for name, mask in inside.items()
    }
    groups = {name: mask.to_numpy().astype(float) for name, mask in inside.items()}
    shown = set(means_of_the_session(epreuve, pages[None]))
    for place, page in pages.items():
        if place is not None:
            shown |= set(means_of_a_fiche(epreuve, place, page, truth))
    assert shown <= set(groups)
    units = notes["etablissement"].to_list()
    attacker = Attaquant(groups, shown, values.to_numpy(), units, 20)
    assert not list(attacker.found(marge=5, whole=False))


@pytest.mark.slow
def test_no_extreme_is_printed(pages: dict[Any, str]) -> None:
    assert not [
        place for place, page in pages.items() if ">Minimum<" in page or ">Maximum<" in page
    ]
