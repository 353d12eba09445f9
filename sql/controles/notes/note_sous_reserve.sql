-- Grain : une ligne par note donnée sous réserve, à la dernière étape connue de l'épreuve du candidat
with
rangees as (
    select
        notes.*,
        row_number() over (
            partition by notes.numero_candidat, notes.specialite, notes.epreuve order by etapes.rang desc, notes.ligne
        ) as place
    from staging.note as notes
    join reference.etape_note as etapes using (etape)
)

select
    fichier, ligne, 'note' as colonne, replace(cast(note as varchar), '.', ',') as valeur,
    numero_candidat, specialite, epreuve
from rangees
where place = 1 and est_reserve
