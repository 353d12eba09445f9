-- Grain : une ligne par ligne de candidats écartée et par motif
with
lus as (select * from staging.candidat_lu),
communs as (
    select rang, fichier, ligne, colonne, valeur, regle, raison
    from staging.motif_commun
    where type_fichier = 'candidats'
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
formules as (
    select rang, fichier, ligne, 'numero_candidat', numero_candidat, 'formule_en_erreur',
           ': formule en erreur dans le tableur'
    from lus
    where numero_candidat in (select texte from staging.erreur_formule)
),
-- Une ligne écartée pour elle-même n'en écarte pas une autre de même clé.
invalides as (
    select rang from communs
    union
    select rang from statuts
    union
    select rang from formes
    union
    select rang from formules
),
-- Une même clé deux fois : la même ligne est un doublon, deux contenus différents s'annulent, à moins
-- que la session dise quel fichier a été envoyé en dernier : ses lignes remplacent alors les autres.
cles_repetees as (
    select numero_candidat from lus
    where numero_candidat is not null
    group by numero_candidat
    having count(*) > 1
),
toutes_repetees as (
    select lus.*, source.rang_envoi, invalides.rang is null as est_valide,
           row(ine, nom, prenom, coalesce(date_naissance::varchar, date_naissance_lue),
               coalesce(sexe, sexe_lu), specialite, session_lue, academie, uai, etablissement,
               coalesce(statut, statut_lu), coalesce(forme, forme_lue), centre_ecrit, bac_origine)
               as contenu
    from lus
    semi join cles_repetees using (numero_candidat)
    join raw.fichier as source
        on source.type_fichier = 'candidats' and source.fichier = lus.fichier
    left join invalides on invalides.rang = lus.rang
),
derniers_envois as (
    select numero_candidat, max(rang_envoi) as dernier_envoi,
           arg_max(fichier, rang_envoi) as dernier_fichier
    from toutes_repetees
    group by numero_candidat
    having bool_and(rang_envoi is not null) and count(distinct contenu) > 1
),
remplaces as (
    select rang, fichier, ligne, 'numero_candidat', numero_candidat, 'remplace',
           concat(': ligne remplacée par celle de ', dernier_fichier)
    from toutes_repetees
    join derniers_envois using (numero_candidat)
    where est_valide and rang_envoi < dernier_envoi
),
lignes_repetees as (
    from toutes_repetees
    anti join remplaces using (rang)
    where est_valide
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
    from communs
    union all from statuts
    union all from formes
    union all from formules
    union all from remplaces
    union all from contradictions
    union all from doublons
),
constats as (
    select *, concat(colonne, coalesce(' « ' || valeur || ' »', ' vide'), ' ', raison) as constat
    from motifs
)
select
    constats.rang, constats.fichier, constats.ligne, constats.colonne, constats.valeur,
    constats.regle,
    concat(constat, ' (règle ', regle, '). Ligne écartée ; ',
           if(regle = 'remplace', 'rien à corriger.', 'corrigez le fichier puis relancez.')) as message,
    constat,
    lus.numero_candidat
from constats
join lus using (rang)
