"""The simulator: formulas, exact consequences through the real decision SQL, nothing written."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from statistiques.generation import (
    TOUTES,
    Plan,
    Simulees,
    open_warehouse,
    read_frames,
    simulate_sessions,
)

from perequation.harmonisation import CLE, Trames, compare_stages, compute_ecarts
from perequation.harmonisation.simulation import decisions as simulation
from perequation.harmonisation.simulation.comptes import count_consequences, grid_of_shifts
from perequation.harmonisation.simulation.notes import (
    count_inversions,
    describe_marks,
    simulate_marks,
)

PLAN = Plan(candidats=400, etablissements=16, centres=8, part_manquante=0.0)
KAPPAS = (0.0, 0.5, 1.0)


@pytest.fixture(scope="module")
def session() -> Simulees:
    return simulate_sessions(PLAN, 21)


@pytest.fixture(scope="module")
def entrepot_publie(session: Simulees, tmp_path_factory: pytest.TempPathFactory) -> Path:
    chemin = tmp_path_factory.mktemp("simulateur") / "l'été.duckdb"
    con = open_warehouse(session, relations=TOUTES, chemin=chemin)
    con.register("ecarts", compute_ecarts(read_frames(session)))
    con.execute("create table marts.ecart as select * from ecarts")
    con.close()
    return chemin


@pytest.fixture(scope="module")
def etude(entrepot_publie: Path) -> tuple[pl.DataFrame, pl.DataFrame]:
    return simulation.read_study(entrepot_publie, epreuve="E4")


def test_shift_takes_the_shrunken_gap_away(etude: tuple[pl.DataFrame, pl.DataFrame]) -> None:
    notes, ecarts = etude
    simulees = simulate_marks(notes, ecarts, kappa=0.5).join(
        ecarts.select("unite", "ecart_retenu"), on="unite"
    )
    attendu = (pl.col("note") - 0.5 * pl.col("ecart_retenu").fill_null(0)).clip(0, 20)
    assert simulees.select((pl.col("note_simulee") - attendu).abs().max()).item() < 1e-12


def test_signalled_units_only(etude: tuple[pl.DataFrame, pl.DataFrame]) -> None:
    notes, ecarts = etude
    simulees = simulate_marks(notes, ecarts, signales_seulement=True)
    bougees = set(simulees.filter(pl.col("note") != pl.col("note_simulee"))["unite"])
    assert bougees <= set(ecarts.filter(signal="signale")["unite"])
    assert simulees.height == notes.height


@pytest.mark.parametrize("methode", ["decalage", "moyenne_ecart_type", "equipercentile"])
def test_half_points_on_request_and_bounds(
    etude: tuple[pl.DataFrame, pl.DataFrame], methode: str
) -> None:
    simulees = simulate_marks(*etude, methode, pas=0.5)["note_simulee"]
    assert ((simulees * 2) % 1 == 0).all()
    assert simulees.is_between(0, 20).all()


@pytest.mark.parametrize(
    ("methode", "taille"), [("moyenne_ecart_type", 20), ("equipercentile", 30)]
)
def test_matching_brings_units_to_their_expected_mean(
    etude: tuple[pl.DataFrame, pl.DataFrame], methode: str, taille: int
) -> None:
    unites = describe_marks(simulate_marks(*etude, methode), etude[1])
    unites = unites.join(etude[1].select("unite", "moyenne_attendue"), on="unite")
    grandes = unites.filter(pl.col("nb_notes") >= taille)
    assert grandes.height >= 3
    ecart = (grandes["moyenne_apres"] - grandes["moyenne_attendue"]).abs()
    assert ecart.max() < 0.25  # clipping at 20 and quantiles leave a little
    assert unites.filter(pl.col("nb_notes") < taille)["nb_modifiees"].sum() == 0


def test_spread_is_stretched_within_limits(etude: tuple[pl.DataFrame, pl.DataFrame]) -> None:
    notes, ecarts = etude
    grande = ecarts.sort("n")["unite"][-1]
    moyenne = notes.filter(unite=grande)["note"].cast(pl.Float64).mean()
    serree = moyenne + (pl.col("note").cast(pl.Float64) - moyenne) * 0.1
    note = (
        pl.when(pl.col("unite") == grande).then(serree).otherwise(pl.col("note").cast(pl.Float64))
    )
    simulees = simulate_marks(notes.with_columns(note=note), ecarts, "moyenne_ecart_type")
    unite = simulees.filter(unite=grande)
    rapport = unite["note_simulee"].std() / unite["note"].std()
    assert rapport == pytest.approx(1.4)


def test_free_shifts(etude: tuple[pl.DataFrame, pl.DataFrame]) -> None:
    notes, ecarts = etude
    table = pl.DataFrame({"epreuve": ["E4"], "unite": ["U1"], "decalage": [Decimal("-1.5")]})
    simulees = simulate_marks(notes, ecarts, "libre", decalages=table)
    bougees = simulees.filter(pl.col("note") != pl.col("note_simulee"))
    assert set(bougees["unite"]) == {"U1"}
    non_bornees = bougees.filter(pl.col("note") >= 1.5)
    assert (non_bornees["note"] - non_bornees["note_simulee"]).unique().to_list() == [1.5]


def test_wrong_calls_are_told(etude: tuple[pl.DataFrame, pl.DataFrame]) -> None:
    with pytest.raises(ValueError, match="entre 0 et 1"):
        simulate_marks(*etude, kappa=1.5)
    with pytest.raises(ValueError, match="table de décalages"):
        simulate_marks(*etude, "libre")
    with pytest.raises(ValueError, match="méthode inconnue"):
        simulate_marks(*etude, "magie")  # pyright: ignore[reportArgumentType]


def test_inversions_are_those_counted_pair_by_pair() -> None:
    rng = np.random.default_rng(5)
    n = 90
    avant = rng.integers(0, 41, n) / 2
    unite = rng.integers(0, 4, n).astype(str)
    apres = np.clip(avant + rng.integers(-3, 4, n) / 2, 0, 20)
    cadre = pl.DataFrame(
        {**dict.fromkeys(CLE, "x"), "unite": unite, "note": avant, "note_simulee": apres}
    )
    comptees = dict(count_inversions(cadre).select("unite", "rangs_inverses").iter_rows())
    attendues = dict.fromkeys("0123", 0)
    for i in range(n):
        for k in range(i + 1, n):
            if (avant[i] - avant[k]) * (apres[i] - apres[k]) < 0:
                for concernee in {unite[i], unite[k]}:
                    attendues[concernee] += 1
    assert comptees == attendues


def _sums(notes: pl.DataFrame) -> pl.DataFrame:
    """Return the sum of the six marks, of equal coefficients, in exact arithmetic."""
    somme = pl.col("note").cast(pl.Decimal(10, 2)).sum()
    return notes.group_by("numero_candidat").agg(somme=somme).sort("numero_candidat")


def test_consequences_are_those_of_the_decision_rules(
    session: Simulees, entrepot_publie: Path, etude: tuple[pl.DataFrame, pl.DataFrame]
) -> None:
    lot = simulate_marks(*etude, pas=0.5).with_columns(scenario=pl.lit("κ = 1"))
    decisions = simulation.decide_scenarios(entrepot_publie, lot)
    assert decisions.height == 400
    nouvelles = session.notes.join(
        lot.select("numero_candidat", "epreuve", "note_simulee"),
        on=["numero_candidat", "epreuve"],
        how="left",
    ).with_columns(note=pl.coalesce("note_simulee", "note"))
    decisions = decisions.sort("numero_candidat")
    sommes = {"avant": _sums(session.notes)["somme"], "apres": _sums(nouvelles)["somme"]}
    for quand, somme in sommes.items():
        assert ((decisions[f"decision_{quand}"] == "ADMIS") == (somme >= 60)).all()
    for seuil, total in ((10, 60), (8, 48)):
        avant, apres = ((somme >= total).cast(pl.Int8) for somme in sommes.values())
        assert (decisions[f"franchit_{seuil}"] == apres - avant).all()
    assert decisions["franchit_10"].abs().sum() > 0


def test_grid_is_exact_and_additive(
    entrepot_publie: Path, etude: tuple[pl.DataFrame, pl.DataFrame]
) -> None:
    grille = grid_of_shifts(entrepot_publie, *etude, KAPPAS)
    assert set(grille["kappa"]) == set(KAPPAS)
    assert grille.filter(kappa=0.0)["nb_decisions_changees"].sum() == 0
    lot = simulate_marks(*etude, kappa=0.5).with_columns(scenario=pl.lit("un seul"))
    total = count_consequences(simulation.decide_scenarios(entrepot_publie, lot))
    moitie = grille.filter(kappa=0.5)
    for colonne in ("passent_10", "perdent_10", "passent_8", "admis_apres", "refuse_apres"):
        assert moitie[colonne].sum() == total[colonne][0]
    # One unit alone gives what the grid says of it.
    unite = etude[1].filter(pl.col("ecart_retenu").is_not_null()).sort("n")["unite"][-1]
    seule = lot.filter(unite=unite)
    compte = count_consequences(simulation.decide_scenarios(entrepot_publie, seule))
    assert compte["passent_10"][0] == moitie.filter(unite=unite)["passent_10"][0]
    assert compte["nb_candidats"][0] == seule.height


def test_nothing_is_written(
    entrepot_publie: Path, etude: tuple[pl.DataFrame, pl.DataFrame]
) -> None:
    avant = entrepot_publie.read_bytes()
    lot = simulate_marks(*etude).with_columns(scenario=pl.lit("s"))
    simulation.decide_scenarios(entrepot_publie, lot)
    assert entrepot_publie.read_bytes() == avant
    assert [p.name for p in entrepot_publie.parent.iterdir()] == [entrepot_publie.name]


def test_full_shift_removes_the_variance_between_units(
    etude: tuple[pl.DataFrame, pl.DataFrame],
) -> None:
    unites = describe_marks(simulate_marks(*etude), etude[1])
    avant, apres = unites["variance_avant"][0], unites["variance_apres"][0]
    assert 0 <= apres < avant / 4


def test_stages_keep_untouched_marks_and_effect_is_measured(session: Simulees) -> None:
    """Harmonised files hold the marks that changed; the others keep what was sent."""
    u1 = session.notes.filter(epreuve="E4", centre="U1")
    harmonisees = u1.with_columns(etape=pl.lit("harmonisee"), note=(pl.col("note") - 1).clip(0, 20))
    decisions = pl.DataFrame(
        {
            "epreuve": ["E4", "E4"],
            "unite": ["U1", "U2"],
            "type_unite": ["etablissement"] * 2,
            "decision": ["DECALAGE", "DECALAGE"],
            "decalage": [-1.0, -2.0],
            "motif": ["m", "m"],
        }
    )
    etapes = replace(session, notes=pl.concat([session.notes, harmonisees]))
    con = open_warehouse(etapes, relations=TOUTES, decisions=decisions)
    comptes = dict(
        con.sql("""
            select etape, count(*) from intermediate.harmonisation_note
            where epreuve = 'E4' group by all
        """).fetchall()
    )
    assert comptes == {"transmise": 400, "harmonisee": 400}
    effet = {
        ligne["unite"]: ligne
        for ligne in con.sql("from marts.harmonisation_effet where epreuve = 'E4'")
        .pl()
        .iter_rows(named=True)
    }
    effets = con.sql("from marts.harmonisation_effet").pl()
    ecarts = compute_ecarts(Trames.read(lambda relation: con.sql(f"from {relation}").pl()))
    con.close()
    etape = compare_stages(ecarts, effets).row(0, named=True)
    assert (etape["epreuve"], etape["etape_apres"]) == ("E4", "harmonisee")
    assert etape["nb_modifiees"] == effets["nb_modifiees"].sum()
    tau2 = dict(ecarts.filter(epreuve="E4").select("etape", "tau2").drop_nulls().unique().rows())
    assert (etape["tau2_avant"], etape["tau2_apres"]) == (tau2["transmise"], tau2["harmonisee"])
    assert etape["tau2_avant"] != etape["tau2_apres"]
    transmises = session.notes.filter(epreuve="E4").group_by("centre").agg(pl.col("note").mean())
    assert etape["variance_avant"] == pytest.approx(transmises["note"].var(ddof=0))
    assert compare_stages(ecarts, effets.clear()).is_empty()
    assert effet["U1"]["decision_conforme"] is True
    assert effet["U1"]["decalage_constate"] == pytest.approx(-1, abs=0.1)
    assert effet["U1"]["rangs_inverses"] > 0
    # Decided and not done is told; neither decided nor done is nothing.
    assert effet["U2"]["decision_conforme"] is False
    assert effet["U3"]["decision_conforme"] is None
    assert effet["U3"]["decalage_constate"] == 0
    jointes = u1.join(harmonisees, on="numero_candidat", suffix="_apres")
    tous = session.notes.filter(epreuve="E4").join(
        harmonisees.select("numero_candidat", note_simulee="note"), on="numero_candidat", how="left"
    )
    assert jointes.height == u1.height
    cadre = tous.with_columns(
        type_unite=pl.lit("etablissement"),
        unite=pl.col("centre"),
        note_simulee=pl.coalesce("note_simulee", "note"),
    )
    comptees = count_inversions(cadre).filter(unite="U1")["rangs_inverses"][0]
    assert effet["U1"]["rangs_inverses"] == comptees


def test_a_rejected_mark_is_not_replaced_by_an_earlier_stage(session: Simulees) -> None:
    numero = session.notes.filter(epreuve="E4")["numero_candidat"][0]
    rejets = pl.DataFrame(
        {
            "session": [1],
            "specialite": ["X"],
            "numero_candidat": [numero],
            "epreuve": ["E4"],
            "etape": ["definitive"],
            "fichier": ["f.csv"],
            "ligne": [3],
            "colonne": ["note"],
            "valeur": ["21"],
            "regle": ["note_bornes"],
            "message": ["m"],
        }
    )
    definitives = session.notes.filter(epreuve="E4").with_columns(etape=pl.lit("definitive"))
    definitives = definitives.filter(pl.col("numero_candidat") != numero)
    etapes = replace(session, notes=pl.concat([session.notes, definitives]))
    con = open_warehouse(etapes, rejets=rejets)
    comptes = dict(
        con.sql("""
            select etape, count(*) from intermediate.harmonisation_note
            where epreuve = 'E4' group by all
        """).fetchall()
    )
    con.close()
    assert comptes == {"transmise": 400, "definitive": 399}
