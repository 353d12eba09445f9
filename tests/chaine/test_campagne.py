"""A campaign that is killed twice ends with the bytes of its sessions run one by one."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from outils.pays import make_country

pytestmark = pytest.mark.slow
COMMANDE = str(Path(sys.executable).parent / "perequation")


@pytest.fixture(scope="module")
def racine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three sessions, one whose settings are wrong, one whose files are not there yet."""
    racine = tmp_path_factory.mktemp("campagne")
    assert len(list(make_country(racine, 1, 3, 30))) == 3
    modele = next(racine.glob("*/ccst-01"))
    for nom in ("fausse", "vide"):
        (racine / nom).mkdir()
        shutil.copy(modele / "session.toml", racine / nom / "session.toml")
    (racine / "fausse" / "session.toml").write_text("[session]\nannee = 1\n", encoding="utf-8")
    return racine


def _run(*arguments: str, kill_after: int | None = None) -> tuple[int, list[str]]:
    """Run the command; kill it and all it started once so many sessions are told."""
    process = subprocess.Popen(
        [COMMANDE, *arguments], stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert process.stdout is not None
    lines: list[str] = []
    for line in process.stdout:
        lines.append(line.rstrip())
        if kill_after is not None and sum(told.startswith("[") for told in lines) == kill_after:
            time.sleep(1)  # in the middle of the next one
            os.kill(process.pid, signal.SIGKILL)
            break
    return process.wait(), lines


def _pages(racine: Path) -> dict[str, bytes]:
    return {
        path.relative_to(racine).as_posix(): path.read_bytes()
        for path in sorted(racine.glob("*/*/sortie/rapports/*.html"))
    }


def _bilan(racine: Path) -> dict[str, Any]:
    return json.loads((racine / "campagne" / "bilan.json").read_text(encoding="utf-8"))


def test_killed_twice_resumed_and_equal_to_sessions_run_one_by_one(
    racine: Path, tmp_path: Path
) -> None:
    seules = tmp_path / "seules"
    shutil.copytree(racine, seules)
    campagne = ("campagne", str(racine), "--reprendre")
    _run(*campagne, kill_after=3)
    _run(*campagne, kill_after=4)
    code, lines = _run(*campagne)
    assert code == 4  # one can't be read
    statuts = {s["nom"].split("/")[-1]: s["statut"] for s in _bilan(racine)["sessions"]}
    assert statuts.pop("fausse") == "echec"
    assert statuts.pop("vide") == "attendue"
    assert set(statuts.values()) <= {"faite", "inchangee"}
    assert sum(line.startswith("[") for line in lines) == 5
    for nom in ("index.html", "70_panorama.html", "70_panorama-public.html"):
        assert (racine / "campagne" / nom).is_file(), nom

    for session in sorted(seules.glob("*/*/session.toml")):
        assert _run("executer", str(session.parent))[0] == 0
    assert len(_pages(seules)) == 3 * 6
    assert _pages(racine) == _pages(seules)

    code, _ = _run(*campagne)
    statuts = {s["nom"].split("/")[-1]: s["statut"] for s in _bilan(racine)["sessions"]}
    assert (code, statuts["mco-03"]) == (4, "inchangee")
    changee = next(racine.glob("*/mco-03"))
    notes = next((changee / "donnees").glob("notes*.csv"))
    notes.write_bytes(notes.read_bytes() + b"\n")
    _run(*campagne)
    statuts = {s["nom"].split("/")[-1]: s["statut"] for s in _bilan(racine)["sessions"]}
    assert statuts == {
        "mco-03": "faite",
        "ndrc-02": "inchangee",
        "ccst-01": "inchangee",
        "fausse": "echec",
        "vide": "attendue",
    }


def test_two_workers_of_a_cluster_one_killed_give_the_same_bytes(
    racine: Path, tmp_path: Path
) -> None:
    distributed: Any = pytest.importorskip("distributed", reason="extra « dask » non installé")
    from perequation.campagne import run_campaign

    copie = tmp_path / "copie"
    shutil.copytree(racine, copie, ignore=shutil.ignore_patterns("sortie", "campagne"))
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
    ) as cluster:
        with distributed.Client(cluster.scheduler_address, set_as_default=False) as client:
            victim = min(client.run(os.getpid).values())
        import threading

        threading.Timer(25, os.kill, (victim, signal.SIGKILL)).start()
        bilan = run_campaign(copie, dask=cluster.scheduler_address)
    assert bilan.code == 4  # the one that can't be read
    assert [s.nom for s in bilan.with_status("echec")] == ["fausse"]
    assert len(_pages(copie)) == 3 * 6
    # One session of the first campaign was published twice since: its pages say what changed.
    for nom, page in _pages(copie).items():
        assert "mco-03" in nom or page == _pages(racine)[nom], nom


def test_an_archive_gives_the_same_tables_and_pages_elsewhere(racine: Path, tmp_path: Path) -> None:
    session = next(racine.glob("*/ccst-01"))
    assert _run("executer", str(session))[0] == 0
    archive = tmp_path / "archive.zip"
    assert _run("archiver", str(session), "--vers", str(archive))[0] == 0
    code, lines = _run("verifier", str(archive))
    assert code == 0, lines
    assert any("tables égales" in line.replace("\u00a0", " ") for line in lines)
