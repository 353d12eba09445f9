"""A whole session rehearsed command by command: meeting, marks, jury, contrôle, final results."""

import shutil
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from chaine.conftest import run

from perequation.socle import entrepot
from perequation.socle.dossier import open_dossier
from perequation.socle.en_vigueur import read_remaining
from perequation.suivi.calendrier import read_step

PLUS_TARD = ("decisions_harmonisation.csv", "notes_ccf_harmonisees.csv", "notes_controle.csv")
DE_JURY = "decisions_jury.csv"


@pytest.fixture
def attente(session: Path, tmp_path: Path) -> Path:
    """The session before its meeting; return where the files that come later are kept."""
    ailleurs = tmp_path / "plus_tard"
    ailleurs.mkdir()
    for nom in (*PLUS_TARD, DE_JURY):
        (session / "donnees" / nom).rename(ailleurs / nom)
    shutil.rmtree(session / "sortie")
    return ailleurs


def mart(session: Path, table: str) -> pl.DataFrame:
    return entrepot.read_mart(session / "sortie" / "perequation.duckdb", table)


def fill_in(path: Path, shifted: tuple[str, str]) -> None:
    """Decide a shift for one unit and keep the marks of all the others."""
    lignes = pl.read_csv(path, separator=";", infer_schema_length=0)
    est_decalee = (pl.col("epreuve") == shifted[0]) & (pl.col("unite") == shifted[1])
    lignes.with_columns(
        decision=pl.when(est_decalee).then(pl.lit("DECALAGE")).otherwise(pl.lit("MAINTIEN")),
        decalage=pl.when(est_decalee).then(pl.lit("-1")),
        motif=pl.lit("Grilles examinées"),
        auteur=pl.lit("Réunion"),
        date=pl.lit("7 juin 2023"),
        accord=pl.lit("8 juin 2023"),
    ).write_csv(path, separator=";")


@pytest.mark.slow
def test_a_session_closes(
    session: Path, attente: Path, relancer: Callable[[], int], capsys: pytest.CaptureFixture[str]
) -> None:
    racine, donnees = str(session), session / "donnees"
    assert relancer() == 0
    assert mart(session, "resultat_candidat")["est_provisoire"].any()
    avant = mart(session, "ecart_en_vigueur").filter(signal="signale", type_unite="etablissement")
    decalee = avant.sort("ecart_retenu", descending=True).select("epreuve", "unite").row(0)

    assert run("decisions", "preparer", racine) == 0
    fill_in(session / "sortie" / "reunion" / "decisions_harmonisation.csv", decalee)
    assert run("decisions", "verifier", racine) == 0
    assert run("simuler", racine, "--decalages", str(donnees / "decisions_harmonisation.csv")) == 0
    assert relancer() == 0
    assert run("decisions", "appliquer", racine) == 0
    assert run("decisions", "appliquer", racine, "--relu-par", "Mme X") == 0
    assert relancer() == 0

    assert not mart(session, "resultat_candidat")["est_provisoire"].any()
    vigueur = mart(session, "ecart_en_vigueur")
    unite = vigueur.filter(epreuve=decalee[0], unite=decalee[1]).row(0, named=True)
    assert unite["suite_donnee"] == "suivie"
    assert mart(session, "note_hors_decision").is_empty()
    restants = read_remaining(session / "sortie" / "perequation.duckdb")
    assert restants is not None
    assert restants.nb_signales == vigueur.filter(signal="signale").height
    # Of the gaps that remain, none is one the meeting corrected.
    assert vigueur.filter(pl.col("signal") == "signale", decision="DECALAGE").is_empty()
    assert not read_step(open_dossier(session), "jury").manques
    capsys.readouterr()
    assert run("etat", racine) == 0
    assert "Prochaine étape : jury" in capsys.readouterr().out

    for nom in (DE_JURY, "notes_controle.csv"):
        shutil.copy(attente / nom, donnees / nom)
    assert relancer() == 0
    resultats = mart(session, "resultat_candidat")
    attendus = mart(session, "rattrapage").filter(pl.col("decision_finale").is_null())
    assert resultats["decision_finale"].null_count() == 0
    manques = read_step(open_dossier(session), "controle").manques
    assert len(manques) == attendus.height
