"""A finding names columns and decisions in words; what a cell holds stays as it is written."""

import polars as pl
import pytest

from perequation.controles.mots import in_words


@pytest.mark.parametrize(
    ("message", "said"),
    [
        (
            "decision « ADMIS » : autre que la proposition ; proposition : REFUSE (règle jury_ecart).",
            "décision « ADMIS » : autre que la proposition ; proposition : refusé (règle jury_ecart).",
        ),
        ("epreuve « E6 » : ni note ni code", "épreuve « E6 » : ni note ni code"),
        ("uai (vide) : établissement sans UAI", "UAI (vide) : établissement sans UAI"),
        ("note « 16.50 » : hors decision « X »", "note « 16.50 » : hors decision « X »"),
        (
            "note « 16.50 » : x ; proposition ADMIS, CONTROLE si la réunion était suivie",
            "note « 16.50 » : x ; proposition admis, appelé au contrôle si la réunion était suivie",
        ),
        ("etablissement « ADMIS REFUSE » : y", "établissement « ADMIS REFUSE » : y"),
    ],
)
def test_a_finding_is_told_in_words(message: str, said: str) -> None:
    assert in_words(pl.DataFrame({"message": [message]}))["message"].item() == said
    assert in_words(pl.DataFrame(schema={"message": pl.String})).is_empty()
