"""What changed since the last publication; the published warehouse is never absent."""

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from chaine.conftest import run

from perequation.socle import entrepot
from perequation.socle.dossier import open_dossier
from perequation.suivi.comparaison import compare_quality
from perequation.suivi.comparaison_texte import LIMITE

Relance = Callable[[], int]


def edit_line(path: Path, ligne: int, position: int, valeur: str) -> str:
    """Change one field of one physical line; return the candidate's number."""
    lignes = path.read_text(encoding="utf-8-sig").splitlines()
    champs = lignes[ligne - 1].split(";")
    champs[position] = valeur
    lignes[ligne - 1] = ";".join(champs)
    path.write_text("\n".join(lignes) + "\n", encoding="utf-8-sig")
    return champs[0]


def differences(session: Path) -> pl.DataFrame:
    path = session / "sortie" / "exports" / "comparaison.csv"
    return pl.read_csv(path, separator=";", infer_schema=False)


def test_a_first_publication_has_nothing_before_it(
    session: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("comparer", str(session)) == 0
    assert "publiée qu'une fois" in capsys.readouterr().out


def test_a_session_never_published_is_code_6(tmp_path: Path) -> None:
    arguments = ("--specialite", "MCO", "--session", "2022", "--academie", "TOULOUSE")
    assert run("init", str(tmp_path / "s"), *arguments) == 0
    assert run("comparer", str(tmp_path / "s")) == 6


def test_the_same_files_again_change_nothing_and_the_previous_costs_no_copy(
    session: Path, relancer: Relance, capsys: pytest.CaptureFixture[str]
) -> None:
    dossier = open_dossier(session)
    avant = dossier.entrepot.stat().st_ino
    assert relancer() == 0
    assert dossier.precedent.stat().st_ino == avant
    for table in ("reussite", "resultat_candidat", "rattrapage", "ecart", "note_retenue"):
        publiee, refaite = (
            entrepot.read_mart(b, table) for b in (dossier.precedent, dossier.entrepot)
        )
        assert refaite.equals(publiee), table
    capsys.readouterr()
    assert run("comparer", str(session)) == 0
    dit = capsys.readouterr().out
    assert "Aucun résultat et aucune note n'ont changé." in dit
    assert "Fichier" not in dit
    assert differences(session).is_empty()


def test_each_change_is_told_once_by_number_never_by_name(
    session: Path, relancer: Relance, capsys: pytest.CaptureFixture[str]
) -> None:
    ecrits = session / "donnees" / "notes_ecrits.csv"
    change = edit_line(ecrits, 6, 4, "3")
    rejete = edit_line(ecrits, 10, 4, "21,5")
    apprentis = session / "donnees" / "candidats_apprentis.csv"
    lignes = apprentis.read_bytes().splitlines(keepends=True)
    apprentis.write_bytes(b"".join(lignes[:-1]))
    parti = lignes[-1].split(b";")[0].decode()
    nom = lignes[-1].split(b";")[2].decode()
    assert relancer() == 0
    capsys.readouterr()
    assert run("comparer", str(session)) == 0
    dit = capsys.readouterr().out
    assert "Fichier modifié : donnees/notes_ecrits.csv" in dit
    assert "0 ajouté, 1 retiré, 2 au résultat différent" in dit
    assert "rejet note_bornes : 0 → 1" in dit
    assert "rejetées 0 → " in dit
    assert nom not in dit
    trouvees = differences(session)
    assert nom not in trouvees.write_csv()
    notes = trouvees.filter(pl.col("epreuve").is_not_null())
    assert set(notes.select("numero_candidat", "champ", "apres").iter_rows()) == {
        (change, "note", "3,00"),
        (rejete, "note", None),
        (rejete, "rejet", "note_bornes"),
    }
    presence = trouvees.filter(champ="candidat")
    assert presence.select("numero_candidat", "avant", "apres").rows() == [(parti, "inscrit", None)]
    assert set(trouvees.filter(champ="decision_finale")["numero_candidat"]) <= {change, rejete}


def listed(dit: str, titre: str) -> list[str]:
    """Return the lines under one heading of what the command said."""
    suite = dit.split(f"\n{titre}\n", 1)
    return suite[1].split("\n\n")[0].splitlines() if len(suite) == 2 else []


@pytest.mark.slow
def test_a_shift_applied_is_told_decisions_first_and_all_of_them(
    session: Path, relancer: Relance, capsys: pytest.CaptureFixture[str]
) -> None:
    avant = entrepot.read_mart(session / "sortie" / "perequation.duckdb", "resultat_candidat")
    fichier = session / "donnees" / "notes_ecrits.csv"
    # The meeting takes five points off everybody's written papers: most decisions change.
    tete, *lignes = fichier.read_text(encoding="utf-8-sig").splitlines()
    champs = [ligne.split(";") for ligne in lignes]
    place = tete.split(";").index("note")
    for champ in champs:
        if champ[place][:1].isdigit():
            champ[place] = str(max(0, float(champ[place].replace(",", ".")) - 5)).replace(".", ",")
    fichier.write_text("\n".join([tete, *(";".join(c) for c in champs)]), encoding="utf-8-sig")
    rappele = edit_line(session / "donnees" / "notes_controle.csv", 2, 4, "20")
    assert relancer() == 0
    apres = entrepot.read_mart(session / "sortie" / "perequation.duckdb", "resultat_candidat")
    changes = avant.join(apres, on="numero_candidat", suffix="_apres").filter(
        pl.col("decision_finale") != pl.col("decision_finale_apres")
    )
    assert changes.height > LIMITE
    capsys.readouterr()
    assert run("comparer", str(session)) == 0
    dit = capsys.readouterr().out
    decisions = listed(dit, "Décisions")
    finales = [ligne for ligne in decisions if "décision finale" in ligne]
    assert {ligne.split()[1] for ligne in finales} == set(changes["numero_candidat"])
    assert len(finales) == changes.height
    # The proposal that changed alike is not told twice.
    dits = [(ligne.split()[1], ligne.split("  ")[-1]) for ligne in decisions]
    assert len(dits) == len(set(dits))
    assert dit.index("\nDécisions\n") < dit.index("\nMoyennes et points\n") < dit.index("\nNotes\n")
    assert len(listed(dit, "Moyennes et points")) == LIMITE + 1
    assert "provisoire" not in "".join(listed(dit, "Moyennes et points"))
    assert "Admis →" in dit
    controle = differences(session).filter(groupe="controle", champ="note")
    assert controle.select("numero_candidat", "apres").rows() == [(rappele, "20,00")]


def test_the_trend_counts_a_construction_that_blocks(session: Path) -> None:
    (session / "donnees" / "notes_ecrits.csv").write_bytes(b"")
    assert run("importer", str(session)) == 0
    dossier = open_dossier(session)
    comptes = compare_quality(dossier.entrepot, dossier.construction)
    vides = comptes.filter(regle="fichier_vide")
    assert vides.select("nature", "avant", "apres").rows() == [("rejet", 0, 1)]
    assert compare_quality(dossier.precedent, dossier.entrepot).is_empty()
