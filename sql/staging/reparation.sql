-- Grain : une ligne par ligne lue dont le numéro de candidat a été réparé
with
repares as (select * from staging.numero_repare),
lues as (
    select 'notes' as type_fichier, fichier, ligne, numero_candidat
    from raw.notes
    semi join repares on repares.numero_lu = numero_candidat
    union all
    select 'candidats', fichier, ligne, numero_candidat from raw.candidats
    union all
    select 'decisions_jury', fichier, ligne, numero_candidat from raw.decisions_jury
)
select
    lues.fichier, lues.ligne, 'numero_candidat' as colonne,
    repares.numero_lu as valeur, repares.numero_retenu as valeur_retenue,
    repares.regle,
    concat('numero_candidat « ', repares.numero_lu, ' » lu comme « ', repares.numero_retenu, ' », ',
           if(repares.regle = 'zeros_de_tete',
              'seul candidat à porter ce numéro aux zéros de tête près',
              'sans ce qui n''est pas du numéro'),
           ' (règle ', repares.regle, ').') as message
from lues
join repares on repares.numero_lu = lues.numero_candidat
