"""A CCF template filled in with a real spreadsheet program, and read back."""

import json
import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest
from unitaires.ingestion.montage import imported, make_dossier, rows
from unitaires.ingestion.montage_ccf import CANDIDATS

SAISIE = Path(__file__).with_name("saisie_libreoffice.py")


@cache
def python_with_uno() -> str | None:
    """Find a Python that can drive LibreOffice: Debian's own, or the one LibreOffice brings."""
    soffice = shutil.which("soffice")
    if soffice is None:
        return None
    voisins = Path(soffice).resolve().parent.glob("python*")
    for candidat in ("/usr/bin/python3", *map(str, voisins)):
        essai = [candidat, "-c", "import uno"]
        if shutil.which(candidat) is None:
            continue
        if subprocess.run(essai, check=False, capture_output=True).returncode == 0:
            return candidat
    return None


pytestmark = [
    pytest.mark.lourd,
    pytest.mark.skipif(
        python_with_uno() is None, reason="LibreOffice ou son module Python uno absent"
    ),
]


def use(classeur: Path, profil: Path, **plan: object) -> dict:
    """Do what a plan says in LibreOffice (see `saisie_libreoffice`) and return what was seen."""
    entree = {"classeur": str(classeur), "feuille": "Notes", "profil": str(profil)}
    python = python_with_uno()
    assert python is not None
    fini = subprocess.run(
        [python, str(SAISIE)],
        input=json.dumps({**entree, "saisies": [], "sorties": [], **plan}),
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert fini.returncode == 0, fini.stderr
    return json.loads(fini.stdout)


@pytest.mark.slow
def test_a_template_filled_with_libreoffice_gives_the_same_marks(
    modeles: tuple[Path, ...], tmp_path: Path
) -> None:
    """Rows 5 and 6 are candidates 01235 and 01234; columns E to H are E22, E4, E61, E62."""
    sorties = [tmp_path / "rempli.xlsx", tmp_path / "rempli.ods"]
    vu = use(
        modeles[0],
        tmp_path / "profil",
        saisies=[
            ["E5", "12,5"],
            ["F5", "AB"],
            ["E6", "14,25"],
            ["F6", "di"],
            ["G5", "21"],
            ["G5", "-1"],
            ["G6", "12,345"],
            ["H6", "ABS"],
            ["H6", "12.5"],
            ["A5", "99999"],
            ["B6", "AUTRE"],
        ],
        collages=[["G5", "21"]],
        sorties=list(map(str, sorties)),
    )
    assert vu["protegee"]
    # A decimal comma makes a number, codes are taken in any case.
    assert [s["nature"] for s in vu["saisies"][:4]] == ["VALUE", "TEXT", "VALUE", "TEXT"]
    assert [s["refusee"] for s in vu["saisies"]] == [False] * 4 + [True] * 5 + [False] * 2
    # The locked cells kept what they had.
    assert [s["texte"] for s in vu["saisies"][9:]] == ["01235", "ÉLUARD"]
    for sortie in sorties:
        nom = f"donnees/ccf/{sortie.name}"
        dossier = make_dossier(
            tmp_path / sortie.suffix, {"candidats.csv": CANDIDATS, f"ccf/{sortie.name}": sortie}
        )
        with imported(dossier, staging=True) as con:
            assert rows(
                con,
                "select numero_candidat, epreuve, coalesce(note::varchar, code), mode, etape "
                "from staging.note order by all",
            ) == [
                ("01234", "E22", "14.25", "CCF", "transmise"),
                ("01234", "E4", "DI", "CCF", "transmise"),
                ("01235", "E22", "12.50", "CCF", "transmise"),
                ("01235", "E4", "AB", "CCF", "transmise"),
            ]
            # Pasted: no spreadsheet checks that, the import does.
            assert rows(con, "select fichier, ligne, valeur, regle from marts.rejet") == [
                (nom, 5, "21", "note_bornes")
            ]
            assert rows(con, "select message from marts.rejet")[0][0].startswith(
                "cellule G5 (E61) : note « 21 »"
            )
            assert rows(
                con, "select modele_conforme, modele_uai from raw.fichier where fichier = ?", nom
            ) == [(True, "0990001W")]


@pytest.mark.parametrize("forme", ["xlsx", pytest.param("ods", marks=pytest.mark.slow)])
def test_what_libreoffice_saves_still_protects_and_an_alteration_is_seen(
    modeles: tuple[Path, ...], tmp_path: Path, forme: str
) -> None:
    enregistre, altere = tmp_path / f"a.{forme}", tmp_path / f"b.{forme}"
    use(modeles[0], tmp_path / "p1", saisies=[["E5", "12"]], sorties=[str(enregistre)])
    vu = use(enregistre, tmp_path / "p2", saisies=[["H5", "8"], ["H6", "25"], ["B5", "AUTRE"]])
    assert vu["protegee"]
    assert [s["refusee"] for s in vu["saisies"]] == [False, True, False]
    assert vu["saisies"][2]["texte"] == "=1+1"
    vu = use(
        enregistre,
        tmp_path / "p3",
        deproteger=True,
        saisies=[["B5", "AUTRE"]],
        sorties=[str(altere)],
    )
    assert not vu["protegee"]
    assert vu["saisies"][0]["texte"] == "AUTRE"
    dossier = make_dossier(
        tmp_path / "s", {"candidats.csv": CANDIDATS, f"ccf/{altere.name}": altere}
    )
    with imported(dossier) as con:
        assert rows(
            con, "select modele_conforme from raw.fichier where modele_uai is not null"
        ) == [(False,)]
