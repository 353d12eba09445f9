"""Every hostile file of the corpus loads, or is rejected, exactly as written beside it."""

import tomllib
from pathlib import Path
from typing import Any

import duckdb
import pytest
from unitaires.ingestion.montage import imported, make_dossier, rows

pytestmark = pytest.mark.lourd

CORPUS = Path(__file__).parent / "corpus"
CAS = sorted(p for p in CORPUS.iterdir() if p.suffix == ".toml")


def test_there_is_a_file_for_every_shape() -> None:
    assert len(CAS) >= 30
    fichiers = {p for p in CORPUS.iterdir() if p.suffix != ".toml" and not p.name.startswith(".")}
    assert {p.name.rsplit(".", 1)[0] for p in fichiers} == {p.stem for p in CAS}


@pytest.mark.parametrize("cas", CAS, ids=lambda p: p.stem)
def test_file_of_the_corpus(cas: Path, tmp_path: Path) -> None:
    attendu = tomllib.loads(cas.read_text(encoding="utf-8"))
    (source,) = [p for p in CORPUS.glob(f"{cas.stem}.*") if p.suffix != ".toml"]
    type_fichier = attendu.get("type", "notes")
    nom = f"donnees/{type_fichier}_{source.name}"
    dossier = make_dossier(
        tmp_path, {f"{type_fichier}_{source.name}": source}, attendu.get("profil", "")
    )
    if "texte_profil" in attendu:
        (tmp_path / "profils").mkdir()
        (tmp_path / "profils" / f"{attendu['profil']}.toml").write_text(
            attendu["texte_profil"], encoding="utf-8"
        )
    with imported(dossier, staging="staging" in attendu) as con:
        ((lues, encodage, separateur),) = rows(
            con, "select lignes_lues, encodage, separateur from raw.fichier where fichier = ?", nom
        )
        colonnes = attendu.get("colonnes", ["ligne"])
        noms = ", ".join(f'"{c}"' for c in colonnes)
        chargees = rows(
            con, f"select {noms} from raw.{type_fichier} where fichier = ? order by rowid", nom
        )
        rejets = rows(
            con,
            "select ligne, regle, rang is not null from raw.rejet where fichier = ? "
            "order by ligne nulls first, regle",
            nom,
        )
        check_staging(con, nom, attendu.get("staging", {}))
    assert lues == attendu["lues"]
    assert [list(ligne) for ligne in chargees] == attendu.get("chargees", [])
    obtenus = [[ligne or 0, regle] for ligne, regle, _ in rejets]
    assert obtenus == attendu.get("rejets", [])
    assert lues == len(chargees) + sum(bool(est_donnee) for *_, est_donnee in rejets)
    if "encodage" in attendu:
        assert encodage == attendu["encodage"]
    if "separateur" in attendu:
        assert separateur == attendu["separateur"]


def check_staging(con: duckdb.DuckDBPyConnection, nom: str, attendu: dict[str, Any]) -> None:
    """Hold what the values became against what is written beside the file."""
    if not attendu:
        return
    lignes = [[v if v is not None else "" for v in r] for r in rows(con, attendu["requete"])]
    assert lignes == attendu["lignes"]
    rejets = "select ligne, regle from marts.rejet where fichier = ? order by ligne, regle"
    assert [list(r) for r in rows(con, rejets, nom)] == attendu["rejets"]
    ecartees = (
        "select ligne, colonne, valeur from staging.valeur_ecartee where fichier = ? order by all"
    )
    assert [list(r) for r in rows(con, ecartees, nom)] == attendu["ecartees"]
