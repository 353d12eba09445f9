"""Files as offices send them, each with its right outcome: the marks published, not just no error.

Invented sessions: MCO 2022, candidates `0223100NNNN` (NNNN = i + 1), épreuves k from 0, true mark
8 + ((7 i + 5 k) mod 17) / 2.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from unitaires.ingestion.montage import imported, rows

from perequation.ingestion.fichiers import rank_sent
from perequation.socle.dossier import open_dossier

pytestmark = pytest.mark.lourd

CAS = Path(__file__).parent / "cas"
EPREUVES = ("E1", "E21", "E22", "E3", "E41", "E42", "E5", "E6")


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
) -> Iterator[duckdb.DuckDBPyConnection]:
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


def test_a_decimal_comma_shifts_no_mark(tmp_path: Path) -> None:
    with case(tmp_path, "e43_temoin") as con:
        vraies = marks(con)
        assert len(vraies) == 192
    with case(tmp_path, "e43_decisions_fausses") as con:
        lues = marks(con)
        assert {cle: note for cle, note in lues.items() if vraies[cle] != note} == {}
        regles = reject_rules(con)
        assert regles == {"nombre_de_champs": 192 - len(lues), "virgule_decimale": 1}
        assert "8,5" in str(rows(con, "select message from marts.rejet where ligne is null"))


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
        numeros = rows(con, "select numero_candidat from staging.candidat")
        assert {str(n)[:7] for (n,) in numeros} == {"0223100"}


def test_what_excel_does_to_marks_is_told(tmp_path: Path) -> None:
    with case(tmp_path, "d32_date_excel") as con:
        dits = " ".join(str(m) for (m,) in rows(con, "select message from marts.rejet"))
        for mot in ("une date ou une heure", "un pourcentage", "un vrai ou faux"):
            assert mot in dits
        assert wrong_marks(con) <= {("02231000001", "E5"), ("02231000001", "E6")}


def test_html_is_refused_in_words(tmp_path: Path) -> None:
    with case(tmp_path, "c11_html_xls") as con:
        assert reject_rules(con) == {"fichier_illisible": 1}
        assert "page HTML" in str(rows(con, "select message from marts.rejet"))


def test_a_file_sent_again_does_not_block(tmp_path: Path) -> None:
    with case(tmp_path, "d40_renvoi") as con:
        assert reject_rules(con) == {"doublon": 23, "cle_contradictoire": 2}
        sans_faute = rows(con, "select sum(lignes_sans_faute) from marts.bilan_import")
        assert sans_faute == [(23,)]


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
