-- Grain : une ligne par ligne d'établissements écartée et par motif
with
lus as (select * from staging.etablissement_lu),
communs as (
    select rang, fichier, ligne, colonne, valeur, regle, raison
    from staging.motif_commun
    where type_fichier = 'etablissements'
),
types as (
    select rang, fichier, ligne, 'type', type_lu, 'type_inconnu',
           'inconnu (PUBLIC, PRIVE SOUS CONTRAT, PRIVE HORS CONTRAT, CFA, GRETA ou EAD)'
    from lus
    where type_lu is not null and type is null
),
habilitations as (
    select rang, fichier, ligne, 'ccf', ccf_lu, 'ccf_inconnu', 'inconnu (O, N ou ETENDU)'
    from lus
    where ccf_lu is not null and ccf is null
),
-- Une ligne écartée pour elle-même n'en écarte pas une autre de même clé.
valides as (
    from lus
    anti join communs using (rang)
    anti join types using (rang)
    anti join habilitations using (rang)
),
-- Deux contenus différents s'annulent, à moins que la session dise quel fichier a été envoyé en dernier.
toutes_repetees as (
    select valides.*, source.rang_envoi,
           row(nom, academie, coalesce(type, type_lu), coalesce(ccf, ccf_lu), alias) as contenu
    from valides
    join raw.fichier as source
        on source.type_fichier = 'etablissements' and source.fichier = valides.fichier
    where uai is not null
),
derniers_envois as (
    select uai, max(rang_envoi) as dernier_envoi, arg_max(fichier, rang_envoi) as dernier_fichier
    from toutes_repetees
    group by uai
    having bool_and(rang_envoi is not null) and count(distinct contenu) > 1
),
remplaces as (
    select rang, fichier, ligne, 'uai', uai, 'remplace',
           concat(': ligne remplacée par celle de ', dernier_fichier)
    from toutes_repetees
    join derniers_envois using (uai)
    where rang_envoi < dernier_envoi
),
lignes_repetees as (
    from toutes_repetees
    anti join remplaces using (rang)
),
versions as (
    select uai, count(*) as nb_lignes, count(distinct contenu) as nb_versions,
           arg_min(rang, (fichier, ligne, rang)) as premier_rang
    from lignes_repetees
    group by uai
    having count(*) > 1
),
contradictions as (
    select rang, fichier, ligne, 'uai', uai, 'cle_contradictoire',
           'figure sur ' || versions.nb_versions || ' lignes différentes ; aucune n''est retenue'
    from lignes_repetees
    join versions using (uai)
    where versions.nb_versions > 1
),
doublons as (
    select rang, fichier, ligne, 'uai', uai, 'doublon', 'répète une ligne identique déjà chargée'
    from lignes_repetees
    join versions using (uai)
    where versions.nb_versions = 1 and rang <> versions.premier_rang
),
motifs as (
    from communs
    union all from types
    union all from habilitations
    union all from remplaces
    union all from contradictions
    union all from doublons
)
select
    rang, fichier, ligne, colonne, valeur, regle,
    concat(colonne, coalesce(' « ' || valeur || ' »', ' vide'), ' ', raison,
           ' (règle ', regle, '). Ligne écartée ; ',
           if(regle = 'remplace', 'rien à corriger.', 'corrigez le fichier puis relancez.')) as message
from motifs
