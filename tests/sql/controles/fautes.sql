-- Une faute par règle : ce qui la casse, elle et aucune autre.
-- Chaque faute commence par « -- faute : <règle> » ; les effectifs d'import sont remis d'accord après elle.

-- ═══ imports ═══

-- faute : caracteres_invisibles
update raw.fichier set invisibles = 'U+200B' where type_fichier = 'notes';

-- faute : pied_reconnu
update raw.fichier set pieds = 'ligne 29 « Moyenne »' where type_fichier = 'notes';

-- faute : lignes_masquees
update raw.fichier set lignes_masquees = '3 (lignes 5 à 7)' where type_fichier = 'notes';

-- faute : mots_vides
update raw.fichier set mots_vides = 'centre (3)' where type_fichier = 'notes';

-- faute : champs_alignes
insert into raw.rejet values ('donnees/x.csv', 'notes', null, null, 'note', '12,5',
    'virgule_decimale', 'motif');

-- faute : note_convertie
insert into raw.fichier by name
    select 'v.csv' as fichier, 'notes' as type_fichier, true as convertit_baremes;
insert into raw.notes by name select 'v.csv' as fichier, 'E41' as epreuve, '40' as bareme;

-- faute : note_sur_20
update marts.rejet set regle = 'bareme_inconnu', colonne = 'bareme', valeur = '10';

-- faute : fichier_lisible
insert into raw.rejet values ('donnees/x.csv', 'notes', null, null, null, null,
    'fichier_illisible', 'motif');

-- faute : colonnes_presentes
insert into raw.rejet values ('donnees/x.csv', 'notes', null, 1, 'statut', null,
    'colonne_manquante', 'motif');

-- faute : bilan_equilibre
update marts.bilan_import set lignes_lues = lignes_lues + 1 where type_fichier = 'candidats';

-- faute : bilan_chargees
update marts.bilan_import set lignes_lues = lignes_lues + 1, lignes_chargees = lignes_chargees +
    1 where type_fichier = 'candidats';

-- faute : bilan_rejetees
update marts.bilan_import set lignes_lues = lignes_lues + 1, lignes_rejetees = lignes_rejetees +
    1 where type_fichier = 'notes';

-- faute : taux_rejet
update reference.parametre set taux_rejet_maximal = 0.01;

-- faute : rejet_bloquant
insert into reference.regle_bloquante values ('epreuve_inconnue');

-- faute : fichier_non_vide
insert into marts.bilan_import by name select 'v.csv' as fichier, 'notes' as type_fichier, 0 as
    lignes_lues, 0 as lignes_chargees, 0 as lignes_rejetees;

-- faute : fichier_copie
insert into marts.bilan_import by name select 'v.csv' as fichier, 'notes' as type_fichier, 0 as
    lignes_lues, 0 as lignes_chargees, 0 as lignes_rejetees, 'n.csv' as copie_de;

-- faute : fichier_charge
insert into marts.bilan_import by name select 'v.csv' as fichier, 'notes' as type_fichier, 1 as
    lignes_lues, 0 as lignes_chargees, 1 as lignes_rejetees;
insert into marts.rejet values ('v.csv', 2, 'note', '21', 'note_bornes', 'motif');

-- faute : colonnes_ignorees
update marts.bilan_import set colonnes_ignorees = 'option' where type_fichier = 'candidats';

-- faute : modele_ccf_conforme
update raw.fichier set modele_conforme = false, modele_uai = '0310028M', modele_specialite = 'MCO'
where type_fichier = 'notes';

-- faute : feuilles_ignorees
update raw.fichier set feuille = 'Notes', feuilles_ignorees = 'Brouillon'
where type_fichier = 'notes';

-- ═══ candidats ═══

-- faute : candidats_presents
delete from staging.candidat;
delete from staging.note;
delete from staging.decision_jury;
delete from marts.note_retenue;
delete from marts.resultat_candidat;
delete from marts.reussite;
delete from marts.rattrapage;
delete from marts.rapprochement_effectif;
delete from marts.bilan_import;

-- faute : candidat_cle_unique
insert into staging.candidat select * replace (null as ine) from staging.candidat where
    numero_candidat = '01230000002';

-- faute : candidat_numero_longueur
update staging.candidat set numero_candidat = '1230000002' where numero_candidat =
    '01230000002';
update staging.note set numero_candidat = '1230000002' where numero_candidat = '01230000002';
update marts.note_retenue set numero_candidat = '1230000002' where numero_candidat =
    '01230000002';
update marts.resultat_candidat set numero_candidat = '1230000002' where numero_candidat =
    '01230000002';

-- faute : candidat_identite_double
update staging.candidat set nom = 'NOM3', prenom = 'Prenom3', date_naissance = '2003-01-04'
    where numero_candidat = '01230000002';

-- faute : candidat_ine_forme
update staging.candidat set ine = '12345' where numero_candidat = '01230000002';

-- faute : candidat_ine_unique
update staging.candidat set ine = '0000000003A' where numero_candidat = '01230000002';

-- faute : candidat_naissance_plausible
update staging.candidat set date_naissance = '2015-01-01' where numero_candidat = '01230000002';

-- faute : candidat_naissance_lisible
insert into staging.valeur_ecartee select 'candidats', fichier, ligne, 'date_naissance',
    '31/02/2003', numero_candidat, specialite from staging.candidat where numero_candidat =
    '01230000002';
update staging.candidat set date_naissance = null where numero_candidat = '01230000002';

-- faute : candidat_naissance_renseignee
update staging.candidat set date_naissance = null where numero_candidat = '01230000002';

-- faute : candidat_sexe_connu
insert into staging.valeur_ecartee select 'candidats', fichier, ligne, 'sexe', 'X',
    numero_candidat, specialite from staging.candidat where numero_candidat = '01230000002';
update staging.candidat set sexe = null where numero_candidat = '01230000002';

-- faute : candidat_formule
insert into staging.valeur_ecartee select 'candidats', fichier, ligne, 'prenom', '#REF!',
    numero_candidat, specialite from staging.candidat where numero_candidat = '01230000002';
update staging.candidat set prenom = null where numero_candidat = '01230000002';

-- faute : candidat_specialite_attendue
update reference.specialite set specialite = 'NDRC';

-- faute : candidat_session_attendue
update reference.session set annee = 2022;

-- faute : candidat_statut_forme
update staging.candidat set forme = 'PROGRESSIVE' where numero_candidat = '01230000002';

-- faute : candidat_uai_forme
update staging.candidat set uai = 'E' || uai where uai = '0990002P';
update staging.note set centre = 'E' || centre where centre = '0990002P';
delete from staging.etablissement;

-- faute : candidat_uai_cle
update staging.candidat set uai = '0990001A' where uai = '0990001N';
update staging.note set centre = '0990001A' where centre = '0990001N';
delete from staging.etablissement;

-- faute : candidat_uai_presente
update staging.candidat set uai = null where numero_candidat = '01230000002';

-- faute : candidat_uai_superflue
update staging.candidat set uai = '0990009X' where statut = 'EAD';
insert into staging.etablissement by name select '0990009X' as uai, 'O' as ccf,
    'donnees/etablissements.csv' as fichier;

-- faute : candidat_uai_connue
update staging.candidat set uai = '0990009X' where uai = '0990002P';
update staging.note set centre = '0990009X' where centre = '0990002P';

-- faute : candidat_academie_etablissement
update staging.etablissement set academie = 'AILLEURS' where uai = '0990001N';

-- faute : candidat_etablissement_libelle
update staging.candidat set etablissement = 'Autre nom' where numero_candidat = '01230000002';

-- faute : candidat_centre_ecrit
update staging.candidat set centre_ecrit = null where numero_candidat = '01230000002';

-- faute : candidat_sans_note
delete from staging.note where numero_candidat = '01230000002';

-- faute : effectif_attendu
update marts.rapprochement_effectif set ecart = -1 where maille = 'total';

-- ═══ notes ═══

-- faute : unite_ressemblante
insert into staging.unite_ecrite values ('centre', 'Lycée Centre', 'lycee centre', 2,
    'Lycée Centre'), ('centre', 'Lycée Centres', 'lycee centres', 1, 'Lycée Centres');

-- faute : unite_fusionnee
insert into staging.unite_ecrite values ('centre', 'Lycée X', 'lycee x', 2, 'Lycée X'),
    ('centre', 'LYCEE X', 'lycee x', 1, 'Lycée X');

-- faute : note_cle_unique
insert into staging.note select * replace (
    'donnees/notes.csv' as fichier, 999 as ligne
) from staging.note
where numero_candidat = '01230000002' and epreuve = 'E1' and etape = 'definitive';

-- faute : note_candidat_connu
insert into staging.note select * replace (
    'donnees/notes.csv' as fichier, 999 as ligne, '09999999999' as numero_candidat
) from staging.note
where numero_candidat = '01230000002' and epreuve = 'E1' and etape = 'definitive';

-- faute : note_epreuve_connue
insert into staging.note select * replace (
    'donnees/notes.csv' as fichier, 999 as ligne, 'E9' as epreuve
) from staging.note
where numero_candidat = '01230000002' and epreuve = 'E1' and etape = 'definitive';

-- faute : note_bornes
update staging.note set note = 21 where numero_candidat = '01230000002' and epreuve = 'E1';

-- faute : note_pas
update staging.note set note = 12.3 where numero_candidat = '01230000002' and epreuve = 'E1';

-- faute : note_ou_code
update staging.note set code = 'AJ' where numero_candidat = '01230000002' and epreuve = 'E1';

-- faute : note_code_connu
update staging.note set note = null, code = 'XX' where numero_candidat = '01230000002' and
    epreuve = 'E1';

-- faute : note_mode_connu
update staging.note set mode = 'AUTRE' where numero_candidat = '01230000002' and epreuve = 'E1';

-- faute : note_etape_connue
update staging.note set etape = 'autre' where numero_candidat = '01230000002' and epreuve =
    'E1';

-- faute : note_ccf_statut
update staging.note set mode = 'CCF' where epreuve = 'E4' and numero_candidat in (select
    numero_candidat from staging.candidat where statut = 'EAD');

-- faute : note_ccf_habilitation
update staging.etablissement set ccf = 'N' where uai = '0990001N';

-- faute : note_ccf_epreuve
update staging.etablissement set ccf = 'O' where uai = '0990003R';

-- faute : note_mode_constant
update staging.note set mode = 'PONCTUEL' where numero_candidat = '01230000002' and epreuve =
    'E4';

-- faute : note_ccf_centre
update staging.note set centre = '0990002P' where numero_candidat = '01230000002' and epreuve =
    'E4';

-- faute : note_oral_centre
update staging.note set centre = null where epreuve = 'E4' and mode = 'PONCTUEL';

-- faute : note_benefice
update staging.note set mode = 'BENEFICE', note = 9, session_origine = 2022 where numero_candidat = '01230000002' and
    epreuve = 'E1';

-- faute : note_origine
update staging.note set mode = 'REPORT' where numero_candidat = '01230000010' and epreuve = 'E1';

-- faute : note_report_forme
update staging.note set mode = 'REPORT', session_origine = 2022 where numero_candidat = '01230000002' and epreuve =
    'E1';

-- faute : note_a_la_suite
delete from staging.note where numero_candidat = '01230000002' and epreuve = 'E61';

-- faute : note_facultatives
insert into staging.note select * replace (
    'donnees/notes.csv' as fichier, 999 as ligne, 'EF2' as epreuve
) from staging.note
where numero_candidat = '01230000002' and epreuve = 'EF1' and etape = 'definitive';
insert into staging.note select * replace (
    'donnees/notes.csv' as fichier, 999 as ligne, 'EF4' as epreuve
) from staging.note
where numero_candidat = '01230000002' and epreuve = 'EF1' and etape = 'definitive';

-- faute : note_langue_constante
update staging.note set langue = 'Espagnol' where numero_candidat = '01230000002' and epreuve =
    'E22';

-- faute : note_sous_reserve
update staging.note set est_reserve = true where numero_candidat = '01230000002' and epreuve =
    'E4';

-- faute : note_numero_repare
insert into staging.reparation select fichier, ligne, 'numero_candidat', '1230000002',
    numero_candidat, 'zeros_de_tete', 'motif' from staging.note where numero_candidat =
    '01230000002' and epreuve = 'E1';

-- faute : note_formule
insert into staging.valeur_ecartee select 'notes', fichier, ligne, 'commission', '#N/A',
    numero_candidat, specialite from staging.note where numero_candidat = '01230000002' and
    epreuve = 'E4';
update staging.note set commission = null where numero_candidat = '01230000002' and epreuve =
    'E4';

-- faute : note_controle_domaine
update staging.note set epreuve = 'E4' where numero_candidat = '01230000000' and etape =
    'controle';

-- ═══ resultats ═══

-- faute : resultat_cle_unique
insert into marts.resultat_candidat from marts.resultat_candidat where numero_candidat =
    '01230000002';

-- faute : resultat_par_candidat
delete from marts.resultat_candidat where numero_candidat = '01230000002';

-- faute : resultat_points
update marts.note_retenue set note = note + 1 where numero_candidat = '01230000002' and epreuve
    = 'E1';

-- faute : resultat_moyenne
update marts.resultat_candidat set moyenne_generale = moyenne_generale + 0.01 where
    numero_candidat = '01230000002';

-- faute : resultat_points_manquants
update marts.resultat_candidat set points_manquants = 1 where numero_candidat = '01230000002';

-- faute : resultat_decision
update marts.resultat_candidat set decision_calculee = 'REFUSE' where numero_candidat =
    '01230000002';

-- faute : resultat_decision_connue
update marts.resultat_candidat set decision_calculee = 'AJOURNE' where numero_candidat =
    '01230000002';

-- faute : reussite_inscrits
update marts.reussite set inscrits = inscrits + 1, refuses = refuses + 1 where modalite in
    ('total', 'UTOPIE', '0990001N', 'Lycée Imaginaire', 'SCOLAIRE', 'F', 'GLOBALE');

-- faute : reussite_decisions
update marts.reussite set refuses = refuses + 1 where maille = 'total';

-- faute : reussite_mailles
delete from marts.reussite where modalite = '0990001N';

-- faute : reussite_taux
update marts.reussite set taux_reussite = 0.5 where maille = 'total';

-- faute : rattrapage_appeles
insert into marts.rattrapage by name select session, specialite, numero_candidat from
    marts.resultat_candidat where numero_candidat = '01230000002';

-- faute : controle_appele
update staging.note set numero_candidat = '01230000003' where etape = 'controle';

-- faute : present_complet
update marts.note_retenue set note = null where numero_candidat = '01230000002' and epreuve =
    'E1';
update marts.resultat_candidat set decision_calculee = 'INCOMPLET', points = null,
    moyenne_generale = null, points_manquants = null where numero_candidat = '01230000002';

-- faute : note_conservee
insert into intermediate.note_conservee by name select 'donnees/notes.csv' as fichier, 3 as ligne,
    2015 as session_origine, 'E1' as epreuve, 'E1 vient de 2015' as probleme;

-- faute : jury_ecart
update staging.decision_jury set decision = 'ADMIS' where decision = 'REFUSE';

-- faute : jury_refus_livret
update intermediate.decision_jury set est_livret_regle = false where decision_premier_groupe =
    'REFUSE';

-- faute : decision_date
update staging.decision_jury set probleme_date = 'avant la session 2023' where decision = 'REFUSE';

-- faute : jury_limite
insert into intermediate.limite_jury by name select 'donnees/decisions_jury.csv' as fichier, 3 as
    ligne, 'CONTROLE' as decision, 'moins de 8' as limite;

-- faute : resultat_seuil_arrondi
update marts.resultat_candidat set points = 209.91, moyenne_generale = 10, points_manquants =
    0.09, decision_calculee = 'REFUSE' where numero_candidat = '01230000002';
update marts.note_retenue set note = if(epreuve = 'E1', 9.97, 10) where numero_candidat =
    '01230000002';

-- ═══ etablissements ═══

-- faute : etablissement_cle_unique
insert into staging.etablissement select * replace ('Autre' as nom, [] as alias) from
    staging.etablissement where uai = '0990002P';

-- faute : etablissement_uai_valide
insert into staging.etablissement select * replace ('X' as uai, 'Autre' as nom) from
    staging.etablissement where uai = '0990002P';

-- faute : etablissement_type_connu
update staging.etablissement set type = 'AUTRE' where uai = '0990001N';

-- faute : etablissement_ccf_connu
update staging.etablissement set ccf = 'PEUT-ETRE' where uai = '0990001N';

-- faute : etablissement_ccf_renseigne
update staging.etablissement set ccf = null where uai = '0990001N';

-- faute : etablissement_nom_ambigu
update staging.etablissement set alias = ['lgt imaginaire'] where uai = '0990002P';

-- faute : harmonisation_sans_decision
insert into marts.note_hors_decision by name
    select session, specialite, numero_candidat, epreuve, 'etablissement' as type_unite,
    'X' as unite, 10 as note_transmise, 11 as note_harmonisee, 'sans_decision' as suite_donnee
    from marts.note_retenue where numero_candidat = '01230000002' and epreuve = 'E1';

-- faute : harmonisation_non_suivie
insert into marts.note_hors_decision by name
    select session, specialite, numero_candidat, epreuve, 'etablissement' as type_unite,
    'X' as unite, 10 as note_transmise, 11 as note_harmonisee, 'non_suivie' as suite_donnee
    from marts.note_retenue where numero_candidat = '01230000002' and epreuve = 'E1';
