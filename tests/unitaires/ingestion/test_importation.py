"""The import as a whole: which files, which profile, what is refused."""

import re
from pathlib import Path

import duckdb
import pytest
from unitaires.ingestion.montage import CANDIDATS, NOTES, imported, make_dossier, rows

from perequation.ingestion import import_files
from perequation.ingestion.fichiers import is_read, list_files
from perequation.ingestion.profils import load_profile, shipped_profiles
from perequation.socle.dossier import open_dossier
from perequation.socle.erreurs import ConfigurationError, MissingInputError

pytestmark = pytest.mark.entier


def test_patterns_are_blind_to_case_and_to_lock_files(tmp_path: Path) -> None:
    dossier = make_dossier(
        tmp_path,
        {"CANDIDATS.CSV": CANDIDATS, "Notes_Été.Csv": NOTES, "candidats.csv": CANDIDATS + " "},
    )
    (tmp_path / "donnees" / "~$notes.xlsx").write_bytes(b"verrou")
    with imported(dossier) as con:
        assert rows(con, "select fichier from raw.fichier order by all") == [
            ("donnees/CANDIDATS.CSV",),
            ("donnees/Notes_Été.Csv",),
            ("donnees/candidats.csv",),
            ("donnees/notes.csv",),
        ]


@pytest.mark.parametrize("type_fichier", ["candidats", "notes"])
def test_no_roster_or_no_marks_at_all(type_fichier: str, tmp_path: Path) -> None:
    dossier = make_dossier(tmp_path, {})
    (tmp_path / "donnees" / f"{type_fichier}.csv").unlink()
    with duckdb.connect() as con, pytest.raises(MissingInputError, match=type_fichier):
        import_files(con, dossier)


@pytest.mark.parametrize("note", ["12,5", '"12,5"', '"12\n,5"'])
def test_progress_is_told(tmp_path: Path, note: str) -> None:
    dossier = make_dossier(tmp_path, {"notes.csv": NOTES.replace("12,5", note)})
    appels: list[tuple[str, int, int, int]] = []
    with duckdb.connect() as con:
        import_files(con, dossier, lambda *appel: appels.append(appel))
    assert ("donnees/notes.csv", 1, 1, 2) in appels


def test_nothing_is_left_behind_and_nothing_written_to_the_inputs(tmp_path: Path) -> None:
    dossier = make_dossier(tmp_path, {})
    avant = {p: p.read_bytes() for p in (tmp_path / "donnees").iterdir()}
    with imported(dossier):
        pass
    assert {p: p.read_bytes() for p in (tmp_path / "donnees").iterdir()} == avant
    assert list(dossier.sortie.iterdir()) == []


def test_one_file_may_be_named_by_two_kinds(tmp_path: Path) -> None:
    dossier = make_dossier(tmp_path, {})
    reglage = (tmp_path / "session.toml").read_text(encoding="utf-8")
    (tmp_path / "session.toml").write_text(
        reglage.replace('"donnees/notes*"', '"donnees/*"'), encoding="utf-8"
    )
    with imported(open_dossier(dossier.racine), staging=True) as con:
        assert rows(
            con,
            "select type_fichier, fichier, lignes_lues, lignes_chargees, lignes_rejetees "
            "from marts.bilan_import order by all",
        ) == [
            ("candidats", "donnees/candidats.csv", 2, 2, 0),
            ("notes", "donnees/candidats.csv", 2, 0, 2),
            ("notes", "donnees/notes.csv", 1, 1, 0),
        ]


def test_a_file_that_can_t_be_opened_is_one_reject(tmp_path: Path) -> None:
    dossier = make_dossier(tmp_path, {})
    lien = tmp_path / "donnees" / "notes2.csv"
    lien.write_text("x", encoding="utf-8")

    def refuse(self: Path, *args: object, **options: object):
        if self.name == "notes2.csv":
            raise PermissionError(self)
        return ouvre(self, *args, **options)

    ouvre = Path.open
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Path, "open", refuse)
        with imported(dossier, staging=True) as con:
            assert rows(con, "select fichier, ligne, regle from marts.rejet") == [
                ("donnees/notes2.csv", None, "fichier_illisible")
            ]
            assert rows(con, "select count(*) from staging.note") == [(1,)]


def test_shipped_profiles_are_sound() -> None:
    assert shipped_profiles() == ("liste_etablissement", "modele_ccf", "perequation")
    for nom in shipped_profiles():
        assert load_profile(nom).titre


@pytest.mark.parametrize(
    ("texte", "message"),
    [
        ("[notes]\ninconnue = 1", "inconnue"),
        ("[notes.colonnes]\nnoot = ['x']", "noot"),
        ("[notes]\nseparateur = '|'", "séparateur"),
        ("[notes]\npied = '('", "illisible"),
        ("[notes.preambule]\nsession = { ligne = 1, motif = 'x' }", "parenthèse"),
        ("[notes", "TOML"),
        ('base = "maison2"', "introuvable"),
        ("entete = 1", "entete"),
    ],
)
def test_a_faulty_profile_says_what_is_wrong(texte: str, message: str, tmp_path: Path) -> None:
    dossier = make_dossier(tmp_path, {}, "maison")
    (tmp_path / "profils").mkdir()
    (tmp_path / "profils" / "maison.toml").write_text(texte, encoding="utf-8")
    with pytest.raises(ConfigurationError) as erreur:
        load_profile("maison", dossier)
    assert message in "\n".join(erreur.value.lines())


def test_profiles_that_extend_each_other(tmp_path: Path) -> None:
    dossier = make_dossier(tmp_path, {}, "a")
    (tmp_path / "profils").mkdir()
    for nom, base in (("a", "b"), ("b", "a")):
        (tmp_path / "profils" / f"{nom}.toml").write_text(f'base = "{base}"', encoding="utf-8")
    with pytest.raises(ConfigurationError, match="lui-même"):
        load_profile("a", dossier)


def test_a_session_s_profile_may_extend_the_shipped_one_of_its_name(tmp_path: Path) -> None:
    dossier = make_dossier(tmp_path, {})
    (tmp_path / "profils").mkdir()
    (tmp_path / "profils" / "perequation.toml").write_text(
        'base = "perequation"\n[notes.colonnes]\nnote = ["Points"]', encoding="utf-8"
    )
    profil = load_profile("perequation", dossier)
    assert profil.notes.colonnes["note"] == ("Points",)
    assert "epreuve" in profil.notes.colonnes


@pytest.mark.parametrize(
    "nom",
    [
        "donnees/ccf/a.xlsx",
        "donnees/ccf/A.XLSX",
        "donnees/ccf/b/c/d.xlsx",
        "donnees/notes.csv",
        "donnees/ccf/a.ods",
        "donnees/a.xlsx",
        "a.xlsx",
    ],
)
def test_a_file_said_to_be_read_is_read(tmp_path: Path, nom: str) -> None:
    """What `modele-ccf` says of a pattern is what the import makes of it."""
    dossier = make_dossier(tmp_path, {})
    (tmp_path / nom).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / nom).write_text("x", encoding="utf-8")
    toml = tmp_path / "session.toml"
    texte = toml.read_text(encoding="utf-8")
    for globs in ('"donnees/ccf/*.xlsx"', '"donnees/**/*.xlsx"', '"donnees/n*"', '"*.xlsx"'):
        ligne = re.sub("^notes = .*$", f"notes = [{globs}]", texte, flags=re.MULTILINE)
        toml.write_text(ligne, encoding="utf-8")
        dossier = open_dossier(tmp_path)
        lus = [f.nom for f in list_files(dossier, "notes")]
        assert is_read(dossier, "notes", nom) == (nom in lus), globs
