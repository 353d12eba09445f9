"""The sessions of the guide: its settings and profiles alone make of each what was written."""

import re
import shutil
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from unitaires.ingestion.fichiers_de_bureau import EPREUVES, numero, true_mark
from unitaires.ingestion.montage import imported, rows

from perequation import cli
from perequation.socle.dossier import open_dossier

pytestmark = pytest.mark.lourd

RACINE = Path(__file__).parents[3]
CAS = Path(__file__).parent / "cas"
SESSION = """[session]
annee = 2022
titre = "Essai"
academie_pilote = "TOULOUSE"
specialites = ["MCO"]

[donnees]
"""
CCF = ("E22", "E41", "E42", "E6")
TITRES = (
    "Un récapitulatif : liste et notes dans le même classeur",
    "Une feuille par épreuve, sur un autre barème",
    "Des listes avec préambule, des notes avec une colonne d'absence",
    "L'export de toute une académie, et les CCF à part",
)


def write_settings(racine: Path, titre: str) -> None:
    """Write session.toml and the profiles that the guide gives under a title."""
    guide = (RACINE / "docs" / "guide.md").read_text("utf-8")
    section = guide.split(f"#### {titre}\n", 1)[1]
    section = re.split(r"^#{2,4} |^Un mode, un statut", section, maxsplit=1, flags=re.MULTILINE)[0]
    code = "\n".join(x[4:] for x in section.splitlines() if x.startswith("    ") or not x.strip())
    morceaux = re.split(r"^# (session\.toml|profils/\w+\.toml).*$", code, flags=re.MULTILINE)
    (racine / "profils").mkdir(parents=True)
    for nom, texte in zip(morceaux[1::2], morceaux[2::2], strict=True):
        (racine / nom).write_text((SESSION if nom == "session.toml" else "") + texte, "utf-8")


def candidates(racine: Path, nom: str, *, autres: bool = False, statut: str = "EAD") -> None:
    lignes = ["numero_candidat;nom;prenom;specialite;session;academie;uai;statut;forme"]
    lignes += [f"{numero(i)};N{i};P;MCO;2022;TOULOUSE;;{statut};GLOBALE" for i in range(12)]
    if autres:
        lignes += [f"9{i:010};A{i};P;NDRC;2022;TOULOUSE;;{statut};GLOBALE" for i in range(30)]
    (racine / "donnees" / nom).write_text("\n".join(lignes) + "\n", "utf-8-sig")


def given_case(nom: str) -> Callable[[Path], None]:
    return lambda racine: shutil.copytree(CAS / nom / "donnees", racine / "donnees")


def a_sheet_per_epreuve(racine: Path) -> None:
    (racine / "donnees").mkdir()
    candidates(racine, "candidats.csv")
    for centre, qui in (("Lycée A", range(6)), ("Lycée B", range(6, 12))):
        classeur = openpyxl.Workbook()
        assert classeur.active is not None
        classeur.active.title = "Consignes"
        classeur.active.append(["À remplir"])
        for k, epreuve in enumerate(EPREUVES):
            echelle = 40 if epreuve in {"E41", "E3"} else 20
            feuille = classeur.create_sheet(f"{epreuve} Titre")
            libelle = "Note" if echelle == 20 else "Note (sur 40)"
            feuille.append(
                ["N° candidat", "Nom", libelle if centre == "Lycée A" else libelle.upper()]
            )
            for i in qui:
                feuille.append([numero(i), f"N{i}", float(true_mark(i, k) * echelle / 20)])
        classeur.save(racine / "donnees" / f"centre {centre}.xlsx")


def the_export_of_an_academie(racine: Path) -> None:
    (racine / "donnees").mkdir()
    candidates(racine, "inscrits.csv", autres=True, statut="SCO")
    lignes = ["Candidat;;Épreuve;;", "N° candidat;Spécialité;Code épreuve;Note;Langue"]
    for i in range(12):
        for k, epreuve in enumerate(EPREUVES):
            if epreuve not in CCF:
                note = str(true_mark(i, k)).replace(".", ",")
                lignes.append(f"{numero(i)};MCO;{epreuve};{note};-")
    lignes += [f"9{i:010};NDRC;E1;7;-" for i in range(30)]
    lignes += ["Édité le 12/06/2022;;;;"]
    (racine / "donnees" / "export.csv").write_text("\n".join(lignes), "utf-8")
    lignes = ["N° candidat,Nom,E22,Oral de vente,E42,E6"]
    for i in range(12):
        notes = [str(true_mark(i, EPREUVES.index(e))) for e in CCF]
        lignes.append(",".join([numero(i), f"N{i}", *notes]))
    (racine / "donnees" / "ccf_mco.csv").write_text("\n".join(lignes), "utf-8")


MONTAGES = (
    given_case("s1_recapitulatif"),
    a_sheet_per_epreuve,
    given_case("s3_listes_preambule"),
    the_export_of_an_academie,
)
# Marks, those that are a code, rows rejected without fault.
ATTENDUS = (
    (192, {"AB", "DI"}, {}),
    (96, set[str](), {}),
    (192, {"AB"}, {}),
    (96, set[str](), {"hors_filtre": 60}),
)


def make_session(racine: Path, n: int) -> None:
    write_settings(racine, TITRES[n])
    MONTAGES[n](racine)


@pytest.mark.parametrize("n", range(4))
def test_a_session_of_the_guide_is_read_by_its_profiles_alone(tmp_path: Path, n: int) -> None:
    make_session(tmp_path, n)
    nombre, codes, rejets = ATTENDUS[n]
    with imported(open_dossier(tmp_path), staging=True) as con:
        assert dict(rows(con, "select regle, count(*) from marts.rejet group by all")) == rejets
        notes = rows(con, "select numero_candidat, epreuve, note, code, mode from staging.note")
        fautes = rows(
            con, "select sum(lignes_rejetees - lignes_sans_faute) from marts.bilan_import"
        )
    assert fautes == [(0,)]
    assert len(notes) == nombre
    assert {str(code) for *_, code, _ in notes if code} == codes
    for qui, epreuve, note, code, mode in notes:
        vraie = true_mark(int(str(qui)[-4:]) - 1, EPREUVES.index(str(epreuve)))
        assert code or Decimal(str(note)) == vraie, (qui, epreuve)
        assert mode == ("CCF" if epreuve in CCF else "PONCTUEL")


@pytest.mark.slow
@pytest.mark.parametrize("n", range(4))
def test_a_session_of_the_guide_reaches_its_reports(tmp_path: Path, n: int) -> None:
    make_session(tmp_path, n)
    with suppress(SystemExit):
        cli.main(["executer", str(tmp_path)])
    assert (tmp_path / "sortie" / "rapports" / "20_resultats_MCO.html").is_file()
