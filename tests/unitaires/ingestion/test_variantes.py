"""Variants of the given cases: no mark published differs from the mark written, none is lost."""

from collections.abc import Iterator
from decimal import Decimal

import duckdb
import pytest
from unitaires.ingestion.fichiers_de_bureau import EPREUVES, make_roster, true_mark, write_folder
from unitaires.ingestion.montage import imported, rows
from unitaires.ingestion.variantes import LISTE, NOTES, PAR_FICHIER, Fichier

from perequation.socle.dossier import open_dossier

pytestmark = pytest.mark.entier


def make_file(nom: str) -> Fichier:
    rang = list(LISTE).index(nom)
    return LISTE[nom](range(rang * PAR_FICHIER, (rang + 1) * PAR_FICHIER))


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    racine = tmp_path_factory.mktemp("variantes")
    write_folder(racine, make_roster(len(LISTE) * PAR_FICHIER).encode())
    for rang, nom in enumerate(LISTE):
        fichier = make_file(nom)
        (racine / "donnees" / f"notes{rang:03}.{fichier.suffixe}").write_bytes(fichier.octets)
    with imported(open_dossier(racine), staging=True) as con:
        yield con


@pytest.mark.parametrize("nom", LISTE)
def test_a_variant_has_its_right_outcome(base: duckdb.DuckDBPyConnection, nom: str) -> None:
    fichier = make_file(nom)
    lu = f"donnees/notes{list(LISTE).index(nom):03}.{fichier.suffixe}"
    chargees = rows(
        base,
        "select numero_candidat, epreuve, note from staging.note join raw.fichier using (fichier) "
        "where ? in (fichier, classeur)",
        lu,
    )
    fausses = [
        (qui, epreuve, note)
        for qui, epreuve, note in chargees
        if note is None
        or Decimal(str(note)) != true_mark(int(str(qui)[-4:]) - 1, EPREUVES.index(str(epreuve)))
    ]
    assert fausses == []
    regles = {
        str(regle)
        for (regle,) in rows(
            base,
            "select distinct regle from marts.rejet join raw.fichier using (fichier) "
            "where ? in (fichier, classeur)",
            lu,
        )
    }
    if fichier.chargees is not None:
        assert (len(chargees), regles) == (fichier.chargees, set(fichier.regles))
    else:
        assert len(chargees) == NOTES or regles >= fichier.regles
    dits = rows(
        base,
        "select concat_ws(' ', pieds, mots_vides, invisibles, feuilles_ignorees) from raw.fichier "
        "where ? in (fichier, classeur) union all select message from marts.rejet where fichier = ?",
        lu,
        lu,
    )
    assert fichier.dit in str(dits)


def test_one_unit_however_it_is_spelled(base: duckdb.DuckDBPyConnection) -> None:
    rang = list(LISTE).index("unités : huit graphies")
    lues = rows(
        base,
        "select distinct centre, commission from staging.note where fichier = ?",
        f"donnees/notes{rang:03}.csv",
    )
    assert len(lues) == 1
