"""The counts of the circulars, table by table, are those of the files."""

from collections import Counter

import pytest

pytestmark = pytest.mark.lourd

# In the order the circulars print them.
ETABLISSEMENTS = {
    "ccst-2023-toulouse": [10, 8, 1, 11, 12, 19, 20, 20, 18, 11, 8, 9, 23],
    "ndrc-2022-toulouse": [
        2,
        12,
        14,
        1,
        16,
        29,
        7,
        26,
        50,
        16,
        24,
        28,
        27,
        5,
        27,
        25,
        24,
        3,
        20,
        17,
        25,
        16,
        2,
        18,
        2,
        27,
        2,
        2,
        16,
        28,
        41,
        7,
        1,
        12,
        23,
    ],
}
CENTRES_ECRITS = {
    "ccst-2023-toulouse": [10, 8, 40, 54, 18, 8, 9, 23],
    "ndrc-2022-toulouse": [28, 46, 114, 94, 75, 16, 43, 18, 31, 16, 78, 36],
}
ACADEMIES = {
    "ccst-2023-toulouse": {"TOULOUSE": 170},
    "ndrc-2022-toulouse": {"TOULOUSE": 595},
    "mco-2022-aix-marseille-corse": {"AIX-MARSEILLE": 1289, "CORSE": 45},
}


def attendus(session, maille):
    lignes = session.configuration["effectif_attendu"]
    return {ligne["code"]: ligne["inscrits"] for ligne in lignes if ligne["maille"] == maille}


def test_total_et_academies(session):
    effectifs = Counter(c["academie"] for c in session.candidats)
    assert effectifs == ACADEMIES[session.nom] == attendus(session, "academie")
    assert list(attendus(session, "total").values()) == [len(session.candidats)]


@pytest.mark.parametrize("nom", ETABLISSEMENTS)
def test_effectifs_attendus_sont_ceux_de_la_circulaire(sessions, nom):
    assert list(attendus(sessions[nom], "etablissement").values()) == ETABLISSEMENTS[nom]
    assert list(attendus(sessions[nom], "centre_ecrit").values()) == CENTRES_ECRITS[nom]


def test_mco_ne_donne_que_les_effectifs_imprimes(mco):
    assert {e["maille"] for e in mco.configuration["effectif_attendu"]} == {"total", "academie"}
    assert "inventés" in (mco.racine / "LISEZMOI.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("nom", CENTRES_ECRITS)
def test_liste_et_centres_ecrits(sessions, nom):
    effectifs = Counter(c["centre_ecrit"] for c in sessions[nom].candidats)
    assert effectifs == attendus(sessions[nom], "centre_ecrit")


def test_etablissements_ccst(ccst):
    assert Counter(c["uai"] or c["etablissement"] for c in ccst.candidats) == attendus(
        ccst, "etablissement"
    )


def test_ndrc_garde_la_contradiction_de_la_circulaire(ndrc):
    constates = Counter(c["uai"] or c["etablissement"] for c in ndrc.candidats)
    prevus = Counter(attendus(ndrc, "etablissement"))
    assert prevus - constates == {"ENSEIGN.DISTANCE DEPT 32": 2}
    assert constates - prevus == {"INDIVIDUELS DEPT 32": 2}
    assert {c["statut"] for c in ndrc.candidats if c["etablissement"] == "INDIVIDUELS DEPT 32"} == {
        "INDIVIDUEL"
    }


def test_ndrc_un_groupe_melange_ead_et_individuels(ndrc):
    groupe = [c for c in ndrc.candidats if c["etablissement"] == "INDIVIDUELS/ EAD DEPT 31"]
    assert Counter(c["statut"] for c in groupe) == {"INDIVIDUEL": 4, "EAD": 3}


@pytest.mark.parametrize(
    ("epreuve", "effectifs"),
    [
        ("E22", {("HORS CONTRAT", "ANGLAIS"): 11, ("EAD", "ESPAGNOL"): 1}),
        ("E4", {("HORS CONTRAT", ""): 11}),
        ("E61", {("HORS CONTRAT", ""): 11, ("EAD", ""): 1}),
        ("E62", {("HORS CONTRAT", ""): 11, ("EAD", ""): 1}),
    ],
)
def test_ccst_candidats_ponctuels(ccst, epreuve, effectifs):
    hors_contrat = {
        e["uai"] for e in ccst.lire("etablissements.csv") if e["type"] == "PRIVE HORS CONTRAT"
    }
    par_numero = {c["numero_candidat"]: c for c in ccst.candidats}
    vus: Counter[tuple[str, str]] = Counter()
    for note in ccst.notes:
        candidat = par_numero[note["numero_candidat"]]
        if (note["epreuve"], note["mode"]) == (epreuve, "PONCTUEL") and note["note"] != "DI":
            origine = "HORS CONTRAT" if candidat["uai"] in hors_contrat else candidat["statut"]
            vus[origine, note.get("langue") or ""] += 1
    assert vus == effectifs


def test_ccst_langue_facultative(ccst):
    par_numero = {c["numero_candidat"]: c["etablissement"] for c in ccst.candidats}
    notes = [n for n in ccst.notes if n["epreuve"] == "EF1"]
    vus = Counter((par_numero[n["numero_candidat"]], n["langue"], n["centre"]) for n in notes)
    grand, petit = "Lycée Mirage, Fableville", "Lycée D'Aventurin, Épéeville"
    assert vus == {
        ("LYC OPHELINE - FABLEVILLE", "ESPAGNOL", grand): 19,
        ("NUMERICE - FABLEVILLE", "ESPAGNOL", grand): 1,
        ("LPO TOURNEBELLE - ROUGEBRIQUE", "ESPAGNOL", grand): 1,
        ("LPO D'AVENTURIN - EPEEVILLE", "ESPAGNOL", grand): 6,
        ("LPA BRUMECHAMPS", "ESPAGNOL", grand): 5,
        ("LPO D'AVENTURIN - EPEEVILLE", "ANGLAIS", petit): 2,
        ("LPA BRUMECHAMPS", "ANGLAIS", petit): 2,
    }
