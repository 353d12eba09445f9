"""The scripts of docs/programmation.md do what the page says, exit code by exit code."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "programmation.md"
FAUX = """#!/bin/sh
echo "$@" >> "$TRACE"
echo "ce qui s'est dit"
case $1 in executer) exit $EXECUTER ;; *) exit $EDITER ;; esac
"""


def block(langue: str, rang: int = 0) -> str:
    return re.findall(rf"```{langue}\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)[rang]


def program(path: Path, texte: str) -> Path:
    path.write_text(texte, "utf-8")
    path.chmod(0o755)
    return path


@pytest.mark.skipif(os.name == "nt", reason="script du shell")
@pytest.mark.parametrize(
    ("executer", "editer", "commandes", "code"),
    [(0, 0, 2, 0), (4, 0, 2, 0), (4, 4, 2, 4), (3, 0, 1, 3), (5, 0, 1, 5), (6, 0, 1, 6)],
)
def test_the_night_script_follows_the_exit_codes(
    tmp_path: Path, executer: int, editer: int, commandes: int, code: int
) -> None:
    nuit, trace = program(tmp_path / "nuit.sh", block("sh")), tmp_path / "trace"
    rapports = tmp_path / "session" / "sortie" / "rapports"
    rapports.mkdir(parents=True)
    (rapports / "bilan.txt").write_text("Produits : 3 rapports.\n", "utf-8")
    environnement = {
        **os.environ,
        "PEREQUATION": str(program(tmp_path / "perequation", FAUX)),
        "TRACE": str(trace),
        "EXECUTER": str(executer),
        "EDITER": str(editer),
    }

    fini = subprocess.run(
        [nuit, tmp_path / "session"], env=environnement, capture_output=True, text=True, check=False
    )

    assert fini.returncode == code
    lignes = trace.read_text("utf-8").splitlines()
    assert len(lignes) == commandes
    assert lignes[0].startswith("executer ")
    assert all(line.endswith("--fiches --reprendre") for line in lignes[1:])
    assert ("Produits : 3 rapports." in fini.stdout) == (code in {0, 4})
    assert ("ce qui s'est dit" in fini.stdout) == (code not in {0, 3, 4, 5})
    journal = tmp_path / "session" / "sortie" / "nuit.log"
    assert journal.read_text("utf-8").count("ce qui s'est dit") == commandes


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd n'est pas là")
def test_systemd_accepts_the_units(tmp_path: Path) -> None:
    nuit = program(tmp_path / "nuit.sh", block("sh"))
    service = block("ini").replace("/opt/perequation/nuit.sh", str(nuit))
    (tmp_path / "perequation.service").write_text(service, "utf-8")
    (tmp_path / "perequation.timer").write_text(block("ini", 1), "utf-8")

    fini = subprocess.run(
        ["systemd-analyze", "verify", "./perequation.service", "./perequation.timer"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (fini.returncode, fini.stderr) == (0, "")
