-- Grain : une ligne par note hors de 0 à 20
select
    fichier, ligne, 'note' as colonne, replace(cast(note as varchar), '.', ',') as valeur,
    numero_candidat, specialite, epreuve
from staging.note
where note not between 0 and 20
