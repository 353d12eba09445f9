"""What refused candidates may keep, by the law of the session."""

from decimal import Decimal

import polars as pl
import pytest

from perequation.jury.proces_verbal import kept_units, say_booklets


def notes(session: int, *lignes: tuple[str, str, str, str | None]) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "numero_candidat": "01",
            "specialite": "MCO",
            "session": session,
            "epreuve": epreuve,
            "epreuve_groupe": groupe,
            "rang": rang,
            "coefficient": Decimal(coefficient),
            "note": None if note is None else Decimal(note),
            "est_facultative": False,
            "est_dispensee": note == "-1",
        }
        for rang, (epreuve, groupe, coefficient, note) in enumerate(lignes)
    )


STEPS = ("decision_jury", "decision_jury_controle", "decision_apres_controle")


@pytest.mark.parametrize(
    ("session", "note_e22", "gardees"),
    [
        (2023, "9.5", "E1 (12,00), E21 (10,50)"),
        (2022, "9.5", "E1 (12,00), E2 (10,00)"),
        (2022, "9.4", "E1 (12,00)"),
        (2021, None, "E1 (12,00)"),
        (2022, "-1", "E1 (12,00), E2 (10,50)"),
    ],
)
def test_units_are_kept_from_2023_on_whole_epreuves_before(
    session: int, note_e22: str | None, gardees: str
) -> None:
    lues = notes(
        session,
        ("E1", "E1", "3", "12"),
        ("E21", "E2", "1.5", "10.5"),
        ("E22", "E2", "1.5", note_e22),
        ("E5", "E5", "3", "9.99"),
    )
    resultats = pl.DataFrame(
        {
            "numero_candidat": ["01"],
            "specialite": ["MCO"],
            "session": [session],
            "decision_finale": ["REFUSE"],
        }
    )
    assert kept_units(lues, resultats)["epreuves"].to_list() == [gardees]
    elimine = resultats.with_columns(decision_finale=pl.lit("ELIMINE"))
    assert kept_units(lues, elimine)["epreuves"].to_list() == [gardees]
    admis = resultats.with_columns(decision_finale=pl.lit("ADMIS"))
    assert kept_units(lues, admis).is_empty()


@pytest.mark.parametrize(
    ("livrets", "tacites", "dites"),
    [
        ((), 0, ("Aucun refus.",)),
        ((), 2, ("2 refus sans décision écrite", "CE D643-26")),
        (
            ("O", "AUCUN", "O"),
            1,
            ("3 refus du jury", "examiné pour 2", "fourni pour 1", "1 refus sans"),
        ),
    ],
)
def test_a_refusal_nobody_wrote_is_said_to_be_without_its_livret(
    livrets: tuple[str, ...], tacites: int, dites: tuple[str, ...]
) -> None:
    ecarts = pl.DataFrame(
        {"decision": ["REFUSE" for _ in livrets], "livret": list(livrets)},
        {"decision": pl.String, "livret": pl.String},
    )
    resultats = pl.DataFrame(
        {
            "decision_jury": [None] * tacites + ["REFUSE"] * len(livrets) + [None],
            "decision_finale": ["REFUSE"] * (tacites + len(livrets)) + ["ADMIS"],
            "decision_jury_controle": None,
            "decision_apres_controle": None,
        },
        dict.fromkeys(STEPS, pl.String) | {"decision_finale": pl.String},
    )
    page = say_booklets(ecarts, resultats).html.replace("\xa0", " ")
    assert all(mots in page for mots in dites), page


@pytest.mark.parametrize(
    ("steps", "written"),
    [
        ((None, None, None), False),
        (("REFUSE", None, None), True),
        # Called by the jury, then refused by the marks of the contrôle: nobody wrote the refusal.
        (("CONTROLE", None, "REFUSE"), False),
        ((None, "REFUSE", "REFUSE"), True),
        ((None, None, "REFUSE"), False),
    ],
)
def test_a_refusal_is_written_at_the_step_that_decides(
    steps: tuple[str | None, ...], written: bool
) -> None:
    row = dict(zip(STEPS, steps, strict=True)) | {"decision_finale": "REFUSE"}
    resultats = pl.DataFrame([row], dict.fromkeys(row, pl.String))
    none = pl.DataFrame(schema={"decision": pl.String, "livret": pl.String})
    page = say_booklets(none, resultats).html.replace("\xa0", " ")
    assert ("1 refus sans décision écrite" in page) is not written
