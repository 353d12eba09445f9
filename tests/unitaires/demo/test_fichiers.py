"""The files are well formed, coherent, and the same for the same seed."""

import hashlib
import re
from collections import Counter, defaultdict
from pathlib import Path

import pytest
from outils.grande import make_large

from perequation.demo import load_faits, make_session, write_faits
from perequation.socle.erreurs import ConfigurationError

from .conftest import SessionLue

pytestmark = pytest.mark.lourd

INE = re.compile(r"\d{9}[A-Z]{2}|\d{10}[A-Z]|\d{4}A\d{5}[A-Z]")
CODES = {"AB", "AJ", "NV", "DI"}


def hash_tree(racine: Path) -> dict[str, str]:
    return {
        chemin.relative_to(racine).as_posix(): hashlib.sha256(chemin.read_bytes()).hexdigest()
        for chemin in racine.rglob("*")
        if chemin.is_file()
    }


def test_meme_graine_memes_octets(session, tmp_path):
    assert hash_tree(make_session(session.nom, tmp_path)) == hash_tree(session.racine)


def test_autre_graine_autres_notes(ccst, tmp_path):
    autre = hash_tree(make_session(ccst.nom, tmp_path, graine=1))
    origine = hash_tree(ccst.racine)
    assert autre["donnees/notes_ecrits.csv"] != origine["donnees/notes_ecrits.csv"]
    assert autre["session.toml"] == origine["session.toml"]


def test_encodages_meles(session):
    debuts = [chemin.read_bytes() for chemin in (session.racine / "donnees").rglob("*.csv")]
    assert any(octets.startswith(b"\xef\xbb\xbf") for octets in debuts)

    def is_utf8(octets: bytes) -> bool:
        try:
            octets.decode("utf-8")
        except UnicodeDecodeError:
            return False
        return True

    assert not all(is_utf8(octets) for octets in debuts)


def test_candidats(session):
    candidats = session.candidats
    numeros = [c["numero_candidat"] for c in candidats]
    assert len(set(numeros)) == len(numeros)
    assert all(re.fullmatch(r"0\d{10}", numero) for numero in numeros)
    assert all(INE.fullmatch(c["ine"]) for c in candidats)
    assert len({c["ine"] for c in candidats}) == len(candidats)
    assert {c["sexe"] for c in candidats} == {"F", "M"}
    assert all((c["uai"] == "") == (c["statut"] in {"EAD", "INDIVIDUEL"}) for c in candidats)
    progressives = {c["statut"] for c in candidats if c["forme"] == "PROGRESSIVE"}
    assert progressives
    assert progressives.isdisjoint({"SCOLAIRE", "APPRENTI"})


def test_notes_au_demi_point_et_cles_uniques(session):
    epreuves = {e.code for e in load_faits(session.nom).epreuves}
    entieres = {e.groupe for e in load_faits(session.nom).epreuves}
    connus = {c["numero_candidat"] for c in session.candidats}
    cles: Counter[tuple[str, str, str]] = Counter()
    for note in session.notes:
        cles[note["numero_candidat"], note["epreuve"], note["etape"]] += 1
        assert note["numero_candidat"] in connus
        tenue_entiere = note["etape"] == "controle" or note["mode"] in {"BENEFICE", "REPORT"}
        assert note["epreuve"] in (epreuves | entieres if tenue_entiere else epreuves)
        if note["note"] not in CODES:
            valeur = float(note["note"].replace(",", "."))
            assert 0 <= valeur <= 20
            assert valeur * 2 == int(valeur * 2)
    assert set(cles.values()) == {1}


def test_ccf_seulement_pour_qui_y_a_droit(session):
    habilites = {e["uai"] for e in session.lire("etablissements.csv") if e["ccf"] == "O"}
    hors_contrat = {
        e["uai"] for e in session.lire("etablissements.csv") if e["type"] == "PRIVE HORS CONTRAT"
    }
    assert habilites.isdisjoint(hors_contrat)
    par_numero = {c["numero_candidat"]: c for c in session.candidats}
    codes = set(session.configuration["ccf"]["epreuves"])
    for note in session.notes:
        candidat = par_numero[note["numero_candidat"]]
        if note["mode"] == "CCF":
            assert candidat["uai"] in habilites
            assert note["centre"] == candidat["uai"]
            assert note["epreuve"] in codes
        elif note["mode"] == "PONCTUEL" and note["epreuve"] in codes:
            assert candidat["uai"] not in habilites


def test_codes_et_modes_presents(session):
    notes = session.notes
    assert {n["note"] for n in notes} >= CODES
    assert {n["mode"] for n in notes} >= {"PONCTUEL", "CCF", "BENEFICE"}
    assert {n["etape"] for n in notes} == {"", "transmise", "harmonisee", "controle"}
    assert any(n.get("reserve") == "O" for n in notes)
    for note in (n for n in notes if n["mode"] == "BENEFICE"):
        assert float(note["note"].replace(",", ".")) >= 10


def test_avant_2023_une_epreuve_est_conservee_entiere(session, tmp_path):
    """Nobody keeps one unit and sits the other; from 2023 on units are kept one by one."""
    annee_avant = load_faits(session.nom).year_before()
    sessions = [(load_faits(session.nom), session)]
    if annee_avant:
        racine = write_faits(annee_avant, tmp_path / annee_avant.nom)
        sessions.append((annee_avant, SessionLue(annee_avant.nom, racine)))
    for faits, lue in sessions:
        groupes = {e.code: e.groupe for e in faits.epreuves}
        unites = {code for code, groupe in groupes.items() if code != groupe}
        dispenses = {n["numero_candidat"] for n in lue.notes if n["note"] == "DI"}
        conservees = [
            n
            for n in lue.notes
            if n["mode"] in {"BENEFICE", "REPORT"} and n["numero_candidat"] not in dispenses
        ]
        entieres = [n for n in conservees if n["epreuve"] in set(groupes.values()) - set(groupes)]
        assert bool(entieres) is (faits.session < 2023)
        assert any(n["epreuve"] in unites for n in conservees) is (faits.session >= 2023)
        assert not any(n["centre"] or n["commission"] for n in conservees)
        autres = {(n["numero_candidat"], groupes.get(n["epreuve"])) for n in lue.notes}
        assert all((n["numero_candidat"], n["epreuve"]) not in autres for n in entieres)


def test_facultative_a_la_suite_de_son_epreuve(session):
    suites = {e.code: e.a_la_suite_de for e in load_faits(session.nom).epreuves if e.a_la_suite_de}
    lieux = {
        (n["numero_candidat"], n["epreuve"], n["etape"]): (n["mode"], n["centre"], n["commission"])
        for n in session.notes
    }
    suivies = [cle for cle in lieux if cle[1] in suites]
    assert suivies
    assert all(
        lieux[numero, suites[code], etape] == lieux[numero, code, etape]
        for numero, code, etape in suivies
    )


def test_langue_facultative_differente_de_l_obligatoire(session):
    langues: dict[str, dict[str, str]] = defaultdict(dict)
    for note in session.notes:
        if note.get("langue") and note["etape"] == "":
            langues[note["numero_candidat"]][note["epreuve"]] = note["langue"]
    avec = [par_epreuve for par_epreuve in langues.values() if "EF1" in par_epreuve]
    assert avec
    for par_epreuve in avec:
        obligatoire = {langue for code, langue in par_epreuve.items() if code != "EF1"}
        assert par_epreuve["EF1"] not in obligatoire


def test_commissions_d_une_douzaine_dans_un_seul_centre(session):
    commissions = Counter()
    centres = defaultdict(set)
    for note in session.notes:
        if note["commission"] and note["mode"] == "PONCTUEL" and note["etape"] == "":
            commissions[note["commission"], note["epreuve"]] += 1
            centres[note["commission"]].add(note["centre"])
    assert max(commissions.values()) <= 12
    assert all(len(lieux) == 1 for lieux in centres.values())


def test_effectifs_choisis(tmp_path):
    faits = load_faits("ccst-2023-toulouse")
    uai = faits.etablissements[0].uai
    racine = make_session(faits.nom, tmp_path, effectifs={uai: 25})
    texte = (racine / "session.toml").read_text(encoding="utf-8")
    assert f'code = "{uai}"\ninscrits = 25' in texte
    assert 'code = "TOTAL"\ninscrits = 185' in texte


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"effectifs": {"0999999X": 3}}, "0999999X"),
        ({"effets": {("E61", "0999999X"): 3.0}}, "0999999X"),
    ],
)
def test_une_unite_inconnue_est_refusee(tmp_path, options, message):
    with pytest.raises(ConfigurationError, match=message):
        make_session("ccst-2023-toulouse", tmp_path, **options)


def test_une_vraie_session_n_est_pas_ecrasee(tmp_path):
    (tmp_path / "session.toml").write_text("[session]\nannee = 2024\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="n'est pas une démonstration"):
        make_session("ccst-2023-toulouse", tmp_path)
    assert [chemin.name for chemin in tmp_path.iterdir()] == ["session.toml"]


def test_refaire_ailleurs_ne_laisse_rien_derriere(ccst, tmp_path):
    uai = load_faits(ccst.nom).etablissements[0].uai
    make_session(ccst.nom, tmp_path, effectifs={uai: 0})
    assert not list(tmp_path.glob(f"donnees/ccf/*{uai.lower()}*"))
    make_session(ccst.nom, tmp_path)
    make_session(ccst.nom, tmp_path, effectifs={uai: 0})
    assert not list(tmp_path.glob(f"donnees/ccf/*{uai.lower()}*"))


def test_tres_petite_session(tmp_path):
    effectifs = {e.code: 1 for e in load_faits("ccst-2023-toulouse").etablissements}
    racine = make_session("ccst-2023-toulouse", tmp_path, effectifs=effectifs)
    lignes = sum(len(c.read_bytes().splitlines()) - 1 for c in racine.glob("donnees/candidats*"))
    assert lignes == 13


def test_session_inconnue(tmp_path):
    with pytest.raises(ConfigurationError, match="Connues : ccst-2023-toulouse"):
        make_session("bts-imaginaire", tmp_path)


def test_grande_session(tmp_path):
    racine = make_large(tmp_path, nb_candidats=3_000, nb_etablissements=200)
    candidats = sum(
        len(chemin.read_bytes().splitlines()) - 1
        for chemin in racine.glob("donnees/candidats*.csv")
    )
    notes = sum(
        len(chemin.read_bytes().splitlines()) - 1 for chemin in racine.glob("donnees/notes*.csv")
    )
    assert candidats == 3_000
    assert 8 * 3_000 <= notes <= 9 * 3_000
    assert len((racine / "donnees/etablissements.csv").read_bytes().splitlines()) == 201
