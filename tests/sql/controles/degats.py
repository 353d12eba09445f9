"""Random damage to a session: what careless hands, or a bug of ours, might leave there."""

import random

import duckdb

# Relation, column, and the values a careless hand might leave there.
DEGATS = [
    ("staging.candidat", "numero_candidat", ["01230000001", "123", None]),
    ("staging.candidat", "ine", ["0000000001A", "123456789AB", "1234A56789B", "x'y", None]),
    ("staging.candidat", "nom", ["Nom1", "NOM1", None]),
    ("staging.candidat", "prenom", ["Prénom1", "PRENOM1"]),
    ("staging.candidat", "date_naissance", ["2003-01-02", "1903-01-01", "2020-01-01", None]),
    ("staging.candidat", "sexe", ["F", "X", None]),
    ("staging.candidat", "specialite", ["CCST", "MCO"]),
    ("staging.candidat", "session", [2023, 2022]),
    ("staging.candidat", "academie", ["UTOPIE", "AILLEURS", None]),
    ("staging.candidat", "uai", ["0990001N", "0990001A", "E0990001N", "0990002P", "099", None]),
    ("staging.candidat", "etablissement", ["LGT IMAGINAIRE", "Autre", None]),
    ("staging.candidat", "statut", ["SCOLAIRE", "EAD", "INDIVIDUEL", "AUTRE", None]),
    ("staging.candidat", "forme", ["GLOBALE", "PROGRESSIVE", "AUTRE", None]),
    ("staging.candidat", "centre_ecrit", [None]),
    ("staging.note", "numero_candidat", ["01230000001", "01230000002", "0", None]),
    ("staging.note", "specialite", ["CCST", "MCO"]),
    ("staging.note", "session", [2022]),
    ("staging.note", "epreuve", ["E1", "E2", "E4", "EF1", "EF2", "EF3", "EF4", "E9", None]),
    ("staging.note", "etape", ["transmise", "controle", "autre", None]),
    ("staging.note", "note", [0, 9.5, 12.3, 20, 20.01, -1, None]),
    ("staging.note", "code", ["AB", "DI", "XX", None]),
    ("staging.note", "mode", ["CCF", "PONCTUEL", "BENEFICE", "REPORT", "AUTRE", None]),
    ("staging.note", "centre", ["0990001N", "Centre", None]),
    ("staging.note", "langue", ["anglais", "Espagnol", None]),
    ("staging.note", "est_reserve", [True, None]),
    ("staging.etablissement", "uai", ["0990001N", "0990002P", "X", None]),
    ("staging.etablissement", "nom", ["lycee imaginaire", None]),
    ("staging.etablissement", "type", ["PRIVE HORS CONTRAT", "AUTRE", None]),
    ("staging.etablissement", "ccf", ["O", None, "N", "ETENDU", "PEUT-ETRE"]),
    ("staging.etablissement", "alias", [["Lycée Imaginaire", "CFA des songes"], None]),
    ("staging.decision_jury", "decision", ["ADMIS", "REFUSE", "CONTROLE"]),
    ("staging.decision_jury", "livret", ["O", "N", "AUCUN", None]),
    ("staging.decision_jury", "probleme_date", ["avant la session 2023"]),
    ("marts.note_retenue", "note", [5, 15, None]),
    ("marts.note_retenue", "code", ["AB", None]),
    ("marts.resultat_candidat", "numero_candidat", ["01230000001", "0"]),
    ("marts.resultat_candidat", "points", [209.91, 167.95, 300, None]),
    ("marts.resultat_candidat", "moyenne_generale", [9.99, 10, None]),
    ("marts.resultat_candidat", "points_manquants", [0, 3.5, None]),
    ("marts.resultat_candidat", "decision_calculee", ["ADMIS", "REFUSE", "CONTROLE", "?", None]),
    ("marts.reussite", "inscrits", [1, 15]),
    ("marts.reussite", "admis", [1, 15]),
    ("marts.reussite", "taux_reussite", [0.5, None]),
    ("marts.rattrapage", "numero_candidat", ["01230000004"]),
    ("marts.rapprochement_effectif", "ecart", [1, -2, None]),
    ("marts.bilan_import", "lignes_lues", [0, 4, 1000]),
    ("marts.bilan_import", "lignes_chargees", [0, 4]),
    ("marts.bilan_import", "lignes_rejetees", [0, 3, 200]),
    ("marts.bilan_import", "colonnes_ignorees", ["option", "", None]),
    ("marts.bilan_import", "copie_de", ["autre.csv"]),
    ("marts.rejet", "regle", ["note_bornes", "doublon"]),
]
AJOUTS = (
    """insert into staging.note by name
    select '77' as numero_candidat, 'CCST' as specialite, 2023 as session, 'definitive' as etape,
        10 as note, 'l.csv' as fichier, 1 as ligne,
        unnest(['E21', 'E22']) as epreuve, unnest(['anglais', 'espagnol']) as langue""",
    """insert into marts.note_hors_decision by name
    select session, specialite, numero_candidat, epreuve, 'etablissement' as type_unite, 'X' as unite,
        10 as note_transmise, 11 as note_harmonisee,
        if(hash(numero_candidat) % 2 = 0, 'sans_decision', 'non_suivie') as suite_donnee
    from marts.note_retenue""",
    "insert into staging.etablissement by name select 'Y' as uai, 'e.csv' as fichier",
    "insert into reference.regle_bloquante values ('note_bornes')",
    "insert into raw.rejet values ('x.csv', 'notes', null, null, null, null, 'fichier_vide', '')",
    "insert into raw.rejet values ('x.csv', '', null, 1, 'note', null, 'colonne_manquante', '')",
    """update raw.fichier set mots_vides = 'centre (3)', pieds = 'ligne 9', invisibles = 'U+200B',
    lignes_masquees = '1 (ligne 9)'
    where type_fichier = 'notes'""",
    """insert into staging.unite_ecrite values ('centre', 'LYCEE X', 'lycee x', 1, 'LYCEE X'),
    ('centre', 'Lycée X', 'lycee x', 1, 'LYCEE X'), ('centre', 'Lycées X', 'lycees x', 1, 'Lycées X')
    """,
    """insert into raw.rejet
    values ('x.csv', 'notes', null, null, 'note', '12,5', 'virgule_decimale', '')""",
    "insert into marts.rejet values ('x.csv', 2, 'bareme', '40', 'bareme_inconnu', '')",
    """insert into raw.fichier by name
    select 'v.csv' as fichier, 'notes' as type_fichier, true as convertit_baremes""",
    "insert into raw.notes by name select 'v.csv' as fichier, 'E41' as epreuve, '40' as bareme",
    """update raw.fichier set modele_conforme = false, feuilles_ignorees = 'Brouillon'
    where type_fichier = 'notes'""",
    """insert into staging.reparation
    select fichier, ligne, 'numero_candidat', '1', numero_candidat, 'zeros_de_tete', ''
    from staging.note where ligne < 5""",
    """insert into intermediate.limite_jury by name
    select 'd.csv' as fichier, 1 as ligne, 'ADMIS' as decision, 'motif' as limite,
        '77' as numero_candidat, 'CCST' as specialite""",
    """insert into intermediate.note_conservee by name
    select 'n.csv' as fichier, 1 as ligne, '77' as numero_candidat, 'CCST' as specialite,
        'E1' as epreuve, 2001 as session_origine, 'trop ancienne' as probleme""",
    """insert into staging.valeur_ecartee
    select 'candidats', fichier, ligne, unnest(['date_naissance', 'sexe', 'nom']), '#N/A',
           numero_candidat, specialite
    from staging.candidat where ligne % 4 = 0""",
    """insert into staging.valeur_ecartee
    select 'notes', fichier, ligne, 'centre', '#N/A', numero_candidat, specialite
    from staging.note where ligne % 7 = 0""",
)
# Tables so small that a part of a sixth would miss them.
PETITES = ("staging.etablissement", "staging.decision_jury")


def damage(con: duckdb.DuckDBPyConnection, hasard: random.Random, une_sur: int = 6) -> None:
    """Overwrite one cell in `une_sur` with each value, and enrol one person under several numbers.

    In a large session `une_sur` must be large too: a number that thousands of candidates and of
    marks share makes a join of millions.
    """
    debut = hasard.randrange(10**9)
    for relation, colonne, valeurs in DEGATS:
        part = 3 if relation in PETITES else une_sur
        for valeur in valeurs:
            # A draw of its own: a value added leaves the others where they were.
            graine = random.Random(f"{debut} {relation} {colonne} {valeur}").randrange(10**9)
            con.execute(
                f"update {relation} set {colonne} = ? where hash(rowid, {graine}) % {part} = 0",
                [valeur],
            )
    for ajout in AJOUTS:
        con.execute(ajout)
    con.execute(
        f"""update staging.candidat
        set nom = 'Même', prenom = 'Personne', date_naissance = '2003-03-03'
        where hash(rowid, {hasard.randrange(10**9)}) % {une_sur} = 0"""
    )
