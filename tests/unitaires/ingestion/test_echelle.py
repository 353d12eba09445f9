"""On what scale marks are: what labels, lines under the header and titles say."""

import pytest

from perequation.ingestion.lecture.echelle import scale_line, split_scale, title_scale
from perequation.ingestion.lecture.entete import Attente, find_header
from perequation.ingestion.profils import Disposition
from perequation.socle.schema import TABLES


@pytest.mark.parametrize(
    ("libelle", "echelle"),
    [
        *(
            (f"E41 {x}", "10")
            for x in ("/10", "/ 10", "(10 pts)", "sur dix", "noté sur 10", "s/10")
        ),
        *((f"E41 {x}", "10") for x in ("[10]", "(10)", "sur10", "10 points", "(/10 pts)", "-/10")),
        *((f"E41{x}", "40") for x in ("/40", "_sur_40", " (max : 40)", " barème 40", " 40pts")),
        ("E41 sur cinquante", "50"),
        ("E41 sur quatre-vingts", "80"),
        ("E41 %", "100"),
        ("E41 en pourcentage", "100"),
        *((f"E41{x}", "20") for x in ("", "/20", " sur vingt", " (20)", " - Relation client")),
        # No scale: dates, ranks, coefficients, words.
        *((f"E41 {x}", "20") for x in ("(coef 3)", "sur 2 jours", "/ 1er oral", "sur dossier")),
        *((f"E41 {x}", "20") for x in ("(2)", "session 2022", "centre 10", "(points)")),
    ],
)
def test_the_scale_of_a_label(libelle: str, echelle: str) -> None:
    assert split_scale(libelle)[1] == echelle


@pytest.mark.parametrize(
    ("titre", "echelle"),
    [
        ("Notes sur 40", "40"),
        ("Notes /40 du centre de Toulouse", "40"),
        ("Barème : 40 points", "40"),
        ("Notes du 12/06/2022", "20"),
        ("Notes saisies le 13.06.2022 / centre 4", "20"),
        ("Relevé de notes, page 1/10", "20"),
        ("Liste des 30 candidats sur 40", "20"),
    ],
)
def test_the_scale_a_title_says(titre: str, echelle: str) -> None:
    assert (title_scale(titre) or "20") == echelle


@pytest.mark.parametrize(
    ("rangee", "echelles"),
    [
        (["Points possibles", "", "10", "40"], {2: "10", 3: "40"}),
        (["", "Barème", "10", "20"], {2: "10", 3: "20"}),
        (["", "", "/10", "/40"], {2: "10", 3: "40"}),
        (["", "", "10", "40"], {2: "10", 3: "40"}),
        # Candidates, a line of coefficients, marks that are no scale.
        (["02231000001", "", "10", "40"], {}),
        (["Coefficients", "", "3", "2"], {}),
        (["", "", "12,5", "13"], {}),
        (["", "", "20", "20"], {}),
        (["", "", "10", ""], {}),
        (["MARTIN", "", "10", "10"], {}),
    ],
)
def test_the_scale_a_line_under_the_header_says(
    rangee: list[str], echelles: dict[int, str]
) -> None:
    assert scale_line(rangee, 0, [2, 3]) == echelles


def test_the_scale_above_two_columns_is_that_of_both() -> None:
    table = TABLES["notes"]
    donnees = frozenset(table.noms) - {"numero_candidat"}
    attente = Attente(table, Disposition(large=("*",)), donnees, ("E1", "E41", "E42"))
    haut = ["numero_candidat", "Nom", "CCF (sur 40)", "", "Écrits"]
    bas = ["", "", "E41", "E42", "E1"]
    entete = find_header(attente, [(1, haut), (2, bas), (3, ["1", "X", "26", "12", "9"])])
    assert entete is not None
    assert entete.epreuves == {"E41": 2, "E42": 3, "E1": 4}
    assert entete.baremes == {2: "40", 3: "40"}
