"""A roster with CCF, the templates made from it, and what people do with them."""

from pathlib import Path

import duckdb
import openpyxl

from perequation.ingestion.ccf.destinataires import Destinataire, list_recipients
from perequation.socle.couches import build_missing

ENTETE = (
    "numero_candidat;nom;prenom;date_naissance;specialite;session;academie;uai;etablissement;"
    "statut;forme"
)
CANDIDATS = "\n".join(
    [
        ENTETE,
        "01234;ÉLUARD;Zoé;12/05/2003;CCST;2023;TOULOUSE;0990001W;LYCEE A;SCOLAIRE;GLOBALE",
        "01235;=1+1;Éloi;;CCST;2023;TOULOUSE;0990001W;LYCEE A;SCOLAIRE;GLOBALE",
        "01236;MARTIN;Ana;;CCST;2023;TOULOUSE;0990002X;LYCEE B;SCOLAIRE;GLOBALE",
        "01237;SEUL;Ida;;CCST;2023;TOULOUSE;;;INDIVIDUEL;GLOBALE",
    ]
)


def recipients(con: duckdb.DuckDBPyConnection) -> tuple[Destinataire, ...]:
    build_missing(con, ["intermediate.case_ccf"])
    return list_recipients(con)


def fill(modele: Path, cible: Path, notes: dict[tuple[int, int], object]) -> Path:
    """Fill cells (candidate, épreuve), both from 0, of a copy of a template."""
    classeur = openpyxl.load_workbook(modele)
    feuille = classeur["Notes"]
    for (candidat, epreuve), note in notes.items():
        feuille.cell(5 + candidat, 5 + epreuve, note)
    cible.parent.mkdir(parents=True, exist_ok=True)
    classeur.save(cible)
    return cible
