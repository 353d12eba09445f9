-- Grain : une ligne par ligne écartée et par motif, tous fichiers confondus
with
structure as (select fichier, ligne, colonne, valeur, regle, message from raw.rejet),
candidats as (select fichier, ligne, colonne, valeur, regle, message from staging.rejet_candidat),
notes as (select fichier, ligne, colonne, valeur, regle, message from staging.rejet_note),
etablissements as (
    select fichier, ligne, colonne, valeur, regle, message from staging.rejet_etablissement
),
decisions_jury as (
    select fichier, ligne, colonne, valeur, regle, message from staging.rejet_decision_jury
),
decisions_harmonisation as (
    select fichier, ligne, colonne, valeur, regle, message from staging.rejet_decision_harmonisation
),
tous as (
    from structure
    union all from candidats
    union all from notes
    union all from etablissements
    union all from decisions_jury
    union all from decisions_harmonisation
),
-- Un caractère que personne ne distingue d'un autre à l'écran est nommé : c'est souvent lui, la faute.
caracteres as (
    select *,
           list_distinct(regexp_extract_all(
               coalesce(valeur, ''),
               '[^\x{0009}-\x{007E}\x{00A1}-\x{00AC}\x{00AE}-\x{017F}\x{2010}-\x{2015}\x{2018}-\x{201F}\x{2026}\x{20AC}\x{FFFD}]'))
               as inattendus
    from tous
)
select fichier, ligne, colonne, valeur, regle,
       concat(message, if(len(inattendus) > 0, concat(' Caractère inattendu : ', array_to_string(
           list_transform(list_sort(inattendus), lambda c: concat(
               'U+', printf('%04X', unicode(c)), ' (',
               case when unicode(c) in (160, 8199, 8201, 8239, 12288) then 'espace qui n''est pas ordinaire'
                    when unicode(c) between 8192 and 8202 then 'espace qui n''est pas ordinaire'
                    when unicode(c) between 880 and 1023   then 'lettre grecque'
                    when unicode(c) between 1024 and 1327  then 'lettre cyrillique'
                    when unicode(c) between 768 and 879    then 'accent isolé'
                    when unicode(c) in (8203, 65279, 8288, 173) then 'invisible'
                    when unicode(c) between 65281 and 65374 then 'caractère pleine chasse'
                    else 'rare' end, ')')), ', '), '.'), '')) as message
from caracteres
order by fichier, ligne, colonne, regle, valeur
