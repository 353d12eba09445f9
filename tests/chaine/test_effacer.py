"""An erased session names nobody, and still says its aggregates."""

import os
import stat
from pathlib import Path

import duckdb
import polars as pl
import pytest
from chaine.conftest import run

from perequation.resultats.anterieures import read_earlier_results
from perequation.socle.dossier import open_dossier
from perequation.socle.entrepot import read_mart
from perequation.socle.erreurs import ConfigurationError
from perequation.socle.fichiers import make_folder, share_with, write_whole


def words_of(racine: Path) -> bytes:
    return b"\0".join(path.read_bytes() for path in racine.rglob("*") if path.is_file())


def test_nobody_is_left_and_aggregates_stay(session: Path) -> None:
    dossier = open_dossier(session)
    with duckdb.connect(str(dossier.entrepot), read_only=True) as con:
        noms = con.execute("select nom, numero_candidat, ine from staging.candidat").fetchall()
    (dossier.sortie / "rapports-public").mkdir()
    (dossier.sortie / "rapports-public" / "index.html").write_text("public", "utf-8")
    assert run("effacer", str(session), "--oui") == 0

    left = words_of(session)
    assert not [n for row in noms for n in row if n and len(n) > 4 and n.encode() in left]
    assert not (session / "donnees").exists()
    assert (dossier.sortie / "rapports-public" / "index.html").is_file()
    rates = read_mart(dossier.entrepot, "reussite")
    assert rates.filter(maille="total")["admis"][0] > 0
    assert rates.filter(pl.col("presents") < 5)["admis"].is_null().all()
    with duckdb.connect(str(dossier.entrepot), read_only=True) as con:
        columns = con.execute("select column_name from information_schema.columns").fetchall()
    assert not {"numero_candidat", "nom", "prenom", "ine"} & {name for (name,) in columns}


def test_done_twice_it_keeps_what_it_kept(session: Path) -> None:
    assert run("effacer", str(session), "--oui") == 0
    before = read_mart(open_dossier(session).entrepot, "reussite")
    assert run("effacer", str(session), "--oui") == 0
    assert read_mart(open_dossier(session).entrepot, "reussite").equals(before)
    assert read_earlier_results(open_dossier(session), "CCST", 5).absentes == ()


@pytest.mark.skipif(os.name == "nt", reason="Windows a d'autres droits")
def test_everything_produced_is_its_owner_s_alone(session: Path) -> None:
    before = os.umask(0o000)
    try:
        assert run("calculer", str(session)) in {0, 6}
        assert run("etat", str(session)) == 0
    finally:
        os.umask(before)
    sortie = session / "sortie"
    for path in (sortie, *sortie.rglob("*")):
        mode = stat.S_IMODE(path.stat().st_mode)
        assert mode == (0o700 if path.is_dir() else 0o600), path


@pytest.mark.skipif(os.name == "nt", reason="Windows a d'autres droits")
@pytest.mark.parametrize("mask", [0o000, 0o077])
def test_a_group_may_read_and_nothing_else(tmp_path: Path, mask: int) -> None:
    import grp

    number = os.getgroups()[-1] if os.getgroups() else os.getgid()
    before = os.umask(mask)
    try:
        share_with(grp.getgrgid(number).gr_name)
        make_folder(tmp_path / "sortie" / "rapports")
        write_whole(tmp_path / "sortie" / "rapports" / "page.html", "page")
    finally:
        share_with("")
        os.umask(before)
    for path in (tmp_path / "sortie").rglob("*"):
        found = path.stat()
        assert found.st_gid == number
        assert stat.S_IMODE(found.st_mode) == (0o750 if path.is_dir() else 0o640)


@pytest.mark.skipif(os.name == "nt", reason="Windows a d'autres droits")
def test_an_unknown_group_is_told() -> None:
    with pytest.raises(ConfigurationError, match=r"acces\.groupe"):
        share_with("un-groupe-qui-n-existe-pas")
    share_with("")
