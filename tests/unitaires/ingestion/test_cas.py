"""Files as offices send them, each with its right outcome: the marks published, not just no error.

Invented sessions: MCO 2022, candidates `0223100NNNN` (NNNN = i + 1), épreuves k from 0, true mark
8 + ((7 i + 5 k) mod 17) / 2.
"""

import shutil
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from scenarios.montage import decision_relations
from unitaires.ingestion.montage import imported, rows

from perequation import cli
from perequation.ingestion.fichiers import rank_sent
from perequation.socle.couches import build_relations
from perequation.socle.dossier import open_dossier
from perequation.socle.entrepot import read_mart

pytestmark = pytest.mark.lourd

CAS = Path(__file__).parent / "cas"
EPREUVES = ("E1", "E21", "E22", "E3", "E41", "E42", "E5", "E6")

# In hundredths.
COEFFICIENTS: dict[str, int] = dict(
    zip(EPREUVES, (300, 150, 150, 300, 300, 300, 300, 300), strict=True)
)


def true_mark(numero: object, epreuve: object) -> Decimal:
    i = int(str(numero)[-4:]) - 1
    return 8 + Decimal((7 * i + 5 * EPREUVES.index(str(epreuve))) % 17) / 2


@contextmanager
def case(
    tmp_path: Path,
    nom: str,
    donnees: str = "",
    profil: tuple[str, str] = ("", ""),
    change: tuple[str, str, str] = ("", "", ""),
) -> Generator[duckdb.DuckDBPyConnection]:
    """Import a case; `donnees` is added to its section of files, `profil` replaces a text there.

    `change` replaces a text in one of its files.
    """
    racine = tmp_path / nom
    shutil.copytree(CAS / nom, racine)
    session = racine / "session.toml"
    texte = session.read_text("utf-8")
    assert "\nnotes = " in texte
    session.write_text(texte.replace("\nnotes = ", f"\n{donnees}notes = "), "utf-8")
    if change[0]:
        chemin = racine / "donnees" / change[0]
        lu = chemin.read_text("utf-8-sig")
        assert change[1] in lu
        chemin.write_text(lu.replace(change[1], change[2]), "utf-8")
    if profil[0]:
        maison = racine / "profils" / "maison.toml"
        texte = maison.read_text("utf-8")
        assert profil[0] in texte
        maison.write_text(texte.replace(*profil), "utf-8")
    with imported(open_dossier(racine), staging=True) as con:
        bilan = rows(
            con,
            "select fichier from marts.bilan_import "
            "where lignes_lues <> lignes_chargees + lignes_rejetees",
        )
        assert bilan == []
        yield con


def marks(con: duckdb.DuckDBPyConnection) -> dict[tuple[object, object], object]:
    lues = rows(
        con, "select numero_candidat, epreuve, coalesce(note::varchar, code) from staging.note"
    )
    return {(n, e): v for n, e, v in lues}


def wrong_marks(con: duckdb.DuckDBPyConnection) -> set[tuple[object, object]]:
    lues = rows(con, "select numero_candidat, epreuve, note from staging.note where code is null")
    return {(n, e) for n, e, note in lues if note != true_mark(n, e)}


def decisions(con: duckdb.DuckDBPyConnection) -> Counter[str]:
    """Decide the session; see that each candidate's points and decision are those of their marks."""
    build_relations(con, decision_relations(("resultat_candidat",)))
    lues = marks(con)
    comptes = Counter[str]()
    for numero, points, moyenne, calculee, finale in rows(
        con,
        "select numero_candidat, points, moyenne_generale, decision_calculee, decision_finale "
        "from marts.resultat_candidat",
    ):
        notes = {e: str(lues[numero, e]) for e in EPREUVES if (numero, e) in lues}
        attendue, somme, poids = _decide(notes)
        assert calculee == attendue, numero
        if attendue in {"ADMIS", "CONTROLE", "REFUSE"}:
            assert points == somme
            assert moyenne == (somme / poids).quantize(Decimal("0.01"))
        comptes[str(finale)] += 1
    return comptes


def _decide(notes: dict[str, str]) -> tuple[str, Decimal, Decimal]:
    """Return the decision of a candidate's marks (a code in the place of some), points and weights."""
    comptees = {e: Decimal(n) for e, n in notes.items() if n not in {"AB", "DI"}}
    somme = sum((COEFFICIENTS[e] * n / 100 for e, n in comptees.items()), Decimal(0))
    poids = Decimal(sum(COEFFICIENTS[e] for e in comptees)) / 100
    if "AB" in notes.values():
        return "ELIMINE", somme, poids
    if len(notes) < len(EPREUVES):
        return "INCOMPLET", somme, poids
    moyenne = somme / poids
    # Called to the contrôle from 8, with 10 in the professional field.
    professionnelles = [comptees[e] for e in ("E41", "E42", "E5", "E6") if e in comptees]
    est_appele = moyenne >= 8 and sum(professionnelles) >= 10 * len(professionnelles)
    return "ADMIS" if moyenne >= 10 else "CONTROLE" if est_appele else "REFUSE", somme, poids


def reject_rules(con: duckdb.DuckDBPyConnection) -> dict[object, int]:
    return {
        r: int(str(n)) for r, n in rows(con, "select regle, count(*) from marts.rejet group by all")
    }


@pytest.mark.parametrize(
    "nom",
    ["t0", "c03_null", "c04_invisible", "c17_unites", "d28_macroman", "d31_feuilles", "d34_numero"],
)
def test_every_mark_is_published_as_written(tmp_path: Path, nom: str) -> None:
    with case(tmp_path, nom) as con:
        assert len(marks(con)) == 192
        assert wrong_marks(con) == set()
        assert reject_rules(con) == {}
        assert decisions(con) == {"ADMIS": 24}


def test_files_joined_end_to_end_lose_one_line_the_repeated_header(tmp_path: Path) -> None:
    with case(tmp_path, "c05_bom_milieu") as con:
        assert len(marks(con)) == 192
        assert wrong_marks(con) == set()
        assert rows(con, "select count(distinct ligne) from marts.rejet") == [(1,)]
        assert decisions(con) == {"ADMIS": 24}


def test_noise_of_floats_is_no_decimal(tmp_path: Path) -> None:
    with case(tmp_path, "c10_bruit_flottant") as con:
        lues = marks(con)
        # Written 12.3, 6.6, 12.3, 9.899999999999999, 16.1, 11.4; the other candidates as everywhere.
        assert [lues["02231000001", e] for e in EPREUVES[:6]] == [
            *("12.30", "6.60", "12.30", "9.90", "16.10", "11.40")
        ]
        assert {qui for qui, _ in wrong_marks(con)} == {"02231000001"}
        assert reject_rules(con) == {}
        assert decisions(con) == {"ADMIS": 24}


def test_a_decimal_comma_shifts_no_mark(tmp_path: Path) -> None:
    with case(tmp_path, "e43_temoin") as con:
        vraies = marks(con)
        assert len(vraies) == 192
        assert decisions(con) == {"ADMIS": 11, "CONTROLE": 5, "REFUSE": 8}
    with case(tmp_path, "e43_decisions_fausses") as con:
        lues = marks(con)
        assert {cle: note for cle, note in lues.items() if vraies[cle] != note} == {}
        regles = reject_rules(con)
        assert regles == {"nombre_de_champs": 192 - len(lues), "virgule_decimale": 1}
        assert "8,5" in str(rows(con, "select message from marts.rejet where ligne is null"))
        # No decision is taken on the marks that are left.
        assert decisions(con) == {"INCOMPLET": 24}


def test_another_scale_is_never_read_on_twenty(tmp_path: Path) -> None:
    with case(tmp_path, "d42_large_sur40") as con:
        assert {e for _, e in marks(con)} == {"E6"}
        assert reject_rules(con) == {"bareme_inconnu": 48}
    (tmp_path / "bis").mkdir()
    converti = ('large = ["*"]', 'large = ["*"]\nconvertir_baremes = true')
    with case(tmp_path / "bis", "d42_large_sur40", profil=converti) as con:
        lues = marks(con)
        assert lues["02231000001", "E41"] == "9.50"  # 4,75 on 10
        assert lues["02231000001", "E42"] == "9.75"  # 19,5 on 40
        assert reject_rules(con) == {}


def test_one_centre_and_one_commission_however_they_are_spelled(tmp_path: Path) -> None:
    with case(tmp_path, "c17_unites") as con:
        unites = rows(
            con, "select distinct centre, commission from staging.note where commission is not null"
        )
        assert len(unites) == 1


def test_a_formula_never_computed_is_told_with_its_cell(tmp_path: Path) -> None:
    with case(tmp_path, "c09_formule_sans_valeur") as con:
        assert reject_rules(con) == {"formule_en_erreur": 24}
        assert decisions(con) == {"INCOMPLET": 24}
        messages = rows(con, "select message from marts.rejet order by ligne")
        assert str(messages[0][0]).startswith("cellule C2 (E42)")
        assert wrong_marks(con) == set()


def test_names_of_a_mac_are_right(tmp_path: Path) -> None:
    with case(tmp_path, "d28_macroman") as con:
        assert ("Léa",) in rows(con, "select prenom from staging.candidat")
        assert "Lycée Cézanne" in str(rows(con, "from staging.candidat"))


def test_no_unit_is_called_null(tmp_path: Path) -> None:
    with case(tmp_path, "c03_null") as con:
        assert rows(con, "select * from staging.unite_ecrite where upper(ecrite) = 'NULL'") == []
        dits = rows(con, "select mots_vides from raw.fichier where mots_vides <> ''")
        assert len(dits) == 1
        assert "centre" in str(dits)


def test_the_leading_zero_comes_back_everywhere(tmp_path: Path) -> None:
    with case(tmp_path, "d34_numero") as con:
        assert rows(con, "select numero_candidat, decision from staging.decision_jury") == [
            ("02231000001", "ADMIS")
        ]
        assert decisions(con) == {"ADMIS": 24}
        du_jury = (
            "select decision_jury from marts.resultat_candidat where decision_jury is not null"
        )
        assert rows(con, du_jury) == [("ADMIS",)]
        numeros = rows(con, "select numero_candidat from staging.candidat")
        assert {str(n)[:7] for (n,) in numeros} == {"0223100"}


def test_what_excel_does_to_marks_is_told(tmp_path: Path) -> None:
    with case(tmp_path, "d32_date_excel") as con:
        dits = " ".join(str(m) for (m,) in rows(con, "select message from marts.rejet"))
        for mot in ("une date ou une heure", "un pourcentage", "un vrai ou faux"):
            assert mot in dits
        assert wrong_marks(con) <= {("02231000001", "E5"), ("02231000001", "E6")}
        assert decisions(con) == {"ADMIS": 22, "INCOMPLET": 2}


def test_html_is_refused_in_words(tmp_path: Path) -> None:
    with case(tmp_path, "c11_html_xls") as con:
        assert reject_rules(con) == {"fichier_illisible": 1}
        assert "page HTML" in str(rows(con, "select message from marts.rejet"))
        assert decisions(con) == {"INCOMPLET": 24}


def test_a_file_sent_again_does_not_block(tmp_path: Path) -> None:
    with case(tmp_path, "d40_renvoi") as con:
        assert reject_rules(con) == {"doublon": 23, "cle_contradictoire": 2}
        sans_faute = rows(con, "select sum(lignes_sans_faute) from marts.bilan_import")
        assert sans_faute == [(23,)]


# Code of the whole run, then what it published: nothing where it is blocked.
ENTIERS = {
    **{
        nom: (0, {"ADMIS": 24})
        for nom in (
            *("t0", "c03_null", "c04_invisible", "c05_bom_milieu", "c10_bruit_flottant"),
            *("c17_unites", "d28_macroman", "d31_feuilles", "d34_numero"),
        )
    },
    "e43_temoin": (0, {"ADMIS": 11, "CONTROLE": 5, "REFUSE": 8}),
    "d32_date_excel": (0, {"ADMIS": 22, "INCOMPLET": 2}),
    "d40_renvoi": (0, {"ADMIS": 23, "INCOMPLET": 1}),
    "e43_decisions_fausses": (3, {}),
    "d42_large_sur40": (3, {}),
    "c09_formule_sans_valeur": (3, {}),
    "c11_html_xls": (3, {}),
}


@pytest.mark.slow
@pytest.mark.parametrize("nom", ENTIERS)
def test_a_case_run_whole_publishes_its_decisions_or_nothing(
    tmp_path: Path, nom: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, finales = ENTIERS[nom]
    shutil.copytree(CAS / nom, tmp_path / nom)
    lu: object = 0
    try:
        cli.main(["executer", str(tmp_path / nom)])
    except SystemExit as sortie:
        lu = sortie.code or 0
    assert lu == code, capsys.readouterr().err
    dossier = open_dossier(tmp_path / nom)
    assert dossier.entrepot.is_file() == (code == 0)
    if code == 0:
        publiees = read_mart(dossier.entrepot, "resultat_candidat")["decision_finale"]
        assert Counter(publiees.to_list()) == finales
        assert (dossier.sortie / "rapports" / "20_resultats_MCO.html").is_file()
    else:
        assert (dossier.sortie / "rejets" / "10_qualite.html").is_file()


S1 = (
    'mode = "PONCTUEL"',
    (
        'mode = "PONCTUEL"\n\n[notes.selon_epreuve.mode]\n'
        'E22 = "CCF"\nE41 = "CCF"\nE42 = "CCF"\nE6 = "CCF"\n\n[notes.colonnes]\ncentre = ["Code UAI"]'
    ),
)


def test_one_workbook_for_roster_and_marks(tmp_path: Path) -> None:
    with case(tmp_path, "s1_recapitulatif", profil=S1) as con:
        assert reject_rules(con) == {}
        assert rows(con, "select count(*) from staging.candidat") == [(24,)]
        lues = marks(con)
        assert lues["02231000004", "E41"] == "AB"
        assert lues["02231000005", "E6"] == "DI"
        assert wrong_marks(con) == set()
        modes = rows(con, "select distinct epreuve from staging.note where mode = 'CCF' order by 1")
        assert modes == [("E22",), ("E41",), ("E42",), ("E6",)]
        assert "Moyenne" in str(rows(con, "select pieds from raw.fichier"))
        assert decisions(con) == {"ADMIS": 23, "ELIMINE": 1}


S3 = (
    'mode = "PONCTUEL"',
    (
        'mode = "PONCTUEL"\n\n[notes.selon_epreuve.mode]\n'
        'E22 = "CCF"\nE41 = "CCF"\nE42 = "CCF"\nE6 = "CCF"\n\n'
        '[notes.absence]\ncolonne = "Absence"\nvaleurs = ["ABS", "O", "OUI", "X", "1", "A"]'
    ),
)


def test_lists_with_a_preamble_and_a_column_of_absences(tmp_path: Path) -> None:
    with case(tmp_path, "s3_listes_preambule", profil=S3) as con:
        assert rows(con, "select count(*) from staging.candidat") == [(24,)]
        lues = marks(con)
        assert len(lues) == 192
        assert [v for v in lues.values() if v == "AB"] == ["AB"]
        assert wrong_marks(con) == set()
        assert decisions(con) == {"ADMIS": 23, "ELIMINE": 1}


@pytest.mark.parametrize(
    ("renvois", "note", "regles"),
    [
        (["notes_v1*", "notes_E5*"], "15.00", {"doublon": 23, "remplace": 1}),
        (["notes_E5*", "notes_v1*"], "14.50", {"doublon": 23, "remplace": 1}),
        # Nothing says which of the two is the last one.
        (["notes_*"], None, {"doublon": 23, "cle_contradictoire": 2}),
        (["notes_E5*"], None, {"doublon": 23, "cle_contradictoire": 2}),
    ],
)
def test_the_file_sent_last_wins_row_by_row_when_the_session_says_which(
    tmp_path: Path, renvois: list[str], note: str | None, regles: dict[object, int]
) -> None:
    with case(tmp_path, "d40_renvoi", f"renvois = {renvois}\n") as con:
        assert marks(con).get(("02231000001", "E5")) == note
        assert reject_rules(con) == regles
        assert decisions(con) == ({"ADMIS": 24} if note else {"ADMIS": 23, "INCOMPLET": 1})


def test_a_correction_nobody_can_read_leaves_no_earlier_mark(tmp_path: Path) -> None:
    renvois = 'renvois = ["notes_v1*", "notes_E5*"]\n'
    change = (
        "notes_E5_corrige.csv",
        "02231000001;MCO;2022;E5;15",
        "02231000001;MCO;2022;E5;quinze",
    )
    with case(tmp_path, "d40_renvoi", renvois, change=change) as con:
        assert ("02231000001", "E5") not in marks(con)
        assert reject_rules(con) == {"doublon": 23, "remplace": 1, "code_inconnu": 1}


@pytest.mark.parametrize(
    ("nom", "rang"),
    [
        ("notes_2022-06-13.csv", 1_20220613),
        ("NOTES_20220614.csv", 1_20220614),
        ("notes_13-06-2022.csv", 1_20220613),
        ("notes_2022-13-45.csv", None),
        ("notes_corrige.csv", 200_000_000),
        ("autre.csv", None),
    ],
)
def test_the_order_of_sendings_is_told_by_patterns_or_by_a_date(nom: str, rang: int | None) -> None:
    assert rank_sent(nom, ["notes_{date}.csv", "notes_corrige*"]) == rang


@pytest.mark.parametrize(
    ("sorte", "ecrit", "nomme"),
    [
        ("notes_v1.csv", "02231000001;MCO;2022;\u0415\u0031;8", "U+0415 (lettre cyrillique)"),
        ("notes_v1.csv", "0223100000\u0399;MCO;2022;E1;8", "U+0399 (lettre grecque)"),
        (
            "notes_v1.csv",
            "02231000001;MCO;2022;E1;8\u3000",
            "U+3000 (espace qui n'est pas ordinaire)",
        ),
    ],
)
def test_a_character_that_looks_like_another_is_named(
    tmp_path: Path, sorte: str, ecrit: str, nomme: str
) -> None:
    change = (sorte, "02231000001;MCO;2022;E1;8", ecrit)
    with case(tmp_path, "d40_renvoi", change=change) as con:
        messages = rows(con, "select message from marts.rejet where regle <> 'doublon'")
        assert any(nomme in str(message) for (message,) in messages)


def test_an_invisible_character_is_removed_from_every_kind_of_file_and_named(
    tmp_path: Path,
) -> None:
    with case(
        tmp_path,
        "d40_renvoi",
        change=("candidats.csv", "02231000001", "\u200b0223\u00ad1000001\ufeff"),
    ) as con:
        assert len(marks(con)) == 191
        (nommes,) = rows(con, "select invisibles from raw.fichier where invisibles <> ''")
        for nom in ("U+200B (espace sans largeur)", "U+00AD", "U+FEFF"):
            assert nom in str(nommes[0])
