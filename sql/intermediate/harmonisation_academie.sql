-- Grain : une ligne par session, spécialité, épreuve, étape, type d'unité, unité et académie d'inscription
-- Effectifs des candidats qui ont une ancre : de quoi voir si les écarts suivent l'académie, qui a pu corriger les ancres.
with
unites as (select * from intermediate.harmonisation_numero),

candidats as (select candidat, academie from intermediate.harmonisation_rang),

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
