"""The scenarios of `cas/*.yaml`, written for a jurist: each case decided and compared."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from scenarios import montage
from scenarios.modele import Candidat, Jury, Note, Regles, Rejet, reglement_de

DOSSIER = Path(__file__).parent / "cas"
CLES_DU_CAS = {
    "cas",
    "specialite",
    "session",
    "forme",
    "toutes",
    "notes",
    "controle",
    "jury",
    "rejets",
    "regles",
    "attendu",
}


def read_cases() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every case, completed with what its rule says for all its cases."""
    for path in sorted(DOSSIER.glob("*.yaml")):
        for regle in yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader):
            commun = {k: v for k, v in regle.items() if k not in ("regle", "source", "cas")}
            assert regle["source"]
            for cas in regle["cas"]:
                assert set(cas) <= CLES_DU_CAS, set(cas) - CLES_DU_CAS
                notes = commun.get("notes", {}) | cas.get("notes", {})
                nom = f"{path.stem} : {regle['regle']} : {cas['cas']}"
                yield nom, commun | cas | {"notes": notes}


CAS = dict(read_cases())
NOMS = [pytest.param(nom, id=f"{nom.split()[0]}-{i}") for i, nom in enumerate(CAS)]


def candidat_of(numero: str, cas: dict[str, Any]) -> Candidat:
    """Turn a case into a candidate."""
    reglement = reglement_de(cas["specialite"], cas["session"])
    notes = {e.code: cas.get("toutes") for e in reglement.obligatoires} | cas.get("notes", {})
    return Candidat(
        numero,
        cas.get("forme", "GLOBALE"),
        (
            *(note for code, valeur in notes.items() for note in _notes(code, valeur)),
            *(
                Note(code, _valeur(valeur), "controle")
                for code, valeur in cas.get("controle", {}).items()
            ),
        ),
        tuple(Rejet(**rejet) for rejet in cas.get("rejets", [])),
        tuple(_jury(cas.get("jury", {}))),
    )


def _notes(code: str, ecrit: Any) -> Iterator[Note]:
    for une in ecrit if isinstance(ecrit, list) else [ecrit]:
        if isinstance(une, dict):
            yield Note(
                code,
                _valeur(une["note"]),
                une.get("etape", "definitive"),
                une.get("mode", "PONCTUEL"),
                une.get("reserve") in ("O", True),
                une.get("langue"),
                une.get("motif_nv"),
                une.get("session_origine"),
            )
        elif une != "manquante":
            yield Note(code, _valeur(une))


def _valeur(ecrit: Any) -> Decimal | str:
    return ecrit if isinstance(ecrit, str) else Decimal(str(ecrit))


def _jury(ecrit: dict[str, Any]) -> Iterator[Jury]:
    livret = None if ecrit.get("livret", "vide") == "vide" else ecrit["livret"]
    for etape in ("premier_groupe", "controle"):
        if etape in ecrit:
            yield Jury(ecrit[etape], etape, livret if etape == "premier_groupe" else None)


@pytest.fixture(scope="module")
def decided() -> dict[str, tuple[dict[str, Any], dict[str, Any] | None]]:
    """Decide all the cases, one warehouse for each spécialité, session and settings."""
    numeros = {f"{i:05d}": nom for i, nom in enumerate(CAS)}
    groupes: dict[tuple[str, int, Regles], list[Candidat]] = {}
    for numero, nom in numeros.items():
        cas = CAS[nom]
        cle = (cas["specialite"], cas["session"], Regles(**cas.get("regles", {})))
        groupes.setdefault(cle, []).append(candidat_of(numero, cas))
    decided = {}
    for (specialite, session, regles), candidats in groupes.items():
        reglement = reglement_de(specialite, session)
        with montage.decide_session(reglement, session, candidats, regles) as con:
            resultats = montage.read(con, "resultat_candidat")
            rattrapages = montage.read(con, "rattrapage")
        for numero, resultat in resultats.items():
            decided[numeros[numero]] = (resultat, rattrapages.get(numero))
    return decided


@pytest.mark.parametrize("nom", NOMS)
def test_case(nom: str, decided: dict[str, Any]) -> None:
    resultat, rattrapage = decided[nom]
    obtenu = resultat | {f"rattrapage.{k}": v for k, v in (rattrapage or {}).items()}
    for cle, attendu in CAS[nom]["attendu"].items():
        if cle == "motif":
            assert attendu in obtenu["motif"]
        elif cle == "raison":
            assert any(attendu in r for r in obtenu["raisons_verification"]), obtenu
        elif isinstance(obtenu[cle], Decimal):
            assert attendu is not None, (cle, obtenu[cle])
            assert obtenu[cle] == Decimal(attendu), (cle, obtenu[cle])
        else:
            assert obtenu[cle] == attendu, (cle, obtenu[cle], obtenu["motif"])


def test_every_rule_of_the_decision_has_a_case(decided: dict[str, Any]) -> None:
    regles = {resultat["regle"] for resultat, _ in decided.values()}
    assert regles == {
        "fraude",
        "absence_non_justifiee",
        "non_valide",
        "forme_progressive",
        "note_manquante",
        "aucune_moyenne",
        "moyenne_10",
        "controle",
        "controle_2021",
        "refus_sans_controle",
        "refus_sous_8",
        "refus_sans_professionnelle",
        "refus_professionnelle",
        "refus_progressive",
    }
