"""Awkward sessions: each gives its documented outcome, no warning, and no NaN."""

import os
import pickle
import re
import subprocess
import sys
import warnings
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from statistiques.generation import ANCRES, Plan, Simulees, read_frames, simulate_sessions
from statistiques.regimes import Regime, simulate, sum_marks

from perequation.harmonisation import (
    compute_ecarts,
    frame_anchors,
    frame_caterpillar,
    frame_funnel,
    frame_waiting,
    list_waiting,
    summarise_analyses,
)
from perequation.harmonisation import rapport as harmonisation
from perequation.harmonisation.ecarts.motifs import LIBELLES, Motif
from perequation.harmonisation.ecarts.sortie import COLONNES, CONTRAT

# No counts of marks, nothing expected, no earlier session.
_NOTHING_ELSE = (
    pl.DataFrame(schema={"unite": pl.String, "demi_point": pl.Float64, "n": pl.Int64}),
    pl.DataFrame(
        schema=dict.fromkeys(("epreuve", "type_unite", "unite"), pl.String)
        | dict.fromkeys(("attendues", "recues"), pl.Int64)
    ),
    pl.DataFrame(
        schema={"unite": pl.String, "session_anterieure": pl.Int64}
        | dict.fromkeys(("ecart_anterieur", "ic_bas_anterieur", "ic_haut_anterieur"), pl.Float64)
    ),
)
PLAN = Plan(candidats=400, etablissements=16, centres=8, part_manquante=0.0)


@pytest.fixture(autouse=True)
def _no_warning() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


@pytest.fixture(scope="module")
def base() -> Simulees:
    return simulate_sessions(PLAN, 11)


def _ecarts(simulees: Simulees, epreuve: str = "E4") -> pl.DataFrame:
    ecarts = compute_ecarts(read_frames(simulees))
    assert ecarts.columns == COLONNES
    assert ecarts.select(pl.selectors.float().is_nan().any()).sum_horizontal().item() == 0
    est_indisponible = ecarts["signal"] == "indisponible"
    assert (est_indisponible == ecarts["motif_indisponible"].is_not_null()).all()
    _check_report(ecarts)
    return ecarts.filter(epreuve=epreuve)


def _check_report(ecarts: pl.DataFrame) -> None:
    """Write what the report says of each analysis: no NaN, no chart that fails."""
    analyses = summarise_analyses(ecarts)
    attendues = analyses.select("epreuve", attendues=170, recues=3, rang=1)
    html = harmonisation.first_page(analyses, {}).html
    html += harmonisation.reduced_mode(analyses, attendues).html
    for analyse in analyses.filter(pl.col("nb_signalables") > 0).iter_rows(named=True):
        lignes = harmonisation.rows_of(ecarts, analyse)
        cadres = *frame_funnel(lignes), frame_caterpillar(lignes), frame_anchors(lignes)
        for cadre in cadres:
            assert not cadre.select(pl.selectors.float().is_nan().any()).sum_horizontal().item()
        assert harmonisation.charts(cadres[:2], *cadres[2:])
        html += harmonisation.gaps_table(lignes, analyse).html
        html += harmonisation.diagnostics(lignes, analyse).html
    for analyse in list_waiting(analyses, ecarts).iter_rows(named=True):
        lignes = harmonisation.rows_of(ecarts, analyse)
        cadre = frame_waiting(lignes, *_NOTHING_ELSE)
        html += harmonisation.waiting(cadre, analyse)[-1].html
    assert not re.search(r"\b(nan|None|inf|null)\b", html, re.IGNORECASE)


def _with_notes(simulees: Simulees, **colonnes: pl.Expr) -> Simulees:
    return replace(simulees, notes=simulees.notes.with_columns(**colonnes))


def _for(epreuve: str, valeur: pl.Expr, sinon: str) -> pl.Expr:
    return pl.when(pl.col("epreuve") == epreuve).then(valeur).otherwise(sinon)


def _only_reason(ecarts: pl.DataFrame, motif: Motif) -> None:
    visibles = ecarts.filter(pl.col("motif_code") != str(Motif.EFFECTIF_MASQUE))
    assert set(visibles["motif_code"]) == {str(motif)}
    assert set(visibles["motif_indisponible"]) == {LIBELLES[motif]}
    assert visibles["ecart_retenu"].null_count() == visibles.height


def test_contract_columns_come_first_and_in_order(base: Simulees) -> None:
    assert compute_ecarts(read_frames(base)).columns[: len(CONTRAT)] == CONTRAT


def test_an_ordinary_session_is_analysed(base: Simulees) -> None:
    ecarts = _ecarts(base)
    assert ecarts.filter(pl.col("n_ancre") >= 10)["motif_indisponible"].null_count() > 10
    assert ecarts["lambda_origine"].unique().to_list() == ["epreuve"]


def test_one_unit(base: Simulees) -> None:
    ecarts = _ecarts(_with_notes(base, centre=_for("E4", pl.lit("U0"), "centre")))
    _only_reason(ecarts, Motif.UNITES_PEU_NOMBREUSES)
    assert ecarts["n"].to_list() == [400]
    assert ecarts["ecart_brut"][0] == pytest.approx(0)


def test_one_commission(base: Simulees) -> None:
    ecarts = _ecarts(_with_notes(base, commission=pl.lit("J1")))
    assert set(ecarts["effet_commission"]) == {1.0}
    assert ecarts["commission_connue"].all()


def test_no_commission_is_told(base: Simulees) -> None:
    assert not _ecarts(base)["commission_connue"].any()


@pytest.mark.parametrize("note", [11.5, 20.0, 0.0])
def test_all_marks_equal(base: Simulees, note: float) -> None:
    ecarts = _ecarts(_with_notes(base, note=_for("E4", pl.lit(note), "note")))
    _only_reason(ecarts, Motif.SANS_DISPERSION)
    assert ecarts.filter(pl.col("n") >= 5)["moyenne"].unique().to_list() == [note]


def test_all_marks_equal_inside_each_unit_is_no_certainty(base: Simulees) -> None:
    par_unite = 8 + (pl.col("centre").str.slice(1).cast(pl.Int64) % 9).cast(pl.Float64)
    numero = pl.col("centre").str.starts_with("U")
    note = pl.when((pl.col("epreuve") == "E4") & numero).then(par_unite).otherwise("note")
    _only_reason(_ecarts(_with_notes(base, note=note)), Motif.SANS_DISPERSION)


def test_all_twenty_in_one_unit_is_seen(base: Simulees) -> None:
    vingt = (pl.col("epreuve") == "E4") & (pl.col("centre") == "U3")
    note = pl.when(vingt).then(20.0).otherwise("note")
    unite = _ecarts(_with_notes(base, note=note)).filter(unite="U3").row(0, named=True)
    assert unite["part_vingt"] == 1.0
    assert unite["signal"] == "signale"
    assert unite["ecart_retenu"] > 3
    assert unite["dispersion_atypique"]


def test_no_anchor_declared(base: Simulees) -> None:
    _only_reason(_ecarts(replace(base, ancres=())), Motif.SANS_ANCRE_DECLAREE)


def test_reduced_mode_before_the_written_marks(base: Simulees) -> None:
    """The meeting comes before the anchors: descriptions, no gap, no signal, plain words."""
    sans = replace(base, notes=base.notes.filter(~pl.col("epreuve").is_in(ANCRES)))
    # The anchors stay declared: their marks have only not arrived.
    con_epreuves = base.notes.filter(pl.col("epreuve").is_in(ANCRES)).head(0)
    attente = replace(sans, notes=pl.concat([sans.notes, con_epreuves]))
    trames = replace(read_frames(attente), ancres_declarees=read_frames(base).ancres_declarees)
    ecarts = compute_ecarts(trames).filter(epreuve="E4")
    _only_reason(ecarts, Motif.ANCRES_ABSENTES)
    visibles = ecarts.filter(pl.col("n") >= 5)
    assert visibles["moyenne"].null_count() == visibles["ecart_brut"].null_count() == 0
    assert "ne comparent pas les notations" in visibles["motif_indisponible"][0]


def test_one_anchor_gives_a_band_and_no_estimate(base: Simulees) -> None:
    ecarts = _ecarts(replace(base, ancres=("E1",)))
    _only_reason(ecarts, Motif.UNE_SEULE_ANCRE)
    visibles = ecarts.filter(pl.col("n_ancre") >= 5)
    for colonne in ("ecart_lambda_bas", "ecart_lambda_un", "b_w", "fragile"):
        assert visibles[colonne].null_count() == 0
    for colonne in (
        "ecart_ajuste",
        "lambda_ancres",
        "ic_bas",
        "probabilite_materielle",
        "q_valeur",
    ):
        assert visibles[colonne].null_count() == visibles.height


def test_two_halves_without_a_common_anchor_are_never_compared(base: Simulees) -> None:
    """Two halves whose anchors were marked by other commissions: two analyses, two means."""
    moitie = pl.col("numero_candidat").is_in(
        base.candidats.filter(pl.col("uai").str.slice(1).cast(pl.Int64) < 8)["numero_candidat"]
    )
    est_ancre = pl.col("epreuve").is_in(ANCRES)
    commission = pl.when(est_ancre).then(pl.when(moitie).then(pl.lit("A")).otherwise(pl.lit("B")))
    # One half is marked three points higher: between components that says nothing.
    note = pl.when(moitie & (pl.col("epreuve") == "E4")).then((pl.col("note") + 3).clip(0, 20))
    coupee = _with_notes(base, commission=commission, note=pl.coalesce(note, "note"))
    ecarts = _ecarts(coupee)
    assert ecarts["composante"].n_unique() == 2
    assert ecarts["nb_candidats"].drop_nulls().n_unique() == 2
    assert ecarts["ecart_brut"].drop_nulls().abs().max() < 3.5
    ensemble = _ecarts(_with_notes(base, note=pl.coalesce(note, "note")))
    assert ensemble["signal"].is_in(["signale"]).sum() > ecarts["signal"].is_in(["signale"]).sum()


def test_an_isolated_unit_is_told_and_left_out(base: Simulees) -> None:
    isolee = pl.col("numero_candidat").is_in(
        base.candidats.filter(pl.col("uai") == "U2")["numero_candidat"]
    )
    est_ancre = pl.col("epreuve").is_in(ANCRES)
    commission = pl.when(est_ancre).then(pl.when(isolee).then(pl.lit("A")).otherwise(pl.lit("B")))
    ecarts = _ecarts(_with_notes(base, commission=commission))
    _only_reason(ecarts.filter(unite="U2"), Motif.NON_CONNEXE)
    assert ecarts.filter(pl.col("unite") != "U2")["signal"].ne("indisponible").any()


def test_a_unit_without_any_anchor_mark_is_described_only(base: Simulees) -> None:
    absents = base.candidats.filter(pl.col("uai") == "U4")["numero_candidat"].implode()
    garder = ~(pl.col("epreuve").is_in(ANCRES) & pl.col("numero_candidat").is_in(absents))
    ecarts = _ecarts(replace(base, notes=base.notes.filter(garder)))
    unite = ecarts.filter(unite="U4").row(0, named=True)
    assert unite["motif_code"] == str(Motif.UNITE_SANS_ANCRE)
    assert unite["moyenne"] is not None
    assert unite["ecart_ajuste"] is None
    assert unite["part_sans_ancre"] == 1.0


def test_half_of_the_anchor_marks_missing(base: Simulees) -> None:
    tirage = pl.col("note").hash(3) % 2 == 0
    garder = ~pl.col("epreuve").is_in(ANCRES) | tirage
    ecarts = _ecarts(replace(base, notes=base.notes.filter(garder)))
    analysees = ecarts.filter(pl.col("signal") != "indisponible")
    assert analysees.height > 5
    assert analysees["part_deux_ancres_total"].max() < 1
    assert (analysees["n_ancre"] <= analysees["n"]).all()


def test_a_hundred_and_fifty_candidates() -> None:
    plan = replace(PLAN, candidats=150, etablissements=9, centres=3)
    ecarts = _ecarts(simulate_sessions(plan, 2))
    assert ecarts["nb_candidats"].drop_nulls().unique().to_list() == [150]
    assert ecarts["signal"].ne("indisponible").any()


def test_under_a_hundred_candidates_nothing_is_analysed() -> None:
    plan = replace(PLAN, candidats=95, etablissements=8)
    _only_reason(_ecarts(simulate_sessions(plan, 2)), Motif.EFFECTIF_TOTAL)


def test_a_unit_of_one_is_masked_and_small_units_are_never_signalled(base: Simulees) -> None:
    uns = base.notes.filter(epreuve="E4", centre="U1")["numero_candidat"]
    nouveau = (
        pl.when(pl.col("numero_candidat") == uns[0])
        .then(pl.lit("SEUL"))
        .when(pl.col("numero_candidat").is_in(uns[1:8].to_list()))
        .then(pl.lit("SEPT"))
        .otherwise("centre")
    )
    est_sept = pl.col("numero_candidat").is_in(uns[1:8].to_list()) & (pl.col("epreuve") == "E4")
    etrange = _with_notes(
        base,
        centre=_for("E4", nouveau, "centre"),
        note=pl.when(est_sept).then(20.0).otherwise("note"),
    )
    ecarts = _ecarts(etrange)
    seul = ecarts.filter(unite="SEUL").row(0, named=True)
    assert (seul["n"], seul["motif_code"]) == (1, str(Motif.EFFECTIF_MASQUE))
    for colonne in ("moyenne", "ecart_brut", "ecart_ajuste", "ecart_retenu", "part_vingt"):
        assert seul[colonne] is None
    sept = ecarts.filter(unite="SEPT").row(0, named=True)
    assert (sept["n"], sept["motif_code"]) == (7, str(Motif.EFFECTIF_FAIBLE))
    assert sept["signal"] == "indisponible"
    assert sept["ecart_ajuste"] > 2


def test_few_centres_are_compared_by_commission(base: Simulees) -> None:
    """Four centres: the same commission code in two centres is two units."""
    est_oral = pl.col("epreuve") == "E22"
    centre = pl.col("centre").str.slice(1).cast(pl.Int64) % 4
    commission = (pl.col("numero_candidat").str.slice(-1).cast(pl.Int64) % 3).cast(pl.String)
    ecarts = _ecarts(
        _with_notes(
            base,
            centre=pl.when(est_oral).then(pl.format("C{}", centre)).otherwise("centre"),
            commission=pl.when(est_oral).then(pl.format("J{}", commission)),
        ),
        "E22",
    )
    centres = ecarts.filter(type_unite="centre")
    _only_reason(centres, Motif.CENTRES_PEU_NOMBREUX)
    commissions = ecarts.filter(type_unite="commission")
    assert commissions["unite"].to_list()[:2] == ["C0 / J0", "C0 / J1"]
    assert commissions.height == 12
    assert commissions["ecart_retenu"].null_count() == 0
    assert set(commissions["effet_commission"]) == {1.0}


def test_an_imprecise_loading_is_pooled_over_neighbouring_epreuves(base: Simulees) -> None:
    """A noisy second CCF épreuve borrows the loading of the first."""
    bruit = (pl.col("numero_candidat").hash(5) % 17).cast(pl.Float64) + 2
    bruyante = base.notes.filter(epreuve="E4").with_columns(
        epreuve=pl.lit("E4B"), note=(bruit * 0.9 + pl.col("note") * 0.3).clip(0, 20).round(1)
    )
    petite = base.candidats["numero_candidat"].sample(130, seed=1).to_list()
    bruyante = bruyante.filter(pl.col("numero_candidat").is_in(petite))
    deux = replace(base, notes=pl.concat([base.notes, bruyante]))
    ecarts = compute_ecarts(read_frames(deux)).filter(epreuve="E4B")
    assert ecarts["lambda_origine"].drop_nulls().unique().to_list() == ["specialite"]


def test_the_commission_column_does_not_flip_a_conclusion(base: Simulees) -> None:
    """A commission's habits are part of the gap its candidates met: told apart, not an error."""
    est_oral = pl.col("epreuve") == "E22"
    numero = pl.col("numero_candidat").str.slice(-1).cast(pl.Int64) % 2
    note = pl.when(est_oral).then((pl.col("note") + 4 * numero - 2).clip(0, 20)).otherwise("note")
    connues = _with_notes(
        base, note=note, commission=pl.when(est_oral).then(pl.format("J{}", numero))
    )
    avec, sans = (
        _ecarts(notes, "E22").filter(type_unite="centre")
        for notes in (connues, _with_notes(base, note=note))
    )
    assert avec["effet_commission"].min() > 3
    assert (avec["erreur_type"] < sans["erreur_type"]).all()
    assert avec["commissions_distinctes"].mean() > 0.8  # pyright: ignore[reportOperatorIssue]
    assert avec["ecart_type_commissions"].min() > 1
    assert sans["ecart_type_commissions"].null_count() == sans.height


def test_anchors_that_contradict_each_other_signal_nothing(base: Simulees) -> None:
    contraire = _with_notes(base, note=_for("E3", 20 - pl.col("note"), "note"))
    _only_reason(_ecarts(contraire), Motif.ANCRES_CONTRADICTOIRES)


def test_an_epreuve_that_goes_against_its_anchors_signals_nothing(base: Simulees) -> None:
    contraire = _with_notes(base, note=_for("E4", 20 - pl.col("note"), "note"))
    _only_reason(_ecarts(contraire), Motif.LAMBDA_NEGATIF)


def test_nothing_at_all() -> None:
    vide = simulate_sessions(PLAN, 1)
    vide = replace(vide, notes=vide.notes.head(0))
    assert compute_ecarts(read_frames(vide)).is_empty()


ESTIMATE = """
import pickle, sys
from pathlib import Path
from perequation.harmonisation import compute_ecarts
sessions = pickle.loads(Path(sys.argv[1]).read_bytes())
Path(sys.argv[2]).write_bytes(pickle.dumps([compute_ecarts(t).to_dicts() for t in sessions]))
"""


@pytest.mark.slow
def test_figures_do_not_depend_on_the_number_of_processors(tmp_path: Path) -> None:
    """To the last bit: a session made in a campaign, or rebuilt elsewhere, is the same."""
    sessions = [
        sum_marks(simulate(replace(regime, unites=unites), 7, 4))
        for regime in (Regime(), Regime(correcteur=0.8), Regime(ecart=0.3, extreme=-6))
        for unites in (12, 35)
    ]
    given = tmp_path / "sessions"
    given.write_bytes(pickle.dumps(sessions))
    figures: list[Any] = []
    for processors in ("1", "2", "5"):
        made = tmp_path / processors
        subprocess.run(
            [sys.executable, "-c", ESTIMATE, given, made],
            env=os.environ | {"POLARS_MAX_THREADS": processors},
            check=True,
        )
        figures.append(pickle.loads(made.read_bytes()))
    assert figures[0] == figures[1] == figures[2]
