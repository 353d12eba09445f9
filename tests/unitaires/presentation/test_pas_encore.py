"""«None found» and «not known yet» are different sentences, wherever something may be missing."""

import re
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest
from chaine.accord import plain
from hypothesis import given
from hypothesis import strategies as st

from perequation.edition.description import Description
from perequation.harmonisation import rapport as harmonisation
from perequation.harmonisation.rapport import mots, restants, simulateur
from perequation.harmonisation.simulation.essai import EssaiDePoints
from perequation.jury import rendement_controle
from perequation.jury.cas import short_reason
from perequation.presentation.textes import counted
from perequation.resultats.rapport_anterieures import structure_table
from perequation.socle import formats
from perequation.suivi.comparaison_texte import _once
from perequation.suivi.etat import _rate

FOUND = "Aucun écart à examiner ni à surveiller"
UNKNOWN = "Aucun écart ne peut être jugé"
GAPS = {"signal": pl.String, "est_maintenu": pl.Boolean}
EMPTY = pl.DataFrame(schema=GAPS)


def gaps(*signals: str) -> pl.DataFrame:
    return pl.DataFrame([(signal, False) for signal in signals], schema=GAPS, orient="row")


@pytest.mark.parametrize(
    ("ecarts", "said", "never"),
    [
        (gaps("aucun", "indisponible"), FOUND, UNKNOWN),
        (gaps("indisponible", "indisponible"), UNKNOWN, FOUND),
        (gaps(), UNKNOWN, FOUND),
    ],
)
def test_no_gap_found_is_not_no_gap_judged(ecarts: pl.DataFrame, said: str, never: str) -> None:
    nothing = EssaiDePoints(unites=pl.DataFrame(), analyses=pl.DataFrame(), avant=(1, 2, 3))
    everywhere = (
        harmonisation.answer(EMPTY, ecarts),
        harmonisation.cards(EMPTY, ecarts, EMPTY, EMPTY, EMPTY),
        simulateur.what_if(nothing, EMPTY, {}, ecarts, EMPTY),
    )
    for fragment in everywhere:
        assert said in fragment.html
        assert never not in fragment.html


def test_an_epreuve_without_a_trial_says_why() -> None:
    """Nothing to correct there, or nothing that could be known: never left out in silence."""
    ecarts = pl.DataFrame(
        {
            "epreuve": ["E1", "E2", "E2", "E4"],
            "type_unite": ["commission", "etablissement", "etablissement", "etablissement"],
            "signal": ["signale", "indisponible", "aucun", "indisponible"],
        }
    )
    said = simulateur._left_out(ecarts.head(1), ecarts).html
    assert "E2 par établissement (rien n’y est à examiner ni à surveiller)" in said
    assert "E4 par établissement (aucune comparaison n’y est possible)" in said
    assert "E1" not in said
    assert simulateur._left_out(ecarts, ecarts).html == ""


def test_nobody_called_is_not_nobody_called_yet() -> None:
    rendement = pl.DataFrame({"appeles": [0]})
    none = rendement_controle.headline(rendement, EMPTY).html
    assert "Aucun candidat n’est appelé" in none
    yet = rendement_controle.headline(rendement, EMPTY, [True] * 161).html.replace("\u00a0", " ")
    assert "Aucun candidat n’est appelé" not in yet
    assert "161 candidats sans toutes leurs notes : ils peuvent encore être appelés." in yet
    for able, said in (
        ([True], "1 candidat sans toutes ses notes : il peut encore être appelé."),
        ([True, False], "2 candidats sans toutes leurs notes, dont 1 peut encore être appelé."),
        ([False], "ses notes : il ne peut plus être appelé, quoi que vaillent"),
        ([False, False], "leurs notes : aucun ne peut plus être appelé, quoi que vaillent"),
    ):
        html = rendement_controle.headline(rendement, EMPTY, able).html.replace("\u00a0", " ")
        assert said in html
        assert ("Personne ne peut encore" in html) is any(able)


def test_what_the_meeting_has_still_to_decide_on_is_said() -> None:
    ecarts = pl.DataFrame({"signal": ["signale", "a_surveiller", "rien_a_signaler"]})
    told: list[str] = []
    for decided in ([False, False], [True, False], [True, True], [False, True]):
        rows = pl.DataFrame(
            {
                "signal": ["signale", "a_surveiller"],
                "est_maintenu": [None if not decided[0] else True, None],
                "est_decide": decided,
                "probabilite_materielle": [0.95, 0.85],
            },
            schema_overrides={"est_maintenu": pl.Boolean},
        )
        told.append(plain(harmonisation.answer(rows, ecarts).html))
    none, one, both, watched = told
    assert "décider" not in none
    assert "Reste à décider : 0 à examiner, 1 à surveiller." in one
    assert "1 écart est déjà décidé par la réunion" in one
    assert "Rien ne reste à décider. " in both
    assert "2 écarts sont déjà décidés par la réunion" in both
    # The gap counted is the one to decide on: nothing is left to say of it.
    assert "1 écart à examiner, 0 à surveiller" in watched
    assert "à décider" not in watched


@pytest.mark.parametrize(
    ("sure", "said"),
    [([0.9, 0.95, 0.99], "tiennent : 0,2."), ([0.99] * 2, "moins de 0,1."), ([], None)],
)
def test_the_first_sentence_says_how_many_gaps_may_be_false(
    sure: list[float], said: str | None
) -> None:
    """Those to examine only: what is to be watched is not said to be true."""
    rows = pl.DataFrame(
        {
            "signal": ["signale"] * len(sure) + ["a_surveiller"],
            "est_maintenu": None,
            "est_decide": False,
            "probabilite_materielle": [*sure, 0.8],
        },
        schema_overrides={"est_maintenu": pl.Boolean},
    )
    html = plain(harmonisation.answer(rows, rows).html)
    assert (said in html) if said else ("aux signaux" not in html)


def total(**counts: int) -> dict[str, Any]:
    none = dict.fromkeys(("admis", "controle", "refuses", "elimines", "incomplets"), 0)
    return none | {"taux_reussite": 0.0} | counts


def test_a_rate_nobody_was_decided_for_is_not_zero() -> None:
    assert _rate(total(incomplets=161)).endswith("taux pas encore connu")
    assert "161" in _rate(total(incomplets=161))
    assert _rate(total(refuses=3)).replace("\u00a0", " ") == "taux 0,0 % des présents"


def test_a_heading_names_a_stage_that_was_asked_for_and_no_other() -> None:
    row = {
        "epreuve": "E4",
        "type_unite": "etablissement",
        "etape": "definitive",
        "nb_signalables": 0,
        "motif_analyse": "pas d’ancre",
    }
    # Marks sent by establishments stand in the latest stage of an épreuve with oral marks.
    assert "définitive" not in harmonisation.title(row, {}).html
    assert "notes transmises" in harmonisation.title(row, {}, "transmise").html


@pytest.mark.parametrize(
    ("signal", "sure", "said"),
    [
        ("signale", 0.995, "presque certain"),
        ("signale", 0.93, "très probable"),
        ("a_surveiller", 0.995, "probable"),
        ("a_surveiller", 0.81, "probable"),
    ],
)
def test_a_gap_only_watched_is_at_most_probable(signal: str, sure: float, said: str) -> None:
    assert mots.certainty({"signal": signal, "probabilite_materielle": sure}) == said


@pytest.mark.parametrize(
    ("whole", "short"),
    [
        (
            "note conservée : E2 n'est conservée qu'en partie ; E4 n'est conservée qu'en partie",
            "note conservée (E2, E4)",
        ),
        ("NV sous réserve à E41", "NV sous réserve à E41"),
        ("fraude (FR) à E4 : le résultat est retenu", "fraude (FR) à E4"),
        (
            "sans note à une épreuve de contrôle (E2, E3) : le jury conclut",
            "sans note à une épreuve de contrôle (E2, E3)",
        ),
        (
            "moyenne générale entre 9,995 et 10 (arrondie, elle s'affiche 10,00)",
            "moyenne générale entre 9,995 et 10",
        ),
        (
            "refus du jury sans mention du livret scolaire examiné (CE D643-26)",
            "refus du jury sans mention du livret scolaire examiné",
        ),
    ],
)
def test_a_reason_is_short_on_the_row(whole: str, short: str) -> None:
    assert pl.DataFrame({"r": [whole]}).select(short_reason("r")).item() == short


words = st.text("abcdéè '(),", min_size=1, max_size=20).map(str.strip).filter(bool)


@given(head=words, tail=words, codes=st.lists(st.sampled_from(["E1", "E21", "EF3"]), max_size=3))
def test_a_short_reason_keeps_what_it_is_and_each_epreuve_once(
    head: str, tail: str, codes: list[str]
) -> None:
    whole = f"{head} : {tail} {' ; '.join(codes)}"
    short = pl.DataFrame({"r": [whole]}).select(short_reason("r")).item()
    assert short.startswith(head)
    assert re.findall(r"\b(?:E|EF)\d+\b", short) == list(dict.fromkeys(codes))
    assert len(short) <= len(head) + len(" ()") + len("E1, E21, EF3")


def test_the_index_says_what_the_page_counts_in_its_words(tmp_path: Path) -> None:
    page = counted("{n} à décider", n="75 <cas>").html + counted("2 candidats sans notes").html
    (tmp_path / "40_jury.html").write_text(f"<p>{page}</p>", "utf-8")
    rapport: Any = SimpleNamespace(
        fichier="40_jury.html", notebook=Path("40_jury.ipynb"), specialite="X"
    )
    known = Description({("40_jury", "X"): "autre"})
    assert known.count(rapport, tmp_path) == "75 <cas> à décider, 2 candidats sans notes"
    # Outside the office the index counts nothing.
    assert not Description({}).count(rapport, tmp_path)
    assert known.count(rapport, tmp_path / "ailleurs") == "autre"


def test_the_same_change_is_told_once_of_a_candidate() -> None:
    lignes = [
        ("a", "decision_finale", "CONTROLE", "ADMIS"),
        ("a", "decision_calculee", "CONTROLE", "ADMIS"),
        ("a", "decision_jury", None, "ADMIS"),
        ("b", "decision_calculee", "CONTROLE", "ADMIS"),
    ]
    frame = pl.DataFrame(
        lignes, schema=["numero_candidat", "champ", "avant", "apres"], orient="row"
    ).with_columns(session=pl.lit(2023), specialite=pl.lit("X"))
    assert _once(frame).select("numero_candidat", "champ").rows() == [
        ("a", "decision_finale"),
        ("a", "decision_jury"),
        ("b", "decision_calculee"),
    ]


def test_units_never_analysed_are_not_said_without_anything_to_signal() -> None:
    signals = {
        "Vu": ("aucun", "signale"),
        "Calme": ("aucun", "indisponible"),
        "Petit": ("indisponible", "indisponible"),
        "Autre": ("signale", "aucun"),
    }
    ecarts = pl.DataFrame(
        [
            {
                "unite": unite,
                "epreuve": epreuve,
                "signal": signal,
                "ecart_retenu": 1.0,
                "type_unite": "etablissement",
            }
            for unite, both in signals.items()
            for epreuve, signal in zip(("E4", "E6"), both, strict=True)
        ]
    )
    html = restants.matrix(ecarts.filter(signal="signale"), ecarts).html.replace("\u00a0", " ")
    assert "1 autre établissement n’a rien à signaler là où il y a assez de notes" in html
    assert "1 autre n’est analysé à aucune épreuve." in html
    without = ecarts.filter(pl.col("unite").is_in(["Vu", "Autre"]))
    assert "autre" not in restants.matrix(without.filter(signal="signale"), without).html


@given(st.floats(-0.3, 0.3), st.floats(-0.3, 0.3))
def test_the_parts_of_a_change_add_up_as_printed(composition: float, reussite: float) -> None:
    structure = pl.DataFrame(
        {"session": [2021], "maille": ["statut"], "composition": composition, "reussite": reussite}
    )
    earlier: Any = SimpleNamespace(structure=structure)
    shown = structure_table(earlier)
    assert shown is not None
    found = re.findall(r">([+−]?\d+,\d)<", shown.html)
    parts = [Decimal(x.replace(",", ".").replace("−", "-")) for x in found]
    whole = formats.format_number((composition + reussite) * 100, 1)
    assert sum(parts) == Decimal(whole.replace(",", ".").replace("−", "-"))
