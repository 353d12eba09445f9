"""The same inputs in another folder give the same pages, the same tables and the same sheets."""

import shutil
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from perequation import execution
from perequation.controles.listes import write_everything_to_correct
from perequation.demo import make_session
from perequation.edition import publish_reports
from perequation.edition.plan import plan_reports
from perequation.jury.listes import write_lists
from perequation.socle.dossier import Dossier, open_dossier
from perequation.socle.entrepot import list_tables, open_read_only, read_relation
from perequation.socle.journal import open_run

JOUR = date(2023, 7, 7)


def compute(dossier: Dossier) -> None:
    with open_run(dossier, "calculer", silencieux=True) as journal:
        execution.importer(dossier, journal)
        execution.controler(dossier, journal)
        execution.calculer(dossier, journal)


def pages(dossier: Dossier, reports: list[str] | None) -> dict[str, bytes]:
    publish_reports(dossier, reports, jour=JOUR)
    racine = dossier.rapports
    return {str(p.relative_to(racine)): p.read_bytes() for p in sorted(racine.rglob("*.html"))}


def tables(dossier: Dossier) -> dict[str, list[dict[str, Any]]]:
    with open_read_only(dossier.entrepot) as con:
        names = list_tables(con, "marts")
        return {n: con.sql(f"from marts.{n}").pl().to_dicts() for n in names} | {
            f"{n}, lue": read_relation(con, f"marts.{n}").to_dicts() for n in names
        }


def sheets(dossier: Dossier) -> dict[str, list[tuple[Any, ...]]]:
    return {
        f"{path.name} {sheet.title}": list(sheet.values)
        for path in (*write_lists(dossier), write_everything_to_correct(dossier))
        for sheet in openpyxl.load_workbook(path)
    }


@pytest.mark.slow
def test_two_folders_give_the_same_bytes(publie: Dossier, tmp_path: Path) -> None:
    ailleurs = open_dossier(make_session("ccst-2023-toulouse", tmp_path / "autre" / "dossier é"))
    compute(ailleurs)
    fiche = plan_reports(publie, seulement=["60_fiche"])[0].nom
    noms = ["10_qualite", "20_resultats", "30_harmonisation", "40_jury", "50_rattrapage", fiche]
    ici = open_dossier(shutil.copytree(publie.racine, tmp_path / "ici"))

    assert tables(ici) == tables(ailleurs)
    assert sheets(ici) == sheets(ailleurs)
    nos_pages, leurs_pages = pages(ici, noms), pages(ailleurs, noms)
    assert len(nos_pages) == 7
    assert [nom for nom, page in nos_pages.items() if page != leurs_pages[nom]] == []
    assert not [nom for nom, page in nos_pages.items() if str(tmp_path).encode() in page]
