"""Earlier sessions beside this one: what compares, what doesn't, what is missing."""

from pathlib import Path

import duckdb
import pytest

from perequation.resultats import rapport_anterieures as anterieures
from perequation.resultats.anterieures import read_earlier_results
from perequation.socle.correspondance import earlier_codes, load_correspondances
from perequation.socle.dossier import Dossier, open_dossier
from perequation.socle.erreurs import ConfigurationError

pytestmark = pytest.mark.entier

Epreuves = dict[str, tuple[str, int, float]]  # code: title, marks, average

AVANT: Epreuves = {
    "E3": ("Droit", 40, 10.0),
    "E4": ("Négociation", 40, 11.0),
    "E5": ("Gestion", 40, 12.0),
    "E61": ("Développement", 40, 13.0),
    "E62": ("Mise en œuvre", 3, 14.0),
}
APRES: Epreuves = {
    "E3": ("Droit", 50, 10.5),
    "E5": ("Négociation, refondue", 50, 11.5),
    "E7": ("Développement", 50, 13.5),
    "E8": ("Mise en œuvre", 50, 14.5),
}


def session(
    racine: Path, annee: int, epreuves: Epreuves, *globs: str, presents: int = 50
) -> Dossier:
    racine.mkdir(parents=True, exist_ok=True)
    (racine / "session.toml").write_text(
        f'[session]\nannee = {annee}\ntitre = "T"\nacademie_pilote = "TOULOUSE"\nspecialites = ["CCST"]\n'
        '[donnees]\ncandidats = ["c.csv"]\nnotes = ["n.csv"]\n'
        f"sessions_precedentes = {list(globs)}\n",
        encoding="utf-8",
    )
    dossier = open_dossier(racine)
    dossier.sortie.mkdir(exist_ok=True)
    with duckdb.connect(str(dossier.entrepot)) as con:
        con.execute("create schema marts; create schema reference")
        con.execute(
            "create table marts.reussite as select ? as session, 'CCST' as specialite, "
            "'total' as maille, 'total' as modalite, 60 as inscrits, ? as presents, "
            "? as admis, 0.8 as taux_reussite, 11.0 as moyenne_generale",
            [annee, presents, presents * 4 // 5],
        )
        con.execute(
            "create table marts.statistique_epreuve_ensemble (session int, specialite varchar, "
            "epreuve varchar, n int, moyenne double)"
        )
        con.execute(
            "create table reference.epreuve (specialite varchar, epreuve varchar, titre varchar, "
            "rang int)"
        )
        for rang, (code, (titre, n, moyenne)) in enumerate(epreuves.items()):
            con.execute(
                "insert into marts.statistique_epreuve_ensemble values (?, ?, ?, ?, ?)",
                [annee, "CCST", code, n, moyenne],
            )
            con.execute(
                "insert into reference.epreuve values (?, ?, ?, ?)", ["CCST", code, titre, rang]
            )
    return dossier


def means(dossier: Dossier, minimum: int = 5) -> dict[tuple[int, str], float]:
    lues = read_earlier_results(dossier, "CCST", minimum)
    known = lues.epreuves.drop_nulls("moyenne").select("session", "epreuve", "moyenne")
    return {(annee, code): moyenne for annee, code, moyenne in known.iter_rows()}


def test_rates_over_the_years_have_their_intervals(tmp_path: Path) -> None:
    session(tmp_path / "2022", 2022, AVANT)
    dossier = session(tmp_path / "2023", 2023, AVANT, "../202*")
    lues = read_earlier_results(dossier, "CCST", 5)
    assert lues.reussite["session"].to_list() == [2022, 2023]
    assert (lues.reussite["taux_bas"] < lues.reussite["taux_reussite"]).all()
    assert lues.absentes == ("../2023",)  # the session itself is not an earlier one
    html = anterieures.rates_table(lues).html
    assert "80,0" in html
    assert "« ../2023 »" in html.replace("\u00a0", " ")


def test_the_same_numbering_compares_the_same_codes(tmp_path: Path) -> None:
    session(tmp_path / "2022", 2022, AVANT)
    found = means(session(tmp_path / "2023", 2023, AVANT, "../2022"))
    assert found[2022, "E5"] == 12.0
    assert (2022, "E62") not in found  # on three marks only


def test_a_renumbered_epreuve_is_compared_with_itself(tmp_path: Path) -> None:
    session(tmp_path / "2025", 2025, AVANT)
    dossier = session(tmp_path / "2026", 2026, APRES, "../2025")
    found = means(dossier)
    assert found[2025, "E5"] == 11.0  # E4 then, not the E5 of then
    assert found[2025, "E7"] == 13.0
    assert (2025, "E3") in found  # same code and title: the same épreuve, without a map
    html = anterieures.averages_table(read_earlier_results(dossier, "CCST", 5))
    assert html is not None
    text = html.html.replace("\u00a0", " ")
    assert "E4 : 11,00 (40)" in text
    assert "à partir de la session 2026" in text
    assert "la même si elle garde son code" in text


def test_a_session_folder_brings_its_own_map(tmp_path: Path) -> None:
    session(tmp_path / "2025", 2025, AVANT)
    dossier = session(tmp_path / "2026", 2026, APRES, "../2025")
    place = tmp_path / "2026" / "reglements" / "correspondances"
    place.mkdir(parents=True)
    texte = 'specialite = "CCST"\npremiere_session = 2026\nsource = "S"\n'
    (place / "ccst.toml").write_text(texte + 'epreuves = [{avant = "E3", apres = "E3"}]', "utf-8")
    assert {code for annee, code in means(dossier) if annee == 2025} == {"E3"}
    (place / "ccst.toml").write_text(
        texte + 'epreuves = [{avant = "E3", apres = "E3"}, {avant = "E3", apres = "E5"}]', "utf-8"
    )
    with pytest.raises(ConfigurationError, match=r"ccst\.toml"):
        read_earlier_results(dossier, "CCST")


def test_without_a_map_one_code_with_another_title_is_not_compared(tmp_path: Path) -> None:
    session(tmp_path / "2022", 2022, AVANT | {"E5": ("Tout autre chose", 40, 9.0)})
    found = means(session(tmp_path / "2023", 2023, AVANT, "../2022"))
    assert (2022, "E5") not in found
    assert (2022, "E4") in found


@pytest.mark.parametrize("motif", ["../absente", "../vide", "../casse", "../2024"])
def test_what_cannot_be_read_is_said(motif: str, tmp_path: Path) -> None:
    (tmp_path / "vide").mkdir()
    session(tmp_path / "2024", 2024, AVANT)
    casse = session(tmp_path / "casse", 2021, AVANT)
    casse.entrepot.write_text("pas un entrepôt")
    lues = read_earlier_results(session(tmp_path / "2023", 2023, AVANT, motif), "CCST")
    assert lues.absentes == (motif,)
    assert lues.reussite.is_empty()
    assert not anterieures.rates_chart(lues).html
    assert anterieures.averages_table(lues) is None


def test_a_small_session_gives_no_rate(tmp_path: Path) -> None:
    session(tmp_path / "2022", 2022, AVANT, presents=4)
    dossier = session(tmp_path / "2023", 2023, AVANT, "../2022")
    first = read_earlier_results(dossier, "CCST", 5).reussite.row(0, named=True)
    assert first["taux_reussite"] is None
    assert first["admis"] is None


def test_the_shipped_maps_hold_the_known_facts_and_no_other() -> None:
    ccst = load_correspondances("CCST", Path("/absent"))
    codes = ("E1", "E4", "E5", "E7", "E8")
    assert earlier_codes(codes, ccst, 2025, 2026) == {
        "E1": "E1",
        "E5": "E4",
        "E7": "E61",
        "E8": "E62",
    }
    assert earlier_codes(codes, ccst, 2022, 2025) == {code: code for code in codes}
    mco = load_correspondances("MCO", Path("/absent"))
    attendus = {"E1": "E1", "E4": "E3", "E5": "E41", "E7": "E5", "E8": "E6"}
    assert earlier_codes(codes, mco, 2025, 2026) == attendus
    assert load_correspondances("NDRC", Path("/absent")) == ()
