"""The one number of the gaps that remain, read wherever it is said."""

import html
import json
import re
from pathlib import Path

import polars as pl

from perequation.edition.bilan import BilanEdition
from perequation.edition.contexte import make_background
from perequation.harmonisation.rapport import answer, list_remaining, places
from perequation.socle import entrepot
from perequation.socle.dossier import open_dossier
from perequation.socle.en_vigueur import Restants, keep_in_force, read_remaining
from perequation.socle.formats import free_spaces
from perequation.suivi.etat import describe


def mart(racine: Path, table: str) -> pl.DataFrame:
    return entrepot.read_mart(racine / "sortie" / "perequation.duckdb", table)


def plain(texte: str) -> str:
    """Return the words of a text or page, ordinary spaces between them."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", texte)).split())


def agree(racine: Path) -> Restants:
    """See that etat, bilan, index, the essentials of the report and the marts give one number."""
    dossier = open_dossier(racine)
    vigueur, notes = mart(racine, "ecart_en_vigueur"), mart(racine, "note_retenue")
    signales = vigueur.filter(signal="signale")
    restants = read_remaining(dossier.entrepot)
    assert restants is not None
    assert restants.nb_signales == signales.height
    assert restants.nb_maintenus == signales.filter("est_maintenu").height
    dit = free_spaces(str(restants))
    assert any(dit in ligne for ligne in describe(dossier))
    bilan = BilanEdition("s", racine, (), restants=restants)
    assert any(str(restants) in ligne for ligne in bilan.lines())
    index = make_background(dossier, "interne", None).plain_context("index")
    assert str(restants) in [fait.texte for fait in index.faits]
    ecarts = keep_in_force(mart(racine, "ecart"))
    lignes = list_remaining(ecarts, vigueur, places(notes))
    assert lignes.filter(signal="signale").height == signales.height
    premiere = plain(answer(lignes, ecarts).html)
    assert dit in premiere[:1].lower() + premiere[1:] or (
        lignes.is_empty() and "Aucun écart à examiner ni à surveiller" in premiere
    )
    return restants


def pages_agree(racine: Path, restants: Restants) -> None:
    """See that the pages and accounts that were written give that number."""
    rapports, dit = racine / "sortie" / "rapports", plain(str(restants))
    bilan = json.loads((rapports / "bilan.json").read_text("utf-8"))["ecarts"]
    assert (bilan["nb_signales"], bilan["nb_maintenus"]) == (
        restants.nb_signales,
        restants.nb_maintenus,
    )
    assert dit in plain((rapports / "bilan.txt").read_text("utf-8"))
    (page,) = rapports.glob("30_harmonisation*.html")
    (compte,) = re.findall(
        r'<strong class="pq-compte">(.*?)</strong>', page.read_text("utf-8"), flags=re.DOTALL
    )
    index = plain((rapports / "index.html").read_text("utf-8"))
    # Above the reports, then under the one that counts it in its own words.
    assert dit in index
    assert index.count(plain(compte)) >= (2 if plain(compte) == dit else 1)
