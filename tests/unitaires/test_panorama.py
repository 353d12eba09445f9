"""The panorama's figures are those of a recount, and the public ones add up only published ones."""

import itertools
import json
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perequation.resultats import rapport_panorama, rapport_panorama_interne
from perequation.resultats.panorama import (
    ETABLISSEMENTS_MINIMUM,
    PART_PUBLIEE,
    read_panorama,
    shrink,
)
from perequation.socle.configuration import Seuils
from perequation.socle.erreurs import MissingInputError

SEUIL = Seuils().effectif_minimal
MAILLES = ("total", "academie", "statut", "etablissement")
REUSSITE = {
    "session": pl.Int32,
    "specialite": pl.String,
    "maille": pl.String,
    "modalite": pl.String,
    "libelle": pl.String,
    "inscrits": pl.Int64,
    "presents": pl.Int64,
    "admis": pl.Int64,
    "controle": pl.Int64,
    "moyenne_generale": pl.Float64,
}
MASQUAGE = {
    "session": pl.Int32,
    "specialite": pl.String,
    "mesure": pl.String,
    "epreuve": pl.String,
    "mode": pl.String,
    "maille": pl.String,
    "modalite": pl.String,
    "n": pl.Int64,
    "est_masque": pl.Boolean,
}


def _write(
    racine: Path, nom: str, rows: list[dict[str, object]], masques: set[tuple[str, ...]]
) -> None:
    exports = racine / nom / "sortie" / "exports"
    exports.mkdir(parents=True)
    masquage = [
        {k: r[k] for k in ("session", "specialite", "maille", "modalite")}
        | {
            "mesure": mesure,
            "epreuve": "",
            "mode": "ENSEMBLE",
            "n": r["presents"],
            "est_masque": (mesure, r["maille"], r["modalite"]) in masques,
        }
        for r in rows
        for mesure in ("admis", "moyenne")
    ]
    pl.DataFrame(rows, schema=REUSSITE).write_parquet(exports / "reussite.parquet")
    pl.DataFrame(masquage, schema=MASQUAGE).write_parquet(exports / "masquage.parquet")
    (exports / "manifeste.json").write_text(
        json.dumps({"session_toml": nom, "entrees": [{"sha256": nom}]}), encoding="utf-8"
    )
    vides = {
        "ecart_en_vigueur": {
            "session": pl.Int32,
            "specialite": pl.String,
            "epreuve": pl.String,
            "type_unite": pl.String,
            "signal": pl.String,
            "ecart_retenu": pl.Float64,
        },
        "suivi_ccf": {
            "session": pl.Int32,
            "specialite": pl.String,
            "uai": pl.String,
            "etablissement": pl.String,
            "fichier": pl.String,
            "nb_attendues": pl.Int64,
            "nb_recues": pl.Int64,
            "nb_rejetees": pl.Int64,
            "est_hors_delai": pl.Boolean,
        },
        "anomalie": {"uai": pl.String, "fichier": pl.String, "gravite": pl.String},
    }
    for table, schema in vides.items():
        pl.DataFrame(schema=schema).write_parquet(exports / f"{table}.parquet")


def _row(  # noqa: PLR0917 (a row, column after column)
    session: int,
    specialite: str,
    maille: str,
    modalite: str,
    presents: int,
    admis: int,
    moyenne: float,
    controle: int = 0,
) -> dict[str, object]:
    return {
        "session": session,
        "specialite": specialite,
        "maille": maille,
        "modalite": modalite,
        "libelle": modalite,
        "inscrits": presents,
        "presents": presents,
        "admis": admis,
        "controle": controle,
        "moyenne_generale": moyenne,
    }


@pytest.fixture
def racine(tmp_path: Path) -> Path:
    """Two spécialités and two years; a spécialité that grows has the lower rate."""
    for (session, specialite), (presents, admis) in {
        (2022, "MCO"): (100, 80),
        (2022, "CCST"): (100, 60),
        (2023, "MCO"): (100, 82),
        (2023, "CCST"): (300, 186),
    }.items():
        rows = [
            _row(session, specialite, "total", "total", presents, admis, 11.0),
            _row(session, specialite, "academie", "TOULOUSE", presents - 4, admis - 4, 11.5),
            _row(session, specialite, "academie", "CORSE", 4, 4, 9.0),
        ]
        masques = {("admis", "academie", "CORSE"), ("moyenne", "academie", "CORSE")}
        _write(tmp_path, f"a/{specialite}[{session}]", rows, masques)
    return tmp_path


def test_figures_are_those_of_a_recount(racine: Path) -> None:
    vue = read_panorama(racine, "interne")
    paths = list(racine.rglob("reussite.parquet"))
    lignes = pl.concat(pl.read_parquet(p, glob=False) for p in paths)
    attendu = (
        lignes.filter(maille="academie")
        .group_by("modalite", "session")
        .agg(
            presents=pl.col("presents").sum(),
            admis=pl.col("admis").sum(),
            moyenne=(pl.col("moyenne_generale") * pl.col("presents")).sum()
            / pl.col("presents").sum(),
        )
        .sort("modalite", "session")
    )
    found = vue.taux.frame.filter(angle="academie").sort("groupe", "session")
    assert found["presents"].to_list() == attendu["presents"].to_list()
    assert found["admis"].to_list() == attendu["admis"].to_list()
    assert found["moyenne_generale"].to_list() == pytest.approx(attendu["moyenne"].to_list())
    assert (vue.nb_dossiers, vue.nb_copies, vue.doublons.height) == (4, 0, 0)


def test_public_figures_add_up_only_published_ones(racine: Path) -> None:
    vue = read_panorama(racine, "public")
    corse = vue.taux.frame.filter(groupe="CORSE")
    assert corse["nb_non_publies"].to_list() == corse["nb_resultats"].to_list() == [2, 2]
    # Who sat is no result: `docs/secret.md`.
    assert corse["presents"].to_list() == [8, 8]
    for column in ("admis", "taux_reussite", "taux_bas", "moyenne_generale"):
        assert corse[column].null_count() == corse.height
    assert vue.etablissements is vue.epreuves is vue.qualite is None


@pytest.mark.parametrize(("caches", "publies"), [(10, 89), (10, 90)])
def test_a_part_of_a_group_is_told_as_the_group_s_only_when_it_is_nearly_all(
    tmp_path: Path, caches: int, publies: int
) -> None:
    """Half a group, shown as the group, would be a wrong rate."""
    hidden = {("admis", "academie", "CORSE"), ("moyenne", "academie", "CORSE")}
    for nom, masques, presents in (("x", hidden, caches), ("y", set[tuple[str, ...]](), publies)):
        rows = [
            _row(2023, nom, "total", "total", 200, 160, 11.0),
            _row(2023, nom, "academie", "CORSE", presents, 9, 9.0 if masques else 11.0),
        ]
        _write(tmp_path, nom, rows, masques)
    seen = {}
    for diffusion in ("public", "interne"):
        (corse,) = read_panorama(tmp_path, diffusion).taux.frame.filter(groupe="CORSE").to_dicts()
        seen[diffusion] = (corse["presents"], corse["presents_publies"], corse["admis"])
        if corse["admis"] is not None:
            assert corse["taux_reussite"] == pytest.approx(
                corse["admis"] / corse["presents_publies"]
            )
            assert corse["taux_bas"] < corse["taux_reussite"] < corse["taux_haut"]
        assert (corse["moyenne_generale"] is None) is (corse["admis"] is None)
    told = 9 if publies / (caches + publies) >= PART_PUBLIEE else None
    assert (told is None) is (publies == 89)
    every = caches + publies
    assert seen == {"public": (every, publies, told), "interne": (every, every, 18)}


@pytest.mark.parametrize("presents", [SEUIL - 1, SEUIL])
def test_the_office_too_sees_no_rate_of_a_few_candidates(tmp_path: Path, presents: int) -> None:
    rows = [
        _row(2023, "MCO", "total", "total", 50, 40, 11.0),
        _row(2023, "MCO", "statut", "EAD", presents, 2, 9.0),
    ]
    _write(tmp_path, "x", rows, set())
    (ead,) = read_panorama(tmp_path, "interne").taux.frame.filter(groupe="EAD").to_dicts()
    shown = presents >= SEUIL
    assert ead["presents"] == presents
    assert [ead[c] is not None for c in ("admis", "taux_reussite", "moyenne_generale")] == [
        shown
    ] * 3


def _year(racine: Path, session: int, controle: int) -> None:
    """Write a session of twelve establishments, where some candidates may await a decision."""
    rows = [
        _row(session, "MCO", "etablissement", f"{n:07d}A", 40, 30 - 2 * n, 11.0) for n in range(12)
    ]
    admis = sum(int(str(r["admis"])) for r in rows)
    rows.append(_row(session, "MCO", "total", "total", 480, admis, 11.0, controle))
    rows.append(_row(session, "MCO", "statut", "APPRENTI", 480, admis, 11.0))
    _write(racine, f"MCO{session}", rows, set())


@pytest.mark.parametrize("controle", [0, 1])
def test_a_session_that_awaits_decisions_is_compared_with_nothing_and_told(
    tmp_path: Path, controle: int
) -> None:
    for session in (2021, 2022, 2023):
        _year(tmp_path, session, controle if session == 2021 else 0)
    vue = read_panorama(tmp_path, "interne")
    compared = 2 if controle else 3
    assert vue.structure["session_avant"].to_list() == [2021, 2022][-(compared - 1) :]
    assert vue.etablissements is not None
    assert set(vue.etablissements["nb_sessions"]) == {compared}
    said = rapport_panorama.warnings(vue).html
    assert ("MCO 2021" in said) is bool(controle)
    table = rapport_panorama.rates_table(vue, "statut").html
    assert ("Décisions attendues</th>" in table) is bool(controle)
    waiting = vue.taux.filter(angle="statut", session=2021)["nb_en_attente"]
    assert waiting.to_list() == [controle]


def test_the_change_has_the_interval_of_its_two_rates(racine: Path) -> None:
    (row,) = read_panorama(racine, "public").structure.to_dicts()
    assert row["changement_bas"] < row["changement"] < row["changement_haut"]
    assert row["changement_haut"] - row["changement_bas"] == pytest.approx(0.15, abs=0.03)


def _add(racine: Path, table: str, rows: list[dict[str, object]]) -> None:
    path = racine / "MCO2023" / "sortie" / "exports" / f"{table}.parquet"
    schema = pl.read_parquet_schema(path)
    pl.DataFrame(rows, schema=schema).write_parquet(path)


def test_what_a_sender_is_told_of_is_its_own_and_what_is_known(tmp_path: Path) -> None:
    _year(tmp_path, 2023, 0)
    envoi = {"session": 2023, "specialite": "MCO", "fichier": "ccf.csv", "nb_attendues": 9}
    dates = {"A": [None, None], "B": [False, None], "C": [True, False]}
    _add(
        tmp_path,
        "suivi_ccf",
        [
            envoi
            | {"uai": uai, "etablissement": uai, "nb_recues": 9, "nb_rejetees": 0}
            | {"est_hors_delai": d}
            for uai, ds in dates.items()
            for d in ds
        ],
    )
    anomalie = {"uai": "A", "gravite": "avertissement"}
    _add(
        tmp_path,
        "anomalie",
        [anomalie | {"fichier": f} for f in ("ccf.csv", "notes_harmonisees.csv", "candidats.csv")],
    )
    qualite = read_panorama(tmp_path, "interne").qualite
    assert qualite is not None
    assert qualite.select("uai", "nb_hors_delai", "nb_anomalies").rows() == [
        ("A", None, 1),
        ("B", 0, 0),
        ("C", 1, 0),
    ]


def test_the_mean_gap_of_an_epreuve_is_that_of_the_units_judged(tmp_path: Path) -> None:
    _year(tmp_path, 2023, 0)
    unite = {"session": 2023, "specialite": "MCO", "type_unite": "etablissement"}
    signaux = [("E1", "signale", 1.0), ("E1", "non_signale", -0.5), ("E1", "indisponible", 9.0)]
    _add(
        tmp_path,
        "ecart_en_vigueur",
        [
            unite | {"epreuve": e, "signal": s, "ecart_retenu": x}
            for e, s, x in [*signaux, ("E2", "indisponible", 3.0)]
        ],
    )
    epreuves = read_panorama(tmp_path, "interne").epreuves
    assert epreuves is not None
    assert epreuves.select("epreuve", "nb_juges", "ecart_moyen").rows() == [
        ("E1", 2, 0.75),
        ("E2", 0, None),
    ]
    shown = rapport_panorama_interne.epreuves_table(epreuves).html
    assert "1 épreuve et type d’unité sans unité jugée".replace(" ", "\u00a0", 1) in shown
    assert "<td>E2" not in shown


def test_the_office_has_its_sections_and_whole_lists_and_the_public_neither(racine: Path) -> None:
    interne, public = (read_panorama(racine, d) for d in ("interne", "public"))
    assert rapport_panorama_interne.sections(interne).html.count("<h2>") == 3
    assert rapport_panorama_interne.sections(public).html == ""
    assert [f.nom for f in rapport_panorama_interne.lists(interne)] == [
        "Établissements",
        "Épreuves",
        "Envois",
    ]
    assert rapport_panorama_interne.lists(public) == []
    assert "<strong>4</strong>" in rapport_panorama.headline(interne).html


def test_the_change_is_split_between_rates_and_structure(racine: Path) -> None:
    (row,) = read_panorama(racine, "interne").structure.to_dicts()
    assert row["changement"] == pytest.approx(268 / 400 - 140 / 200)
    assert row["effet_taux"] + row["effet_structure"] == pytest.approx(row["changement"])
    assert row["effet_taux"] > 0 > row["effet_structure"]


def test_a_copied_folder_is_not_counted_twice_and_another_of_the_same_is_told(
    tmp_path: Path,
) -> None:
    rows = [
        _row(2023, "MCO", "total", "total", 50, 40, 11.0),
        _row(2023, "MCO", "academie", "CORSE", 50, 40, 11.0),
    ]
    for nom in ("un", "copie", "autre"):
        _write(tmp_path, nom, rows, set())
    manifeste = tmp_path / "un" / "sortie" / "exports" / "manifeste.json"
    copie = tmp_path / "copie" / "sortie" / "exports" / "manifeste.json"
    copie.write_bytes(manifeste.read_bytes())
    vue = read_panorama(tmp_path, "public")
    assert (vue.nb_dossiers, vue.nb_copies) == (2, 1)
    assert vue.doublons.to_dicts() == [
        {"session": 2023, "specialite": "MCO", "academie": "CORSE", "nb_dossiers": 2}
    ]


def test_no_published_session_is_told(tmp_path: Path) -> None:
    with pytest.raises(MissingInputError, match="n'a de résultats publiés"):
        read_panorama(tmp_path, "interne")


def test_an_establishment_seen_once_is_not_judged_and_one_low_everywhere_is(tmp_path: Path) -> None:
    for session, specialite in itertools.product((2022, 2023), ("MCO", "CCST")):
        rows = [
            _row(session, specialite, "etablissement", f"{n:07d}A", 40, 40 if n % 2 else 28, 11.0)
            for n in range(12)
        ]
        rows.append(_row(session, specialite, "etablissement", "0310000X", 40, 8, 11.0))
        if (session, specialite) == (2022, "MCO"):
            rows.append(_row(session, specialite, "etablissement", "0310000Y", 40, 1, 11.0))
        total = sum(int(str(r["presents"])) for r in rows), sum(int(str(r["admis"])) for r in rows)
        rows.append(_row(session, specialite, "total", "total", *total, 11.0))
        _write(tmp_path, f"{specialite}{session}", rows, set())
    etablissements = read_panorama(tmp_path, "interne").etablissements
    assert etablissements is not None
    by_uai = {row["etablissement"]: row for row in etablissements.to_dicts()}
    assert "0310000Y" not in by_uai
    assert by_uai["0310000X"]["constat"] == "plus_bas"
    assert (by_uai["0310000X"]["nb_specialites"], by_uai["0310000X"]["nb_sessions"]) == (2, 2)


@settings(max_examples=50)
@given(
    st.lists(
        st.tuples(st.integers(1, 500), st.floats(0, 1), st.floats(0.05, 0.95)),
        min_size=1,
        max_size=30,
    )
)
def test_what_is_kept_is_between_nothing_and_what_was_observed(
    rows: list[tuple[int, float, float]],
) -> None:
    frame = pl.DataFrame(
        {
            "presents": [n for n, _, _ in rows],
            "admis": [round(n * p) for n, p, _ in rows],
            "attendus": [n * q for n, _, q in rows],
            "variance": [n * q * (1 - q) for n, _, q in rows],
        }
    )
    found = shrink(frame)
    if len(rows) < ETABLISSEMENTS_MINIMUM:
        assert set(found["constat"]) == {"indisponible"}
        assert found["ecart_retenu"].null_count() == found.height
        return
    for row in found.to_dicts():
        assert abs(row["ecart_retenu"]) <= abs(row["ecart"]) + 1e-12
        assert row["ecart_retenu"] * row["ecart"] >= -1e-12
        assert row["ecart_bas"] <= row["ecart_retenu"] <= row["ecart_haut"]
