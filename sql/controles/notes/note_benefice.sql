-- Grain : une ligne par bénéfice qui n'est pas une note d'au moins 10
select
    fichier, ligne, 'note' as colonne,
    coalesce(replace(cast(note as varchar), '.', ','), code) as valeur,
    numero_candidat, specialite, epreuve
from staging.note
where mode = 'BENEFICE' and coalesce(note, 0) < 10
