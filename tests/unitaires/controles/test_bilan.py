"""What the controls say in French."""

from perequation.controles.bilan import Bilan, ResultatRegle
from perequation.controles.suites import Gravite, load_regles

REGLES = {regle.regle: regle for regle in load_regles()}


def resultat(nom: str, gravite: Gravite, nombre: int | None) -> ResultatRegle:
    reussi = None if nombre is None else nombre == 0
    exemples = ("donnees/c.csv, ligne 3 : motif",) if nombre else ()
    return ResultatRegle(
        REGLES[nom], gravite, reussi, 170, nombre or 0, f"{nombre} anomalies.", exemples
    )


BILAN = Bilan(
    (
        resultat("candidat_cle_unique", "critique", 2),
        resultat("candidats_presents", "critique", 0),
        resultat("note_pas", "avertissement", 5),
        resultat("note_sous_reserve", "info", 1),
        resultat("candidat_uai_connue", "avertissement", None),
    )
)


def test_only_failed_critical_rules_block() -> None:
    assert [r.regle.regle for r in BILAN.critiques] == ["candidat_cle_unique"]
    assert [r.regle.regle for r in BILAN.avertissements] == ["note_pas"]
    assert [r.regle.regle for r in BILAN.non_executees] == ["candidat_uai_connue"]


def test_lines_say_what_how_many_and_where() -> None:
    assert BILAN.lignes == (
        "Un numéro de candidat n'est inscrit qu'une fois. 2 anomalies.",
        "donnees/c.csv, ligne 3 : motif",
    )


def test_one_line_summary() -> None:
    assert str(BILAN) == (
        "1 règle tenue, 1 bloquante, 1 avertissement, 1 information, 1 non exécutée"
    )


def test_counts_for_the_log() -> None:
    assert BILAN.comptes == {
        "regles": 5,
        "tenues": 1,
        "non_executees": 1,
        "critiques": 1,
        "avertissements": 1,
        "infos": 1,
        "anomalies_avertissement": 5,
        "anomalies_critique": 2,
        "anomalies_info": 1,
    }
