"""The harmonisation meeting: the file to fill in, its reading back, the record."""

import os
from collections.abc import Callable
from pathlib import Path

import duckdb
import openpyxl
import polars as pl
import pytest
from chaine.conftest import run

from perequation.avancement import take_back
from perequation.harmonisation.reunion.preparation import choose_lines
from perequation.socle import entrepot
from perequation.socle.dossier import open_dossier
from perequation.socle.schema import TABLES

COLONNES = list(TABLES["decisions_harmonisation"].noms)


@pytest.fixture
def prepare(session: Path) -> Path:
    """A session whose meeting is prepared; return the folder of its papers."""
    assert run("decisions", "preparer", str(session)) == 0
    return session / "sortie" / "reunion"


def flagged(session: Path) -> pl.DataFrame:
    """Return the units to discuss, on the marks in force."""
    ecarts = entrepot.read_mart(session / "sortie" / "perequation.duckdb", "ecart")
    rang = pl.col("etape").replace_strict({"transmise": 1, "harmonisee": 2, "definitive": 3})
    derniere = ecarts.filter(rang == rang.max().over("epreuve", "type_unite"))
    return derniere.filter(pl.col("signal").is_in(["signale", "a_surveiller"]))


def test_one_line_per_unit_to_discuss_with_its_evidence(session: Path, prepare: Path) -> None:
    attendues = flagged(session)
    assert attendues.height > 2
    vide = pl.read_csv(
        prepare / "decisions_harmonisation.csv", separator=";", infer_schema_length=0
    )
    assert vide.columns == COLONNES
    cle = ["epreuve", "unite", "type_unite"]
    assert set(vide.select(cle).rows()) == set(attendues.select(cle).rows())
    assert vide.select(COLONNES[3:]).null_count().row(0) == (vide.height,) * 6

    feuille = openpyxl.load_workbook(prepare / "decisions_harmonisation.xlsx")["Décisions"]
    titres = [cellule.value for cellule in feuille[1]]
    assert titres[-6:] == COLONNES[3:]
    lignes = {(rangee[0].value, rangee[2].value): rangee for rangee in feuille.iter_rows(min_row=2)}
    for ecart in attendues.iter_rows(named=True):
        rangee = lignes[ecart["epreuve"], ecart["unite"]]
        valeur = rangee[titres.index("Écart retenu")].value
        assert valeur == pytest.approx(ecart["ecart_retenu"])
        assert rangee[titres.index("Effectif")].value == ecart["n"]
    assert feuille.data_validations.dataValidation[0].formula1 == '"MAINTIEN,DECALAGE"'


def test_a_file_that_may_be_filled_in_is_not_replaced(
    session: Path, prepare: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    classeur = prepare / "decisions_harmonisation.xlsx"
    classeur.write_bytes(b"rempli")
    assert run("decisions", "preparer", str(session)) == 2
    assert "--remplacer" in capsys.readouterr().err
    assert classeur.read_bytes() == b"rempli"
    assert run("decisions", "preparer", str(session), "--remplacer") == 0
    assert classeur.read_bytes() != b"rempli"
    # Left as it was handed out, it blocks nothing.
    assert run("decisions", "preparer", str(session)) == 0


def test_a_file_saved_with_nothing_in_it_blocks_nothing(session: Path, prepare: Path) -> None:
    classeur = prepare / "decisions_harmonisation.xlsx"
    livre = openpyxl.load_workbook(classeur)
    livre.save(classeur)
    avant = classeur.read_bytes()
    assert run("decisions", "preparer", str(session)) == 0
    assert classeur.read_bytes() != avant
    # One word is enough for it to be somebody's work.
    livre["Décisions"].cell(2, livre["Décisions"].max_column - 3, "à voir")
    livre.save(classeur)
    assert run("decisions", "preparer", str(session)) == 2


def test_a_file_half_filled_in_is_not_taken_back_and_says_why(session: Path, prepare: Path) -> None:
    classeur = prepare / "decisions_harmonisation.xlsx"
    livre = openpyxl.load_workbook(classeur)
    feuille = livre["Décisions"]
    feuille.cell(2, [cellule.value for cellule in feuille[1]].index("decision") + 1, "MAINTIEN")
    livre.save(classeur)
    (reprise,) = take_back(open_dossier(session))
    assert reprise.fichier == classeur
    assert reprise.depot is None
    assert reprise.faute is not None
    assert "ligne 2 : " in str(reprise.faute.lines())
    assert len(list((session / "donnees").glob("decisions_harmonisation*"))) == 1


def test_before_the_written_marks_every_unit_is_listed_with_what_can_be_looked_at(
    session: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    base = session / "sortie" / "perequation.duckdb"
    raison = "les notes des ancres ne sont pas encore arrivées"
    with duckdb.connect(str(base)) as con:
        for table in ("ecart", "ecart_en_vigueur"):
            con.execute(
                f"update marts.{table} set signal = 'indisponible', ecart_retenu = null, "
                "ic_bas = null, ic_haut = null, probabilite_materielle = null, "
                "motif_indisponible = ?",
                [raison],
            )
        con.execute("update marts.ecart_en_vigueur set decision = null, etape_notes = 'transmise'")
        con.execute("delete from marts.ecart where etape <> 'transmise'")
        con.execute("update marts.ecart_en_vigueur set etape = 'transmise'")
        visibles = con.execute(
            "select epreuve, unite, n, moyenne from marts.ecart where moyenne is not null"
        ).fetchall()
    assert run("decisions", "preparer", str(session), "--etape", "transmise") == 0
    dit = capsys.readouterr().out
    assert "rien ne peut être signalé" in dit
    assert raison in dit
    feuille = openpyxl.load_workbook(session / "sortie/reunion/decisions_harmonisation.xlsx")[
        "Décisions"
    ]
    titres = [str(cellule.value) for cellule in feuille[1]]
    lignes = [
        dict(zip(titres, valeurs, strict=True))
        for valeurs in feuille.iter_rows(min_row=2, values_only=True)
    ]
    unites = {(x["Épreuve"], x["Unité"]): x for x in lignes if x["Unité"] != "*"}
    assert set(unites) == {(epreuve, unite) for epreuve, unite, _, _ in visibles}
    for epreuve, unite, n, moyenne in visibles:
        ligne = unites[epreuve, unite]
        assert ligne["Effectif"] == n
        assert ligne["Moyenne"] == pytest.approx(moyenne)
        q1, mediane, q3 = (ligne[nom] for nom in ("1er quartile", "Médiane", "3e quartile"))
        assert q1 <= mediane <= q3
        assert 0 <= ligne["Part ≥ 10"] <= 1
        assert raison in ligne["Pourquoi cette ligne"]


def test_an_empty_file_is_to_fill_in_line_by_line(
    session: Path, prepare: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("decisions", "verifier", str(session)) == 3
    erreur = capsys.readouterr().err
    for ligne in range(2, flagged(session).height + 2):
        assert f"ligne {ligne} : " in erreur
    assert "à remplir (decision, motif, auteur, date)" in erreur
    assert len(list((session / "donnees").glob("decisions_harmonisation*"))) == 1


def test_the_filled_in_workbook_becomes_the_file_for_donnees(
    session: Path, prepare: Path, relancer: Callable[[], int], capsys: pytest.CaptureFixture[str]
) -> None:
    chemin = prepare / "decisions_harmonisation.xlsx"
    livre = openpyxl.load_workbook(chemin)
    feuille = livre["Décisions"]
    debut = feuille.max_column - 5
    for numero, rangee in enumerate(feuille.iter_rows(min_row=2, min_col=debut), start=2):
        valeurs = ["DECALAGE", -0.5] if numero == 2 else ["MAINTIEN", None]
        for cellule, valeur in zip(
            rangee,
            [*valeurs, "Grilles relues <b>", "Commission & Cie", "7 juin 2023", None],
            strict=True,
        ):
            cellule.value = valeur
    premiere = (feuille["A2"].value, feuille["C2"].value)
    livre.save(chemin)
    capsys.readouterr()
    assert run("decisions", "verifier", str(session)) == 3
    assert "est déjà décidée dans donnees/decisions_harmonisation.csv" in capsys.readouterr().err

    for ancien in (session / "donnees").glob("decisions_harmonisation*.csv"):
        ancien.unlink()
    assert run("decisions", "verifier", str(session)) == 0
    dit = capsys.readouterr().out
    assert "aucune faute ; 1\u00a0décalage" in dit
    assert "Sans accord de saisie" in dit
    assert (session / "donnees" / "decisions_harmonisation.csv").is_file()
    # Once filed, the same file again changes nothing.
    assert run("decisions", "verifier", str(session)) == 0
    assert "déjà parmi les entrées" in capsys.readouterr().out
    assert len(list((session / "donnees").glob("decisions_harmonisation*"))) == 1
    assert relancer() == 0
    with entrepot.open_read_only(session / "sortie" / "perequation.duckdb") as con:
        lues = entrepot.read_relation(con, "staging.decision_harmonisation")
    assert lues.height == flagged(session).height
    decalage = lues.filter(epreuve=premiere[0], unite=premiere[1]).row(0, named=True)
    assert (decalage["decision"], float(decalage["decalage"])) == ("DECALAGE", -0.5)

    assert run("decisions", "compte-rendu", str(session), "--date", "2023-06-08") == 0
    page = (prepare / "compte_rendu.html").read_text("utf-8")
    assert "Grilles relues &lt;b&gt;" in page
    assert "Commission &amp; Cie" in page
    assert "le 7\u00a0juin\u00a02023" in page
    assert "édité le 8\u00a0juin\u00a02023" in page.lower()
    assert "Aucune note n’a été corrigée automatiquement" in page
    assert "script-src &#39;none&#39;" in page


def test_of_the_two_files_the_one_filled_in_is_read(
    session: Path, prepare: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    chemin = prepare / "decisions_harmonisation.csv"
    remplie = pl.read_csv(chemin, separator=";", infer_schema_length=0).with_columns(
        decision=pl.lit("MAINTIEN"),
        motif=pl.lit("m"),
        auteur=pl.lit("a"),
        date=pl.lit("07/06/2023"),
    )
    remplie.write_csv(chemin, separator=";")
    (session / "donnees" / "decisions_harmonisation.csv").unlink()
    assert run("decisions", "verifier", str(session)) == 0
    sortie = capsys.readouterr().out
    assert chemin.name in sortie
    assert "aucune faute" in sortie


def test_two_files_filled_in_for_one_meeting_are_not_chosen_between(
    session: Path, prepare: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (session / "donnees" / "decisions_harmonisation.csv").unlink()
    chemin, classeur = (prepare / f"decisions_harmonisation.{s}" for s in ("csv", "xlsx"))
    vide = pl.read_csv(chemin, separator=";", infer_schema_length=0)
    vide.with_columns(decision=pl.lit("MAINTIEN")).write_csv(chemin, separator=";")
    livre = openpyxl.load_workbook(classeur)
    feuille = livre["Décisions"]
    titres = [cellule.value for cellule in feuille[1]]
    feuille.cell(2, titres.index("decision") + 1).value = "MAINTIEN"
    livre.save(classeur)
    # Whichever was written last: a copy of the folder changes that.
    for premier, second in ((chemin, classeur), (classeur, chemin)):
        os.utime(premier, (1, 1))
        os.utime(second, (2, 2))
        assert run("decisions", "verifier", str(session)) == 2
        dit = capsys.readouterr().err
        assert chemin.name in dit
        assert classeur.name in dit
        (reprise,) = take_back(open_dossier(session))
        assert reprise.depot is None
        assert "Plusieurs fichiers sont remplis" in str(reprise.faute)
    assert run("decisions", "verifier", str(session), str(chemin)) != 2


def test_every_fault_is_told_with_its_line(
    session: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    unites = flagged(session).filter(type_unite="etablissement").sort("epreuve", "unite")
    epreuve, une = unites.select("epreuve", "unite").row(0)
    fin = ";m;a;2023-06-07;"
    lignes = [
        ";".join(COLONNES),
        f"E99;{une};etablissement;MAINTIEN;{fin}",
        f"{epreuve};NULLE PART;etablissement;MAINTIEN;{fin}",
        f"{epreuve};{une};etablissement;PEUT-ETRE;{fin}",
        f"{epreuve};0960013T;etablissement;DECALAGE;{fin}",
        f"{epreuve};0960015V;etablissement;MAINTIEN;;;;hier;",
        f"{epreuve};0960011R;etablissement;DECALAGE;1{fin}",
        f"{epreuve};0960011R;etablissement;DECALAGE;2{fin}",
    ]
    fichier = tmp_path / "décidées.csv"
    fichier.write_text("\r\n".join(lignes), "cp1252")
    assert run("decisions", "verifier", str(session), str(fichier)) == 3
    erreur = capsys.readouterr().err
    for ligne, mot in (
        (2, "E99"),
        (3, "NULLE PART"),
        (4, "PEUT-ETRE"),
        (5, "dit de combien de points"),
        (6, "hier"),
        (6, "à remplir (motif, auteur)"),
        (7, "décisions différentes"),
        (8, "décisions différentes"),
    ):
        assert any(
            debut.strip().startswith(f"- ligne {ligne} :") and mot in debut
            for debut in erreur.splitlines()
        ), (ligne, mot, erreur)
    assert run("decisions", "verifier", str(session), str(tmp_path / "absent.csv")) == 6
    assert run("decisions", "verifier", str(session)) == 6
    assert "decisions preparer" in capsys.readouterr().err


def test_the_record_tells_what_was_not_done_as_decided(session: Path) -> None:
    assert run("decisions", "compte-rendu", str(session)) == 0
    page = (session / "sortie" / "reunion" / "compte_rendu.html").read_text("utf-8")
    with entrepot.open_read_only(session / "sortie" / "perequation.duckdb") as con:
        decisions = entrepot.read_relation(con, "staging.decision_harmonisation")
        effets = entrepot.read_relation(con, "marts.harmonisation_effet")
    assert decisions.height > 0
    for unite, motif in decisions.select("unite", "motif").iter_rows():
        assert unite in page
        assert motif.split("'")[0].split("’")[0] in page
    fautives = effets.filter(~pl.col("decision_conforme"))
    assert fautives.height > 0
    ouvert = page.split("Ce qui reste ouvert</h2>")[1].split("<h2")[0]
    for unite in fautives["unite"]:
        assert unite in ouvert
    assert "http" not in page.split("</style>", 2)[-1]


def test_a_session_without_decisions_has_no_record(
    session: Path, relancer: Callable[[], int], capsys: pytest.CaptureFixture[str]
) -> None:
    for fichier in (session / "donnees").glob("decisions_harmonisation*.csv"):
        fichier.unlink()
    assert relancer() == 0
    assert run("decisions", "compte-rendu", str(session)) == 6
    assert "Aucune décision d'harmonisation" in capsys.readouterr().err


def test_the_same_unit_in_two_specialites_is_one_line() -> None:
    ligne = {
        "epreuve": "E4",
        "unite": "U",
        "type_unite": "etablissement",
        "signal": "signale",
        "ic_bas": 0.1,
        "ic_haut": 2.0,
        "fragile": False,
        "ancre_influente": None,
        "part_sans_ancre": 0.5,
        "dispersion_atypique": False,
        "etape": "transmise",
        "etape_notes": "transmise",
        "moyenne": 12.0,
        "motif_indisponible": None,
        "decision": None,
        "est_commune": False,
    }
    ecarts = pl.DataFrame(
        [
            ligne | {"specialite": "MCO", "probabilite_materielle": 0.95},
            ligne | {"specialite": "CCST", "probabilite_materielle": 0.91},
        ],
        schema_overrides=dict.fromkeys(
            ("ancre_influente", "motif_indisponible", "decision"), pl.String
        ),
    )
    seule = choose_lines(ecarts).row(0, named=True)
    # The unit, then the line of the épreuve's other units.
    assert choose_lines(ecarts)["unite"].to_list() == ["U", "*"]
    decidee = choose_lines(ecarts.with_columns(etape_notes=pl.lit("harmonisee")))
    assert decidee["unite"].to_list() == ["U"]
    assert (seule["specialite"], seule["probabilite_materielle"]) == ("CCST, MCO", 0.95)
    assert seule["reserves"] == "plus d’un candidat sur cinq sans ancre"
