"""Files sent again: the last one wins row by row, except what was signed at the meeting."""

from pathlib import Path

import pytest
from unitaires.ingestion.montage import SESSION, imported, make_dossier, rows

from perequation.socle.dossier import Dossier, open_dossier
from perequation.socle.erreurs import ConfigurationError

pytestmark = pytest.mark.entier

ETABLISSEMENTS = "uai;nom;academie;type;ccf;alias\n0990001W;{};TOULOUSE;PUBLIC;O;\n"
DECISIONS = (
    "epreuve;unite;type_unite;decision;decalage;motif;auteur;date\n"
    "E1;A;centre;DECALAGE;{};;Le président;12/06/2023\n"
)


def session(racine: Path, renvois: str, fichiers: dict[str, str]) -> Dossier:
    make_dossier(racine, dict(fichiers))
    (racine / "session.toml").write_text(f"{SESSION}renvois = {renvois}\n", "utf-8")
    return open_dossier(racine)


@pytest.mark.parametrize(
    ("renvois", "noms", "regles"),
    [
        ('["etablissements_v1*", "etablissements_v2*"]', [("Lycée B",)], {"remplace": 1}),
        ('["etablissements_v2*", "etablissements_v1*"]', [("Lycée A",)], {"remplace": 1}),
        ('["etablissements_v2*"]', [], {"cle_contradictoire": 2}),
    ],
)
def test_establishments_sent_again_replace_those_of_before(
    tmp_path: Path, renvois: str, noms: list[tuple[str]], regles: dict[str, int]
) -> None:
    fichiers = {
        "etablissements_v1.csv": ETABLISSEMENTS.format("Lycée A"),
        "etablissements_v2.csv": ETABLISSEMENTS.format("Lycée B"),
    }
    with imported(session(tmp_path, renvois, fichiers), staging=True) as con:
        assert rows(con, "select nom from staging.etablissement") == noms
        comptes = rows(con, "select regle, count(*) from marts.rejet group by all")
        assert comptes == list(regles.items())


def test_a_signed_decision_is_replaced_by_no_later_file(tmp_path: Path) -> None:
    fichiers = {
        "decisions_harmonisation_v1.csv": DECISIONS.format(1),
        "decisions_harmonisation_v2.csv": DECISIONS.format(2),
    }
    # A pattern that also names other files has no hold on decisions.
    with imported(session(tmp_path, '["*_v1*", "*_v2*"]', fichiers), staging=True) as con:
        assert rows(con, "select * from staging.decision_harmonisation") == []
        messages = rows(con, "select message from marts.rejet where regle = 'cle_contradictoire'")
        assert len(messages) == 2
        assert "une décision signée n'est pas remplacée par un envoi suivant" in str(messages)
    with pytest.raises(ConfigurationError) as erreur:
        session(tmp_path, '["decisions_harmonisation_v1*"]', fichiers)
    assert "une décision de la réunion d'harmonisation est signée" in " ".join(
        map(str, (erreur.value, *getattr(erreur.value, "details", ())))
    )
