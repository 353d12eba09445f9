"""Every spécialité × year: a session starts where there was one, and its pages say its own law."""

from pathlib import Path

import duckdb
import polars as pl
import pytest

from perequation.edition.contexte import reserves_in_short
from perequation.edition.plan import plan_reports
from perequation.jury import points_ouverts, rattrapage
from perequation.presentation import lexique
from perequation.socle.dossier import list_reserves, load_reglements, open_dossier, reserve_of
from perequation.socle.erreurs import ConfigurationError
from perequation.socle.referentiel import create_tables
from perequation.socle.reglement import available_reglements
from perequation.socle.regles_decision import rules_at
from perequation.socle.schema import ETAPES, TABLES
from perequation.suivi.initialisation import create_dossier

PREMIERES = {"MCO": 2021, "NDRC": 2020, "CCST": 2023}
ANNEES = range(2019, 2028)
SESSIONS = [(specialite, annee) for specialite in PREMIERES for annee in ANNEES]
# The codes of the compulsory épreuves, by numbering.
CODES = {
    ("MCO", False): "E1 E21 E22 E3 E41 E42 E5 E6",
    ("MCO", True): "E1 E2 E3 E4 E5 E6 E7 E8",
    ("CCST", False): "E1 E21 E22 E3 E4 E5 E61 E62",
    ("CCST", True): "E1 E2 E3 E4 E5 E6 E7 E8",
    ("NDRC", False): "E1 E2 E3 E4 E51 E52 E6",
    ("NDRC", True): "E1 E2 E3 E4 E51 E52 E6",
}
LANGUES = pl.DataFrame({"epreuve_groupe": ["E2"], "est_langue": [True], "est_facultative": [False]})


def begin(racine: Path, specialite: str, annee: int) -> list[str]:
    return list(
        create_dossier(racine, [specialite], annee, "TOULOUSE", coefficients_confirmes=True)
    )


@pytest.mark.parametrize(("specialite", "annee"), SESSIONS)
def test_a_session_starts_where_there_was_one(tmp_path: Path, specialite: str, annee: int) -> None:
    racine = tmp_path / "s"
    if annee < PREMIERES[specialite]:
        with pytest.raises(ConfigurationError) as faute:
            begin(racine, specialite, annee)
        assert f"Sa première session est {PREMIERES[specialite]} (" in faute.value.message
        assert "prolonger" not in faute.value.message
        assert not racine.exists()
        return
    assert begin(racine, specialite, annee)[0] == f"Dossier de session créé : {racine}"
    (reglement,) = load_reglements(open_dossier(racine))
    assert " ".join(e.code for e in reglement.obligatoires) == CODES[specialite, annee >= 2026]
    reserves = " ".join(reglement.reserves_at(annee))
    assert ("première session de cette numérotation" in reserves) is (
        annee >= 2026 and specialite != "NDRC"
    )
    assert ("non vérifié au-delà" in reserves) is (
        (annee, specialite) in {(2025, "MCO"), (2025, "CCST"), (2027, "NDRC")}
    )
    assert ("Coefficients absents" in reserves) is (specialite == "CCST")


@pytest.mark.parametrize("annee", ANNEES)
def test_the_words_are_those_of_the_law_of_the_year(annee: int) -> None:
    regles = rules_at(annee)
    mots = dict(lexique.entries("Proposition", "Contrôle", "Gain maximal", session=annee))
    tout = " ".join(mots.values())
    assert regles.regime.controle == {2019: "aucun", 2020: "aucun", 2021: "exceptionnel"}.get(
        annee, "permanent"
    )
    assert ("de 8 à moins de 10" in tout) is (annee >= 2022)
    assert ("D643-15" in tout) is (annee >= 2022)
    assert ("choisis par le candidat" in tout) is (annee >= 2022)
    assert ("2021-417 et 2021-786" in tout) is (annee == 2021)
    assert ("l’issue appartient au jury" in tout) is (annee == 2021)
    assert ("Pas d’épreuves de contrôle" in tout) is (annee < 2021)
    assert "la loi dit « ajourné »" in mots["Proposition"]
    assert "D643-24" in mots["Proposition"]
    assert "22 juillet 2008" in mots["Proposition"]
    assert regles.regime.benefice == ("epreuve" if annee < 2023 else "unite")
    assert regles.regime.facultatives_maximales == 3
    assert any("2024-788" in reserve for reserve in regles.regime.reserves) is (annee >= 2025)
    assert any("exceptionnel" in reserve for reserve in regles.regime.reserves) is (annee == 2021)


def test_every_domain_is_sourced_and_one_language_is_one_choice() -> None:
    for reglement in available_reglements():
        assert reglement.source_of("domaines"), reglement.specialite
        assert reglement.source_of("premiere_session"), reglement.specialite
        assert reglement.source_of("coefficients"), reglement.specialite
        if reglement.fin is not None:
            assert reglement.source_of("derniere_session"), reglement.specialite
        assert any(e.langue for e in reglement.obligatoires)
        assert [e.code for e in reglement.epreuves if e.facultative and e.langue] == ["EF1"]


def test_a_failed_init_leaves_no_session(tmp_path: Path) -> None:
    racine = tmp_path / "s"
    (racine / "donnees" / "modeles" / "notes.csv").mkdir(parents=True)
    with pytest.raises(OSError, match=r"notes\.csv"):
        begin(racine, "CCST", 2023)
    (racine / "donnees" / "modeles" / "notes.csv").rmdir()
    (racine / "session.toml").write_text("\n", encoding="utf-8")  # what a full disk may leave
    assert begin(racine, "CCST", 2023)
    before = (racine / "session.toml").read_bytes()
    with pytest.raises(ConfigurationError, match="est déjà un dossier de session"):
        begin(racine, "CCST", 2024)
    assert (racine / "session.toml").read_bytes() == before


@pytest.mark.parametrize("annee", [2020, 2021, 2022, 2026])
def test_the_controle_of_the_year_is_the_one_its_pages_tell(annee: int) -> None:
    rows = pl.DataFrame(
        {
            "session": [annee],
            "numero_candidat": ["01"],
            "candidat": ["N P"],
            "etablissement": ["L"],
            "centre_ecrit": ["C"],
            "moyenne_generale": [9.0],
            "moyenne_professionnelle": [10.0],
            "points_manquants": [24.0],
            "atteignable": pl.Series([None], dtype=pl.Boolean),
            "est_absent": [True],
            "absences": ["E1 : AB, E3 : AB"],
            "situation": ["absent"],
        }
    )
    parametre = pl.DataFrame(
        {
            "controle_langue": ["epreuve"],
            "controle_reprend_benefice": [False],
            "controle_forme_progressive": [True],
        }
    )
    texte = dict.fromkeys(("numero_candidat", "epreuve_1", "epreuve_2"), pl.String)
    cibles = pl.DataFrame(schema={**texte, "note_egale": pl.Float64})
    page = " ".join(
        part.html
        for part in (
            rattrapage.called_table(rows, cibles, "centre_ecrit"),
            rattrapage.to_decide(rows, "centre_ecrit"),
            rattrapage.near_misses(pl.DataFrame(), pl.DataFrame(), annee)
            if annee < 2022
            else rattrapage.rule(annee),
            points_ouverts.open_points(parametre, LANGUES, annee),
        )
    )
    permanent = annee >= 2022
    for words in ("meilleure note est gardée", "aucun gain", "deux oraux", "Les textes lus ne"):
        assert (words in page) is permanent, words
    assert ("appartient au jury" in page) is (annee == 2021)
    assert ("Pas d’épreuves de contrôle" in page) is (annee == 2020)


@pytest.mark.parametrize(
    ("specialite", "annee", "dites", "tues"),
    [
        ("NDRC", 2021, ("exceptionnel", "2021-417"), ("2024-788", "non confirmés")),
        ("NDRC", 2023, (), ("exceptionnel", "2024-788", "non confirmés")),
        (
            "MCO",
            2025,
            ("2024-788", "non vérifié au-delà de la session 2024"),
            ("exceptionnel", "non confirmés"),
        ),
        ("CCST", 2023, ("Coefficients non confirmés (CCST)",), ("2024-788",)),
        (
            "MCO",
            2026,
            ("Coefficients non confirmés (MCO)", "2024-788", "coefficient de E8", "est déduite"),
            ("exceptionnel",),
        ),
    ],
)
def test_every_document_says_what_the_law_of_the_year_holds_back(
    tmp_path: Path, specialite: str, annee: int, dites: tuple[str, ...], tues: tuple[str, ...]
) -> None:
    begin(tmp_path / "s", specialite, annee)
    reserve = reserve_of(open_dossier(tmp_path / "s"))
    assert all(mot in reserve for mot in dites)
    assert not [mot for mot in tues if mot in reserve]
    assert bool(reserve) is bool(dites)


@pytest.mark.parametrize(("specialite", "annee"), [("CCST", 2026), ("MCO", 2021), ("NDRC", 2023)])
def test_the_heading_of_every_page_names_each_reserve(
    tmp_path: Path, specialite: str, annee: int
) -> None:
    begin(tmp_path / "s", specialite, annee)
    dossier = open_dossier(tmp_path / "s")
    reserves = list_reserves(dossier)
    heads = [fait.texte for fait in reserves_in_short(dossier)]
    assert len(heads) == len(reserves) == {"CCST": 5, "MCO": 1, "NDRC": 0}[specialite]
    assert all(r.startswith(h) for r, h in zip(reserves, heads, strict=True))
    assert reserve_of(dossier) == " ".join(reserves)


@pytest.mark.parametrize(
    ("specialite", "annee", "question"),
    [
        ("MCO", 2022, "Qui est appelé au contrôle, et quelles notes permettraient d’être admis ?"),
        ("MCO", 2021, "dont l’issue appartient au jury et n’est pas calculée ?"),
        ("NDRC", 2020, "Y a-t-il un contrôle à cette session ?"),
    ],
)
def test_the_index_asks_nothing_the_session_cannot_answer(
    tmp_path: Path, specialite: str, annee: int, question: str
) -> None:
    begin(tmp_path / "s", specialite, annee)
    (rapport,) = plan_reports(open_dossier(tmp_path / "s"), seulement=["50_rattrapage"])
    assert rapport.question.endswith(question)


def test_a_mark_of_the_controle_is_no_stage_of_the_first_group() -> None:
    (etape,) = (c for c in TABLES["notes"].colonnes if c.nom == "etape")
    assert etape.codes == (*ETAPES, "controle")
    with duckdb.connect() as con:
        create_tables(con)
        lues = con.execute("select etape from reference.etape_note order by rang").fetchall()
    assert [nom for (nom,) in lues] == ["transmise", "harmonisee", "definitive"] == list(ETAPES)
