-- Grain : une ligne par décision de jury écartée et par motif
with
lues as (select * from staging.decision_jury_lue),
communs as (
    select rang, fichier, ligne, colonne, valeur, regle, raison
    from staging.motif_commun
    where type_fichier = 'decisions_jury'
),
candidats as (
    select lues.rang, lues.fichier, lues.ligne, 'numero_candidat', lues.numero_candidat,
           if(ecartes.numero_candidat is null, 'candidat_inconnu', 'candidat_ecarte'),
           coalesce(ecartes.raison, 'absent des candidats chargés de ' || lues.specialite)
    from lues
    left join staging.candidat_ecarte as ecartes using (numero_candidat)
    anti join staging.candidat as connu
        on connu.numero_candidat = lues.numero_candidat and connu.specialite = lues.specialite
    semi join reference.specialite as connue on connue.specialite = lues.specialite
    where lues.numero_candidat is not null
),
decisions as (
    select rang, fichier, ligne, 'decision', decision_lue, 'decision_inconnue',
           'inconnue (ADMIS, CONTROLE, REFUSE ou ELIMINE)'
    from lues
    where decision_lue is not null and decision is null
),
etapes as (
    select rang, fichier, ligne, 'etape', etape_lue, 'etape_inconnue',
           'inconnue (premier_groupe ou controle)'
    from lues
    where etape is null
),
livrets as (
    select rang, fichier, ligne, 'livret_examine', livret_lu, 'livret_inconnu', 'inconnu (O, N, ou AUCUN : pas de livret fourni)'
    from lues
    where livret_lu is not null and livret is null
),
-- Une ligne écartée pour elle-même n'en écarte pas une autre de même clé.
invalides as (
    select rang from communs
    union
    select rang from candidats
    union
    select rang from decisions
    union
    select rang from etapes
    union
    select rang from livrets
),
-- Quand la session dit quel fichier a été envoyé en dernier, ses lignes remplacent les autres.
toutes_repetees as (
    select lues.*, source.rang_envoi, invalides.rang is null as est_valide,
           row(coalesce(decision, decision_lue), coalesce(livret, livret_lu),
               motif) as contenu
    from lues
    join raw.fichier as source
        on source.type_fichier = 'decisions_jury' and source.fichier = lues.fichier
    left join invalides on invalides.rang = lues.rang
    where numero_candidat is not null and etape is not null
),
derniers_envois as (
    select numero_candidat, specialite, session, etape, max(rang_envoi) as dernier_envoi,
           arg_max(fichier, rang_envoi) as dernier_fichier
    from toutes_repetees
    group by all
    having bool_and(rang_envoi is not null) and count(distinct contenu) > 1
),
remplacees as (
    select t.rang, t.fichier, t.ligne, 'decision', t.decision_lue, 'remplace',
           concat(': décision remplacée par celle de ', d.dernier_fichier)
    from toutes_repetees as t
    join derniers_envois as d
        on d.numero_candidat = t.numero_candidat and d.etape = t.etape
       and d.specialite is not distinct from t.specialite
       and d.session is not distinct from t.session
    where t.est_valide and t.rang_envoi < d.dernier_envoi
),
lignes_repetees as (
    from toutes_repetees
    anti join remplacees using (rang)
    where est_valide
),
versions as (
    select numero_candidat, specialite, session, etape,
           count(distinct contenu) as nb_versions,
           arg_min(rang, (fichier, ligne, rang)) as premier_rang
    from lignes_repetees
    group by all
    having count(*) > 1
),
lignes_et_versions as (
    select l.rang, l.fichier, l.ligne, l.numero_candidat, l.etape, v.nb_versions, v.premier_rang
    from lignes_repetees as l
    join versions as v
        on v.numero_candidat = l.numero_candidat and v.etape = l.etape
       and v.specialite is not distinct from l.specialite
       and v.session is not distinct from l.session
),
contradictions as (
    select rang, fichier, ligne, 'numero_candidat', numero_candidat, 'cle_contradictoire',
           concat('a ', nb_versions, ' décisions différentes à l''étape ', etape,
                  ' ; aucune n''est retenue')
    from lignes_et_versions
    where nb_versions > 1
),
doublons as (
    select rang, fichier, ligne, 'numero_candidat', numero_candidat, 'doublon',
           'répète une ligne identique déjà chargée'
    from lignes_et_versions
    where nb_versions = 1 and rang <> premier_rang
),
motifs as (
    from communs
    union all from candidats
    union all from decisions
    union all from etapes
    union all from livrets
    union all from remplacees
    union all from contradictions
    union all from doublons
)
select
    motifs.rang, motifs.fichier, motifs.ligne, motifs.colonne, motifs.valeur, motifs.regle,
    concat(motifs.colonne, coalesce(' « ' || motifs.valeur || ' »', ' vide'), ' ', motifs.raison,
           ' (règle ', motifs.regle, '). Ligne écartée ; ',
           case motifs.regle
               when 'remplace'        then 'rien à corriger.'
               when 'candidat_ecarte' then 'corrigez la liste des candidats puis relancez.'
               else 'corrigez le fichier puis relancez.'
           end) as message,
    lues.numero_candidat, lues.specialite, lues.session, lues.etape
from motifs
join lues using (rang)
