"""Lines under the marks that are no candidate's: their words, and what they say of the scale."""

import unicodedata

import pytest

from perequation.ingestion.lecture.pieds import has_footer, read_footer

PIEDS = (
    *(
        "σ",
        "Σ",
        "Moy.",
        "Moy",
        "MOYENNES",
        "Écart-type",
        "Ecart type",
        "Ec. type",
        "E.T.",
        "ECARTYPE",
    ),
    *(
        "Nb présents",
        "Nb. notes",
        "Nbre de notes",
        "Présents",
        "Absents",
        "Inscrits",
        "Admis",
        "Reçus",
    ),
    *(
        "Total",
        "Sous total",
        "TOTAUX",
        "Min.",
        "Max.",
        "Mini",
        "Maxi",
        "Q1",
        "1er quartile",
        "Décile 9",
    ),
    *(
        "Variance",
        "Étendue",
        "Note la plus haute",
        "Plus basse note",
        "Moyenne : ",
        "m =",
        "n=",
        "x\u0304",
    ),
    *(
        "% présents",
        "Pourcentage de présents",
        "Taux de réussite",
        "Moyenne/20",
        "Nombre",
        "Médianes",
    ),
    *(
        "Moyenne académique",
        "Ensemble",
        "Synthèse",
        "Bilan",
        "Dispersion",
        "Sigma",
        "Effectifs",
        "Ø",
    ),
)
NOMS = (
    *(
        "ETIENNE",
        "Emma",
        "MODEST",
        "ETCHEVERRY",
        "Maxime",
        "MINIER",
        "NOTAIRE",
        "SURVILLE",
        "TAUXIER",
    ),
    *("Moyen", "Q12", "ADMISSION", "SOMMERS", "TOTALI", "02231000001", "SIGMARINGEN", "NBA"),
)


@pytest.mark.parametrize("pied", PIEDS)
def test_a_footer_is_known_by_its_word(pied: str) -> None:
    for ecrit in (pied, pied.upper(), unicodedata.normalize("NFD", pied)):
        for champs in ([ecrit, "", "12,4", "13"], ["", ecrit, "12,4", "#DIV/0!"]):
            assert read_footer(champs, ecrit.strip(), 0, (2, 3)) == {}
            assert has_footer("a;b\n" + ";".join(champs))


@pytest.mark.parametrize("nom", NOMS)
def test_a_candidate_is_no_footer(nom: str) -> None:
    assert read_footer([nom, "", "12,4", "13"], nom, 0, (2, 3)) is None
    assert read_footer(["", nom, "12,4", "13"], nom, 0, (2, 3)) is None


@pytest.mark.parametrize(
    "champs",
    [
        ["02231000001", "Moyenne", "12", "13"],
        ["", "MINI", "Léa", "13"],
        ["Moyenne", "", "douze", "13"],
    ],
)
def test_a_row_with_a_number_or_with_words_is_no_footer(champs: list[str]) -> None:
    premier = next(c for c in champs if c)
    assert read_footer(champs, premier, 0, (2, 3)) is None


@pytest.mark.parametrize(
    ("champs", "echelles"),
    [
        (["Barème", "", "40", "10"], {2: "40", 3: "10"}),
        (["Points possibles", "", "40", ""], {2: "40"}),
        (["Notes sur 40", "", "", ""], {2: "40", 3: "40"}),
        (["Sur", "", "40", "40"], {2: "40", 3: "40"}),
        # The best marks, unless all of them can only be a scale.
        (["Note maximale", "", "18", "19"], {}),
        (["Note maximale", "", "40", "40"], {2: "40", 3: "40"}),
        (["Moyenne", "", "12", "13"], {}),
    ],
)
def test_a_line_under_the_marks_may_say_their_scale(
    champs: list[str], echelles: dict[int, str]
) -> None:
    assert read_footer(champs, champs[0], 0, (2, 3)) == echelles
