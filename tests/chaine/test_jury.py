"""The jury's file: prepared in the jury's order, filled in, read back with every slip told."""

from pathlib import Path

import openpyxl
import polars as pl
import pytest
from chaine.conftest import run

from perequation.jury.verification import read_decisions
from perequation.socle.dossier import open_dossier
from perequation.socle.entrepot import read_mart
from perequation.socle.schema import TABLES

ENTETE = "numero_candidat;specialite;session;etape;decision;livret_examine;motif"

PREMIER = ("--etape", "premier_groupe")


def resultats(session: Path) -> pl.DataFrame:
    return read_mart(session / "sortie" / "perequation.duckdb", "resultat_candidat")


def a_candidate(session: Path, decision: str) -> str:
    """Return a candidate of a proposal whom the jury has not decided."""
    table = resultats(session).filter(
        pl.col("decision_calculee") == decision, pl.col("decision_jury").is_null()
    )
    return str(table["numero_candidat"][0])


def write(folder: Path, *lignes: str) -> Path:
    path = folder / "rempli.csv"
    path.write_text("\n".join([ENTETE, *lignes]) + "\n", encoding="utf-8")
    return path


def constats(session: Path, path: Path) -> list[tuple[int, str, str]]:
    """Return line, severity and rule of what is found."""
    found = read_decisions(open_dossier(session), path).constats
    return sorted(found.select("ligne", "gravite", "regle").iter_rows())


def test_the_file_has_everyone_to_decide_near_threshold_first(
    session: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("jury", "preparer", str(session), *PREMIER) == 0
    assert "à décider" in capsys.readouterr().out
    path = session / "sortie" / "jury" / "decisions_jury_CCST.csv"
    lignes = pl.read_csv(path, separator=";", infer_schema=False)
    assert tuple(lignes.columns) == TABLES["decisions_jury"].noms
    attendus = resultats(session).filter(
        pl.col("decision_jury").is_null(), pl.col("decision_calculee") != "EN_COURS"
    )
    assert sorted(lignes["numero_candidat"]) == sorted(attendus["numero_candidat"])
    assert lignes["decision"].null_count() == lignes.height
    # Just below 10 first, admissions last.
    ordre = lignes.select("numero_candidat").join(
        attendus, on="numero_candidat", maintain_order="left"
    )
    proches = (ordre["moyenne_generale"] >= 9.5) & (ordre["points_manquants"] > 0)
    nombre = int(proches.sum())
    assert nombre > 0
    assert proches.head(nombre).all()
    assert ordre["decision_calculee"].to_list()[-1] == "ADMIS"


def test_a_prepared_file_is_not_written_over_unless_asked(
    session: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("jury", "preparer", str(session), *PREMIER) == 0
    # As it was handed out, or saved with nothing in it, it blocks nothing; filled in, it does.
    path = session / "sortie" / "jury" / "decisions_jury_CCST.csv"
    path.write_text(path.read_text("utf-8-sig") + "\n", "utf-8")
    assert run("jury", "preparer", str(session), *PREMIER) == 0
    lignes = pl.read_csv(path, separator=";", infer_schema_length=0)
    premiere = pl.int_range(pl.len()) == 0
    lignes.with_columns(decision=pl.when(premiere).then(pl.lit("ADMIS"))).write_csv(
        path, separator=";"
    )
    assert run("jury", "preparer", str(session), *PREMIER) == 2
    assert "--remplacer" in capsys.readouterr().err
    assert run("jury", "preparer", str(session), *PREMIER, "--remplacer") == 0
    assert run("jury", "preparer", str(session), "--etape", "controle") == 0
    assert run("jury", "preparer", str(session), "--specialite", "MCO") == 2


def test_after_the_controle_only_those_called_are_to_decide(session: Path) -> None:
    assert run("jury", "preparer", str(session), "--etape", "controle") == 0
    path = session / "sortie" / "jury" / "decisions_jury_CCST_controle.csv"
    lignes = pl.read_csv(path, separator=";", infer_schema=False)
    appeles = resultats(session).filter("est_appele", pl.col("decision_jury_controle").is_null())
    assert sorted(lignes["numero_candidat"]) == sorted(appeles["numero_candidat"])
    assert set(lignes["etape"]) == {"controle"}


def test_the_workbook_filled_in_is_read_back_checked_then_taken_in(
    session: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("jury", "preparer", str(session), *PREMIER) == 0
    path = session / "sortie" / "jury" / "decisions_jury_CCST.xlsx"
    classeur = openpyxl.load_workbook(path)
    feuille = classeur["Décisions"]
    titres = [cellule.value for cellule in feuille[1]]
    feuille.cell(2, titres.index("decision") + 1, "ADMIS")
    feuille.cell(2, titres.index("livret_examine") + 1, "O")
    feuille.cell(2, titres.index("motif") + 1, "ensemble solide")
    numero = str(feuille.cell(2, titres.index("N° candidat") + 1).value)
    classeur.save(path)
    capsys.readouterr()
    assert run("jury", "verifier", str(session), str(path)) == 0
    dit = capsys.readouterr().out.replace("\xa0", " ")
    assert "aucune faute ; 1 décision (admis : 1)" in dit
    assert f"ligne 2 : {numero}, admis, proposition : " in dit
    assert (session / "donnees" / "decisions_jury_2.csv").is_file()
    for etape in ("importer", "controler", "calculer"):
        assert run(etape, str(session)) == 0
    decide = resultats(session).filter(pl.col("numero_candidat") == numero)
    assert decide["decision_finale"].to_list() == ["ADMIS"]
    assert "ensemble solide" in decide["motif"][0]


def test_every_fault_is_told_with_its_line(
    session: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    admis, refuse = a_candidate(session, "ADMIS"), a_candidate(session, "REFUSE")
    elimine = a_candidate(session, "ELIMINE")
    deja = str(resultats(session).filter(decision_jury="ADMIS")["numero_candidat"][0])
    path = write(
        tmp_path,
        "99999999999;CCST;2023;;ADMIS;;",  # 2
        f"{elimine};CCST;2023;;RECU;;",  # 3
        f"{refuse};CCST;2023;;REFUSE;N;",  # 4
        f"{admis};CCST;2023;;ADMIS;;",  # 5
        f"{admis};CCST;2023;;ADMIS;;",  # 6
        f"{deja};CCST;2023;;REFUSE;O;",  # 7
        f"{refuse};CCST;2023;controle;CONTROLE;;",  # 8: to confirm
        f"{a_candidate(session, 'CONTROLE')};CCST;2023;;;O;",  # 9
        f"{elimine};CCST;2023;controle;;;",  # 10: vide
    )
    assert [c for c in constats(session, path) if c[1] == "faute"] == [
        (2, "faute", "candidat_inconnu"),
        (3, "faute", "decision_inconnue"),
        (4, "faute", "refus_livret"),
        (6, "faute", "doublon"),
        (7, "faute", "deja_decide"),
        (9, "faute", "champ_obligatoire"),
    ]
    assert run("jury", "verifier", str(session), str(path)) == 3
    erreur = capsys.readouterr().err.replace("\xa0", " ")
    assert "6 fautes à corriger" in erreur
    assert f"ligne 4 : {refuse}, refusé sans livret_examine = O" in erreur
    assert (session / "sortie" / "rejets" / "decisions_jury_relues.csv").is_file()
    assert not (session / "sortie" / "jury").exists()


@pytest.mark.parametrize(
    "ecrit", ["'{}", "\u200b{}", " {}\u00ad", "{}.0", '"=""{}"""', "\ufeff{:.4}\u00a0{}"]
)
def test_a_number_is_repaired_as_in_every_other_file(
    session: Path, tmp_path: Path, ecrit: str
) -> None:
    numero = a_candidate(session, "ADMIS")
    if "{:.4}" in ecrit:
        ecrit = ecrit.format(numero, numero[4:])
    sans_zeros = ecrit.replace("{}", numero.lstrip("0"), 1)
    path = write(tmp_path, f"{sans_zeros};CCST;2023;;ADMIS;;")
    relecture = read_decisions(open_dossier(session), path)
    assert relecture.decisions["numero_candidat"].to_list() == [numero]
    assert relecture.fautes.is_empty()


def test_two_decisions_for_one_candidate_contradict_each_other(
    session: Path, tmp_path: Path
) -> None:
    admis = a_candidate(session, "ADMIS")
    path = write(tmp_path, f"{admis};CCST;2023;;ADMIS;;", f"{admis};CCST;2023;;REFUSE;O;")
    fautes = [c for c in constats(session, path) if c[1] == "faute"]
    assert [(ligne, regle) for ligne, _, regle in fautes] == [
        (2, "cle_contradictoire"),
        (3, "cle_contradictoire"),
    ]


def test_a_decision_that_contradicts_the_proposal_is_listed_not_refused(
    session: Path, tmp_path: Path
) -> None:
    refuse, admis = a_candidate(session, "REFUSE"), a_candidate(session, "ADMIS")
    path = write(tmp_path, f"{refuse};CCST;2023;;ADMIS;;", f"{admis};CCST;2023;;ADMIS;;")
    assert constats(session, path) == [(2, "a_voir", "proposition_contraire")]


def test_what_the_text_does_not_open_to_a_jury_is_told_alike_by_the_import(
    session: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    elimine, refuse = a_candidate(session, "ELIMINE"), a_candidate(session, "REFUSE")
    path = write(
        tmp_path,
        f"{elimine};CCST;2023;;ADMIS;;",
        f"{refuse};CCST;2023;controle;CONTROLE;;",
        f"{refuse};CCST;2023;;REFUSE;aucun livret fourni;",
    )
    assert [c for c in constats(session, path) if c[2] == "jury_limite"] == [
        (2, "a_voir", "jury_limite"),
        (3, "a_voir", "jury_limite"),
    ]
    assert run("jury", "verifier", str(session), str(path)) == 0
    assert "CE D643-22" in capsys.readouterr().out
    for etape in ("importer", "controler", "calculer"):
        assert run(etape, str(session)) == 0
    publie = session / "sortie" / "perequation.duckdb"
    anomalies = read_mart(publie, "anomalie").filter(regle="jury_limite")
    assert sorted(anomalies["numero_candidat"]) == sorted([elimine, refuse])
    assert set(anomalies["gravite"]) == {"avertissement"}
    decisions = dict(resultats(session).select("numero_candidat", "decision_finale").iter_rows())
    assert (decisions[elimine], decisions[refuse]) == ("ADMIS", "CONTROLE")
    assert (
        read_mart(publie, "anomalie")
        .filter(regle="jury_refus_livret", numero_candidat=refuse)
        .is_empty()
    )


def test_the_decisions_already_in_the_session_do_not_clash_with_themselves(
    session: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = session / "donnees" / "decisions_jury.csv"
    assert run("jury", "verifier", str(session), str(path)) == 0
    assert "déjà une entrée de la session" in capsys.readouterr().out


def test_no_file_and_a_file_of_another_kind(session: Path, tmp_path: Path) -> None:
    assert run("jury", "verifier", str(session), str(tmp_path / "absent.csv")) == 6
    autre = tmp_path / "autre.csv"
    autre.write_text("a;b\n1;2\n", encoding="utf-8")
    assert run("jury", "verifier", str(session), str(autre)) == 3
