"""Whatever the file: lines read = loaded + rejected, and what is loaded is what was written."""

import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from unitaires.ingestion.fichiers_aleatoires import COLONNES, FichierAleatoire, damage, make_file
from unitaires.ingestion.montage import imported, make_dossier, rows
from voies import draws

from perequation.ingestion import importation
from perequation.ingestion.lecture import lecture_texte, simple

pytestmark = pytest.mark.lourd

RENCONTREES: Counter[str] = Counter()
# A seed says all there is to know of a file: nothing is gained by shrinking, which takes minutes.
REGLAGES = settings(
    max_examples=draws(4, 10),
    derandomize=True,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate],
)
# One import reads several files: the fixed cost of a session is shared.
GRAINES = st.lists(st.integers(0, 2**32), min_size=12, max_size=12, unique=True)


def check_accounts(con: duckdb.DuckDBPyConnection) -> None:
    """Hold the three counts of every file against each other."""
    comptes = rows(
        con,
        """
        select fichier, lignes_lues,
               (select count(*) from raw.candidats c where c.fichier = f.fichier),
               (select count(distinct rang) from raw.rejet r where r.fichier = f.fichier)
        from raw.fichier as f where type_fichier = 'candidats' and copie_de is null""",
    )
    assert comptes
    for fichier, lues, chargees, rejetees in comptes:
        assert lues == chargees + rejetees, fichier


def contents(con: duckdb.DuckDBPyConnection) -> list[list[tuple[object, ...]]]:
    return [
        rows(con, "select * from raw.candidats order by all"),
        # The number of a reject is only its place among them.
        rows(con, "select * exclude (rang) from raw.rejet order by all"),
        rows(con, "select * from raw.fichier order by all"),
    ]


def load(fichiers: list[FichierAleatoire]):
    racine = Path(tempfile.mkdtemp())
    noms = {f"candidats{i:03}.csv": f.octets for i, f in enumerate(fichiers)}
    for fichier in fichiers:
        RENCONTREES.update(fichier.formes)
    return imported(make_dossier(racine, dict(noms)))


@REGLAGES
@given(GRAINES)
def test_every_value_of_a_sound_file_is_loaded_as_written(graines: list[int]) -> None:
    fichiers = [make_file(graine) for graine in graines]
    with load(fichiers) as con:
        check_accounts(con)
        colonnes = ", ".join(COLONNES)
        for i, fichier in enumerate(fichiers):
            chargees = rows(
                con,
                f"select ligne, {colonnes} from raw.candidats where fichier = ? order by ligne",
                f"donnees/candidats{i:03}.csv",
            )
            assert chargees == fichier.attendus
            rejets = rows(
                con,
                "select ligne from raw.rejet where fichier = ? and regle = 'nombre_de_champs' "
                "order by ligne",
                f"donnees/candidats{i:03}.csv",
            )
            assert [ligne for (ligne,) in rejets] == fichier.ecartees


@settings(REGLAGES, max_examples=draws(2, 4))
@given(GRAINES, st.sampled_from([1, 7, 64, 1000]))
def test_blocks_cut_anywhere_change_nothing(graines: list[int], taille: int) -> None:
    """Files larger than a block are the rule: here blocks are tiny instead."""
    fichiers = [
        damage(make_file(g), g) if i % 3 == 0 else make_file(g) for i, g in enumerate(graines)
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(importation, "scan_simple", lambda *_: None)
        with load(fichiers) as con:
            entiers = contents(con)
        patch.setattr(lecture_texte, "_BLOC", taille)
        with load(fichiers) as con:
            check_accounts(con)
            assert contents(con) == entiers


@settings(REGLAGES, max_examples=draws(2, 4))
@given(GRAINES)
def test_the_fast_way_gives_what_the_careful_way_gives(graines: list[int]) -> None:
    fichiers = [make_file(graine) for graine in graines]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(importation, "scan_simple", counting_scan)
        with load(fichiers) as con:
            rapides = contents(con)
        patch.setattr(importation, "scan_simple", lambda *_: None)
        with load(fichiers) as con:
            assert contents(con) == rapides


def counting_scan(*arguments: Any) -> simple.Simple | None:
    """Scan a file, and count the simple ones."""
    trouve = simple.scan_simple(*arguments)
    if trouve is not None:
        RENCONTREES["voie rapide, " + ("guillemets" if trouve.a_des_guillemets else "nu")] += 1
    return trouve


@REGLAGES
@given(GRAINES)
def test_a_damaged_file_loses_no_line(graines: list[int]) -> None:
    with load([damage(make_file(graine), graine) for graine in graines]) as con:
        check_accounts(con)


def test_every_shape_was_met() -> None:
    """Runs last: random tests prove nothing on shapes they never made."""
    for forme, nombre in sorted(RENCONTREES.items()):
        print(f"{forme} : {nombre}")
    assert len(RENCONTREES) >= 26
    assert RENCONTREES["voie rapide, guillemets"]
    assert all(RENCONTREES.values())
