"""What `apercu` says of a file before it is imported."""

import shutil
import subprocess
import tomllib
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from unitaires.ingestion.montage import CANDIDATS, NOTES, imported, make_dossier, rows

from perequation.ingestion import Apercu, preview
from perequation.ingestion.apercu.texte import describe_preview
from perequation.ingestion.profils import load_profile
from perequation.socle.dossier import Dossier, open_dossier
from perequation.socle.erreurs import MissingInputError

pytestmark = pytest.mark.lourd

CORPUS = Path(__file__).parent / "corpus"


def test_a_usual_file_is_recognised(tmp_path: Path) -> None:
    chemin = tmp_path / "n'importe quoi.csv"
    chemin.write_bytes(NOTES.replace("\n", "\r\n").encode("cp1252"))
    apercu = preview(chemin)
    assert (apercu.type_fichier, apercu.profil) == ("notes", "perequation")
    assert (apercu.encodage, apercu.separateur) == ("UTF-8", "point-virgule")
    assert apercu.ligne_entete == 1
    assert ("note", "note") in apercu.colonnes
    assert apercu.essai is not None
    assert ("mode", "PONCTUEL") in [(c.colonne, c.valeur) for c in apercu.essai.codes]
    assert apercu.premieres == ((2, ("0001", "CCST", "2023", "E1", "12,5", "PONCTUEL")),)
    assert apercu.manquantes == ()


def test_the_ministry_s_list_is_recognised_by_its_own_profile() -> None:
    apercu = preview(CORPUS / "liste_etablissement.csv")
    assert (apercu.type_fichier, apercu.profil) == ("candidats", "liste_etablissement")
    assert apercu.est_a_nommer
    assert apercu.ligne_entete == 5
    assert "uai = 0990001W" in apercu.fournies
    assert "Division de classe (2)" in apercu.ignorees


def test_what_is_missing_is_told_with_a_profile_to_complete(tmp_path: Path) -> None:
    chemin = tmp_path / "candidats.csv"
    sans_statut = "\n".join(ligne.rsplit(";", 2)[0] for ligne in CANDIDATS.splitlines())
    chemin.write_text(sans_statut, encoding="utf-8")
    apercu = preview(chemin, type_fichier="candidats")
    assert apercu.manquantes == ("statut", "forme")
    assert apercu.essai is not None
    assert (apercu.essai.lues, apercu.essai.chargees, apercu.essai.rejetees) == (2, 0, 2)
    assert apercu.essai.blocages
    complete = apercu.profil_propose.replace('# statut = "…"', 'statut = "EAD"').replace(
        '# forme = "…"', 'forme = "GLOBALE"'
    )
    assert tomllib.loads(complete)["candidats"]["constantes"] == {
        "statut": "EAD",
        "forme": "GLOBALE",
    }
    dossier = make_dossier(tmp_path / "session", {"candidats.csv": chemin}, "maison")
    save_profile(dossier, complete)
    assert load_profile("maison", dossier).candidats.constantes["statut"] == "EAD"
    assert preview(chemin, dossier).manquantes == ()


def save_profile(dossier: Dossier, texte: str) -> None:
    (dossier.racine / "profils").mkdir()
    (dossier.racine / "profils" / "maison.toml").write_text(texte, encoding="utf-8")


# Files as they come, that no declared profile reads; and what must be in `staging` once the profile
# proposed has been saved as it is.
MARKS = [("0001", "E1", 12.5, None, "PONCTUEL"), ("0002", "E3", None, "AB", "CCF")]


def notes_cp1252(chemin: Path) -> None:
    chemin.write_bytes(
        "Matricule élève;Épr.;Résultat;Passage;Lieu d’oral\r\n"
        "0001;E1;12,5;Ponctuel;Lycée – Œuvre\r\n0002;E3;AB;CCF;X\r\n".encode("cp1252")
    )


def notes_tabulation_entete_en_ligne_4(chemin: Path) -> None:
    chemin.write_text(
        "Rectorat, service des examens\nÉpreuves écrites ; session 2023\n\n"
        "Num. cand.\tSpé\tÉpreuve passée\tNote/20\tMode d'éval.\n"
        "0001\tCCST\tE1\t12,50\tPONCTUEL\n0002\tCCST\tE3\tab\tCCF\n",
        encoding="utf-8",
    )


def notes_sans_nom_connu(chemin: Path) -> None:
    chemin.write_text(
        'A,B,C,D,E\n"0001","E1","12,5","PONCTUEL","2023"\n"0002","E3","AB","CCF","2023"\n',
        encoding="utf-16",
    )


def notes_classeur_titre(chemin: Path) -> None:
    classeur = openpyxl.Workbook()
    garde = classeur.active
    assert garde is not None
    garde.append(["Consignes"])
    feuille = classeur.create_sheet("Saisie")
    feuille["A1"] = "Notes du centre de Toulouse"
    feuille.merge_cells("A1:E1")
    for rang, ligne in enumerate(
        [
            ["N° du candidat", "Ép.", "Valeur", "Type de passage", "Année"],
            ["0001", "E1", 12.5, "PONCTUEL", 2023],
            ["0002", "E3", "AB", "CCF", 2023],
        ],
        start=4,
    ):
        for colonne, cellule in enumerate(ligne, start=1):
            feuille.cell(rang, colonne, cellule)
    classeur.save(chemin)


def notes_ods(chemin: Path) -> None:
    xlsx = chemin.with_suffix(".xlsx")
    notes_classeur_titre(xlsx)
    subprocess.run(
        [
            "soffice",
            f"-env:UserInstallation=file://{chemin.parent}/profil",
            "--headless",
            "--convert-to",
            "ods",
            "--outdir",
            chemin.parent,
            xlsx,
        ],
        check=True,
        capture_output=True,
        timeout=120,
    )


sans_tableur = pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice absent")


@pytest.mark.parametrize(
    ("ecrire", "nom", "separateur"),
    [
        (notes_cp1252, "notes.csv", "point-virgule"),
        pytest.param(
            notes_tabulation_entete_en_ligne_4, "notes.txt", "tabulation", marks=pytest.mark.slow
        ),
        (notes_sans_nom_connu, "notes.csv", "virgule"),
        (notes_classeur_titre, "notes.xlsx", ""),
        pytest.param(notes_ods, "notes.ods", "", marks=[pytest.mark.slow, sans_tableur]),
    ],
)
def test_the_profile_proposed_imports_the_file_as_it_is(
    tmp_path: Path, ecrire: Callable[[Path], None], nom: str, separateur: str
) -> None:
    chemin = tmp_path / nom
    ecrire(chemin)
    apercu = preview(chemin)
    assert (apercu.type_fichier, apercu.profil, apercu.separateur) == ("notes", "", separateur)
    assert apercu.manquantes == ()
    assert "epreuve" in apercu.devinees
    assert apercu.essai is not None
    assert (apercu.essai.lues, apercu.essai.chargees) == (2, 2)
    dossier = make_dossier(tmp_path / "session", {nom: chemin}, "maison")
    save_profile(dossier, apercu.profil_propose)
    with imported(dossier, staging=True) as con:
        assert rows(con, "select message from marts.rejet") == []
        assert rows(
            con, "select numero_candidat, epreuve, note, code, mode from staging.note order by 1"
        ) == [(n, e, note, code, mode) for n, e, note, code, mode in MARKS]
    # The session now reads it with nothing more to say.
    apercu = preview(chemin, dossier)
    assert (apercu.profil, apercu.est_a_nommer, apercu.profil_propose) == ("maison", False, "")


def test_the_profile_proposed_imports_a_roster(tmp_path: Path) -> None:
    chemin = tmp_path / "eleves.csv"
    chemin.write_text(
        "Identifiant,Nom de l'élève,Prénom élève,Né le,Établissement (UAI),Régime,Passage,Acad.\n"
        "0001,MARTIN,Zoé,12/05/2003,0310028M,Scolaire,Globale,TOULOUSE\n"
        "0002,DURAND,Ana,13/05/2003,0310028M,Apprentie,Globale,TOULOUSE\n",
        encoding="utf-8-sig",
    )
    apercu = preview(chemin)
    assert (apercu.type_fichier, apercu.manquantes) == ("candidats", ())
    dossier = make_dossier(tmp_path / "session", {"candidats.csv": chemin}, "maison")
    save_profile(dossier, apercu.profil_propose)
    with imported(dossier, staging=True) as con:
        assert rows(con, "select message from marts.rejet") == []
        assert rows(
            con,
            "select numero_candidat, nom, specialite, session, academie, uai, statut, forme "
            "from staging.candidat order by 1",
        ) == [
            ("0001", "MARTIN", "CCST", 2023, "TOULOUSE", "0310028M", "SCOLAIRE", "GLOBALE"),
            ("0002", "DURAND", "CCST", 2023, "TOULOUSE", "0310028M", "APPRENTI", "GLOBALE"),
        ]


def test_a_wide_file_is_proposed_as_such_and_its_mode_is_not_guessed(tmp_path: Path) -> None:
    chemin = tmp_path / "notes.csv"
    chemin.write_text("N° candidat;Nom;E4;E5\n0001;X;12;13,5\n0002;Y;AB;\n", encoding="utf-8")
    apercu = preview(chemin)
    assert (apercu.epreuves, apercu.manquantes) == (("E4", "E5"), ("mode",))
    dossier = make_dossier(tmp_path / "session", {"notes.csv": chemin}, "maison")
    save_profile(dossier, apercu.profil_propose.replace('# mode = "…"', 'mode = "PONCTUEL"'))
    with imported(dossier, staging=True) as con:
        assert rows(con, "select epreuve, note, code from staging.note order by ligne, 1") == [
            ("E4", 12, None),
            ("E5", 13.5, None),
            ("E4", None, "AB"),
        ]


def test_codes_are_those_of_the_whole_file_and_the_unknown_ones_are_told(tmp_path: Path) -> None:
    chemin = tmp_path / "notes.csv"
    lignes = [f"{i:04};CCST;2023;E1;12;PONCTUEL" for i in range(300)]
    lignes += ["9001;CCST;2023;E1;ABS;PONCTUEL", "9002;CCST;2023;E99;AB;ORAL", "9003;CCST"]
    chemin.write_text("\n".join([NOTES.splitlines()[0], *lignes]), encoding="utf-8")
    apercu = preview(chemin)
    essai = apercu.essai
    assert essai is not None
    assert (essai.lues, essai.chargees, essai.rejetees) == (303, 300, 3)
    assert {motif.regle: motif.nombre for motif in essai.rejets} == {
        "code_inconnu": 1,
        "epreuve_inconnue": 1,
        "mode_inconnu": 1,
        "nombre_de_champs": 1,
    }
    assert essai.blocages == ()
    codes = {(c.colonne, c.valeur): (c.nombre, c.est_compris) for c in essai.codes}
    assert codes == {
        ("specialite", "CCST"): (302, True),
        ("epreuve", "E1"): (301, True),
        ("epreuve", "E99"): (1, False),
        ("mode", "PONCTUEL"): (301, True),
        ("mode", "ORAL"): (1, False),
        ("note", "AB"): (1, True),
        ("note", "ABS"): (1, False),
    }
    texte = "\n".join(describe_preview(apercu))
    assert "303 lignes, 300 chargées, 3 rejetées" in texte
    assert "ABS (1, NON COMPRIS)" in texte
    assert "il s'importe, sauf 3\u00a0lignes rejetées" in texte


def test_of_a_file_too_large_only_the_first_lines_are_looked_at_and_that_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("perequation.ingestion.apercu.apercu._OCTETS_LUS", 100)
    chemin = tmp_path / "notes.csv"
    chemin.write_text(NOTES + "0001;CCST;2023;E3;12;PONCTUEL\n" * 200, encoding="utf-8")
    apercu = preview(chemin)
    assert apercu.essai is None
    assert apercu.lignes_examinees == 41
    assert "seules les 41 premières lignes" in "\n".join(describe_preview(apercu))


def test_a_template_nobody_has_filled_is_one_of_marks(modeles: tuple[Path, ...]) -> None:
    apercu = preview(modeles[0])
    assert (apercu.type_fichier, apercu.profil, apercu.manquantes) == ("notes", "modele_ccf", ())
    assert apercu.modele is not None
    assert apercu.modele.uai == "0990001W"
    assert apercu.epreuves == ("E22", "E4", "E61", "E62")
    assert apercu.profil_propose == ""
    assert apercu.essai is not None
    assert apercu.essai.lues == 0


@pytest.mark.parametrize(
    ("nom", "mot"),
    [("vide.csv", "vide"), ("pdf_nomme_csv.csv", "PDF"), ("zip_abime.xlsx", "classeur")],
)
def test_a_file_that_can_t_be_read_says_why(nom: str, mot: str) -> None:
    assert mot in (preview(CORPUS / nom).probleme or "")


def test_no_such_file(tmp_path: Path) -> None:
    with pytest.raises(MissingInputError, match="n'existe pas"):
        preview(tmp_path / "absent.csv")


CAS = Path(__file__).parent / "cas"


def preview_of(nom: str, fichier: str) -> Apercu:
    """Look at a file of a case, in its session."""
    return preview(CAS / nom / "donnees" / fichier, open_dossier(CAS / nom))


def outcome(apercu: Apercu) -> tuple[int, int, dict[str, int]]:
    essai = apercu.essai
    assert essai is not None
    return essai.lues, essai.chargees, {motif.regle: motif.nombre for motif in essai.rejets}


@pytest.mark.parametrize(
    ("nom", "fichier", "attendu", "bloque"),
    [
        ("d42_large_sur40", "notes_ccf.csv", (72, 24, {"bareme_inconnu": 48}), True),
        ("d40_renvoi", "notes_E5_corrige.csv", (24, 23, {"cle_contradictoire": 1}), False),
        ("d31_feuilles", "notes.xlsx", (192, 192, {}), False),
    ],
)
def test_it_promises_what_the_import_does(
    tmp_path: Path, nom: str, fichier: str, attendu: tuple[int, int, dict[str, int]], bloque: bool
) -> None:
    apercu = preview_of(nom, fichier)
    assert apercu.essai is not None
    assert outcome(apercu) == attendu
    assert bool(apercu.essai.blocages) == bloque
    racine = tmp_path / nom
    shutil.copytree(CAS / nom, racine)
    with imported(open_dossier(racine), staging=True) as con:
        (bilan,) = rows(
            con,
            "select sum(lignes_lues), sum(lignes_chargees) from marts.bilan_import "
            "where fichier like ? and type_fichier = 'notes'",
            f"donnees/{fichier}%",
        )
    assert bilan == attendu[:2]


def test_a_list_of_persons_is_no_list_of_establishments(tmp_path: Path) -> None:
    chemin = tmp_path / "liste.csv"
    chemin.write_text(
        "N° Cand;Nom;Prénom;UAI\n0001;MARTIN;Zoé;0310028M\n0002;DURAND;Ana;0310029N\n",
        encoding="utf-8",
    )
    apercu = preview(chemin)
    assert apercu.type_fichier == "candidats"
    assert "statut" in apercu.manquantes


def test_the_ministry_s_labels_are_known_and_its_codes_are_to_complete(tmp_path: Path) -> None:
    chemin = tmp_path / "liste.csv"
    chemin.write_text(
        "Rectorat de Toulouse\n"
        "N° candidat;Nom de naissance;Prénom(s);Civilité;Né(e) le;Spécialité;Code Etab;"
        "Libellé Etab;Catégorie candidat;Forme de passage;Académie\n"
        "01;MARTIN;Zoé;Mme;12/05/2003;MCO;0310028M;LYCEE A;SCOLAIRE ETAB PUBLIC;Globale;TOULOUSE\n"
        "02;DURAND;Léo;M.;13/05/2003;MCO;0310028M;LYCEE A;APPRENTI;Globale;TOULOUSE\n",
        encoding="utf-8",
    )
    apercu = preview(chemin)
    trouvees = {nom for nom, _ in apercu.colonnes}
    assert {"nom", "sexe", "date_naissance", "uai", "etablissement", "statut"} <= trouvees
    assert apercu.essai is not None
    codes = {(c.colonne, c.valeur): c.est_compris for c in apercu.essai.codes}
    assert codes["sexe", "Mme"]
    assert not codes["statut", "SCOLAIRE ETAB PUBLIC"]
    assert '# "SCOLAIRE ETAB PUBLIC" = "…"' in apercu.profil_propose
    texte = "\n".join(describe_preview(apercu))
    assert "12/05/2003" in texte  # in the first rows
    assert "statut_inconnu" in texte


def test_it_fits_a_screen_and_shows_no_more_than_five_candidates(tmp_path: Path) -> None:
    noms = [f"PERSONNE{i:03}" for i in range(40)]
    entete = "numero_candidat;nom;prenom;specialite;session;academie;uai;statut;forme;" + ";".join(
        f"Colonne libre {i}" for i in range(60)
    )
    lignes = [
        f"{i:04};{nom};{'x' * 90};MCO;2022;TOULOUSE;0310028M;STATUT {i};GLOBALE;"
        + ";".join("a" * 60)
        for i, nom in enumerate(noms)
    ]
    chemin = tmp_path / "candidats.csv"
    chemin.write_text("\n".join([entete, *lignes, lignes[0]]), encoding="utf-8")
    texte = list(describe_preview(preview(chemin)))
    assert len(texte) <= 40
    assert max(map(len, texte)) <= 100
    assert sum(nom in "\n".join(texte) for nom in noms) == 5


# The `.toml` files say what is expected of the others.
FICHIERS = sorted(p.name for p in CORPUS.iterdir() if p.suffix not in {".toml", ""})


@pytest.mark.lourd
@pytest.mark.parametrize(
    "noms",
    [
        pytest.param(FICHIERS[::8], id="un sur huit"),
        pytest.param(FICHIERS, id="tous", marks=pytest.mark.slow),
    ],
)
def test_every_file_of_the_corpus_has_a_preview(noms: list[str]) -> None:
    assert noms
    for nom in noms:
        apercu = preview(CORPUS / nom)
        assert apercu.probleme or apercu.type_fichier, nom
