"""`session.toml`: what is accepted, and how faults are told."""

from decimal import Decimal
from pathlib import Path

import pytest

from perequation.socle.configuration import load_configuration
from perequation.socle.dossier import open_dossier
from perequation.socle.erreurs import ConfigurationError, MissingInputError

MINIMUM = """
[session]
annee = 2023
titre = "BTS CCST"
academie_pilote = "TOULOUSE"
specialites = ["CCST"]
[donnees]
candidats = ["donnees/candidats*.csv"]
notes = ["donnees/notes*.csv"]
"""


def write(folder: Path, texte: str) -> Path:
    path = folder / "session.toml"
    path.write_text(texte, encoding="utf-8")
    return path


def test_the_minimum_has_the_documented_defaults(tmp_path: Path) -> None:
    configuration = load_configuration(write(tmp_path, MINIMUM))
    assert configuration.seuils.alerte_ecart == Decimal("0.5")
    assert configuration.seuils.effectif_minimal == 5
    assert configuration.regles.controle_langue == "epreuve"
    assert configuration.regles.controle_forme_progressive
    assert not configuration.regles.controle_reprend_benefice
    assert configuration.qualite.taux_rejet_maximal == 0.05


def test_thresholds_stay_exact_decimals(tmp_path: Path) -> None:
    configuration = load_configuration(write(tmp_path, MINIMUM + "[seuils]\nalerte_ecart = 0.1\n"))
    assert configuration.seuils.alerte_ecart == Decimal("0.1")


def test_every_fault_is_told_at_once_with_its_key(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        '[session]\nannee = "2O23"\nspecialites = []\nacademie_pilote = "TOULOUSE"\n'
        '[donnees]\ncandidats = ["/etc/*.csv"]\nnote = ["n.csv"]\n'
        '[[effectif_attendu]]\nmaille = "ville"\ninscrits = -1\n',
    )
    with pytest.raises(ConfigurationError) as info:
        load_configuration(path)
    faults = "\n".join(info.value.details)
    for key in (
        "session.annee",
        "session.titre",
        "session.specialites",
        "donnees.candidats",
        "donnees.notes",
        "donnees.note :",
        "effectif_attendu[1].maille",
        "effectif_attendu[1].inscrits",
    ):
        assert key in faults, key
    assert "clé inconnue" in faults
    assert "8\u00a0fautes" in info.value.message


@pytest.mark.parametrize(
    ("contenu", "mot"), [("[session\n", "TOML valide"), ('x = "\\', "TOML valide")]
)
def test_a_broken_file_is_one_sentence(tmp_path: Path, contenu: str, mot: str) -> None:
    with pytest.raises(ConfigurationError, match=mot):
        load_configuration(write(tmp_path, contenu))


def test_a_file_in_another_encoding_says_so(tmp_path: Path) -> None:
    (tmp_path / "session.toml").write_bytes('titre = "é"'.encode("cp1252"))
    with pytest.raises(ConfigurationError, match="UTF-8"):
        load_configuration(tmp_path / "session.toml")


def test_a_step_that_does_not_divide_twenty_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as info:
        load_configuration(write(tmp_path, MINIMUM + "[seuils]\npas_note = 0.3\n"))
    assert "seuils.pas_note : le pas doit diviser 20" in info.value.details[0]


def test_a_folder_that_is_not_there_or_not_a_session(tmp_path: Path) -> None:
    with pytest.raises(MissingInputError, match="n'existe pas"):
        open_dossier(tmp_path / "absent")
    with pytest.raises(MissingInputError, match=r"session\.toml"):
        open_dossier(tmp_path)


def test_thresholds_have_two_decimals_at_most_as_marks_do(tmp_path: Path) -> None:
    seuils = "[seuils]\npas_note = 0.125\nalerte_ecart = 0.255\n"
    with pytest.raises(ConfigurationError) as info:
        load_configuration(write(tmp_path, MINIMUM + seuils))
    assert len(info.value.details) == 2
    assert "seuils.pas_note : au plus 2 décimales" in "\n".join(info.value.details)


def test_rules_made_blocking_are_known_ones(tmp_path: Path) -> None:
    known = '[qualite]\nbloquer = ["note_pas", "doublon"]\n'
    assert load_configuration(write(tmp_path, MINIMUM + known)).qualite.bloquer[1] == "doublon"
    unknown = '[qualite]\nbloquer = ["note_pass", "doublon", "xyz"]\ntaux_rejet_maximal = 2\n'
    with pytest.raises(ConfigurationError) as info:
        load_configuration(write(tmp_path, MINIMUM + unknown))
    faults = "\n".join(info.value.details)
    assert "qualite.bloquer : la règle « note_pass » n'existe pas (vouliez-vous" in faults
    assert "« note_pas »" in faults
    assert "« xyz » n'existe pas (leurs noms" in faults
    assert "qualite.taux_rejet_maximal" in faults


def test_an_unknown_specialite_is_told_with_the_other_faults(tmp_path: Path) -> None:
    texte = MINIMUM.replace('"CCST"', '"CCST", "ABC"') + "[seuils]\npas_note = 0.3\n"
    with pytest.raises(ConfigurationError) as info:
        load_configuration(write(tmp_path, texte))
    assert "2\u00a0fautes" in info.value.message
    pas, specialite = info.value.details
    assert pas.startswith("seuils.pas_note")
    assert "session.specialites : Aucun règlement de la spécialité « ABC »" in specialite


def test_a_broken_reglement_of_the_folder_is_told_with_the_other_faults(tmp_path: Path) -> None:
    (tmp_path / "reglements").mkdir()
    (tmp_path / "reglements" / "abc.toml").write_text('specialite = "ABC"\n', encoding="utf-8")
    with pytest.raises(ConfigurationError) as info:
        load_configuration(write(tmp_path, MINIMUM + "[seuil]\n"))
    assert "seuil : clé inconnue" in info.value.details[0]
    assert "Règlement abc.toml refusé." in info.value.details[1]


@pytest.mark.parametrize("session", ["", "annee = 2023", 'annee = "x"\nspecialites = ["ABC"]'])
def test_what_can_not_be_read_of_the_session_hides_no_other_fault(
    tmp_path: Path, session: str
) -> None:
    texte = f"[session]\n{session}\n" + MINIMUM[MINIMUM.index("[donnees]") :]
    with pytest.raises(ConfigurationError) as info:
        load_configuration(write(tmp_path, texte))
    assert "session.titre : clé obligatoire absente" in info.value.details


def test_a_specialite_is_named_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as info:
        load_configuration(write(tmp_path, MINIMUM.replace('"CCST"]', '"CCST", "CCST"]')))
    assert info.value.details == ("session.specialites : CCST nommée plusieurs fois",)


def test_tables_that_no_glob_reads_are_known(tmp_path: Path) -> None:
    write(tmp_path, MINIMUM)
    (tmp_path / "donnees" / "modeles").mkdir(parents=True)
    for nom in (
        "candidats.csv",
        "notes.csv",
        "Notes2.XLSX",
        "~$notes.xlsx",
        "lisez-moi.txt",
        "modeles/notes.csv",
    ):
        (tmp_path / "donnees" / nom).touch()
    assert [path.name for path in open_dossier(tmp_path).unread()] == ["Notes2.XLSX"]


@pytest.mark.parametrize(
    ("ajout", "cle"),
    [
        ("[seuils]\neffectif_minimal = true\n", "seuils.effectif_minimal"),
        ("[seuils]\neffectif_minimal = 1\n", "seuils.effectif_minimal"),
        ("[seuils]\neffectif_minimal = 2\n", "seuils.effectif_minimal"),
        (
            '[[effectif_attendu]]\nmaille = "total"\ninscrits = 3000000000\n',
            "effectif_attendu[1].inscrits",
        ),
        ("[bornes]\nmemoire_mo = 1\n", "bornes.memoire_mo"),
        ("[bornes]\nsecondes = true\n", "bornes.secondes"),
    ],
)
def test_a_number_that_would_undo_something_is_refused(
    tmp_path: Path, ajout: str, cle: str
) -> None:
    with pytest.raises(ConfigurationError) as info:
        load_configuration(write(tmp_path, MINIMUM + ajout))
    assert [fault.split(" : ")[0] for fault in info.value.details] == [cle]


@pytest.mark.parametrize(
    "motif", [".", "./", "**x/*.csv", "donnees/**y", "a\\u0000b", "***", "[", "donnees/[!a"]
)
def test_a_pattern_that_names_no_file_never_breaks_anything(tmp_path: Path, motif: str) -> None:
    texte = MINIMUM.replace("donnees/notes*.csv", motif)
    try:
        configuration = load_configuration(write(tmp_path, texte))
    except ConfigurationError as refus:
        assert [f.split(" : ")[0] for f in refus.details] == ["donnees.notes"]  # noqa: PT017
    else:
        assert list(tmp_path.glob(configuration.donnees.notes[0])) == []


def test_a_file_nested_too_deep_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError):
        load_configuration(write(tmp_path, MINIMUM + "x = " + "[" * 5000 + "]" * 5000 + "\n"))


@pytest.mark.parametrize(
    ("cle", "ecrit", "dit"),
    [
        ("titre", "BTS MCO (À COMPLÉTER)", "reste à compléter"),
        ("titre", "a completer", "reste à compléter"),
        ("titre", "…", "reste à compléter"),
        ("academie_pilote", "À COMPLÉTER", "reste à compléter"),
        ("academie_pilote", "Toulousse", "Vouliez-vous TOULOUSE"),
        ("academie_pilote", "Académie de Toulouse", ""),
        ("titre", "BTS MCO, à compléter par l'oral", "reste à compléter"),
        ("titre", "BTS MCO, session complète", ""),
    ],
)
def test_what_is_left_to_fill_in_is_a_fault(tmp_path: Path, cle: str, ecrit: str, dit: str) -> None:
    lignes = [ligne for ligne in MINIMUM.splitlines() if not ligne.startswith(f"{cle} =")]
    texte = "\n".join(lignes).replace("[session]", f'[session]\n{cle} = "{ecrit}"')
    path = write(tmp_path, texte)
    if not dit:
        assert getattr(load_configuration(path).session, cle) == ecrit
        return
    with pytest.raises(ConfigurationError) as info:
        load_configuration(path)
    assert dit in "\n".join(info.value.details)


REFERENCE = '[[reference_nationale]]\nsource = "DEPP"\n'


def test_a_national_reference_is_read_for_its_specialite(tmp_path: Path) -> None:
    texte = MINIMUM + REFERENCE + "taux_reussite = 0.77\n"
    (reference,) = load_configuration(write(tmp_path, texte)).reference_nationale
    assert (reference.source, reference.taux_reussite, reference.specialite) == ("DEPP", 0.77, "")


@pytest.mark.parametrize(
    ("reference", "mot"),
    [
        (REFERENCE, "taux_reussite"),
        (REFERENCE + "taux_reussite = 77\n", "taux_reussite"),
        (REFERENCE + 'taux_reussite = 0.7\nspecialite = "MCO"\n', "MCO"),
        ("[[reference_nationale]]\ntaux_reussite = 0.7\n", "source"),
        (2 * (REFERENCE + "taux_reussite = 0.7\n"), "une seule"),
    ],
)
def test_a_wrong_national_reference_is_refused(tmp_path: Path, reference: str, mot: str) -> None:
    with pytest.raises(ConfigurationError) as info:
        load_configuration(write(tmp_path, MINIMUM + reference))
    assert mot in "\n".join(info.value.details)
