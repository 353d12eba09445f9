-- Grain : une ligne par note dont la clé est portée par une autre
with
doubles as (
    select numero_candidat, specialite, session, epreuve, etape
    from staging.note
    group by all
    having count(*) > 1
)
select
    fichier, ligne, 'epreuve' as colonne, concat(epreuve, ', ', etape) as valeur,
    numero_candidat, specialite, epreuve
from staging.note
semi join doubles using (numero_candidat, specialite, session, epreuve, etape)
