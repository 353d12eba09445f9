"""Sentences and figures of the reports: denominators, words, what is hidden, what comes first."""

import re
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest

from perequation.controles import rapport as qualite
from perequation.controles import rapport_etat
from perequation.harmonisation import rapport as harmonisation
from perequation.jury import cas, issues, points_ouverts, rattrapage, rendement_controle
from perequation.jury import rapport as jury
from perequation.presentation import entete, lexique
from perequation.resultats import rapport as resultats
from perequation.resultats.confidentialite import hide_causes
from perequation.socle import formats
from perequation.socle.erreurs import ConfigurationError

N = "\u00a0"
TOTAL = {
    "inscrits": 170,
    "presents": 168,
    "admis": 134,
    "admis_controle": 10,
    "controle": 0,
    "refuses": 30,
    "elimines": 4,
    "incomplets": 0,
    "taux_reussite": 134 / 168,
    "taux_bas": 0.73,
    "taux_haut": 0.85,
    "moyenne_generale": 11.2,
    "appeles": 16,
}


def decisions(**changes: int | None) -> pl.DataFrame:
    """What `secret.hide_few_decisions` says of TOTAL."""
    counts: dict[str, int | None] = {
        "admis_premier_groupe": 124,
        "admis_controle": 10,
        "controle": 0,
        "refuses": 30,
        "elimines": 6,
        "incomplets": 0,
    }
    rows = list((counts | changes).items())
    return pl.DataFrame(
        rows, schema={"decision": pl.String, "nb_candidats": pl.Int64}, orient="row"
    )


def plain(fragment: Any) -> str:
    return fragment.html.replace(N, " ")


def test_key_figures_state_their_denominators() -> None:
    html = plain(resultats.headline(pl.DataFrame([TOTAL]), decisions()))
    assert "sur 170 inscrits" in html
    assert "sur 168 présents" in html
    assert "124 au premier groupe et 10 après les épreuves de contrôle" in html
    assert "79,8 %" in html


def test_a_pending_controle_makes_the_rate_provisional() -> None:
    known = dict(decisions().iter_rows())
    assert "provisoire" in resultats.sentence(TOTAL, known | {"controle": 7})
    assert "provisoire" not in resultats.sentence(TOTAL, known)
    few = resultats.sentence(TOTAL, known | {"controle": None, "admis_controle": None})
    assert "peuvent attendre" in few
    assert "124" not in few  # with the admis, it would tell those admitted after the contrôle


@pytest.mark.parametrize("rows", [[], [TOTAL | {"presents": 0, "taux_reussite": None}]])
def test_nobody_present_is_said(rows: list[dict[str, Any]]) -> None:
    frame = pl.DataFrame(rows) if rows else pl.DataFrame([TOTAL]).clear()
    assert "ucun" in resultats.headline(frame, decisions()).html


@pytest.mark.parametrize(
    ("counts", "shown"), [((9, 8, 6), {"9", "8", "6"}), ((9, 4, 6), {"6"}), ((9, 8, 2), {"9", "8"})]
)
def test_few_eliminations_are_not_counted(counts: tuple[int, ...], shown: set[str]) -> None:
    causes = pl.DataFrame(
        {
            "cause": ["absence_non_justifiee", "non_valide", "non_valide"],
            "epreuve": ["toutes", "toutes", "E1"],
            "nb_candidats": counts,
        }
    )
    html = resultats.eliminations(hide_causes(causes, 19, 5), decisions(), 5).html
    assert set(re.findall(r'<td class="d">(\d+)</td>', html)) == shown
    hidden = hide_causes(causes, None, 5)
    silent = resultats.eliminations(hidden, decisions(elimines=None), 5).html
    assert set(re.findall(r'<td class="d">(\d+)</td>', silent)) == shown & {str(counts[2])}
    assert "n’est pas publié" in silent


def test_eliminations_all_hidden_are_a_sentence_and_no_table() -> None:
    causes = pl.DataFrame(
        {
            "cause": ["absence_non_justifiee", "non_valide"],
            "epreuve": ["toutes", "E1"],
            "nb_candidats": [4, 2],
        }
    )
    html = resultats.eliminations(hide_causes(causes, 6, 5), decisions(elimines=6), 5).html
    assert "6\u00a0candidats éliminés ; " in html.replace("\u00a0;", " ;")
    assert "trop peu de candidats" in html
    assert "<table" not in html


def test_the_page_says_who_is_waiting_for_what() -> None:
    html = plain(resultats.decisions_table(decisions(controle=7, elimines=None), 5))
    assert "Appelés au contrôle, en attente de décision" in html
    assert "absence à un oral sans note à l’autre" in html


def test_namesakes_keep_their_uai() -> None:
    frame = pl.DataFrame(
        {
            "maille": ["etablissement"] * 3,
            "modalite": ["0960001A", "0960002B", "0960003C"],
            "libelle": ["LYCÉE X", "LYCÉE X", "LYCÉE Y"],
        }
    )
    names = resultats.by_maille(frame, "etablissement")["modalite"].to_list()
    assert names == ["LYCÉE X (0960001A)", "LYCÉE X (0960002B)", "LYCÉE Y"]


def test_codes_are_translated_only_where_they_are_codes() -> None:
    sexes = pl.DataFrame({"maille": ["sexe"], "modalite": ["M"], "libelle": ["M"]})
    schools = pl.DataFrame({"maille": ["etablissement"], "modalite": ["M"], "libelle": ["M"]})
    assert resultats.by_maille(sexes, "sexe")["modalite"].to_list() == ["Hommes"]
    assert resultats.by_maille(schools, "etablissement")["modalite"].to_list() == ["M"]


def reserves(**changes: Any) -> Any:
    base: dict[str, Any] = {
        "rejets": 0,
        "fichiers_rejetes": 0,
        "provisoires": 0,
        "a_verifier": 0,
        "reglement_confirme": True,
        "reserves_reglement": (),
        "causes": (),
    }
    return SimpleNamespace(**(base | changes))


def test_first_page_warnings() -> None:
    assert "Aucune ligne rejetée" in entete.warnings(reserves()).html
    assert "<details" not in entete.warnings(reserves()).html
    html = plain(entete.warnings(reserves(rejets=3, fichiers_rejetes=2, provisoires=1)))
    assert "3 lignes rejetées" in html
    assert "2 fichiers" in html
    assert "1 candidat a un résultat provisoire" in html
    unconfirmed = reserves(reglement_confirme=False, reserves_reglement=("Coefficients <à voir>.",))
    assert "<summary><strong>Réserves</strong> : règlement non confirmé" in plain(
        entete.warnings(unconfirmed)
    )
    assert "n’est pas confirmé" in entete.warnings(unconfirmed).html
    assert "&lt;à voir&gt;" in entete.warnings(unconfirmed).html


def test_what_a_confirmed_reglement_supposes_is_said() -> None:
    alone = entete.warnings(reserves(reserves_reglement=("E5 : 2 + 2 supposé.",)))
    assert "règlement confirmé avec une réserve</summary>" in plain(alone)
    assert "Règlement confirmé, avec cette réserve : E5 : 2 + 2 supposé." in plain(alone)
    among = entete.warnings(reserves(rejets=3, fichiers_rejetes=1, reserves_reglement=("E5.",)))
    assert "3 lignes rejetées ; règlement confirmé avec une réserve" in plain(among)
    assert "réserve : E5." in plain(among)


def test_what_is_to_verify_is_named_by_the_causes_found_and_no_other() -> None:
    causes = (("sans note à une épreuve de contrôle", 6), ("NV sous réserve", 2))
    html = plain(entete.warnings(reserves(a_verifier=8, causes=causes)))
    assert "sans note à une épreuve de contrôle (6), NV sous réserve (2)." in html
    assert "rejetée" not in html
    assert "au ras" not in html


@pytest.mark.parametrize(
    ("langue", "groupes", "benefice", "progressive", "said"),
    [
        (
            "epreuve",
            ["E2", "E2"],
            False,
            True,
            ["remplace toute l’épreuve", "ne se repasse pas", "donne accès"],
        ),
        ("epreuve", ["E2", "E3"], False, True, ["que celle de l’épreuve choisie (E2 ou E3)"]),
        (
            "E22",
            ["E2", "E2"],
            True,
            False,
            ["ne remplace que la sous-épreuve E22", "peut se", "ne donne pas"],
        ),
    ],
)
def test_open_points_of_the_regulation_are_said_as_the_session_settles_them(
    langue: str, groupes: list[str], benefice: bool, progressive: bool, said: list[str]
) -> None:
    parametre = pl.DataFrame(
        {
            "controle_langue": [langue],
            "controle_reprend_benefice": [benefice],
            "controle_forme_progressive": [progressive],
        }
    )
    epreuves = pl.DataFrame({"epreuve_groupe": groupes}).with_columns(
        est_langue=True, est_facultative=False
    )
    page = plain(points_ouverts.open_points(parametre, epreuves))
    assert all(words in page for words in said), page


ANALYSE = {
    "epreuve": "E42",
    "etape": "transmise",
    "type_unite": "etablissement",
    "nb_signalables": 31,
    "nb_signales": 3,
    "nb_a_surveiller": 0,
    "faux_signaux_attendus": 0.2,
    "faux_bas": 0,
    "faux_haut": 1,
    "motif_analyse": None,
    "unites_signalees": ["A", "<b>"],
    "nb_unites_total": 31,
}


def test_what_is_to_be_discussed_is_said_with_figures() -> None:
    said = harmonisation.sentence(ANALYSE).replace(N, " ")
    assert (
        said
        == "3 établissements sur 31 à examiner ; 0,2 faux signal attendu (de 0 à 1) si les hypothèses "
        "tiennent."
    )
    many = harmonisation.sentence(ANALYSE | {"faux_signaux_attendus": 2.4, "nb_a_surveiller": 2})
    assert (
        "2,4 faux signaux attendus (de 0 à 1) si les hypothèses tiennent ; 2 à surveiller" in many
    )
    tiny = harmonisation.sentence(ANALYSE | {"faux_signaux_attendus": 0.01})
    assert "moins de 0,1 faux signal attendu" in tiny


def test_what_is_not_to_be_discussed_is_said_too() -> None:
    calm = harmonisation.sentence(ANALYSE | {"nb_signales": 0}).replace(N, " ")
    assert calm == "rien à examiner parmi 31 établissements."
    silent = ANALYSE | {"nb_signalables": 0, "nb_signales": 0, "motif_analyse": "pas d'ancre"}
    html = harmonisation.first_page(pl.DataFrame([ANALYSE, silent]), {"E42": "Titre"}).html
    assert "&lt;b&gt;" in html
    assert "pas d&#x27;ancre" in html


def test_nobody_is_called_generous_or_severe() -> None:
    html = harmonisation.first_page(pl.DataFrame([ANALYSE]), {}).html
    html += harmonisation.reduced_mode(pl.DataFrame([ANALYSE]), expected(E42=(170, 170))).html
    assert not {"généreu", "sévère", "laxiste", "classement"} & set(html.lower().split())


def expected(**marks: tuple[int, int]) -> pl.DataFrame:
    """Make rows of `marts.completude`: marks expected and received of each épreuve."""
    return pl.DataFrame(
        [
            {"epreuve": epreuve, "attendues": attendues, "recues": recues, "rang": rang}
            for rang, (epreuve, (attendues, recues)) in enumerate(marks.items())
        ]
    )


def test_without_any_analysis_the_report_says_it_is_reduced() -> None:
    silent = pl.DataFrame([ANALYSE | {"nb_signalables": 0, "nb_signales": 0}])
    epreuve = ANALYSE["epreuve"]
    not_yet = plain(
        harmonisation.reduced_mode(silent, expected(**{epreuve: (170, 3), "E1": (170, 0)}))
    )
    assert "pas encore" not in not_yet
    assert "encore possible. Notes reçues : " in not_yet
    assert "E1 (0 sur 170)" in not_yet
    never = plain(
        harmonisation.reduced_mode(silent, expected(**{epreuve: (99, 99), "E1": (99, 0)}))
    )
    assert "ne sera possible à cette session : 99 candidats au plus" in never
    for words in (not_yet, never):
        assert "Mode réduit" in words
    enough = plain(harmonisation.reduced_mode(silent, expected(**{epreuve: (100, 100)})))
    assert "toutes reçues" in enough
    assert "Aucune note" in harmonisation.first_page(silent.clear(), {}).html
    # «Nothing to examine» would be a conclusion.
    assert "à examiner" not in harmonisation.first_page(silent, {}).html.lower()


def test_another_threshold_than_the_session_s_is_said_first() -> None:
    judged = pl.DataFrame([ANALYSE | {"alerte_ecart": 0.25}])
    own = harmonisation.threshold(judged, 0.25).html
    assert "à partir de 0,25 point" in own
    other = harmonisation.threshold(judged, 0.5).html
    assert "pq-avertissement" in other
    assert "0,25 point" in other
    assert "0,50 point" in other
    assert not plain(harmonisation.threshold(judged.with_columns(nb_signalables=0), 0.5)).strip()


@pytest.mark.parametrize(
    ("choice", "words"),
    [
        ({"epreuves": "E42, E9"}, "« E9 »"),
        ({"type_unite": "lycee"}, "etablissement, centre"),
        ({"etape": "finale"}, "transmise, harmonisee, definitive"),
    ],
)
def test_a_choice_misspelt_is_refused(choice: dict[str, str], words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        harmonisation.check_choice(["E41", "E42"], **choice)
    harmonisation.check_choice(["E41", "E42"], epreuves="E41, E42", etape="transmise")


def test_the_marks_in_force_are_those_discussed() -> None:
    frame = pl.DataFrame(
        {
            "epreuve": ["E4", "E4", "E5"],
            "etape": ["definitive", "transmise", "definitive"],
            "type_unite": ["etablissement"] * 3,
            "unite": ["0960001A"] * 3,
        }
    )
    kept = harmonisation.choose(frame, {"0960001A": "LYCÉE X"})
    assert kept.select("epreuve", "etape", "unite").rows() == [
        ("E4", "definitive", "LYCÉE X"),
        ("E5", "definitive", "LYCÉE X"),
    ]
    assert harmonisation.choose(frame, {}, etape="transmise").height == 1


BILAN = pl.DataFrame(
    {"lignes_lues": [9, 4], "lignes_rejetees": [2, 4], "remplace_par": [None, "b.xlsx"]}
)
CCF = pl.DataFrame(
    {
        "etablissement": ["Complet", "Muet", "Partiel", "Tardif", "Altéré"],
        "uai": "0990001W",
        "specialite": "MCO",
        "fichier": "ccf.xlsx",
        "reception": ["complet", "rien", "incomplet", "complet", "complet"],
        "est_hors_delai": [None, None, False, True, False],
        "est_conforme": [None, None, True, True, False],
        "nb_attendues": 4,
        "nb_recues": [4, 0, 3, 4, 4],
        "nb_rejetees": 0,
    }
)


def etat(**changes: Any) -> rapport_etat.Etat:
    frames: dict[str, pl.DataFrame] = {
        "bilan": BILAN,
        "controles": pl.DataFrame(
            {"gravite": ["critique"], "reussi": [True], "libelle": ["Clé unique."]}
        ),
        "rapprochement": pl.DataFrame({"libelle": ["X"], "ecart": [0]}),
        "completude": pl.DataFrame({"attendues": [80], "manquantes": [0]}),
        "etablissements": pl.DataFrame({"etablissement": ["X", "Y"], "manquantes": [0, 0]}),
        "ccf": CCF.filter(etablissement="Complet"),
    }
    return rapport_etat.Etat(**(frames | changes))


def test_a_complete_session_is_ready() -> None:
    assert "La session est prête." in rapport_etat.verdict(etat(), reserves(rejets=0)).html


def test_unconfirmed_coefficients_are_never_ready() -> None:
    held = reserves(reglement_confirme=False, reserves_reglement=("Valeurs d’attente.",))
    html = plain(rapport_etat.verdict(etat(), held))
    assert "prête" not in html
    # Nothing is missing: it is not incomplete either.
    assert "Aucune note ne manque. Les résultats sont publiés avec ces réserves." in html
    assert "n’est pas complète" not in html
    assert "Coefficients non confirmés.</strong> Valeurs d’attente." in html


def test_what_is_missing_is_said_with_from_whom() -> None:
    late = etat(
        completude=pl.DataFrame({"attendues": [80], "manquantes": [7]}),
        etablissements=pl.DataFrame({"etablissement": ["X", "Y"], "manquantes": [2, 5]}),
    )
    html = plain(rapport_etat.verdict(late, reserves(rejets=0)))
    assert "n’est pas complète" in html
    assert "7 notes obligatoires manquent</strong> sur 80 attendues, dans 2 établissements" in html
    assert "Y (5) et X (2)" in html


def test_who_owes_ccf_marks_is_said_and_who_is_to_be_asked_again() -> None:
    html = plain(rapport_etat.verdict(etat(ccf=CCF), reserves(rejets=0)))
    assert (
        "rien reçu de Muet ; incomplet pour Partiel ; hors délai pour Tardif ; "
        "identités modifiées par Altéré." in html
    )
    figures = plain(rapport_etat.headline(etat(ccf=CCF), 0))
    assert "Envois de CCF à réclamer" in figures
    assert "sur 5 attendus" in figures
    html = plain(qualite.ccf_table(CCF))
    names = ("Muet", "Partiel", "Altéré", "Tardif", "Complet</td>")
    places = [html.index(name) for name in names]
    assert places == sorted(places)
    assert html.count('class="marque"') == 2
    assert "n’est attendue" in plain(qualite.ccf_table(CCF.clear()))


def test_what_a_later_template_replaces_is_not_a_fault() -> None:
    assert "La session est prête." in rapport_etat.verdict(etat(), reserves(rejets=4)).html
    html = plain(rapport_etat.verdict(etat(), reserves(rejets=6)))
    assert "2 lignes rejetées</strong>" in html
    assert "4 autres, remplacées par un envoi plus récent" in html
    rows = pl.DataFrame(
        {
            "fichier": ["a", "a"],
            "ligne": [5, 6],
            "regle": ["remplace", "note_bornes"],
            "message": ["remplacé", "hors de [0 ; 20]"],
        }
    )
    html = plain(qualite.rows_to_correct(rows, "Lignes rejetées", "rejets"))
    assert "hors de" in html
    assert "remplacé" not in html


def test_failing_controls_are_counted_apart_from_their_anomalies() -> None:
    failing = etat(
        controles=pl.DataFrame(
            {
                "gravite": ["avertissement", "avertissement", "info"],
                "reussi": [False, False, False],
                "libelle": ["A", "B", "C"],
                "nb_anomalies": [12, 3, 50],
            }
        )
    )
    assert "2 vérifications en échec</strong> : 15 anomalies." in plain(
        rapport_etat.verdict(failing, reserves(rejets=0))
    )


def test_a_blocking_control_comes_first() -> None:
    blocked = etat(
        controles=pl.DataFrame(
            {"gravite": ["critique"], "reussi": [False], "libelle": ["Clé unique."]}
        )
    )
    html = rapport_etat.verdict(blocked, reserves(rejets=6)).html
    assert "n’est pas publiable" in html
    assert html.index("Clé unique") < html.index("rejetées")


def test_counts_that_differ_from_the_circular_are_named() -> None:
    html = rapport_etat.verdict(
        etat(
            rapprochement=pl.DataFrame(
                {"libelle": ["EAD 32"], "ecart": pl.Series([None], dtype=pl.Int64)}
            )
        ),
        reserves(),
    ).html
    assert "EAD 32" in html


CANDIDATS = pl.DataFrame(
    {
        "numero_candidat": list("abcdef"),
        "nom": list("ABCDEF"),
        "prenom": "P",
        "date_naissance": None,
    }
)


def test_the_jury_takes_near_cases_first() -> None:
    average = ["12.00", "9.96", None, "7.80", "9.20", "9.50"]
    resultats_ = pl.DataFrame(
        {
            "numero_candidat": list("abcdef"),
            "centre_ecrit": ["Z"] * 6,
            "moyenne_generale": [Decimal(x) if x else None for x in average],
            "points_manquants": [0, 1, None, 40, 16, 9],
            "decision_calculee": ["ADMIS", "CONTROLE", "ELIMINE", "REFUSE", "CONTROLE", "REFUSE"],
            "decision_jury": pl.Series([None] * 6, dtype=pl.String),
            "decision_finale": ["ADMIS", "CONTROLE", "ELIMINE", "REFUSE", "CONTROLE", "REFUSE"],
            "est_appele": [False, True, False, False, True, False],
            "motif": "",
            "regle": ["moyenne_10", "controle", "non_valide", "refus_sous_8", "controle", "x"],
            "a_verifier": [False] * 6,
            "raisons_verification": pl.Series([[]] * 6, dtype=pl.List(pl.String)),
            "decision_jury_controle": pl.Series([None] * 6, dtype=pl.String),
            "decision_apres_controle": pl.Series([None] * 6, dtype=pl.String),
            "moyenne_professionnelle": [
                Decimal(x) if x else None for x in ("12.00", "9.00", None, "9.70", "10.10", "9.00")
            ],
            "moyenne_finale": pl.Series([None] * 6, dtype=pl.Decimal(5, 2)),
            "points_controle": pl.Series([None] * 6, dtype=pl.Int64),
            "etablissement": "X",
        }
    )
    notes = pl.DataFrame(
        {
            "numero_candidat": ["a", "b", "c"],
            "epreuve": "E1",
            "note": [12.0, 9.5, None],
            "code": [None, None, "NV"],
            "motif_nv": [None, None, "HORS_DELAI"],
            "mode": ["BENEFICE", "PONCTUEL", "PONCTUEL"],
            "est_reserve": False,
            "provisoire": [False, True, False],
            "est_rejetee": False,
            "est_facultative": False,
            "rang": 1,
        }
    )
    decisions = pl.DataFrame(
        schema={"numero_candidat": pl.String, "etape": pl.String, "livret": pl.String}
    )
    rows = cas.dossier(resultats_, CANDIDATS, notes, decisions, "centre_ecrit")
    assert rows["numero_candidat"].to_list() == ["b", "f", "c", "d", "e", "a"]
    marks = dict(rows.select("numero_candidat", "E1").iter_rows())
    assert marks["a"] == "12,00b"
    assert marks["b"] == "9,50p"
    assert marks["c"] == "NV"
    absent = cas.with_absences(rows, CONTROLES)
    assert absent["numero_candidat"].to_list() == ["b", "f", "c", "d", "e", "a"]
    to_decide = absent.filter("est_absent_controle")
    assert to_decide.select("numero_candidat", "absences").rows() == [("e", "E1 : AB, E3 : AB")]
    rows = cas.split(absent)
    assert dict(rows.select("numero_candidat", "question").iter_rows()) == {
        "b": "Près de 10 (9,50 à 9,99)",
        "f": "Près de 10 (9,50 à 9,99)",
        "e": "Absents au contrôle",
        "d": "Près de l’appel au contrôle (à un demi-point au plus de chaque seuil)",
        "c": None,
        "a": None,
    }
    why = dict(rows.select("numero_candidat", "pourquoi").iter_rows())
    assert why["c"] == "NV (dossier déposé hors délai) partout"
    assert why["e"] == "absent au contrôle : E1 AB, E3 AB"
    assert why["d"] == "0,20 sous 8, 0,30 sous 10 en professionnel"
    html = plain(jury.to_decide(rows, "centre_ecrit", ["E1"]))
    # A column nothing is known of isn't shown.
    assert "Livret" not in html
    seen = rows.with_columns(livret=pl.lit("oui"))
    assert "Livret" in plain(jury.to_decide(seen, "centre_ecrit", ["E1"]))
    assert html.index("9,5p") < html.index("absent au contrôle : E1 AB, E3 AB")
    assert "4 cas à décider</strong> sur 6 inscrits" in plain(jury.headline(rows, ["E1"]))
    awaited = rows.with_columns(
        decision_calculee=pl.lit("INCOMPLET"), question=pl.lit("Notes manquantes"), E1=pl.lit(None)
    )
    said = plain(jury.headline(awaited, ["E1"]))
    # Nobody can be near 10 without an average: no count of them, and what is awaited.
    assert "6 candidats sans toutes leurs notes" in said
    assert "près de 10 n’est pas encore connu" in said
    assert "Notes attendues : E1 (6)." in said
    assert "à décider" not in said
    assert "1 admis ; 1 éliminé (absence ou NV)." in plain(jury.settled(rows, ["E1"]))


SETTLED = {
    "decision_jury": "REFUSE",
    "decision_jury_controle": "ADMIS",
    "decision_apres_controle": "REFUSE",
}


@pytest.mark.parametrize("column", SETTLED)
def test_what_the_jury_or_the_controle_settled_is_not_asked_again(column: str) -> None:
    row: dict[str, Any] = dict.fromkeys(SETTLED) | {
        "cas": cas.CASES[0],
        "decision_calculee": "CONTROLE",
        "regle": "controle",
        "est_absent_controle": False,
        "absences": None,
        "empechements": None,
        "a_verifier": False,
        "raisons_verification": [],
        "moyenne_generale": Decimal("9.70"),
        "moyenne_professionnelle": Decimal("10.70"),
        "moyenne_finale": Decimal("9.40"),
        "points_manquants": Decimal(6),
        "points_controle": None,
    }
    types: dict[str, Any] = dict.fromkeys((*SETTLED, "absences", "empechements"), pl.String)
    types["raisons_verification"] = pl.List(pl.String)

    def question(**changes: Any) -> str | None:
        return cas.split(pl.DataFrame([row | changes], schema_overrides=types))["question"][0]

    assert question() == cas.QUESTIONS[0]
    settled = {column: SETTLED[column]}
    assert question(**settled) is None
    verify = {"a_verifier": True, "raisons_verification": ["livret non examiné"]}
    assert question(**settled, **verify) == "Autres résultats à vérifier"


def edge(**changes: Any) -> tuple[str | None, str, Any]:
    """Return question, reason and missing points of one candidate refused after the contrôle."""
    row = {
        "numero_candidat": "a",
        "nom": "A",
        "prenom": "P",
        "centre_ecrit": "Z",
        "moyenne_generale": "9.00",
        "moyenne_professionnelle": "10.50",
        "moyenne_finale": None,
        "points_manquants": "21.00",
        "points_controle": None,
        "decision_calculee": "REFUSE",
        "regle": "refus_sous_8",
        "decision_jury": None,
        "decision_jury_controle": None,
        "decision_apres_controle": None,
        "est_appele": False,
        "a_verifier": False,
        "raisons_verification": [],
    } | changes
    texts = ("decision_jury", "decision_jury_controle", "decision_apres_controle")
    types: dict[str, Any] = dict.fromkeys(texts, pl.String)
    averages = ("moyenne_generale", "moyenne_professionnelle", "moyenne_finale")
    points = ("points_manquants", "points_controle")
    frame = pl.DataFrame(
        [row], schema_overrides=types | {"raisons_verification": pl.List(pl.String)}
    )
    frame = frame.with_columns(
        *(pl.col(name).cast(pl.Decimal(5, 2)) for name in averages),
        *(pl.col(name).cast(pl.Decimal(12, 4)) for name in points),
    )
    notes = pl.DataFrame(
        schema=dict.fromkeys(("numero_candidat", "epreuve", "code", "motif_nv", "mode"), pl.String)
        | dict.fromkeys(("est_reserve", "provisoire", "est_rejetee", "est_facultative"), pl.Boolean)
        | {"note": pl.Float64, "rang": pl.Int64}
    )
    decisions = pl.DataFrame(schema=dict.fromkeys(("numero_candidat", "livret"), pl.String))
    rows = cas.dossier(frame, CANDIDATS, notes, decisions, "centre_ecrit")
    found = cas.split(cas.with_absences(rows, CONTROLES.clear()))
    return found.select("question", "pourquoi", "manque").row(0)


@pytest.mark.parametrize(
    ("average", "professional", "regle", "asked"),
    [
        ("7.60", "9.50", "refus_sous_8", True),
        ("7.50", "10.50", "refus_sous_8", True),
        ("7.49", "10.50", "refus_sous_8", False),
        # Near 8, and reaching it changes nothing: the professional mean is far from 10.
        ("7.99", "9.49", "refus_sous_8", False),
        ("9.20", "9.99", "refus_professionnelle", True),
        ("9.20", "9.49", "refus_professionnelle", False),
        ("8.20", "9.60", "refus_progressive", False),
    ],
)
def test_the_edge_of_the_call_is_where_half_a_point_changes_the_proposal(
    average: str, professional: str, regle: str, asked: bool
) -> None:
    question, _, left = edge(
        moyenne_generale=average, moyenne_professionnelle=professional, regle=regle
    )
    assert (
        question == "Près de l’appel au contrôle (à un demi-point au plus de chaque seuil)"
    ) is asked
    assert (question is None) is not asked
    # What is missing to 10 isn't what would have him called.
    assert (left is None) is asked


@pytest.mark.parametrize(
    ("final", "jury_said", "asked"),
    [("9.96", None, True), ("9.50", None, True), ("9.49", None, False), ("9.96", "REFUSE", False)],
)
def test_who_is_refused_near_10_after_the_controle_is_the_jury_s(
    final: str, jury_said: str | None, asked: bool
) -> None:
    question, why, left = edge(
        regle="controle",
        decision_calculee="CONTROLE",
        decision_apres_controle="REFUSE",
        decision_jury_controle=jury_said,
        moyenne_finale=final,
        points_controle="15.00",
        est_appele=True,
    )
    assert (question == "Près de 10 après contrôle (9,50 à 9,99)") is asked
    assert (why == f"{final.replace('.', ',')} après contrôle") is asked
    assert left == Decimal(6)


CONTROLES = pl.DataFrame(
    {
        "numero_candidat": ["b", "e", "e"],
        "epreuve": ["E1", "E3", "E1"],
        "code_controle": [None, "AB", "AB"],
        "note_controle": pl.Series([None] * 3, dtype=pl.Float64),
    }
)


def test_commissions_come_in_their_natural_order() -> None:
    names = ["E4-C10", "E4-C9", "Élan", "Eden", "LPO Zéphyr", "lpo Alizé", "E4-C1"]
    assert sorted(names, key=formats.sort_key) == [
        "E4-C1",
        "E4-C9",
        "E4-C10",
        "Eden",
        "Élan",
        "lpo Alizé",
        "LPO Zéphyr",
    ]


@pytest.mark.parametrize(
    ("motif", "said"),
    [
        (
            "Décision du jury au premier groupe : ADMIS (repêchage) ; proposition calculée : refusé",
            "Décision du jury au premier groupe : admis (repêchage) ; proposition calculée : refusé",
        ),
        (
            "Décision du jury après contrôle : REFUSE ; Décision du jury au premier groupe : CONTROLE",
            (
                "Décision du jury après contrôle : refusé ; "
                "Décision du jury au premier groupe : appelé au contrôle"
            ),
        ),
        ("Admis, moyenne générale 12,00", "Admis, moyenne générale 12,00"),
        (
            "Décision du jury après contrôle : ADMIS (vu : ADMIS)",
            "Décision du jury après contrôle : admis (vu : ADMIS)",
        ),
    ],
)
def test_a_decision_in_a_reason_is_in_words(motif: str, said: str) -> None:
    assert pl.DataFrame({"motif": [motif]}).select(cas.in_words()).item() == said


def test_a_list_of_thousands_of_names_is_left_to_the_workbook() -> None:
    """A page of 15 000 candidates weighed six megabytes."""
    three = pl.DataFrame({"numero_candidat": ["a", "b", "c"], "candidat": ["A", "B", "C"]})
    several = pl.concat([three] * 1_001)
    html = plain(jury.full_list(several, "centre_ecrit", []))
    assert "3 003 candidats" in html
    assert "classeur du jury" in html
    assert "<table" not in jury.full_list(several, "centre_ecrit", []).html


def test_an_absence_at_the_controle_is_for_the_jury_to_decide() -> None:
    called = pl.DataFrame(
        {
            "numero_candidat": list("abef"),
            "centre_ecrit": ["C10", "C9", "C9", "C10"],
            "etablissement": "X",
            "decision_finale": ["ADMIS", None, None, "REFUSE"],
            "est_decision_du_jury": [False, False, False, True],
            "moyenne_generale": 9.0,
            "moyenne_finale": [Decimal("10.00"), None, None, Decimal("9.80")],
            "points_manquants": Decimal("21.00"),
            "gain_obtenu": [Decimal("21.00"), None, None, Decimal("16.80")],
            "epreuves_passees": [["E1"], [], [], []],
        }
    )
    extra = pl.DataFrame(
        {
            "numero_candidat": ["a"],
            "epreuve": ["E2"],
            "code_controle": ["AB"],
            "note_controle": pl.Series([None], dtype=pl.Float64),
        }
    )
    rows = rattrapage.called(called, CANDIDATS, pl.concat([CONTROLES, extra]), "centre_ecrit")
    assert rows["numero_candidat"].to_list() == ["b", "e", "a", "f"]  # C9 before C10
    said = dict(rows.select("numero_candidat", "situation").iter_rows())
    assert said == {
        "a": "Admission proposée ; sans note à E2 : AB",
        "b": "Contrôle à venir",
        "e": "Absent au contrôle, à voir par le jury",
        "f": "Refusé (jury)",
    }
    html = plain(rendement_controle.headline(pl.DataFrame([RENDEMENT]), rows))
    assert "1 appelé absent au contrôle et sans note, en attente de décision" in html
    assert "1 appelé n’a encore aucune note de contrôle" in html
    assert "E1 : AB, E3 : AB" in rattrapage.to_decide(rows, "centre_ecrit").html
    results = rattrapage.results(rows, "centre_ecrit").html
    assert "Refusé (jury)" in results
    # Before the contrôle and after it are two columns; nothing is missing to who is admitted.
    for word in ("Manque avant contrôle", "Manque après contrôle", "21,00", "4,20"):
        assert word in results.replace("\u00a0", " "), word


@pytest.mark.parametrize(
    ("finale", "decision", "jury_said", "said"),
    [
        ("10.00", "ADMIS", False, "Admission proposée"),
        ("9.99", "REFUSE", False, "À décider (près de 10)"),
        ("9.50", "REFUSE", False, "À décider (près de 10)"),
        ("9.49", "REFUSE", False, "Refus proposé"),
        ("9.99", "REFUSE", True, "Refusé (jury)"),
    ],
)
def test_what_the_controle_gives_is_a_proposal_until_the_jury_has_decided(
    finale: str, decision: str, jury_said: bool, said: str
) -> None:
    called = pl.DataFrame(
        {
            "numero_candidat": ["a"],
            "centre_ecrit": ["C9"],
            "decision_finale": [decision],
            "est_decision_du_jury": [jury_said],
            "moyenne_finale": [Decimal(finale)],
            "epreuves_passees": [["E1"]],
        }
    )
    rows = rattrapage.called(called, CANDIDATS, CONTROLES.clear(), "centre_ecrit")
    assert rows["situation"].item() == said
    left = "1 à décider par le jury" in plain(
        rendement_controle.headline(pl.DataFrame([RENDEMENT]), rows)
    )
    assert left is said.startswith("À décider")
    asked = finale != "10.00" and "jury" not in said and "propos" not in said.lower()
    row = pl.DataFrame(
        {
            "decision_finale": [decision],
            "decision_calculee": ["CONTROLE"],
            "decision_apres_controle": [decision],
            "decision_jury": pl.Series([None], dtype=pl.String),
            "decision_jury_controle": [decision if jury_said else None],
            "question": [cas.PROCHE_FINALE if asked else None],
        },
        schema_overrides=dict.fromkeys(("question", "decision_jury_controle"), pl.String),
    )
    stands, proposed = row.select(a=issues.in_force(), b=issues.proposal()).row(0)
    word = {"ADMIS": "Admis", "REFUSE": "Refusé"}[decision]
    # Both documents say the same: to decide, or what the contrôle proposes, or what the jury said.
    assert (stands == "à décider") is asked is said.startswith("À décider")
    assert proposed == f"{word} (contrôle)"
    if not asked:
        assert stands == word + (" (jury)" if jury_said else " (contrôle)")


RENDEMENT = {
    "appeles": 12,
    "hors_d_atteinte": 1,
    "presents": 168,
    "atteignables": 11,
    "passes": 10,
    "admis_controle": 7,
    "refuses_controle": 3,
    "sans_decision": 2,
    "points_manquants_moyens": 8.25,
    "taux_admis_passes": 0.7,
    "taux_reussite_apporte": 7 / 168,
}
NOBODY_WAITS = pl.DataFrame(
    schema=dict.fromkeys(
        ("est_en_attente", "est_absent", "est_a_decider", "est_decision_du_jury"), pl.Boolean
    )
    | {"absences": pl.String, "decision_finale": pl.String}
)


def test_the_rule_of_the_call_is_that_of_the_session() -> None:
    assert "aucun contrôle" in plain(rattrapage.rule(2020)).lower()
    assert "mesures exceptionnelles" in plain(rattrapage.rule(2021))
    for words in ("session 2022", "de 8 à moins de 10", "professionnelle d’au moins"):
        assert words in plain(rattrapage.rule(2022)).replace("&#x27;", "’")


def test_the_summons_list_has_one_row_a_candidate_with_the_marks_that_suffice() -> None:
    rows = pl.DataFrame(
        {
            "numero_candidat": ["a", "b"],
            "candidat": ["A", "B"],
            "centre_ecrit": ["Z", "Z"],
            "points_manquants": [9, 90],
            "atteignable": [True, False],
        }
    )
    cibles = pl.DataFrame(
        {
            "numero_candidat": ["a", "a", "a", "b"],
            "epreuve_1": ["E1", "E1", "E2", "E1"],
            "epreuve_2": [None, "E2", "E3", "E3"],
            "note_egale": [Decimal("10.00"), Decimal("11.50"), Decimal("12.00"), None],
        }
    )
    html = rattrapage.called_table(rows, cibles, "centre_ecrit").html
    assert "E1 et E2" in plain(rattrapage.called_table(rows, cibles, "centre_ecrit"))
    found = [re.findall(r"<td[^>]*>(.*?)</td>", row) for row in html.split("<tr")[1:]]
    shown = {row[0]: row[-3:] for row in found if len(row) > 3}
    assert shown == {"a": ["11,50", "–", "12,00"], "b": ["–", "insuffisant", "–"]}


def test_rattrapage_says_who_can_still_reach_ten() -> None:
    html = plain(rendement_controle.headline(pl.DataFrame([RENDEMENT]), NOBODY_WAITS))
    assert "leur manque en moyenne 8,3 points" in html
    assert "1 ne peut pas atteindre 10" in html
    assert "ajoute 4,2 points au taux" in html
    nobody = rendement_controle.headline(pl.DataFrame([RENDEMENT | {"appeles": 0}]), NOBODY_WAITS)
    assert "Aucun candidat n’est appelé" in nobody.html


def test_those_the_controle_admits_are_proposed_until_the_jury_has_decided() -> None:
    decided = pl.DataFrame(
        {
            "decision_finale": ["ADMIS", "ADMIS", "REFUSE"],
            "est_decision_du_jury": [True, False, False],
        }
    )
    waits = {nom: type_ for nom, type_ in NOBODY_WAITS.schema.items() if nom not in decided}
    rows = decided.with_columns(pl.lit(None, type_).alias(nom) for nom, type_ in waits.items())
    rendement = pl.DataFrame([RENDEMENT])
    assert "sur 12 appelés, dont 1 proposé" in plain(rendement_controle.headline(rendement, rows))
    nobody = plain(rendement_controle.headline(rendement, NOBODY_WAITS))
    assert "proposé" not in nobody


def test_a_heading_is_french_and_points_have_no_plural_under_two() -> None:
    assert lexique.column("colonne").libelle == "Colonne"
    assert [formats.points_word(n) for n in (0, -1.9, 2)] == ["point", "point", "points"]
