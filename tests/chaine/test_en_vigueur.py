"""The marks in force: one notion, one count, whatever says it."""

import csv
import html
import json
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from chaine.conftest import run

from perequation import harmonisation as calcul
from perequation.edition.contexte import make_background
from perequation.harmonisation.rapport import choose
from perequation.socle import entrepot
from perequation.socle.dossier import open_dossier
from perequation.socle.en_vigueur import Restants, read_remaining
from perequation.socle.fichiers import make_folder

ESPACE, INSECABLE = " ", "\u00a0"
UNITE = ["session", "specialite", "epreuve", "type_unite", "unite"]
ETABLISSEMENT = "0960014U"


def base_of(session: Path) -> Path:
    return session / "sortie" / "perequation.duckdb"


def mart(session: Path, table: str) -> pl.DataFrame:
    return entrepot.read_mart(base_of(session), table)


def plain(texte: str) -> str:
    """Return a text with ordinary spaces, entities undone."""
    return html.unescape(texte).replace(INSECABLE, ESPACE)


def counted_by_hand(session: Path) -> int:
    """Count the signalled units of the latest stage, from the contract's table alone."""
    rang = {"transmise": 1, "harmonisee": 2, "definitive": 3}
    derniere: dict[tuple[str, ...], int] = {}
    lignes = mart(session, "ecart").rows(named=True)
    for ligne in lignes:
        cle = tuple(str(ligne[nom]) for nom in UNITE[:4])
        derniere[cle] = max(derniere.get(cle, 0), rang[ligne["etape"]])
    return sum(
        ligne["signal"] == "signale"
        and rang[ligne["etape"]] == derniere[tuple(str(ligne[nom]) for nom in UNITE[:4])]
        for ligne in lignes
    )


def test_the_number_is_the_same_everywhere(
    session: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    attendu = counted_by_hand(session)
    assert attendu > 0
    assert mart(session, "ecart_en_vigueur").filter(signal="signale").height == attendu
    restants = read_remaining(base_of(session))
    assert restants is not None
    assert restants.nb_signales == attendu

    # Left by an edition that was killed.
    make_folder(session / "sortie" / "rapports").joinpath(".20_resultats_MCO.tmp.html").touch()
    assert run("etat", str(session)) == 0
    said = capsys.readouterr().out
    assert plain(str(restants)) in said
    assert ".tmp" not in said
    fond = make_background(open_dossier(session), "interne", None)
    assert str(restants) in [fait.texte for fait in fond.plain_context("x").faits]
    public = make_background(open_dossier(session), "public", None)
    assert not [f for f in public.plain_context("x").faits if "expliquer" in f.texte]

    analyses = calcul.summarise_analyses(choose(mart(session, "ecart"), {}))
    assert analyses["nb_signales"].sum() == attendu
    rapports = session / "sortie" / "rapports"
    assert run("editer", str(session), "--rapport", "10_qualite") == 0
    bilan = json.loads((rapports / "bilan.json").read_text("utf-8"))
    assert bilan["ecarts"]["nb_signales"] == attendu
    for page in ("bilan.txt", "index.html"):
        assert plain(str(restants)) in plain((rapports / page).read_text("utf-8"))


def test_no_gap_judged_is_not_no_gap() -> None:
    assert "ne peut être jugé" in str(Restants(0, 0, 0))
    assert plain(str(Restants(4, 0, 0))) == "0 écart à examiner"
    assert plain(str(Restants(4, 1, 1))) == "1 écart, déjà maintenu par la réunion"
    assert plain(str(Restants(4, 2, 2))) == "2 écarts, déjà maintenus par la réunion"
    assert plain(str(Restants(4, 3, 1))) == "3 écarts à examiner, dont 1 maintenu par la réunion"


def keep_notes(session: Path, garde: Callable[[dict[str, str]], bool]) -> None:
    """Keep of the harmonised marks those wanted."""
    fichier = session / "donnees" / "notes_ccf_harmonisees.csv"
    texte = fichier.read_text(encoding="utf-8-sig")
    separateur = ";" if ";" in texte.splitlines()[0] else ","
    lignes = list(csv.DictReader(texte.splitlines(), delimiter=separateur))
    gardees = [ligne for ligne in lignes if garde({k.lower(): v for k, v in ligne.items()})]
    with fichier.open("w", encoding="utf-8", newline="") as flux:
        plume = csv.DictWriter(flux, list(lignes[0]), delimiter=separateur)
        plume.writeheader()
        plume.writerows(gardees)


def write_decisions(session: Path, *lignes: str) -> None:
    tete = "epreuve;unite;type_unite;decision;decalage;motif;auteur;date\n"
    corps = "".join(f"{ligne};motif;Réunion;14/06/2023\n" for ligne in lignes)
    (session / "donnees" / "decisions_harmonisation.csv").write_text(tete + corps, "utf-8")


def test_a_maintien_makes_its_unit_s_marks_harmonised_and_no_other(
    session: Path, relancer: Callable[[], int]
) -> None:
    keep_notes(session, lambda _: False)
    write_decisions(session, f"E61;{ETABLISSEMENT};etablissement;MAINTIEN;")
    assert relancer() == 0
    retenues = mart(session, "note_retenue").filter(
        epreuve="E61", mode="CCF", centre=ETABLISSEMENT, est_rejetee=False
    )
    autres = mart(session, "note_retenue").filter(
        pl.col("epreuve") == "E61", pl.col("mode") == "CCF", pl.col("centre") != ETABLISSEMENT
    )
    assert set(retenues["etape"]) == {"harmonisee"}
    assert not retenues["provisoire"].any()
    assert autres["provisoire"].all()
    unite = mart(session, "ecart_en_vigueur").filter(epreuve="E61", unite=ETABLISSEMENT)
    assert unite.select("etape_notes", "suite_donnee").row(0) == ("harmonisee", "maintenue")


def test_the_line_of_the_other_units_settles_an_epreuve(
    session: Path, relancer: Callable[[], int]
) -> None:
    keep_notes(session, lambda _: False)
    write_decisions(
        session, f"E61;{ETABLISSEMENT};etablissement;DECALAGE;-0,5", "E61;*;etablissement;MAINTIEN;"
    )
    assert relancer() == 0
    ccf = mart(session, "note_retenue").filter(epreuve="E61", mode="CCF")
    attend = pl.col("centre") == ETABLISSEMENT
    assert ccf.filter(attend)["provisoire"].all()
    assert not ccf.filter(~attend)["provisoire"].any()
    lignes = mart(session, "ecart_en_vigueur").filter(epreuve="E61", type_unite="etablissement")
    suites = dict(lignes.select("unite", "suite_donnee").iter_rows())
    assert suites.pop(ETABLISSEMENT) == "a_reporter"
    assert set(suites.values()) == {"maintenue"}
    # Nothing was decided of a unit by itself: its gap, were it signalled, is still to explain.
    assert not lignes["est_maintenu"].any()


@pytest.mark.slow
def test_each_way_of_following_a_decision_has_its_own_code(
    session: Path, relancer: Callable[[], int]
) -> None:
    effets = mart(session, "harmonisation_effet").filter(type_unite="etablissement", epreuve="E4")
    suivie, partie, contraire, sans, maintien = effets.sort("nb_notes", descending=True)[
        "unite"
    ].head(5)
    fichier = session / "donnees" / "notes_ccf_harmonisees.csv"
    texte = fichier.read_text(encoding="utf-8-sig").splitlines()
    separateur = ";" if ";" in texte[0] else ","
    lignes = list(csv.DictReader(texte, delimiter=separateur))
    noms = {nom.lower(): nom for nom in lignes[0]}
    bouge = {suivie: 0, partie: 0, sans: 0}
    for ligne in lignes:
        centre = ligne[noms["centre"]]
        note = ligne[noms["note"]].replace(",", ".")
        if ligne[noms["epreuve"]] != "E4" or centre not in bouge or not note[:1].isdigit():
            continue
        bouge[centre] += 1
        if centre == partie and bouge[centre] % 2:
            continue
        ligne[noms["note"]] = f"{min(20, float(note) + 1):.2f}"
    with fichier.open("w", encoding="utf-8", newline="") as flux:
        plume = csv.DictWriter(flux, list(lignes[0]), delimiter=separateur)
        plume.writeheader()
        plume.writerows(lignes)
    write_decisions(
        session,
        *(f"E4;{unite};etablissement;DECALAGE;1" for unite in (suivie, partie, contraire)),
        f"E4;{maintien};etablissement;MAINTIEN;",
    )
    assert relancer() == 0
    lues = mart(session, "ecart_en_vigueur").filter(epreuve="E4", type_unite="etablissement")
    suites = dict(lues.select("unite", "suite_donnee").iter_rows())
    assert suites[suivie] == "suivie"
    assert suites[partie] == "suivie_en_partie"
    assert suites[contraire] == "non_suivie"
    assert suites[sans] == "sans_decision"
    assert suites[maintien] == "maintenue"
