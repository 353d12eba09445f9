-- Grain : une ligne par note dont le numéro de candidat a retrouvé ses zéros de tête
with
notes as (select fichier, ligne, numero_candidat from raw.notes),
repares as (select * from staging.numero_repare)
select
    notes.fichier, notes.ligne, 'numero_candidat' as colonne,
    repares.numero_lu as valeur, repares.numero_retenu as valeur_retenue,
    'zeros_de_tete' as regle,
    concat('numero_candidat « ', repares.numero_lu, ' » lu comme « ', repares.numero_retenu,
           ' », seul candidat à porter ce numéro aux zéros de tête près (règle zeros_de_tete).')
        as message
from notes
join repares on repares.numero_lu = notes.numero_candidat
