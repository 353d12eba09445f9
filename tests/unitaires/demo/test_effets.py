"""Known effects are in the marks, and only they; the jury's arithmetic is the règlement's."""

import tomllib
from collections import defaultdict
from fractions import Fraction

import numpy as np
import pytest

from perequation.demo import load_faits, make_session
from perequation.socle.ressources import PACKAGE

from .conftest import SessionLue

pytestmark = pytest.mark.lourd


def residuals(session: SessionLue, etape: str, champ: str) -> dict[tuple[str, str], list[float]]:
    """Return marks less ability, per épreuve and unit."""
    aptitude = {
        ligne["numero_candidat"]: float(ligne["aptitude"])
        for ligne in session.lire("verite/candidats.csv")
    }
    modes = {"transmise": "CCF", "harmonisee": "CCF", "": "PONCTUEL"}
    restes: dict[tuple[str, str], list[float]] = defaultdict(list)
    for note in session.notes:
        retenue = note["etape"] == etape and note["mode"] == modes[etape] and note[champ]
        if retenue and note["note"][0].isdigit():
            valeur = float(note["note"].replace(",", "."))
            restes[note["epreuve"], note[champ]].append(valeur - aptitude[note["numero_candidat"]])
    return restes


def centre(restes: dict[tuple[str, str], list[float]]) -> dict[tuple[str, str], float]:
    """Return the mean of each unit less the mean of its épreuve."""
    totaux: dict[str, list[float]] = defaultdict(list)
    for (epreuve, _), valeurs in restes.items():
        totaux[epreuve].extend(valeurs)
    return {
        cle: float(np.mean(valeurs) - np.mean(totaux[cle[0]])) for cle, valeurs in restes.items()
    }


@pytest.mark.parametrize(
    ("type_unite", "etape", "champ"),
    [
        ("etablissement", "transmise", "centre"),
        ("etablissement", "harmonisee", "centre"),
        ("commission", "", "commission"),
    ],
)
def test_les_effets_connus_se_retrouvent(mco, type_unite, etape, champ):
    constates = centre(residuals(mco, etape, champ))
    prevus = {
        (v["epreuve"], v["unite"]): float(v["effet_centre"])
        for v in mco.lire("verite/effets.csv")
        if v["type_unite"] == type_unite
        and v["etape"] == (etape or "definitive")
        and int(v["n"]) >= 10
    }
    couples = np.array([(prevus[cle], constates[cle]) for cle in prevus])
    pente = np.polyfit(couples[:, 0], couples[:, 1], 1)[0]
    assert len(couples) > 50
    assert pente == pytest.approx(1, abs=0.2)
    assert np.corrcoef(couples.T)[0, 1] > 0.65


def test_seuls_les_effets_plantes(tmp_path):
    uai = next(
        e.uai for e in load_faits("mco-2022-aix-marseille-corse").etablissements if e.inscrits > 40
    )
    racine = make_session("mco-2022-aix-marseille-corse", tmp_path, effets={("E42", uai): 3.0})
    session = SessionLue("plantee", racine)
    verites = session.lire("verite/effets.csv")
    non_nuls = {(v["epreuve"], v["unite"], v["etape"]) for v in verites if float(v["effet"]) != 0}
    assert non_nuls == {("E42", uai, "transmise"), ("E42", uai, "harmonisee")}
    constates = centre(residuals(session, "transmise", "centre"))
    assert constates["E42", uai] == pytest.approx(3, abs=1)
    assert constates["E41", uai] == pytest.approx(0, abs=1)


def test_l_aptitude_depend_de_l_etablissement(mco):
    aptitude = {
        v["numero_candidat"]: float(v["aptitude"]) for v in mco.lire("verite/candidats.csv")
    }
    groupes: dict[str, list[float]] = defaultdict(list)
    for candidat in mco.candidats:
        groupes[candidat["uai"]].append(aptitude[candidat["numero_candidat"]])
    moyennes = [np.mean(valeurs) for valeurs in groupes.values() if len(valeurs) >= 15]
    assert np.std(moyennes) > 0.6


def test_decisions_d_harmonisation_appliquees_sauf_une(session):
    notes: dict[str, dict[tuple[str, str, str], float]] = defaultdict(dict)
    for note in session.notes:
        if note["mode"] == "CCF" and note["note"][0].isdigit():
            cle = (note["epreuve"], note["centre"], note["numero_candidat"])
            notes[note["etape"]][cle] = float(note["note"].replace(",", "."))
    constates: dict[tuple[str, str], set[float]] = defaultdict(set)
    for cle, valeur in notes["harmonisee"].items():
        constates[cle[:2]].add(valeur - notes["transmise"][cle])
    decisions = {
        (d["epreuve"], d["unite"]): float(d["decalage"].replace(",", ".") or 0)
        for d in session.lire("decisions_harmonisation.csv")
    }
    inexactes = {cle for cle, vus in constates.items() if vus != {decisions.get(cle, 0.0)}}
    assert sum(decalage != 0 for decalage in decisions.values()) >= 3
    assert len(inexactes) == 1
    assert inexactes <= set(decisions)


def read_reglement(specialite: str, session: int) -> list[dict]:
    lus = [
        tomllib.loads(chemin.read_text(encoding="utf-8"))
        for chemin in (PACKAGE / "reglements").glob(f"{specialite.lower()}-*.toml")
    ]
    return max((r for r in lus if r["sessions"][0] <= session), key=lambda r: r["sessions"][0])[
        "epreuves"
    ]


def is_called(epreuves: list[dict], notes: dict[str, str]) -> bool:
    """Apply the rule of the contrôle to one candidate, with fractions."""
    obligatoires = [e for e in epreuves if not e.get("facultative")]
    if any(e["code"] not in notes or notes[e["code"]] in {"AB", "NV"} for e in obligatoires):
        return False

    def value(code: str) -> Fraction:
        texte = notes[code].replace(",", ".")
        return Fraction(0) if texte == "AJ" else Fraction(texte)

    prises = [e for e in obligatoires if notes[e["code"]] != "DI"]
    pro = [e for e in prises if e["domaine"] == "professionnel"]
    bonus = sorted(
        max(Fraction(0), value(e["code"]) - 10)
        for e in epreuves
        if e.get("facultative") and notes.get(e["code"], "AB")[0].isdigit()
    )[-3:]
    somme = sum(Fraction(e["coefficient"]) for e in prises)
    moyenne = (
        sum(Fraction(e["coefficient"]) * value(e["code"]) for e in prises) + sum(bonus)
    ) / somme
    moyenne_pro = sum(Fraction(e["coefficient"]) * value(e["code"]) for e in pro) / sum(
        Fraction(e["coefficient"]) for e in pro
    )
    return 8 <= moyenne < 10 <= moyenne_pro


def test_appeles_au_controle(session):
    faits = load_faits(session.nom)
    epreuves = read_reglement(faits.specialite, faits.session)
    unites: dict[str, list[str]] = defaultdict(list)
    for epreuve in epreuves:
        unites[epreuve.get("epreuve", epreuve["code"])].append(epreuve["code"])
    retenues: dict[str, dict[str, str]] = defaultdict(dict)
    for etape in ("transmise", "harmonisee", ""):
        for note in session.notes:
            if note["etape"] == etape:
                # The one mark of an épreuve kept whole is that of each of its units.
                for code in unites.get(note["epreuve"], [note["epreuve"]]):
                    retenues[note["numero_candidat"]][code] = note["note"]
    appeles = {numero for numero, notes in retenues.items() if is_called(epreuves, notes)}
    reprises: dict[str, set[str]] = defaultdict(set)
    for note in session.lire("notes_controle.csv"):
        reprises[note["numero_candidat"]].add(note["epreuve"])
    repeches = {
        d["numero_candidat"]
        for d in session.lire("decisions_jury.csv")
        if d["etape"] == "premier_groupe"
    }
    assert set(reprises) == appeles - repeches
    # Two épreuves each; one when the others are dispensed or kept.
    assert {len(choix) for choix in reprises.values()} <= {1, 2}
    assert sum(len(choix) for choix in reprises.values()) > 1.9 * len(reprises)
    assert set().union(*reprises.values()) <= {"E1", "E2", "E3"}
    assert 0.05 <= len(appeles) / len(session.candidats) <= 0.12
