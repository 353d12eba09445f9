-- Grain : une ligne par note qui n'est pas un multiple du pas
select
    fichier, ligne, 'note' as colonne, replace(cast(note as varchar), '.', ',') as valeur,
    numero_candidat, specialite, epreuve
from staging.note
cross join reference.parametre
where cast(100 * note as integer) % cast(100 * pas_note as integer) <> 0
