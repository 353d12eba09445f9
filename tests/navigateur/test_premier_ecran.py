"""The first screen (1280 × 900) of a report holds its answer, found by its words; a telephone its lists."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from outils.captures import wait_drawn

from perequation.edition import publish_reports
from perequation.socle.dossier import Dossier, open_dossier

pytestmark = [pytest.mark.navigateur, pytest.mark.slow]

ANSWERS = {
    "30_harmonisation_CCST": (
        "à examiner",
        "environ",
        "très probable",
        "si l’on",
        "Sessions antérieures",
        "Décision de la réunion",
    ),
    "40_jury_CCST": ("cas à décider", "Près de 10 (9,50 à 9,99)", "Pourquoi", "prof. < 10"),
    "50_rattrapage_CCST": ("Qui est appelé", "D643-15", "Appelés", "E1 et E2", "Manque"),
}

# What is read to act on, on a telephone too.
LISTES = {
    "10_qualite": ("suivi-ccf-complets", "controles", "bilan-import"),
    "40_jury_CCST": ("a-decider", "decides"),
    "50_rattrapage_CCST": ("appeles", "apres-controle", "non-appeles"),
}


@pytest.fixture(scope="module")
def pack(publie: Dossier, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The reports that must answer at once."""
    copie = open_dossier(shutil.copytree(publie.racine, tmp_path_factory.mktemp("e") / "session"))
    publish_reports(copie, sorted({*ANSWERS, *LISTES}))
    return copie.rapports


@pytest.mark.parametrize("nom", ANSWERS)
def test_the_first_screen_holds_the_answer(browser: Any, pack: Path, nom: str) -> None:
    contexte = browser.new_context(viewport={"width": 1280, "height": 900}, offline=True)
    page = contexte.new_page()
    page.goto((pack / f"{nom}.html").as_uri())
    wait_drawn(page)
    seen = page.evaluate(
        """() => {
        const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
        const range = document.createRange();
        const words = [];
        while (walker.nextNode()) {
            range.selectNodeContents(walker.currentNode);
            const box = range.getBoundingClientRect();
            if (box.width && box.bottom > 0 && box.bottom <= 900 && box.right <= 1280)
                words.push(walker.currentNode.textContent);
        }
        return words.join(" ");
    }"""
    )
    contexte.close()
    plain = " ".join(seen.replace("\u00a0", " ").split())
    assert [words for words in ANSWERS[nom] if words not in plain] == []


@pytest.mark.parametrize("nom", LISTES)
def test_lists_to_act_on_hold_on_a_telephone(browser: Any, pack: Path, nom: str) -> None:
    contexte = browser.new_context(viewport={"width": 390, "height": 900}, offline=True)
    page = contexte.new_page()
    page.goto((pack / f"{nom}.html").as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    hidden = {
        liste: page.eval_on_selector(f"#{liste}", "t => t.scrollWidth - t.clientWidth")
        for liste in LISTES[nom]
    }
    contexte.close()
    assert hidden == dict.fromkeys(LISTES[nom], 0)
