"""A session whose written papers say their markers: gaps, decisions, and names that stay inside."""

import csv
import io
from pathlib import Path

import polars as pl
import pytest
from chaine.conftest import run

from perequation.harmonisation.rapport import choose
from perequation.socle.dossier import open_dossier
from perequation.socle.entrepot import read_mart

NOMS = ["MARTINVILLE Paul", "DURANDEAU Zoé", "12", "PETITPAS Jean", "ROUXEL Anne", "BLANCART Luc"]
SEVERE = "12"


def tell_markers(session: Path) -> None:
    """Give E1's papers, sent to be harmonised, six markers, one of them severe; E3's, lots."""
    path = session / "donnees" / "notes_ecrits.csv"
    lignes = list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig")), delimiter=";"))
    for rang, ligne in enumerate(lignes):
        lequel = int(ligne["numero_candidat"]) % len(NOMS)
        ligne["correcteur"] = NOMS[lequel] if ligne["epreuve"] == "E1" and rang % 40 else ""
        ligne["lot"] = str(lequel + 1) if ligne["epreuve"] in {"E1", "E3"} else ""
        if ligne["epreuve"] == "E1":
            ligne["etape"] = "transmise"
            if ligne["note"][0].isdigit() and NOMS[lequel] == SEVERE:
                ligne["note"] = f"{max(0.0, float(ligne['note'].replace(',', '.')) - 4):g}"
    sortie = io.StringIO()
    ecrivain = csv.DictWriter(sortie, lignes[0].keys(), delimiter=";", lineterminator="\r\n")
    ecrivain.writeheader()
    ecrivain.writerows(lignes)
    path.write_text(sortie.getvalue(), "utf-8")


def compute(session: Path) -> pl.DataFrame:
    for etape in ("importer", "controler", "calculer"):
        assert run(etape, str(session)) == 0
    return read_mart(session / "sortie" / "perequation.duckdb", "ecart_en_vigueur")


@pytest.mark.slow
def test_a_severe_marker_is_seen_decided_on_and_never_named_outside(
    session: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tell_markers(session)
    vigueur = compute(session).filter(epreuve="E1", type_unite="correcteur")
    assert set(vigueur["unite"]) == set(NOMS)
    (severe,) = vigueur.filter(signal="signale").iter_rows(named=True)
    assert severe["unite"] == SEVERE
    assert severe["ecart_retenu"] < -2
    ecarts = read_mart(session / "sortie" / "perequation.duckdb", "ecart")
    assert ecarts.filter(epreuve="E3", type_unite="lot").height == len(NOMS)
    assert "correcteur 12" in choose(ecarts, {}, type_unite="correcteur")["unite"].to_list()

    decisions = session / "donnees" / "decisions_harmonisation_ecrits.csv"
    entete = "epreuve;unite;type_unite;decision;decalage;motif;auteur;date\n"
    fausse = session.parent / "fausse.csv"
    fausse.write_text(f"{entete}E1;inconnu;correcteur;MAINTIEN;;m;a;14/06/2023\n", "utf-8")
    assert run("decisions", "verifier", str(session), str(fausse)) == 3
    assert "unité « inconnu » (correcteur) inconnue" in capsys.readouterr().err
    decisions.write_text(
        f"{entete}E1;{SEVERE};correcteur;DECALAGE;3;copies relues;la réunion;14/06/2023\n"
        "E1;*;correcteur;MAINTIEN;;copies relues;la réunion;14/06/2023\n",
        "utf-8",
    )
    compute(session)
    assert run("decisions", "appliquer", str(session)) == 0
    assert run("decisions", "appliquer", str(session), "--relu-par", "Le service") == 0
    apres = compute(session).filter(epreuve="E1", type_unite="correcteur")
    corrige = apres.filter(unite=SEVERE).row(0, named=True)
    assert (corrige["decalage_constate"], corrige["suite_donnee"]) == (3, "suivie")
    assert corrige["signal"] != "signale"

    assert run("editer", str(session), "--diffusion", "public") == 0
    publics = [p for p in (session / "sortie").rglob("*") if "public" in p.as_posix()]
    textes = [p.read_bytes() for p in publics if p.is_file()]
    assert textes
    assert run("effacer", str(session), "--oui") == 0
    textes += [open_dossier(session).entrepot.read_bytes()]
    for nom in (n.split()[0] for n in NOMS if n != SEVERE):
        assert not [t for t in textes if nom.encode() in t], nom
