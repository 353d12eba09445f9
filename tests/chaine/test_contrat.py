"""What academies script against: tables, columns, types and codes of the contract."""

from pathlib import Path

import polars as pl
import pytest

from perequation.socle.entrepot import open_read_only, read_mart

COLONNES = {
    "bilan_import": "fichier sha256 type_fichier lignes_lues lignes_chargees lignes_rejetees",
    "rejet": "fichier ligne colonne valeur regle message",
    "anomalie": "fichier ligne colonne valeur regle gravite message",
    "controle_qualite": "suite regle gravite reussi nb_testes nb_anomalies libelle",
    "note_retenue": "session specialite numero_candidat epreuve note code mode centre commission "
    "etape provisoire",
    "resultat_candidat": "session specialite numero_candidat academie uai centre_ecrit statut "
    "forme points coefficients moyenne_generale moyenne_professionnelle decision_calculee "
    "decision_jury decision_finale motif points_manquants a_verifier",
    "rattrapage": "session specialite numero_candidat moyenne_generale moyenne_professionnelle "
    "points_manquants epreuves_possibles gain_maximal atteignable moyenne_finale decision_finale",
    "reussite": "session specialite maille modalite inscrits presents admis admis_controle "
    "controle refuses elimines incomplets taux_reussite moyenne_generale",
    "statistique_epreuve": "session specialite epreuve mode maille modalite n moyenne ecart_type "
    "mediane q1 q3 part_sup_10 minimum maximum",
    "ecart": "session specialite epreuve etape type_unite unite n moyenne ecart_brut ecart_ajuste "
    "erreur_type ecart_retenu ic_bas ic_haut probabilite_materielle q_valeur signal lambda_ancres "
    "fiabilite_ancres fragile motif_indisponible",
    "harmonisation_effet": "session specialite epreuve type_unite unite moyenne_transmise "
    "moyenne_harmonisee decalage_constate decision_conforme rangs_inverses",
}
CODES = {
    ("resultat_candidat", "decision_calculee"): {
        "ADMIS",
        "CONTROLE",
        "REFUSE",
        "ELIMINE",
        "INCOMPLET",
        "EN_COURS",
    },
    ("ecart", "signal"): {"aucun", "a_surveiller", "signale", "indisponible"},
    ("ecart", "etape"): {"transmise", "harmonisee", "definitive"},
    ("ecart", "type_unite"): {"centre", "commission", "etablissement"},
    ("controle_qualite", "gravite"): {"critique", "avertissement", "info"},
    ("reussite", "maille"): {
        "total",
        "academie",
        "etablissement",
        "centre_ecrit",
        "statut",
        "sexe",
        "forme",
    },
}
EXACTES = {
    "note_retenue": ["note"],
    "resultat_candidat": [
        "points",
        "coefficients",
        "moyenne_generale",
        "moyenne_professionnelle",
        "points_manquants",
    ],
    "rattrapage": ["points_manquants", "gain_maximal", "moyenne_finale"],
}


def entrepot(publie: Path) -> Path:
    return publie / "sortie" / "perequation.duckdb"


@pytest.mark.parametrize("table", sorted(COLONNES))
def test_every_column_of_the_contract_is_there_and_exported(publie: Path, table: str) -> None:
    expected = COLONNES[table].split()
    assert not set(expected) - set(read_mart(entrepot(publie), table).columns)
    exported = pl.read_parquet(publie / "sortie" / "exports" / f"{table}.parquet")
    assert not set(expected) - set(exported.columns)


@pytest.mark.parametrize(("table", "colonne"), sorted(CODES))
def test_codes_are_those_of_the_contract(publie: Path, table: str, colonne: str) -> None:
    values = set(read_mart(entrepot(publie), table)[colonne].drop_nulls())
    assert values
    assert values <= CODES[table, colonne]


@pytest.mark.parametrize("table", sorted(EXACTES))
def test_what_decides_is_decimal(publie: Path, table: str) -> None:
    frame = read_mart(entrepot(publie), table)
    assert all(isinstance(frame[c].dtype, pl.Decimal) for c in EXACTES[table])


def test_no_average_is_shown_for_a_candidate_who_has_none(publie: Path) -> None:
    sans = read_mart(entrepot(publie), "resultat_candidat").filter(
        pl.col("decision_calculee").is_in(["ELIMINE", "INCOMPLET", "EN_COURS"])
    )
    assert sans.height
    colonnes = ("points", "moyenne_generale", "moyenne_professionnelle", "points_manquants")
    assert sans.select(colonnes).null_count().row(0) == (sans.height,) * 4


def test_no_relation_is_a_view_on_something_outside(publie: Path) -> None:
    with open_read_only(entrepot(publie)) as con:
        vues = con.execute("select count(*) from duckdb_views() where not internal").fetchall()
    assert vues == [(0,)]


def test_no_name_of_a_candidate_is_in_a_log_or_on_the_terminal(
    publie: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with open_read_only(entrepot(publie)) as con:
        noms = {n for (n,) in con.execute("select nom from staging.candidat").fetchall()}
    journaux = "".join(p.read_text("utf-8") for p in (publie / "sortie" / "journal").iterdir())
    assert journaux
    assert not [nom for nom in noms if nom in journaux + capsys.readouterr().out]
