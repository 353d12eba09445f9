"""What `apercu` says of a file before it is imported."""

import tomllib
from pathlib import Path

import pytest
from unitaires.ingestion.montage import CANDIDATS, NOTES, make_dossier

from perequation.erreurs import MissingInputError
from perequation.ingestion import preview
from perequation.ingestion.profils import load_profile

CORPUS = Path(__file__).parent / "corpus"


def test_a_usual_file_is_recognised(tmp_path: Path) -> None:
    chemin = tmp_path / "n'importe quoi.csv"
    chemin.write_bytes(NOTES.replace("\n", "\r\n").encode("cp1252"))
    apercu = preview(chemin)
    assert (apercu.type_fichier, apercu.profil) == ("notes", "perequation")
    assert (apercu.encodage, apercu.separateur) == ("UTF-8", "point-virgule")
    assert apercu.ligne_entete == 1
    assert ("note", "note") in apercu.colonnes
    assert dict(apercu.codes)["mode"] == ("PONCTUEL",)
    assert apercu.premieres == ((2, ("0001", "CCST", "2023", "E1", "12,5", "PONCTUEL")),)
    assert apercu.manquantes == ()


def test_the_ministry_s_list_is_recognised_by_its_own_profile() -> None:
    apercu = preview(CORPUS / "liste_etablissement.csv")
    assert (apercu.type_fichier, apercu.profil) == ("candidats", "liste_etablissement")
    assert apercu.ligne_entete == 5
    assert "uai = 0990001W" in apercu.fournies
    assert "Division de classe (2)" in apercu.ignorees


def test_what_is_missing_is_told_with_a_profile_to_complete(tmp_path: Path) -> None:
    chemin = tmp_path / "candidats.csv"
    chemin.write_text(CANDIDATS.replace("statut", "Régime"), encoding="utf-8")
    apercu = preview(chemin)
    assert apercu.manquantes == ("statut",)
    assert apercu.ignorees == ("Régime",)
    complete = apercu.profil_propose.replace('# statut = ["…"]', 'statut = ["Régime"]')
    assert tomllib.loads(complete)["candidats"]["colonnes"] == {"statut": ["Régime"]}
    dossier = make_dossier(tmp_path / "session", {"candidats.csv": chemin}, "maison")
    (dossier.racine / "profils").mkdir()
    (dossier.racine / "profils" / "maison.toml").write_text(complete, encoding="utf-8")
    assert load_profile("maison", dossier).candidats.entete == 1
    assert preview(chemin, dossier).manquantes == ()


@pytest.mark.parametrize(
    ("nom", "mot"),
    [("vide.csv", "vide"), ("pdf_nomme_csv.csv", "PDF"), ("zip_abime.xlsx", "classeur")],
)
def test_a_file_that_can_t_be_read_says_why(nom: str, mot: str) -> None:
    assert mot in (preview(CORPUS / nom).probleme or "")


def test_no_such_file(tmp_path: Path) -> None:
    with pytest.raises(MissingInputError, match="n'existe pas"):
        preview(tmp_path / "absent.csv")


def test_every_file_of_the_corpus_has_a_preview() -> None:
    for chemin in CORPUS.iterdir():
        apercu = preview(chemin)
        assert apercu.probleme or apercu.type_fichier
