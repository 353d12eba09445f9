"""Hostile inputs of a session: bytes changed, cut, repeated, in each kind of file it reads."""

import random
import shutil
import time
from functools import partial
from pathlib import Path

import duckdb
import openpyxl
from tests.epreuve.terrain import Comptes, in_child, judge_ending
from tests.unitaires.ingestion.montage import NOTES, make_dossier

from perequation import cli

_CORPUS = Path(__file__).parents[1] / "unitaires" / "ingestion" / "corpus"
_MORCEAUX = [
    b'"',
    b";",
    b"\r",
    b"\n",
    b"\0",
    b"\xff\xfe",
    b"\xe2\x80\xa8",
    b"=1+1",
    b"'",
    b"<",
    b"PK",
]
_MORCEAUX += [
    b'"' * 50,
    b";" * 500,
    b"9" * 400,
    b"[" * 300,
    "é".encode() * 60,
    b"true",
    b"-",
    b"1e999",
]


def try_inputs(place: Path, comptes: Comptes, secondes: float, alea: random.Random) -> None:
    """Import sessions whose files are damaged at random, for so many seconds."""
    modele = place / "modele"
    make_dossier(modele, {"notes.csv": NOTES, "notes_temoin.csv": _witness()})
    classeur = openpyxl.Workbook()
    feuille = classeur.active
    assert feuille is not None
    for ligne in NOTES.replace("E1", "E3").splitlines():
        feuille.append(ligne.split(";"))
    classeur.save(modele / "donnees" / "notes_classeur.xlsx")
    for ods in sorted(_CORPUS.glob("*.ods"))[:1]:
        shutil.copyfile(ods, modele / "donnees" / "notes_libre.ods")
    cibles = [
        "session.toml",
        *(f"donnees/{p.name}" for p in sorted((modele / "donnees").iterdir())),
    ]
    cibles.remove("donnees/notes_temoin.csv")
    fin = time.monotonic() + secondes
    while time.monotonic() < fin:
        racine = place / "hostile"
        shutil.rmtree(racine, ignore_errors=True)
        shutil.copytree(modele, racine)
        cible = alea.choice(cibles)
        chemin = racine / cible
        chemin.write_bytes(_damage(chemin.read_bytes(), alea))
        code, texte, _ = in_child(partial(cli.main, ["importer", str(racine)]))
        nom = f"entrée hostile : {Path(cible).suffix}"
        rate = _judge(racine, code, texte)
        if rate is not None:
            shutil.copyfile(
                chemin, place.parent / f"hostile-{comptes.essais.total()}{chemin.suffix}"
            )
        comptes.note(nom, rate, cible)


def _witness() -> str:
    """A file nobody touches: its row must load whatever becomes of the others."""
    return NOTES.splitlines()[0] + "\n0002;CCST;2023;E1;7,5;PONCTUEL\n"


def _damage(octets: bytes, alea: random.Random) -> bytes:
    sortie = bytearray(octets)
    for _ in range(alea.randint(1, 4)):
        ici = alea.randrange(len(sortie) + 1)
        la = min(len(sortie), ici + alea.randint(1, 40))
        geste = alea.randrange(5)
        if geste == 0:
            del sortie[ici:la]
        elif geste == 1:
            sortie[ici:ici] = alea.choice(_MORCEAUX)
        elif geste == 2:
            sortie[ici:la] = alea.randbytes(la - ici)
        elif geste == 3:
            sortie[ici:ici] = sortie[ici:la] * alea.randint(1, 30)
        else:
            del sortie[ici:]
    return bytes(sortie)


def _judge(racine: Path, code: int, texte: str) -> str | None:
    rate = judge_ending(code, texte)
    if rate is None and code == 0:
        rate = in_child(lambda: _accounts(racine))[2]
    return rate


def _accounts(racine: Path) -> str | None:
    """See that every file and every row has its account, and that the witness is loaded."""
    with duckdb.connect(str(racine / "sortie" / "construction.duckdb"), read_only=True) as con:
        faux = con.execute(
            "select fichier from marts.bilan_import "
            "where lignes_lues <> lignes_chargees + lignes_rejetees"
        ).fetchall()
        if faux:
            return f"comptes faux : {faux}"
        temoin = con.execute(
            "select numero_candidat, note from raw.notes where fichier like '%temoin%'"
        ).fetchall()
    return None if temoin == [("0002", "7,5")] else f"témoin : {temoin}"
