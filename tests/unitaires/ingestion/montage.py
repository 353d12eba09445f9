"""A session folder made of the files of a test, and what importing it gives."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from perequation.ingestion import import_files
from perequation.socle.couches import build_layer, build_relations
from perequation.socle.dossier import Dossier, load_reglements, open_dossier
from perequation.socle.entrepot import SCHEMAS
from perequation.socle.referentiel import create_reference

SESSION = """
[session]
annee = 2023
titre = "Essai"
academie_pilote = "TOULOUSE"
specialites = ["CCST"]
coefficients_confirmes = true

[donnees]
candidats = ["donnees/candidats*"]
notes = ["donnees/notes*", "donnees/ccf/*"]
etablissements = ["donnees/etablissements*"]
decisions_jury = ["donnees/decisions_jury*"]
decisions_harmonisation = ["donnees/decisions_harmonisation*"]
"""

CANDIDATS = (
    "numero_candidat;nom;prenom;specialite;session;academie;uai;statut;forme\n"
    "0001;MARTIN;Zoé;CCST;2023;TOULOUSE;;EAD;GLOBALE\n"
    "0002;BERNARD;Éloi;CCST;2023;TOULOUSE;;EAD;GLOBALE\n"
)
NOTES = "numero_candidat;specialite;session;epreuve;note;mode\n0001;CCST;2023;E1;12,5;PONCTUEL\n"


def make_dossier(
    racine: Path, fichiers: dict[str, str | bytes | Path], profil: str = ""
) -> Dossier:
    """Write a session folder: files by name under `donnees/`, the usual ones when not given."""
    donnees = racine / "donnees"
    donnees.mkdir(parents=True, exist_ok=True)
    reglage = f'profil = "{profil}"\n' if profil else ""
    (racine / "session.toml").write_text(SESSION + reglage, encoding="utf-8")
    tous: dict[str, str | bytes | Path] = dict(fichiers)
    for nom, usuel in (("candidats", CANDIDATS), ("notes", NOTES)):
        if not any(n.startswith((nom, "ccf/" if nom == "notes" else nom)) for n in fichiers):
            tous[f"{nom}.csv"] = usuel
    for nom, contenu in tous.items():
        cible = donnees / nom
        cible.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(contenu, Path):
            shutil.copyfile(contenu, cible)
        else:
            cible.write_bytes(contenu if isinstance(contenu, bytes) else contenu.encode())
    return open_dossier(racine)


@contextmanager
def imported(dossier: Dossier, *, staging: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
    """Import a folder into a warehouse in memory; build the layer `staging` if asked."""
    with duckdb.connect() as con:
        for schema in SCHEMAS:
            con.execute(f"create schema {schema}")
        create_reference(con, dossier, load_reglements(dossier))
        import_files(con, dossier)
        if staging:
            build_layer(con, "staging")
            build_relations(con, ["marts.rejet", "marts.bilan_import"])
        yield con


def rows(
    con: duckdb.DuckDBPyConnection, requete: str, *valeurs: object
) -> list[tuple[object, ...]]:
    """Return the rows of a query."""
    return con.execute(requete, list(valeurs)).fetchall()
