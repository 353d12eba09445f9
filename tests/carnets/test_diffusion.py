"""What may leave the exam office names no candidate, in its text or in its charts' data."""

import html
import json
import re
import shutil
from pathlib import Path
from zipfile import ZipFile

import polars as pl
import pytest

from perequation.demo.commande import run_demo
from perequation.edition import publish_reports
from perequation.edition.plan import plan_reports
from perequation.socle.dossier import Dossier, open_dossier
from perequation.socle.entrepot import open_read_only, read_relation
from perequation.socle.erreurs import ReportsFailedError

SESSION = "ccst-2023-toulouse"


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


@pytest.mark.slow
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
        # Alone too: in the data of a chart, first name and name would be two values.
        nommes = [nom for nom in candidats["nom"].unique() if words_of(nom) <= mots]
        assert not nommes, page.name


@pytest.mark.slow
def test_the_public_pack_is_one_file_of_its_pages_alone(pack: tuple[Path, pl.DataFrame]) -> None:
    dossier, _ = pack
    names = {path.relative_to(dossier).as_posix() for path in dossier.rglob("*")}
    assert names == {"index.html", "20_resultats_CCST.html", "bilan.json", "bilan.txt"}
    with ZipFile(dossier.with_name("rapports-public.zip")) as packed:
        assert set(packed.namelist()) == {"index.html", "20_resultats_CCST.html"}
        page = packed.read("20_resultats_CCST.html")
    assert page == (dossier / "20_resultats_CCST.html").read_bytes()


@pytest.mark.slow
def test_small_groups_have_no_figure_in_the_charts_either(pack: tuple[Path, pl.DataFrame]) -> None:
    """A rate of a group below the threshold is absent from the data a chart carries."""
    dossier, _ = pack
    texte = (dossier / "20_resultats_CCST.html").read_text("utf-8")
    specs = re.findall(r'<script type="application/json">(.*?)</script>', texte)
    assert specs

    lignes = [
        dict(zip(jeu["champs"], ligne, strict=True))
        for spec in specs
        for jeu in json.loads(spec)["datasets"].values()
        for ligne in jeu["lignes"]
    ]

    assert any(ligne.get("presents") for ligne in lignes)
    petits = [ligne for ligne in lignes if 0 < (ligne.get("presents") or 0) < 5]
    assert all(ligne.get("taux_reussite") is None for ligne in petits)


def test_a_pack_for_establishments_holds_fiches_and_nothing_internal(
    publie: Dossier, tmp_path: Path
) -> None:
    copie = open_dossier(shutil.copytree(publie.racine, tmp_path / "session"))
    prevus = {rapport.notebook.stem for rapport in plan_reports(copie, diffusion="etablissement")}
    une = plan_reports(copie, seulement=["60_fiche"])[0]

    bilan = publish_reports(copie, [une.nom], diffusion="etablissement")

    assert prevus == {"20_resultats", "60_fiche"}
    assert bilan.dossier.name == "rapports-etablissement"
    fichiers = {p.relative_to(bilan.dossier).as_posix() for p in bilan.dossier.rglob("*.*")}
    assert fichiers == {"index.html", "bilan.json", "bilan.txt", une.fichier}
    texte = (bilan.dossier / une.fichier).read_text("utf-8")
    assert "Diffusion</span> établissement" in texte
    assert "10_qualite" not in texte
