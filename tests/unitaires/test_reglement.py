"""Règlements: dated, sourced, and refused when they don't add up."""

from decimal import Decimal
from pathlib import Path

import pytest

from perequation.socle.dossier import load_reglements, open_dossier
from perequation.socle.erreurs import ConfigurationError
from perequation.socle.reglement import available_reglements, find_reglement, read_reglement
from perequation.suivi.reglement import describe_reglement, extend_reglement

BASE = """
specialite = "XYZ"
titre = "Essai"
sessions = [{debut}, {fin}]
source = "essai"
confirme = true
epreuves = [
{epreuves}
]
"""
E1 = '{ code = "E1", titre = "Un", coefficient = "3", domaine = "general", forme = "ecrit" },'


def write(
    folder: Path, epreuves: str = E1, debut: int = 2020, fin: int = 2025, nom: str = "x"
) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / f"{nom}.toml"
    path.write_text(BASE.format(debut=debut, fin=fin, epreuves=epreuves), encoding="utf-8")
    return path


def session(folder: Path, specialite: str = "CCST", suite: str = "", confirme: str = "") -> Path:
    (folder / "session.toml").write_text(
        f'[session]\nannee = 2023\ntitre = "t"\nacademie_pilote = "TOULOUSE"\n'
        f'specialites = ["{specialite}"]\n{confirme}\n'
        f'[donnees]\ncandidats = ["c.csv"]\nnotes = ["n.csv"]\n{suite}',
        encoding="utf-8",
    )
    return folder


@pytest.mark.parametrize(("specialite", "total"), [("MCO", "21"), ("NDRC", "21"), ("CCST", "21")])
def test_shipped_reglements_total(specialite: str, total: str) -> None:
    reglement = find_reglement(available_reglements(), specialite, 2023)
    assert reglement.total_coefficients == Decimal(total)
    assert {e.domaine for e in reglement.obligatoires} == {"general", "professionnel"}


@pytest.mark.parametrize(
    ("epreuves", "mot"),
    [
        (E1 + E1, "E1 présente 2 fois"),
        (E1.replace('"general"', '"special"'), "domaine"),
        (E1.replace('domaine = "general",', ""), "a un domaine"),
        (E1.replace('"3"', '"-3"'), "coefficient"),
        (E1.replace('"3"', '"1.234"'), "coefficient"),
        (E1 + E1.replace('"E1"', '"E11", epreuve = "E1"'), "à la fois une épreuve et un groupe"),
        (
            E1 + '{ code = "EF1", titre = "F", coefficient = "1", facultative = true, '
            'a_la_suite_de = "E9" },',
            "E9",
        ),
        (
            '{ code = "EF1", titre = "F", coefficient = "1", facultative = true },',
            "aucune épreuve obligatoire",
        ),
    ],
)
def test_a_file_that_does_not_add_up_is_refused(tmp_path: Path, epreuves: str, mot: str) -> None:
    with pytest.raises(ConfigurationError) as info:
        read_reglement(write(tmp_path, epreuves))
    assert mot in "\n".join(info.value.details)


def test_overlapping_validity_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "reglements", nom="a", debut=2020, fin=2023)
    write(tmp_path / "reglements", nom="b", debut=2023, fin=2025)
    with pytest.raises(ConfigurationError, match="recouvrent"):
        available_reglements(tmp_path)


def test_a_session_brings_its_own_reglement(tmp_path: Path) -> None:
    write(tmp_path / "reglements")
    session(tmp_path, "XYZ")
    (reglement,) = load_reglements(open_dossier(tmp_path))
    assert reglement.titre == "Essai"


def test_an_unconfirmed_reglement_refuses_to_decide_unless_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as info:
        load_reglements(open_dossier(session(tmp_path)))
    assert "coefficients_confirmes = true" in info.value.details[0]
    session(tmp_path, confirme="coefficients_confirmes = true")
    assert load_reglements(open_dossier(tmp_path))[0].specialite == "CCST"


def test_an_unknown_specialite_or_year_says_what_exists(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as info:
        load_reglements(open_dossier(session(tmp_path, "ABC")))
    (fault,) = info.value.details
    assert "session.specialites : Aucun règlement de la spécialité « ABC »" in fault
    assert "CCST 2023–2025" in fault


def test_an_unknown_specialite_and_an_unconfirmed_one_are_told_together(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as info:
        load_reglements(open_dossier(session(tmp_path, 'CCST", "ABC')))
    assert ["ABC" in fault for fault in info.value.details] == [True, False]
    assert "coefficients_confirmes = true" in info.value.details[1]


def test_unknown_codes_in_session_toml_are_named(tmp_path: Path) -> None:
    session(
        tmp_path,
        "MCO",
        '[harmonisation]\nancres = ["E99"]\n[regles]\ncontrole_langue = "E23"\n'
        '[ccf]\nepreuves = ["E77"]\n',
    )
    with pytest.raises(ConfigurationError) as info:
        load_reglements(open_dossier(tmp_path))
    faults = "\n".join(info.value.details)
    assert "E99" in faults
    assert "E23" in faults
    assert "E77" in faults


@pytest.mark.parametrize(
    ("specialite", "langue", "mot"),
    [
        ("MCO", "E1", "(E21, E22)"),  # an épreuve without parts
        ("MCO", "E2", "(E21, E22)"),  # the group itself is said « epreuve »
        ("MCO", "E41", "(E21, E22)"),  # professional
        ("NDRC", "E22", "il n’y en a pas"),
        ("MCO", "E22", ""),
        ("NDRC", "epreuve", ""),
    ],
)
def test_the_control_mark_of_a_language_stands_for_a_general_part_or_the_whole(
    tmp_path: Path, specialite: str, langue: str, mot: str
) -> None:
    session(tmp_path, specialite, f'[regles]\ncontrole_langue = "{langue}"\n')
    dossier = open_dossier(tmp_path)
    if not mot:
        assert load_reglements(dossier)
        return
    with pytest.raises(ConfigurationError) as info:
        load_reglements(dossier)
    (fault,) = info.value.details
    assert f"regles.controle_langue : « {langue} »" in fault
    assert mot in fault


@pytest.mark.parametrize("annee", range(2019, 2029))
def test_a_session_starts_from_the_first_of_its_specialite(annee: int) -> None:
    premieres = {"NDRC": 2020, "MCO": 2021, "CCST": 2023}
    for specialite, premiere in premieres.items():
        if annee >= premiere:
            assert find_reglement(available_reglements(), specialite, annee).covers(annee)
            continue
        with pytest.raises(ConfigurationError, match=f"première session est {premiere}") as info:
            find_reglement(available_reglements(), specialite, annee)
        assert "Arrêté du" in info.value.message


def test_every_bound_and_the_coefficients_have_a_source() -> None:
    for reglement in available_reglements():
        objets = {s.objet for s in reglement.sources}
        assert {"premiere_session", "coefficients", "domaines"} <= objets
        assert (reglement.fin is None) == ("derniere_session" not in objets)


def test_what_no_source_reaches_is_a_reserve() -> None:
    connus = available_reglements()
    assert not find_reglement(connus, "MCO", 2024).reserves_at(2024)
    assert "non vérifié" in find_reglement(connus, "MCO", 2025).reserves_at(2025)[-1]
    assert not find_reglement(connus, "NDRC", 2026).reserves_at(2026)
    assert "non vérifié" in find_reglement(connus, "NDRC", 2027).reserves_at(2027)[-1]


@pytest.mark.parametrize("specialite", ["MCO", "NDRC", "CCST"])
def test_a_reglement_prolonged_says_so_and_decides_alike(tmp_path: Path, specialite: str) -> None:
    avant = find_reglement(available_reglements(), specialite, 2028)
    apres = read_reglement(extend_reglement(tmp_path, specialite.lower(), 2028))
    assert apres.epreuves == avant.epreuves
    assert apres.sessions == (2028, 2028)
    assert apres.confirme == avant.confirme
    assert set(avant.reserves_at(2028)) < set(apres.reserves)
    assert "Prolongé à la session 2028" in apres.reserves[-1]
    assert any("Prolongé" in line for line in describe_reglement(apres, 2028))
    with pytest.raises(ConfigurationError, match="existe déjà"):
        extend_reglement(tmp_path, specialite, 2028)


def test_a_session_that_never_was_is_not_prolonged(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="première session est 2021"):
        extend_reglement(tmp_path, "MCO", 2020)


def test_an_alias_is_another_code_of_one_epreuve(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as info:
        read_reglement(write(tmp_path, E1 + E1.replace('"E1"', '"E2", alias = ["E1"]')))
    assert "E1 présente 2 fois" in info.value.details[0]


@pytest.mark.parametrize(
    ("annee", "confirme", "loi"),
    [(2024, "Confirmé.", ""), (2025, "Confirmé, avec une réserve.", "2024-788")],
)
def test_a_reglement_is_shown_with_what_the_law_of_the_year_holds_back(
    annee: int, confirme: str, loi: str
) -> None:
    (ndrc,) = (r for r in available_reglements(None) if r.specialite == "NDRC")
    lignes = list(describe_reglement(ndrc, annee))
    assert confirme in lignes
    assert loi in " ".join(ligne for ligne in lignes if ligne.startswith("Réserve"))
