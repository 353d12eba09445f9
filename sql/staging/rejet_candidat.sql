-- Grain : une ligne par ligne de candidats écartée et par motif
with
lus as (select * from staging.candidat_lu),
champs_vides as (
    select rang, fichier, ligne, colonne, null as valeur, 'champ_obligatoire' as regle,
           ': ce champ est obligatoire' as raison
    from (
        unpivot (
            select rang, fichier, ligne,
                   coalesce(numero_candidat, '') as numero_candidat,
                   coalesce(specialite, '')      as specialite,
                   coalesce(session_lue, '')     as session,
                   coalesce(statut_lu, '')       as statut,
                   coalesce(forme_lue, '')       as forme
            from lus
        )
        on numero_candidat, specialite, session, statut, forme
        into name colonne value contenu
    )
    where contenu = ''
),
specialites as (
    select lus.rang, lus.fichier, lus.ligne, 'specialite', lus.specialite, 'specialite_hors_dossier',
           'n''est pas une spécialité de ce dossier'
    from lus
    anti join reference.specialite as connue on connue.specialite = lus.specialite
    where lus.specialite is not null
),
sessions as (
    select lus.rang, lus.fichier, lus.ligne, 'session', lus.session_lue, 'session_hors_dossier',
           'n''est pas la session de ce dossier (' || attendue.annee || ')'
    from lus
    cross join reference.session as attendue
    where lus.session_lue is not null and lus.session is distinct from attendue.annee
),
statuts as (
    select rang, fichier, ligne, 'statut', statut_lu, 'statut_inconnu',
           'inconnu (SCOLAIRE, APPRENTI, FORMATION CONTINUE, EAD ou INDIVIDUEL)'
    from lus
    where statut_lu is not null and statut is null
),
formes as (
    select rang, fichier, ligne, 'forme', forme_lue, 'forme_inconnue',
           'inconnue (GLOBALE ou PROGRESSIVE)'
    from lus
    where forme_lue is not null and forme is null
),
sexes as (
    select rang, fichier, ligne, 'sexe', sexe_lu, 'sexe_inconnu', 'inconnu (F ou M)'
    from lus
    where sexe_lu is not null and sexe is null
),
dates as (
    select rang, fichier, ligne, 'date_naissance', date_naissance_lue, 'date_invalide',
           'n''est pas une date (jj/mm/aaaa attendu)'
    from lus
    where date_naissance_lue is not null and date_naissance is null
),
-- Une même clé deux fois : la même ligne est un doublon, deux contenus différents s'annulent.
cles_repetees as (
    select numero_candidat from lus
    where numero_candidat is not null
    group by numero_candidat
    having count(*) > 1
),
lignes_repetees as (
    select lus.*,
           row(ine, nom, prenom, coalesce(date_naissance::varchar, date_naissance_lue),
               coalesce(sexe, sexe_lu), specialite, session_lue, academie, uai, etablissement,
               coalesce(statut, statut_lu), coalesce(forme, forme_lue), centre_ecrit) as contenu
    from lus
    semi join cles_repetees using (numero_candidat)
),
versions as (
    select numero_candidat, count(distinct contenu) as nb_versions,
           arg_min(rang, (fichier, ligne, rang)) as premier_rang
    from lignes_repetees
    group by numero_candidat
),
contradictions as (
    select rang, fichier, ligne, 'numero_candidat', numero_candidat, 'cle_contradictoire',
           'figure sur ' || versions.nb_versions || ' lignes différentes ; aucune n''est retenue'
    from lignes_repetees
    join versions using (numero_candidat)
    where versions.nb_versions > 1
),
doublons as (
    select rang, fichier, ligne, 'numero_candidat', numero_candidat, 'doublon',
           'répète une ligne identique déjà chargée'
    from lignes_repetees
    join versions using (numero_candidat)
    where versions.nb_versions = 1 and rang <> versions.premier_rang
),
motifs as (
    from champs_vides
    union all from specialites
    union all from sessions
    union all from statuts
    union all from formes
    union all from sexes
    union all from dates
    union all from contradictions
    union all from doublons
)
select
    motifs.rang, motifs.fichier, motifs.ligne, motifs.colonne, motifs.valeur, motifs.regle,
    concat(motifs.colonne, coalesce(' « ' || motifs.valeur || ' »', ' vide'), ' ', motifs.raison,
           ' (règle ', motifs.regle, '). Ligne écartée ; corrigez le fichier puis relancez.') as message,
    lus.numero_candidat
from motifs
join lus using (rang)
