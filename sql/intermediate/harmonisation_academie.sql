-- Grain : une ligne par session, spécialité, épreuve, étape, type d'unité, unité et académie d'inscription
-- Effectifs des candidats qui ont une ancre : de quoi voir si les écarts suivent l'académie, qui a pu corriger les ancres.
with
notes as (select * from intermediate.harmonisation_candidat where nb_ancres > 0),

-- L'académie peut manquer de la liste des candidats.
candidats as (
    select session, specialite, numero_candidat, academie
    from (select * from staging.candidat union all by name select null::varchar as academie where false)
)

select
    session, specialite, epreuve, etape, type_unite, unite, academie,
    count(*) as n
from notes
join candidats using (session, specialite, numero_candidat)
group by all
