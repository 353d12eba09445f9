"""`perequation simuler`: what a correction would change, its warnings, its refusals."""

import hashlib
import re
from pathlib import Path

import duckdb
import polars as pl
import pytest
from chaine.conftest import run

from perequation.harmonisation import CLE
from perequation.harmonisation import simulation as consequences
from perequation.harmonisation.simulation import decisions as simulation
from perequation.harmonisation.simulation.commande import read_shifts
from perequation.harmonisation.simulation.comptes import count_consequences
from perequation.harmonisation.simulation.notes import simulate_marks
from perequation.socle.erreurs import ConfigurationError

ENTREPOT = Path("sortie", "perequation.duckdb")


def said(capsys: pytest.CaptureFixture[str]) -> str:
    return capsys.readouterr().out.replace("\u00a0", " ")


def test_it_says_what_changes_and_writes_nothing(
    publie: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    avant = hashlib.sha256((publie / ENTREPOT).read_bytes()).hexdigest()
    fichiers = sorted(p for p in publie.rglob("*") if p.is_file())
    assert run("simuler", str(publie), "--epreuve", "e22", "--type-unite", "etablissement") == 0
    texte = said(capsys)
    assert "rien n'est écrit dans les résultats" in texte
    assert "Aucune correction automatique n'est permise" in texte
    assert "≈ 0 quand tout est corrigé" in texte
    for mot in (
        "notes modifiées sur",
        "Franchissent 10",
        "Franchissent 8",
        "Propositions : admis",
        "Rattrapage :",
        "Rangs inversés",
        "toutes ces épreuves ensemble",
    ):
        assert mot in texte
    assert hashlib.sha256((publie / ENTREPOT).read_bytes()).hexdigest() == avant
    assert sorted(p for p in publie.rglob("*") if p.is_file()) == fichiers


def test_the_figures_are_those_of_the_decision_rules(
    publie: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    etude = consequences.choose_study(
        publie / ENTREPOT, epreuves=["E22"], type_unite="etablissement"
    )
    lot = simulate_marks(etude.notes, etude.ecarts, kappa=0.5).with_columns(scenario=pl.lit("s"))
    decisions = simulation.decide_scenarios(publie / ENTREPOT, lot)
    compte = count_consequences(decisions).row(0, named=True)
    assert (
        run(
            "simuler",
            str(publie),
            "--epreuve",
            "E22",
            "--type-unite",
            "etablissement",
            "--kappa",
            "0,5",
        )
        == 0
    )
    trouve = re.search(
        r"Propositions : admis (\d+) → (\d+) ; contrôle (\d+) → (\d+) ; refusés (\d+) → (\d+)",
        said(capsys),
    )
    assert trouve is not None
    attendu = [
        compte[f"{code}_{quand}"]
        for code in ("admis", "controle", "refuse")
        for quand in ("avant", "apres")
    ]
    assert [int(texte) for texte in trouve.groups()] == attendu


def test_total_is_of_all_the_corrections_at_once(publie: Path) -> None:
    etude = consequences.choose_study(publie / ENTREPOT)
    resultat = consequences.study_corrections(
        publie / ENTREPOT, etude, {"entier": consequences.Correction()}
    )
    assert resultat.total.height == 1
    assert resultat.total["nb_notes"][0] == resultat.epreuves["nb_notes"].sum()
    assert resultat.total["nb_candidats"][0] == etude.notes["numero_candidat"].n_unique()
    # A mark has one unit: no candidate is counted twice in an épreuve.
    paires = etude.notes.group_by("numero_candidat", "epreuve").len()
    assert paires["len"].max() == 1
    # Units of an épreuve add up, and pairs across units are seen once in its total.
    sommes = resultat.unites.group_by(CLE).agg(
        pl.col("passent_10", "admis_apres", "rangs_inverses").sum()
    )
    ensemble = resultat.epreuves.select(*CLE, "passent_10", "admis_apres", "rangs_inverses")
    jointes = ensemble.join(sommes, on=CLE, suffix="_somme")
    assert (jointes["passent_10"] == jointes["passent_10_somme"]).all()
    assert (jointes["admis_apres"] == jointes["admis_apres_somme"]).all()
    assert (jointes["rangs_inverses"] <= jointes["rangs_inverses_somme"]).all()


@pytest.mark.parametrize(
    ("options", "mot"),
    [
        (["--kappa", "1,5"], "hors de l'intervalle"),
        (["--kappa", "beaucoup"], "n'est pas un nombre"),
        (["--methode", "magie"], "magie"),
        (["--methode", "libre"], "--decalages"),
        (["--methode", "equipercentile", "--kappa", "0.5"], "--kappa ne va qu'avec"),
        (["--pas", "0,3"], "doit diviser 20"),
        (["--epreuve", "E99"], "Épreuve inconnue"),
        (["--specialite", "ABC"], "Spécialité inconnue"),
        (["--epreuve", "E1"], "n'a pas d'unité de notation"),
    ],
)
def test_wrong_options_are_code_2(
    options: list[str], mot: str, publie: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("simuler", str(publie), *options) == 2
    assert mot in capsys.readouterr().err


def test_free_shifts_come_from_a_table_and_doubtful_ones_are_told(
    publie: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    etude = consequences.choose_study(
        publie / ENTREPOT, epreuves=["E22"], type_unite="etablissement"
    )
    haute = etude.ecarts.filter(pl.col("ecart_ajuste") > 0.5).row(0, named=True)
    table = tmp_path / "décalages.csv"
    table.write_text(f"Épreuve;Unité;Décalage\nE22;{haute['unite']};1,5\n", "cp1252")
    assert run("simuler", str(publie), "--decalages", str(table)) == 0
    texte = said(capsys)
    assert "décalages donnés" in texte
    assert "ramener les unités à la moyenne générale n'est pas les harmoniser" in texte
    assert "éloigne l'unité de ce que laissent attendre ses ancres" in texte
    assert f"{haute['n']} notes modifiées" in texte
    table.write_text("epreuve;unite;decalage\nE22;NULLE PART;1\n", "utf-8")
    assert run("simuler", str(publie), "--decalages", str(table)) == 2
    assert "NULLE PART" in capsys.readouterr().err
    assert run("simuler", str(publie), "--decalages", str(tmp_path / "absente.csv")) == 6


def test_aligning_on_the_general_mean_is_warned_of() -> None:
    cle = dict.fromkeys(CLE, "x") | {"unite": "U"}
    unites = pl.DataFrame(
        {
            **cle,
            "correction": ["libre"],
            "moyenne_avant": [12.0],
            "moyenne_apres": [11.0],
            "ecart_avant": [0.2],
            "ecart_apres": [-0.8],
        }
    )
    ecarts = pl.DataFrame({**cle, "ecart_brut": [1.0], "ecart_ajuste": [0.2]})
    marquees = consequences.mark_doubtful(unites, ecarts, pl.col("correction") == "libre")
    assert marquees.select("aligne_moyenne_brute", "eloigne_de_l_attendu").row(0) == (True, True)
    autres = consequences.mark_doubtful(unites, ecarts, pl.col("correction") != "libre")
    assert autres.select("aligne_moyenne_brute", "eloigne_de_l_attendu").row(0) == (False, False)


def test_an_epreuve_is_found_by_its_other_code(
    session: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with duckdb.connect(str(session / ENTREPOT)) as con:
        con.execute("insert into reference.alias_epreuve values ('CCST', 'E2B', 'E22')")
    options = ("simuler", str(session), "--type-unite", "etablissement")
    dits: list[str] = []
    for code in ("E22", "E2B"):
        assert run(*options, "--epreuve", code) == 0
        dits.append(said(capsys))
        uai = re.search(r"\d{7}[A-Z]", dits[0])
        assert uai
        (tmp_path / "t.csv").write_text(f"epreuve;unite;decalage\n{code};{uai[0]};1\n", "utf-8")
        assert run(*options, "--decalages", str(tmp_path / "t.csv")) == 0
        dits.append(said(capsys))
    assert dits[:2] == dits[2:]


def test_a_decisions_file_is_a_table_of_shifts(tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    table.write_text(
        "epreuve;unite;type_unite;decision;decalage;motif\n"
        "E4;U1;Établissement;DECALAGE;-0,5;m\nE4;U2;etablissement;MAINTIEN;;m\n",
        "utf-8",
    )
    lues = read_shifts(table)
    assert lues.select("unite", "type_unite").rows() == [("U1", "etablissement")]
    assert float(lues["decalage"][0]) == -0.5


def test_every_fault_of_a_table_is_told_with_its_line(tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    table.write_text(
        "epreuve;unite;decalage\nE4;U1;un peu\n;U2;1\nE4;U3;25\nE4;U4;1\nE4;U4;2\n", "utf-8"
    )
    with pytest.raises(ConfigurationError) as faute:
        read_shifts(table)
    assert [detail.split(" : ")[0] for detail in faute.value.details] == [
        f"t.csv, ligne {n}" for n in (2, 3, 4, 6)
    ]
    table.write_text("epreuve;decalage\nE4;1\n", "utf-8")
    with pytest.raises(ConfigurationError, match="colonnes attendues"):
        read_shifts(table)
    table.write_text("", "utf-8")
    with pytest.raises(ConfigurationError, match="vide"):
        read_shifts(table)
