-- Grain : une ligne par note qui a une note et un code, ou ni l'un ni l'autre
select
    fichier, ligne, 'note' as colonne,
    concat_ws(', ', replace(cast(note as varchar), '.', ','), code) as valeur,
    numero_candidat, specialite, epreuve
from staging.note
where (note is null) = (code is null)
