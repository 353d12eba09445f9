"""The totals of the reports add up to one another."""

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from perequation.jury import rapport as jury
from perequation.jury import rattrapage
from perequation.presentation.totaux import bridge, count_admitted
from perequation.socle.formats import NBSP

DECISIONS = st.sampled_from(["ADMIS", "CONTROLE", "REFUSE", "ELIMINE", "EN_COURS", "INCOMPLET"])
PEOPLE = st.lists(st.tuples(DECISIONS, DECISIONS | st.none(), st.booleans()), max_size=30)
NOMS = {"decision_calculee": pl.String, "decision_finale": pl.String, "est_appele": pl.Boolean}


def people(*rows: tuple[str, str | None, bool]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=NOMS, orient="row")


def said(fragment: object) -> str:
    return str(getattr(fragment, "html", "")).replace(NBSP, " ")


@given(PEOPLE)
@settings(max_examples=60, deadline=None)
def test_the_parts_add_up_to_the_admitted_of_the_results(
    rows: list[tuple[str, str | None, bool]],
) -> None:
    frame = people(*rows)
    admis = count_admitted(frame)
    assert admis.total == frame.filter(decision_finale="ADMIS").height
    assert admis.calcules == frame.filter(decision_calculee="ADMIS").height
    assert min(admis.ecartes, admis.repeches, admis.apres_controle) >= 0
    # Nothing is said where the rules alone give the results.
    alone = admis.ecartes == admis.repeches == admis.apres_controle == 0
    assert (said(bridge(frame)) == "") is alone


def test_the_bridge_says_each_step_once() -> None:
    by_rule = ("ADMIS", "ADMIS", False)
    rows = [by_rule] * 5 + [("CONTROLE", "ADMIS", False), ("CONTROLE", "ADMIS", True)]
    assert said(bridge(people(*rows))) == (
        "<p>7 admis en tout, comme dans les résultats : 5 par le calcul au premier groupe, "
        "plus 1 par décision du jury, plus 1 après contrôle.</p>"
    )
    refused = ("ADMIS", "REFUSE", False)
    assert "4 admis en tout" in said(bridge(people(*[by_rule] * 4, refused)))
    assert "moins 1 pour qui le jury a décidé autrement" in said(bridge(people(by_rule, refused)))
    assert said(bridge(people(*[by_rule] * 5))) == ""


def test_the_jury_s_document_says_where_its_admitted_are() -> None:
    rows = pl.DataFrame(
        {
            "numero_candidat": list("abcd"),
            "decision_finale": ["ADMIS", "ADMIS", "ADMIS", "REFUSE"],
            "decision_calculee": ["ADMIS", "CONTROLE", "ADMIS", "REFUSE"],
            "decision_apres_controle": [None, "ADMIS", None, None],
            "decision_jury": pl.Series([None] * 4, dtype=pl.String),
            "decision_jury_controle": pl.Series([None] * 4, dtype=pl.String),
            "question": [None, None, "Autres résultats à vérifier", None],
            "cas": "7. Admission",
            "livret": "",
            "moyenne_generale": 12.0,
        }
    )
    html = said(jury.settled(rows, []))
    assert (
        "3 admis en tout, comme dans les résultats : 1 sans question au premier groupe, "
        "1 après contrôle et 1 encore parmi les cas à décider." in html
    )


def test_who_the_rule_designates_and_who_is_called_are_tied() -> None:
    resultats = pl.DataFrame(
        {
            "numero_candidat": list("abcd"),
            "decision_calculee": ["CONTROLE", "CONTROLE", "CONTROLE", "REFUSE"],
        }
    )

    def tied(*called: str) -> str:
        appeles = resultats.filter(pl.col("numero_candidat").is_in(called))
        return said(rattrapage.decided_before(resultats, appeles))

    assert tied("a", "b", "c") == ""
    assert tied("a", "b") == (
        "<p>La règle désigne 3 candidats : 1 n’est pas dans les listes, le jury ayant décidé de "
        "son résultat dès le premier groupe.</p>"
    )
    assert "2 ne sont pas dans les listes, le jury ayant décidé de leur résultat" in tied("a")
    assert "1 autre y est par décision du jury." in tied("a", "b", "c", "d")
