"""What may leave the exam office names no candidate, in its text or in its charts' data."""

import html
import json
import re
from pathlib import Path

import polars as pl
import pytest

from perequation.configuration import open_dossier
from perequation.demonstration import run_demo
from perequation.edition import publish_reports
from perequation.entrepot import open_read_only, read_relation
from perequation.erreurs import ReportsFailedError

SESSION = "ccst-2023-toulouse"

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, pl.DataFrame]:
    """The public pack of a demo session, and its candidates."""
    racine = tmp_path_factory.mktemp("public")
    try:
        run_demo(racine, (SESSION,), 2023, None)
    except ReportsFailedError as error:
        pytest.fail("\n".join(error.lines()))
    dossier = open_dossier(racine / SESSION)
    bilan = publish_reports(dossier, diffusion="public")
    with open_read_only(dossier.entrepot) as con:
        return bilan.dossier, read_relation(con, "staging.candidat")


def words_of(texte: str) -> set[str]:
    return set(re.findall(r"\w+", html.unescape(texte)))


def test_no_candidate_is_named_or_numbered(pack: tuple[Path, pl.DataFrame]) -> None:
    dossier, candidats = pack
    pages = sorted(path for path in dossier.rglob("*") if path.is_file())
    assert {"index.html", "20_resultats_CCST.html"} <= {page.name for page in pages}
    assert not [page for page in pages if page.suffix == ".ipynb"]

    for page in pages:
        brut = page.read_text("utf-8")
        mots = words_of(brut)
        assert not mots & set(candidats["numero_candidat"]), page.name
        assert not mots & set(candidats["ine"].drop_nulls()), page.name
        nommes = [n for n, p in candidats.select("nom", "prenom").iter_rows() if f"{n} {p}" in brut]
        assert not nommes, page.name


def test_small_groups_have_no_figure_in_the_charts_either(
    pack: tuple[Path, pl.DataFrame],
) -> None:
    """A rate of a group below the threshold is absent from the data a chart carries."""
    dossier, _ = pack
    texte = (dossier / "20_resultats_CCST.html").read_text("utf-8")
    specs = re.findall(r'<script type="application/json">(.*?)</script>', texte)
    assert specs

    lignes = [
        ligne for spec in specs for jeu in json.loads(spec)["datasets"].values() for ligne in jeu
    ]

    petits = [ligne for ligne in lignes if 0 < (ligne.get("presents") or 0) < 5]
    assert all(ligne.get("taux_reussite") is None for ligne in petits)
