"""Frames behind the charts and the first page, and what never changes a gap."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statistiques.generation import Plan, Simulees, open_warehouse, read_frames, simulate_sessions
from voies import draws

from perequation.harmonisation import (
    compare_sessions,
    compute_ecarts,
    frame_anchors,
    frame_caterpillar,
    frame_ccf,
    frame_distribution,
    frame_funnel,
    frame_heaping,
    frame_waiting,
    list_heaping,
    list_waiting,
    summarise_analyses,
)

PLAN = Plan(candidats=400, etablissements=16, centres=8)


@pytest.fixture(scope="module")
def session() -> Simulees:
    return simulate_sessions(PLAN, 31)


@pytest.fixture(scope="module")
def ecarts(session: Simulees) -> pl.DataFrame:
    return compute_ecarts(read_frames(session))


@pytest.fixture(scope="module")
def ccf(ecarts: pl.DataFrame) -> pl.DataFrame:
    return ecarts.filter(epreuve="E4")


@pytest.fixture(scope="module")
def distribution(session: Simulees) -> pl.DataFrame:
    con = open_warehouse(session)
    lignes = con.sql("from intermediate.harmonisation_distribution where epreuve = 'E4'").pl()
    con.close()
    return lignes


def test_distance_to_the_line_is_the_gap(ccf: pl.DataFrame) -> None:
    points = frame_anchors(ccf)
    distance = points["ecart_brut_ancre"] - points["ecart_attendu"]
    np.testing.assert_allclose(distance.to_numpy(), points["ecart_ajuste"].to_numpy(), atol=1e-12)


def test_funnel_narrows_with_size(ccf: pl.DataFrame) -> None:
    points, limites = frame_funnel(ccf)
    assert points["ecart_ajuste"].null_count() == 0
    assert (limites["haut_2"].diff().drop_nulls() < 0).all()
    assert limites["haut_3"][0] == pytest.approx(1.5 * limites["haut_2"][0])
    masquees = ccf.with_columns(
        pl.lit(None, pl.Float64).alias(c) for c in ("ecart_ajuste", "erreur_type")
    )
    assert [cadre.is_empty() for cadre in frame_funnel(masquees)] == [True, True]


def test_names_of_signalled_units_never_overlap_and_stay_near(ccf: pl.DataFrame) -> None:
    """Even when every unit is signalled at the same height."""
    proches = ccf.with_columns(
        signal=pl.lit("signale"),
        ecart_ajuste=pl.when(pl.col("ecart_ajuste").is_not_null()).then(
            1 + pl.col("ecart_ajuste") / 100
        ),
    )
    for unites in (ccf, proches):
        points, limites = frame_funnel(unites)
        nommees = points.filter(signal="signale").sort("etiquette")
        assert nommees["etiquette"].null_count() == 0
        hauteur = limites["haut_3"].max() - limites["bas_3"].min()
        ecarts = nommees["etiquette"].diff().drop_nulls()
        assert (ecarts > 0.04 * hauteur).all()
        moyen = nommees.select((pl.col("etiquette") - pl.col("ecart_ajuste")).mean()).item() or 0
        assert abs(moyen) < 1e-9
        assert points.filter(pl.col("signal") != "signale")["etiquette"].count() == 0


def test_ccf_of_an_establishment_is_that_of_all_its_epreuves(session: Simulees) -> None:
    """Two CCF épreuves: averages by hand on the candidates who have a written mark."""
    deuxieme = session.notes.filter(epreuve="E4").with_columns(
        epreuve=pl.lit("E4B"), note=(pl.col("note") - 1).clip(0, 20)
    )
    deux = replace(session, notes=pl.concat([session.notes, deuxieme]))
    ecarts = compute_ecarts(read_frames(deux))
    con = open_warehouse(deux)
    ponctuel = con.sql("from intermediate.harmonisation_ponctuel").pl()
    con.close()
    unites, droite = frame_ccf(ponctuel, ecarts)
    notes = deux.notes.to_pandas()
    ancres = notes[notes["epreuve"].isin(deux.ancres)].groupby("numero_candidat")["note"].mean()
    ccf = notes[notes["epreuve"].isin(["E4", "E4B"])].join(
        ancres.rename("note_a"), on="numero_candidat"
    )
    ccf = ccf.dropna(subset=["note_a"])
    for ligne in unites.iter_rows(named=True):
        siennes = ccf[ccf["centre"] == ligne["unite"]]
        assert ligne["n"] == len(siennes)
        assert ligne["nb_epreuves"] == 2
        assert ligne["moyenne_ccf"] == pytest.approx(siennes["note"].mean())
        assert ligne["moyenne_ancres"] == pytest.approx(siennes["note_a"].mean())
        signalees = ecarts.filter(unite=ligne["unite"], signal="signale")["epreuve"].sort()
        assert ligne["epreuves_signalees"] == signalees.to_list()
    masquees = ecarts.filter(type_unite="etablissement").filter(pl.col("moyenne").is_null())
    assert not set(unites["unite"]) & set(masquees["unite"])
    connues = unites.drop_nulls("ecart_ajuste")
    ecart = connues["moyenne_ccf"] - connues["moyenne_attendue"]
    np.testing.assert_allclose(ecart.to_numpy(), connues["ecart_ajuste"].to_numpy(), atol=1e-9)
    pente = np.polyfit(droite["moyenne_ancres"], droite["moyenne_attendue"], 1)[0]
    assert pente == pytest.approx(
        ecarts.filter(epreuve="E4")["lambda_ancres"].drop_nulls()[0], abs=0.1
    )
    sans, aucune = frame_ccf(ponctuel.clear(), ecarts)
    assert sans.is_empty()
    assert aucune.is_empty()


def test_before_the_anchors_units_are_described_and_their_past_is_shown(session: Simulees) -> None:
    """The CCF meeting: counts, quartiles, what is missing, last year's gap; no comparison."""
    avant = compute_ecarts(read_frames(session)).with_columns(session=pl.lit(0))
    attente = replace(session, notes=session.notes.filter(~pl.col("epreuve").is_in(session.ancres)))
    trames = replace(read_frames(attente), ancres_declarees=read_frames(session).ancres_declarees)
    ecarts = compute_ecarts(trames)
    analyses = summarise_analyses(ecarts)
    assert analyses["nb_signales"].sum() == 0
    assert list_waiting(analyses, ecarts).height == 2
    assert list_waiting(summarise_analyses(avant), avant).is_empty()
    con = open_warehouse(attente)
    distribution = con.sql("from intermediate.harmonisation_distribution").pl()
    con.close()
    lignes = ecarts.filter(epreuve="E4")
    attendu = lignes.select(
        "epreuve", "type_unite", "unite", attendues=pl.col("n") + 1, recues=pl.col("n")
    )
    cadre = frame_waiting(
        lignes,
        distribution.filter(epreuve="E4"),
        attendu,
        compare_sessions(lignes, avant.filter(epreuve="E4")),
    )
    assert cadre["unite"].to_list() == lignes.drop_nulls("moyenne")["unite"].to_list()
    assert (cadre["attendues"] - cadre["recues"] == 1).all()
    passes = avant.filter(epreuve="E4").select("unite", attendu="ecart_retenu")
    compares = cadre.join(passes, on="unite")
    assert compares["ecart_anterieur"].count() > 5
    assert (compares["ecart_anterieur"] == compares["attendu"]).drop_nulls().all()
    assert cadre["ecart_lambda_un"].null_count() == cadre.height
    for ligne in cadre.iter_rows(named=True):
        siennes = session.notes.filter(epreuve="E4", centre=ligne["unite"])["note"]
        quartiles = [siennes.quantile(part, "linear") for part in (0.25, 0.5, 0.75)]
        assert [ligne["q1"], ligne["mediane"], ligne["q3"]] == pytest.approx(quartiles)


def test_caterpillar_is_sorted_by_code_never_by_gap(ccf: pl.DataFrame) -> None:
    chenille = frame_caterpillar(ccf)
    assert chenille["unite"].is_sorted()
    assert (chenille["ic_bas"] < chenille["ic_haut"]).all()


def test_distribution_splits_all_the_marks(distribution: pl.DataFrame) -> None:
    cadre = frame_distribution(distribution, "U3")
    assert cadre.height == 82
    assert cadre["n"].sum() == 400
    totaux = cadre.group_by("groupe").agg(pl.col("part").sum(), pl.col("part_cumulee").last())
    assert totaux["part"].to_list() == pytest.approx([1.0, 1.0])
    assert totaux["part_cumulee"].to_list() == pytest.approx([1.0, 1.0])
    inconnue = frame_distribution(distribution, "absente").filter(groupe="unite")
    assert inconnue["n"].sum() == 0
    assert inconnue["part"].null_count() == 41


def test_heaping_at_ten_stands_out(distribution: pl.DataFrame) -> None:
    temoin = frame_heaping(distribution).filter(demi_point=10.0).row(0, named=True)
    assert abs(temoin["z"]) < 4
    repechage = distribution.with_columns(
        demi_point=pl.when(pl.col("demi_point").cast(pl.Float64).is_between(9, 9.5))
        .then(pl.lit(10.0))
        .otherwise(pl.col("demi_point").cast(pl.Float64))
    )
    ligne = frame_heaping(repechage).filter(demi_point=10.0).row(0, named=True)
    assert ligne["est_exclu"]
    assert ligne["z"] > temoin["z"] + 3


def test_heaping_is_studied_from_300_marks_on(
    ecarts: pl.DataFrame, distribution: pl.DataFrame
) -> None:
    analyses = summarise_analyses(ecarts)

    def with_marks(n: int) -> pl.DataFrame:
        return distribution.head(1).with_columns(n=pl.lit(n))

    assert list_heaping(analyses, with_marks(299)).is_empty()
    assert list_heaping(analyses, with_marks(300))["epreuve"].to_list() == ["E4"]


def test_first_page_counts_what_the_table_says(ecarts: pl.DataFrame) -> None:
    page = summarise_analyses(ecarts).filter(epreuve="E4").row(0, named=True)
    unites = ecarts.filter(epreuve="E4")
    signales = unites.filter(signal="signale")
    assert page["nb_signales"] == signales.height
    assert page["unites_signalees"] == signales["unite"].to_list()
    attendu = (1 - signales["probabilite_materielle"]).sum()
    assert page["faux_signaux_attendus"] == pytest.approx(attendu)
    assert page["motif_analyse"] is None
    assert page["lambda_ancres"] == unites["lambda_ancres"].drop_nulls()[0]


def test_earlier_sessions_are_put_beside(ccf: pl.DataFrame) -> None:
    avant = ccf.with_columns(session=pl.col("session") - 1, ecart_retenu=-pl.col("ecart_retenu"))
    cote = compare_sessions(ccf, avant)
    assert cote.height == ccf["ecart_retenu"].count()
    assert not cote["meme_sens"].any()
    assert compare_sessions(ccf, avant.clear()).is_empty()


@settings(max_examples=draws(2, 10))
@given(decalage=st.integers(-8, 8), graine=st.integers(0, 1000))
def test_marking_everyone_alike_changes_no_gap(decalage: int, graine: int) -> None:
    """A harder paper, or a kinder one everywhere, is nobody's gap."""
    session = simulate_sessions(replace(PLAN, candidats=250, pas=0.01), graine)
    dedans = session.notes.with_columns(note=6 + pl.col("note") * 0.4)
    decalees = dedans.with_columns(
        note=pl.when(pl.col("epreuve").is_in(["E4", "E3"]))
        .then(pl.col("note") + decalage * 0.5)
        .otherwise("note")
        .round(2)
    )
    dedans = dedans.with_columns(pl.col("note").round(2))
    avant, apres = (
        compute_ecarts(read_frames(replace(session, notes=notes))) for notes in (dedans, decalees)
    )
    for colonne in ("ecart_ajuste", "erreur_type", "ecart_retenu"):
        np.testing.assert_allclose(
            avant[colonne].fill_null(0).to_numpy(),
            apres[colonne].fill_null(0).to_numpy(),
            # A sum over a grid, not a closed form: to a millionth of a point (seed 166: 6e-8).
            atol=1e-6,
        )
    assert avant["signal"].to_list() == apres["signal"].to_list()


def test_order_of_the_rows_does_not_matter(session: Simulees, ecarts: pl.DataFrame) -> None:
    melangees = replace(session, notes=session.notes.sample(fraction=1.0, shuffle=True, seed=3))
    autres = compute_ecarts(read_frames(melangees))
    nombres = pl.selectors.float()
    np.testing.assert_allclose(
        autres.select(nombres).fill_null(0).to_numpy(),
        ecarts.select(nombres).fill_null(0).to_numpy(),
        atol=1e-9,
    )
    assert autres.select(~nombres).equals(ecarts.select(~nombres))


def test_two_runs_give_the_same_bits(session: Simulees, ecarts: pl.DataFrame) -> None:
    assert compute_ecarts(read_frames(session)).equals(ecarts)
