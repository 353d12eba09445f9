"""Another code of an épreuve (E5A for E51) is its code everywhere one is read."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from unitaires.ingestion.montage import imported

from perequation.ingestion.apercu.codes_rencontres import known_codes
from perequation.socle.correspondance import load_correspondances
from perequation.socle.dossier import Dossier, open_dossier
from perequation.socle.ressources import PACKAGE

pytestmark = pytest.mark.entier

REGLEMENT = (PACKAGE / "reglements" / "ccst-2023.toml").read_text(encoding="utf-8")
EPREUVE = re.compile(r'\{ code = "(E\w+)", +(?=.*coefficient)')
CODES = EPREUVE.findall(REGLEMENT)
SESSION = """
[session]
annee = 2023
titre = "BTS CCST, session 2023"
academie_pilote = "TOULOUSE"
specialites = ["CCST"]
coefficients_confirmes = true

[donnees]
candidats = ["donnees/candidats.csv"]
notes = ["donnees/notes*.csv"]
decisions_harmonisation = ["donnees/decisions.csv"]
profils = {{ "notes_*.csv" = "large" }}

[regles]
controle_langue = "{E22}"

[harmonisation]
ancres = ["{E1}", "{E5}"]

[ccf]
epreuves = ["{E4}", "{E61}"]
"""
PROFIL = """
titre = "Une colonne par épreuve"
[notes]
large = {large}
[notes.constantes]
specialite = "CCST"
session = "2023"
mode = "PONCTUEL"
[notes.selon_epreuve.mode]
E61 = "CCF"
"""
RELATIONS = (
    "reference.epreuve",
    "reference.parametre",
    "staging.note",
    "staging.rejet_note",
    "staging.decision_harmonisation",
    "staging.rejet_decision_harmonisation",
)
Ecriture = Callable[[str], str]


def build(racine: Path, ecrit: Ecriture, large: str) -> dict[str, list[tuple[object, ...]]]:
    """Import a session whose files write the épreuves in one way."""
    (racine / "donnees").mkdir(parents=True)
    for dossier in ("reglements", "profils"):
        (racine / dossier).mkdir()
    declare = EPREUVE.sub(lambda trouve: f'{trouve[0]}alias = ["{trouve[1]}Z"], ', REGLEMENT)
    declare = declare.replace('a_la_suite_de = "E61"', f'a_la_suite_de = "{ecrit("E61")}"')
    (racine / "reglements/ccst.toml").write_text(declare, encoding="utf-8")
    codes = {code: ecrit(code) for code in CODES}
    (racine / "session.toml").write_text(SESSION.format(**codes), encoding="utf-8")
    (racine / "profils/large.toml").write_text(PROFIL.format(large=large), encoding="utf-8")
    (racine / "donnees/candidats.csv").write_text(
        "numero_candidat;nom;prenom;date_naissance;sexe;specialite;session;academie;uai;"
        "etablissement;statut;forme;centre_ecrit\n"
        "00000000001;N;P;01/02/2003;F;CCST;2023;TOULOUSE;9990001C;L;SCOLAIRE;GLOBALE;C\n"
        "00000000002;N;Q;01/02/2003;F;CCST;2023;TOULOUSE;9990001C;L;SCOLAIRE;GLOBALE;C\n",
        encoding="utf-8",
    )
    lignes = [f"00000000001;CCST;2023;{ecrit(c)};12;PONCTUEL;;" for c in CODES]
    lignes += [f"00000000001;CCST;2023;{ecrit('E22')};13;PONCTUEL;;controle"]
    (racine / "donnees/notes.csv").write_text(
        "numero_candidat;specialite;session;epreuve;note;mode;centre;etape\n" + "\n".join(lignes),
        encoding="utf-8",
    )
    (racine / "donnees/notes_larges.csv").write_text(
        f"numero_candidat;{ecrit('E1')};{ecrit('E61')} - Développement\n00000000002;9,5;14\n",
        encoding="utf-8",
    )
    (racine / "donnees/decisions.csv").write_text(
        "epreuve;unite;type_unite;decision;decalage;motif;auteur;date\n"
        f"{ecrit('E61')};9990001C;etablissement;DECALAGE;-0,5;m;a;07/06/2023\n"
        f"{ecrit('E4').lower()} ;9990001C;etablissement;MAINTIEN;;m;a;07/06/2023\n",
        encoding="utf-8",
    )
    dossier = open_dossier(racine)
    with imported(dossier, staging=True) as con:
        return {r: sorted(con.sql(f"select * from {r}").fetchall(), key=str) for r in RELATIONS}


@pytest.mark.parametrize("large", ['["*"]', '["E1", "E1Z", "E61", "E61Z"]'])
def test_a_session_is_the_same_whatever_code_its_files_write(tmp_path: Path, large: str) -> None:
    voulu = build(tmp_path / "code", lambda code: code, large)
    assert not voulu["staging.rejet_note"]
    assert len(voulu["staging.note"]) == len(CODES) + 3
    assert len(voulu["staging.decision_harmonisation"]) == 2
    assert not voulu["staging.rejet_note"]
    assert not voulu["staging.rejet_decision_harmonisation"]
    autre = build(tmp_path / "alias", lambda code: code + "Z", large)
    assert autre == voulu


def test_a_preview_knows_the_other_codes(tmp_path: Path) -> None:
    build(tmp_path / "s", lambda code: code + "Z", '["*"]')
    dossier: Dossier = open_dossier(tmp_path / "s")
    assert {"E61", "E61Z", "E6"} <= known_codes(dossier)["epreuve"]


def test_a_renumbering_may_name_codes_with_a_letter(tmp_path: Path) -> None:
    place = tmp_path / "reglements" / "correspondances"
    place.mkdir(parents=True)
    (place / "x.toml").write_text(
        'specialite = "NDRC"\npremiere_session = 2030\nsource = "s"\n'
        'epreuves = [{ avant = "E51", apres = "E5A" }, { avant = "E52", apres = "E5B" }]\n',
        encoding="utf-8",
    )
    (lue,) = load_correspondances("NDRC", tmp_path)
    assert lue.origine == {"E5A": "E51", "E5B": "E52"}
