-- Grain : une ligne par note donnée sous réserve
select
    fichier, ligne, 'note' as colonne, replace(cast(note as varchar), '.', ',') as valeur,
    numero_candidat, specialite, epreuve
from staging.note
where est_reserve
