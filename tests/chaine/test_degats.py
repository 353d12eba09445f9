"""Deliberate damage: each has the contract's outcome, and what was published stays whole."""

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from perequation import cli
from perequation.socle.entrepot import read_mart

Relance = Callable[[], int]


def entrepot(session: Path) -> Path:
    return session / "sortie" / "perequation.duckdb"


def fichier(session: Path, nom: str) -> Path:
    return session / "donnees" / nom


def add_marks(session: Path, *lignes: str) -> None:
    """Add a marks file, with the roster's first candidates."""
    entete = "numero_candidat;specialite;session;epreuve;note;mode;centre;commission;etape"
    texte = "\n".join([entete, *lignes]) + "\n"
    fichier(session, "notes_ajoutees.csv").write_text(texte, encoding="utf-8")


def a_candidat(session: Path) -> str:
    return str(read_mart(entrepot(session), "resultat_candidat")["numero_candidat"][0])


def test_the_session_reconciles_to_the_circular(publie: Path) -> None:
    ecarts = read_mart(entrepot(publie), "rapprochement_effectif")
    assert ecarts.filter(pl.col("ecart") != 0).height == 0
    total = ecarts.filter(pl.col("maille") == "total")
    assert (total["attendus"][0], total["constates"][0]) == (170, 170)
    assert ecarts.filter(pl.col("maille") == "centre_ecrit").height == 8


WRONG_MARKS = (
    ("{n};CCST;2023;E99;12;PONCTUEL;;;definitive", "epreuve", ("E99",)),
    ("{n};CCST;2023;E1;21,5;PONCTUEL;;;definitive", "note", ("21,5", "20")),
    ("{n};CCST;2023;E1;ABS;PONCTUEL;;;definitive", "code", ("ABS",)),
    ("99999999999;CCST;2023;E1;12;PONCTUEL;;;definitive", "candidat", ("99999999999",)),
)


def test_a_wrong_mark_is_rejected_with_file_line_and_reason_and_its_candidate_says_so(
    session: Path, relancer: Relance
) -> None:
    add_marks(session, *(ligne.format(n=a_candidat(session)) for ligne, _, _ in WRONG_MARKS))
    notes = fichier(session, "notes_ecrits.csv")
    lignes = notes.read_text(encoding="utf-8-sig").splitlines()
    admis = read_mart(entrepot(session), "resultat_candidat", decision_calculee="ADMIS")
    numero = next(n for n in admis["numero_candidat"] if n != a_candidat(session))
    rang = next(i for i, ligne in enumerate(lignes) if ligne.startswith(numero))
    champs = lignes[rang].split(";")
    champs[4] = "21,5"
    lignes[rang] = ";".join(champs)
    notes.write_text("\n".join(lignes), encoding="utf-8-sig")
    assert relancer() == 0

    rejets = read_mart(entrepot(session), "rejet", fichier="donnees/notes_ajoutees.csv")
    assert sorted(rejets["ligne"].unique()) == [2, 3, 4, 5]
    for ligne, (_, regle, mots) in enumerate(WRONG_MARKS, start=2):
        siens = rejets.filter(ligne=ligne)
        assert any(regle in r for r in siens["regle"]), ligne
        messages = " ".join(siens["message"])
        assert all(mot in messages for mot in mots), ligne
    bilan = read_mart(entrepot(session), "bilan_import")
    assert (bilan["lignes_lues"] == bilan["lignes_chargees"] + bilan["lignes_rejetees"]).all()
    ajoute = bilan.filter(pl.col("fichier") == "donnees/notes_ajoutees.csv")
    assert ajoute.select("lignes_lues", "lignes_rejetees").row(0) == (4, 4)

    resultat = read_mart(entrepot(session), "resultat_candidat", numero_candidat=numero)
    assert resultat["decision_calculee"][0] == "INCOMPLET"
    assert resultat["a_verifier"][0]
    assert "rejet" in resultat["motif"][0]


def test_a_candidate_twice_with_other_values_is_rejected_twice(
    session: Path, relancer: Relance
) -> None:
    liste = fichier(session, "candidats_scolaires.csv")
    lignes = liste.read_text(encoding="utf-8-sig").splitlines()
    champs = lignes[1].split(";")
    numero, champs[3] = champs[0], "Autrement"
    liste.write_text("\n".join([*lignes, ";".join(champs)]) + "\n", encoding="utf-8-sig")
    assert relancer() == 0
    rejets = read_mart(entrepot(session), "rejet", fichier="donnees/candidats_scolaires.csv")
    assert set(rejets["ligne"]) == {2, len(lignes) + 1}
    assert read_mart(entrepot(session), "resultat_candidat", numero_candidat=numero).height == 0
    # The marks of a candidate who is not on the roster any more are sent back too, with the reason.
    notes = read_mart(entrepot(session), "rejet", regle="candidat_ecarte", valeur=numero)
    assert notes.height
    assert "candidats_scolaires.csv, ligne 2 : " in notes["message"][0]
    assert "lignes différentes" in notes["message"][0]


@pytest.mark.slow
def test_a_mistyped_birth_date_costs_the_candidate_nothing(
    session: Path, relancer: Relance
) -> None:
    liste = fichier(session, "candidats_scolaires.csv")
    entete, *lignes = liste.read_text(encoding="utf-8-sig").splitlines()
    colonnes = entete.split(";")
    champs = dict(zip(colonnes, lignes[0].split(";"), strict=True))
    numero = champs["numero_candidat"]
    avant = read_mart(entrepot(session), "resultat_candidat", numero_candidat=numero)
    champs |= {"date_naissance": "31/02/2003", "sexe": "X", "centre_ecrit": "#REF!"}
    lignes[0] = ";".join(champs.values())
    liste.write_text("\n".join([entete, *lignes]) + "\n", encoding="utf-8-sig")
    assert relancer() == 0
    apres = read_mart(entrepot(session), "resultat_candidat", numero_candidat=numero)
    touchees = ("sexe", "centre_ecrit")
    assert apres.drop(touchees).equals(avant.drop(touchees))
    assert read_mart(entrepot(session), "rejet").height == 0
    anomalies = read_mart(entrepot(session), "anomalie", numero_candidat=numero)
    dites = anomalies.filter(pl.col("gravite") == "avertissement")
    assert set(dites.select("fichier", "ligne").rows()) == {("donnees/candidats_scolaires.csv", 2)}
    assert set(dites.select("regle", "colonne", "valeur").rows()) == {
        ("candidat_naissance_lisible", "date_naissance", "31/02/2003"),
        ("candidat_sexe_connu", "sexe", "X"),
        ("candidat_formule", "centre_ecrit", "#REF!"),
    }
    assert "le candidat et ses notes comptent" in dites["message"][0]


@pytest.mark.slow
def test_a_candidate_removed_makes_the_reconciliation_say_so(
    session: Path, relancer: Relance
) -> None:
    liste = fichier(session, "candidats_apprentis.csv")
    lignes = liste.read_bytes().splitlines(keepends=True)
    liste.write_bytes(b"".join(lignes[:-1]))
    assert relancer() == 0
    ecarts = read_mart(entrepot(session), "rapprochement_effectif").filter(pl.col("ecart") != 0)
    assert set(ecarts["maille"]) == {"total", "academie", "etablissement", "centre_ecrit"}
    assert ecarts["ecart"].to_list() == [-1] * 4
    assert (
        read_mart(entrepot(session), "controle_qualite", reussi=False)
        .filter(pl.col("regle").str.contains("effectif"))
        .height
    )


def remove_column(path: Path) -> None:
    lignes = [ligne.rsplit(";", 3)[0] for ligne in path.read_text("utf-8-sig").splitlines()]
    path.write_text("\n".join(lignes).replace("mode", "autre"), encoding="utf-8")


@pytest.mark.parametrize(
    ("degat", "mot"),
    [
        (remove_column, "mode"),
        (lambda path: path.write_bytes(b""), "vide"),
        (lambda path: path.write_bytes(b"%PDF-1.7\n\x00\x01"), "PDF"),
    ],
)
def test_a_file_that_cannot_be_read_blocks_and_the_earlier_results_stay(
    session: Path,
    relancer: Relance,
    capsys: pytest.CaptureFixture[str],
    degat: Callable[[Path], object],
    mot: str,
) -> None:
    nom = "notes_ecrits.csv"
    avant = entrepot(session).read_bytes()
    degat(fichier(session, nom))
    assert relancer() == 3
    assert entrepot(session).read_bytes() == avant
    message = capsys.readouterr().err
    assert nom in message
    assert mot in message
    assert "Traceback" not in message
    rejets = (session / "sortie" / "rejets" / "rejet.csv").read_text(encoding="utf-8-sig")
    assert nom in rejets


def test_an_empty_roster_blocks(
    session: Path, relancer: Relance, capsys: pytest.CaptureFixture[str]
) -> None:
    for path in fichier(session, "").glob("candidats*.csv"):
        contenu = path.read_bytes().splitlines(keepends=True)
        path.write_bytes(contenu[0])
    assert relancer() == 3
    assert "candidat" in capsys.readouterr().err


def test_too_many_rejects_block(session: Path, relancer: Relance) -> None:
    numero = a_candidat(session)
    add_marks(session, *(f"{numero};CCST;2023;E1;{n};PONCTUEL;;;" for n in range(21, 621)))
    avant = entrepot(session).read_bytes()
    assert relancer() == 3
    assert entrepot(session).read_bytes() == avant


def test_calculer_refuses_what_was_not_controlled(session: Path) -> None:
    cli.main(["importer", str(session)])
    with pytest.raises(SystemExit) as info:
        cli.main(["calculer", str(session)])
    assert info.value.code == 6
