-- Grain : une ligne par session, spécialité, épreuve, étape, type d'unité, unité et académie d'inscription
-- Effectifs des candidats qui ont une ancre : de quoi voir si les écarts suivent l'académie, qui a pu corriger les ancres.
with
unites as (select * from intermediate.harmonisation_numero),

-- L'académie peut manquer de la liste des candidats.
candidats as (
    select candidat, academie
    from (
        select rowid as candidat, * from staging.candidat
        union all by name
        select null::varchar as academie where false
    )
),

effectifs as (
    select id_unite, academie, count(*) as n
    from intermediate.harmonisation_candidat
    join candidats using (candidat)
    where nb_ancres > 0
    group by all
)

select session, specialite, epreuve, etape, type_unite, unite, academie, n
from effectifs
join unites using (id_unite)
