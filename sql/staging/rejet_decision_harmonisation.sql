-- Grain : une ligne par décision d'harmonisation écartée et par motif
with
lues as (select * from staging.decision_harmonisation_lue),
communs as (
    select rang, fichier, ligne, colonne, valeur, regle, raison
    from staging.motif_commun
    where type_fichier = 'decisions_harmonisation'
),
epreuves as (
    select lues.rang, lues.fichier, lues.ligne, 'epreuve', lues.epreuve, 'epreuve_inconnue',
           'absente du règlement des spécialités de ce dossier'
    from lues
    anti join reference.epreuve as connue on connue.epreuve = lues.epreuve
    where lues.epreuve is not null
),
types as (
    select rang, fichier, ligne, 'type_unite', type_unite_lu, 'type_unite_inconnu',
           'inconnu (etablissement, centre, commission, lot ou correcteur)'
    from lues
    where type_unite_lu is not null and type_unite is null
),
decisions as (
    select rang, fichier, ligne, 'decision', decision_lue, 'decision_inconnue',
           'inconnue (MAINTIEN ou DECALAGE)'
    from lues
    where decision_lue is not null and decision is null
),
decalages as (
    select rang, fichier, ligne, 'decalage', decalage_lu, 'decalage_invalide',
           'n''est pas un nombre de points entre -20 et 20, deux décimales au plus'
    from lues
    where decalage_lu is not null and (decalage is null or abs(decalage) > 20)
),
decalages_absents as (
    select rang, fichier, ligne, 'decalage', decalage_lu, 'decalage_incoherent',
           if(decision = 'DECALAGE', ': un DECALAGE dit de combien de points',
              ': un MAINTIEN n''a pas de décalage')
    from lues
    where (decision = 'DECALAGE' and coalesce(decalage_lu, '') = '')
       or (decision = 'MAINTIEN' and decalage <> 0)
),
decalages_communs as (
    select rang, fichier, ligne, 'unite', unite, 'decalage_incoherent',
           '(les autres unités) ne peut être qu''un MAINTIEN : un décalage se décide unité par unité'
    from lues
    where unite = '*' and decision = 'DECALAGE'
),
dates as (
    select rang, fichier, ligne, 'date', date_lue, 'date_invalide',
           'n''est pas une date (jj/mm/aaaa attendu)'
    from lues
    where date_lue is not null and date is null
    union all
    select rang, fichier, ligne, 'accord', accord_lu, 'date_invalide',
           'n''est pas une date (jj/mm/aaaa attendu)'
    from lues
    where accord_lu is not null and accord is null
),
-- Une ligne écartée pour elle-même n'en écarte pas une autre de même clé.
valides as (
    from lues
    anti join communs using (rang)
    anti join epreuves using (rang)
    anti join types using (rang)
    anti join decisions using (rang)
    anti join decalages using (rang)
    anti join decalages_absents using (rang)
    anti join dates using (rang)
),
lignes_repetees as (
    select *,
           row(coalesce(decision, decision_lue), coalesce(decalage::varchar, decalage_lu), motif,
               auteur, coalesce(date::varchar, date_lue),
               coalesce(accord::varchar, accord_lu)) as contenu
    from valides
    where epreuve is not null and unite is not null and type_unite is not null
),
versions as (
    select epreuve, unite, type_unite,
           count(distinct contenu) as nb_versions,
           arg_min(rang, (fichier, ligne, rang)) as premier_rang
    from lignes_repetees
    group by all
    having count(*) > 1
),
lignes_et_versions as (
    select l.rang, l.fichier, l.ligne, l.epreuve, l.unite, v.nb_versions, v.premier_rang
    from lignes_repetees as l
    join versions as v using (epreuve, unite, type_unite)
),
contradictions as (
    select rang, fichier, ligne, 'unite', unite, 'cle_contradictoire',
           concat('a ', nb_versions, ' décisions différentes en ', epreuve,
                  ' ; aucune n''est retenue')
    from lignes_et_versions
    where nb_versions > 1
),
doublons as (
    select rang, fichier, ligne, 'unite', unite, 'doublon',
           'répète une ligne identique en ' || epreuve
    from lignes_et_versions
    where nb_versions = 1 and rang <> premier_rang
),
motifs as (
    from communs
    union all from epreuves
    union all from types
    union all from decisions
    union all from decalages
    union all from decalages_absents
    union all from decalages_communs
    union all from dates
    union all from contradictions
    union all from doublons
)
select
    rang, fichier, ligne, colonne, valeur, regle,
    concat(colonne, coalesce(' « ' || valeur || ' »', ' vide'), ' ', raison,
           ' (règle ', regle, '). Ligne écartée ; ',
           if(regle = 'cle_contradictoire',
              'une décision signée n''est pas remplacée par un envoi suivant : retirez celle qui ne vaut plus',
              'corrigez le fichier'),
           ' puis relancez.') as message
from motifs
