"""Each rule of `staging` rejects its row, says why in French, and touches no other row."""

from datetime import date
from pathlib import Path

import pytest
from unitaires.ingestion.montage import CANDIDATS, NOTES, imported, make_dossier, rows

from perequation.socle.couches import sql_files
from perequation.socle.entrepot import COUCHES

pytestmark = pytest.mark.entier

C = (
    "numero_candidat;ine;nom;prenom;date_naissance;sexe;specialite;session;academie;uai;"
    "statut;forme"
)
N = "numero_candidat;specialite;session;epreuve;note;mode;centre;etape;reserve"
CANDIDAT = "0001;;MARTIN;Zoé;12/05/2003;F;CCST;2023;TOULOUSE;;SCOLAIRE;GLOBALE"
NOTE = "0001;CCST;2023;E1;12,5;PONCTUEL;C1;definitive;"


def replace(ligne: str, entete: str, **valeurs: str) -> str:
    champs = dict(zip(entete.split(";"), ligne.split(";"), strict=True))
    return ";".join({**champs, **valeurs}.values())


def rejects(dossier, relation: str) -> list[tuple[object, ...]]:
    with imported(dossier, staging=True) as con:
        check_accounts(con)
        return rows(con, f"select ligne, colonne, regle from staging.{relation} order by all")


def check_accounts(con) -> None:
    assert (
        rows(
            con,
            "select fichier from marts.bilan_import "
            "where lignes_lues <> lignes_chargees + lignes_rejetees",
        )
        == []
    )


FAUTES_CANDIDAT = [
    ({"numero_candidat": ""}, "numero_candidat", "champ_obligatoire"),
    ({"statut": ""}, "statut", "champ_obligatoire"),
    ({"forme": ""}, "forme", "champ_obligatoire"),
    ({"specialite": "MCO"}, "specialite", "specialite_hors_dossier"),
    ({"session": "2022"}, "session", "session_hors_dossier"),
    ({"session": "23"}, "session", "session_hors_dossier"),
    ({"statut": "ELEVE"}, "statut", "statut_inconnu"),
    ({"forme": "PARTIELLE"}, "forme", "forme_inconnue"),
    ({"numero_candidat": "#REF!"}, "numero_candidat", "formule_en_erreur"),
]


def test_faulty_candidates(tmp_path: Path) -> None:
    lignes = [
        replace(CANDIDAT, C, **{"numero_candidat": f"1{i:03}", **valeurs})
        for i, (valeurs, _, _) in enumerate(FAUTES_CANDIDAT)
    ]
    dossier = make_dossier(tmp_path, {"candidats.csv": "\n".join([C, CANDIDAT, *lignes, ""])})
    assert rejects(dossier, "rejet_candidat") == [
        (i, colonne, regle) for i, (_, colonne, regle) in enumerate(FAUTES_CANDIDAT, start=3)
    ]


FACULTATIVES_ILLISIBLES = [
    ({"sexe": "X"}, "sexe"),
    ({"date_naissance": "31/02/2003"}, "date_naissance"),
    ({"date_naissance": "2003-13-01"}, "date_naissance"),
    ({"date_naissance": "1/6/203"}, "date_naissance"),
    ({"date_naissance": "#N/A"}, "date_naissance"),
    ({"nom": "#NOM?"}, "nom"),
    ({"uai": "Err:502"}, "uai"),
    ({"academie": "#REF!"}, "academie"),
]


def test_an_optional_value_nobody_can_read_costs_the_candidate_nothing(tmp_path: Path) -> None:
    lignes = [
        replace(CANDIDAT, C, **{"numero_candidat": f"1{i:03}", **valeurs})
        for i, (valeurs, _) in enumerate(FACULTATIVES_ILLISIBLES)
    ]
    notes = [
        replace(NOTE, N, numero_candidat=f"1{i:03}") for i in range(len(FACULTATIVES_ILLISIBLES))
    ]
    dossier = make_dossier(
        tmp_path, {"candidats.csv": "\n".join([C, *lignes]), "notes.csv": "\n".join([N, *notes])}
    )
    with imported(dossier, staging=True) as con:
        check_accounts(con)
        assert rows(con, "select regle from marts.rejet") == []
        assert rows(con, "select count(*) from staging.note") == [(len(lignes),)]
        for i, (valeurs, colonne) in enumerate(FACULTATIVES_ILLISIBLES):
            numero, (valeur,) = f"1{i:03}", valeurs.values()
            assert rows(
                con, f"select {colonne} from staging.candidat where numero_candidat = ?", numero
            ) == [(None,)]
            # The text stays where it can be found again, with its file and line.
            assert rows(
                con,
                "select ligne, colonne, valeur from staging.valeur_ecartee "
                "where numero_candidat = ?",
                numero,
            ) == [(i + 2, colonne, valeur)]


def test_a_rejected_candidate_has_no_optional_value_to_tell(tmp_path: Path) -> None:
    faux = replace(CANDIDAT, C, statut="ELEVE", sexe="X", nom="#REF!")
    dossier = make_dossier(tmp_path, {"candidats.csv": f"{C}\n{faux}\n"})
    with imported(dossier, staging=True) as con:
        assert rows(con, "select * from staging.valeur_ecartee") == []


MESSAGE_FORMULE = (
    "note « #DIV/0! » : formule en erreur dans le tableur (règle formule_en_erreur). "
    "Ligne écartée ; corrigez le fichier puis relancez."
)


def test_a_formula_in_error_is_no_centre_and_no_mark(tmp_path: Path) -> None:
    lignes = [
        replace(NOTE, N, centre="#N/A"),
        replace(NOTE, N, epreuve="E3", note="#DIV/0!"),
        replace(NOTE, N, epreuve="E4", centre="#1"),
    ]
    dossier = make_dossier(tmp_path, {"notes.csv": "\n".join([N, *lignes])})
    with imported(dossier, staging=True) as con:
        check_accounts(con)
        assert rows(con, "select epreuve, centre from staging.note order by 1") == [
            ("E1", None),
            ("E4", "#1"),
        ]
        assert rows(con, "select ligne, colonne, valeur from staging.valeur_ecartee") == [
            (2, "centre", "#N/A")
        ]
        assert rows(con, "select ligne, regle, message from marts.rejet") == [
            (3, "formule_en_erreur", MESSAGE_FORMULE)
        ]


def test_candidate_values_are_put_in_form(tmp_path: Path) -> None:
    lignes = [
        "0001;;A;B;1/6/2003;f;ccst;2023;Toulouse;0990001w;Formation continue;Globale",
        "0002;;A;B;2003-06-01;Masculin;CCST;2023.0;TOULOUSE;;formation-continue;PROGRESSIVE",
        "0003;;A;B;01-06-03;;CCST;2023;TOULOUSE;;Scolaire;globale",
        "0004;;A;B;37773;;CCST;2023;TOULOUSE;;Enseignement à distance;globale",
        "0005;;A;B;01/06/58;;CCST;2023;TOULOUSE;;individuelle;globale",
    ]
    dossier = make_dossier(tmp_path, {"candidats.csv": "\n".join([C, *lignes])})
    with imported(dossier, staging=True) as con:
        assert rows(
            con,
            "select date_naissance::varchar, sexe, uai, statut, forme "
            "from staging.candidat order by numero_candidat",
        ) == [
            ("2003-06-01", "F", "0990001W", "FORMATION CONTINUE", "GLOBALE"),
            ("2003-06-01", "M", None, "FORMATION CONTINUE", "PROGRESSIVE"),
            ("2003-06-01", None, None, "SCOLAIRE", "GLOBALE"),
            ("2003-06-01", None, None, "EAD", "GLOBALE"),
            ("1958-06-01", None, None, "INDIVIDUEL", "GLOBALE"),
        ]


def test_same_candidate_twice_is_loaded_once_and_two_versions_are_both_rejected(
    tmp_path: Path,
) -> None:
    autre = replace(CANDIDAT, C, numero_candidat="0002")
    texte = "\n".join([C, CANDIDAT, CANDIDAT, autre, replace(autre, C, nom="DURAND")])
    dossier = make_dossier(tmp_path, {"candidats.csv": texte})
    assert rejects(dossier, "rejet_candidat") == [
        (3, "numero_candidat", "doublon"),
        (4, "numero_candidat", "cle_contradictoire"),
        (5, "numero_candidat", "cle_contradictoire"),
    ]


FAUTES_NOTE = [
    ({"numero_candidat": ""}, "numero_candidat", "champ_obligatoire"),
    ({"numero_candidat": "0009"}, "numero_candidat", "candidat_inconnu"),
    ({"note": ""}, "note", "champ_obligatoire"),
    ({"mode": ""}, "mode", "champ_obligatoire"),
    ({"note": "21,5"}, "note", "note_bornes"),
    ({"note": "20.01"}, "note", "note_bornes"),
    ({"note": "-1"}, "note", "note_bornes"),
    ({"note": "125"}, "note", "note_bornes"),
    ({"note": "12,345"}, "note", "note_decimales"),
    ({"note": "1_0"}, "note", "code_inconnu"),
    ({"note": "1e1"}, "note", "code_inconnu"),
    ({"note": "12/20"}, "note", "code_inconnu"),
    ({"note": "ABS"}, "note", "code_inconnu"),
    ({"epreuve": "E9"}, "epreuve", "epreuve_inconnue"),
    ({"epreuve": "E2"}, "epreuve", "epreuve_inconnue"),
    ({"epreuve": "E4", "etape": "controle"}, "epreuve", "epreuve_controle"),
    ({"epreuve": "E21", "etape": "controle"}, "epreuve", "epreuve_controle"),
    ({"mode": "ORAL"}, "mode", "mode_inconnu"),
    ({"etape": "finale"}, "etape", "etape_inconnue"),
    ({"reserve": "X"}, "reserve", "reserve_inconnue"),
    ({"session": "2022"}, "session", "session_hors_dossier"),
    ({"specialite": "MCO"}, "specialite", "specialite_hors_dossier"),
]


def test_faulty_marks(tmp_path: Path) -> None:
    """One candidate a fault, each with a sound mark beside it."""
    candidats, notes = [C], [N]
    for i, (valeurs, _, _) in enumerate(FAUTES_NOTE):
        numero = f"1{i:03}"
        candidats.append(replace(CANDIDAT, C, numero_candidat=numero))
        notes.append(replace(NOTE, N, **{"numero_candidat": numero, **valeurs}))
    notes += [replace(NOTE, N, numero_candidat=f"1{i:03}", epreuve="E3") for i in range(5)]
    dossier = make_dossier(
        tmp_path, {"candidats.csv": "\n".join(candidats), "notes.csv": "\n".join(notes)}
    )
    assert rejects(dossier, "rejet_note") == [
        (i, colonne, regle) for i, (_, colonne, regle) in enumerate(FAUTES_NOTE, start=2)
    ]


MESSAGE = (
    "note « 21,5 » hors de [0 ; 20] (règle note_bornes). "
    "Ligne écartée ; corrigez le fichier puis relancez."
)


def test_the_message_says_column_value_rule_and_remedy(tmp_path: Path) -> None:
    dossier = make_dossier(tmp_path, {"notes.csv": f"{N}\n{replace(NOTE, N, note='21,5')}\n"})
    with imported(dossier, staging=True) as con:
        assert rows(con, "select fichier, ligne, message from marts.rejet") == [
            ("donnees/notes.csv", 2, MESSAGE)
        ]


def test_marks_and_codes_are_put_in_form(tmp_path: Path) -> None:
    lignes = [
        "0001;ccst;2023;e1;12,50;ponctuel;C1;;",
        "0001;CCST;2023;E 21;ab;CCF;C1;Harmonisée;n",
        "0001;CCST;2023;E3;0;Bénéfice;C1;transmise;O",
        "0001;CCST;2023;E4;20,000;REPORT;C1;DEFINITIVE;oui",
        "0002;CCST;2023;E2;14.5;;;Contrôle;",
    ]
    dossier = make_dossier(tmp_path, {"notes.csv": "\n".join([N, *lignes])})
    with imported(dossier, staging=True) as con:
        assert rows(
            con,
            "select epreuve, etape, note, code, mode, est_reserve from staging.note order by ligne",
        ) == [
            ("E1", "definitive", 12.5, None, "PONCTUEL", False),
            ("E21", "harmonisee", None, "AB", "CCF", False),
            ("E3", "transmise", 0, None, "BENEFICE", True),
            ("E4", "definitive", 20, None, "REPORT", True),
            ("E2", "controle", 14.5, None, "PONCTUEL", False),
        ]
        assert rows(con, "select typeof(note) from staging.note limit 1") == [("DECIMAL(4,2)",)]


def test_the_language_of_controle_may_be_a_sous_epreuve(tmp_path: Path) -> None:
    dossier = make_dossier(
        tmp_path, {"notes.csv": f"{N}\n{replace(NOTE, N, epreuve='E22', etape='controle')}\n"}
    )
    (tmp_path / "session.toml").write_text(
        (tmp_path / "session.toml").read_text(encoding="utf-8")
        + '\n[regles]\ncontrole_langue = "E22"\n',
        encoding="utf-8",
    )
    from perequation.socle.dossier import open_dossier

    assert rejects(dossier, "rejet_note") == [(2, "epreuve", "epreuve_controle")]
    assert rejects(open_dossier(tmp_path), "rejet_note") == []


def test_repeated_marks(tmp_path: Path) -> None:
    lignes = [
        NOTE,
        NOTE.replace("12,5", "12,50"),  # same mark, written otherwise
        replace(NOTE, N, epreuve="E3"),
        replace(NOTE, N, epreuve="E3", note="13"),
        replace(NOTE, N, epreuve="E4", etape="transmise"),
        replace(NOTE, N, epreuve="E4", etape="harmonisee", note="13"),
        replace(NOTE, N, epreuve="E5", note="21"),  # rejected for itself, it leaves its twin be
        replace(NOTE, N, epreuve="E5", note="11"),
    ]
    dossier = make_dossier(tmp_path, {"notes.csv": "\n".join([N, *lignes])})
    assert rejects(dossier, "rejet_note") == [
        (3, "numero_candidat", "doublon"),
        (4, "numero_candidat", "cle_contradictoire"),
        (5, "numero_candidat", "cle_contradictoire"),
        (8, "note", "note_bornes"),
    ]


def test_marks_of_a_rejected_candidate_say_where_and_why_he_was(tmp_path: Path) -> None:
    decisions = "numero_candidat;specialite;session;decision\n0001;CCST;2023;ADMIS\n"
    dossier = make_dossier(
        tmp_path,
        {
            "candidats.csv": CANDIDATS.replace("EAD;GLOBALE\n0002", "ELEVE;GLOBALE\n0002"),
            "decisions_jury.csv": decisions,
        },
    )
    with imported(dossier, staging=True) as con:
        check_accounts(con)
        rejets = rows(
            con, "select fichier, regle, message from marts.rejet where regle = 'candidat_ecarte'"
        )
    message = (
        "numero_candidat « 0001 » écarté de la liste des candidats (donnees/candidats.csv, ligne 2 "
        ": statut « ELEVE » inconnu (SCOLAIRE, APPRENTI, FORMATION CONTINUE, EAD ou INDIVIDUEL)) "
        "(règle candidat_ecarte). Ligne écartée ; corrigez la liste des candidats puis relancez."
    )
    assert rejets == [
        ("donnees/decisions_jury.csv", "candidat_ecarte", message),
        ("donnees/notes.csv", "candidat_ecarte", message),
    ]


def test_a_lost_leading_zero_is_found_only_when_one_candidate_fits(tmp_path: Path) -> None:
    candidats = CANDIDATS + "00011;X;Y;CCST;2023;TOULOUSE;;EAD;GLOBALE\n"
    candidats += "000011;X;Z;CCST;2023;TOULOUSE;;EAD;GLOBALE\n"
    notes = "\n".join([N, NOTE.replace("0001;", "1;"), NOTE.replace("0001;", "11;")])
    dossier = make_dossier(tmp_path, {"candidats.csv": candidats, "notes.csv": notes})
    with imported(dossier, staging=True) as con:
        assert rows(con, "select numero_candidat, ligne from staging.note") == [("0001", 2)]
        assert rows(con, "select ligne, regle from staging.rejet_note") == [(3, "candidat_inconnu")]
        assert rows(con, "select ligne, valeur, valeur_retenue from staging.reparation") == [
            (2, "1", "0001")
        ]


def test_jury_decisions(tmp_path: Path) -> None:
    entete = "numero_candidat;specialite;session;etape;decision;livret_examine;motif;date"
    lignes = [
        "0001;CCST;2023;;Admise;oui;;27/06/2023",
        "0002;CCST;2023;Premier groupe;REFUSE;N;moyenne;27/06/2022",
        "0002;CCST;2023;contrôle;Recalé;;;",
        "0009;CCST;2023;;ADMIS;;;",
        "0001;CCST;2023;controle;ADMIS;peut-être;;",
    ]
    dossier = make_dossier(tmp_path, {"decisions_jury.csv": "\n".join([entete, *lignes])})
    with imported(dossier, staging=True) as con:
        check_accounts(con)
        assert rows(
            con,
            "select numero_candidat, etape, decision, livret "
            "from staging.decision_jury order by all",
        ) == [("0001", "premier_groupe", "ADMIS", "O"), ("0002", "premier_groupe", "REFUSE", "N")]
        dates = "select date, probleme_date from staging.decision_jury order by numero_candidat"
        assert rows(con, dates) == [
            (date(2023, 6, 27), None),
            (date(2022, 6, 27), "avant la session 2023"),
        ]
        assert rows(con, "select ligne, regle from staging.rejet_decision_jury order by all") == [
            (4, "decision_inconnue"),
            (5, "candidat_inconnu"),
            (6, "livret_inconnu"),
        ]


def test_harmonisation_decisions(tmp_path: Path) -> None:
    entete = "epreuve;unite;type_unite;decision;decalage;motif;auteur;date"
    lignes = [
        "E4;C1;Centre;Décalage;-0,5;;;07/06/2023",
        "E4;C2;centre;MAINTIEN;;;;",
        "E4;C3;centre;MAINTIEN;1;;;",
        "E4;C4;centre;DECALAGE;;;;",
        "E9;C5;centre;MAINTIEN;;;;",
        "E4;C6;salle;MAINTIEN;;;;",
        "E4;C7;centre;DECALAGE;0,555;;;31/06/2023",
    ]
    dossier = make_dossier(tmp_path, {"decisions_harmonisation.csv": "\n".join([entete, *lignes])})
    with imported(dossier, staging=True) as con:
        check_accounts(con)
        assert rows(
            con,
            "select unite, decision, decalage, date::varchar "
            "from staging.decision_harmonisation order by all",
        ) == [("C1", "DECALAGE", -0.5, "2023-06-07"), ("C2", "MAINTIEN", None, None)]
        assert rows(
            con, "select ligne, regle from staging.rejet_decision_harmonisation order by all"
        ) == [
            (4, "decalage_incoherent"),
            (5, "decalage_incoherent"),
            (6, "epreuve_inconnue"),
            (7, "type_unite_inconnu"),
            (8, "date_invalide"),
            (8, "decalage_invalide"),
        ]


def test_establishments(tmp_path: Path) -> None:
    entete = "uai;nom;academie;type;ccf;alias"
    lignes = [
        "0990001w;Lycée A;Toulouse;Privé sous contrat;étendu;A | L.A.|",
        ";Lycée B;;;;",
        "0990002X;Lycée C;;COLLEGE;;",
        "0990003Y;Lycée D;;CFA;peut-être;",
        "0990004Z;Lycée E;;CFA;O;",
        "0990004Z;Lycée E;;CFA;O;",
    ]
    dossier = make_dossier(tmp_path, {"etablissements.csv": "\n".join([entete, *lignes])})
    with imported(dossier, staging=True) as con:
        check_accounts(con)
        assert rows(con, "select uai, type, ccf, alias from staging.etablissement order by 1") == [
            ("0990001W", "PRIVE SOUS CONTRAT", "ETENDU", ["A", "L.A."]),
            ("0990004Z", "CFA", "O", []),
        ]
        assert rows(con, "select ligne, regle from staging.rejet_etablissement order by all") == [
            (3, "champ_obligatoire"),
            (4, "type_inconnu"),
            (5, "ccf_inconnu"),
            (7, "doublon"),
        ]


def test_the_same_file_twice_is_read_once_and_said(tmp_path: Path) -> None:
    dossier = make_dossier(tmp_path, {"notes.csv": NOTES, "notes copie.csv": NOTES})
    with imported(dossier, staging=True) as con:
        assert rows(
            con,
            "select fichier, lignes_lues, copie_de from marts.bilan_import "
            "where type_fichier = 'notes' order by 1",
        ) == [
            ("donnees/notes copie.csv", 1, None),
            ("donnees/notes.csv", 0, "donnees/notes copie.csv"),
        ]
        assert rows(con, "select count(*) from staging.note") == [(1,)]
        assert rows(con, "select count(*) from marts.rejet") == [(0,)]


def test_every_relation_says_its_grain() -> None:
    assert set(COUCHES) == {nom.split(".")[0] for nom in sql_files()}
    sans = [n for n, sql in sql_files().items() if not sql.startswith("-- Grain : une ligne ")]
    assert [n for n in sans if n.startswith("staging")] == []
