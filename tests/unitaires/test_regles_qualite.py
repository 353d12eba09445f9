"""The names of the rules are those the catalogue and the rejects really carry."""

import re
import subprocess
import sys

from perequation.controles import load_regles
from perequation.ingestion.lecture.rejets import _RAISONS
from perequation.socle.regles_qualite import REGLES_REJET, rule_names
from perequation.socle.ressources import PACKAGE, ressource
from perequation.socle.schema import TABLES

# Words the reject queries quote that are neither a column nor a rule.
AUTRES_MOTS = {"general", "controle", "premier_groupe", "definitive", "c"}
AUTRES_MOTS |= {"true", "false", "vrai", "faux", "exceptionnel"}


def quoted_words() -> set[str]:
    requetes = [*ressource("sql", "staging").glob("rejet_*.sql")]
    requetes += ressource("sql", "staging").glob("motif_*.sql")
    texte = "\n".join(path.read_text(encoding="utf-8") for path in requetes)
    return set(re.findall(r"(?<!')'([a-z]+(?:_[a-z]+)*)'(?!')", texte))


def test_every_rule_of_the_catalogue_may_be_made_blocking() -> None:
    assert REGLES_REJET | {regle.regle for regle in load_regles()} == rule_names()


def test_every_reject_rule_may_be_made_blocking_and_exists() -> None:
    colonnes = {nom for table in TABLES.values() for nom in table.noms}
    source = (PACKAGE / "ingestion" / "lecture" / "rejets.py").read_text(encoding="utf-8")
    du_lecteur = set(_RAISONS) | set(re.findall(r"\(règle ([a-z_]+)\)", source))
    des_valeurs = quoted_words() - colonnes - set(TABLES) - AUTRES_MOTS
    assert des_valeurs | du_lecteur == REGLES_REJET


def test_knowing_the_names_costs_no_heavy_import() -> None:
    script = (
        "import sys; from perequation.socle.regles_qualite import rule_names; rule_names(); "
        "print(*sys.modules)"
    )
    modules = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    ).stdout.split()
    assert not {"great_expectations", "duckdb", "polars"} & set(modules)
