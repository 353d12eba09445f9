"""The catalogue: one expectation, one SELECT and one French sentence for each rule."""

import json
import re
import subprocess
import sys

import pytest

from perequation.controles.suites import GRAVITES, REQUETE, Regle, list_suites, load_regles
from perequation.socle.erreurs import PerequationError
from perequation.socle.ressources import ressource

REGLES = load_regles()


def test_the_five_suites() -> None:
    assert list_suites() == ("candidats", "etablissements", "imports", "notes", "resultats")
    assert len(REGLES) >= 40


def test_names_are_unique() -> None:
    noms = [regle.regle for regle in REGLES]
    assert len(noms) == len(set(noms))


def test_every_select_belongs_to_a_rule() -> None:
    fichiers = {(p.parent.name, p.stem) for p in ressource("sql", "controles").glob("*/*.sql")}
    assert fichiers == {(regle.suite, regle.regle) for regle in REGLES}


@pytest.mark.parametrize("regle", REGLES, ids=lambda regle: regle.regle)
def test_rule_is_well_written(regle: Regle) -> None:
    assert regle.gravite in GRAVITES
    assert re.fullmatch(r"[a-z0-9_]+", regle.regle)
    assert re.match(r"^[A-ZÀÉ].*\.$", regle.libelle)
    assert regle.remede.endswith(".")
    assert not regle.constat.endswith(".")
    assert regle.source
    assert regle.sql.startswith("-- Grain : une ligne ")
    assert regle.type == REQUETE or regle.parametres


def test_unknown_suite_is_named() -> None:
    with pytest.raises(PerequationError, match=r"« inconnue » n'existe pas .*candidats"):
        load_regles(["inconnue"])


def test_suites_are_great_expectations_own_format() -> None:
    for suite in list_suites():
        contenu = json.loads(ressource("expectations", f"{suite}.json").read_text("utf-8"))
        assert contenu["name"] == suite
        assert {key for e in contenu["expectations"] for key in e} == {"type", "kwargs", "meta"}


def test_query_escapes_what_great_expectations_would_read() -> None:
    regle = next(r for r in REGLES if r.regle == "candidat_uai_cle")
    assert "[0-9]{{7}}" in regle.requete
    assert ":integer" not in regle.requete.replace("\\:", "")
    assert "{batch}" in regle.requete


def test_catalogue_does_not_import_great_expectations() -> None:
    code = (
        "import sys, perequation.controles; "
        "print([m for m in ('great_expectations', 'sqlalchemy') if m in sys.modules])"
    )
    sortie = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert sortie.stdout.strip() == "[]"
