"""Gaps of earlier sessions, read from the folders session.toml names."""

import shutil
from pathlib import Path

import duckdb
import pytest

from perequation.harmonisation import compare_sessions
from perequation.harmonisation.anterieures import read_earlier_gaps
from perequation.socle.dossier import open_dossier
from perequation.socle.entrepot import read_mart


@pytest.fixture
def suivante(session: Path) -> Path:
    """A session with an earlier one, a folder without results, and one that isn't there."""
    precedente = session.with_name("précédente")
    (precedente / "sortie").mkdir(parents=True)
    entrepot = precedente / "sortie" / "perequation.duckdb"
    shutil.copy(session / "sortie" / "perequation.duckdb", entrepot)
    with duckdb.connect(str(entrepot)) as con:
        con.execute("update marts.ecart set session = 2022, ecart_retenu = -ecart_retenu")
    (session.parent / "vide").mkdir()
    toml = session / "session.toml"
    texte = toml.read_text("utf-8").replace(
        "[donnees]",
        '[donnees]\nsessions_precedentes = ["../pr*dente", "../vide", "../absente", "."]',
    )
    toml.write_text(texte, "utf-8")
    return session


def test_each_unit_meets_its_earlier_gap(suivante: Path) -> None:
    anterieures, absentes = read_earlier_gaps(open_dossier(suivante))
    assert [Path(nom).name for nom in absentes] == ["vide", "absente"]
    assert anterieures["session"].unique().to_list() == [2022]
    ecarts = read_mart(suivante / "sortie" / "perequation.duckdb", "ecart")
    historique = compare_sessions(ecarts, anterieures)
    assert historique.height == ecarts["ecart_retenu"].drop_nulls().len()
    # The earlier session's gaps are the opposite ones: none has the same sign.
    assert not historique["meme_sens"].any()
    cle = ["specialite", "epreuve", "etape", "type_unite", "unite"]
    jointes = historique.join(ecarts.select(*cle, "ecart_retenu"), on=cle)
    assert (jointes["ecart_anterieur"] == -jointes["ecart_retenu"]).all()


def test_without_an_earlier_session_there_is_nothing_to_compare(session: Path) -> None:
    anterieures, absentes = read_earlier_gaps(open_dossier(session))
    assert anterieures.is_empty()
    assert absentes == []
    ecarts = read_mart(session / "sortie" / "perequation.duckdb", "ecart")
    assert compare_sessions(ecarts, anterieures).is_empty()
